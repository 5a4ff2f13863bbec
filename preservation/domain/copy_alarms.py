"""Alarms about copies as the replication policy sees them: too few, too near each other, away too long, repaired too often."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from preservation.domain.alarms import Alarm, AlarmCode
from preservation.domain.copies_seen import CopiesSeen
from preservation.domain.findings import Severity

_MOST_NAMED = 5
_SILENT_FOR = timedelta(days=3)


def copy_alarms(seen: CopiesSeen, now: datetime) -> Sequence[Alarm]:
    """Everything that is wrong, ordered by key."""
    found = [
        *_below(seen, now),
        *(
            Alarm(AlarmCode.REPLICA_OVERDUE, Severity.ERROR, due, name, {"replica": name, "due": _minute(due)})
            for name, due in seen.overdue.items()
        ),
        *(Alarm(AlarmCode.REPAIRS_HELD, Severity.ERROR, now, name, {"replica": name}) for name in seen.held),
        *_media(seen, now),
        *_disputed(seen),
        *_drift(seen),
        *_peers(seen, now),
    ]
    return sorted(found, key=lambda alarm: alarm.key)


def _below(seen: CopiesSeen, now: datetime) -> Sequence[Alarm]:
    if not seen.below:
        return []
    short: dict[str, int] = {}
    for one in seen.below:
        for name, size in one.gap.named().items():
            short[name] = max(short.get(name, 0), size)
    is_copies = "copies" in short
    values = {
        "count": str(sum(one.aips for one in seen.below)),
        "short": ", ".join(f"{name} -{size}" for name, size in short.items()),
    }
    return [Alarm(AlarmCode.COPIES_BELOW_POLICY, Severity.ERROR if is_copies else Severity.WARNING, now, values=values)]


def _media(seen: CopiesSeen, now: datetime) -> Sequence[Alarm]:
    return [
        Alarm(
            AlarmCode.MEDIUM_DUE,
            Severity.WARNING,
            now,
            one.replica,
            {"replica": one.replica, "ends": str(one.ends), "by": str(one.replace_by)},
        )
        for one in seen.media
        if one.is_due(now.date())
    ]


def _disputed(seen: CopiesSeen) -> Sequence[Alarm]:
    if not seen.disputed:
        return []
    named = ", ".join(sorted(seen.disputed)[:_MOST_NAMED])
    values = {"count": str(len(seen.disputed)), "aips": named}
    return [Alarm(AlarmCode.INVENTORY_DISPUTED, Severity.ERROR, min(seen.disputed.values()), values=values)]


def _drift(seen: CopiesSeen) -> Sequence[Alarm]:
    return [
        Alarm(
            AlarmCode.REPLICA_DRIFT,
            Severity.ERROR if one.absent else Severity.WARNING,
            one.time,
            name,
            {"replica": name, "unknown": str(one.unknown), "absent": str(one.absent)},
        )
        for name, one in seen.drift.items()
        if one.unknown or one.absent
    ]


def _peers(seen: CopiesSeen, now: datetime) -> Sequence[Alarm]:
    found: list[Alarm] = []
    for one in seen.peers:
        if one.faults:
            values = {
                "peer": one.name,
                "count": str(len(one.faults)),
                "aips": ", ".join(sorted(one.faults)[:_MOST_NAMED]),
            }
            found.append(Alarm(AlarmCode.PEER_DISAGREES, Severity.ERROR, min(one.faults.values()), one.name, values))
        # Never to have been heard counts from when it was asked; then that is the time of the last question.
        since = one.heard or one.asked
        if since is not None and one.asked is not None and now - since > _SILENT_FOR:
            values = {"peer": one.name, "since": _minute(since)}
            found.append(Alarm(AlarmCode.PEER_SILENT, Severity.WARNING, since, one.name, values))
    return found


def _minute(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
