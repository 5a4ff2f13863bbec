"""The whole story in the terminal, with the real commands: `python -m examples.demo [FOLDER]`, or `make demo`.

Everything is made in one folder, `demo-home` unless another is named, which is emptied first if an earlier demonstration
made it. Each command is shown before it runs and can be typed as it stands. After each step the demonstration looks for
itself whether it came out as told; the exit status is 0 only if all of it did.

PRESERVATION_LANG=vi tells it in Vietnamese.
"""

import filecmp
import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from examples import make_examples, unicode_traps
from examples.demo_stage import Stage, StoryEnds

HERE = Path(__file__).parent
DOSSIER = HERE / make_examples.DOSSIER
FAULTS = HERE / make_examples.FAULTS
DAMAGED_FILE = "03. Biên bản khảo sát.tif"
SCANNED_FILE = "02. Quyết định số 160-QĐ-UB.pdf"
DESCRIPTION = "submission/metadata/dc.xml"
CODES = [
    "BAG-DIGEST-MISMATCH",
    "BAG-OXUM-MISMATCH",
    "BAG-PATH-TRAVERSAL",
    "BAG-PAYLOAD-MISSING",
    "BAG-UNLISTED",
]


def a_home(stage: Stage) -> None:
    stage.run("init", "--origin", "archive.example/demo")

    stage.expect("home", held=all(stage.replica(name).joinpath("replica.json").is_file() for name in ("a", "b")))


def a_broken_bag(stage: Stage) -> None:
    stage.run("transfer", "check", stage.shown(FAULTS), status=1)

    report = stage.ask("transfer", "check", str(FAULTS), status=1)
    stage.expect("five", held=sorted(one["code"] for one in report["findings"]) == CODES)


def packages_in(stage: Stage) -> None:
    traps = stage.folder / "traps"
    unicode_traps.write_unicode_traps(traps)
    stage.run("ingest", stage.shown(DOSSIER), stage.shown(traps), stage.shown(FAULTS), status=1)

    kept = stage.ask("aip", "list")
    stage.expect("two", held=len(kept) == 2 and all(one["copies"] == 2 for one in kept))
    stage.dossier, stage.traps = (_titled(kept, "Hồ sơ"), _titled(kept, "traps"))
    expected = {name for name, _ in unicode_traps.TRAPS}
    files = stage.ask("aip", "show", stage.traps)["files"]
    stage.expect("names", held=expected == {_bytes_of(one["original_name"]) for one in files if one["original_name"]})


def what_is_kept(stage: Stage) -> None:
    stage.run("aip", "show", stage.dossier)

    shown = stage.ask("aip", "show", stage.dossier)
    scans = [one for one in shown["files"] if one["path"].startswith("representations/rep1/data/")]
    stage.object_root = shown["path"]
    stage.expect("formats", held=len(scans) == 6 and all(one["puid"] for one in scans))
    received = (DOSSIER / "metadata" / "dc.xml").read_bytes()
    stage.expect("as_received", held=_content(stage, "a", DESCRIPTION).read_bytes() == received)


