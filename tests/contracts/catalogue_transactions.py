"""What every catalogue must do about changes that belong together, or come at once, and how it tells its content."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from preservation.domain.holdings import Collection, Transfer, TransferStatus
from preservation.domain.ledger import EventFilter
from preservation.errors import Conflict
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import (
    NOON,
    PDF,
    UNKNOWN,
    a_copy,
    a_file,
    a_line,
    a_replica,
    a_version,
    an_event,
    urn,
)
from tests.contracts.catalogue_events import append, sequence_all


class _Interrupted(Exception):
    pass


class TransactionsContract:
    def test_an_exception_takes_everything_back(self, catalogue: Catalogue) -> None:
        append(catalogue, [an_event(1)])
        before = list(catalogue.dump())

        def write_everything() -> None:
            with catalogue.begin() as transaction:
                transaction.save_collection(Collection(urn(1), "x", "y"))
                transaction.save_transfer(Transfer(urn(1), TransferStatus.ACCEPTED, urn(1), NOON))
                transaction.record_version(a_version(1, files=[a_file("a")], dublin_core=(("title", "t"),)))
                transaction.save_replica(a_replica(1))
                transaction.save_copies([a_copy(1, 1)])
                transaction.append_events([an_event(2)])
                transaction.add_fixity_batch(urn(5), [a_line(1)])
                transaction.assign_sequence(0, [key for key, _entry in transaction.take_unsequenced(9)])
                transaction.save_checkpoint(2, b"r" * 32, "note")
                raise _Interrupted

        with pytest.raises(_Interrupted):
            write_everything()

        assert list(catalogue.dump()) == before
        assert catalogue.transfer(urn(1)) is None
        assert catalogue.copies(urn(1)) == []
        assert catalogue.checkpoint() is None

    def test_an_identification_of_a_transaction_that_was_taken_back_is_made_again(self, catalogue: Catalogue) -> None:
        def write(*, interrupted: bool) -> None:
            with catalogue.begin() as transaction:
                transaction.record_version(a_version(1, files=[a_file("a")]))
                if interrupted:
                    raise _Interrupted

        with pytest.raises(_Interrupted):
            write(interrupted=True)
        write(interrupted=False)

        assert [file.format for file in catalogue.files(urn(1))] == [PDF]

    def test_a_transaction_with_a_failed_step_cannot_commit(self, catalogue: Catalogue) -> None:
        def carry_on_after_a_refusal() -> None:
            with catalogue.begin() as transaction:
                transaction.save_replica(a_replica(1))
                with pytest.raises(Conflict):
                    transaction.assign_sequence(7, [1])

        with pytest.raises(Conflict):
            carry_on_after_a_refusal()
        assert catalogue.replicas() == []

    def test_readers_see_committed_state_only(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.save_replica(a_replica(1))
            during = catalogue.replicas()

        assert during == []
        assert catalogue.replicas() == [a_replica(1)]

    def test_a_stream_keeps_the_state_in_which_it_began(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(1, 1, files=[a_file(f"{number:04}") for number in range(3000)]))
        stream = catalogue.files(urn(1))
        next(stream)
        with catalogue.begin() as transaction:
            transaction.record_version(a_version(1, 2, files=[]))

        assert sum(1 for _file in stream) == 2999
        assert list(catalogue.files(urn(1))) == []

    def test_two_writers_at_once_both_get_through(self, catalogue: Catalogue) -> None:
        def write(writer: int) -> None:
            for number in range(20):
                aip = 1000 * writer + number
                with catalogue.begin() as transaction:
                    files = [a_file(f"{n}", format=replace(PDF, name=f"format {number} {n}")) for n in range(5)]
                    transaction.record_version(a_version(aip, files=files))
                    transaction.append_events([an_event(aip * 2), an_event(aip * 2 + 1)])

        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(write, 1), pool.submit(write, 2)]:
                future.result()

        assert len(catalogue.aips()) == 40
        assert len(catalogue.events(EventFilter())) == 80
        names = {file.format.name for aip in catalogue.aips() for file in catalogue.files(aip.id) if file.format}
        assert len(names) == 100

    def test_of_two_writers_of_one_version_one_wins(self, catalogue: Catalogue) -> None:
        barrier = threading.Barrier(2)

        def write(number: int) -> bool:
            barrier.wait()
            try:
                with catalogue.begin() as transaction:
                    transaction.record_version(a_version(1, number))
            except Conflict:
                return False
            return True

        for number in (1, 2):
            with ThreadPoolExecutor(2) as pool:
                won = [future.result() for future in [pool.submit(write, number), pool.submit(write, number)]]
            assert sorted(won) == [False, True]
        assert [version.number for version in catalogue.versions(urn(1))] == [1, 2]


class DumpContract:
    def test_equal_content_gives_equal_dumps(self, catalogue: Catalogue, another: Callable[[], Catalogue]) -> None:
        other = another()
        for target, order in ((catalogue, (1, 2)), (other, (2, 1))):
            for aip in order:
                with target.begin() as transaction:
                    pairs = (("title", "x"), ("date", "y"))
                    for number in (1, 2):
                        files = [a_file("a"), a_file("b", bytes(number), version=number, format=UNKNOWN)]
                        transaction.record_version(a_version(aip, number, files=files, dublin_core=pairs))
                    transaction.save_collection(Collection(urn(10 + aip), f"c{aip}", "title"))
                    transaction.save_replica(replace(a_replica(aip), url=f"file:///{id(target)}"))
                    transaction.add_fixity_batch(urn(60 + aip), [a_line(2), a_line(1)])
        append(catalogue, [an_event(0), an_event(1, private=b"")])
        sequence_all(catalogue)
        with other.begin() as transaction:
            transaction.restore_events([(0, an_event(0)), (1, an_event(1, private=b""))])

        lines = list(catalogue.dump())
        assert lines == list(other.dump())
        assert {line[0] for line in lines} == {
            "aip", "collection", "dublin core", "event", "event agent", "event object", "file", "fixity", "replica",
            "version",
        }  # fmt: skip

    def test_any_difference_shows_in_the_dump(self, catalogue: Catalogue) -> None:
        seen = {tuple(catalogue.dump())}
        steps = 0

        def differs() -> None:
            nonlocal steps
            steps += 1
            seen.add(tuple(catalogue.dump()))
            assert len(seen) == steps + 1

        append(catalogue, [an_event(1)])
        differs()
        sequence_all(catalogue)
        differs()
        for number, name in enumerate(("-", "=", "None"), 1):
            with catalogue.begin() as transaction:
                file = replace(a_file("a"), original_path=name)
                transaction.record_version(a_version(1, number, files=[file]))
            differs()
        with catalogue.begin() as transaction:
            transaction.add_fixity_batch(urn(60), [])
        differs()
