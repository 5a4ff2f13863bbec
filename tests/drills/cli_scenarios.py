"""Crash scenarios of the `preservation` command: an ingest, a new version, a sync, a repair, a rebuild.

Format identification is switched off but in one: its processes change no file that is to be kept, and take most of the time.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.drills import faults
from tests.drills.cli_invariants import (
    broken_invariants,
    load_before,
    look,
    package_digests,
    state,
    unrecorded_evidence,
)
from tests.drills.scenario import Outcome, Scenario

NOTES = "before.json"


def _preservation(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "preservation.cli", *arguments, "--home", str(home), "--json"]


def _done(command: Sequence[str], folder: Path) -> object:
    outcome = faults.run(command, folder)
    if outcome.status != 0:
        raise RuntimeError(f"{command} ended with {outcome.status}: {outcome.stdout} {outcome.stderr}")
    return json.loads(outcome.stdout) if outcome.stdout else None


def _ingest(home: Path, package: Path, *more: str) -> str:
    results = _done(_preservation(home, "ingest", str(package), *more), home.parent)
    assert isinstance(results, list)
    return str(results[0]["aip_id"])


def _make_package(folder: Path, words: str) -> Path:
    (folder / "ảnh").mkdir(parents=True)
    (folder / "quyết định.txt").write_text(f"{words}\n" * 100)
    (folder / "ảnh/1.bin").write_bytes(words.encode() * 20_000)
    return folder


def _prepare_home(folder: Path) -> str:
    """A home with two replicas and one AIP, whose id is returned; a second package waits."""
    home = folder / "home"
    _done(_preservation(home, "init"), folder)
    _identify_with(home, "none")
    kept = _make_package(folder / "packages/kept", "giữ lại")
    _make_package(folder / "packages/new", "mới")
    return _ingest(home, kept)


def _identify_with(home: Path, engine: str) -> None:
    policy = home / "policies/formats.toml"
    policy.write_text(re.sub(r'(?m)^first = "\w+"', f'first = "{engine}"', policy.read_text()))


def _note(folder: Path, aips: Mapping[str, str]) -> None:
    """What is acknowledged and published by now: AIPs by the packages that they were made of."""
    found = {aip: package_digests(folder / "packages" / package) for aip, package in aips.items()}
    look(folder / "home", found).save(folder / NOTES)


def _prepare(folder: Path) -> None:
    _note(folder, {_prepare_home(folder): "kept"})


def _prepare_identified(folder: Path) -> None:
    _prepare(folder)
    _identify_with(folder / "home", "siegfried")
    # The next command records the policy; with the times of when it does, which no two runs have in common.
    _done(_sync(folder), folder)


def _prepare_sync(folder: Path) -> None:
    """Replica b was away while the second package came in; now it is back."""
    kept = _prepare_home(folder)
    replica, elsewhere = folder / "home/replicas/b", folder / "home/replicas/elsewhere"
    replica.rename(elsewhere)
    outcome = faults.run(_preservation(folder / "home", "ingest", str(folder / "packages/new")), folder)
    elsewhere.rename(replica)
    result = json.loads(outcome.stdout)[0]
    assert result["status"] == "stored", outcome
    _note(folder, {kept: "kept", result["aip_id"]: "new"})


def _prepare_repair(folder: Path) -> None:
    """On replica b a file is altered, one is lost, a stranger has appeared, and an inventory is cut off."""
    kept = _prepare_home(folder)
    new = _ingest(folder / "home", folder / "packages/new")
    _note(folder, {kept: "kept", new: "new"})
    objects = sorted(path.parent for path in (folder / "home/replicas/b/ocfl").rglob("0=ocfl_object_1.1"))
    first, second = objects
    altered = next(first.rglob("1.bin"))
    altered.chmod(0o644)
    data = altered.read_bytes()
    altered.write_bytes(data[:7] + bytes([data[7] ^ 4]) + data[8:])
    next(second.rglob("1.bin")).unlink()
    inventory = second / "inventory.json"
    inventory.chmod(0o644)
    inventory.write_bytes(inventory.read_bytes()[:50])
    stranger = first / "v1/content/stranger/file"
    stranger.parent.mkdir()
    stranger.write_bytes(b"who am I")


def _acknowledged(folder: Path, outcome: Outcome) -> Mapping[str, tuple[str, ...]]:
    """What an ingest has printed counts from then on; a line that was cut off by the crash does not."""
    try:
        results = json.loads(outcome.stdout)
    except ValueError:
        return {}
    if not isinstance(results, list):
        return {}  # The document of an error acknowledges nothing.
    digests = package_digests(folder / "packages/new")
    return {one["aip_id"]: digests for one in results if one["status"] in ("preserved", "stored")}


def _check(folder: Path, outcome: Outcome, *, is_ingest: bool = False) -> list[str]:
    acknowledged = _acknowledged(folder, outcome) if is_ingest else {}
    return broken_invariants(folder / "home", load_before(folder / NOTES), acknowledged)


def _check_repair(folder: Path, outcome: Outcome) -> list[str]:
    wrong = [*_check(folder, outcome), *unrecorded_evidence(folder / "home")]
    evidence = [path.read_bytes() for path in (folder / "home/replicas/b/quarantine").rglob("*") if path.is_file()]
    if b"who am I" not in evidence:
        wrong.append("I2: the stranger was not kept as evidence")
    if not any(data.endswith(("mới".encode(), "giữ lại".encode())) for data in evidence):
        wrong.append("I2: the altered file was not kept as evidence")
    return wrong


def _check_rebuild(folder: Path, outcome: Outcome) -> list[str]:
    """The new home has what the old one had, ledger included. From here on the replicas are the new one's."""
    del outcome
    return broken_invariants(folder / "rebuilt", load_before(folder / NOTES), {})


