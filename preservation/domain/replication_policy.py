"""What the archive demands of its copies: how many, and how far apart; and what the places are like that hold them.

A rule is stated for the whole archive, and differently for a collection and everything below it. What is said of a place is
said by the name of its replica: a name that no replica has yet is a place that is planned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from preservation.domain.holdings import Collection
from preservation.domain.quiet_hours import QuietHours

_YEAR = timedelta(days=365.25)
_LONGEST_TREE = 1000


class Medium(StrEnum):
    """What the bytes lie on."""

    DISK = "disk"
    OBJECT_STORE = "object-store"
    TAPE = "tape"
    OPTICAL = "optical"
    OTHER = "other"


class Presence(StrEnum):
    """OFFLINE: it is brought now and then, and being away is no fault until its date has passed."""

    ONLINE = "online"
    OFFLINE = "offline"


# After so many years a medium is taken to be at its end where the policy names no other number. An object store's provider
# sees to its own disks.
_LIFE_YEARS: Mapping[Medium, int | None] = MappingProxyType(
    {Medium.DISK: 5, Medium.TAPE: 15, Medium.OPTICAL: 20, Medium.OTHER: 5, Medium.OBJECT_STORE: None}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a replica's place is like.

    `region` and `organisation`: places of one name share its disasters and its people; every unnamed one counts as the same.
    `locked`: nobody can change what is written there (write-once medium, object lock). `media_from`: since when the medium is
    in use, where that is not the day on which the replica was added. `report_days`: an offline place is plugged in at least
    so often. `rate_mib`: MiB a second at most for filling it; `quiet_hours`: when it is not filled.
    """

    medium: Medium = Medium.DISK
    region: str = ""
    organisation: str = ""
    presence: Presence = Presence.ONLINE
    locked: bool = False
    media_from: date | None = None
    media_life_years: int | None = None
    report_days: int = 31
    rate_mib: int | None = None
    quiet_hours: QuietHours | None = None

    @property
    def is_out_of_reach(self) -> bool:
        """Whether somebody who can change everything that is online cannot change this."""
        return self.locked or self.presence is Presence.OFFLINE

    def media_end(self, added: date) -> date | None:
        """When the medium has reached its age; None where that is for its provider to know."""
        years = self.media_life_years or _LIFE_YEARS[self.medium]
        return None if years is None else (self.media_from or added) + years * _YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the copies of an AIP must be. Each number is the least; `offline_or_locked` counts copies out of reach."""

    copies: int = 2
    media: int = 1
    regions: int = 1
    organisations: int = 1
    offline_or_locked: int = 0

    def changed(self, by: Mapping[str, int]) -> "Rule":
        """The same, but for the named numbers."""
        return replace(self, **by)


RULE_KEYS: Sequence[str] = tuple(one.name for one in fields(Rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairLimits:
    """How much is repaired on one replica within 24 hours before a person has to look, in copies.

    `most_per_day`, or fewer where `most_share_percent` of the replica's copies is less; but `always` are repaired, however few
    it holds. `quarantine_days`: for how long what was set aside is kept as evidence.
    """

    most_per_day: int = 500
    most_share_percent: int = 10
    always: int = 50
    quarantine_days: int = 365

    def most(self, copies: int) -> int:
        """For a replica that holds so many copies."""
        return min(self.most_per_day, max(self.always, copies * self.most_share_percent // 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another organisation that keeps copies of its own, which we only ask about (`domain.challenges`), and never fill.

    `challenge_url`: its `/api/v1/challenges`. `token_file`: where the token lies that it gave us. `every_days`: within so many
    days it is asked once about each AIP.
    """

    name: str
    challenge_url: str
    token_file: str
    every_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationPolicy:
    """The whole of `replication.toml`. `collections` maps a collection's code to the numbers that differ there."""

    rule: Rule = field(default_factory=Rule)
    collections: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[str, Place] = field(default_factory=lambda: MappingProxyType({}))
    repair: RepairLimits = field(default_factory=RepairLimits)
    peers: Mapping[str, Peer] = field(default_factory=lambda: MappingProxyType({}))

    def place(self, name: str) -> Place:
        """What the place of a replica of this name is like; an online disk somewhere, where nothing is said."""
        return self.places.get(name) or Place()

    def rule_for(self, collection: str, tree: Mapping[str, Collection]) -> Rule:
        """The rule of a collection, by id; `tree` holds all of them by id. What is nearer to it counts more."""
        rule = self.rule
        for code in reversed(_way_up(collection, tree)):
            if code in self.collections:
                rule = rule.changed(self.collections[code])
        return rule

    def rules(self, collections: Iterable[Collection]) -> Mapping[str, Rule]:
        """The rule of every collection, by id."""
        tree = {one.id: one for one in collections}
        return {one: self.rule_for(one, tree) for one in tree}


def _way_up(collection: str, tree: Mapping[str, Collection]) -> list[str]:
    """Codes from the collection to the top of its tree; a ring, which must not be, ends it."""
    codes: list[str] = []
    at: str | None = collection
    while at is not None and at in tree and len(codes) < _LONGEST_TREE:
        codes.append(tree[at].code)
        at = tree[at].parent
    return codes
