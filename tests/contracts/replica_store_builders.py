"""OCFL versions for the tests of replica stores: valid ones, small, the same bytes each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256, sha512

from preservation.domain.holdings import StoredFile
from preservation.ports import ReplicaStore, VersionWriter
from preservation.standards.ocfl import declarations, inventory
from preservation.standards.ocfl.layouts import HashedNTuple


@dataclass(frozen=True, slots=True)
class AVersion:
    """`files` is what a writer has to stage, by path below the object root; `state` what the version consists of."""

    object_id: str
    number: int
    digest: str
    files: Mapping[str, bytes]
    state: tuple[StoredFile, ...]

    @property
    def object_root(self) -> str:
        return object_root(self.object_id)


def object_root(object_id: str) -> str:
    return f"ocfl/{HashedNTuple().object_root(object_id)}"


def urn(number: int) -> str:
    return f"urn:uuid:00000000-0000-7000-8000-{number:012d}"


def a_version(number: int = 1, *, of: int = 1, base: AVersion | None = None, note: str = "as planned") -> AVersion:
    """Version `number` of object `of`, with two files of its own beside what the base has. `note` makes it another one."""
    contents = {
        f"v{number}/content/data/hồ sơ {number}.txt": f"{note} {number}\n".encode(),
        f"v{number}/content/large.bin": sha512(f"{of} {number} {note}".encode()).digest() * 5000,
    }
    state = [*(base.state if base else ()), *(_stored(path, data) for path, data in contents.items())]
    state.sort(key=lambda file: file.logical_path)
    written = b"".join(
        inventory.write(
            object_id=urn(of),
            base=inventory.parse(base.files["inventory.json"]) if base else None,
            version=number,
            created=datetime(2026, 1, number, tzinfo=UTC),
            message=note,
            user_name="drill",
            user_address="",
            files=state,
        )
    )
    digest = sha512(written).hexdigest()
    for folder in ("", f"v{number}/"):
        contents[f"{folder}{declarations.INVENTORY_NAME}"] = written
        contents[f"{folder}{declarations.SIDECAR_NAME}"] = declarations.sidecar(digest)
    if base is None:
        name, text = declarations.object_declaration()
        contents[name] = text
    return AVersion(urn(of), number, digest, contents, tuple(state))


def _stored(path: str, data: bytes) -> StoredFile:
    return StoredFile(
        logical_path=path.replace("/content/", "/"),
        content_path=path,
        size=len(data),
        sha512=sha512(data).digest(),
        sha256=sha256(data).digest(),
    )


def begin(store: ReplicaStore, version: AVersion, base: AVersion | None = None, tx: str = "tx-1") -> VersionWriter:
    return store.begin_version(tx, version.object_root, version.number, base.digest if base else None)


def stage(writer: VersionWriter, version: AVersion) -> VersionWriter:
    """Stage every file, one of them in pieces."""
    for path, data in version.files.items():
        if path.endswith("large.bin"):
            sink = writer.create(path)
            for start in range(0, len(data), 100_000):
                sink.write(memoryview(data)[start : start + 100_000])
            sink.close()
        else:
            writer.put(path, data)
    return writer


def write_version(store: ReplicaStore, version: AVersion, base: AVersion | None = None, tx: str = "tx-1") -> None:
    """The whole way, to the commit."""
    writer = stage(begin(store, version, base, tx), version)
    writer.seal()
    writer.commit()


def contents(store: ReplicaStore, prefix: str = "ocfl") -> dict[str, bytes]:
    return {key: store.read(key) for key, _ in store.list(prefix)}


def expected(*versions: AVersion) -> dict[str, bytes]:
    """What an object root holds after these versions."""
    return {f"{one.object_root}/{path}": data for one in versions for path, data in one.files.items()}
