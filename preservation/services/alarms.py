"""Alarms: looked for, kept, and told to whoever has to know, once, then daily, then that it is over.

Several processes may do this at the same time: the table gives each message to one of them. One that dies on the way delays it
by `_CLAIMED`; then another sends it, at the worst a second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from preservation.domain.alarms import AlarmMessage, KeptAlarm, alarms_of
from preservation.domain.check_alarms import check_alarms
from preservation.domain.copy_alarms import copy_alarms
from preservation.domain.examination_alarms import examination_alarms
from preservation.domain.messages import LANGUAGES, render
from preservation.errors import Unavailable
from preservation.ports import Catalogue, Clock
from preservation.ports.watching import AlarmChannel
from preservation.services.service_watch import ServiceWatch

_CLAIMED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AlarmRound:
    """One look: the alarms that are on, how many messages were taken, and why a channel took none, by its name."""

    on: Sequence[KeptAlarm]
    sent: int = 0
    refused: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Alarms:
    """The service. `channels` are by name; with none, alarms are kept and shown but not sent."""

    catalogue: Catalogue
    watch: ServiceWatch
    channels: Mapping[str, AlarmChannel]
    clock: Clock
    repository: str

    def look(self) -> AlarmRound:
        """See what is wrong and tell it. For a timer, every minute or so. A channel that fails is tried again later."""
        table = self.catalogue.alarm_table()
        now = self.clock.now()
        found = [*alarms_of(self.watch.observed(), now), *copy_alarms(self.watch.copies_seen(), now)]
        found += check_alarms(self.watch.checks_seen(), now)
        found += examination_alarms(self.watch.examinations_seen(), now)
        table.observe(found, now=now)
        sent, refused = self._tell() if self.channels else (0, {})
        return AlarmRound([one for one in table.alarms() if one.cleared is None], sent, refused)

    def _tell(self) -> tuple[int, dict[str, str]]:
        table, now = self.catalogue.alarm_table(), self.clock.now()
        claimed = table.claim(self.channels, now=now, until=now + _CLAIMED)
        sent, refused = 0, dict[str, str]()
        for kept in claimed:
            for name, channel in self.channels.items():
                # One that took nothing a moment ago would only hold up the others.
                if name in refused or (message := self._message(kept, name)) is None:
                    continue
                try:
                    channel.send(message)
                except Unavailable as error:
                    refused[name] = str(error)
                else:
                    table.told(kept.alarm.key, name, at=message.time, cleared=message.cleared)
                    sent += 1
        now = self.clock.now()
        table.release([kept.alarm.key for kept in claimed], self.channels, now=now, until=now + _CLAIMED)
        return sent, refused

    def _message(self, kept: KeptAlarm, channel: str) -> AlarmMessage | None:
        now = self.clock.now()
        moment = kept.moment_for(channel, now)
        if moment is None:
            return None
        texts = {language: render(kept.alarm.finding, language) for language in LANGUAGES}
        return AlarmMessage(moment, kept.alarm, now, self.repository, texts, kept.cleared)
