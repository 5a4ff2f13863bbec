"""Alarms that are on. Keeps the promises of `ports.AlarmTable`.

A row is claimed while its message is on the way, so that of two processes one sends; a claim ends by itself, so that a process
that dies with it delays a message and loses none.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from preservation.adapters.database.columns import instant, microseconds
from preservation.adapters.database.engine import reader, writer
from preservation.adapters.database.wire import Wire
from preservation.adapters.database.wire_transactions import reading, writing
from preservation.domain.alarms import Alarm, AlarmCode, KeptAlarm
from preservation.domain.findings import Severity

_ALL = "key, code, severity, subject, since, details, told, cleared"
_COLUMNS = ("code", "severity", "subject", "since", "details", "told", "cleared", "claimed_until")


class DatabaseAlarmTable:
    """Safe to call from several threads. There are few rows, so each change takes the whole table for a moment."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)
        self._writer = writer(engine)

    def observe(self, alarms: Sequence[Alarm], *, now: datetime) -> None:
        with writing(self._writer) as wire:
            wire.lock("alarm")
            known = {one.alarm.key: one for one in _alarms(wire)}
            present = {alarm.key: alarm for alarm in alarms}
            for key, alarm in present.items():
                details = json.dumps(dict(alarm.values), sort_keys=True)
                if key not in known:
                    first = (alarm.code.value, alarm.severity.value, alarm.subject, microseconds(alarm.since), details)
                    wire.insert("alarm", ("key", *_COLUMNS), [(key, *first, "{}", None, None)])
                else:
                    wire.run(
                        "UPDATE alarm SET severity = ?, details = ?, cleared = NULL WHERE key = ?",
                        *(alarm.severity.value, details, key),
                    )
                    _forget_its_end(wire, known[key], alarm.since)
            for key in known.keys() - present.keys():
                wire.run("DELETE FROM alarm WHERE key = ? AND told = '{}' AND claimed_until IS NULL", key)
                wire.run("UPDATE alarm SET cleared = coalesce(cleared, ?) WHERE key = ?", microseconds(now), key)

    def alarms(self) -> Sequence[KeptAlarm]:
        with reading(self._reader) as wire:
            return _alarms(wire)

    def claim(self, channels: Collection[str], *, now: datetime, until: datetime) -> Sequence[KeptAlarm]:
        with writing(self._writer) as wire:
            wire.lock("alarm")
            # No claim lasts for a day: one beyond that was made while a clock was wrong.
            stale = (microseconds(now), microseconds(now + timedelta(days=1)))
            free = _alarms(wire, "WHERE claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?", *stale)
            due = [one for one in free if any(one.moment_for(channel, now) is not None for channel in channels)]
            wire.many(
                "UPDATE alarm SET claimed_until = ? WHERE key = ?",
                [(microseconds(until), one.alarm.key) for one in due],
            )
            return due

    def told(self, key: str, channel: str, *, at: datetime, cleared: datetime | None = None) -> None:
        with writing(self._writer) as wire:
            wire.lock("alarm")
            for kept in _alarms(wire, "WHERE key = ?", key):
                _save_told(wire, key, {**kept.told, channel: at})
                if cleared is not None and kept.cleared is None:
                    # It came back while the message that it is over was on the way.
                    _forget_its_end(wire, replace(kept, told={**kept.told, channel: at}, cleared=cleared), at)

    def release(self, keys: Collection[str], channels: Collection[str], *, now: datetime, until: datetime) -> None:
        with writing(self._writer) as wire:
            wire.lock("alarm")
            claimed = [one for one in _alarms(wire) if one.alarm.key in keys]
            for one in claimed:
                if any(one.moment_for(channel, now) is not None for channel in channels):
                    wire.run("UPDATE alarm SET claimed_until = ? WHERE key = ?", microseconds(until), one.alarm.key)
                elif one.cleared is not None:
                    wire.run("DELETE FROM alarm WHERE key = ?", one.alarm.key)
                else:
                    wire.run("UPDATE alarm SET claimed_until = NULL WHERE key = ?", one.alarm.key)


def _forget_its_end(wire: Wire, kept: KeptAlarm, since: datetime) -> None:
    """It is on again. Who was told that it is over is to be told anew, of an alarm that began then."""
    if kept.cleared is None:
        return
    still = {channel: moment for channel, moment in kept.told.items() if moment < kept.cleared}
    if still != kept.told:
        _save_told(wire, kept.alarm.key, still)
        wire.run("UPDATE alarm SET since = ? WHERE key = ?", microseconds(since), kept.alarm.key)


def _save_told(wire: Wire, key: str, told: Mapping[str, datetime]) -> None:
    moments = {channel: microseconds(moment) for channel, moment in told.items()}
    wire.run("UPDATE alarm SET told = ? WHERE key = ?", json.dumps(moments, sort_keys=True), key)


def _alarms(wire: Wire, condition: str = "", *values: int | str) -> Sequence[KeptAlarm]:
    rows = wire.rows(f"SELECT {_ALL} FROM alarm {condition} ORDER BY key", *values)  # noqa: S608 - constants only
    return [_alarm(row) for row in rows]


def _alarm(row: tuple[Any, ...]) -> KeptAlarm:
    _key, code, severity, subject, since, details, told, cleared = row
    return KeptAlarm(
        alarm=Alarm(AlarmCode(code), Severity(severity), instant(since), subject, json.loads(details)),
        told={channel: instant(moment) for channel, moment in json.loads(told).items()},
        cleared=None if cleared is None else instant(cleared),
    )
