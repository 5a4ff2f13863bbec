"""A model of how often AIPs are lost, from the faults that our own log has seen. A model, and no promise.

Each copy has faults at a rate λ a year, is checked every P years, and is repaired R later from another one. With checks evenly
staggered an AIP of r copies is lost at r!/r^(r-1) · λ^r · (P+R)^(r-1) a year; what strikes all copies at once (β of the faults)
adds βλ. λ is k faults in C copy-years: (k+1/2)/C at a point, and with 95 % certainty below χ²(0.95; 2k+2)/2C. Baker et al.
(EuroSys 2006) for the form; what it leaves out (people, software, money) is the most of what archives die of.
"""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from preservation.domain.chi_square import chi_square_quantile
from preservation.domain.replication_gap import Combination
from preservation.domain.replication_policy import Place

CERTAINTY = 0.95
# Where λ(P+R) is more than this, faults meet so often that the formula is too simple.
_ROUGH = 0.1
_ALWAYS, _ONE_REGION, _ONE_ORGANISATION, _ONE_MEDIUM, _ALL_IN_REACH = 0.01, 0.03, 0.03, 0.02, 0.01


@dataclass(frozen=True, slots=True)
class FaultRate:
    """Faults a copy-year: `faults` in `copy_years`, at a point and at the upper bound."""

    faults: int
    copy_years: float

    @property
    def point(self) -> float | None:
        """None where no copy was there for any time."""
        return None if self.copy_years <= 0 else (self.faults + 0.5) / self.copy_years

    @property
    def upper(self) -> float | None:
        if self.copy_years <= 0:
            return None
        return chi_square_quantile(CERTAINTY, 2 * self.faults + 2) / (2 * self.copy_years)


def common_share(places: Sequence[Place]) -> float:
    """β: the share of faults that strike all copies at once, from 1 % to 10 %, by what they have in common. A judgement."""
    share = _ALWAYS
    share += _ONE_REGION if len({one.region for one in places}) < 2 else 0
    share += _ONE_ORGANISATION if len({one.organisation for one in places}) < 2 else 0
    share += _ONE_MEDIUM if len({one.medium for one in places}) < 2 else 0
    return share + (0 if any(one.is_out_of_reach for one in places) else _ALL_IN_REACH)


def loss_rate(rates: Sequence[float], *, check_years: float, repair_years: float, common: float) -> float:
    """Losses a year of an AIP whose copies have these fault rates. One without copies is lost: infinite."""
    count = len(rates)
    if count == 0:
        return math.inf
    if count == 1:
        return rates[0]
    alone = math.prod((1 - common) * rate for rate in rates)
    staggered = math.factorial(count) / math.pow(count, count - 1) * math.pow(check_years + repair_years, count - 1)
    return alone * staggered + common * math.fsum(rates) / count


@dataclass(frozen=True, slots=True, kw_only=True)
class LossModel:
    """What the model says: losses expected a year among all AIPs, and the chance of any within `years`; at a point and upper.

    `media` are the rates of all replicas of a medium together. `expected` is None where nothing is known of some replica's
    faults. `common` is the largest β of any AIP. `is_rough`: too many faults, or too little known, for the formula.
    `without_copy`: AIPs that have no counted copy, which the model leaves out.
    """

    rates: Mapping[str, FaultRate]
    media: Mapping[str, FaultRate]
    check_years: float
    repair_years: float
    common: float
    years: int
    expected: float | None
    expected_upper: float | None
    is_rough: bool
    without_copy: int

    @property
    def chance(self) -> float | None:
        return None if self.expected is None else -math.expm1(-self.years * self.expected)

    @property
    def chance_upper(self) -> float | None:
        return None if self.expected_upper is None else -math.expm1(-self.years * self.expected_upper)


def loss_model(
    combinations: Sequence[Combination],
    places: Mapping[str, Place],
    rates: Mapping[str, FaultRate],
    *,
    check_years: float,
    repair_years: float,
    years: int,
) -> LossModel:
    """The model of everything that is held. `places` and `rates` are by replica id."""
    expected = upper = 0.0
    is_known, worst, common, without = True, 0.0, 0.0, 0
    for one in combinations:
        holders = sorted(one.replicas & places.keys())
        if not holders:
            without += one.aips
            continue
        share = common_share([places[replica] for replica in holders])
        common = max(common, share)
        points, bounds = _rates(holders, rates)
        if points is None or bounds is None:
            is_known = False
            continue
        expected += one.aips * loss_rate(points, check_years=check_years, repair_years=repair_years, common=share)
        upper += one.aips * loss_rate(bounds, check_years=check_years, repair_years=repair_years, common=share)
        worst = max(worst, *bounds)
    return LossModel(
        rates=rates,
        media={
            medium.value: pooled(rates, {one for one, place in places.items() if place.medium is medium})
            for medium in sorted({place.medium for place in places.values()})
        },
        check_years=check_years,
        repair_years=repair_years,
        common=common,
        years=years,
        expected=expected if is_known else None,
        expected_upper=upper if is_known else None,
        is_rough=worst * (check_years + repair_years) > _ROUGH,
        without_copy=without,
    )


def pooled(rates: Mapping[str, FaultRate], replicas: AbstractSet[str]) -> FaultRate:
    """The rate of several replicas together, such as all of one medium."""
    chosen = [one for replica, one in rates.items() if replica in replicas]
    return FaultRate(sum(one.faults for one in chosen), sum(one.copy_years for one in chosen))


def _rates(holders: Sequence[str], rates: Mapping[str, FaultRate]) -> tuple[list[float] | None, list[float] | None]:
    known = [rates[one] for one in holders if one in rates]
    points = [one.point for one in known if one.point is not None]
    bounds = [one.upper for one in known if one.upper is not None]
    is_whole = len(points) == len(holders) == len(bounds)
    return (points, bounds) if is_whole else (None, None)
