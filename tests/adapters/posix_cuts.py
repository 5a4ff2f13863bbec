"""Every state in which a crash can leave a transaction of a folder replica, built by hand."""

import shutil
from collections.abc import Callable
from pathlib import Path

from preservation.adapters.object_stores.posix.version_writer import PosixVersionWriter
from tests.adapters.posix_replicas import a_replica, tree
from tests.contracts.replica_store_builders import AVersion, a_version, begin, stage, write_version

FIRST = a_version()
SECOND = a_version(2, base=FIRST)
BYSTANDER = a_version(of=2)
TX = "tx-1"


class Scene:
    """A replica with one transaction that is sealed, and whose process is dead. Each method is one step further."""

    def __init__(self, folder: Path, version: AVersion) -> None:
        self.folder = folder
        self.store = a_replica(folder)
        write_version(self.store, BYSTANDER, tx="tx-0")
        if version is SECOND:
            write_version(self.store, FIRST, tx="tx-0")
        self.version = version
        self.work = folder / "work" / TX
        self.stage = self.work / "object"
        self.target = folder / version.object_root
        self.before = tree(folder / "ocfl")
        writer = begin(self.store, version, FIRST if version is SECOND else None, tx=TX)
        assert isinstance(writer, PosixVersionWriter)
        self.unsealed_intent = (self.work / "intent.json").read_bytes()
        stage(writer, version).seal()
        writer._claim.leave()

    @property
    def after(self) -> dict[str, bytes | None]:
        """The storage root with the version in it."""
        place = self.folder.with_name("reference")
        store = a_replica(place)
        write_version(store, BYSTANDER, tx="tx-0")
        if self.version is SECOND:
            write_version(store, FIRST, tx="tx-0")
        write_version(store, self.version, FIRST if self.version is SECOND else None)
        return tree(place / "ocfl")

    def unseal(self) -> None:
        (self.work / "intent.json").chmod(0o644)
        (self.work / "intent.json").write_bytes(self.unsealed_intent)

    def make_parents(self, levels: int) -> None:
        parts = self.version.object_root.split("/")[: 1 + levels]
        self.folder.joinpath(*parts).mkdir(parents=True, exist_ok=True)

    def place(self) -> None:
        if self.version is FIRST:
            self.make_parents(3)
            self.stage.rename(self.target)
        else:
            (self.stage / "v2").rename(self.target / "v2")

    def move_inventory(self) -> None:
        (self.stage / "inventory.json").rename(self.target / "inventory.json")

    def move_sidecar(self) -> None:
        (self.stage / "inventory.json.sha512").rename(self.target / "inventory.json.sha512")

    def drop_intent(self) -> None:
        (self.work / "intent.json").unlink()

    def drop_work(self) -> None:
        shutil.rmtree(self.work)


def _begun(scene: Scene) -> None:
    scene.unseal()
    shutil.rmtree(scene.stage)


def _claimed(scene: Scene) -> None:
    scene.drop_work()


def _made(scene: Scene) -> None:
    scene.drop_work()
    scene.work.mkdir()


def _intent_cut_off(scene: Scene) -> None:
    _begun(scene)
    (scene.work / "intent.json").write_bytes(scene.unsealed_intent[:20])


def _half_staged(scene: Scene) -> None:
    scene.unseal()
    for name in ("inventory.json", "inventory.json.sha512"):
        (scene.stage / name).unlink()


def _staged(scene: Scene) -> None:
    scene.unseal()


def _sealed_intent_cut_off(scene: Scene) -> None:
    scene.unseal()
    (scene.work / "intent.json.sealed").write_bytes(b'{"base": ')


def _sealed(scene: Scene) -> None:
    del scene


def _parents_made(levels: int) -> Callable[[Scene], None]:
    return lambda scene: scene.make_parents(levels)


def _placed(scene: Scene) -> None:
    scene.place()


def _committed(scene: Scene) -> None:
    scene.place()
    scene.move_inventory()


def finished(scene: Scene) -> None:
    scene.place()
    if scene.version is SECOND:
        scene.move_inventory()
        scene.move_sidecar()


def _finished_without_intent(scene: Scene) -> None:
    finished(scene)
    scene.drop_intent()


def _finished_without_folder(scene: Scene) -> None:
    finished(scene)
    scene.drop_work()


def _undone_half(scene: Scene) -> None:
    scene.drop_intent()
    shutil.rmtree(scene.stage / f"v{scene.version.number}" / "content")


EARLY = {
    "claimed": _claimed,
    "folder made": _made,
    "intent cut off": _intent_cut_off,
    "begun": _begun,
    "half staged": _half_staged,
    "staged": _staged,
    "sealed intent cut off": _sealed_intent_cut_off,
    "sealed": _sealed,
    "undone by half": _undone_half,
}
LATE = {
    "finished": finished,
    "finished, intent gone": _finished_without_intent,
    "finished, folder gone": _finished_without_folder,
}
CUTS: list[tuple[AVersion, str, Callable[[Scene], None], bool]] = [
    *((version, name, cut, False) for version in (FIRST, SECOND) for name, cut in EARLY.items()),
    *((FIRST, f"{levels} folders made", _parents_made(levels), False) for levels in (1, 2, 3)),
    (SECOND, "placed", _placed, False),
    (SECOND, "committed", _committed, True),
    *((version, name, cut, True) for version in (FIRST, SECOND) for name, cut in LATE.items()),
]
