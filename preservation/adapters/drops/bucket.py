"""A watched bucket. Objects appear whole and are never renamed, so a claim is a list, copies, and only then removals.

<prefix><name>, <prefix><name>/...      a package: an object, or all objects below a name; its marks beside it
<prefix>claims/<uuid>.json              what is claimed: written first, removed when the claim is cleared
<prefix>taken/<uuid>/<key>              copies of all of it, which stay; the originals go once every copy is there
<prefix>reports/<key>                   what became of packages

Cut off while it copies, a claim goes on where it was, or is undone if an original has changed since. Cut off while it removes,
it removes the rest, but nothing that is newer than what was copied. S3 cannot remove on a condition: an object that is written
in the instant between our look and our removal is lost to its producer's next attempt, not to us.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import RawIOBase
from pathlib import PurePosixPath

from preservation.adapters.drops.copying import FOLDER, NEW, flush_file_system, move, write_all
from preservation.adapters.drops.failures import translated
from preservation.adapters.drops.objects import Objects, Stored
from preservation.domain.drops import (
    MARKS,
    MAX_MARK_BYTES,
    OURS,
    Dropped,
    DroppedKind,
    DroppedState,
    Landing,
)
from preservation.domain.identifiers import is_urn_uuid
from preservation.domain.names import escape, unescape
from preservation.domain.package_paths import MAX_NAME_BYTES, excess_reason, unsafe_reason
from preservation.domain.packages import PackageLimits
from preservation.errors import Conflict, NotHere, Unavailable
from preservation.ports import Clock, Progress

_CLAIMS, _TAKEN, _REPORTS = "claims/", "taken/", "reports/"
_RESERVED = frozenset({"claims", "taken", "reports"})
_MAX_CLAIM_BYTES = 1 << 28
_MAX_REPORT_BYTES = 1 << 26
_PIECE = 1 << 20
# S3 takes 1,024 bytes, of which a claim's copies need some.
_MAX_KEY_BYTES = 900


class BucketPlace:
    """The objects below one prefix."""

    def __init__(self, objects: Objects, clock: Clock) -> None:
        self._objects, self._clock = objects, clock

    def now(self) -> datetime:
        return self._clock.now()

    def look(self) -> Iterator[Dropped]:
        top = dict(self._objects.top())
        for name in sorted(top):
            stored = top[name]
            bare = name.removesuffix("/")
            if not bare or bare in _RESERVED or bare.startswith(OURS) or (stored is not None and bare.endswith(MARKS)):
                continue
            marks = {one: f"{mark.size}:{mark.etag}" for one in MARKS if (mark := top.get(bare + one)) is not None}
            yield Dropped(escape(bare.encode()), DroppedKind.FILE if stored else DroppedKind.FOLDER, marks)

    def state(self, dropped: Dropped, limits: PackageLimits) -> DroppedState | None:
        name = unescape(dropped.name).decode()
        objects = [one] if dropped.kind is DroppedKind.FILE and (one := self._objects.found(name)) else []
        if dropped.kind is DroppedKind.FOLDER:
            for one in self._objects.listed(f"{name}/"):
                objects.append(one)
                if len(objects) > limits.max_files:
                    break
        if not objects:
            return None
        base = len(name) + 1
        files = {escape(one.key[base:].encode()): one.size for one in objects if not one.key.endswith("/")}
        fingerprint = hashlib.sha256(
            "\n".join(f"{one.key}\0{one.size} {one.etag} {one.changed}" for one in objects).encode()
        )
        return DroppedState(
            files=files,
            changed=max(one.changed for one in objects),
            fingerprint=fingerprint.hexdigest(),
            fault=_fault(name, objects, files, limits),
        )

    def open(self, dropped: Dropped, path: str) -> RawIOBase:
        name = unescape(dropped.name).decode()
        try:
            return self._objects.open(f"{name}/{unescape(path).decode()}" if path else name)
        except NotHere as error:
            raise Unavailable("a file of the package went away while it was looked at") from error

    def mark(self, dropped: Dropped, ending: str) -> bytes | None:
        return self._objects.read(unescape(dropped.name).decode() + ending, MAX_MARK_BYTES)

    def claim(self, claim: str, dropped: Dropped, seen: DroppedState, limits: PackageLimits) -> bool:
        name = unescape(dropped.name).decode()
        state = self.state(dropped, limits)
        if state is None or state.fault is not None or state.fingerprint != seen.fingerprint:
            return False
        below = self._objects.listed(f"{name}/") if dropped.kind is DroppedKind.FOLDER else ()
        objects = [*below] or [one for one in (self._objects.found(name),) if one]
        marks = [found for ending in dropped.marks if (found := self._objects.found(name + ending))]
        listing = {
            "name": dropped.name,
            "objects": [[one.key, one.size, one.etag] for one in objects],
            "marks": [[one.key, one.size, one.etag] for one in marks],
        }
        self._objects.write(f"{_CLAIMS}{_uuid(claim)}.json", json.dumps(listing).encode(), "application/json")
        return self._finish(claim, listing)

    def claims(self) -> Sequence[str]:
        names = [name.removesuffix(".json") for name, stored in self._objects.top(_CLAIMS) if stored is not None]
        return [one for one in (f"urn:uuid:{name}" for name in sorted(names)) if is_urn_uuid(one)]

    def claimed(self, claim: str) -> str | None:
        listing = self._listing(claim)
        if listing is None or not self._finish(claim, listing):
            return None
        return str(listing["name"])

    def carry(self, claim: str, landing: Landing, limits: PackageLimits, progress: Progress) -> None:
        listing = self._listing(claim)
        if listing is None:
            raise Unavailable("the claim went away while it was carried")
        name = unescape(str(listing["name"])).decode()
        with translated("the package cannot be brought here"):
            for one in _stored(listing, "objects"):
                self._fetch(claim, one, os.path.join(os.fsencode(landing.work), one.key.encode()), progress)
            work, package = os.open(landing.work, FOLDER), os.open(landing.package, FOLDER)
            try:
                flush_file_system(work)
                move(name.encode(), work, package)
                os.fsync(package)
            finally:
                os.close(work)
                os.close(package)

    def clear(self, claim: str) -> None:
        self._objects.remove(f"{_CLAIMS}{_uuid(claim)}.json")

    def release(self, claim: str) -> None:
        listing = self._listing(claim)
        if listing is None:
            return
        taken = f"{_TAKEN}{_uuid(claim)}/"
        copies = {one.key.removeprefix(taken): one for one in self._objects.listed(taken)}
        everything = [*_stored(listing, "objects"), *_stored(listing, "marks")]
        # Where a copy is lacking nothing was removed yet, and there is nothing to put back.
        for one in everything if all(one.key in copies for one in everything) else ():
            now = self._objects.found(one.key)
            if now is None and not self._objects.copy(copies[one.key], one.key):
                raise Unavailable("what was claimed cannot be put back")
            if now is not None and now.etag != one.etag and not one.key.endswith(MARKS):
                raise Conflict("something new has the name of what was claimed")
        for copy in copies.values():
            self._objects.remove(copy.key)
        self.clear(claim)

    def report(self, key: str) -> bytes | None:
        return self._objects.read(_REPORTS + key, _MAX_REPORT_BYTES)

    def write_report(self, key: str, data: bytes) -> None:
        self._objects.write(_REPORTS + key, data, "application/json")

    def remove_report(self, key: str) -> None:
        self._objects.remove(_REPORTS + key)

    def _finish(self, claim: str, listing: Mapping[str, object]) -> bool:
        """All copies, then all removals; False, and the claim undone, where an original changed before its copy was made."""
        taken = f"{_TAKEN}{_uuid(claim)}/"
        copied = {one.key.removeprefix(taken): one.size for one in self._objects.listed(taken)}
        everything = [*_stored(listing, "objects"), *_stored(listing, "marks")]
        for one in everything:
            if copied.get(one.key) != one.size and not self._objects.copy(one, taken + one.key):
                self.release(claim)
                return False
        for one in everything:
            now = self._objects.found(one.key)
            if now is not None and now.etag == one.etag:
                self._objects.remove(one.key)
        return True

    def _fetch(self, claim: str, stored: Stored, path: bytes, progress: Progress) -> None:
        if stored.key.endswith("/"):
            os.makedirs(path, exist_ok=True)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, NEW, 0o600)
        try:
            left = stored.size
            with self._taken(claim, stored) as stream:
                while piece := stream.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        break
                    write_all(descriptor, piece)
                    progress.advance(len(piece))
        finally:
            os.close(descriptor)
        if left != 0:
            raise Unavailable("the bucket did not give all of an object")

    def _taken(self, claim: str, stored: Stored) -> RawIOBase:
        try:
            return self._objects.open(f"{_TAKEN}{_uuid(claim)}/{stored.key}")
        except NotHere as error:
            raise Unavailable("a copy of what was claimed is not there") from error

    def _listing(self, claim: str) -> Mapping[str, object] | None:
        data = self._objects.read(f"{_CLAIMS}{_uuid(claim)}.json", _MAX_CLAIM_BYTES)
        if data is None:
            return None
        with suppress(ValueError):
            found = json.loads(data)
            if isinstance(found, dict) and _is_claim(found):
                return found
        raise Unavailable(f"the claim {_uuid(claim)} in the bucket cannot be read")


def _uuid(claim: str) -> str:
    return claim.removeprefix("urn:uuid:")


def _stored(listing: Mapping[str, object], part: str) -> list[Stored]:
    rows = listing[part]
    assert isinstance(rows, list)  # noqa: S101 - by _is_claim
    return [Stored(key, size, etag, datetime(1970, 1, 1, tzinfo=UTC)) for key, size, etag in rows]


def _is_claim(found: Mapping[str, object]) -> bool:
    """The producer may write to this as well: nothing in it may lead out of the package."""
    name = found.get("name")
    if not isinstance(name, str) or "/" in name:
        return False
    try:
        bare = unescape(name).decode()
        return (
            _is_placeable(bare)
            and _are_rows(found.get("objects"), lambda key: key == bare or key.startswith(f"{bare}/"))
            and _are_rows(found.get("marks"), lambda key: key in {bare + ending for ending in MARKS})
        )
    except UnicodeError:
        return False


def _are_rows(rows: object, allowed: Callable[[str], bool]) -> bool:
    return isinstance(rows, list) and all(
        isinstance(row, list)
        and [type(one) for one in row] == [str, int, str]
        and row[1] >= 0
        and allowed(row[0])
        and _is_placeable(row[0])
        for row in rows
    )


def _is_placeable(key: str) -> bool:
    """Whether a key can be a file's path on this machine, below the folder that is named by its first part."""
    parts = key.removesuffix("/").split("/")
    return unsafe_reason(key) is None and all(
        part not in ("", ".", "..") and len(part.encode()) <= MAX_NAME_BYTES for part in parts
    )


def _fault(
    name: str, objects: Sequence[Stored], files: Mapping[str, int], limits: PackageLimits
) -> tuple[str, str] | None:
    if len(objects) > limits.max_files:
        return "DROP-TOO-MANY-FILES", ""
    if sum(files.values()) > limits.max_total_bytes or max(files.values(), default=0) > limits.max_file_bytes:
        return "DROP-TOO-LARGE", ""
    folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
    for one in objects:
        path = one.key[len(name) + 1 :]
        if not _is_placeable(one.key) or (path and unsafe_reason(path)) or path in folders:
            return "DROP-UNSAFE-NAME", path
        if len(one.key.encode()) > _MAX_KEY_BYTES or excess_reason(
            escape(path.encode()), max_bytes=limits.max_path_bytes, max_depth=limits.max_depth
        ):
            return "DROP-TOO-DEEP", path
    return None
