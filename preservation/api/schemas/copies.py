"""Copies against the replication policy."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from preservation.api.schemas.shape import EXAMPLE_TIME, EXAMPLE_URN, URN, Shape, example

_GROUP: dict[str, Any] = {"collection": EXAMPLE_URN, "replicas": [EXAMPLE_URN], "aips": 12, "short": {"copies": 1}}
_MEDIUM: dict[str, Any] = {"replica": "a", "ends": "2031-11-22", "replace_by": "2030-11-22"}
_CIRCULAR: dict[str, Any] = {"sets": True, "media": True, "checked": True}
_REPORT: dict[str, Any] = {
    "name": "c",
    "state": "away",
    "presence": "offline",
    "away_since": EXAMPLE_TIME,
    "due": EXAMPLE_TIME,
    "late": False,
    "bring_aips": 12,
    "bring_bytes": 1_048_576,
    "check_copies": 3,
    "check_bytes": 65_536,
    "seconds": 1,
    "seconds_guessed": True,
    "repairs_today": 0,
    "most_repairs": 50,
    "media_ends": "2031-11-22",
    "replace_by": "2030-11-22",
    "drift_unknown": 0,
    "drift_absent": 0,
}
_RATE: dict[str, Any] = {
    "replica": "a",
    "faults": 1,
    "copy_years": 12_000.5,
    "rate": 0.000125,
    "rate_upper": 0.000395,
    "mean_detect_s": 2_592_000.0,
    "mean_mend_s": 60.0,
}
_Short = Field(description="What is short, by the policy's words.", examples=[{"copies": 1}])


class BelowGroup(Shape):
    """AIPs of a collection that are held by the same replicas, and short of the same."""

    model_config = example(**_GROUP)

    collection: URN
    replicas: list[URN]
    aips: int
    short: dict[str, int] = _Short


class MediumAge(Shape):
    """When a replica's medium reaches its age; null where its provider sees to that."""

    model_config = example(**_MEDIUM)

    replica: str
    ends: date | None
    replace_by: date | None


class Circular(Shape):
    """What Circular 05/2025/TT-BNV asks: two sets on media of their own, media replaced in time, all checked in three years."""

    model_config = example(**_CIRCULAR)

    sets: bool
    media: bool
    checked: bool


class CopiesStanding(Shape):
    """How far all copies are from the replication policy."""

    model_config = example(
        counted=EXAMPLE_TIME,
        aips=1200,
        below=12,
        groups=[_GROUP],
        storage_level=3,
        integrity_level=4,
        circular=_CIRCULAR,
        media=[_MEDIUM],
    )

    counted: datetime | None = Field(description="When; null before the first count.")
    aips: int
    below: int = Field(description="AIPs that are short of anything.")
    groups: list[BelowGroup] = Field(description="Of the collections that the asker may read, the most AIPs first.")
    storage_level: int = Field(ge=0, le=4, description="NDSA level of the AIP that is worst off.")
    integrity_level: int = Field(ge=0, le=4, description="NDSA level of the holdings.")
    circular: Circular | None
    media: list[MediumAge]


class AIPStanding(Shape):
    """One AIP against the policy of its collection, as it is now."""

    model_config = example(demands={"copies": 3}, short={"copies": 1}, bring_to=["c"], remaining={})

    demands: dict[str, int]
    short: dict[str, int] = _Short
    bring_to: list[str] = Field(description="Replicas that are to get a copy, by name, in this order.")
    remaining: dict[str, int] = Field(description="What is short even then: it takes another place.")


class ReplicaReport(Shape):
    """What one replica lacks and what is due on it."""

    model_config = example(**_REPORT)

    name: str
    state: str
    presence: str
    away_since: datetime | None
    due: datetime | None = Field(description="When an offline replica should be here again.")
    late: bool
    bring_aips: int
    bring_bytes: int
    check_copies: int
    check_bytes: int
    seconds: int = Field(description="For all of it, about.")
    seconds_guessed: bool = Field(description="No rate was measured or stated yet.")
    repairs_today: int
    most_repairs: int = Field(description="Beyond which repairs are held until somebody has looked.")
    media_ends: date | None
    replace_by: date | None
    drift_unknown: int | None
    drift_absent: int | None


class ReplicaRate(Shape):
    """Faults of one replica's copies, a copy-year."""

    model_config = example(**_RATE)

    replica: str
    faults: int
    copy_years: float
    rate: float | None
    rate_upper: float | None = Field(description="With 95 % certainty it is below this.")
    mean_detect_s: float | None = Field(description="Seconds until a fault was found, at most, on average.")
    mean_mend_s: float | None


class MediumRate(Shape):
    """Faults of all copies on one kind of medium together, a copy-year."""

    model_config = example(medium="disk", faults=1, rate=0.000125, rate_upper=0.000395)

    medium: str
    faults: int
    rate: float | None
    rate_upper: float | None


class LossModel(Shape):
    """A model, and no promise."""

    model_config = example(
        is_model=True,
        years=10,
        expected_a_year=0.0001,
        expected_a_year_upper=0.0004,
        chance=0.001,
        chance_upper=0.004,
        common_share=0.05,
        check_years=0.246407,
        repair_years=0.000002,
        is_rough=False,
        without_copy=0,
        media=[{"medium": "disk", "faults": 1, "rate": 0.000125, "rate_upper": 0.000395}],
        replicas=[_RATE],
    )

    is_model: bool
    years: int
    expected_a_year: float | None = Field(description="AIPs; null where too little is known.")
    expected_a_year_upper: float | None
    chance: float | None = Field(description="Of losing any AIP within the years.")
    chance_upper: float | None
    common_share: float = Field(description="The share of faults that is taken to strike all copies at once.")
    check_years: float
    repair_years: float
    is_rough: bool = Field(description="Too few copy-years, or too many faults, for the formula.")
    without_copy: int
    media: list[MediumRate]
    replicas: list[ReplicaRate]
