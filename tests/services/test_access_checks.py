"""Reading for access: a whole object from one replica is a check of that copy, anything less is none; doubts are followed up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from preservation.adapters.export_folder import ExportFolder
from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.holdings import CopyRecord
from preservation.services.access import DIPForm
from preservation.services.fixity_batches import batch_bytes
from tests.services.fixity_kit import FixityKit, Quiet, a_home, damage


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path) as kit:
        yield kit


def export(kit: FixityKit, form: DIPForm = DIPForm.OCFL, *, version: int | None = None) -> None:
    out = ExportFolder(kit.home.parent / f"out {form.value}")
    kit.repository.access().export(kit.aip, form, out, version=version, progress=Quiet())


def copies(kit: FixityKit) -> list[CopyRecord]:
    return [kit.copy(replica) for replica in kit.ids]


def batches(kit: FixityKit) -> list[dict[str, Any]]:
    return [cast("dict[str, Any]", event.detail) for event in kit.events() if "batch" in event.detail]


def test_an_export_of_the_whole_object_from_one_replica_is_a_check_of_that_copy(kit: FixityKit) -> None:
    first, second = copies(kit)

    export(kit)

    after = copies(kit)
    assert first.checked is not None
    assert after[0].checked is not None
    assert after[0].checked > first.checked
    assert after[0].due is not None
    assert after[1] == second
    (batch,) = batches(kit)
    assert (batch["checked"], batch["intact"], batch["method"]) == (1, 1, "A")
    files = [path for path in kit.path("a", "").rglob("*") if path.is_file()]
    assert batch["bytes"] == sum(path.stat().st_size for path in files)
    lines = list(kit.repository.catalogue.fixity_lines(batch["batch"]))
    assert [(one.aip, one.replica) for one in lines] == [(kit.aip, kit.ids[0])]
    assert (kit.folder("b") / f"fixity/{batch['batch'].removeprefix('urn:uuid:')}.jsonl").read_bytes() == batch_bytes(
        lines
    )


@pytest.mark.parametrize(("form", "version"), [(DIPForm.BAG, None), (DIPForm.EARK, None), (DIPForm.OCFL, 2)])
def test_an_export_of_less_is_no_check(kit: FixityKit, form: DIPForm, version: int | None) -> None:
    before = copies(kit)

    export(kit, form, version=version)

    assert copies(kit) == before
    assert batches(kit) == []


def test_a_whole_that_came_from_two_replicas_is_no_check_and_the_damaged_copy_is_due_at_once(kit: FixityKit) -> None:
    damage(kit.content("a", "first.txt"))
    before = copies(kit)

    export(kit)

    after = copies(kit)
    assert [one.checked for one in after] == [one.checked for one in before]
    assert after[0].due == AT_ONCE
    assert after[1].due == before[1].due
    assert batches(kit) == []


@pytest.mark.parametrize("place", ["v1/inventory.json", "inventory.json.sha512", "0=ocfl_object_1.1", "stranger"])
def test_content_that_is_right_proves_nothing_of_what_lies_beside_it(kit: FixityKit, place: str) -> None:
    path = kit.path("a", place)
    if path.exists():
        damage(path)
    else:
        path.write_bytes(b"x")
    before = copies(kit)

    export(kit)

    assert [one.checked for one in copies(kit)] == [one.checked for one in before]
    assert copies(kit)[0].due == AT_ONCE
    assert batches(kit) == []
