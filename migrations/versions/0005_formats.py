"""What preservation planning keeps: examinations, identifications that came later, plans of migration.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    _migrations()
    # Of what was migrated: the path of the file that it derives from.
    op.add_column("file", sa.Column("source", TEXT, nullable=True))
    _examinations()


def _examinations() -> None:
    """What was found out about files, and counts of what is held."""
    op.create_table(
        "examination",
        sa.Column("aip_key", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("validity", TEXT, nullable=False),
        sa.Column("was_sound", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("aip_key", "ordinal", name=op.f("pk_examination")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_examination_invalid",
        "examination",
        ["aip_key", "ordinal"],
        unique=False,
        sqlite_where=sa.text("validity = 'invalid'"),
        postgresql_where=sa.text("validity = 'invalid'"),
    )
    op.create_table(
        "examination_text",
        sa.Column("aip_key", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("aip_key", "number", name=op.f("pk_examination_text")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "virus_scan",
        sa.Column("aip_key", KEY, nullable=False, autoincrement=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("scanner", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("aip_key", name=op.f("pk_virus_scan")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "infection",
        sa.Column("aip_key", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("aip_key", "ordinal", name=op.f("pk_infection")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "aip_count",
        sa.Column("aip_key", KEY, nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("format_key", KEY, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("validity", TEXT, nullable=False),
        sa.Column("modified", sa.Integer(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("aip_key", "added", "format_key", "kind", "validity", "modified"), name=op.f("pk_aip_count")
        ),
        sqlite_with_rowid=False,
    )
    seconds = "(modified / 1000000000)"
    year = (
        f"extract(year FROM to_timestamp({seconds}) AT TIME ZONE 'UTC')"
        if op.get_bind().dialect.name == "postgresql"
        else f"strftime('%Y', {seconds}, 'unixepoch')"
    )
    # What is held already was never examined.
    fill = (
        "INSERT INTO aip_count (aip_key, added, format_key, kind, validity, modified, files, bytes)"  # noqa: S608
        f" SELECT aip_key, added, coalesce(format_key, 0), '', '', coalesce(CAST({year} AS INTEGER), 0), count(*), sum(size)"
        " FROM file WHERE removed IS NULL AND original_path IS NOT NULL GROUP BY aip_key, added, coalesce(format_key, 0),"
        f" coalesce(CAST({year} AS INTEGER), 0)"
    )
    op.get_bind().exec_driver_sql(fill)


def _migrations() -> None:
    op.create_table(
        "migration_plan",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("definition", TEXT, nullable=False),
        sa.Column("found", TEXT, nullable=False),
        sa.Column("approved_by", TEXT, nullable=True),
        sa.Column("approved", sa.BigInteger(), nullable=True),
        sa.Column("standing", sa.Integer(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("done_aips", sa.BigInteger(), nullable=False),
        sa.Column("done_files", sa.BigInteger(), nullable=False),
        sa.Column("failed_files", sa.BigInteger(), nullable=False),
        sa.Column("left_files", sa.BigInteger(), nullable=False),
        sa.Column("done_bytes", sa.BigInteger(), nullable=False),
        sa.Column("result_bytes", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("day_files", sa.BigInteger(), nullable=False),
        sa.Column("day_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_plan")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_migration_plan_state_id"), "migration_plan", ["state", "id"], unique=False)
    op.create_table(
        "migration_item",
        sa.Column("plan", TEXT, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("aip", TEXT, nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("representation", TEXT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("left_alone", sa.BigInteger(), nullable=False),
        sa.Column("done_bytes", sa.BigInteger(), nullable=False),
        sa.Column("result_bytes", sa.BigInteger(), nullable=False),
        sa.Column("reasons", TEXT, nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("waits", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("plan", "ordinal", name=op.f("pk_migration_item")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_migration_item_aip"), "migration_item", ["aip"], unique=False)
    op.create_index(
        "ix_migration_item_open",
        "migration_item",
        ["plan", "ordinal"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'running')"),
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_table(
        "standing_approval",
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("plan", TEXT, nullable=False),
        sa.Column("approved_by", TEXT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_standing_approval")),
        sqlite_with_rowid=False,
    )