def damage(stage: Stage) -> None:
    page = _content(stage, "b", f"representations/rep1/data/{DAMAGED_FILE}")
    page.chmod(page.stat().st_mode | stat.S_IWUSR)
    with page.open("r+b") as stream:
        stream.seek(100)
        before = stream.read(1)
        stream.seek(100)
        stream.write(bytes([before[0] ^ 1]))
    tiles = stage.replica("b") / "ledger" / "tile" / "entries"
    tile = max((path for path in tiles.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    tile.unlink()
    stage.say("damage_done", page=stage.shown(page), tile=stage.shown(tile))
    stage.run("fixity", "run", "--all")

    intact = _content(stage, "a", f"representations/rep1/data/{DAMAGED_FILE}")
    stage.expect("repaired", held=filecmp.cmp(page, intact, shallow=False))
    stage.expect("tile", held=tile.is_file())
    evidence = [path for path in (stage.replica("b") / "quarantine").rglob(DAMAGED_FILE) if path.is_file()]
    stage.expect("evidence", held=len(evidence) == 1 and evidence[0].read_bytes() != intact.read_bytes())
    stage.say("again")
    stage.run("fixity", "run", "--all")


def the_ledger(stage: Stage) -> None:
    stage.run("audit", "verify")

    acts = {one["type"] for one in stage.ask("audit", "list", "--limit", "1000")["events"]}
    stage.expect("acts", held={"ingestion", "fixity check", "quarantine", "recovery"} <= acts)
    refused = stage.ask("audit", "list", "--type", "validation", "--outcome", "failure")["events"]
    stage.expect("refusal", held=len(refused) == 1)


def a_receipt(stage: Stage) -> None:
    receipt = stage.folder / "receipt.tlog-proof"
    stage.run("audit", "prove", stage.dossier, "--out", stage.shown(receipt))
    stage.vkey = stage.ask("audit", "checkpoint")["vkey"]
    stage.say("receipt_alone")
    with stage.no_home():
        output = stage.run("audit", "check", stage.shown(receipt), "--vkey", stage.vkey)
        stage.expect("names_aip", held=stage.dossier in output)
        forged = stage.folder / "forged.tlog-proof"
        forged.write_text(receipt.read_text().replace("index ", "index 1"))
        stage.say("receipt_forged")
        stage.run("audit", "check", stage.shown(forged), "--vkey", stage.vkey, status=1)


def an_export(stage: Stage) -> None:
    bag = stage.folder / "dossier-for-a-reader"
    stage.run("aip", "export", stage.dossier, stage.shown(bag))
    stage.run("bag", "validate", stage.shown(bag))

    wanted = {path.relative_to(DOSSIER / "data"): path for path in (DOSSIER / "data").rglob("*") if path.is_file()}
    found = {path.name: path for path in (bag / "data").rglob("*") if path.is_file()}
    stage.expect(
        "exported",
        held=all(
            name.name in found and filecmp.cmp(path, found[name.name], shallow=False) for name, path in wanted.items()
        ),
    )


def a_migration(stage: Stage) -> None:
    if shutil.which("gs") is None:
        stage.say("no_ghostscript")
        return
    before = _content(stage, "a", f"representations/rep1/data/{SCANNED_FILE}").read_bytes()
    stage.run("migration", "plan", "--rule", "pdf-to-pdfa", "--sample", "1")
    plan = stage.ask("migration", "list")[0]["id"]
    stage.say("second_person")
    stage.run("migration", "approve", plan, status=2)
    policy = stage.home / "policies" / "formats.toml"
    policy.write_text(policy.read_text().replace('approval = "two"', 'approval = "one"'))
    stage.say("one_person", policy=stage.shown(policy))
    stage.run("migration", "approve", plan)
    stage.run("migration", "run", plan)

    files = {one["path"]: one for one in stage.ask("aip", "show", stage.dossier)["files"]}
    made = [one for path, one in files.items() if path.startswith("representations/rep2/data/")]
    stage.expect("pdfa", held=[one["puid"] for one in made] == ["fmt/477"] * 2)
    kept = _content(stage, "a", f"representations/rep1/data/{SCANNED_FILE}").read_bytes()
    stage.expect("source_kept", held=kept == before and f"representations/rep1/data/{SCANNED_FILE}" in files)


def all_lost_but_one_disk(stage: Stage) -> None:
    disk, again = stage.folder / "found-disk", stage.folder / "again"
    shutil.copytree(stage.replica("b"), disk)
    stage.say("disk_found", disk=stage.shown(disk))
    kept = stage.ask("aip", "list")
    checkpoint = stage.ask("audit", "checkpoint")["checkpoint"]
    said = stage.run("rebuild", "--from", stage.shown(disk), "--home", stage.shown(again))
    stage.run("aip", "list", "--home", stage.shown(again))

    stage.expect("same_root", held=_root_of(checkpoint) in said)
    stage.expect("same_holdings", held=stage.ask("aip", "list", "--home", str(again)) == kept)
    old = stage.ask("audit", "list", "--limit", "1000")["events"]
    new = stage.ask("audit", "list", "--limit", "1000", "--home", str(again))["events"]
    stage.expect("same_events", held=new[: len(old)] == old)


STORY: tuple[tuple[str, Callable[[Stage], None]], ...] = (
    ("a_home", a_home),
    ("a_broken_bag", a_broken_bag),
    ("packages_in", packages_in),
    ("what_is_kept", what_is_kept),
    ("damage", damage),
    ("the_ledger", the_ledger),
    ("a_receipt", a_receipt),
    ("an_export", an_export),
    ("a_migration", a_migration),
    ("all_lost", all_lost_but_one_disk),
)


def _titled(kept: list[dict[str, str]], beginning: str) -> str:
    for one in kept:
        if one["title"].startswith(beginning):
            return one["id"]
    raise StoryEnds(f"no AIP has a title that begins with {beginning}")


def _content(stage: Stage, replica: str, logical_path: str) -> Path:
    """Where version 1 of the dossier keeps a file whose name needs no escape."""
    return stage.replica(replica) / stage.object_root / "v1" / "content" / logical_path


def _bytes_of(name: str) -> bytes:
    """The reverse of the escape for names that are not UTF-8 (preservation/domain/names.py), done here by hand on purpose."""
    first, *rest = name.split("\ufffd")
    return first.encode() + b"".join(bytes.fromhex(part[:2]) + part[2:].encode() for part in rest)


def _root_of(checkpoint: str) -> str:
    """The third line of a checkpoint is the root in base64 (C2SP tlog-checkpoint)."""
    return Stage.hex_of(checkpoint.splitlines()[2])


def main(arguments: list[str]) -> int:
    """Tell the story; 0 if everything came out as told."""
    folder = Path(arguments[0] if arguments else "demo-home")
    stage = Stage(folder, os.environ)
    return stage.tell(STORY)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
