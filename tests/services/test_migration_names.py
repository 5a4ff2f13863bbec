"""Several results of one file, and what refuses a name: no version is left half made because of what things are called."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import RawIOBase
from pathlib import Path

import pytest
from PIL import Image

from preservation.adapters.migration_work import WorkFolder
from preservation.domain.conversions import Comparison, Converted, NotConverted
from preservation.domain.examinations import FileToExamine
from preservation.domain.holdings import TransferStatus
from preservation.services.migration_document import NewRepresentation
from preservation.services.migration_runs import RunEnd
from tests.homes import TestHome, make_home, state
from tests.migration_kit import PillowConverter, a_bmp, migrations


class Splitter(PillowConverter):
    """Two results for each image that is eight pixels wide, as of a mailbox with two messages."""

    def convert(
        self, recipe: str, source: FileToExamine, folder: str, parameters: Mapping[str, str | int]
    ) -> Converted | NotConverted:
        done = super().convert(recipe, source, folder, parameters)
        with Image.open(source.path) as image:
            if image.width != 8 or not isinstance(done, Converted):
                return done
        (Path(folder) / "second.png").write_bytes((Path(folder) / "out.png").read_bytes())
        return replace(done, paths=("out.png", "second.png"))

    def compare(
        self,
        recipe: str,
        source: FileToExamine,
        results: Sequence[FileToExamine],
        bounds: Mapping[str, str | int],
    ) -> Comparison:
        return super().compare(recipe, source, results[:1], bounds)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("names") / "home", identify=True)


def test_numbered_results_stand_beside_a_result_that_has_such_a_name(home: TestHome, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    a_bmp(folder / "a.bmp", 1, 8)
    a_bmp(folder / "a-0001.bmp", 2, 4)
    aip = home.preserved(folder)
    with migrations(home.root, aip, converter=Splitter()) as work:
        report = work.run(work.started())

    results = {one["path"]: one["source"] for one in home.show(aip)["files"] if one["source"]}
    inside, original = "representations/rep2/data/", "representations/rep1/data/"
    assert (report.end, report.files) == (RunEnd.OVER, 2)
    assert results == {
        f"{inside}a-0001.png": f"{original}a-0001.bmp",
        f"{inside}a.bmp-0001.png": f"{original}a.bmp",
        f"{inside}a.bmp-0002.png": f"{original}a.bmp",
    }
    assert all(state(home.object(aip))[path].startswith(b"\x89PNG") for path in results)


def test_what_nobody_foresaw_leaves_no_transfer_running_and_no_file_open(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aip = home.preserved(a_bmp(tmp_path / "p/a.bmp", 1).parent)
    opened: list[str] = []
    as_it_is = WorkFolder.open

    def noted(work: WorkFolder, source: str, number: int) -> RawIOBase:
        opened.append(source)
        return as_it_is(work, source, number)

    with migrations(home.root, aip) as work:
        plan = work.started()
        monkeypatch.setattr(WorkFolder, "open", noted)
        monkeypatch.setattr(NewRepresentation, "_names", lambda *_: {"representations/rep1/data/a.bmp": ("../a",)})
        with pytest.raises(ValueError, match="logical path"):
            work.run(plan)
        monkeypatch.undo()
        left = list(work.repository.catalogue.transfers(TransferStatus.RUNNING))
        done = work.run(plan)

    assert (opened, left) == ([], [])
    assert (done.end, done.files) == (RunEnd.OVER, 1)
    assert home.show(aip)["head"] == 2
