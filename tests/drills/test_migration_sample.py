"""The migration drill in small; `make migration-drill` is the whole of it."""

from pathlib import Path

import pytest

from tests.drills.migration import many_formats, sabotage
from tests.drills.migration_kills import killed_run


def quiet(text: str) -> None:
    del text


@pytest.mark.slow
def test_each_file_is_migrated_exactly_once_however_often_the_run_is_killed(tmp_path: Path) -> None:
    run = killed_run(tmp_path, files=120, per_aip=12, kills=6, seed=3, say=quiet)

    assert run.problems == []
    assert run.kills > 0


@pytest.mark.slow
@pytest.mark.tools
def test_files_of_many_formats_are_migrated_and_proven(tmp_path: Path) -> None:
    found = many_formats(tmp_path, count=16, seed=2, say=quiet)

    assert found.problems == []
    assert found.formats >= 12
    assert found.migrated >= 14, found.reasons


@pytest.mark.slow
@pytest.mark.tools
def test_nothing_of_a_tool_that_does_harm_is_kept(tmp_path: Path) -> None:
    assert sabotage(tmp_path, count=1, say=quiet) == []
