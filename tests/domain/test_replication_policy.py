"""The replication policy decides the same for everybody who asks: rules by collection, gaps, plans, ratings."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.domain.holdings import Collection
from preservation.domain.quiet_hours import quiet_hours
from preservation.domain.replication_gap import Combination, Gap, below_policy, fallen, gap_of, plan
from preservation.domain.replication_policy import (
    Medium,
    Place,
    Presence,
    RepairLimits,
    ReplicationPolicy,
    Rule,
)
from preservation.domain.replication_rating import (
    circular_05_2025,
    integrity_level,
    medium_age,
    storage_level,
)

HERE = Place(region="Hà Nội", organisation="Kho A")
BUCKET = Place(medium=Medium.OBJECT_STORE, region="Đà Lạt", organisation="Kho B")
TAPE = Place(medium=Medium.TAPE, region="Huế", organisation="Kho A", presence=Presence.OFFLINE)
STRICT = Rule(copies=3, media=2, regions=2, organisations=2, offline_or_locked=1)

places = st.builds(
    Place,
    medium=st.sampled_from(Medium),
    region=st.sampled_from(["", "north", "south"]),
    organisation=st.sampled_from(["", "we", "they"]),
    presence=st.sampled_from(Presence),
    locked=st.booleans(),
)
rules = st.builds(
    Rule,
    copies=st.integers(1, 5),
    media=st.integers(1, 4),
    regions=st.integers(1, 4),
    organisations=st.integers(1, 4),
    offline_or_locked=st.integers(0, 3),
)


def tree(*codes: str) -> dict[str, Collection]:
    """Collections, each below the one before."""
    made = [
        Collection(f"id-{code}", code, code, f"id-{codes[at - 1]}" if at else None) for at, code in enumerate(codes)
    ]
    return {one.id: one for one in made}


def test_a_collection_inherits_what_its_own_section_does_not_say() -> None:
    policy = ReplicationPolicy(
        rule=Rule(copies=2, regions=1), collections={"H49": {"copies": 4}, "H49.64": {"regions": 3}}
    )
    known = tree("H49", "H49.64", "H49.64.1")

    assert policy.rule_for("id-H49", known) == Rule(copies=4)
    assert policy.rule_for("id-H49.64.1", known) == Rule(copies=4, regions=3)
    assert policy.rule_for("unknown", known) == Rule(copies=2)


def test_a_ring_of_collections_does_not_hold_anybody_up() -> None:
    ring = {"a": Collection("a", "A", "A", "b"), "b": Collection("b", "B", "B", "a")}

    assert ReplicationPolicy(collections={"B": {"copies": 5}}).rule_for("a", ring).copies == 5


def test_a_gap_counts_what_is_short_of_each_number() -> None:
    gap = gap_of(STRICT, [HERE, HERE])

    assert gap == Gap(copies=1, media=1, regions=1, organisations=1, offline_or_locked=1)
    assert gap_of(STRICT, [HERE, BUCKET, TAPE]) == Gap()


def test_a_locked_place_is_as_good_as_one_that_is_offline() -> None:
    assert not gap_of(Rule(copies=1, offline_or_locked=1), [Place(locked=True)]).is_open


def test_a_plan_takes_the_place_that_brings_most_and_says_what_no_place_brings() -> None:
    made = plan(STRICT, {"a": HERE}, {"b": HERE, "c": BUCKET, "d": TAPE})

    assert made.replicas == ["d", "c"]
    assert not made.remaining.is_open
    assert plan(STRICT, {"a": HERE}, {"b": HERE}).remaining.copies == 1


@given(rules, st.dictionaries(st.sampled_from("abcdef"), places), st.dictionaries(st.sampled_from("uvwxyz"), places))
def test_a_plan_is_the_same_each_time_and_its_gap_is_the_one_that_is_left(
    rule: Rule, held: dict[str, Place], others: dict[str, Place]
) -> None:
    made = plan(rule, held, others)

    assert made == plan(rule, dict(reversed(held.items())), dict(reversed(others.items())))
    after = gap_of(rule, [*held.values(), *(others[one] for one in made.replicas)])
    assert made.remaining == after
    # Whatever is left short, no other place would have brought it.
    assert gap_of(rule, [*held.values(), *others.values()]) == after


def test_aips_are_below_policy_by_the_rule_of_their_own_collection() -> None:
    combinations = [
        Combination("one", frozenset({"a", "b"}), 100),
        Combination("two", frozenset({"a", "b"}), 10),
        Combination("two", frozenset({"a"}), 3),
    ]

    found = below_policy(combinations, {"two": Rule(copies=2, regions=2)}, Rule(), {"a": HERE, "b": HERE})

    assert [(one.collection, one.aips, one.gap.named()) for one in found] == [
        ("two", 10, {"regions": 1}),
        ("two", 3, {"copies": 1, "regions": 1}),
    ]


def test_a_copy_on_a_replica_that_is_not_counted_is_none() -> None:
    (found,) = below_policy([Combination("one", frozenset({"a", "gone"}), 1)], {}, Rule(), {"a": HERE})

    assert found.gap == Gap(copies=1)


def test_only_what_gets_worse_has_fallen() -> None:
    combinations = [Combination("one", frozenset({"a"}), 5), Combination("one", frozenset({"a", "b"}), 7)]
    known = {"a": HERE, "b": BUCKET}
    before = below_policy(combinations, {}, Rule(copies=2), known)

    assert [one.aips for one in fallen(before, below_policy(combinations, {}, Rule(copies=3), known))] == [7, 5]
    assert fallen(before, below_policy(combinations, {}, Rule(copies=1), known)) == []


@pytest.mark.parametrize(
    ("held", "level"),
    [
        ([HERE], 0),
        ([HERE, HERE], 1),
        ([HERE, HERE, HERE], 1),
        ([HERE, HERE, Place(region="Đà Lạt")], 2),
        ([HERE, HERE, BUCKET], 3),
        ([HERE, BUCKET, TAPE], 4),
        (
            [
                HERE,
                Place(medium=Medium.TAPE, region="Huế", organisation="Kho A"),
                Place(region="Vinh", organisation="Kho A"),
            ],
            3,
        ),
    ],
)
def test_storage_is_rated_by_the_ndsa_levels(held: list[Place], level: int) -> None:
    assert storage_level(held) == level


def test_the_default_rule_reaches_level_three_as_soon_as_a_second_place_is_given() -> None:
    policy = ReplicationPolicy(places={"c": BUCKET})
    three = [policy.place(name) for name in ("a", "b", "c")]

    assert storage_level(three) == 3
    assert not gap_of(policy.rule, three).is_open


def test_integrity_needs_checks_in_time_and_repairs() -> None:
    assert integrity_level(copies=5, overdue=0, damaged=0, is_repairing=True) == 4
    assert integrity_level(copies=5, overdue=0, damaged=1, is_repairing=True) == 3
    assert integrity_level(copies=5, overdue=1, damaged=0, is_repairing=True) == 2


def test_a_medium_is_to_be_replaced_a_year_before_its_end() -> None:
    place = Place(media_from=date(2026, 1, 1), media_life_years=5)
    age = medium_age("a", place, date(2020, 1, 1))

    assert (age.ends, age.replace_by) == (date(2031, 1, 1), date(2030, 1, 1))
    assert [age.is_due(date(2029, 12, 31)), age.is_due(date(2030, 1, 1))] == [False, True]
    assert medium_age("c", BUCKET, date(2020, 1, 1)).replace_by is None


def test_the_circular_asks_for_two_sets_young_media_and_a_check_in_three_years() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    young = medium_age("a", Place(), date(2026, 1, 1))
    old = medium_age("b", Place(), date(2020, 1, 1))

    assert circular_05_2025(2, [young], {"a": now - timedelta(days=1095)}, now).is_kept
    assert not circular_05_2025(1, [young], {"a": now}, now).sets
    assert not circular_05_2025(2, [young, old], {"a": now}, now).media
    assert not circular_05_2025(2, [young], {"a": now - timedelta(days=1096)}, now).checked
    assert not circular_05_2025(2, [young], {"a": None}, now).checked


def test_repairs_are_bounded_by_number_and_by_share_but_for_a_few() -> None:
    limits = RepairLimits(most_per_day=500, most_share_percent=10, always=50)

    assert [limits.most(copies) for copies in (3, 1000, 1_000_000)] == [50, 100, 500]


def test_quiet_hours_may_reach_across_midnight() -> None:
    night, noon = quiet_hours("22:00-06:00"), quiet_hours("11:00-13:30")
    assert night is not None
    assert noon is not None

    def at(hour: int, minute: int = 0) -> datetime:
        return datetime(2026, 11, 23, hour, minute, tzinfo=UTC)

    assert [night.has(at(hour)) for hour in (21, 22, 3, 6)] == [False, True, True, False]
    assert [noon.has(at(13, 29)), noon.has(at(13, 30))] == [True, False]
    assert str(night) == "22:00-06:00"
    assert [quiet_hours(text) for text in ("8-9", "24:00-01:00", "08:00-08:00", "08:00-09:00 ")] == [None] * 4
