"""The loss model computes what its formula says, and its quantiles agree with published tables."""

import math

import pytest

from preservation.domain.chi_square import chi_square_quantile, regularised_gamma
from preservation.domain.loss_model import FaultRate, common_share, loss_model, loss_rate, pooled
from preservation.domain.replication_gap import Combination
from preservation.domain.replication_policy import Medium, Place

HERE, THERE = Place(region="north"), Place(medium=Medium.TAPE, region="south", organisation="they", locked=True)


@pytest.mark.parametrize(
    ("probability", "degrees", "value"),
    [
        # NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4.
        (0.95, 1, 3.841),
        (0.95, 2, 5.991),
        (0.95, 4, 9.488),
        (0.95, 10, 18.307),
        (0.95, 20, 31.410),
        (0.95, 100, 124.342),
        (0.99, 5, 15.086),
        (0.05, 10, 3.940),
        (0.01, 100, 70.065),
    ],
)
def test_quantiles_are_those_of_the_tables(probability: float, degrees: int, value: float) -> None:
    assert round(chi_square_quantile(probability, degrees), 3) == value


def test_two_degrees_of_freedom_are_an_exponential() -> None:
    for probability in (0.001, 0.5, 0.95, 0.999_999):
        assert math.isclose(chi_square_quantile(probability, 2), -2 * math.log1p(-probability), rel_tol=1e-10)


@pytest.mark.parametrize("degrees", [1, 7, 201, 20_002, 2_000_002])
def test_a_quantile_leaves_its_probability_below_it(degrees: int) -> None:
    quantile = chi_square_quantile(0.95, degrees)

    assert math.isclose(regularised_gamma(degrees / 2, quantile / 2), 0.95, abs_tol=1e-8)
    # Wilson and Hilferty's approximation is within a thousandth where there are many degrees.
    if degrees > 100:
        share = 2 / (9 * degrees)
        assert math.isclose(quantile, degrees * (1 - share + 1.644854 * math.sqrt(share)) ** 3, rel_tol=1e-3)


def test_what_is_no_probability_has_no_quantile() -> None:
    for probability, degrees in ((0.0, 2), (1.0, 2), (0.5, 0)):
        with pytest.raises(ValueError, match="quantile"):
            chi_square_quantile(probability, degrees)


def test_no_fault_in_a_hundred_copy_years_is_at_most_three_in_a_hundred() -> None:
    rate = FaultRate(0, 100)

    assert rate.point == 0.005
    assert rate.upper is not None
    assert round(rate.upper, 5) == 0.02996
    assert FaultRate(0, 0).point is None
    assert pooled({"a": FaultRate(1, 10), "b": FaultRate(2, 5)}, {"a", "b"}) == FaultRate(3, 15)


def test_three_staggered_copies_are_lost_two_thirds_as_often_as_if_checked_at_one_moment() -> None:
    rate = loss_rate([0.03] * 3, check_years=2, repair_years=0, common=0)

    assert math.isclose(rate, 2 / 3 * 0.03**3 * 2**2)


def test_common_causes_outweigh_all_else_for_three_copies() -> None:
    alone = loss_rate([0.01] * 3, check_years=0.25, repair_years=0.01, common=0)
    common = loss_rate([0.01] * 3, check_years=0.25, repair_years=0.01, common=0.05)

    assert common > 100 * alone
    assert math.isclose(common, 0.05 * 0.01, rel_tol=1e-2)


def test_one_copy_is_lost_with_its_first_fault_and_none_is_lost_already() -> None:
    assert loss_rate([0.2], check_years=1, repair_years=0, common=0.1) == 0.2
    assert loss_rate([], check_years=1, repair_years=0, common=0.1) == math.inf


def test_what_copies_have_in_common_is_from_one_to_ten_percent() -> None:
    assert round(common_share([HERE, HERE]), 6) == 0.10
    assert round(common_share([HERE, THERE]), 6) == 0.01


def test_the_model_adds_up_what_every_combination_risks() -> None:
    rates = {"a": FaultRate(2, 1000.0), "b": FaultRate(0, 1000.0)}
    combinations = [Combination("c", frozenset({"a", "b"}), 1000), Combination("c", frozenset(), 3)]

    model = loss_model(combinations, {"a": HERE, "b": THERE}, rates, check_years=0.25, repair_years=0.0, years=10)

    each = 0.0025 * 0.0005 * 0.99**2 * 0.25 + 0.01 * 0.0015
    assert model.expected is not None
    assert math.isclose(model.expected, 1000 * each)
    assert model.expected_upper is not None
    assert model.expected_upper > model.expected
    assert model.chance is not None
    assert math.isclose(model.chance, 1 - math.exp(-10 * model.expected))
    assert (model.without_copy, model.is_rough) == (3, False)
    assert model.media == {"disk": FaultRate(2, 1000.0), "tape": FaultRate(0, 1000.0)}


def test_the_model_says_nothing_where_nothing_is_known_and_that_it_is_rough_where_faults_are_many() -> None:
    held = [Combination("c", frozenset({"a"}), 1)]

    unknown = loss_model(held, {"a": HERE}, {}, check_years=0.25, repair_years=0, years=10)
    many = loss_model(held, {"a": HERE}, {"a": FaultRate(5, 1.0)}, check_years=0.25, repair_years=0, years=10)

    assert (unknown.expected, unknown.chance, unknown.chance_upper) == (None, None, None)
    assert many.is_rough
