"""What watches the service: who works, what was counted, what somebody has to be told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from preservation.domain.alarms import Alarm, AlarmMessage, KeptAlarm
from preservation.domain.events import Json
from preservation.domain.service_figures import HoldingFigures, LedgerLag
from preservation.domain.workers import Worker


class WorkerTable(Protocol):
    """Processes that are there. Each call is one transaction. Raises Unavailable."""

    def save(self, worker: Worker) -> None:
        """At its start and with every beat (domain.workers.BEAT_EVERY): insert, or update by id."""
        ...

    def leave(self, id: str) -> None:
        """At its clean end."""
        ...

    def workers(self) -> Sequence[Worker]:
        """Ordered by kind, name and id; those that went silent too, until they are forgotten."""
        ...

    def forget(self, *, silent_since: datetime) -> int:
        """Remove those not heard of since then, but for the scheduler heard of last; how many."""
        ...


class FigureTable(Protocol):
    """Numbers about the holdings, kept so that looking at them is cheap. Each call is one transaction. Raises Unavailable."""

    def schema_is_current(self) -> bool:
        """Whether the database answers with the schema of this release; one row."""
        ...

    def count(self, *, now: datetime, window: timedelta) -> HoldingFigures:
        """Count everything once. Takes time with the holdings (seconds for a million AIPs), so it is for a timer."""
        ...

    def keep(self, figures: HoldingFigures) -> None: ...

    def kept(self) -> HoldingFigures | None:
        """What was kept last; one row."""
        ...

    def ledger_lag(self) -> LedgerLag:
        """Cheap: only events that wait are looked at."""
        ...

    def last_check(self) -> datetime | None:
        """When a fixity check was last recorded; one row."""
        ...

    def note_away(self, replicas: Collection[str], *, now: datetime) -> Mapping[str, datetime]:
        """Since when each of these was seen to be away, remembered from call to call; others are back."""
        ...

    def known_away(self) -> Mapping[str, datetime]:
        """What `note_away` remembers."""
        ...


class NoteTable(Protocol):
    """Small things that were noticed and last until they are noticed anew: values by key, under a name. No truth rests on them.

    Each call is one transaction. Raises Unavailable.
    """

    def note(self, name: str, key: str, value: Json, *, now: datetime) -> None:
        """Keep a value; None takes it away. What others noted under other keys stays."""
        ...

    def noted(self, name: str) -> Mapping[str, Json]:
        """Every value under a name, by key, in order of keys."""
        ...


class AlarmTable(Protocol):
    """Alarms that are on, or whose end is still to be told. Each call is one transaction, one after the other among processes.

    Raises Unavailable.
    """

    def observe(self, alarms: Sequence[Alarm], *, now: datetime) -> None:
        """These are all that are on: new ones are kept, known ones keep their `since`, those that are absent are cleared.

        One that comes back before its end was told is on again, and was never off. A channel that was told of the end is told
        anew, of one that began when it came back. One that nobody was told of just goes.
        """
        ...

    def alarms(self) -> Sequence[KeptAlarm]:
        """Ordered by key."""
        ...

    def claim(self, channels: Collection[str], *, now: datetime, until: datetime) -> Sequence[KeptAlarm]:
        """Those with something to tell one of the channels, which nobody else gets until then."""
        ...

    def told(self, key: str, channel: str, *, at: datetime, cleared: datetime | None = None) -> None:
        """A channel has taken the message about it; one that it is over says when it was `cleared`."""
        ...

    def release(self, keys: Collection[str], channels: Collection[str], *, now: datetime, until: datetime) -> None:
        """The claim ends. Where all of these channels know its end, the alarm goes; where one has not been told, it is claimed
        again after `until`."""
        ...


class AlarmChannel(Protocol):
    """A way to tell somebody. Bounded in time."""

    def send(self, message: AlarmMessage) -> None:
        """Raises Unavailable where it was not taken."""
        ...
