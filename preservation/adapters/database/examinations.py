"""What was found out about files, written: the newest examination of each, the newest virus scan of each AIP."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b

from preservation.adapters.database import held_counts
from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.text import storable
from preservation.adapters.database.wire import Value, Wire
from preservation.domain.examinations import Validity
from preservation.domain.filed_examinations import FiledExamination, VirusRecord
from preservation.errors import NotHere

SOUND = (Validity.VALID.value, Validity.WELL_FORMED.value)
IN_VERSION = "added <= ? AND (removed IS NULL OR removed > ?)"

_KEY = "SELECT key FROM aip WHERE id = ?"
_CHUNK = 2000


def save_examinations(wire: Wire, aip: str, version: int, time: datetime, filed: Iterable[FiledExamination]) -> None:
    """File what was found of a version's files in place of what was known. A path that the version lacks is passed over.

    NotHere if there is no such AIP. Memory: the AIP's paths.
    """
    key = _key(wire, aip)
    ordinals = _ordinals(wire, key, version)
    known = {row[0]: row[1:] for row in wire.rows(_KNOWN, key)}
    row = wire.one("SELECT max(number) FROM examination_text WHERE aip_key = ?", key)
    texts = _Texts(wire, key, (row[0] or 0) + 1 if row else 1)
    moment = microseconds(time)
    stream = iter(filed)
    while chunk := list(itertools.islice(stream, _CHUNK)):
        rows: dict[int, tuple[Value, ...]] = {}
        for one, number in zip(chunk, texts.numbers(chunk), strict=True):
            ordinal = ordinals.get(one.path)
            if ordinal is not None:
                validity, was_sound = known.get(ordinal, ("", 0))
                is_sound = int(bool(was_sound) or validity in SOUND)
                rows[ordinal] = (key, ordinal, one.kind.value, one.validity.value, is_sound, moment, number)
        wire.upsert(
            "examination",
            ("aip_key", "ordinal"),
            ("kind", "validity", "was_sound", "time", "found"),
            list(rows.values()),
        )
    if known:
        wire.run(_UNUSED, key, key)
    held_counts.count(wire, key)


def save_virus_record(wire: Wire, record: VirusRecord) -> None:
    """File a scan in place of the one before. NotHere if there is no such AIP."""
    key = _key(wire, record.aip)
    wire.run("DELETE FROM infection WHERE aip_key = ?", key)
    if record.found:
        ordinals = _ordinals(wire, key, record.version)
        found = {ordinals[path]: name for path, name in record.found if path in ordinals}
        wire.insert(
            "infection", ("aip_key", "ordinal", "name"), [(key, at, storable(name)) for at, name in found.items()]
        )
    wire.upsert(
        "virus_scan",
        ("aip_key",),
        ("version", "time", "scanner"),
        [(key, record.version, microseconds(record.time), storable(record.scanner))],
    )


_KNOWN = "SELECT ordinal, validity, was_sound FROM examination WHERE aip_key = ?"
_UNUSED = (
    "DELETE FROM examination_text WHERE aip_key = ? AND number NOT IN (SELECT found FROM examination WHERE aip_key = ?)"
)


class _Texts:
    """The texts of one AIP, each kept once for what is filed together."""

    def __init__(self, wire: Wire, aip_key: int, free: int) -> None:
        self._wire = wire
        self._aip_key = aip_key
        self._free = free
        self._known: dict[bytes, int] = {}

    def numbers(self, chunk: Iterable[FiledExamination]) -> Iterator[int]:
        """The number of each one's text, which is there by then."""
        new: list[tuple[Value, ...]] = []
        numbers: list[int] = []
        for one in chunk:
            digest = blake2b(one.found.encode(), digest_size=16).digest()
            number = self._known.get(digest)
            if number is None:
                number = self._known[digest] = self._free
                self._free += 1
                new.append((self._aip_key, number, one.found))
            numbers.append(number)
        if new:
            self._wire.insert("examination_text", ("aip_key", "number", "text"), new)
        return iter(numbers)


def _key(wire: Wire, aip: str) -> int:
    # On PostgreSQL somebody may be adding a version: counts are of one state. SQLite's writers are alone anyway.
    found = wire.one(_KEY + (" FOR UPDATE" if wire.postgresql else ""), aip)
    if found is None:
        raise NotHere(f"there is no AIP {aip}")
    return int(found[0])


def _ordinals(wire: Wire, key: int, version: int) -> Mapping[str, int]:
    query = f"SELECT logical_path, ordinal FROM file WHERE aip_key = ? AND {IN_VERSION}"  # noqa: S608 - constants alone
    return dict(wire.rows(query, key, version, version))
