"""What was found out about files, read. Keeps the promises of `ports.examinations.ExaminationTable`."""

# Only constants of this module and numbers are put into statements.
# ruff: noqa: S608

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import Engine

from preservation.adapters.database.columns import instant, microseconds
from preservation.adapters.database.engine import reader
from preservation.adapters.database.examinations import IN_VERSION
from preservation.adapters.database.tables_formats import IS_INVALID
from preservation.adapters.database.wire import Value, Wire
from preservation.adapters.database.wire_transactions import reading
from preservation.domain.examinations import Validity
from preservation.domain.filed_examinations import BadFile, ExaminationFigures, KnownExamination
from preservation.standards.examination_text import examination_of

_AT_ONCE = 500
_OF_FILES = (
    "SELECT e.ordinal, e.kind, e.validity, e.was_sound, e.time, t.text FROM examination e"
    " JOIN aip ON aip.key = e.aip_key"
    " JOIN examination_text t ON t.aip_key = e.aip_key AND t.number = e.found WHERE aip.id = ?"
)
_VALIDITIES = (
    "SELECT file.logical_path, e.validity FROM file JOIN examination e ON e.aip_key = file.aip_key"
    f" AND e.ordinal = file.ordinal WHERE file.aip_key = ? AND {IN_VERSION}"
)
_SCANNED = "SELECT aip.id, aip.head FROM aip LEFT JOIN virus_scan s ON s.aip_key = aip.key"


class DatabaseExaminationTable:
    """Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)

    def of_files(self, aip: str, numbers: Sequence[int]) -> Mapping[int, KnownExamination]:
        found: dict[int, KnownExamination] = {}
        with reading(self._reader) as wire:
            for start in range(0, len(numbers), _AT_ONCE):
                some = numbers[start : start + _AT_ONCE]
                marks = ", ".join("?" * len(some))
                for row in wire.rows(f"{_OF_FILES} AND e.ordinal IN ({marks})", aip, *some):
                    ordinal, kind, validity, was_sound, time, text = row
                    examination = examination_of(kind, validity, text)
                    found[ordinal] = KnownExamination(examination, instant(time), bool(was_sound))
        return found

    def examined(self, aip: str, version: int) -> AbstractSet[str]:
        return self.validities(aip, version).keys()

    def validities(self, aip: str, version: int | None = None) -> Mapping[str, Validity]:
        with reading(self._reader) as wire:
            row = wire.one("SELECT key, head FROM aip WHERE id = ?", aip)
            if row is None:
                return {}
            number = row[1] if version is None else version
            return {path: Validity(value) for path, value in wire.rows(_VALIDITIES, row[0], number, number)}

    def invalid(
        self, *, worsened: bool = False, after: tuple[int, int] = (-1, -1), limit: int = 100
    ) -> Sequence[BadFile]:
        condition = IS_INVALID + (" AND was_sound = 1" if worsened else "")
        return self._bad(
            f"SELECT aip.id, aip.collection, file.logical_path, e.time, '', e.aip_key, e.ordinal FROM"
            f" (SELECT aip_key, ordinal, time FROM examination WHERE {condition}) e",
            after,
            limit,
        )

    def infected(self, *, after: tuple[int, int] = (-1, -1), limit: int = 100) -> Sequence[BadFile]:
        return self._bad(
            "SELECT aip.id, aip.collection, file.logical_path, s.time, e.name, e.aip_key, e.ordinal"
            " FROM infection e"
            " JOIN virus_scan s ON s.aip_key = e.aip_key",
            after,
            limit,
        )

    def to_be_scanned(
        self, *, before: datetime, after: str | None = None, limit: int = 100, aip: str | None = None
    ) -> Sequence[tuple[str, int]]:
        values: list[Value] = [after or "", microseconds(before)]
        only = ""
        if aip is not None:
            only = " AND aip.id = ?"
            values.append(aip)
        query = (
            f"{_SCANNED} WHERE aip.id > ? AND (s.time IS NULL OR s.version < aip.head OR s.time < ?){only}"
            f" ORDER BY aip.id LIMIT {int(limit)}"
        )
        with reading(self._reader) as wire:
            return [(one, head) for one, head in wire.rows(query, *values)]

    def figures(self, *, repository: str, since: datetime) -> ExaminationFigures:
        with reading(self._reader) as wire:
            row = wire.rows("SELECT coalesce(max(key), -1) FROM aip WHERE id = ?", repository)
            own = int(row[0][0])
            counts = dict(
                wire.rows("SELECT validity, sum(files) FROM aip_count WHERE aip_key <> ? GROUP BY validity", own)
            )
            return ExaminationFigures(
                files=sum(int(one) for one in counts.values()),
                unexamined=int(counts.get("", 0)),
                invalid=int(counts.get(Validity.INVALID.value, 0)),
                worsened=_count(wire, _WORSENED, microseconds(since)),
                infected=_count(wire, _INFECTED),
                unscanned_aips=_count(wire, _UNSCANNED, own),
            )

    def _bad(self, query: str, after: tuple[int, int], limit: int) -> Sequence[BadFile]:
        query += (
            " JOIN aip ON aip.key = e.aip_key"
            " JOIN file ON file.aip_key = e.aip_key AND file.ordinal = e.ordinal AND file.removed IS NULL"
            f" WHERE (e.aip_key, e.ordinal) > (?, ?) ORDER BY e.aip_key, e.ordinal LIMIT {int(limit)}"
        )
        with reading(self._reader) as wire:
            rows = wire.rows(query, *after)
        return [
            BadFile(aip, collection, path, instant(time), what, (key, ordinal))
            for aip, collection, path, time, what, key, ordinal in rows
        ]


_HEAD_FILE = "JOIN file ON file.aip_key = e.aip_key AND file.ordinal = e.ordinal AND file.removed IS NULL"
_WORSENED = (
    f"SELECT count(*) FROM (SELECT aip_key, ordinal FROM examination WHERE {IS_INVALID} AND was_sound = 1 AND time >= ?)"
    f" e {_HEAD_FILE}"
)
_INFECTED = f"SELECT count(*) FROM infection e {_HEAD_FILE}"
_UNSCANNED = (
    "SELECT count(*) FROM aip LEFT JOIN virus_scan s ON s.aip_key = aip.key"
    " WHERE aip.key <> ? AND (s.version IS NULL OR s.version < aip.head)"
)


def _count(wire: Wire, query: str, *values: Value) -> int:
    return int(wire.rows(query, *values)[0][0])
