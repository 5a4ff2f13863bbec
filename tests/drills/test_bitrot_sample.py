"""The bit-rot drill in small; `make bitrot-drill` is the whole of it."""

from pathlib import Path

from tests.drills.bitrot import drill


def test_every_fault_is_found_and_repaired_and_nothing_else_is_reported(tmp_path: Path) -> None:
    tally = drill(tmp_path, 66, seed=7, per_round=33, small_files=60)

    assert tally.wrong == []
    assert (tally.injected, tally.found, tally.repaired, tally.wrongly_reported) == (66, 66, 66, 0)
    assert len(tally.ways) >= 10
    assert len(tally.kinds) >= 12
