"""How far copies are from what the policy demands, and what brings them nearer. Pure: places in, numbers out."""

from collections.abc import Collection as Sized
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from preservation.domain.replication_policy import Place, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How many are short of each of a rule's numbers; all 0 where it is kept."""

    copies: int = 0
    media: int = 0
    regions: int = 0
    organisations: int = 0
    offline_or_locked: int = 0

    @property
    def is_open(self) -> bool:
        """Whether anything is short."""
        return any(self.sizes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """In the order of importance: a lost copy outweighs all that is said of where copies are."""
        return self.copies, self.offline_or_locked, self.organisations, self.regions, self.media

    def named(self) -> Mapping[str, int]:
        """What is short, by the policy's own words."""
        sizes = {
            "copies": self.copies,
            "media": self.media,
            "regions": self.regions,
            "organisations": self.organisations,
            "offline_or_locked": self.offline_or_locked,
        }
        return {name: size for name, size in sizes.items() if size}

    def is_worse_than(self, other: "Gap") -> bool:
        """Whether more is short of any number than there."""
        return any(mine > theirs for mine, theirs in zip(self.sizes, other.sizes, strict=True))


def gap_of(rule: Rule, places: Sized[Place]) -> Gap:
    """What is short if these are the places of an AIP's intact copies, one for each copy."""
    return Gap(
        copies=max(0, rule.copies - len(places)),
        media=max(0, rule.media - len({one.medium for one in places})),
        regions=max(0, rule.regions - len({one.region for one in places})),
        organisations=max(0, rule.organisations - len({one.organisation for one in places})),
        offline_or_locked=max(0, rule.offline_or_locked - sum(one.is_out_of_reach for one in places)),
    )


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """`replicas` are to get a copy, in this order. `remaining` is short even then: it takes another place."""

    replicas: Sequence[str]
    remaining: Gap


def plan(rule: Rule, held: Mapping[str, Place], others: Mapping[str, Place]) -> CopyPlan:
    """Which of the `others` should get a copy next, so that those `held` and they keep the rule. Both are by name.

    Each next one is the one that leaves the least short, the first by name among equals; none that changes nothing. The same
    arguments give the same plan.
    """
    places = list(held.values())
    left = {name: others[name] for name in sorted(others) if name not in held}
    chosen: list[str] = []
    gap = gap_of(rule, places)
    while gap.is_open and left:
        name = min(left, key=lambda one: (gap_of(rule, [*places, left[one]]).sizes, one))
        after = gap_of(rule, [*places, left[name]])
        if after == gap:
            break
        chosen.append(name)
        places.append(left.pop(name))
        gap = after
    return CopyPlan(chosen, gap)


@dataclass(frozen=True, slots=True)
class Combination:
    """So many AIPs of a collection have an intact copy of the head on these replicas, by id, and on no other."""

    collection: str
    replicas: frozenset[str]
    aips: int


@dataclass(frozen=True, slots=True)
class BelowPolicy:
    """AIPs that are short of the same, for the same reason: `replicas` hold them."""

    collection: str
    replicas: frozenset[str]
    aips: int
    gap: Gap


def below_policy(
    combinations: Iterable[Combination], rules: Mapping[str, Rule], default: Rule, places: Mapping[str, Place]
) -> Sequence[BelowPolicy]:
    """Those that are short of anything, the most AIPs first. `rules` are by collection, `places` by replica, both by id.

    A replica without a place (retired, or being drained) is not counted.
    """
    found = [
        BelowPolicy(one.collection, one.replicas, one.aips, gap)
        for one in combinations
        if (gap := gap_of(rules.get(one.collection, default), _known(one.replicas, places))).is_open
    ]
    return sorted(found, key=lambda one: (-one.aips, one.collection, sorted(one.replicas)))


def fallen(before: Sequence[BelowPolicy], after: Sequence[BelowPolicy]) -> Sequence[BelowPolicy]:
    """Those that would be short of more than they are: what a change of policy or of places does to what is held."""
    known = {(one.collection, one.replicas): one.gap for one in before}
    return [one for one in after if one.gap.is_worse_than(known.get((one.collection, one.replicas), Gap()))]


def _known(replicas: Iterable[str], places: Mapping[str, Place]) -> Sequence[Place]:
    return [places[one] for one in replicas if one in places]
