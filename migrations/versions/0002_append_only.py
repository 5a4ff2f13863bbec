"""Triggers that keep events, their places and the signed checkpoints from being changed, by whatever client.

Revision: 0002, after 0001.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Each table with the sets of columns that identify a row.
_APPEND_ONLY = {
    "event": (("key",), ("id",)),
    "event_object": (("object_id", "event_key", "kind"),),
    "event_agent": (("agent_id", "event_key"),),
    "ledger_sequence": (("sequence",), ("event_key",)),
    "checkpoint": (("key",),),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, identities in _APPEND_ONLY.items():
            _guard_sqlite(table, identities)
    else:
        _guard_postgresql()


def _guard_sqlite(table: str, identities: tuple[tuple[str, ...], ...]) -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {act} refused'); END"
        )
    # INSERT OR REPLACE removes the old row without a word to the trigger above, unless the client asks for recursive
    # triggers. So the insertion itself is refused wherever it would meet a row.
    for number, identity in enumerate(identities, 1):
        same = " AND ".join(f"{column} = NEW.{column}" for column in identity)
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - constants of this file alone
        op.execute(
            f"CREATE TRIGGER {table}_refuses_replace_{number} BEFORE INSERT ON {table} WHEN {exists} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: a row with this identity is there already'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation'; "
        "END $$"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        # Also for sessions that replay a replication stream, which ordinary triggers leave alone.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_refuses_change")
