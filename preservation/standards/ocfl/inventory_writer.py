"""Writing inventories in pieces (OCFL 1.1, 3.5): one line for each digest, sorted, the same bytes for the same facts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring as _quote
from operator import attrgetter

from preservation.standards.ocfl.declarations import CONTENT_DIRECTORY, inventory_type
from preservation.standards.ocfl.inventory_values import Inventory, InventoryRow, VersionBlock
from preservation.standards.ocfl.paths import conflicts, is_safe

_CHUNK_CHARACTERS = 256 * 1024

# A digest in hexadecimal and the paths that have it.
_Line = tuple[str, Sequence[str]]


def write(
    *,
    object_id: str,
    base: Inventory | None,
    version: int,
    created: datetime,
    message: str,
    user_name: str,
    user_address: str,
    files: Sequence[InventoryRow],
) -> Iterator[bytes]:
    """The bytes of `inventory.json`, in chunks of about 256 KiB.

    `files` are the whole state of the new version. A row's content path is either new (`v<version>/content/...`) or one
    that the base's manifest holds under the same digest. The base's versions, content and fixity values are carried
    over. `created` is aware. ValueError, before the first byte, for rows or a base that cannot make a valid inventory.
    """
    _check_base(base, object_id, version)
    if created.utcoffset() is None:
        raise ValueError("a naive time cannot be written")
    _check_rows(files, base, version)
    lines = _lines(object_id, base, version, _block(created, message, user_name, user_address), files)
    return _in_chunks(lines)


def _lines(
    object_id: str, base: Inventory | None, version: int, block: Sequence[str], files: Sequence[InventoryRow]
) -> Iterator[str]:
    yield f'{{\n  "id": {_quote(object_id)},\n  "type": {_quote(inventory_type())},\n'
    yield f'  "digestAlgorithm": "sha512",\n  "head": "v{version}",\n  "manifest": {{\n'
    prefix = f"v{version}/{CONTENT_DIRECTORY}/"
    new = [row for row in files if row.content_path.startswith(prefix)] if base else files
    yield from _entries(_merged(base.manifest if base else {}, _by_digest(new, "sha512", "content_path")), "    ")
    yield '  },\n  "versions": {\n'
    for number, carried in base.versions.items() if base else ():
        yield f'    "v{number}": {{\n'
        yield from _carried_members(carried)
        yield '      "state": {\n'
        yield from _entries(sorted(_inverted(carried.state).items()), "        ")
        yield "      }\n    },\n"
    yield f'    "v{version}": {{\n'
    yield from block
    yield '      "state": {\n'
    yield from _entries(_by_digest(files, "sha512", "logical_path"), "        ")
    yield '      }\n    }\n  },\n  "fixity": {\n'
    for algorithm, values in sorted(base.fixity.items()) if base else ():
        if algorithm != "sha256":
            yield f"    {_quote(algorithm)}: {{\n"
            yield from _entries(sorted(_inverted(values).items()), "      ")
            yield "    },\n"
    yield '    "sha256": {\n'
    known = _inverted(base.sha256) if base else {}
    yield from _entries(_merged(known, _by_digest(new, "sha256", "content_path")), "      ")
    yield "    }\n  }\n}\n"


def _block(created: datetime, message: str, user_name: str, user_address: str) -> Sequence[str]:
    time = created.astimezone(UTC)
    text = time.isoformat(timespec="microseconds" if time.microsecond else "seconds").replace("+00:00", "Z")
    return (
        f'      "created": {_quote(text)},\n      "message": {_quote(message)},\n',
        f'      "user": {{"name": {_quote(user_name)}, "address": {_quote(user_address)}}},\n',
    )


def _carried_members(block: VersionBlock) -> Iterator[str]:
    yield f'      "created": {_quote(block.created_text)},\n'
    if block.message is not None:
        yield f'      "message": {_quote(block.message)},\n'
    if block.user_name is not None:
        address = f', "address": {_quote(block.user_address)}' if block.user_address is not None else ""
        yield f'      "user": {{"name": {_quote(block.user_name)}{address}}},\n'


def _entries(lines: Iterable[_Line], indent: str) -> Iterator[str]:
    """Members of a block, joined by commas."""
    separator = ""
    for digest, paths in lines:
        quoted = _quote(paths[0]) if len(paths) == 1 else ", ".join(map(_quote, paths))
        yield f'{separator}{indent}"{digest}": [{quoted}]'
        separator = ",\n"
    if separator:
        yield "\n"


def _by_digest(rows: Sequence[InventoryRow], digest: str, path: str) -> Iterator[_Line]:
    """The paths of each digest, both in order. Two stable sorts by one attribute make no tuple for each row."""
    digest_of, path_of = attrgetter(digest), attrgetter(path)
    ordered = sorted(rows, key=path_of)
    ordered.sort(key=digest_of)
    current: bytes | None = None
    paths: list[str] = []
    for row in ordered:
        value = digest_of(row)
        if value != current:
            if current is not None:
                yield current.hex(), paths
            current, paths = value, [path_of(row)]
        elif paths[-1] != path_of(row):  # several logical paths may share one content path
            paths.append(path_of(row))
    if current is not None:
        yield current.hex(), paths


def _merged(carried: Mapping[str, Sequence[str]], new: Iterable[_Line]) -> Iterable[_Line]:
    if not carried:
        return new
    added = dict(new)
    return (
        (digest, sorted({*carried.get(digest, ()), *added.get(digest, ())})) for digest in sorted({*carried, *added})
    )


def _inverted(values: Mapping[str, str]) -> dict[str, list[str]]:
    inverted: dict[str, list[str]] = {}
    for path in sorted(values):
        inverted.setdefault(values[path], []).append(path)
    return inverted


def _in_chunks(lines: Iterable[str]) -> Iterator[bytes]:
    pieces: list[str] = []
    length = 0
    for line in lines:
        pieces.append(line)
        length += len(line)
        if length >= _CHUNK_CHARACTERS:
            yield "".join(pieces).encode()
            pieces.clear()
            length = 0
    if pieces:
        yield "".join(pieces).encode()


def _check_base(base: Inventory | None, object_id: str, version: int) -> None:
    if version != (base.head + 1 if base else 1):
        raise ValueError(f"version {version} does not follow the base")
    if base is None:
        return
    ours = base.digest_algorithm == "sha512" and base.content_directory == CONTENT_DIRECTORY
    if not ours or base.version_names != tuple(f"v{number}" for number in base.versions):
        raise ValueError("the base follows other conventions than ours; it can be read, but not continued")
    if base.id != object_id:
        raise ValueError("the base belongs to another object")


def _check_rows(files: Sequence[InventoryRow], base: Inventory | None, version: int) -> None:
    prefix = f"v{version}/{CONTENT_DIRECTORY}/"
    held = base.manifest if base else {}
    first: dict[str, InventoryRow] = {}
    for row in files:
        path, logical_path, sha512, sha256 = row.content_path, row.logical_path, row.sha512, row.sha256
        if len(sha512) != 64 or len(sha256) != 32:
            raise ValueError(f"{logical_path!r} has digests of a wrong length")
        if not is_safe(logical_path) or not is_safe(path):
            raise ValueError(f"{logical_path!r} or {path!r} is not a path that OCFL allows")
        if not path.startswith(prefix) and path not in held.get(sha512.hex(), ()):
            raise ValueError(f"{path!r} is neither of this version nor held by an earlier one with this digest")
        twin = first.setdefault(path, row)
        if twin is not row and (twin.sha512 != sha512 or twin.sha256 != sha256):
            raise ValueError(f"{path!r} cannot have two digests")
    for kept in ((row.logical_path for row in files), first):
        clash = next(conflicts(kept), None)
        if clash is not None:
            raise ValueError(f"{clash!r} stands twice, or is a file and a folder")
