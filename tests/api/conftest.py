"""One home and one server for all tests of a process that change nothing others look at."""

from collections.abc import Iterator

import pytest

from tests.api.api_server import ApiServer, Holdings, make_holdings, serve


@pytest.fixture(scope="session")
def holdings(tmp_path_factory: pytest.TempPathFactory) -> Holdings:
    return make_holdings(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="session")
def api(holdings: Holdings) -> Iterator[ApiServer]:
    with serve(holdings) as running:
        yield running
