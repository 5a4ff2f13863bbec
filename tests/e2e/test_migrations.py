"""`migration`: from a plan to a new version and back, by commands, with this machine's own tools."""

from pathlib import Path

import pytest

from preservation.domain.events import EventType
from tests.homes import TestHome, assert_sound, make_home, preservation, state
from tests.migration_kit import a_bmp
from tests.package_builders import write_files

pytestmark = pytest.mark.tools

BY_HAND = ("--from", "fmt/116", "--to", "fmt/353", "--recipe", "image-to-tiff")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("migrations") / "home", identify=True)


def by(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SUDO_USER", name)


def test_a_migration_from_plan_to_revert(home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CPP-012, CPP-014: planned by one, approved by another, run, shown, and taken back; nothing is lost on the way."""
    folder = write_files(tmp_path / "p", {"đọc.txt": "xin chào".encode()})
    a_bmp(folder / "ảnh.bmp", 5, 32)
    aip = home.preserved(folder)

    by(monkeypatch, "lan")
    planned = home.run("migration", "plan", *BY_HAND, "--sample", "1")
    refused = home.run("migration", "approve", planned.json["id"])
    too_early = home.run("migration", "run", planned.json["id"])
    by(monkeypatch, "minh")
    approved = home.run("migration", "approve", planned.json["id"])
    ran = home.run("migration", "run", planned.json["id"])
    shown = home.run("migration", "show", planned.json["id"]).json
    nothing = home.run("migration", "plan", *BY_HAND)

    assert (planned.status, planned.json["state"], planned.json["files"]) == (0, "proposed", 1)
    (sampled,) = planned.json["sample"]
    assert sampled["code"] == "", sampled
    assert any(tool.startswith("vips ") for tool in sampled["tools"])
    assert (refused.status, too_early.status) == (2, 2)
    assert "somebody else" in refused.err
    assert (approved.json["state"], approved.json["approved_by"]) == ("approved", "minh")
    assert (ran.status, ran.json["end"], ran.json["files"]) == (0, "over", 1)
    assert shown["state"] == "done"
    assert [(one["aip"], one["state"], one["representation"]) for one in shown["items"]] == [(aip, "migrated", "rep2")]
    assert (nothing.status, nothing.json["reason"]) == (1, "there is nothing to migrate")
    held = state(home.object(aip))
    assert held["representations/rep2/data/ảnh.tif"][:4] in (b"II*\0", b"MM\0*")

    back = home.run("migration", "revert", "--aip", aip)

    assert (back.status, back.json[0]["version"]) == (0, 3)
    assert not any(path.startswith("representations/rep2/") for path in state(home.object(aip)))
    assert_sound(home)
    told = [one.detail.get("act") for one in home.events(EventType.CREATION, EventType.MODIFICATION)]
    acts = [act for act in told if isinstance(act, str) and act.startswith("migration")]
    assert acts[:5] == [
        "migration planned",
        "migration approved",
        "migration started",
        "migration ended",
        "migration stopped",
    ]
    assert acts[-1] == "migration reverted"


def test_why_a_file_was_left_as_it_is_stands_in_the_table(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    a_bmp(folder / "cut.bmp", 5, 32)
    (folder / "cut.bmp").write_bytes((folder / "cut.bmp").read_bytes()[:60])
    aip = home.preserved(folder)
    by(monkeypatch, "lan")
    plan = home.run("migration", "plan", *BY_HAND).json["id"]
    by(monkeypatch, "minh")
    home.run("migration", "approve", plan)
    home.run("migration", "run", plan)
    (item,) = [one for one in home.run("migration", "show", plan).json["items"] if one["aip"] == aip]
    table = preservation("migration", "show", plan, "--home", home.root)
    monkeypatch.setenv("COLUMNS", "80")
    narrow = preservation("migration", "show", plan, "--home", home.root).out.splitlines()

    assert (item["state"], item["migrated"]) == ("unchanged", 0)
    ((code, files),) = item["reasons"].items()
    assert f" {code} {files} " in table.out
    told = [line.split() for line in narrow]
    assert told.index(["aip", aip]) < told.index(["reasons", code, str(files)])
    first = next(at for at, words in enumerate(told) if words[:1] == ["number"])
    assert max(map(len, narrow[first:])) <= 80


def test_options_that_make_no_plan_are_refused(home: TestHome) -> None:
    assert home.run("migration", "plan").status == 2
    assert home.run("migration", "plan", "--rule", "x").status == 2
    assert home.run("migration", "plan", *BY_HAND, "--rule", "x").status == 2
    assert home.run("migration", "plan", *BY_HAND, "--hours", "noon").status == 2
    assert home.run("migration", "plan", *BY_HAND, "--collection", "x").status == 2
    assert home.run("migration", "plan", "--from", "fmt/116", "--to", "fmt/353", "--recipe", "x").status == 2
    assert home.run("migration", "show", "urn:uuid:01930000-0000-7000-8000-00000000ffff").status == 2
    assert home.run("migration", "revert").status == 2
    assert home.run("migration", "withdraw", "x").status == 2


def test_a_plan_is_paused_resumed_and_given_up(home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aip = home.preserved(a_bmp(tmp_path / "p/a.bmp", 7, 16).parent)
    by(monkeypatch, "lan")
    plan = home.run("migration", "plan", *BY_HAND, "--aip", aip, "--sample", "0", "--hours", "00:00-23:59").json["id"]
    by(monkeypatch, "minh")
    home.run("migration", "approve", plan)
    queued = home.run("migration", "run", plan, "--background")
    paused = home.run("migration", "pause", plan)
    resumed = home.run("migration", "resume", plan)
    stopped = home.run("migration", "stop", plan, "--reason", "not now")
    over = home.run("migration", "resume", plan)

    assert len(queued.json["jobs"]) == 2
    assert [one.json["state"] for one in (paused, resumed, stopped)] == ["paused", "running", "stopped"]
    assert stopped.json["reason"] == "not now"
    assert over.status == 2
    listed = home.run("migration", "list").json
    assert plan in [one["id"] for one in listed]
    assert plan not in [one["id"] for one in home.run("migration", "list", "--open").json]
    assert home.show(aip)["head"] == 1
