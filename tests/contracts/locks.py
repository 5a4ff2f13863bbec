"""What locks by name must do. Subclass it, and give `locks` and `other`: two objects for the same repository."""

import threading
from collections.abc import Callable

import pytest

from preservation.errors import Unavailable
from preservation.ports import Locks
from tests.forks import in_a_fork


class LocksContract:
    def test_one_name_is_held_once(self, locks: Locks, other: Locks) -> None:
        with locks.hold("a", seconds=0):
            with other.try_hold("a") as taken:
                assert not taken
            with pytest.raises(Unavailable, match="'a'"), other.hold("a", seconds=0.05):
                pass

        with other.try_hold("a") as taken:
            assert taken

    def test_what_was_given_back_can_be_had_at_once(self, locks: Locks, other: Locks) -> None:
        for _ in range(200):
            with locks.hold("a", seconds=0):
                pass
            with other.try_hold("a") as taken:
                assert taken

    def test_names_do_not_hinder_each_other(self, locks: Locks, other: Locks) -> None:
        with locks.hold("a", seconds=0), other.hold("b", seconds=0), locks.try_hold("c") as taken:
            assert taken

    def test_several_share_it_and_nobody_then_has_it_alone(self, locks: Locks, other: Locks) -> None:
        both = locks.hold("a", seconds=0, shared=True), other.hold("a", seconds=0, shared=True)
        with both[0], both[1], other.try_hold("a") as taken:
            assert not taken
        with locks.hold("a", seconds=0), pytest.raises(Unavailable), other.hold("a", seconds=0, shared=True):
            pass

    def test_who_waits_gets_it_when_it_is_free(self, locks: Locks, other: Locks) -> None:
        order: list[str] = []
        held = threading.Event()

        def wait() -> None:
            held.wait()
            with other.hold("a", seconds=30):
                order.append("second")

        waiting = threading.Thread(target=wait)
        waiting.start()
        with locks.hold("a", seconds=0):
            held.set()
            threading.Event().wait(0.2)
            order.append("first")
        waiting.join()

        assert order == ["first", "second"]

    def test_a_lock_ends_with_its_block_whatever_happened_in_it(self, locks: Locks, other: Locks) -> None:
        with pytest.raises(ZeroDivisionError), locks.hold("a", seconds=0):
            raise ZeroDivisionError

        with other.try_hold("a") as taken:
            assert taken

    def test_threads_of_one_process_are_kept_apart_too(self, locks: Locks) -> None:
        with locks.hold("a", seconds=0), locks.try_hold("a") as taken:
            assert not taken

    def test_a_lock_ends_with_the_process_that_holds_it(self, locks: Locks, opened: Callable[[], Locks]) -> None:
        def hold_and_die() -> int:
            opened().hold("a", seconds=0).__enter__()
            raise SystemExit(3)

        in_a_fork(hold_and_die)

        with locks.hold("a", seconds=10):
            pass
