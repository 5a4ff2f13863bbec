"""Several actors in one process, of whom one goes on at a time: who is next is drawn at every call of a port.

So that two processes meet at moments at which real ones meet once in years. A draw keeps the present actor for a while, or lets
another one run to its end meanwhile: both are what a slow process sees. What a seed draws depends a little on threads as well.
"""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any

from preservation.bootstrap import Repository
from preservation.errors import ReplicaAway
from preservation.ports import ReplicaStore
from preservation.services.replica_set import ReplicaSet

# Nothing is fast or slow by this: it only ends a test whose actors wait for each other.
PATIENCE = 120.0
# Where attempts meet: what happens between two of these is what matters, and others are drawn in more often.
_ABOUT_ATTEMPTS = frozenset({"begin", "transfer", "commit", "fence"})
_SWITCH_THERE = 0.4
_ABOUT_FAULTS = frozenset({"put", "create", "seal", "flush", "open_sealed", "commit", "read", "begin_version", "fence"})


@dataclass(slots=True)
class Turns:
    """Whose turn it is. `switch` is how likely it passes on at a step, `fault` how likely a replica is away in one."""

    random: random.Random
    switch: float
    fault: float
    _alive: set[str] = field(default_factory=set)
    _now: str = ""
    _moved: threading.Condition = field(default_factory=threading.Condition)
    steps: int = 0

    def run(self, actors: dict[str, Callable[[], None]]) -> None:
        """Run all of them to their ends. Raises the first thing that one raised."""
        raised: list[BaseException] = []

        def act(name: str, do: Callable[[], None]) -> None:
            try:
                self.step(name)
                do()
            except BaseException as error:  # noqa: BLE001 - it is raised again where it is seen
                raised.append(error)
            finally:
                with self._moved:
                    self._alive.discard(name)
                    self._pass_on()

        self._alive = set(actors)
        self._now = self.random.choice(sorted(actors))
        threads = [threading.Thread(target=act, args=one) for one in actors.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if raised:
            raise raised[0]

    def step(self, name: str, method: str = "") -> None:
        """Let somebody else go on, or nobody; returns when it is this actor's turn."""
        switch = max(self.switch, _SWITCH_THERE) if method in _ABOUT_ATTEMPTS else self.switch
        with self._moved:
            self.steps += 1
            if self._now == name and self.random.random() < switch:
                self._pass_on()
            assert self._moved.wait_for(lambda: self._now == name, PATIENCE), f"{name} never had its turn"

    def stumbles(self, method: str) -> bool:
        """Whether a replica is away in this call."""
        with self._moved:
            return method in _ABOUT_FAULTS and self.random.random() < self.fault

    def _pass_on(self) -> None:
        if self._alive:
            self._now = self.random.choice(sorted(self._alive))
        self._moved.notify_all()


@dataclass(frozen=True, slots=True)
class Stepping:
    """A port, each call of which is a step of an actor. What `begin_version` gives is one too."""

    inner: Any
    actor: str
    turns: Turns

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if not callable(found):
            return found

        def called(*arguments: Any, **named: Any) -> Any:
            self.turns.step(self.actor, name)
            if name == "begin":
                return self._transaction(found)
            # What failed may have been done all the same.
            is_done = self.turns.random.random() < 0.5
            stumbles = self.turns.stumbles(name)
            if stumbles and not (is_done and name in ("commit", "fence")):
                raise ReplicaAway("it is away at this moment")
            answer = found(*arguments, **named)
            if stumbles:
                raise ReplicaAway("it went away at this moment")
            return Stepping(answer, self.actor, self.turns) if name == "begin_version" else answer

        return called

    @contextmanager
    def _transaction(self, begin: Callable[[], Any]) -> Iterator[Any]:
        # The database has a transaction to itself: there are no steps within.
        with begin() as tx:
            yield tx
        self.turns.step(self.actor, "begin")


class NoLocks:
    """Every lock is free: what a database server says of a process that it has lost."""

    @contextmanager
    def hold(self, name: str, *, seconds: float, shared: bool = False) -> Iterator[None]:
        yield

    @contextmanager
    def try_hold(self, name: str) -> Iterator[bool]:
        yield True


def as_actor(repository: Repository, name: str, turns: Turns, *, without: Sequence[str] = ()) -> Repository:
    """The same repository as an actor has it, that holds no lock. `without` are replicas that are away to it."""
    stores: dict[str, ReplicaStore] = {
        one: Stepping(store, name, turns) for one, store in repository.replicas.stores.items() if one not in without
    }
    away = {**repository.replicas.away, **dict.fromkeys(without, "it is away to this one")}
    values = {one.name: getattr(repository, one.name) for one in fields(repository)}
    values |= {
        "replicas": ReplicaSet(stores, away, repository.replicas.records),
        "catalogue": Stepping(repository.catalogue, name, turns),
        "locks": NoLocks(),
    }
    return Repository(**values)
