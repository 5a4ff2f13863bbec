"""Format identifications, each distinct one kept once: a million files share a few hundred of them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from preservation.adapters.database.tables import table
from preservation.adapters.database.wire import Value, Wire
from preservation.domain.formats import Basis, FormatIdentification

_COLUMNS = (
    "key",
    "digest",
    "puid",
    "name",
    "version",
    "mime",
    "basis",
    "engine",
    "engine_version",
    "signatures",
    "alternatives",
    "warning",
)
_BATCH = 500
_KEPT = 4096


class FormatKeys:
    """The keys of identifications, within one transaction.

    `known` are those that are committed; what this transaction adds stays in `fresh` until it is committed too, because
    a rollback would take the rows away and leave the keys pointing nowhere.
    """

    def __init__(self, known: Mapping[FormatIdentification, int]) -> None:
        self._known = known
        self.fresh: dict[FormatIdentification, int] = {}

    def of(self, wire: Wire, formats: Iterable[FormatIdentification]) -> Mapping[FormatIdentification, int]:
        """The key of each identification, made where it has none. Bounded by what is asked for at once."""
        distinct = set(formats)
        keys = {one: key for one in distinct if (key := self._known.get(one) or self.fresh.get(one))}
        unknown = {_digest(one): one for one in distinct if one not in keys}
        if unknown:
            found = _find(wire, unknown)
            if len(found) < len(unknown):
                # Two writers must not both add one identification: the second waits, looks again, and finds it.
                wire.lock("format")
                found |= _find(wire, {digest: one for digest, one in unknown.items() if one not in found})
                found |= _add(wire, {digest: one for digest, one in unknown.items() if one not in found})
            if len(self.fresh) + len(found) > _KEPT:
                self.fresh.clear()
            self.fresh |= found
            keys |= found
        return keys


class KnownFormats:
    """The committed keys that a process remembers: bounded, shared by its transactions."""

    def __init__(self) -> None:
        self.keys: Mapping[FormatIdentification, int] = {}

    def learn(self, fresh: Mapping[FormatIdentification, int]) -> None:
        """Called after a commit. Replaces the mapping rather than changing it: other threads may be reading it."""
        if fresh:
            self.keys = {**self.keys, **fresh} if len(self.keys) + len(fresh) <= _KEPT else dict(fresh)


class FormatValues:
    """The identifications behind keys, remembered while one answer is streamed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen: dict[int, FormatIdentification] = {}

    def at(self, key: int | None) -> FormatIdentification | None:
        if key is None:
            return None
        known = self._seen.get(key)
        if known is None:
            formats = table("format")
            known = value(self._connection.execute(select(formats).where(formats.c.key == key)).one())
            if len(self._seen) >= _KEPT:
                self._seen.clear()
            self._seen[key] = known
        return known


class KnownValues:
    """The identifications behind keys, remembered by a process: a row of the table never changes. Safe for threads."""

    def __init__(self) -> None:
        self._values: Mapping[int, FormatIdentification] = {}

    def of(self, wire: Wire, keys: Iterable[int | None]) -> Mapping[int | None, FormatIdentification | None]:
        """Those of the keys; None is that of None."""
        wanted = {key for key in keys if key is not None}
        missing = [key for key in wanted if key not in self._values]
        if missing:
            marks = ", ".join("?" * len(missing))
            columns = "puid, name, version, mime, basis, engine, engine_version, signatures, alternatives, warning"
            query = f"SELECT key, {columns} FROM format WHERE key IN ({marks})"  # noqa: S608 - constants alone
            fresh = {row[0]: _known(*row[1:]) for row in wire.rows(query, *missing)}
            # The mapping is replaced, not changed: other threads may be reading it.
            self._values = {**(self._values if len(self._values) < _KEPT else {}), **fresh}
            return {None: None, **fresh, **{key: self._values[key] for key in wanted if key in self._values}}
        return {None: None, **{key: self._values[key] for key in wanted}}


def _known(
    puid: str | None,
    name: str,
    version: str,
    mime: str,
    basis: str,
    engine: str,
    engine_version: str,
    signatures: str,
    alternatives: str,
    warning: str,
) -> FormatIdentification:
    return FormatIdentification(
        puid=puid,
        name=name,
        version=version,
        mime=mime,
        basis=Basis(basis),
        engine=engine,
        engine_version=engine_version,
        signatures=signatures,
        alternatives=tuple(json.loads(alternatives)),
        warning=warning,
    )


def canonical(value: FormatIdentification) -> str:
    """One text for one value: equal values, equal texts."""
    return json.dumps([*_scalars(value), list(value.alternatives)], ensure_ascii=True)


def _scalars(value: FormatIdentification) -> tuple[str | None, ...]:
    return (
        value.puid,
        value.name,
        value.version,
        value.mime,
        value.basis.value,
        value.engine,
        value.engine_version,
        value.signatures,
        value.warning,
    )


def _digest(value: FormatIdentification) -> bytes:
    return hashlib.blake2b(canonical(value).encode(), digest_size=16).digest()


def _find(wire: Wire, wanted: Mapping[bytes, FormatIdentification]) -> dict[FormatIdentification, int]:
    found: dict[FormatIdentification, int] = {}
    digests = list(wanted)
    for start in range(0, len(digests), _BATCH):
        batch = digests[start : start + _BATCH]
        marks = ", ".join("?" * len(batch))
        query = f"SELECT key, digest FROM format WHERE digest IN ({marks})"  # noqa: S608 - question marks only
        for key, digest in wire.rows(query, *batch):
            found[wanted[bytes(digest)]] = key
    return found


def _add(wire: Wire, missing: Mapping[bytes, FormatIdentification]) -> dict[FormatIdentification, int]:
    keys = wire.keys("format", len(missing))
    rows = [_row(key, digest, one) for key, (digest, one) in zip(keys, missing.items(), strict=True)]
    wire.insert("format", _COLUMNS, rows)
    return dict(zip(missing.values(), keys, strict=True))


def _row(key: int, digest: bytes, value: FormatIdentification) -> tuple[Value, ...]:
    *leading, warning = _scalars(value)
    return (key, digest, *leading, json.dumps(value.alternatives), warning)


def value(row: Row[Any]) -> FormatIdentification:
    """A row of the table as the identification that it keeps."""
    return FormatIdentification(
        puid=row.puid,
        name=row.name,
        version=row.version,
        mime=row.mime,
        basis=Basis(row.basis),
        engine=row.engine,
        engine_version=row.engine_version,
        signatures=row.signatures,
        alternatives=tuple(json.loads(row.alternatives)),
        warning=row.warning,
    )
