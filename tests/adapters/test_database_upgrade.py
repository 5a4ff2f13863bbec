"""Migrations and tables say the same, wherever the program is installed."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from preservation.adapters.database import tables_formats, tables_service  # noqa: F401 - makes their tables known
from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.columns import instant
from preservation.adapters.database.engine import open_engine, writer
from preservation.adapters.database.schema import REVISION, is_current
from preservation.adapters.database.tables import Row
from preservation.adapters.database.upgrade import upgrade
from preservation.domain.holdings import CopyRecord, CopyState
from preservation.errors import Unavailable, WrongUse
from tests.adapters.database_schema import described, differences
from tests.adapters.test_catalogue_postgresql import plain
from tests.postgresql_server import empty_postgresql_url, postgresql_server

__all__ = ["empty_postgresql_url", "postgresql_server"]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/catalogue.db"


def assert_tables_and_migrations_agree(migrated_url: str, created_url: str) -> None:
    upgrade(migrated_url)
    migrated, created = open_engine(migrated_url), open_engine(created_url, create=True)
    with writer(created).begin() as connection:
        Row.metadata.create_all(connection)

    with migrated.connect() as connection, created.connect() as other:
        assert differences(connection) == []
        assert described(connection) == described(other)
        assert len(described(connection)) > 20
    migrated.dispose()
    created.dispose()


def test_tables_and_migrations_agree_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    assert_tables_and_migrations_agree(sqlite_url, f"sqlite:///{tmp_path}/created.db")


@pytest.mark.postgresql
def test_tables_and_migrations_agree_on_postgresql(postgresql_server: Callable[[str | None], str]) -> None:
    assert_tables_and_migrations_agree(postgresql_server(None), postgresql_server(None))


def test_a_schema_is_current_once_upgraded_and_stays_so(sqlite_url: str) -> None:
    with pytest.raises(Unavailable):
        is_current(sqlite_url)
    open_engine(sqlite_url, create=True).connect().close()
    assert not is_current(sqlite_url)

    upgrade(sqlite_url)
    assert is_current(sqlite_url)
    upgrade(sqlite_url)
    assert is_current(sqlite_url)


@pytest.mark.postgresql
def test_two_upgrades_at_once_do_the_work_once(empty_postgresql_url: str) -> None:
    assert not is_current(empty_postgresql_url)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(upgrade, empty_postgresql_url) for _ in range(2)]:
            future.result()
    assert is_current(empty_postgresql_url)


@pytest.mark.postgresql
def test_a_database_that_is_not_in_utf8_is_wrong_use(empty_postgresql_url: str) -> None:
    with psycopg.connect(plain(empty_postgresql_url), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    latin_url = make_url(empty_postgresql_url).set(database="latin").render_as_string(hide_password=False)

    with pytest.raises(WrongUse):
        upgrade(latin_url)


def test_an_installed_package_finds_its_migrations(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for package in ("preservation", "migrations"):
        shutil.copytree(ROOT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from preservation.adapters.database import schema\n"
        "assert schema.__file__.startswith(sys.argv[1])\n"
        "schema.make(sys.argv[2]); print(schema.is_current(sys.argv[2]))"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-c", program, str(site), f"sqlite:///{tmp_path}/x.db"],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("True", 0), done.stderr


def test_alembic_by_hand_agrees(tmp_path: Path) -> None:
    for arguments in (["upgrade", "head"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "alembic", "-x", f"url=sqlite:///{tmp_path}/x.db", *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_the_revision_that_commands_ask_for_is_the_newest_migration() -> None:
    folder = Path(__file__).parents[2] / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))

    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_copies_of_an_older_schema_are_kept_and_wait_to_be_planned(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, create=True)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    with writer(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    with writer(engine).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO copy (aip, replica, version, state, written, checked) VALUES ('a', 'r', 1, 'intact', 5, 6)"
        )
    before = is_current(sqlite_url)

    upgrade(sqlite_url)

    assert not before
    assert is_current(sqlite_url)
    with closing(open_catalogue(sqlite_url)) as catalogue:
        (found,) = catalogue.fixity_plan_table().unplanned("r")
        assert found == (CopyRecord("a", "r", 1, CopyState.INTACT, instant(5), instant(6), None), "")
    engine.dispose()
