"""Lists of transfers on SQLite: what a page costs does not depend on how many transfers of others there are."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import urn
from tests.contracts.catalogue_deposits import a_deposit, a_transfer
from tests.sqlite_steps import steps_of


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    url = f"sqlite:///{tmp_path}/lists.db"
    upgrade(url)
    opened = open_catalogue(url)
    yield opened
    opened.close()


def fill(catalogue: Catalogue, numbers: range, *, collection: int, account: int) -> None:
    with catalogue.begin() as tx:
        for number in numbers:
            tx.save_transfer(a_transfer(number, collection=collection))
            tx.save_deposit(a_deposit(number, account=account))


def test_a_page_costs_what_it_shows(catalogue: Catalogue) -> None:
    looks: dict[str, Callable[[], Sequence[object]]] = {
        "all": lambda: catalogue.transfers_page(limit=10),
        "of a collection": lambda: catalogue.transfers_page(collections=[urn(900)], limit=10),
        "of collections": lambda: catalogue.transfers_page(collections=[urn(900), urn(901), urn(902)], limit=10),
        "of a producer": lambda: catalogue.transfers_page(account=urn(500), limit=10),
        "of a producer in a collection": lambda: catalogue.transfers_page(
            account=urn(500), collections=[urn(900)], limit=10
        ),
    }
    fill(catalogue, range(1000, 1020), collection=900, account=500)
    fill(catalogue, range(1020, 1200), collection=950, account=550)
    few = {name: steps_of(catalogue, look) for name, look in looks.items()}
    fill(catalogue, range(1200, 5000), collection=950, account=550)
    many = {name: steps_of(catalogue, look) for name, look in looks.items()}

    assert all(len(look()) == 10 for look in looks.values())
    assert {name: (few[name], count) for name, count in many.items() if count > 1.2 * few[name] + 2} == {}
