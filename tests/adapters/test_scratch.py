"""Short-lived copies leave nothing behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from preservation.adapters.scratch import Scratch
from preservation.errors import Unavailable


def test_what_is_placed_can_be_read_and_is_gone_after_clearing(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)

    first = Path(scratch.place(".pdf", [b"one ", b"", b"two"]))
    second = Path(scratch.place("", []))

    assert (first.suffix, first.read_bytes()) == (".pdf", b"one two")
    assert (second.suffix, second.read_bytes()) == ("", b"")
    scratch.clear()
    scratch.clear()
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_leaves_no_file(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)

    def failing() -> Iterator[bytes]:
        yield b"begun"
        raise KeyError("source")

    with pytest.raises(KeyError):
        scratch.place("", failing())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_crash_left_is_removed_with_the_first_copy(tmp_path: Path) -> None:
    crashed = Path(Scratch(tmp_path).place("", [b"left"]))
    (tmp_path / "package-1").mkdir()
    scratch = Scratch(tmp_path)

    scratch.place("", [b"new"])

    assert not crashed.exists()
    scratch.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["package-1"]


@pytest.mark.parametrize("suffix", ["/etc", "..", ".a/b", "a", ".a\n", "." + "a" * 40])
def test_a_suffix_never_leads_elsewhere(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueError, match="not a suffix"):
        Scratch(tmp_path).place(suffix, [])


def test_a_place_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        Scratch(tmp_path / "none").place("", [])
