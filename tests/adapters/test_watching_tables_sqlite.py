"""Workers, figures and alarms on SQLite."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.domain.policies import Policies
from preservation.ports import Catalogue
from preservation.services.health import Health
from preservation.services.service_watch import ServiceWatch
from tests.contracts.watching_tables import WatchingContract
from tests.service_kit import SetClock


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    url = f"sqlite:///{tmp_path}/watched.db"
    upgrade(url)
    opened = open_catalogue(url)
    yield opened
    opened.close()


class TestWatchingTablesOnSQLite(WatchingContract):
    pass


def test_metrics_and_health_never_look_at_what_grows_with_the_holdings(catalogue: Catalogue) -> None:
    statements: list[str] = []

    @event.listens_for(catalogue._engine, "connect")  # type: ignore[attr-defined]
    def trace(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(statements.append)

    watch = ServiceWatch(catalogue=catalogue, clock=SetClock(), policies=Policies(), disks=list, away=dict)
    watch.refresh()
    counting = list(statements)
    statements.clear()
    watch.figures()
    watch.observed()
    Health(catalogue=catalogue, clock=SetClock(), policies=Policies(), away=dict, disks=list).look()

    grows = re.compile(r"\b(aip|aip_version|copy|file|transfer|event_object|event_agent|dublin_core)\b")
    asked = [statement for statement in statements if statement.startswith("SELECT")]
    assert sum(bool(grows.search(statement)) for statement in counting) >= 5
    assert len(asked) > 15
    assert [statement for statement in asked if grows.search(statement)] == []
