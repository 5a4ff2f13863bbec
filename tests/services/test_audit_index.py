"""An event's row and links repeat what its entry says. The entry is proved by the tree, and these are held against it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from preservation.domain.messages import render
from preservation.ports import Catalogue
from preservation.services.audit import verify
from preservation.services.audit_index import SUMS, altered_in_index, unplaced
from tests.ledger_kit import LedgerKit
from tests.service_kit import a_catalogue

EVENTS = 700


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with a_catalogue(tmp_path) as made:
        with made.begin() as tx:
            tx.append_events(LedgerKit().make(EVENTS))
        yield made


def tampered(folder: Path, *statements: str) -> list[str]:
    """What somebody with the database can do; the ids of all events in the order of their keys."""
    with sqlite3.connect(folder / "service.db") as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            assert database.execute(statement).rowcount > 0
        ids = [one for (one,) in database.execute("SELECT id FROM event ORDER BY key")]
    database.close()
    return ids


def test_an_untouched_index_is_right(catalogue: Catalogue) -> None:
    assert list(altered_in_index(catalogue.event_index())) == []
    assert unplaced(catalogue.event_index()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET outcome = 'failure' WHERE key = 9",
        "UPDATE event SET type = 'ingestion' WHERE key = 9",
        "UPDATE event SET time = time + 1 WHERE key = 9",
        "DELETE FROM event_object WHERE event_key = 9",
        "UPDATE event_object SET kind = 'file' WHERE event_key = 9",
        "INSERT INTO event_object (object_id, event_key, kind) VALUES ('urn:uuid:other', 9, 'aip')",
        "DELETE FROM event_agent WHERE event_key = 9",
        "UPDATE event_agent SET agent_id = 'somebody' WHERE event_key = 9",
    ],
)
def test_an_event_that_is_listed_otherwise_than_its_entry_says_is_named(
    statement: str, catalogue: Catalogue, tmp_path: Path
) -> None:
    ids = tampered(tmp_path, statement)

    assert list(altered_in_index(catalogue.event_index())) == [ids[8]]


def test_events_that_changed_their_links_with_each_other_are_named(catalogue: Catalogue, tmp_path: Path) -> None:
    ids = tampered(
        tmp_path,
        "UPDATE event_object SET object_id = 'x' WHERE event_key = 4",
        "INSERT INTO event_object (object_id, event_key, kind) VALUES ('y', 5, 'aip')",
    )

    assert list(altered_in_index(catalogue.event_index())) == [ids[3], ids[4]]
    assert EVENTS < SUMS


def test_an_event_that_no_longer_waits_for_its_place_is_named_and_the_audit_fails(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    ids = tampered(
        tmp_path, "DELETE FROM event_outbox WHERE event_key = 7", "DELETE FROM event_object WHERE event_key = 2"
    )

    report = verify(catalogue, [], LedgerKit().sequencer.trust)

    assert not report.ok
    assert [(one.code, one.values.get("event")) for one in report.problems if one.is_error] == [
        ("LEDGER-EVENT-UNPLACED", ids[6]),
        ("LEDGER-INDEX-ALTERED", ids[1]),
    ]
    assert all(ids[6] in render(one, "vi") for one in report.problems if one.code == "LEDGER-EVENT-UNPLACED")
