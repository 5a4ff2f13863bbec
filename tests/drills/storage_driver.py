"""A small program that does one thing to a replica store, and says on its standard output when it is done: what drills kill.

python -m tests.drills.storage_driver FOLDER OPERATION
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from preservation.adapters.object_stores.posix.store import PosixStore
from preservation.errors import Conflict, PreservationError
from tests.adapters.posix_replicas import REPLICA, a_replica
from tests.contracts.replica_store_builders import AVersion, a_version, begin, stage, write_version

BYSTANDER = a_version(of=2)
FIRST = a_version()
SECOND = a_version(2, base=FIRST)
# What one commit brings to a replica that lacks the whole object.
WHOLE = AVersion(SECOND.object_id, 2, SECOND.digest, {**FIRST.files, **SECOND.files}, SECOND.state)

TILES: Mapping[str, bytes] = {f"ledger/tile/0/{number:03d}": bytes([number]) * 8192 for number in range(3)}
PARTIAL: Mapping[str, bytes] = {"ledger/tile/0/003.p/7": b"7" * 224, "ledger/tile/1/000.p/3": b"3" * 96}
FULL: Mapping[str, bytes] = {"ledger/tile/0/003": b"8" * 8192}
CHECKPOINT = "ledger/checkpoint"
CHECKPOINTS = (b"size 768\n", b"size 775\n", b"size 1024\n")

DAMAGED_KEY = f"{FIRST.object_root}/v1/content/large.bin"
SOUND = FIRST.files["v1/content/large.bin"]
DAMAGED = SOUND[:-1]
STRAY_KEY = f"{FIRST.object_root}/v1/content/stray/folder/file"


def opened(folder: Path) -> PosixStore:
    return PosixStore(str(folder / "replica"), REPLICA)


def acknowledge(what: str) -> None:
    print(what, flush=True)


def first_version(folder: Path) -> None:
    write_version(opened(folder), FIRST)
    acknowledge("committed")


def second_version(folder: Path) -> None:
    write_version(opened(folder), SECOND, FIRST)
    acknowledge("committed")


def whole_object(folder: Path) -> None:
    write_version(opened(folder), WHOLE)
    acknowledge("committed")


def abort(folder: Path) -> None:
    writer = stage(begin(opened(folder), SECOND, FIRST), SECOND)
    writer.seal()
    writer.abort()
    acknowledge("aborted")


def repair(folder: Path) -> None:
    store = opened(folder)
    store.set_aside(DAMAGED_KEY, "repair-1")
    acknowledge("set aside")
    store.restore(DAMAGED_KEY, (SOUND[start : start + 65536] for start in range(0, len(SOUND), 65536)), "repair-1")
    acknowledge("restored")
    store.set_aside(STRAY_KEY, "repair-1")
    acknowledge("stray set aside")


def ledger(folder: Path) -> None:
    store = opened(folder)
    store.put([*TILES.items(), *PARTIAL.items()])
    acknowledge("put")
    store.replace(CHECKPOINT, CHECKPOINTS[1])
    acknowledge("replaced")
    store.put([*TILES.items(), *FULL.items()])
    acknowledge("put more")
    store.replace(CHECKPOINT, CHECKPOINTS[2])
    acknowledge("replaced again")
    store.remove_partial_tiles(list(PARTIAL)[:1])
    acknowledge("removed")


def create(folder: Path) -> None:
    a_replica(folder / "replica")
    acknowledge("created")


def create_again(folder: Path) -> None:
    """After a crash the same command is given again; a replica that is finished is left as it is."""
    try:
        a_replica(folder / "replica")
    except Conflict:
        opened(folder).check_identity()
    recover(folder)


def recover(folder: Path) -> None:
    for object_root, what in opened(folder).recover():
        acknowledge(f"{what} {object_root}")


OPERATIONS: Mapping[str, Callable[[Path], None]] = {
    "v1": first_version,
    "v2": second_version,
    "whole": whole_object,
    "abort": abort,
    "repair": repair,
    "ledger": ledger,
    "create": create,
    "create-again": create_again,
    "recover": recover,
}


def main() -> int:
    folder, operation = sys.argv[1:]
    try:
        OPERATIONS[operation](Path(folder))
    except PreservationError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
