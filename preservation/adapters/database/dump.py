"""Everything that a rebuild has to bring back, as text: two catalogues with equal content give equal dumps.

Surrogate keys stay out of it, and so does what a rebuild cannot or need not know: transfers, URLs, copies (they follow
from the fixity lines), checkpoints (they follow from the replicas).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from preservation.adapters.database.events import in_sequence, sequenced, value
from preservation.adapters.database.formats import FormatValues, canonical
from preservation.adapters.database.holdings import stored_file
from preservation.adapters.database.tables import table
from preservation.adapters.database.tables_formats import ExaminationRow
from preservation.adapters.database.tables_service import AccountRow, GrantRow
from preservation.domain.ledger import SequencedEvent

_STREAM = {"yield_per": 1000}
_AIPS_AT_ONCE = 200

_AIP = table("aip")
_VERSION = table("aip_version")
_FILE = table("file")
_DUBLIN_CORE = table("dublin_core")
_EVENT = table("event")
_OBJECT = table("event_object")
_AGENT = table("event_agent")
_SEQUENCE = table("ledger_sequence")
_BATCH = table("fixity_batch")
_LINE = table("fixity_line")
_TABLES = ExaminationRow.metadata.tables
_EXAMINATION, _FOUND_TEXT = _TABLES["examination"], _TABLES["examination_text"]
_VIRUS_SCAN, _INFECTION = _TABLES["virus_scan"], _TABLES["infection"]

Line = tuple[str, ...]


def dump(connection: Connection) -> Iterator[Line]:
    """The first text of each line names its kind. None is written as "-", text as "=" and the text, so that they differ."""
    yield from _collections_and_replicas(connection)
    yield from _accounts(connection)
    yield from _holdings(connection)
    yield from _events(connection)
    yield from _links(connection)
    yield from _fixity(connection)


def _collections_and_replicas(connection: Connection) -> Iterator[Line]:
    collection, replica = table("collection"), table("replica")
    yield from _lines("collection", connection, select(collection).order_by(collection.c.id))
    yield from _lines(
        "replica", connection, select(replica.c.id, replica.c.name, replica.c.role).order_by(replica.c.id)
    )


def _accounts(connection: Connection) -> Iterator[Line]:
    """Who may act, and what they may do; never a secret."""
    account, grant = table(str(AccountRow.__tablename__)), table(str(GrantRow.__tablename__))
    yield from _lines("account", connection, select(account).order_by(account.c.id))
    yield from _lines("grant", connection, select(grant).order_by(grant.c.account, grant.c.role, grant.c.collection))


def _holdings(connection: Connection) -> Iterator[Line]:
    """A page of AIPs at a time, so that sorting is bounded by the files of a page."""
    after = ""
    while True:
        page = connection.execute(select(_AIP).where(_AIP.c.id > after).order_by(_AIP.c.id).limit(_AIPS_AT_ONCE)).all()
        if not page:
            return
        keys = [row.key for row in page]
        for row in page:
            yield ("aip", *_texts((row.id, row.collection, row.title, row.head, row.created)))
        yield from _lines("version", connection, _of(_VERSION, keys, ("number",), hidden=("inventory_prefix",)))
        yield from _lines("dublin core", connection, _of(_DUBLIN_CORE, keys, ("ordinal",)))
        yield from _files(connection, keys)
        yield from _found(connection, keys)
        after = page[-1].id


def _of(what: Any, keys: Sequence[int], order: Sequence[str], *, hidden: Iterable[str] = ()) -> Select[Any]:
    columns = [column for column in what.c if column.name not in {"aip_key", *hidden}]
    return (
        select(_AIP.c.id.label("aip_id"), *columns)
        .join(_AIP, _AIP.c.key == what.c.aip_key)
        .where(what.c.aip_key.in_(keys))
        .order_by(_AIP.c.id, *(what.c[name] for name in order))
    )


def _files(connection: Connection, keys: Sequence[int]) -> Iterator[Line]:
    formats = FormatValues(connection)
    for row in connection.execute(_of(_FILE, keys, ("logical_path", "added")), execution_options=_STREAM):
        file = stored_file(row, formats)
        known = canonical(file.format) if file.format else None
        yield (
            "file",
            *_texts((row.aip_id, row.added, row.removed, file.logical_path, file.content_path, file.size)),
            *_texts((file.sha512, file.sha256, file.original_path, file.modified, known, file.source)),
        )


def _found(connection: Connection, keys: Sequence[int]) -> Iterator[Line]:
    """What was found out about files, which go by their paths: their numbers may be others after a rebuild."""
    examined = (
        _of_files(_EXAMINATION, keys)
        .add_columns(*(_EXAMINATION.c[name] for name in ("kind", "validity", "was_sound", "time")), _FOUND_TEXT.c.text)
        .join(
            _FOUND_TEXT,
            (_FOUND_TEXT.c.aip_key == _EXAMINATION.c.aip_key) & (_FOUND_TEXT.c.number == _EXAMINATION.c.found),
        )
    )
    yield from _lines("examination", connection, examined)
    yield from _lines("virus scan", connection, _of(_VIRUS_SCAN, keys, ()))
    yield from _lines("infection", connection, _of_files(_INFECTION, keys).add_columns(_INFECTION.c.name))


def _of_files(what: Any, keys: Sequence[int]) -> Select[Any]:
    return (
        select(_AIP.c.id.label("aip_id"), _FILE.c.logical_path, _FILE.c.added)
        .select_from(what)
        .join(_AIP, _AIP.c.key == what.c.aip_key)
        .join(_FILE, (_FILE.c.aip_key == what.c.aip_key) & (_FILE.c.ordinal == what.c.ordinal))
        .where(what.c.aip_key.in_(keys))
        .order_by(_AIP.c.id, _FILE.c.logical_path, _FILE.c.added)
    )


def _events(connection: Connection) -> Iterator[Line]:
    for row in connection.execute(in_sequence(), execution_options=_STREAM):
        yield _event(row, value(row))
    waiting = sequenced().where(_SEQUENCE.c.sequence.is_(None)).order_by(_EVENT.c.id)
    for row in connection.execute(waiting, execution_options=_STREAM):
        yield _event(row, value(row))


def _event(row: Row[Any], event: SequencedEvent) -> Line:
    return (
        "event",
        *_texts((event.sequence, row.id, row.type, row.time, row.outcome, event.entry, event.salt, event.private)),
    )


def _links(connection: Connection) -> Iterator[Line]:
    objects = (
        select(_OBJECT.c.object_id, _OBJECT.c.kind, _EVENT.c.id)
        .join(_EVENT, _EVENT.c.key == _OBJECT.c.event_key)
        .order_by(_OBJECT.c.object_id, _EVENT.c.id, _OBJECT.c.kind)
    )
    agents = (
        select(_AGENT.c.agent_id, _EVENT.c.id)
        .join(_EVENT, _EVENT.c.key == _AGENT.c.event_key)
        .order_by(_AGENT.c.agent_id, _EVENT.c.id)
    )
    yield from _lines("event object", connection, objects)
    yield from _lines("event agent", connection, agents)


def _fixity(connection: Connection) -> Iterator[Line]:
    columns = [column for column in _LINE.c if column.name != "batch_key"]
    yield from _lines(
        "fixity",
        connection,
        select(_BATCH.c.id, *columns)
        .join(_LINE, _LINE.c.batch_key == _BATCH.c.key, isouter=True)
        .order_by(_BATCH.c.id, _LINE.c.ordinal),
    )


def _lines(kind: str, connection: Connection, query: Select[Any]) -> Iterator[Line]:
    for row in connection.execute(query, execution_options=_STREAM):
        yield (kind, *_texts(row))


def _texts(values: Iterable[object]) -> Line:
    return tuple(_text(value) for value in values)


def _text(value: object) -> str:
    if value is None:
        return "-"
    return "=" + (value.hex() if isinstance(value, bytes) else str(value))
