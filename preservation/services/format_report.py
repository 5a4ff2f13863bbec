"""The formats of files and folders, for `format identify`: nothing is taken in, nothing is written."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypedDict

from preservation.domain.formats import FormatIdentification
from preservation.domain.names import escape
from preservation.ports import FormatIdentifier

BATCH: Final = 512
"""Files given to the identifier at once: enough to keep its processes busy, few enough to print soon."""


class FormatLine(TypedDict):
    """One line of the report. `path` is escaped as in domain.names; a file that could not be identified says why in `warning`."""

    path: str
    puid: str | None
    alternatives: list[str]
    name: str
    mime: str
    basis: str
    engine: str
    warning: str


def identify_tree(
    paths: Sequence[bytes],
    identifier: FormatIdentifier,
    *,
    walk: Callable[[bytes], Iterable[bytes | tuple[bytes, str]]],
) -> Iterator[FormatLine]:
    """A line for every file at or below the paths, in the order in which `walk` yields them, a batch at a time.

    `walk` gives the files at or below a path, and (path, sentence) for what it could not look into.
    Raises Unavailable if the identifier cannot be started.
    """
    found = (each for path in paths for each in walk(path))
    while batch := list(islice(found, BATCH)):
        names = [each.decode("utf-8", "surrogateescape") for each in batch if isinstance(each, bytes)]
        answers = iter(identifier.identify(names))
        for each in batch:
            if isinstance(each, bytes):
                yield _line(each, next(answers))
            else:
                yield _line(each[0], each[1])


def _line(path: bytes, answer: FormatIdentification | str) -> FormatLine:
    if isinstance(answer, str):
        return FormatLine(
            path=escape(path), puid=None, alternatives=[], name="", mime="", basis="none", engine="", warning=answer
        )
    return FormatLine(
        path=escape(path),
        puid=answer.puid,
        alternatives=list(answer.alternatives),
        name=answer.name,
        mime=answer.mime,
        basis=answer.basis.value,
        engine=f"{answer.engine} {answer.engine_version} ({answer.signatures})",
        warning=answer.warning,
    )
