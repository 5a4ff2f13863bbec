"""Due times on SQLite."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.domain.fixity_schedule import AT_ONCE
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import NOON, urn
from tests.contracts.fixity_plan_table import A, FixityPlanContract, due_copy, save
from tests.sqlite_steps import steps_of


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    url = f"sqlite:///{tmp_path}/plan.db"
    upgrade(url)
    opened = open_catalogue(url)
    yield opened
    opened.close()


class TestFixityPlanOnSQLite(FixityPlanContract):
    pass


def test_looking_for_work_costs_the_same_however_many_copies_there_are(catalogue: Catalogue) -> None:
    table = catalogue.fixity_plan_table()
    looks = {
        "due": lambda: table.due(A, before=NOON + timedelta(days=1), limit=50),
        "waiting": lambda: table.waiting(A, before=NOON + timedelta(days=1), limit=50),
        "unplanned": lambda: table.unplanned(A),
        "neighbours": lambda: table.neighbours(urn(100), A, count=16),
        "hasten": lambda: table.hasten([(urn(100), A)], due=AT_ONCE, unless_checked_since=NOON),
        "copies on": lambda: catalogue.copies_on(A, after=urn(100), limit=50),
        "page": lambda: table.page(after=(urn(100), A), limit=50),
    }
    save(catalogue, *(due_copy(aip, aip) for aip in range(200)))
    few = {name: steps_of(catalogue, look) for name, look in looks.items()}
    save(catalogue, *(due_copy(aip, aip) for aip in range(200, 4000)))
    many = {name: steps_of(catalogue, look) for name, look in looks.items()}

    assert all(count > 0 for count in few.values())
    assert {name: count for name, count in many.items() if count > 1.2 * few[name] + 2} == {}
