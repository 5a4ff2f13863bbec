"""Counts of what is held: made by a migration for what was held before there were any, and the same as those made since."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.engine import open_engine, writer
from preservation.adapters.database.upgrade import upgrade
from preservation.domain.held_reports import Amounts, Grouping

ROOT = Path(__file__).parents[2]


def test_what_was_held_before_is_counted_by_the_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    engine = open_engine(url, create=True)
    with writer(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    with writer(engine).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO aip (key, id, collection, title, head, created) VALUES (1, 'a', 'c', '', 1, 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO aip_version (aip_key, number, created, inventory_digest, inventory_prefix, file_count, bytes, message)"
            " VALUES (1, 1, 1700000000000000, 'x', 0, 3, 60, '')"
        )
        for row in ((1, "a", 946_684_800_000_000_000), (2, "b", None), (3, None, None)):
            connection.exec_driver_sql(
                "INSERT INTO file (aip_key, ordinal, added, logical_path, content_path, size, sha512, sha256, original_path,"
                " modified) VALUES (1, ?, 1, 'p', '', 20, x'00', x'00', ?, ?)",
                row,
            )
    engine.dispose()

    upgrade(url)

    catalogue = open_catalogue(url)
    reports = catalogue.held_reports()
    assert reports.by(Grouping.MODIFIED, but="") == {"2000": Amounts(1, 20, 1), "": Amounts(1, 20, 1)}
    assert reports.by(Grouping.YEAR, but="") == {"2023": Amounts(2, 40, 1)}
    catalogue.close()
