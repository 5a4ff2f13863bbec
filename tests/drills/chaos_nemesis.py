"""Who does the damage in the chaos drill: one thing after the other, never to the last good copy of anything."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from preservation.bootstrap import Repository
from preservation.domain.holdings import AIPSummary, CopyState
from tests.drills.chaos_ledger import Copy, Reader
from tests.drills.chaos_places import WAYS, Place

MOST_EMPTIED = 2


@dataclass(frozen=True, slots=True)
class Injury:
    """Something done to a copy, at this time or a moment later."""

    time: datetime
    copy: Copy
    way: str


@dataclass(slots=True)
class Nemesis:
    """Acts through the places; looks into the catalogue only to spare what was not mended yet."""

    places: Sequence[Place]
    rng: random.Random
    injuries: list[Injury] = field(default_factory=list)
    absences: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    deeds: Counter[str] = field(default_factory=Counter)
    _open: dict[Copy, Injury] = field(default_factory=dict)
    _until: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def act(self, repository: Repository, reader: Reader) -> None:
        """One deed, or none where nothing may be hurt now."""
        now = repository.clock.now()
        self._bring_back(now)
        reader.read(repository.catalogue)
        self._note_mended(repository, reader)
        chance = self.rng.random()
        if chance < 0.15:
            self._cut_off(now)
        elif chance < 0.35 and self._trouble(now):
            return
        elif 0.35 <= chance < 0.38 and self.deeds["emptied"] < MOST_EMPTIED:
            self._empty(repository, now)
        else:
            self._damage(repository, now)

    def end(self, now: datetime) -> None:
        """Everything comes back."""
        self._bring_back(now, all_of_them=True)

    def _cut_off(self, now: datetime) -> None:
        # One of three may be away: an ingest needs two.
        place = self.rng.choice(self.places)
        if any(one.is_cut_off for one in self.places) or place.id in self._until:
            return
        place.cut_off(self.rng)
        self._until[place.id] = (now, now + timedelta(seconds=self.rng.uniform(1, 8)))
        self.deeds["cut off"] += 1

    def _trouble(self, now: datetime) -> bool:
        place = self.rng.choice(self.places)
        if place.is_cut_off or place.id in self._until:
            return False
        what = place.trouble(self.rng)
        if what:
            self._until[place.id] = (now, now + timedelta(seconds=self.rng.uniform(2, 6)))
            self.deeds[what] += 1
        return bool(what)

    def _bring_back(self, now: datetime, *, all_of_them: bool = False) -> None:
        for place in self.places:
            since, until = self._until.get(place.id, (now, now))
            if place.id in self._until and (all_of_them or until <= now):
                place.come_back()
                del self._until[place.id]
                self.absences.append((place.id, since, now))

    def _damage(self, repository: Repository, now: datetime) -> None:
        whole = [one for one in _spared(repository, self._open) if len(self.places) > 1]
        here = [place for place in self.places if not place.is_cut_off]
        if not whole or not here:
            return
        place = self.rng.choice(here)
        summary = self.rng.choice(whole)
        keys = place.files(repository.locations.object_root(summary.id))
        if not keys:
            return
        way = self.rng.choice(WAYS)
        chosen = [self.rng.choice(keys), self.rng.choice(keys)]
        injury = Injury(now, (summary.id, place.id), way)
        # On record before it is done: a check may be faster than we are.
        self._open[injury.copy] = injury
        self.injuries.append(injury)
        if place.damage(way, chosen, self.rng):
            self.deeds[way] += 1
        else:
            self.injuries.remove(injury)
            del self._open[injury.copy]

    def _empty(self, repository: Repository, now: datetime) -> None:
        """Only where every other copy of everything is whole."""
        if self._open or any(place.is_cut_off for place in self.places):
            return
        place = self.rng.choice(self.places)
        held = [one.aip for one in repository.catalogue.copies_on(place.id, limit=100_000) if one.version]
        others = {copy.replica for aip in held for copy in repository.catalogue.copies(aip) if _is_bad(copy.state)}
        if others - {place.id}:
            return
        for aip in held:
            injury = Injury(now, (aip, place.id), "emptied")
            self._open[injury.copy] = injury
            self.injuries.append(injury)
        place.empty()
        self.deeds["emptied"] += 1

    def _note_mended(self, repository: Repository, reader: Reader) -> None:
        """An injury is over when it was found, and a later check says that the copy is intact."""
        for copy, injury in list(self._open.items()):
            found = reader.found_since(copy, injury.time)
            state = next((one for one in repository.catalogue.copies(copy[0]) if one.replica == copy[1]), None)
            if found is not None and state is not None and state.state is CopyState.INTACT:
                del self._open[copy]


def _spared(repository: Repository, open_ones: dict[Copy, Injury]) -> Iterator[AIPSummary]:
    """AIPs of which no copy is hurt, being brought, or in doubt."""
    hurt = {aip for aip, _ in open_ones}
    replicas = len(repository.replicas.records)
    for summary in repository.catalogue.aips(limit=100_000):
        if summary.id not in hurt and summary.copies >= replicas:
            yield summary


def _is_bad(state: CopyState) -> bool:
    return state is not CopyState.INTACT
