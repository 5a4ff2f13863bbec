"""After a crash: each transaction in `work/` is either finished or undone.

How far it had come is read from its own folder, because each step moves something out of there by one rename:

    no intent, or not sealed            nothing was placed                          undone
    v1: object/ still there             not placed                                  undone
    vN: object/vN still there           not placed                                  undone
    vN: object/inventory.json there     placed, not committed: vN is taken back     undone
    otherwise                           committed: sidecar, flush                   finished

The object itself cannot tell: its inventory may be damaged, and a vN in it may be another transaction's. The intent is removed
before anything else of a folder, so that a half removed one is never mistaken for one that has come far.
"""

import errno
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from preservation.adapters.object_stores.posix import beneath, claims, durable
from preservation.adapters.object_stores.posix.intent import NAME, Intent, parse
from preservation.adapters.object_stores.posix.root_inventory import INVENTORY, finish_commit, inventory_digest

FINISHED = "finished"
UNDONE = "undone"
CLEARED = "cleared"


def recover(root: str) -> Sequence[tuple[str, str]]:
    """Settle every transaction under `root/work` whose owner is gone. Idempotent, and may be killed at any point itself.

    One that cannot be settled holds up no other; what the first was is raised at the end.
    """
    settled: list[tuple[str, str]] = []
    failed: list[OSError] = []
    is_flushed = False
    for name in claims.names(root):
        claim = None
        with _put_off(failed):
            claim = claims.take(root, name)
        if claim is None:
            continue
        try:
            if not is_flushed:
                # What a killed process wrote or moved may be in memory only; nothing is judged by what may still vanish.
                durable.flush_file_system(root)
                is_flushed = True
            with _put_off(failed):
                folder = f"{root}/{claims.WORK}/{name}"
                if os.path.lexists(folder):
                    settled.append(settle(root, folder))
                claim.finish()
        finally:
            claim.leave()
    if failed:
        raise failed[0]
    return settled


def fence(root: str, tx: str) -> None:
    """Settle one transaction whoever has it, dead or alive.

    Its folder is moved away first. Every step of a commit is a rename out of that folder: one that happened before is seen
    here, and one that comes after finds nothing to rename.
    """
    folder = f"{root}/{claims.WORK}/{tx}"
    if not os.path.lexists(folder):
        # Whoever begins it from now on finds out, before the commit, that the work is somebody else's.
        return
    fenced = f"{tx}.fenced-{secrets.token_hex(6)}"
    claim = claims.take(root, fenced)
    if claim is None:
        raise FileExistsError(errno.EEXIST, "somebody else works there", fenced)
    try:
        with suppress(FileNotFoundError):
            os.rename(folder, f"{root}/{claims.WORK}/{fenced}")
            # What its owner wrote or moved may be in memory only; nothing is judged by what may still vanish.
            durable.flush_file_system(root)
            settle(root, f"{root}/{claims.WORK}/{fenced}")
        claim.finish()
    finally:
        claim.leave()


def settle(root: str, folder: str) -> tuple[str, str]:
    """Finish or undo one transaction; says which object root it was about, and what was done. The caller has its claim."""
    intent = _read_intent(folder)
    if intent is None:
        durable.remove_tree(folder)
        return os.path.basename(folder), CLEARED
    stage = f"{folder}/object"
    is_committed = _is_committed(stage, intent)
    if is_committed:
        _finish(root, stage, intent)
    else:
        _undo(root, stage, intent)
        # Durable before the rest goes: half of a folder must not come back with its intent.
        durable.remove_tree(f"{folder}/{NAME}")
        durable.flush_directory(folder)
    discard(folder)
    return intent.object_root, FINISHED if is_committed else UNDONE


def discard(folder: str) -> None:
    """Remove a transaction's folder, its intent first."""
    durable.remove_tree(f"{folder}/{NAME}")
    durable.remove_tree(folder)


@contextmanager
def _put_off(failed: list[OSError]) -> Iterator[None]:
    """What could not be done is told later."""
    try:
        yield
    except OSError as error:
        failed.append(error)


def _is_committed(stage: str, intent: Intent) -> bool:
    if not intent.is_sealed:
        return False
    if intent.base is None:
        return not os.path.lexists(stage)
    return not os.path.lexists(f"{stage}/v{intent.version}") and not os.path.lexists(f"{stage}/{INVENTORY}")


def _finish(root: str, stage: str, intent: Intent) -> None:
    target = f"{root}/{intent.object_root}"
    if intent.base is None:
        with suppress(FileNotFoundError):
            durable.flush_directory(os.path.dirname(target))
    elif inventory_digest(root, intent.object_root) == intent.new:
        # A later version has its own sidecar, and a damaged inventory is for repair to see to.
        finish_commit(stage, target)


def _undo(root: str, stage: str, intent: Intent) -> None:
    version = f"v{intent.version}"
    if intent.base is None:
        durable.prune_empty(root, intent.object_root.rpartition("/")[0])
    elif intent.is_sealed and not os.path.lexists(f"{stage}/{version}"):
        # Nothing refers to this folder yet; it goes back to where it came from, and away with the rest.
        try:
            target = beneath.open_folder(root, intent.object_root)
        except FileNotFoundError:
            return
        try:
            with suppress(FileNotFoundError):
                os.rename(version, f"{stage}/{version}", src_dir_fd=target)
        finally:
            os.close(target)
        durable.flush_directory(f"{root}/{intent.object_root}")
        durable.flush_directory(stage)


def _read_intent(folder: str) -> Intent | None:
    try:
        with open(f"{folder}/{NAME}", "rb") as stream:
            return parse(stream.read())
    except (FileNotFoundError, NotADirectoryError):
        return None
