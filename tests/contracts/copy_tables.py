"""What the tables of copies and of notes must do. Subclass it, and give a fixture `catalogue`: an empty one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from preservation.domain.holdings import CopyState
from preservation.domain.replication_gap import Combination
from preservation.ports import Catalogue
from preservation.ports.copy_tables import Amount, HeldAIP
from tests.contracts.catalogue_builders import NOON, a_copy, a_file, a_replica, a_version, later, urn

A, B, C = urn(801), urn(802), urn(803)


def four_aips(catalogue: Catalogue) -> None:
    """1 and 2 on a and b; 3 behind on b and damaged on c; 4 nowhere."""
    with catalogue.begin() as tx:
        for number in (1, 2, 3):
            tx.save_replica(a_replica(number))
        tx.record_version(a_version(1, files=[a_file("a", b"1")]))
        tx.record_version(a_version(2, files=[a_file("a", b"22")], collection=901))
        tx.record_version(a_version(3, 1, files=[a_file("a", b"3")]))
        tx.record_version(a_version(3, 2, files=[a_file("a", b"333")]))
        tx.record_version(a_version(4, files=[a_file("a", b"4444")]))
        tx.save_copies([a_copy(aip, replica) for aip in (1, 2) for replica in (1, 2)])
        tx.save_copies(
            [a_copy(3, 1, version=2), a_copy(3, 2, version=1), a_copy(3, 3, version=2, state=CopyState.DAMAGED)]
        )


class CopyTableContract:
    def test_aips_are_counted_by_the_replicas_that_hold_their_head_intact(self, catalogue: Catalogue) -> None:
        four_aips(catalogue)

        assert catalogue.copy_table().combinations([A, B, C]) == [
            Combination(urn(900), frozenset(), 1),
            Combination(urn(900), frozenset({A}), 1),
            Combination(urn(900), frozenset({A, B}), 1),
            Combination(urn(901), frozenset({A, B}), 1),
        ]
        assert catalogue.copy_table().combinations([B]) == [
            Combination(urn(900), frozenset(), 2),
            Combination(urn(900), frozenset({B}), 1),
            Combination(urn(901), frozenset({B}), 1),
        ]
        assert [one.aips for one in catalogue.copy_table().combinations([])] == [3, 1]

    def test_more_replicas_than_a_number_has_bits_are_told_apart(self, catalogue: Catalogue) -> None:
        many = range(1, 131)
        with catalogue.begin() as tx:
            for number in many:
                tx.save_replica(a_replica(number))
            tx.record_version(a_version(1, files=[a_file("a")]))
            tx.save_copies([a_copy(1, number) for number in (1, 60, 61, 121, 130)])

        (found,) = catalogue.copy_table().combinations([urn(800 + number) for number in many])

        assert found.replicas == {urn(800 + number) for number in (1, 60, 61, 121, 130)}

    def test_single_aips_come_in_pages(self, catalogue: Catalogue) -> None:
        four_aips(catalogue)
        table = catalogue.copy_table()

        first = table.held([A, B], limit=3)
        rest = table.held([A, B], after=first[-1].aip, limit=3)

        assert first[1:] == [
            HeldAIP(urn(2), urn(901), frozenset({A, B})),
            HeldAIP(urn(3), urn(900), frozenset({A})),
        ]
        assert rest == [HeldAIP(urn(4), urn(900), frozenset())]

    def test_what_a_replica_lacks_and_what_is_unchecked_on_it_is_counted_with_its_bytes(
        self, catalogue: Catalogue
    ) -> None:
        four_aips(catalogue)
        table = catalogue.copy_table()

        assert table.lacking(A) == Amount(1, 4)
        assert table.lacking(B) == Amount(2, 7)
        assert list(table.unchecked(A, since=later(3), now=later(60)).values()) == [Amount(1, 1)]
        assert table.unchecked(A, since=later(0), now=later(60)) == {}
        # A check that is yet to come is none.
        assert sum(one.aips for one in table.unchecked(A, since=later(0), now=later(-90_000)).values()) > 1

    def test_copy_years_add_up_since_each_copy_was_written(self, catalogue: Catalogue) -> None:
        year = timedelta(days=365.25)
        with catalogue.begin() as tx:
            tx.save_replica(a_replica(1))
            for aip in (1, 2):
                tx.record_version(a_version(aip, files=[a_file("a")]))
            tx.save_copies([replace(a_copy(1, 1), written=NOON - 2 * year), replace(a_copy(2, 1), written=NOON - year)])

        assert round(catalogue.copy_table().copy_years(NOON)[A], 6) == 3
        # A thousand years of a million copies do not fit a number of 64 bits.
        assert round(catalogue.copy_table().copy_years(NOON + 900 * year)[A], 3) == 1803


class NoteTableContract:
    def test_a_note_is_kept_changed_and_taken_away_by_itself(self, catalogue: Catalogue) -> None:
        table = catalogue.note_table()
        table.note("drift", "b", {"unknown": 1}, now=NOON)
        table.note("drift", "a", "x", now=NOON)
        table.note("drift", "b", {"unknown": 2}, now=NOON)
        table.note("other", "a", 3, now=NOON)

        assert list(table.noted("drift").items()) == [("a", "x"), ("b", {"unknown": 2})]
        table.note("drift", "a", None, now=NOON)
        table.note("drift", "a", None, now=NOON)
        assert table.noted("drift") == {"b": {"unknown": 2}}
        assert table.noted("nothing") == {}

    def test_notes_that_are_made_at_the_same_time_are_all_kept(self, catalogue: Catalogue) -> None:
        table = catalogue.note_table()
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda number: table.note("n", f"{number:02}", number, now=NOON), range(24)))

        assert list(table.noted("n").values()) == list(range(24))


class CopyTablesContract(CopyTableContract, NoteTableContract):
    pass
