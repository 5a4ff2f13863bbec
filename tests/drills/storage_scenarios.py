"""Crash scenarios of the replica store alone, without database or command line."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.adapters.posix_replicas import a_replica, tree
from tests.contracts.replica_store_builders import AVersion, expected, write_version
from tests.drills import storage_driver as driver
from tests.drills.judges import others_complaints, our_complaints
from tests.drills.scenario import Outcome, Scenario


def _argv(operation: str, folder: Path) -> Sequence[str]:
    return [sys.executable, "-m", "tests.drills.storage_driver", str(folder), operation]


def _prepare(folder: Path, *, versions: Sequence[AVersion] = (), damaged: bool = False, ledger: bool = False) -> None:
    folder.mkdir(parents=True)
    store = a_replica(folder / "replica")
    write_version(store, driver.BYSTANDER, tx="tx-0")
    for version in versions:
        write_version(store, version, tx="tx-0")
    if ledger:
        store.replace(driver.CHECKPOINT, driver.CHECKPOINTS[0])
    if damaged:
        place = folder / "replica" / driver.DAMAGED_KEY
        place.chmod(0o644)
        place.write_bytes(driver.DAMAGED)
        stray = folder / "replica" / driver.STRAY_KEY
        stray.parent.mkdir(parents=True)
        stray.write_bytes(b"stray")


def _prepare_nothing(folder: Path) -> None:
    folder.mkdir(parents=True)


def _held(folder: Path) -> dict[str, bytes]:
    return {path: data for path, data in tree(folder / "replica").items() if data is not None}


def _objects(held: Mapping[str, bytes]) -> dict[str, bytes]:
    """What lies in OCFL objects, without the storage root's own files."""
    return {key: data for key, data in held.items() if key.startswith("ocfl/") and key.count("/") > 3}


def _leftovers(folder: Path) -> Iterator[str]:
    """I6."""
    left = [path.name for path in (folder / "replica/work").iterdir()]
    if left:
        yield f"I6: left in work/: {left}"


def _invalid(folder: Path) -> Iterator[str]:
    """I1."""
    root = folder / "replica/ocfl"
    yield from (f"I1: {complaint}" for complaint in [*our_complaints(root), *others_complaints(root)])


def _check_version(
    folder: Path, outcome: Outcome, *, old: Sequence[AVersion], new: Sequence[AVersion], word: str
) -> list[str]:
    """I1, I2 (acknowledged means present, byte for byte), I3 (the old state or the new, nothing between), I6."""
    wrong = [*_invalid(folder), *_leftovers(folder)]
    held = _objects(_held(folder))
    before, after = expected(driver.BYSTANDER, *old), expected(driver.BYSTANDER, *new)
    if word in outcome.stdout.split("\n"):
        if held != after:
            wrong.append("I2: what was acknowledged is not there")
    elif held not in (before, after):
        wrong.append(f"I3: neither the old state nor the new: {sorted(set(held) ^ set(before))}")
    return wrong


def _check_repair(folder: Path, outcome: Outcome) -> list[str]:
    acknowledged = outcome.stdout.split("\n")
    held = _held(folder)
    wrong = list(_leftovers(folder))
    present = held.get(driver.DAMAGED_KEY)
    evidence = [data for key, data in held.items() if key.startswith("quarantine/")]
    if present not in (None, driver.SOUND, driver.DAMAGED):
        wrong.append("I3: neither the damaged bytes nor the sound ones")
    if present != driver.DAMAGED and driver.DAMAGED not in evidence:
        wrong.append("I2: the evidence is lost")
    if "restored" in acknowledged and present != driver.SOUND:
        wrong.append("I2: what was acknowledged as restored is not there")
    if driver.STRAY_KEY not in held:
        if b"stray" not in evidence:
            wrong.append("I2: the stray file is lost")
        # From here on the object is whole, and without empty folders.
        wrong += _invalid(folder)
    elif "stray set aside" in acknowledged:
        wrong.append("I2: what was acknowledged as set aside is still there")
    return wrong


def _check_ledger(folder: Path, outcome: Outcome) -> list[str]:
    acknowledged = outcome.stdout.split("\n")
    held = {key: data for key, data in _held(folder).items() if key.startswith("ledger/")}
    checkpoint = held.pop(driver.CHECKPOINT, b"")
    known = {**driver.TILES, **driver.PARTIAL, **driver.FULL}
    wrong = [*_leftovers(folder), *_invalid(folder)]
    wrong += [f"I3: {key} has bytes that nobody wrote" for key, data in held.items() if known.get(key) != data]
    needed: set[str] = set()
    if "put" in acknowledged or checkpoint != driver.CHECKPOINTS[0]:
        needed |= {*driver.TILES, *list(driver.PARTIAL)[1:]}
        if "replaced again" not in acknowledged:
            needed |= set(driver.PARTIAL)
    if "put more" in acknowledged or checkpoint == driver.CHECKPOINTS[2]:
        needed |= set(driver.FULL)
    wrong += [f"I2: {key} is not there" for key in sorted(needed - set(held))]
    if checkpoint not in driver.CHECKPOINTS:
        wrong.append("I3: a checkpoint that nobody wrote")
    for word, oldest in (("replaced", 1), ("replaced again", 2)):
        if word in acknowledged and checkpoint not in driver.CHECKPOINTS[oldest:]:
            wrong.append(f"I2: the checkpoint that was acknowledged as {word} is not there")
    return wrong


def _check_create(folder: Path, outcome: Outcome) -> list[str]:
    del outcome
    reference = folder / "reference"
    a_replica(reference)
    if tree(reference) != tree(folder / "replica"):
        return ["I3: not the replica that it should have become"]
    return []


def _snapshot(folder: Path) -> frozenset[tuple[str, bytes | None]]:
    return frozenset(tree(folder / "replica").items())


def _scenario(
    operation: str,
    check: Callable[[Path, Outcome], list[str]],
    prepare: Callable[[Path], None] = _prepare,
    recover: str = "recover",
) -> Scenario:
    return Scenario(
        name=f"storage-{operation}",
        prepare=prepare,
        command=partial(_argv, operation),
        recover=partial(_argv, recover),
        check=check,
        snapshot=_snapshot,
        statuses=frozenset({0, 3}),
    )


_FIRST, _SECOND = driver.FIRST, driver.SECOND
_WITH_FIRST = partial(_prepare, versions=(_FIRST,))

STORAGE_SCENARIOS: Sequence[Scenario] = (
    _scenario("v1", partial(_check_version, old=(), new=(_FIRST,), word="committed")),
    _scenario("v2", partial(_check_version, old=(_FIRST,), new=(_FIRST, _SECOND), word="committed"), _WITH_FIRST),
    _scenario("whole", partial(_check_version, old=(), new=(driver.WHOLE,), word="committed")),
    _scenario("abort", partial(_check_version, old=(_FIRST,), new=(_FIRST,), word="aborted"), _WITH_FIRST),
    _scenario("repair", _check_repair, partial(_prepare, versions=(_FIRST,), damaged=True)),
    _scenario("ledger", _check_ledger, partial(_prepare, ledger=True)),
    _scenario("create", _check_create, _prepare_nothing, recover="create-again"),
)
