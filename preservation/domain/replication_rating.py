"""What others' rules say of our copies: the NDSA Levels of Digital Preservation (v2.0, 2019), and Circular 05/2025/TT-BNV.

A level is what the holdings reach as they are, told by the AIP that is worst off. What only people can do (document media,
plan for their obsolescence, keep write-blockers) no program can rate; what is rated is what we can see.
"""

from collections.abc import Collection as Sized
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from preservation.domain.replication_policy import Place

# Circular 05/2025: articles 27 (sets) and 29 to 31 (checks, replacement of media).
SETS = 2
CHECKED_WITHIN = timedelta(days=3 * 365)
REPLACED_BEFORE = timedelta(days=365)


def storage_level(places: Sized[Place]) -> int:
    """NDSA "Storage and geographic location" for an AIP with a copy in each of these places, 0 to 4.

    1: two copies. 2: three, one of them in another region. 3: at least two regions and two kinds of media (the age of media is
    always followed, `Place.media_end`). 4: three regions, two kinds of media, two organisations.
    """
    regions = len({one.region for one in places})
    media = len({one.medium for one in places})
    level = 0
    if len(places) >= 2:
        level = 1
    if len(places) >= 3 and regions >= 2:
        level = 2
        if media >= 2:
            level = 3
            if regions >= 3 and len({one.organisation for one in places}) >= 2:
                level = 4
    return level


def integrity_level(*, copies: int, overdue: int, damaged: int, is_repairing: bool) -> int:
    """NDSA "Integrity" for the holdings, 0 to 4.

    Digests are made at ingest and checked whenever something is copied (1, 2: the digests lie on every replica). 3: every copy
    was checked within the window. 4: and what is found damaged is made right.
    """
    if copies == 0:
        return 0
    if overdue:
        return 2
    return 4 if is_repairing and not damaged else 3


@dataclass(frozen=True, slots=True)
class MediumAge:
    """When a replica's medium reaches its age, and by when it has to be replaced; None where its provider sees to that."""

    replica: str
    ends: date | None
    replace_by: date | None

    def is_due(self, today: date) -> bool:
        """Whether it should have been replaced."""
        return self.replace_by is not None and today >= self.replace_by


def medium_age(name: str, place: Place, added: date) -> MediumAge:
    """A replica's, by name."""
    ends = place.media_end(added)
    return MediumAge(name, ends, None if ends is None else ends - REPLACED_BEFORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circular:
    """What Circular 05/2025/TT-BNV asks of the copies, each with whether it is so.

    `sets`: every AIP is there in two sets at least, each on a medium of its own. `media`: no medium is within a year of its
    end. `checked`: every copy was checked within three years.
    """

    sets: bool
    media: bool
    checked: bool

    @property
    def is_kept(self) -> bool:
        return self.sets and self.media and self.checked


def circular_05_2025(
    fewest_copies: int, ages: Sequence[MediumAge], oldest: Mapping[str, datetime | None], now: datetime
) -> Circular:
    """`fewest_copies`: intact ones of the AIP that has fewest. `oldest`: of each replica with copies, when the copy that was
    checked longest ago was; None where one never was.
    """
    return Circular(
        sets=fewest_copies >= SETS,
        media=not any(one.is_due(now.date()) for one in ages),
        checked=all(when is not None and now - when <= CHECKED_WITHIN for when in oldest.values()),
    )
