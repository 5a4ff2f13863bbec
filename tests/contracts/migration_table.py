"""What the table of migration plans must do. Subclass it, and give a fixture `catalogue`: an empty one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from preservation.domain.format_rules import MigrationRule, Risk
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.domain.migration_plans import (
    Amount,
    ItemState,
    MigrationItem,
    MigrationLimits,
    MigrationPlan,
    MigrationSelection,
    PlanEstimate,
    PlanState,
    SampledFile,
    StandingApproval,
)
from preservation.domain.quiet_hours import quiet_hours
from preservation.domain.tools import ToolDescription
from preservation.errors import Conflict, NotHere
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import NOON, a_file, a_version, urn

RULE = MigrationRule("bmp", frozenset({"fmt/116", "fmt/115"}), "fmt/11", "image-to-png", bounds={"ssim": "0.98"})
EVERYTHING = MigrationSelection()


def a_plan(number: int, *, state: PlanState = PlanState.DRAFTING) -> MigrationPlan:
    return MigrationPlan(
        id=urn(number),
        rule=RULE,
        state=state,
        created=NOON,
        made_by="lan",
        selection=MigrationSelection(frozenset({urn(900)}), Risk.HIGH),
        limits=MigrationLimits(files_per_day=10, hours=quiet_hours("20:00-06:00")),
    )


def an_item(plan: int, ordinal: int, *, files: int = 2) -> MigrationItem:
    return MigrationItem(plan=urn(plan), ordinal=ordinal, aip=urn(ordinal), amount=Amount(files, 10 * files))


def identified(file: StoredFile, puid: str) -> StoredFile:
    found = FormatIdentification(puid, "n", "1", "m", Basis.BYTE, "siegfried", "1.11", "v1")
    return replace(file, format=found)


def running(catalogue: Catalogue, ordinals: Sequence[int]) -> None:
    table = catalogue.migration_table()
    table.add(a_plan(501))
    table.add_items([an_item(501, one) for one in ordinals])
    table.propose(replace(a_plan(501), state=PlanState.PROPOSED), [])
    table.move(urn(501), PlanState.APPROVED, now=NOON, by="minh")
    table.move(urn(501), PlanState.RUNNING, now=NOON)


class MigrationTableContract:
    def test_a_plan_is_given_back_as_it_was_kept(self, catalogue: Catalogue) -> None:
        table = catalogue.migration_table()
        proposed = replace(
            a_plan(501),
            state=PlanState.PROPOSED,
            aips=3,
            amount=Amount(5, 500),
            untouched={"already-migrated": Amount(1, 9)},
            sample=(SampledFile(urn(1), "a", 1, 2, 0.5, "X", "why", (ToolDescription("vips", "8"),)),),
            estimate=PlanEstimate(7, 8),
        )

        table.add(a_plan(501))
        table.propose(proposed, [])

        assert table.plan(urn(501)) == proposed
        assert table.plans(states=[PlanState.PROPOSED]) == [proposed]
        assert table.plans(states=[PlanState.DONE]) == []
        assert table.plans(before=urn(501)) == []
        assert table.plan(urn(502)) is None
        with pytest.raises(Conflict):
            table.add(a_plan(501))
        with pytest.raises(Conflict):
            table.propose(proposed, [])

    def test_a_plan_becomes_only_what_its_state_allows(self, catalogue: Catalogue) -> None:
        table = catalogue.migration_table()
        table.add(a_plan(501, state=PlanState.PROPOSED))
        standing = StandingApproval("bmp", "sha256:1", urn(501), "minh", NOON)

        with pytest.raises(Conflict):
            table.move(urn(501), PlanState.RUNNING, now=NOON)
        approved = table.move(urn(501), PlanState.APPROVED, now=NOON, by="minh", standing=standing)
        table.move(urn(501), PlanState.RUNNING, now=NOON)
        table.move(urn(501), PlanState.PAUSED, now=NOON, reason="by hand")
        table.move(urn(501), PlanState.RUNNING, now=NOON)
        stopped = table.move(urn(501), PlanState.STOPPED, now=NOON, reason="error rate")

        assert (approved.approved_by, approved.approved, table.standing("bmp")) == ("minh", NOON, standing)
        assert (stopped.state, stopped.ended, stopped.reason) == (PlanState.STOPPED, NOON, "error rate")
        assert table.plan(urn(501)) == stopped
        assert table.end_standing("bmp", [])
        assert not table.end_standing("bmp", [])
        assert table.standing("bmp") is None
        with pytest.raises(NotHere):
            table.move(urn(502), PlanState.RUNNING, now=NOON)

    def test_what_came_of_an_aip_is_counted_once(self, catalogue: Catalogue) -> None:
        table = catalogue.migration_table()
        running(catalogue, [1, 2, 3])
        ended = replace(
            an_item(501, 1),
            state=ItemState.MIGRATED,
            base=1,
            version=2,
            representation="rep2",
            attempts=2,
            done=1,
            failed=1,
            left=1,
            done_bytes=10,
            result_bytes=30,
            reasons={"DIFFERENT": 1},
            ended=NOON,
        )

        assert table.begin_item(urn(501), 1, 1)
        assert table.begin_item(urn(501), 1, 1)
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: table.end_item(ended, now=NOON, tried_bytes=17), range(4)))

        assert sorted(answers) == [False, False, False, True]
        assert not table.begin_item(urn(501), 1, 1)
        assert table.item(urn(501), 1) == ended
        assert table.items_of(urn(1)) == [ended]
        assert [one.ordinal for one in table.open_items(urn(501))] == [2, 3]
        assert [one.ordinal for one in table.open_items(urn(501), after=2)] == [3]
        assert table.items(urn(501), states=[ItemState.MIGRATED]) == [ended]
        assert [one.ordinal for one in table.items(urn(501), after=1, limit=1)] == [2]
        plan = table.plan(urn(501))
        assert plan is not None
        done = plan.progress
        assert (done.aips, done.files, done.failed, done.left, done.bytes, done.result_bytes) == (1, 1, 1, 1, 10, 30)
        # What was tried, and not only what came of it, is what the day has used.
        assert (done.day_files, done.day_bytes) == (2, 17)

    def test_another_day_begins_with_nothing_used(self, catalogue: Catalogue) -> None:
        table = catalogue.migration_table()
        running(catalogue, [1, 2])

        for ordinal, now in ((1, NOON), (2, NOON + timedelta(days=1))):
            item = replace(an_item(501, ordinal), state=ItemState.MIGRATED, done=2, done_bytes=20, ended=now)
            table.end_item(item, now=now, tried_bytes=20)

        plan = table.plan(urn(501))
        assert plan is not None
        assert (plan.progress.files, plan.progress.day_files, plan.progress.day_bytes) == (4, 2, 20)

    def test_an_aip_that_has_to_wait_is_left_out_until_its_time(self, catalogue: Catalogue) -> None:
        table = catalogue.migration_table()
        running(catalogue, [1, 2, 3])
        later, last = NOON + timedelta(minutes=5), NOON + timedelta(minutes=9)

        table.begin_item(urn(501), 2, 4)
        table.put_off(urn(501), 2, due=last, reason="đĩa bị hỏng\x00", unread=True)
        table.put_off(urn(501), 2, due=later, reason="it is damaged", unread=False)
        table.put_off(urn(501), 3, due=last, reason="it is damaged", unread=True)

        found = table.item(urn(501), 2)
        assert found is not None
        assert (found.state, found.base, found.due, found.reason) == (ItemState.WAITING, 4, later, "it is damaged")
        assert (found.waits, found.unread, found.attempts) == (2, 1, 1)
        assert [one.ordinal for one in table.open_items(urn(501), now=NOON)] == [1]
        assert [one.ordinal for one in table.open_items(urn(501), now=later)] == [1, 2]
        assert [one.ordinal for one in table.open_items(urn(501))] == [1, 2, 3]
        assert [one.ordinal for one in table.begun_items(urn(501))] == [2]
        assert table.rests(urn(501), NOON) == (2, later)
        assert table.rests(urn(501), last) == (0, None)
        table.end_item(replace(found, state=ItemState.UNCHANGED, ended=NOON), now=NOON)
        table.put_off(urn(501), 2, due=last, reason="too late", unread=True)
        ended = table.item(urn(501), 2)
        assert ended is not None
        assert (ended.state, ended.due, ended.waits) == (ItemState.UNCHANGED, None, 2)
        assert table.begun_items(urn(501)) == []

    def test_an_open_plan_is_for_other_collections_from_now_on(self, catalogue: Catalogue) -> None:
        table = catalogue.migration_table()
        plan = replace(a_plan(501), by_policy=True)
        table.add(plan)

        table.reselect(urn(501), EVERYTHING)

        assert table.plan(urn(501)) == replace(plan, selection=EVERYTHING)
        with pytest.raises(NotHere):
            table.reselect(urn(502), EVERYTHING)

    def test_candidates_are_aips_with_content_in_the_rules_formats(self, catalogue: Catalogue) -> None:
        table = catalogue.migration_table()
        bmp = identified(a_file("representations/rep1/data/a.bmp", b"12"), "fmt/116")
        other = identified(a_file("representations/rep1/data/b.bmp", b"345"), "fmt/115")
        text = identified(a_file("representations/rep1/data/c.txt", b"4"), "x-fmt/111")
        paper = identified(a_file("submission/d.bmp", b"5"), "fmt/116")
        png = replace(
            identified(a_file("representations/rep2/data/a.png", b"6"), "fmt/11"),
            source="representations/rep1/data/a.bmp",
        )
        with catalogue.begin() as tx:
            tx.record_version(a_version(1, files=[bmp, other, text, paper]))
            tx.record_version(a_version(2, files=[text]))
            tx.record_version(a_version(3, files=[bmp, other, png], collection=901))
            tx.record_version(a_version(4, files=[bmp]))
            tx.record_version(a_version(4, 2, files=[text]))

        found, following = table.candidates(RULE, EVERYTHING)
        first, after = table.candidates(RULE, EVERYTHING, limit=1)
        rest, end = table.candidates(RULE, EVERYTHING, after=after or 0)
        within, _ = table.candidates(RULE, MigrationSelection(frozenset({urn(901)})))
        single, _ = table.candidates(RULE, MigrationSelection(aip=urn(1)))
        none = table.candidates(replace(RULE, sources=frozenset({"fmt/1"})), EVERYTHING)

        assert [(one.aip, one.amount, dict(one.untouched)) for one in found] == [
            (urn(1), Amount(2, 5), {}),
            (urn(3), Amount(1, 3), {"already-migrated": Amount(1, 2)}),
        ]
        assert following is None
        assert [*first, *rest] == found
        assert end is None
        assert [one.aip for one in within] == [urn(3)]
        assert [one.aip for one in single] == [urn(1)]
        assert none == ([], None)
