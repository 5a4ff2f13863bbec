"""What every catalogue must do with events and their places in the ledger."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.ledger import EncodedEvent, EventFilter
from preservation.errors import Conflict, WrongUse
from preservation.ports import Catalogue
from preservation.ports.event_index import agent_link, object_link
from tests.contracts.catalogue_builders import (
    NOON,
    an_event,
    later,
    urn,
)


def append(catalogue: Catalogue, events: Iterable[EncodedEvent]) -> None:
    with catalogue.begin() as transaction:
        transaction.append_events(events)


def sequence_all(catalogue: Catalogue) -> None:
    with catalogue.begin() as transaction:
        keys = [key for key, _entry in transaction.take_unsequenced(1000)]
        transaction.assign_sequence(catalogue.ledger_size(), keys)


def entries(found: Iterable[tuple[int, object]]) -> list[bytes]:
    return [event.entry for _cursor, event in found]  # type: ignore[attr-defined]


class EventsContract:
    def test_events_are_listed_in_order_of_recording(self, catalogue: Catalogue) -> None:
        append(catalogue, (an_event(number) for number in (3, 1, 2)))

        found = catalogue.events(EventFilter())
        assert entries(found) == [b"entry 3", b"entry 1", b"entry 2"]
        assert [event.sequence for _cursor, event in found] == [None] * 3
        assert found[0][1].salt == bytes([3]) * 32
        assert found[0][1].private == b'{"name":"x"}'

    def test_an_event_without_a_private_part_says_so(self, catalogue: Catalogue) -> None:
        append(catalogue, [an_event(1, private=b"")])

        event = catalogue.event(urn(100_001))
        assert event is not None
        assert (event.salt, event.private, event.entry) == (b"", b"", b"entry 1")
        assert catalogue.event(urn(5)) is None

    def test_events_are_paged_by_cursor(self, catalogue: Catalogue) -> None:
        append(catalogue, (an_event(number) for number in range(1, 8)))

        cursor, seen = 0, []
        while page := catalogue.events(EventFilter(), after=cursor, limit=3):
            assert len(page) <= 3
            seen += entries(page)
            cursor = page[-1][0]
        assert seen == [f"entry {number}".encode() for number in range(1, 8)]

    def test_each_filter_selects_and_filters_combine(self, catalogue: Catalogue) -> None:
        append(
            catalogue,
            [
                an_event(1),
                an_event(2, type=EventType.FIXITY_CHECK, outcome=EventOutcome.FAILURE),
                an_event(3, type=EventType.FIXITY_CHECK, aip=2),
                an_event(4, agent="somebody"),
                an_event(5, type=EventType.FIXITY_CHECK, outcome=EventOutcome.FAILURE, aip=2),
            ],
        )

        def listed(**where: str | datetime) -> list[int]:
            return [int(entry.split()[1]) for entry in entries(catalogue.events(EventFilter(**where)))]  # type: ignore[arg-type]

        assert listed(aip=urn(2)) == [3, 5]
        assert listed(type="fixity check") == [2, 3, 5]
        assert listed(outcome="failure") == [2, 5]
        assert listed(outcome="success") == [1, 3, 4]
        assert listed(agent="somebody") == [4]
        assert listed(since=later(2), until=later(4)) == [2, 3]
        assert listed(since=later(5)) == [5]
        assert listed(since=later(6)) == []
        assert listed(aip=urn(2), outcome="failure") == [5]
        assert listed(aip=urn(1), agent="somebody") == [4]
        assert listed(aip=urn(2), agent="somebody") == []
        assert listed(agent="preservation 0.1", until=later(2)) == [1]
        assert listed(aip=urn(1), agent="preservation 0.1", type="ingestion", since=later(0)) == [1]

    def test_an_event_is_recorded_once(self, catalogue: Catalogue) -> None:
        append(catalogue, [an_event(1)])

        with pytest.raises(Conflict):
            append(catalogue, [an_event(2), an_event(1)])
        assert entries(catalogue.events(EventFilter())) == [b"entry 1"]

    def test_times_come_back_aware_utc_and_equal_to_the_microsecond(self, catalogue: Catalogue) -> None:
        times = [
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(2026, 11, 22, 19, 0, 0, 1, tzinfo=timezone(timedelta(hours=7))),
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        ]
        with catalogue.begin() as transaction:
            for number, time in enumerate(times):
                transaction.save_transfer(Transfer(urn(number), TransferStatus.ACCEPTED, urn(1), time))

        found = [transfer.created for transfer in catalogue.transfers()]
        assert found == times
        assert all(time.utcoffset() == timedelta(0) for time in found)

    def test_a_time_without_a_zone_is_refused(self, catalogue: Catalogue) -> None:
        with pytest.raises(WrongUse), catalogue.begin() as transaction:
            transaction.save_transfer(Transfer(urn(1), TransferStatus.ACCEPTED, urn(1), NOON.replace(tzinfo=None)))
        assert catalogue.transfer(urn(1)) is None


class LedgerContract:
    def test_events_get_places_and_are_read_by_them(self, catalogue: Catalogue) -> None:
        append(catalogue, (an_event(number) for number in range(1, 6)))

        with catalogue.begin() as transaction:
            taken = transaction.take_unsequenced(3)
            transaction.assign_sequence(0, [key for key, _entry in taken])
        with catalogue.begin() as transaction:
            rest = transaction.take_unsequenced(10)
            transaction.assign_sequence(3, [key for key, _entry in reversed(rest)])

        assert [entry for _key, entry in taken] == [b"entry 1", b"entry 2", b"entry 3"]
        assert [entry for _key, entry in rest] == [b"entry 4", b"entry 5"]
        assert catalogue.ledger_size() == 5
        found = catalogue.ledger_entries(1, 3)
        assert [(event.sequence, event.entry) for event in found] == [
            (1, b"entry 2"),
            (2, b"entry 3"),
            (3, b"entry 5"),
        ]
        event = catalogue.event(urn(100_004))
        assert event is not None
        assert event.sequence == 4
        with catalogue.begin() as transaction:
            assert transaction.take_unsequenced(10) == []

    def test_the_ledger_lags_behind_until_a_signature_covers_all_events(self, catalogue: Catalogue) -> None:
        assert catalogue.unproven() == 0
        append(catalogue, [an_event(1), an_event(2)])
        assert catalogue.unproven() == 2
        sequence_all(catalogue)
        assert catalogue.unproven() == 2
        append(catalogue, [an_event(3)])
        with catalogue.begin() as transaction:
            transaction.save_checkpoint(2, b"a" * 32, "two")

        assert catalogue.unproven() == 1

    @pytest.mark.parametrize("first", [0, 1, 3])
    def test_a_place_other_than_the_next_is_refused(self, catalogue: Catalogue, first: int) -> None:
        append(catalogue, [an_event(1), an_event(2)])
        sequence_all(catalogue)
        append(catalogue, [an_event(3)])

        with pytest.raises(Conflict), catalogue.begin() as transaction:
            transaction.assign_sequence(first, [key for key, _entry in transaction.take_unsequenced(10)])
        assert catalogue.ledger_size() == 2

    def test_an_event_gets_one_place_only(self, catalogue: Catalogue) -> None:
        append(catalogue, [an_event(1)])
        with catalogue.begin() as transaction:
            ((key, _entry),) = transaction.take_unsequenced(10)
            transaction.assign_sequence(0, [key])

        for keys in ([key], [key + 1000]):
            with pytest.raises(Conflict), catalogue.begin() as transaction:
                transaction.assign_sequence(1, keys)
        assert catalogue.ledger_size() == 1

    def test_of_two_sequencers_at_once_one_wins(self, catalogue: Catalogue) -> None:
        append(catalogue, (an_event(number) for number in range(50)))
        both_have_seen_the_size = threading.Barrier(2)

        def sequence() -> bool:
            size = catalogue.ledger_size()
            both_have_seen_the_size.wait()
            try:
                with catalogue.begin() as transaction:
                    keys = [key for key, _entry in transaction.take_unsequenced(100)]
                    transaction.assign_sequence(size, keys)
            except Conflict:
                return False
            return bool(keys)

        with ThreadPoolExecutor(2) as pool:
            won = [future.result() for future in [pool.submit(sequence), pool.submit(sequence)]]

        assert sorted(won) == [False, True]
        assert catalogue.ledger_size() == 50
        assert [event.sequence for event in catalogue.ledger_entries(0, 100)] == list(range(50))

    def test_checkpoints_grow_and_never_contradict(self, catalogue: Catalogue) -> None:
        def save(size: int, root: bytes, note: str) -> None:
            with catalogue.begin() as transaction:
                transaction.save_checkpoint(size, root, note)

        assert catalogue.checkpoint() is None
        save(5, b"a" * 32, "note\nfive\n")
        save(5, b"a" * 32, "note\nfive\n")
        save(9, b"b" * 32, "nine")

        with pytest.raises(Conflict):
            save(5, b"a" * 32, "five")
        with pytest.raises(Conflict):
            save(9, b"c" * 32, "nine")
        assert catalogue.checkpoint() == (9, b"b" * 32, "nine")
        save(9, b"b" * 32, "nine, signed again")
        assert catalogue.checkpoint() == (9, b"b" * 32, "nine, signed again")

    def test_events_are_restored_at_their_places(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as transaction:
            transaction.restore_events((place, an_event(place)) for place in range(3))
        with catalogue.begin() as transaction:
            transaction.restore_events((place, an_event(place)) for place in range(3, 12_000))

        assert catalogue.ledger_size() == 12_000
        assert [event.entry for event in catalogue.ledger_entries(11_998, 10)] == [b"entry 11998", b"entry 11999"]
        with catalogue.begin() as transaction:
            assert transaction.take_unsequenced(1) == []

    def test_the_index_gives_every_event_with_each_of_its_links_once(self, catalogue: Catalogue) -> None:
        made = [an_event(number, aip=number % 7) for number in range(5100)]
        with catalogue.begin() as transaction:
            transaction.append_events(made)

        index = catalogue.event_index()
        rows = [
            *index.events(after=0, limit=5000),
            *index.events(after=index.events(after=0, limit=5000)[-1].key, limit=9),
        ]
        links = sorted(index.links())

        assert [(row.id, row.type, row.time, row.outcome, row.entry) for row in rows[:5009]] == [
            (one.event.id, one.event.type.value, one.event.time, one.event.outcome.value, one.entry)
            for one in made[:5009]
        ]
        assert len(links) == len(set(links))
        assert {link for key, link in links if key == rows[8].key} == {
            *(object_link(one.kind, one.id) for one in made[8].event.objects),
            *(agent_link(one.id) for one in made[8].event.agents),
        }
        assert len({key for key, _ in links}) == len(made)
        assert index.unplaced(10) == []

    def test_a_text_comes_back_where_there_is_none_and_changes_none_that_is_there(self, catalogue: Catalogue) -> None:
        lost = replace(an_event(1), salt=b"", private=b"")
        with catalogue.begin() as transaction:
            transaction.restore_events([(0, an_event(0)), (1, lost)])

        with catalogue.begin() as transaction:
            transaction.restore_texts([(0, b"other", b"{}"), (1, b"salt", b'{"name":"y"}'), (7, b"salt", b"{}")])

        texts = [(event.salt, event.private) for event in catalogue.ledger_entries(0, 10)]
        assert texts == [(an_event(0).salt, an_event(0).private), (b"salt", b'{"name":"y"}')]

    @pytest.mark.parametrize("places", [[0, 2], [1], [0, 0]])
    def test_events_are_not_restored_with_a_gap(self, catalogue: Catalogue, places: list[int]) -> None:
        with pytest.raises(Conflict), catalogue.begin() as transaction:
            transaction.restore_events((place, an_event(number)) for number, place in enumerate(places))
        assert catalogue.ledger_size() == 0
        assert catalogue.events(EventFilter()) == []