def _ingest_again(folder: Path, *more: str) -> Sequence[str]:
    return _preservation(folder / "home", "ingest", str(folder / "packages/new"), *more)


def _new_version(folder: Path) -> Sequence[str]:
    kept = next(iter(load_before(folder / NOTES).aips))
    return _ingest_again(folder, "--aip", kept)


def _sync(folder: Path) -> Sequence[str]:
    return _preservation(folder / "home", "replica", "sync")


def _fixity(folder: Path) -> Sequence[str]:
    return _preservation(folder / "home", "fixity", "run", "--all")


def _rebuild(folder: Path) -> Sequence[str]:
    source, key = folder / "home/replicas/a", folder / "home/keys/ledger.key"
    return _preservation(folder / "rebuilt", "rebuild", "--from", str(source), "--key", str(key))


def _rebuild_again(folder: Path) -> Sequence[str]:
    old = folder / "home"
    places = [folder / "rebuilt", old / "replicas/a", old / "keys/ledger.key", old / "replicas/b"]
    return [sys.executable, "-m", "tests.drills.rebuild_again", *map(str, places)]


def _snapshot(home: str, folder: Path) -> frozenset[tuple[str, ...]]:
    return state(folder / home)


def _scenario(
    name: str,
    command: Callable[[Path], Sequence[str]],
    *,
    prepare: Callable[[Path], None] = _prepare,
    recover: Callable[[Path], Sequence[str]] = _sync,
    check: Callable[[Path, Outcome], list[str]] = _check,
    home: str = "home",
) -> Scenario:
    return Scenario(
        name=f"cli-{name}",
        prepare=prepare,
        command=command,
        recover=recover,
        check=check,
        snapshot=partial(_snapshot, home),
        modules=("preservation.cli.main",),
    )


CLI_SCENARIOS: Sequence[Scenario] = (
    _scenario("ingest", _ingest_again, check=partial(_check, is_ingest=True)),
    _scenario("ingest-identified", _ingest_again, prepare=_prepare_identified, check=partial(_check, is_ingest=True)),
    _scenario("new-version", _new_version, check=partial(_check, is_ingest=True)),
    _scenario("sync", _sync, prepare=_prepare_sync),
    _scenario("repair", _fixity, prepare=_prepare_repair, recover=_fixity, check=_check_repair),
    _scenario("rebuild", _rebuild, recover=_rebuild_again, check=_check_rebuild, home="rebuilt"),
)
