"""What the table of due times must do. Subclass it, and give a fixture `catalogue`: an empty one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from preservation.domain.fixity_load import ReadingRate, ReplicaPlan
from preservation.domain.fixity_schedule import AT_ONCE, NEVER
from preservation.domain.holdings import CopyRecord, CopyState
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import NOON, a_copy, a_file, a_version, later, urn

A, B = urn(801), urn(802)


def save(catalogue: Catalogue, *copies: CopyRecord) -> None:
    with catalogue.begin() as tx:
        tx.save_copies(copies)


def due_copy(aip: int, due: int, replica: int = 1) -> CopyRecord:
    return replace(a_copy(aip, replica), due=later(due))


def numbers(copies: Sequence[CopyRecord]) -> list[int]:
    return [int(one.aip[-12:], 16) for one in copies]


class FixityPlanContract:
    def test_a_due_time_comes_back_with_its_copy(self, catalogue: Catalogue) -> None:
        save(catalogue, due_copy(1, 5), a_copy(2, 1), replace(a_copy(3, 1), due=NEVER))

        assert catalogue.copies(urn(1)) == [due_copy(1, 5)]
        assert [one.due for one in catalogue.copies_on(A)] == [later(5), None, NEVER]

    def test_the_earliest_deadline_comes_first_page_by_page(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        save(catalogue, *(due_copy(aip, due) for aip, due in ((1, 50), (2, 10), (3, 10), (4, 30), (5, 99), (6, 10))))
        save(catalogue, due_copy(7, 1, replica=2), a_copy(8, 1), replace(a_copy(9, 1), due=NEVER))

        first = table.due(A, before=later(50), limit=2)
        assert first[-1].due is not None
        second = table.due(A, before=later(50), after=(first[-1].due, first[-1].aip), limit=2)
        assert second[-1].due is not None
        rest = table.due(A, before=later(50), after=(second[-1].due, second[-1].aip))

        assert [numbers(first), numbers(second), numbers(rest)] == [[2, 3], [6, 4], [1]]

    def test_what_waits_is_counted_up_to_a_bound(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        save(catalogue, *(due_copy(aip, aip) for aip in range(1, 8)), a_copy(9, 1))

        assert table.waiting(A, before=later(5), limit=100) == (5, later(1))
        assert table.waiting(A, before=later(5), limit=3) == (3, later(1))
        assert table.waiting(A, before=NOON, limit=3) == (0, later(1))
        assert table.waiting(B, before=later(5), limit=3) == (0, None)

    def test_copies_without_a_due_time_are_found_and_planned_once(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        with catalogue.begin() as tx:
            tx.record_version(a_version(1, 1, collection=901))
        save(catalogue, a_copy(1, 1), due_copy(2, 5), a_copy(3, 1), a_copy(1, 2))

        found = table.unplanned(A)
        changed = table.plan([(copy, later(70)) for copy, _ in found])

        assert [(numbers([copy]), collection) for copy, collection in found] == [([1], urn(901)), ([3], "")]
        assert changed == 2
        assert table.unplanned(A) == []
        assert numbers(table.due(A, before=later(70))) == [2, 1, 3]
        assert len(table.unplanned(B)) == 1

    def test_copies_that_are_due_when_none_can_be_are_found(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        with catalogue.begin() as tx:
            tx.record_version(a_version(2, 1, collection=901))
        save(
            catalogue, due_copy(1, 50), due_copy(2, 99), due_copy(3, 70), replace(a_copy(4, 1), due=NEVER), a_copy(5, 1)
        )
        save(catalogue, due_copy(6, 99, replica=2))

        found = table.ahead(A, beyond=later(50))

        assert [(numbers([copy]), collection) for copy, collection in found] == [([3], ""), ([2], urn(901))]
        assert numbers([copy for copy, _ in table.ahead(A, beyond=later(50), limit=1)]) == [3]

    def test_what_was_looked_at_since_is_not_planned_by_what_was_read_before(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        save(catalogue, a_copy(1, 1), a_copy(2, 1), a_copy(3, 1))
        read = [copy for copy, _ in table.unplanned(A)]
        save(catalogue, replace(a_copy(1, 1), checked=later(90), due=later(200)))
        save(catalogue, replace(a_copy(2, 1), state=CopyState.DAMAGED, checked=later(90), due=later(300)))

        changed = table.plan([(copy, later(70)) for copy in read])

        assert changed == 1
        assert [one.due for one in catalogue.copies_on(A)] == [later(200), later(300), later(70)]

    def test_all_copies_are_walked_by_aip_and_replica(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        save(catalogue, *(a_copy(aip, replica) for aip in (1, 2, 3) for replica in (1, 2)))

        first = table.page(limit=3)
        last = first[-1][0]
        rest = table.page(after=(last.aip, last.replica), limit=100)

        walked = [(one.aip, one.replica) for one, _ in [*first, *rest]]
        assert walked == [(urn(aip), replica) for aip in (1, 2, 3) for replica in (A, B)]
        assert table.page(after=walked[-1]) == []

    def test_due_times_are_brought_forward_and_never_back(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        save(catalogue, due_copy(1, 5), due_copy(2, 50), a_copy(3, 1), replace(a_copy(4, 1, version=0), due=NEVER))
        named = [(urn(aip), A) for aip in range(1, 6)]

        changed = table.hasten(named, due=later(20), unless_checked_since=later(100))

        assert changed == 2
        assert [one.due for one in catalogue.copies_on(A)] == [later(5), later(20), later(20), NEVER]

    def test_what_was_checked_meanwhile_is_not_brought_forward(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        save(catalogue, due_copy(1, 50), due_copy(8, 50))

        table.hasten([(urn(1), A), (urn(8), A)], due=AT_ONCE, unless_checked_since=later(5))

        assert [one.due for one in catalogue.copies_on(A)] == [AT_ONCE, later(50)]

    def test_the_neighbours_of_a_copy_are_those_made_before_and_after_it(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        save(catalogue, *(a_copy(aip, 1) for aip in range(1, 10)), a_copy(50, 2), a_copy(10, 1, version=0))

        assert table.neighbours(urn(5), A, count=2) == [urn(3), urn(4), urn(6), urn(7)]
        assert table.neighbours(urn(1), A, count=1) == [urn(2)]
        assert table.neighbours(urn(9), A, count=2) == [urn(7), urn(8)]
        assert table.neighbours(urn(5), B, count=9) == [urn(50)]

    def test_a_whole_replica_is_brought_forward_page_by_page(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        save(catalogue, *(due_copy(aip, 10_000_000) for aip in range(1, 60)), due_copy(70, 10_000_000, replica=2))
        first, last = later(1000), later(4000)

        pages, after = 1, table.spread(A, first=first, last=last, limit=25)
        while after is not None:
            pages, after = pages + 1, table.spread(A, first=first, last=last, after=after, limit=25)

        dues = [one.due for one in catalogue.copies_on(A)]
        assert pages == 3
        assert all(due is not None and first <= due <= last for due in dues)
        assert len(set(dues)) > 50
        assert catalogue.copies_on(B)[0].due == later(10_000_000)

    def test_copies_are_counted_by_replica_and_collection(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        with catalogue.begin() as tx:
            tx.record_version(a_version(1, files=[a_file("a", b"x" * 10), a_file("b", b"y" * 5)], collection=901))
            tx.record_version(a_version(2, files=[a_file("c", b"z")], collection=901))
            tx.record_version(a_version(3, files=[a_file("d", b"z" * 7)], collection=902))
        old = NOON - timedelta(days=40)
        save(catalogue, a_copy(1, 1), replace(a_copy(2, 1), checked=old), replace(a_copy(3, 1), checked=None))
        save(catalogue, a_copy(1, 2), a_copy(2, 2, version=0))

        found = table.loads(now=later(60), windows=[30, 90])

        assert [(one.replica, one.collection, one.copies, one.files, one.bytes) for one in found] == [
            (A, urn(901), 2, 3, 16),
            (A, urn(902), 1, 1, 7),
            (B, urn(901), 1, 2, 15),
        ]
        assert [(one.oldest_check, one.never_checked) for one in found[:2]] == [(old, 0), (None, 1)]
        assert [dict(one.within) for one in found] == [{30: 1, 90: 2}, {30: 0, 90: 0}, {30: 1, 90: 1}]

    def test_a_check_that_is_yet_to_come_is_no_check_within_a_window(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as tx:
            tx.record_version(a_version(1))
            tx.record_version(a_version(2))
        save(catalogue, replace(a_copy(1, 1), checked=NOON + timedelta(days=3650)), a_copy(2, 1))

        (found,) = catalogue.fixity_plan_table().loads(now=later(60), windows=[30])

        assert (found.copies, dict(found.within)) == (2, {30: 1})

    def test_plans_are_kept_as_they_were_made(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        plan = ReplicaPlan(
            replica=A,
            window_days=90,
            copies=3,
            bytes=1 << 50,
            oldest_check=NOON,
            never_checked=1,
            overdue=1,
            waiting=2,
            oldest_due=AT_ONCE,
            bytes_needed=12.5,
            checks_needed=0.25,
            bytes_available=None,
            checks_available=7.0,
        )

        assert table.kept_plans() is None
        table.keep_plans([plan], now=NOON)
        table.keep_plans([plan, replace(plan, replica=B, oldest_check=None, oldest_due=None)], now=later(60))

        assert table.kept_plans() == (
            later(60),
            [plan, replace(plan, replica=B, oldest_check=None, oldest_due=None)],
        )

    def test_the_newest_rates_are_remembered_by_replica(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        rates = [ReadingRate(later(number), 0.5 + number, number, 1 << 40) for number in range(25)]
        for one in rates:
            table.note_rate(A, one)

        assert table.rates(A) == rates[5:]
        assert table.rates(B) == []

    def test_how_far_planning_has_come_is_remembered(self, catalogue: Catalogue) -> None:
        table = catalogue.fixity_plan_table()
        before = table.planned_as()
        table.note_plan("ab", (urn(1), A), now=NOON)
        midway = table.planned_as()
        table.note_plan("ab", None, now=NOON)

        assert (before, midway, table.planned_as()) == (None, ("ab", (urn(1), A)), ("ab", None))
