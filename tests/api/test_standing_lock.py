"""The lock on the home that an API process keeps for months, although the database's server is restarted under it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from preservation.bootstrap.locking import HOME, repository_locks
from preservation.bootstrap.standing_lock import standing_lock
from preservation.ports import Locks
from preservation.settings import Settings, read_settings
from tests.postgresql_server import postgresql_server, postgresql_url
from tests.workers.kit import eventually

__all__ = ["postgresql_server", "postgresql_url"]
pytestmark = pytest.mark.postgresql

BRIEFLY = 0.1


@pytest.fixture
def settings(tmp_path: Path, postgresql_url: str) -> Settings:
    return read_settings(tmp_path, {**os.environ, "PRESERVATION_DATABASE_URL": postgresql_url})


@pytest.fixture
def locks(settings: Settings) -> Iterator[Locks]:
    with repository_locks(settings) as found:
        yield found


def end_all_sessions(settings: Settings) -> None:
    """What a restart of the server does to its clients."""
    with psycopg.connect(settings.database_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def is_held(settings: Settings) -> Callable[[], bool]:
    """Whether somebody shares it, as the server tells: who tried to take it would be in the way of whoever is about to."""

    def look() -> bool:
        with psycopg.connect(settings.database_url.replace("+psycopg", "", 1), autocommit=True) as connection:
            rows = connection.execute(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            return rows.fetchone() is not None

    return look


def test_the_home_is_held_again_after_the_server_ended_every_session(settings: Settings, locks: Locks) -> None:
    given_up = threading.Event()

    with standing_lock(settings, locks, given_up.set, seconds=BRIEFLY):
        eventually(is_held(settings), "the home is held")
        end_all_sessions(settings)
        time.sleep(2 * BRIEFLY)
        eventually(is_held(settings), "the home is held")
    assert not given_up.is_set()
    assert not is_held(settings)()


def test_a_process_that_finds_the_home_taken_by_somebody_alone_gives_up(settings: Settings, locks: Locks) -> None:
    given_up = threading.Event()

    with locks.hold(HOME, seconds=1), standing_lock(settings, locks, given_up.set, seconds=BRIEFLY):
        assert given_up.wait(30)


def test_a_process_that_finds_another_schema_gives_up(settings: Settings, locks: Locks) -> None:
    given_up = threading.Event()
    with psycopg.connect(settings.database_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with standing_lock(settings, locks, given_up.set, seconds=BRIEFLY):
        assert given_up.wait(30)
