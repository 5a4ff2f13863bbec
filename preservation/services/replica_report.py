"""What one replica lacks and what is due on it: what somebody who plugs in a disk once a month wants to know beforehand."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from preservation.domain.copies_seen import Drift, due_back
from preservation.domain.holdings import ReplicaRecord
from preservation.domain.policies import Policies
from preservation.domain.replication_policy import Place, Presence
from preservation.domain.replication_rating import MediumAge, medium_age
from preservation.ports import Catalogue
from preservation.ports.copy_tables import Amount
from preservation.services.fixity_planning import schedule_of
from preservation.services.repair_limits import counted_from, repairs_since
from preservation.services.replica_drift import last_drift

# What a disk does in a sequence of mostly large files; said to be a guess wherever it is used.
_GUESSED_RATE = 80.0 * (1 << 20)
_MOST_REPAIRS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaReport:
    """`bring`: what it lacks; `check`: what was not checked within its own window; bytes of head versions.

    `seconds` are for both: what is brought is written and read back. `is_guess`: nobody has measured a rate or stated one.
    `due`: when an offline replica should be here (again), None for an online one and one that is here.
    """

    record: ReplicaRecord
    place: Place
    is_here: bool
    away_since: datetime | None
    due: datetime | None
    bring: Amount
    check: Amount
    seconds: float
    is_guess: bool
    repairs_today: int
    most_repairs: int
    medium: MediumAge
    drift: Drift | None

    def is_late(self, now: datetime) -> bool:
        """Whether it should have been here."""
        return self.due is not None and self.due <= now


def replica_report(
    catalogue: Catalogue, policies: Policies, record: ReplicaRecord, *, is_here: bool, now: datetime
) -> ReplicaReport:
    """Counts what one replica lacks: a second or two for a million AIPs."""
    place = policies.replication.place(record.name)
    away_since = None if is_here else _away_since(catalogue, record, now)
    is_offline = place.presence is Presence.OFFLINE
    table = catalogue.copy_table()
    bring = table.lacking(record.id)
    check = _unchecked(catalogue, policies, record.id, now)
    measured = _measured(catalogue, record.id)
    allowed = float(place.rate_mib << 20) if place.rate_mib else None
    rate = min(one for one in (measured, allowed, None if measured or allowed else _GUESSED_RATE) if one)
    kept = catalogue.figure_table().kept()
    rows = kept.replicas if kept is not None else catalogue.replica_figures(now)
    figures = {one.replica: one for one in rows}
    copies = figures[record.id].copies if record.id in figures else 0
    return ReplicaReport(
        record=record,
        place=place,
        is_here=is_here,
        away_since=away_since,
        due=due_back(away_since, place.report_days) if away_since and is_offline else None,
        bring=bring,
        check=check,
        seconds=(2 * bring.bytes + check.bytes) / rate,
        is_guess=measured is None and allowed is None,
        repairs_today=repairs_since(catalogue, record.id, counted_from(catalogue, record.id, now), most=_MOST_REPAIRS),
        most_repairs=policies.replication.repair.most(copies),
        medium=medium_age(record.name, place, record.added.date()),
        drift=last_drift(catalogue, record.id),
    )


def _unchecked(catalogue: Catalogue, policies: Policies, replica: str, now: datetime) -> Amount:
    """What was not checked within the window of its replica and collection; one question for each length of window."""
    windows = schedule_of(catalogue, policies).windows
    found = [
        amount
        for days in sorted({windows.days(replica, ""), *(windows.days(replica, one) for one in windows.collections)})
        for collection, amount in catalogue.copy_table()
        .unchecked(replica, since=now - timedelta(days=days), now=now)
        .items()
        if windows.days(replica, collection) == days
    ]
    return Amount(sum(one.aips for one in found), sum(one.bytes for one in found))


def _measured(catalogue: Catalogue, replica: str) -> float | None:
    """Bytes a second that runs have read of it lately."""
    rates = catalogue.fixity_plan_table().rates(replica)
    seconds = sum(one.seconds for one in rates)
    return sum(one.bytes for one in rates) / seconds if seconds >= 1 else None


def _away_since(catalogue: Catalogue, record: ReplicaRecord, now: datetime) -> datetime:
    """Since when timers have missed it; now, where none has looked."""
    return catalogue.figure_table().known_away().get(record.id, now)
