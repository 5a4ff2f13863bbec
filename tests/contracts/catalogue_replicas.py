"""What every catalogue must do with replicas, copies and fixity lines."""

from dataclasses import replace

import pytest

from preservation.domain.holdings import CopyState
from preservation.errors import Conflict
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import (
    a_copy,
    a_line,
    a_replica,
    a_version,
    later,
    urn,
)


class ReplicasContract:
    def test_a_replica_comes_back_and_changes_its_state(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.save_replica(a_replica(2))
            transaction.save_replica(a_replica(1))
            transaction.save_replica(replace(a_replica(2), url="file:///elsewhere"))

        assert catalogue.replicas() == [a_replica(1), replace(a_replica(2), url="file:///elsewhere")]

    def test_only_intact_copies_of_the_head_are_counted(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(1, 1))
            transaction.record_version(a_version(1, 2))
            transaction.save_copies(
                [
                    a_copy(1, 1, version=2),
                    a_copy(1, 2, version=1),
                    a_copy(1, 3, version=2, state=CopyState.DAMAGED),
                    a_copy(1, 4, version=2),
                ]
            )

        summary = catalogue.aip(urn(1))
        assert summary is not None
        assert summary.copies == 2
        assert [copy.replica for copy in catalogue.copies(urn(1))] == [urn(801), urn(802), urn(803), urn(804)]

    def test_a_copy_is_updated_by_aip_and_replica(self, catalogue: Catalogue) -> None:
        pending = replace(a_copy(1, 1, version=0, state=CopyState.PENDING), written=None, checked=None)
        with catalogue.begin() as transaction:
            transaction.save_copies([pending])
            transaction.save_copies([a_copy(1, 1), a_copy(1, 2)])

        assert catalogue.copies(urn(1)) == [a_copy(1, 1), a_copy(1, 2)]

    def test_what_was_looked_at_before_does_not_hide_what_was_found_since(self, catalogue: Catalogue) -> None:
        found = replace(a_copy(1, 1, state=CopyState.DAMAGED), checked=later(10))
        with catalogue.begin() as transaction:
            transaction.save_copies([found])
            transaction.save_copies([replace(a_copy(1, 1), checked=later(9))])
        kept = catalogue.copies(urn(1))
        with catalogue.begin() as transaction:
            transaction.save_copies([replace(a_copy(1, 1), checked=later(11))])

        assert kept == [found]
        assert catalogue.copies(urn(1)) == [replace(a_copy(1, 1), checked=later(11))]

    def test_a_look_that_is_yet_to_come_keeps_nothing_out(self, catalogue: Catalogue) -> None:
        day = 86_400
        with catalogue.begin() as transaction:
            transaction.save_copies([replace(a_copy(1, 1), checked=later(9 * day))])
            transaction.save_copies([replace(a_copy(1, 1), checked=later(7))])
            transaction.save_copies([replace(a_copy(1, 1), checked=later(8))], now=later(8 * day))
        kept = catalogue.copies(urn(1))
        with catalogue.begin() as transaction:
            transaction.save_copies([replace(a_copy(1, 1), checked=later(9))], now=later(9))

        assert kept == [replace(a_copy(1, 1), checked=later(9 * day))]
        assert catalogue.copies(urn(1)) == [replace(a_copy(1, 1), checked=later(9))]

    def test_copies_on_a_replica_are_paged_by_aip(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.save_copies(a_copy(aip, replica) for aip in range(1, 8) for replica in (1, 2))

        first = catalogue.copies_on(urn(801), limit=4)
        rest = catalogue.copies_on(urn(801), after=first[-1].aip, limit=4)
        assert [*first, *rest] == [a_copy(aip, 1) for aip in range(1, 8)]

    def test_a_copy_lacks_when_absent_behind_or_not_intact(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            for aip in range(1, 7):
                transaction.record_version(a_version(aip, 1))
            transaction.record_version(a_version(3, 2))
            transaction.save_copies(a_copy(aip, 1) for aip in (1, 2, 3))
            transaction.save_copies([a_copy(4, 1, state=CopyState.UNREADABLE), a_copy(5, 2), a_copy(6, 1)])

        assert catalogue.copies_lacking(urn(801)) == [(urn(3), 2), (urn(4), 1), (urn(5), 1)]
        assert catalogue.copies_lacking(urn(801), after=urn(3), limit=1) == [(urn(4), 1)]
        assert catalogue.copies_lacking(urn(801), behind=True) == [(urn(3), 2), (urn(5), 1)]

    def test_fixity_lines_keep_their_order(self, catalogue: Catalogue) -> None:
        lines = [a_line(3), a_line(1, outcome=CopyState.DAMAGED), a_line(2)]
        with catalogue.begin() as transaction:
            transaction.add_fixity_batch(urn(51), lines)
            transaction.add_fixity_batch(urn(50), [])

        assert list(catalogue.fixity_lines(urn(51))) == lines
        assert list(catalogue.fixity_lines(urn(50))) == []
        assert catalogue.fixity_batches() == [urn(51), urn(50)]

    def test_a_fixity_batch_is_recorded_once(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.add_fixity_batch(urn(51), [a_line(1)])

        with pytest.raises(Conflict), catalogue.begin() as transaction:
            transaction.add_fixity_batch(urn(51), [a_line(2)])
        assert list(catalogue.fixity_lines(urn(51))) == [a_line(1)]
