"""What it comes to when a file is identified again. Pure decisions.

The present identification gives way only to a firm one: a single PUID that rests on the content. Of the same engine, a firm
answer replaces what it said before. Another engine's replaces what was doubtful; where both saw the content and differ, nothing
is changed and a person is told.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from preservation.domain.findings import Finding, Severity
from preservation.domain.formats import Basis, EngineDescription, FormatIdentification
from preservation.services.second_opinion import Verdict, is_doubtful, judge


class Outcome(StrEnum):
    """CHANGED: the new answer is the file's identification from now on. CONTRADICTED: two engines see the content differently.
    UNCONFIRMED: the new answer is not firm, and not the old one. FAILED: the engine could not tell."""

    SAME = "same"
    CHANGED = "changed"
    CONTRADICTED = "contradicted"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"


class Scope(StrEnum):
    """What is asked about. DOUBTFUL: what is unknown, ambiguous or known by extension alone, and what new signatures touch."""

    DOUBTFUL = "doubtful"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Reidentified:
    """Both answers about a file; `before` is None where there was none."""

    path: str
    before: FormatIdentification | None
    after: FormatIdentification | str
    outcome: Outcome
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whether a file with this identification is asked about again, by an engine. `touched` are PUIDs."""

    scope: Scope
    about: EngineDescription
    touched: Collection[str] = ()

    def __call__(self, known: FormatIdentification | None) -> bool:
        """What has the engine's present answer already is left out."""
        if known is None:
            return True
        if (known.engine, known.engine_version, known.signatures) == (
            self.about.engine,
            self.about.version,
            self.about.signatures,
        ):
            return False
        return (
            self.scope is Scope.ALL
            or is_doubtful(known)
            or known.puid in self.touched
            or any(one in self.touched for one in known.alternatives)
        )


def compare(path: str, before: FormatIdentification | None, after: FormatIdentification | str) -> Reidentified:
    """Two answers about a file, the one that holds and a new one."""
    if isinstance(after, str):
        return Reidentified(path, before, after, Outcome.FAILED)
    if before is None:
        return Reidentified(path, None, after, Outcome.CHANGED if _is_firm(after) else Outcome.UNCONFIRMED)
    if _puids(before) == _puids(after) and (before.basis is after.basis or not is_doubtful(before)):
        return Reidentified(path, before, after, Outcome.SAME)
    if before.engine != after.engine and not _is_extension_only(before):
        return _by_another(path, before, after)
    if _is_firm(after):
        return Reidentified(path, before, after, Outcome.CHANGED, _finding("FORMAT-CHANGED", path, before, after))
    if is_doubtful(before):
        return Reidentified(path, before, after, Outcome.UNCONFIRMED)
    finding = _finding("FORMAT-NOT-CONFIRMED", path, before, after, Severity.WARNING)
    return Reidentified(path, before, after, Outcome.UNCONFIRMED, finding)


def _by_another(path: str, before: FormatIdentification, after: FormatIdentification) -> Reidentified:
    verdict = judge(path, before, after).verdict
    if verdict is Verdict.DISAGREED:
        finding = _finding("FORMAT-CONTRADICTED", path, before, after, Severity.WARNING)
        return Reidentified(path, before, after, Outcome.CONTRADICTED, finding)
    if _is_firm(after) and (verdict is Verdict.SUPPLIED or (verdict is Verdict.AGREED and is_doubtful(before))):
        return Reidentified(path, before, after, Outcome.CHANGED, _finding("FORMAT-CHANGED", path, before, after))
    is_same = verdict is Verdict.AGREED
    return Reidentified(path, before, after, Outcome.SAME if is_same else Outcome.UNCONFIRMED)


def _is_firm(answer: FormatIdentification) -> bool:
    return not is_doubtful(answer)


def _is_extension_only(answer: FormatIdentification) -> bool:
    return answer.puid is None or answer.basis in (Basis.EXTENSION, Basis.NONE)


def _puids(answer: FormatIdentification) -> frozenset[str]:
    return frozenset((*((answer.puid,) if answer.puid else ()), *answer.alternatives))


def _finding(
    code: str,
    path: str,
    before: FormatIdentification,
    after: FormatIdentification,
    severity: Severity = Severity.INFO,
) -> Finding:
    values = {
        "before": ", ".join(sorted(_puids(before))) or "?",
        "after": ", ".join(sorted(_puids(after))) or "?",
        "engine": f"{after.engine} {after.engine_version} ({after.signatures})",
    }
    return Finding(code, severity, path, values)
