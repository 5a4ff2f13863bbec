"""A Dockerfile read: its stages and instructions, and what `.dockerignore` keeps out. The parts of the formats that ours uses.

Anything else raises ValueError: a file that is not understood is not taken for one that works.
"""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

_KNOWN = frozenset(
    "FROM ARG RUN COPY ENV USER WORKDIR VOLUME EXPOSE HEALTHCHECK STOPSIGNAL ENTRYPOINT CMD".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """`rest` is the text behind the word, lines joined."""

    word: str
    rest: str

    def list(self) -> Sequence[str]:
        """The exec form: a JSON array of texts. ValueError for the shell form."""
        parsed = json.loads(self.rest)
        if not isinstance(parsed, list) or not all(isinstance(one, str) for one in parsed):
            raise ValueError(f"{self.word} {self.rest}: not a list of texts")
        return parsed

    def pairs(self) -> dict[str, str]:
        """KEY=VALUE, several."""
        if "$" in self.rest:
            raise ValueError(f"{self.word} {self.rest}: variables are not replaced")
        found = [word.partition("=") for word in shlex.split(self.rest)]
        if not all(separator for _, separator, _ in found):
            raise ValueError(f"{self.word} {self.rest}: not KEY=VALUE")
        return {key: value for key, _, value in found}

    def flags(self) -> tuple[dict[str, str], Sequence[str]]:
        """Leading --flags, and the words after them."""
        flags, words = {}, shlex.split(self.rest)
        while words and words[0].startswith("--"):
            key, _, value = words.pop(0)[2:].partition("=")
            flags[key] = value
        return flags, words


def read_instructions(text: str) -> Sequence[Instruction]:
    """Every instruction, in order."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    found = []
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word not in _KNOWN:
            raise ValueError(f"not understood: {line}")
        found.append(Instruction(word, rest.strip()))
    return found


@dataclass(frozen=True, slots=True)
class Ignored:
    """Patterns of a `.dockerignore`: from the top (`docs`), or at any depth (`**/x`)."""

    patterns: Sequence[str]

    @classmethod
    def read(cls, text: str) -> "Ignored":
        patterns = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if any(one.startswith("!") or "/" in one.removeprefix("**/") for one in patterns):
            raise ValueError(f"not understood: {patterns}")
        return cls(patterns)

    def __contains__(self, path: PurePosixPath) -> bool:
        return any(
            any(fnmatchcase(part, pattern.removeprefix("**/")) for part in path.parts)
            if pattern.startswith("**/")
            else fnmatchcase(path.parts[0], pattern)
            for pattern in self.patterns
        )


def files_of_context(context: Path, name: str, ignored: Ignored) -> Iterator[tuple[Path, str]]:
    """What COPY takes for one source: each file, and its path below the destination (its name for a single file).

    FileNotFoundError if there is nothing of that name: it is missing, or ignored.
    """
    source = context / name
    if PurePosixPath(name) in ignored or not source.exists():
        raise FileNotFoundError(f"COPY {name}: not in the context")
    if source.is_file():
        yield source, source.name
        return
    for path in sorted(source.rglob("*")):
        relative = PurePosixPath(path.relative_to(context).as_posix())
        if path.is_file() and relative not in ignored:
            yield path, path.relative_to(source).as_posix()
