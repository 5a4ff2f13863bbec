"""Recording a version of an AIP with its whole file state, of which only the differences are written."""

import hashlib
import itertools
import zlib
from collections.abc import Iterable, Iterator, Mapping

from preservation.adapters.database import held_counts
from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.formats import FormatKeys
from preservation.adapters.database.text import chosen_words, fold, storable
from preservation.adapters.database.wire import Value, Wire
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import NewAIPVersion, StoredFile
from preservation.errors import Conflict, WrongUse

_FILE_COLUMNS = (
    "aip_key",
    "ordinal",
    "added",
    "logical_path",
    "content_path",
    "size",
    "sha512",
    "sha256",
    "original_path",
    "modified",
    "format_key",
    "source",
)
_HEAD = "SELECT key, head FROM aip WHERE id = ?"
# SQLite's writers are alone anyway.
_HEAD_LOCKED = "SELECT key, head FROM aip WHERE id = ? FOR UPDATE"
_CHUNK = 2000
_MAX_BIGINT = (1 << 63) - 1

# logical path -> (ordinal, fingerprint of everything else)
_State = dict[str, tuple[int, bytes]]


def inventory_prefix(digest: str) -> int:
    """31 bits made of an inventory digest: narrow enough to index, and the digest itself is compared afterwards."""
    return zlib.crc32(digest.encode()) >> 1


def record_version(wire: Wire, new: NewAIPVersion, formats: FormatKeys) -> None:
    """Insert a version.

    Raises Conflict unless its number follows the head's (1 for a new AIP): either it is there already, or one that
    must come first is not. Raises WrongUse for a state that names one logical path twice. Keeps one small entry for
    each file of the former state in memory, nothing for each new one but its path.
    """
    described = _description(wire, new.version.aip) if new.version.number > 1 else ()
    aip_key = _make_head(wire, new)
    _insert_version(wire, aip_key, new)
    _replace_dublin_core(wire, aip_key, new.dublin_core)
    _replace_words(wire, aip_key, described, (new.title, *(value for _, value in new.dublin_core)))
    former, next_ordinal = _former_state(wire, aip_key) if new.version.number > 1 else ({}, 1)
    number = new.version.number
    for rows in _changed(wire, former, new.files, formats):
        ordinals = itertools.count(next_ordinal)
        wire.insert("file", _FILE_COLUMNS, [(aip_key, next(ordinals), number, *row) for row in rows])
        next_ordinal += len(rows)
    wire.many(
        "UPDATE file SET removed = ? WHERE aip_key = ? AND ordinal = ?",
        [(number, aip_key, ordinal) for ordinal, _fingerprint in former.values()],
    )
    count_formats(wire, aip_key, is_new=number == 1)


def _make_head(wire: Wire, new: NewAIPVersion) -> int:
    version = new.version
    found = wire.one(_HEAD_LOCKED if wire.postgresql else _HEAD, version.aip)
    head = found[1] if found else 0
    if version.number != head + 1:
        raise Conflict(f"{version.aip} has {head} versions: version {version.number} cannot be added")
    if found:
        wire.run(
            "UPDATE aip SET head = ?, collection = ?, title = ? WHERE key = ?",
            version.number,
            new.collection,
            storable(new.title),
            found[0],
        )
        return int(found[0])
    (key,) = wire.keys("aip", 1)
    wire.run(
        "INSERT INTO aip (key, id, collection, title, head, created) VALUES (?, ?, ?, ?, ?, ?)",
        key,
        version.aip,
        new.collection,
        storable(new.title),
        version.number,
        microseconds(version.created),
    )
    return key


def _insert_version(wire: Wire, aip_key: int, new: NewAIPVersion) -> None:
    version = new.version
    wire.run(
        "INSERT INTO aip_version (aip_key, number, created, inventory_digest, inventory_prefix, file_count, bytes,"
        " transfer, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        aip_key,
        version.number,
        microseconds(version.created),
        version.inventory_digest,
        inventory_prefix(version.inventory_digest),
        version.file_count,
        version.bytes,
        version.transfer,
        storable(version.message),
    )


