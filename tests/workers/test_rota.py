"""Who serves what."""

from collections import Counter

from preservation.domain.jobs import Queue
from workers.rota import URGENT, Rota, queues_of


def test_every_queue_is_served_whatever_the_number_of_slots() -> None:
    for slots in range(1, 9):
        served = [queues_of(slot, slots) for slot in range(slots)]
        assert frozenset().union(*served) == frozenset(Queue)


def test_of_several_slots_one_serves_only_what_somebody_waits_for() -> None:
    for slots in range(2, 9):
        assert queues_of(0, slots) == URGENT


def test_of_three_slots_two_never_run_fixity() -> None:
    assert [Queue.FIXITY in queues_of(slot, 3) for slot in range(3)] == [False, False, True]


def test_each_queue_is_asked_first_in_its_turn_and_all_are_asked_in_every_turn() -> None:
    rota = Rota(frozenset(Queue))
    turns = [rota.next() for _ in range(16)]

    assert all(frozenset().union(*turn) == frozenset(Queue) for turn in turns)
    first = Counter(queue for turn in turns for queue in turn[0])
    assert set(first) == set(Queue)
    assert first[Queue.INGEST] > first[Queue.FIXITY]


def test_a_slot_for_urgent_work_asks_nowhere_else() -> None:
    rota = Rota(URGENT)

    assert all(frozenset().union(*rota.next()) == URGENT for _ in range(5))
