"""A sample of the fault table of S3; `make s3-drill` runs all of it."""

from collections.abc import Iterator

import pytest

from tests.drills.s3_faults import Place, a_place, count_requests, strike
from tests.s3_fault_proxy import FAULTS, Fault
from tests.s3_servers import Servers, s3_servers

__all__ = ["s3_servers"]

pytestmark = [pytest.mark.s3, pytest.mark.slow]


@pytest.fixture(scope="module")
def place(s3_servers: Servers) -> Iterator[Place]:
    with a_place(s3_servers.server("moto")) as found:
        yield found


@pytest.fixture(scope="module")
def requests(place: Place) -> dict[int, int]:
    return {number: count_requests(place, number) for number in (1, 2)}


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.kind != "hang"], ids=lambda fault: fault.name)
@pytest.mark.parametrize("number", [1, 2])
def test_a_version_that_meets_a_fault_is_there_whole_or_not_at_all(
    place: Place, requests: dict[int, int], number: int, fault: Fault
) -> None:
    """Each fault at three requests: places that differ from fault to fault."""
    start = FAULTS.index(fault) + number
    wrong = [strike(place, number, at % requests[number], fault) for at in range(start, start + 51, 17)]

    assert wrong == [[], [], []]


def test_a_server_that_hangs_is_given_up_and_what_was_done_is_found(place: Place, requests: dict[int, int]) -> None:
    wrong = [strike(place, 1, requests[1] // 2, Fault("hang", is_applied=applied)) for applied in (False, True)]

    assert wrong == [[], []]
