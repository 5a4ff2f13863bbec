"""Format migrations of what is held: a new representation in a new version, once, whoever is killed (CPP-014)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from preservation import bootstrap
from preservation.bootstrap.migrations import migration_acts, migration_revert
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.examinations import FileToExamine
from preservation.domain.migration_plans import ItemState, MigrationLimits, MigrationPlan, MigrationSelection, PlanState
from preservation.errors import Conflict, NotAllowed, NotHere, Unavailable, WrongUse
from preservation.services.migration_runs import RunEnd
from preservation.standards.aip_layout import is_document
from tests.homes import Quiet, TestHome, assert_sound, assert_valid_object, make_home, state, tree
from tests.migration_kit import LAN, MINH, RULE, Migrations, PillowConverter, a_bmp, migrations, unavailable
from tests.package_builders import write_files
from tests.standards.xml_schemas import mets_schema, premis_schema

REP2 = "representations/rep2/data/"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    made = make_home(tmp_path_factory.mktemp("migrations") / "home", identify=True)
    made.run("collection", "add", "H49", "Phông lưu trữ")
    return made


@pytest.fixture
def aip(home: TestHome, tmp_path: Path) -> str:
    folder = write_files(tmp_path / "images", {"đọc.txt": b"text"})
    a_bmp(folder / "ảnh 1.bmp", 1)
    a_bmp(folder / "tập/ảnh 2.bmp", 2)
    return home.preserved(folder)


def test_a_migration_makes_one_version_with_one_more_representation(home: TestHome, aip: str) -> None:
    """CPP-014 steps 4 to 8: results beside the originals, derivation and event told, every copy the same."""
    with migrations(home.root, aip) as work:
        plan = work.migrated()
        (item, *_) = work.repository.catalogue.migration_table().items_of(aip)
        bootstrap.publish(work.repository)

    shown = home.show(aip)
    files = {file["path"]: file for file in shown["files"]}
    assert plan.state is PlanState.DONE
    assert (item.state, item.version, item.representation, item.done) == (ItemState.MIGRATED, 2, "rep2", 2)
    assert shown["head"] == 2
    assert {path for path in files if path.startswith(REP2)} == {REP2 + "ảnh 1.png", REP2 + "tập/ảnh 2.png"}
    derived = files[REP2 + "ảnh 1.png"]
    assert derived["source"] == "representations/rep1/data/ảnh 1.bmp"
    assert derived["puid"] == "fmt/11"
    assert files["representations/rep1/data/ảnh 1.bmp"]["source"] is None
    assert [(one["name"], one["derived_from"]) for one in shown["representations"]] == [
        ("rep1", []),
        ("rep2", ["rep1"]),
    ]
    for replica in ("a", "b"):
        folder = home.object(aip, replica)
        assert_valid_object(folder)
        assert set(state(folder, 1)) <= set(state(folder, 2))
        assert state(folder)[REP2 + "ảnh 1.png"].startswith(b"\x89PNG")
    assert {copy["state"] for copy in shown["copies"]} == {"intact"}
    assert_sound(home)
    (event,) = [one for one in home.events(EventType.MIGRATION) if any(linked.id == aip for linked in one.objects)]
    assert event.outcome is EventOutcome.SUCCESS
    assert event.detail["files"] == 2
    assert "pillow 1" in {agent.id for agent in event.agents}


def test_the_document_of_a_migration_says_how_each_result_came_to_be(home: TestHome, aip: str) -> None:
    """CPP-014 step 7: the exact command, the tools with their versions, properties before and after, and the comparison."""
    with migrations(home.root, aip) as work:
        work.migrated()

    held = state(home.object(aip))
    document = json.loads(held["representations/rep2/metadata/preservation/migration-00001.json"])
    entry = document["files"][0]
    assert document["rule"] == RULE.name
    assert document["source_version"] == 1
    assert entry["commands"] == ["pillow {in}/source {out}/out.png"]
    assert entry["tools"] == [["pillow", "1"]]
    assert entry["before"]["properties"] == [["width", 4, "pixels"]]
    assert entry["results"][0]["after"]["properties"] == [["width", 4, "pixels"]]
    assert entry["comparison"]["sameness"] == "same"
    assert entry["comparison"]["measures"] == [["pixels", "a", "a", "equal", True]]
    premis = held["representations/rep2/metadata/preservation/premis-00001.xml"].decode()
    assert "<relationshipSubType>has source</relationshipSubType>" in premis
    assert "<eventType>migration</eventType>" in held["metadata/preservation/premis.xml"].decode()


def test_the_documents_of_a_migrated_aip_are_valid_by_their_schemas(home: TestHome, aip: str, corpora: Path) -> None:
    with migrations(home.root, aip) as work:
        work.migrated()

    held = state(home.object(aip))
    documents = {path: data for path, data in held.items() if is_document(path)}
    schemas = {"METS": mets_schema(corpora), "premis": premis_schema(corpora)}
    for path, data in documents.items():
        schemas["METS" if "METS" in path else "premis"].assertValid(etree.fromstring(data).getroottree())
    assert "representations/rep2/METS.xml" in documents
    listed = held["representations/rep2/METS.xml"].decode()
    assert "migration-00001.json" in listed
    assert "Representations/rep2" in held["METS.xml"].decode()


def test_what_was_migrated_is_not_migrated_again(home: TestHome, aip: str) -> None:
    with migrations(home.root, aip) as work:
        work.migrated()
        again = work.plan()
        table = work.repository.catalogue.migration_table()
        found, _ = table.candidates(RULE, again.selection)

        assert again.state is PlanState.STOPPED
        assert again.reason == "there is nothing to migrate"
        assert all(one.amount.files == 0 for one in found if one.aip == aip)


def test_a_supplement_keeps_what_was_migrated_but_for_what_it_renews(home: TestHome, aip: str, tmp_path: Path) -> None:
    with migrations(home.root, aip) as work:
        work.migrated()
    more = write_files(tmp_path / "more", {"mới.txt": b"new"})
    a_bmp(more / "ảnh 1.bmp", 77)

    (taken,) = home.ingest(more, "--aip", aip, "--mode", "supplement")

    files = {file["path"]: file for file in home.show(aip)["files"]}
    assert taken["version"] == 3
    assert {path for path in files if path.startswith(REP2)} == {REP2 + "tập/ảnh 2.png"}
    assert "representations/rep2/metadata/preservation/migration-00001.json" in files
    with migrations(home.root, aip) as work:
        work.migrated()
    files = {file["path"]: file for file in home.show(aip)["files"]}
    assert files["representations/rep3/data/ảnh 1.png"]["source"] == "representations/rep1/data/ảnh 1.bmp"


def spoiled(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def other_pixels(path: Path) -> None:
    Image.new("RGB", (4, 4), (9, 9, 9)).save(path, "PNG")


def not_an_image(path: Path) -> None:
    path.write_bytes(b"GIF89a nothing")


def test_a_file_that_fails_is_left_as_it_is_and_listed(home: TestHome, tmp_path: Path) -> None:
    """CPP-014 step 4a: what does not pass is no result; the others of its AIP are migrated all the same."""
    folder = tmp_path / "images"
    a_bmp(folder / "good.bmp", 1)
    bad = a_bmp(folder / "bad.bmp", 2)
    bad.write_bytes(bad.read_bytes() + b"encrypted")
    aip = home.preserved(folder)
    with migrations(home.root, aip) as work:
        work.migrated()
        (item, *_) = work.repository.catalogue.migration_table().items_of(aip)

    files = {file["path"] for file in home.show(aip)["files"]}
    assert (item.done, item.left, item.failed, item.reasons) == (1, 1, 0, {"SOURCE-ENCRYPTED": 1})
    assert REP2 + "good.png" in files
    assert REP2 + "bad.png" not in files
    document = json.loads(state(home.object(aip))["representations/rep2/metadata/preservation/migration-00001.json"])
    assert [(one["source"][-8:], one["outcome"]) for one in document["files"]] == [
        ("/bad.bmp", "left"),
        ("good.bmp", "migrated"),
    ]


@pytest.mark.parametrize(
    ("breaks", "code"),
    [(spoiled, "RESULT-INVALID"), (other_pixels, "RESULT-DIFFERENT"), (not_an_image, "RESULT-OTHER-FORMAT")],
)
def test_a_sabotaged_tool_is_caught_and_nothing_of_it_is_kept(
    home: TestHome, aip: str, breaks: object, code: str
) -> None:
    assert callable(breaks)
    with migrations(home.root, aip, converter=PillowConverter(breaks)) as work:
        work.migrated()
        (item, *_) = work.repository.catalogue.migration_table().items_of(aip)
        bootstrap.publish(work.repository)

    assert (item.state, item.failed, item.reasons) == (ItemState.UNCHANGED, 2, {code: 2})
    assert home.show(aip)["head"] == 1
    event = [one for one in home.events(EventType.MIGRATION) if any(linked.id == aip for linked in one.objects)][-1]
    assert event.outcome is EventOutcome.FAILURE
    assert event.detail["codes"] == {code: 2}
    assert not (home.root / "migrations").exists() or not any((home.root / "migrations").iterdir())


def test_a_plan_needs_somebody_else_to_approve_it(home: TestHome, aip: str) -> None:
    with migrations(home.root, aip) as work:
        plan = work.plan()
        acts = migration_acts(work.repository)

        with pytest.raises(NotAllowed, match="somebody else"):
            acts.approve(plan.id, LAN)
        with pytest.raises(Conflict):
            acts.start(plan.id, LAN)
        approved = acts.approve(plan.id, MINH)
        assert (approved.state, approved.approved_by) == (PlanState.APPROVED, "minh")
        with pytest.raises(Conflict):
            acts.approve(plan.id, MINH)
        bootstrap.publish(work.repository)
    acts_told = [one.detail.get("act") for one in home.events(EventType.CREATION, EventType.MODIFICATION)]
    assert acts_told[-2:] == ["migration planned", "migration approved"]


def test_a_sample_is_really_converted_and_nothing_of_it_is_stored(home: TestHome, aip: str) -> None:
    """CPP-012 step 4: what a plan would cost is told from files that were really tried."""
    before = tree(home.object(aip))
    with migrations(home.root, aip) as work:
        plan = work.plan(sample=2)

    assert [one.code for one in plan.sample] == ["", ""]
    assert all(one.result_size > 0 and one.tools for one in plan.sample)
    assert plan.estimate.bytes is not None
    assert plan.estimate.seconds is not None
    assert plan.amount.files == 2
    assert tree(home.object(aip)) == before


def test_a_recipe_that_is_not_for_the_rule_or_has_no_tools_makes_no_plan(home: TestHome, aip: str) -> None:
    with migrations(home.root, aip) as work:
        with pytest.raises(WrongUse, match="no recipe"):
            work.plan(replace(RULE, recipe="other"))
        with pytest.raises(WrongUse, match="does not take fmt/1"):
            work.plan(replace(RULE, sources=frozenset({"fmt/1"})))
        with pytest.raises(WrongUse, match="not fmt/353"):
            work.plan(replace(RULE, target="fmt/353"))
        with pytest.raises(WrongUse, match="no collection is left"):
            work.plan(selection=MigrationSelection(frozenset()))
        with pytest.raises(Unavailable, match="nowhere-bin"):
            work.plan(replace(RULE, recipe="absent"))


def test_a_plan_stops_by_itself_where_too_much_fails(home: TestHome, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    for number in range(4):
        a_bmp(folder / f"{number}.bmp", number)
    aip = home.preserved(folder)
    with migrations(home.root, aip, converter=PillowConverter(spoiled)) as work:
        plan = work.started(limits=MigrationLimits(error_files=3))
        report = work.run(plan)
        found = work.repository.catalogue.migration_table().plan(plan.id)

        assert found is not None
        assert (report.end, found.state) == (RunEnd.STOPPED, PlanState.STOPPED)
        assert found.reason == "too many of the files that were tried have failed"


def test_a_day_has_its_budget(tmp_path: Path) -> None:
    own = make_home(tmp_path / "home", identify=True)
    for number in range(3):
        own.preserved(a_bmp(tmp_path / f"{number}/a.bmp", number).parent)
    with migrations(own.root) as work:
        plan = work.started(limits=MigrationLimits(files_per_day=2))
        report = work.run(plan)

        assert report.end is RunEnd.BUDGET
        assert report.again is not None
        assert report.again > work.repository.clock.now()
        assert report.files == 2


def test_a_paused_plan_rests_and_goes_on_when_it_is_resumed(home: TestHome, aip: str) -> None:
    with migrations(home.root, aip) as work:
        plan = work.started()
        acts = migration_acts(work.repository)
        acts.pause(plan.id, LAN)
        rested = work.run(plan)
        acts.resume(plan.id, LAN)
        done = work.run(plan)

    assert (rested.end, rested.aips) == (RunEnd.PAUSED, 0)
    assert done.end is RunEnd.OVER
    assert home.show(aip)["head"] == 2


def test_a_tool_that_does_not_answer_leaves_everything_to_the_next_run(home: TestHome, aip: str) -> None:
    with migrations(home.root, aip, converter=PillowConverter(before=unavailable)) as work:
        table = work.repository.catalogue.migration_table()
        started = migrations_started(work)
        with pytest.raises(Unavailable):
            work.run(started)
        assert [one.state for one in table.open_items(started.id) if one.aip == aip] == [ItemState.RUNNING]
        report = work.by(PillowConverter()).run(started)

    assert report.end is RunEnd.OVER
    assert home.show(aip)["head"] == 2


def migrations_started(work: Migrations) -> MigrationPlan:
    plan = work.by(PillowConverter()).plan()
    acts = migration_acts(work.repository)
    acts.approve(plan.id, MINH)
    return acts.start(plan.id, MINH)


def test_reverting_makes_a_version_without_the_results_and_loses_none(home: TestHome, aip: str) -> None:
    with migrations(home.root, aip) as work:
        work.migrated()
        with pytest.raises(WrongUse, match="rep1"):
            migration_revert(work.repository).revert(aip, LAN, Quiet(), representation="rep1")
        result = migration_revert(work.repository).revert(aip, LAN, Quiet())
        with pytest.raises(NotHere):
            migration_revert(work.repository).revert(aip, LAN, Quiet())
        bootstrap.publish(work.repository)

    folder = home.object(aip)
    assert (result.version, home.show(aip)["head"]) == (3, 3)
    assert not any(path.startswith("representations/rep2/") for path in state(folder, 3))
    assert state(folder, 2)[REP2 + "ảnh 1.png"].startswith(b"\x89PNG")
    assert_valid_object(folder)
    with migrations(home.root, aip) as work:
        work.migrated()
    # The number of what was taken back is not given again.
    assert any(path.startswith("representations/rep3/data/") for path in state(folder))


def test_reverting_a_plan_takes_back_what_it_made_wherever_it_still_stands(home: TestHome, aip: str) -> None:
    with migrations(home.root, aip) as work:
        plan = work.migrated()
        results = list(migration_revert(work.repository).revert_plan(plan.id, LAN, Quiet()))
        again = list(migration_revert(work.repository).revert_plan(plan.id, LAN, Quiet()))

    assert aip in [one.aip for one in results]
    assert again == []
    assert home.show(aip)["head"] == 3


class Kill(BaseException):
    """What ends a process."""


def test_a_run_that_is_killed_goes_on_where_it_was(home: TestHome, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    for number in range(40):
        a_bmp(folder / f"{number:02}.bmp", number)
    aip = home.preserved(folder)
    seen = 0

    def kill(_: FileToExamine) -> None:
        nonlocal seen
        seen += 1
        if seen > 20:
            raise Kill

    with migrations(home.root, aip) as work:
        plan = work.started()
        dying = PillowConverter(before=kill)
        with pytest.raises(Kill):
            work.by(dying).run(plan)
        second = PillowConverter()
        work.by(second).run(plan)

    files = [one["path"] for one in home.show(aip)["files"] if one["path"].startswith(REP2)]
    assert len(files) == 40
    # One batch was in hand; what was kept before it was not converted again.
    assert len(second.converted) == 40 - 16
    assert home.show(aip)["head"] == 2


def test_a_rebuild_brings_migrated_files_back_with_their_sources(home: TestHome, aip: str, tmp_path: Path) -> None:
    with migrations(home.root, aip) as work:
        work.migrated()
        bootstrap.publish(work.repository)
    new = TestHome(tmp_path / "new")
    key = home.root / "keys" / "ledger.key"
    answer = new.run("rebuild", "--from", home.replica("b"), "--key", key)

    assert answer.status == 0, answer
    assert new.dump() == home.dump()
    assert new.transfers() == home.transfers()
    files = {file["path"]: file for file in new.show(aip)["files"]}
    assert files[REP2 + "ảnh 1.png"]["source"] == "representations/rep1/data/ảnh 1.bmp"
