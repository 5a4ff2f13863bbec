"""The tables.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# As the tables' own types render: a row number on SQLite, 64 bits on PostgreSQL; text ordered by code point on both.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")

IS_RARE = (
    "type NOT IN ('format identification', 'information package creation', 'ingestion', 'message digest calculation',"
    " 'replication', 'transfer', 'validation')"
)


def upgrade() -> None:
    op.create_table(
        "aip",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_aip")),
    )
    op.create_index(op.f("ix_aip_collection_id"), "aip", ["collection", "id"], unique=False)
    op.create_index(op.f("ix_aip_id"), "aip", ["id"], unique=True)
    op.create_table(
        "checkpoint",
        sa.Column("key", KEY, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "collection",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("parent", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "copy",
        sa.Column("aip", TEXT, nullable=False),
        sa.Column("replica", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=True),
        sa.Column("checked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("aip", "replica", name=op.f("pk_copy")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_id"), "event", ["id"], unique=True)
    op.create_index(op.f("ix_event_time"), "event", ["time"], unique=False)
    op.create_index(
        "ix_event_rare",
        "event",
        ["type", "key"],
        unique=False,
        sqlite_where=sa.text(IS_RARE),
        postgresql_where=sa.text(IS_RARE),
    )
    op.create_index(
        "ix_event_unsuccessful",
        "event",
        ["key"],
        unique=False,
        sqlite_where=sa.text("outcome <> 'success'"),
        postgresql_where=sa.text("outcome <> 'success'"),
    )
    op.create_table(
        "event_agent",
        sa.Column("agent_id", TEXT, nullable=False),
        sa.Column("event_key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "event_key", name=op.f("pk_event_agent")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_object",
        sa.Column("object_id", TEXT, nullable=False),
        sa.Column("event_key", KEY, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("object_id", "event_key", "kind", name=op.f("pk_event_object")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_outbox",
        sa.Column("event_key", KEY, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("event_key", name=op.f("pk_event_outbox")),
    )
    op.create_table(
        "event_text",
        sa.Column("event_key", KEY, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("event_key", name=op.f("pk_event_text")),
    )
    op.create_table(
        "file",
        sa.Column("aip_key", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=True),
        sa.Column("logical_path", TEXT, nullable=False),
        sa.Column("content_path", TEXT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha512", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("original_path", TEXT, nullable=True),
        sa.Column("modified", sa.BigInteger(), nullable=True),
        sa.Column("format_key", KEY, nullable=True),
        sa.PrimaryKeyConstraint("aip_key", "ordinal", name=op.f("pk_file")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fixity_batch",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_fixity_batch")),
        sa.UniqueConstraint("id", name=op.f("uq_fixity_batch_id")),
    )
    op.create_table(
        "fixity_line",
        sa.Column("batch_key", KEY, nullable=False),
        sa.Column("ordinal", KEY, nullable=False),
        sa.Column("aip", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replica", TEXT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("batch_key", "ordinal", name=op.f("pk_fixity_line")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "format",
        sa.Column("key", KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("puid", TEXT, nullable=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("mime", TEXT, nullable=False),
        sa.Column("basis", TEXT, nullable=False),
        sa.Column("engine", TEXT, nullable=False),
        sa.Column("engine_version", TEXT, nullable=False),
        sa.Column("signatures", TEXT, nullable=False),
        sa.Column("alternatives", TEXT, nullable=False),
        sa.Column("warning", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_format")),
        sa.UniqueConstraint("digest", name=op.f("uq_format_digest")),
    )
    op.create_table(
        "ledger_sequence",
        sa.Column("sequence", KEY, autoincrement=False, nullable=False),
        sa.Column("event_key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_ledger_sequence")),
    )
    op.create_index(op.f("ix_ledger_sequence_event_key"), "ledger_sequence", ["event_key"], unique=True)
    op.create_table(
        "replica",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replica")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transfer",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("package_type", TEXT, nullable=True),
        sa.Column("aip", TEXT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_transfer_status_id"), "transfer", ["status", "id"], unique=False)
    op.create_table(
        "aip_version",
        sa.Column("aip_key", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("inventory_digest", TEXT, nullable=False),
        sa.Column("inventory_prefix", sa.Integer(), nullable=False),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("transfer", TEXT, nullable=True),
        sa.Column("message", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["aip_key"], ["aip.key"], name=op.f("fk_aip_version_aip_key")),
        sa.PrimaryKeyConstraint("aip_key", "number", name=op.f("pk_aip_version")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_aip_version_inventory_prefix"), "aip_version", ["inventory_prefix"], unique=False)
    op.create_table(
        "dublin_core",
        sa.Column("aip_key", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("element", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("folded", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["aip_key"], ["aip.key"], name=op.f("fk_dublin_core_aip_key")),
        sa.PrimaryKeyConstraint("aip_key", "ordinal", name=op.f("pk_dublin_core")),
        sqlite_with_rowid=False,
    )
