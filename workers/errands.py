"""What the function of a kind is given, and how it reads what was asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from preservation.bootstrap import Repository
from preservation.domain.events import Json
from preservation.domain.findings import Finding
from preservation.domain.jobs import Job
from preservation.domain.messages import render
from preservation.errors import WrongUse
from preservation.ports import Progress
from workers.engines import Engines

# A result is a row's worth: whoever wants to know more reads the events.
MOST_SHOWN = 100

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Errand:
    """A job, the repository with its replicas just looked at, and what hears of progress."""

    repository: Repository
    job: Job
    progress: Progress
    engines: Engines

    def subject(self) -> str:
        """The id of what the job is about. WrongUse if it names none."""
        if self.job.subject is None:
            raise WrongUse(f"a job of the kind {self.job.kind.value} names what it is about")
        return self.job.subject

    def text(self, name: str) -> str | None:
        """A parameter, None if it was not given. WrongUse if it is no text."""
        value = self.job.parameters.get(name)
        if value is not None and not isinstance(value, str):
            raise WrongUse(f"the parameter {name} must be a text, not {value!r}")
        return value

    def number(self, name: str) -> int | None:
        """A parameter, None if it was not given. WrongUse unless it is a whole number from 1."""
        value = self.job.parameters.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise WrongUse(f"the parameter {name} must be a number from 1, not {value!r}")
        return value

    def choice(self, name: str, default: Choice) -> Choice:
        """A parameter that is one of a few words. WrongUse for another."""
        value = self.text(name)
        try:
            return default if value is None else type(default)(value)
        except ValueError:
            allowed = ", ".join(type(default))
            raise WrongUse(f"the parameter {name} must be one of {allowed}, not {value!r}") from None

    def findings(self, findings: "list[Finding] | tuple[Finding, ...]") -> list[Json]:
        """Findings as results show them, the first hundred."""
        speak = self.repository.settings.language
        return [
            {
                "code": one.code,
                "severity": one.severity.value,
                "path": one.path,
                "message": render(one, speak),
            }
            for one in findings[:MOST_SHOWN]
        ]


# One service call each; its result is shown to whoever asks about the job.
Work = Callable[[Errand], Mapping[str, Json]]
