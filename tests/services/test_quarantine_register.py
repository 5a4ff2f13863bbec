"""Nothing is set aside unseen: what a cut-off repair left in quarantine gets its event at the next check (CPP-004)."""

from pathlib import Path

from preservation.domain.events import EventType
from tests.homes import make_home


def test_what_a_repair_that_was_cut_off_set_aside_is_recorded_by_the_next_check_and_only_once(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    left = home.replica("b") / "quarantine" / "01a2-cut-off" / "ocfl" / "evidence.pdf"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"damaged")

    home.run("fixity", "run", "--all")
    first = home.events(EventType.QUARANTINE)
    home.run("fixity", "run", "--all")

    assert [one.detail["act"] for one in first] == ["found without a record of its own"]
    assert first[0].private["kept_as"] == ["quarantine/01a2-cut-off/ocfl/evidence.pdf"]
    assert home.events(EventType.QUARANTINE) == first


def test_a_repair_that_was_recorded_is_not_recorded_again(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    readme = home.replica("b") / "README.txt"
    readme.chmod(0o644)
    readme.write_text("something else")

    home.run("fixity", "run", "--all")
    first = home.events(EventType.QUARANTINE)
    home.run("fixity", "run", "--all")

    assert len(first) == 1
    assert home.events(EventType.QUARANTINE) == first
