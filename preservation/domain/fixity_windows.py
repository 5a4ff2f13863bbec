"""Within how many days a copy must have been checked: by its replica, by its collection, by submission agreements."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.fixity_policy import FixityPolicy
from preservation.domain.holdings import Collection, ReplicaRecord, ReplicaState

DAY = 86_400


@dataclass(frozen=True, slots=True)
class FixityWindows:
    """Windows in days by replica id and by collection id, as far as any is stated; `general` holds for everything else."""

    general: int
    replicas: Mapping[str, int]
    collections: Mapping[str, int]

    def days(self, replica: str, collection: str) -> int:
        """The shortest of those stated for the two."""
        stated = [self.replicas.get(replica), self.collections.get(collection)]
        return min((days for days in stated if days is not None), default=self.general)

    def longest_on(self, replica: str) -> int:
        """The longest that can hold for a copy on a replica."""
        return self.replicas.get(replica, max([self.general, *self.collections.values()]))

    @property
    def shortest(self) -> int:
        """The shortest that is in use."""
        return min([self.general, *self.replicas.values(), *self.collections.values()])

    @property
    def longest(self) -> int:
        """The longest that is in use."""
        return max([self.general, *self.replicas.values(), *self.collections.values()])


def windows_of(
    policy: FixityPolicy,
    agreements: Iterable[SubmissionAgreement],
    collections: Sequence[Collection],
    replicas: Sequence[ReplicaRecord],
) -> FixityWindows:
    """Resolve names and the tree of collections: the nearest collection above that states a window gives it.

    An agreement in force that wants a shorter window has it for the whole collection that its submissions go to.
    """
    by_id = {one.id: one for one in collections}
    strict: dict[str, int] = {}
    for agreement in agreements:
        if agreement.active and agreement.fixity_window_days is not None:
            wanted = agreement.fixity_window_days
            strict[agreement.collection] = min(wanted, strict.get(agreement.collection, wanted))
    found: dict[str, int] = {}
    for one in collections:
        above = _way_up(one, by_id)
        stated: int | None = next(
            (days for node in above if (days := policy.collections.get(node.code)) is not None), None
        )
        asked = [strict[node.code] for node in above if node.code in strict]
        if asked:
            stated = min([policy.window_days if stated is None else stated, *asked])
        if stated is not None:
            found[one.id] = stated
    own = {
        one.id: section.window_days
        for one in replicas
        if (section := policy.replicas.get(one.name)) is not None and section.window_days is not None
    }
    return FixityWindows(general=policy.window_days, replicas=own, collections=found)


def replica_order(replicas: Sequence[ReplicaRecord]) -> Mapping[str, int]:
    """The place of each replica in use among the others, by id: what staggers the copies of one AIP."""
    ids = sorted(one.id for one in replicas if one.state is not ReplicaState.RETIRED)
    return {one: place for place, one in enumerate(ids)}


def plan_digest(policy: FixityPolicy, windows: FixityWindows, order: Mapping[str, int]) -> str:
    """Names everything that due times follow from beside the copies themselves: where it differs, they are to be planned anew."""
    facts = [
        windows.general,
        sorted(windows.replicas.items()),
        sorted(windows.collections.items()),
        sorted(order),
        policy.first_check_hours,
        policy.second_check_days,
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _way_up(collection: Collection, by_id: Mapping[str, Collection]) -> list[Collection]:
    """The collection and those it lies in, the nearest first."""
    way, seen = [collection], {collection.id}
    while (parent := way[-1].parent) is not None and parent in by_id and parent not in seen:
        seen.add(parent)
        way.append(by_id[parent])
    return way
