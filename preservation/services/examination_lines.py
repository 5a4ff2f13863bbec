"""What looking into files on disk finds, for `format examine PATH`: nothing is taken in, nothing is written."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from preservation.domain.events import Json
from preservation.domain.examinations import Examination, FileToExamine
from preservation.domain.filed_examinations import KnownExamination
from preservation.domain.formats import FormatIdentification
from preservation.domain.names import escape
from preservation.ports import FormatIdentifier
from preservation.ports.examination import Examiner

BATCH: Final = 128
"""Files looked at together: enough to keep both lanes of an examiner busy, few enough to print soon."""


def examine_tree(
    paths: Sequence[bytes],
    identifier: FormatIdentifier | None,
    examiner: Examiner,
    *,
    walk: Callable[[bytes], Iterable[bytes | tuple[bytes, str]]],
) -> Iterator[dict[str, Json]]:
    """A line for every file at or below the paths, in the order in which `walk` yields them (see `format_report`)."""
    found = (each for path in paths for each in walk(path))
    while batch := list(islice(found, BATCH)):
        names = [each.decode("utf-8", "surrogateescape") for each in batch if isinstance(each, bytes)]
        formats = identifier.identify(names) if identifier is not None and names else [""] * len(names)
        files = [_to_examine(name, answer) for name, answer in zip(names, formats, strict=True)]
        answers = iter(zip(files, examiner.examine(files) if files else (), strict=True))
        for each in batch:
            if isinstance(each, bytes):
                file, one = next(answers)
                yield {"path": escape(each), "puid": file.puid, **examination_facts(one), "warning": ""}
            else:
                yield {"path": escape(each[0]), "puid": None, **examination_facts(None), "warning": each[1]}


def examination_facts(one: Examination | None) -> dict[str, Json]:
    """As JSON shows it; empty for what could not be looked at."""
    if one is None:
        return {"kind": None, "validity": None, "tools": [], "properties": [], "faults": []}
    return {
        "kind": one.kind.value,
        "validity": one.validity.value,
        "tools": [f"{tool.name} {tool.version}".strip() for tool in one.tools],
        "properties": [{"name": each.name, "value": each.value, "unit": each.unit} for each in one.properties],
        "faults": [{"code": each.code, "detail": each.detail, "error": each.is_error} for each in one.faults],
    }


def known_facts(known: KnownExamination) -> dict[str, Json]:
    """As JSON shows what is known of a file that is held."""
    return {
        **examination_facts(known.examination),
        "time": known.time.isoformat(),
        "was_sound": known.was_sound,
    }


def _to_examine(path: str, answer: FormatIdentification | str) -> FileToExamine:
    return FileToExamine(path, None) if isinstance(answer, str) else FileToExamine(path, answer.puid, answer.mime)