def _replace_dublin_core(wire: Wire, aip_key: int, pairs: tuple[tuple[str, str], ...]) -> None:
    wire.run("DELETE FROM dublin_core WHERE aip_key = ?", aip_key)
    texts = [(storable(element), storable(value)) for element, value in pairs]
    wire.many(
        "INSERT INTO dublin_core (aip_key, ordinal, element, value, folded) VALUES (?, ?, ?, ?, ?)",
        [(aip_key, ordinal, element, value, fold(value)) for ordinal, (element, value) in enumerate(texts, 1)],
    )


def _description(wire: Wire, aip: str) -> tuple[str, ...]:
    """The title and the description that an AIP has so far."""
    rows = wire.rows(
        "SELECT title, 0 FROM aip WHERE id = ? UNION ALL"
        " SELECT value, ordinal FROM dublin_core JOIN aip ON aip.key = aip_key WHERE id = ? ORDER BY 2",
        aip,
        aip,
    )
    return tuple(row[0] for row in rows)


def _replace_words(wire: Wire, aip_key: int, before: Iterable[str], after: Iterable[str]) -> None:
    """What search finds the AIP by."""
    old, new = chosen_words(before), chosen_words(storable(text) for text in after)
    wire.many("DELETE FROM search_word WHERE word = ? AND aip_key = ?", [(word, aip_key) for word in sorted(old - new)])
    wire.insert("search_word", ("word", "aip_key"), [(word, aip_key) for word in sorted(new - old)])


def count_formats(wire: Wire, aip_key: int, *, is_new: bool) -> None:
    """What an AIP's head holds by identification, counted again."""
    if not is_new:
        wire.run("DELETE FROM aip_format WHERE aip_key = ?", aip_key)
    wire.run(
        "INSERT INTO aip_format (aip_key, format_key, files, bytes)"
        " SELECT aip_key, coalesce(format_key, 0), count(*), sum(size) FROM file"
        " WHERE aip_key = ? AND removed IS NULL GROUP BY aip_key, coalesce(format_key, 0)",
        aip_key,
    )
    held_counts.count(wire, aip_key, is_new=is_new)


def _former_state(wire: Wire, aip_key: int) -> tuple[_State, int]:
    """The head's files, and the first ordinal that is free."""
    state: _State = {}
    last = 0
    while True:
        rows = wire.rows(
            "SELECT ordinal, removed, logical_path, content_path, size, sha512, sha256, original_path, modified,"
            " format_key, source FROM file WHERE aip_key = ? AND ordinal > ? ORDER BY ordinal LIMIT ?",
            aip_key,
            last,
            _CHUNK,
        )
        if not rows:
            return state, last + 1
        for ordinal, removed, path, *others in rows:
            if removed is None:
                state[path] = (ordinal, _fingerprint(others))
        last = rows[-1][0]


def _changed(
    wire: Wire, former: _State, files: Iterable[StoredFile], formats: FormatKeys
) -> Iterator[list[tuple[Value, ...]]]:
    """Rows of files that the former state does not hold as they are. What it does hold is taken out of `former`.

    A file whose format was identified anew counts as changed: each version's state stays as it was recorded.
    """
    seen: set[str] = set()
    stream = iter(files)
    while chunk := list(itertools.islice(stream, _CHUNK)):
        keys = formats.of(wire, [file.format for file in chunk if file.format])
        rows = []
        for file in chunk:
            if file.logical_path in seen:
                raise WrongUse(f"one logical path twice in a version: {file.logical_path!r}")
            seen.add(file.logical_path)
            row = _row(file, keys)
            if former and (known := former.get(file.logical_path)) and known[1] == _fingerprint(row[1:]):
                del former[file.logical_path]
            else:
                rows.append(row)
        if rows:
            yield rows


def _row(file: StoredFile, keys: Mapping[FormatIdentification, int]) -> tuple[Value, ...]:
    # A time stamp comes from whoever made the package and may be beyond any calendar; then it is not known.
    modified = file.modified
    if modified is not None and abs(modified) > _MAX_BIGINT:
        modified = None
    return (
        file.logical_path,
        file.content_path,
        file.size,
        file.sha512,
        file.sha256,
        file.original_path,
        modified,
        keys[file.format] if file.format else None,
        file.source,
    )


def _fingerprint(values: Iterable[Value]) -> bytes:
    return hashlib.blake2b(repr(tuple(values)).encode("utf-8", "surrogatepass"), digest_size=16).digest()
