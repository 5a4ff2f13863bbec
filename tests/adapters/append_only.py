"""What no client may do to the log, in SQL that both databases understand."""

from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import an_event

FORBIDDEN = [
    "UPDATE event SET outcome = 'success'",
    "UPDATE event SET entry = entry",
    "DELETE FROM event",
    "DELETE FROM event WHERE key = 1",
    "UPDATE event_object SET kind = 'x'",
    "DELETE FROM event_object",
    "UPDATE event_agent SET agent_id = 'x'",
    "DELETE FROM event_agent",
    "UPDATE ledger_sequence SET sequence = sequence + 100",
    "DELETE FROM ledger_sequence",
    "UPDATE checkpoint SET note = 'x'",
    "DELETE FROM checkpoint",
]


def a_full_log(catalogue: Catalogue) -> None:
    """At least one row in every table of the log."""
    with catalogue.begin() as transaction:
        transaction.append_events([an_event(1)])
        transaction.assign_sequence(0, [key for key, _entry in transaction.take_unsequenced(9)])
        transaction.save_checkpoint(1, b"r" * 32, "note")
