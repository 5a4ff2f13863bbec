"""The service: jobs, deposits, people. A transfer knows who took it on.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

from preservation.adapters.database.text import chosen_words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("transfer", sa.Column("attempt", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("transfer", sa.Column("copies", sa.Integer(), nullable=True))
    op.create_table(
        "job",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("queue", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=True),
        sa.Column("parameters", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=True),
        sa.Column("created_by", TEXT, nullable=True),
        sa.Column("key", TEXT, nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("worker", TEXT, nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("heartbeat", sa.BigInteger(), nullable=True),
        sa.Column("started", sa.BigInteger(), nullable=True),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.Column("cancel_requested", sa.Integer(), nullable=False),
        sa.Column("progress", TEXT, nullable=False),
        sa.Column("result", TEXT, nullable=True),
        sa.Column("problem", TEXT, nullable=True),
        sa.Column("announced", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_job_state_finished_queue"), "job", ["state", "finished", "queue"], unique=False)
    op.create_index(
        "ix_job_open",
        "job",
        ["queue", "due", "id", "state"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index(
        "ix_job_key",
        "job",
        ["key"],
        unique=True,
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.create_index(
        "ix_job_subject",
        "job",
        ["subject"],
        unique=False,
        sqlite_where=sa.text("subject IS NOT NULL"),
        postgresql_where=sa.text("subject IS NOT NULL"),
    )
    op.create_table(
        "deposit",
        sa.Column("transfer", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=True),
        sa.Column("agreement", TEXT, nullable=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("name", TEXT, nullable=True),
        sa.Column("place", TEXT, nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", TEXT, nullable=True),
        sa.Column("title", TEXT, nullable=True),
        sa.Column("aip", TEXT, nullable=True),
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("submitted", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("report", TEXT, nullable=True),
        sa.Column("drop_name", TEXT, nullable=True),
        sa.Column("reported", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("transfer", name=op.f("pk_deposit")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_deposit_account_transfer"), "deposit", ["account", "transfer"], unique=False)
    op.create_index(
        "ix_deposit_drop",
        "deposit",
        ["drop_name", "reported"],
        unique=False,
        sqlite_where=sa.text("drop_name IS NOT NULL"),
        postgresql_where=sa.text("drop_name IS NOT NULL"),
    )
    op.create_table(
        "upload",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("transfer", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_upload_transfer"), "upload", ["transfer"], unique=False)
    op.create_index(op.f("ix_upload_expires"), "upload", ["expires"], unique=False)
    op.create_table(
        "answer",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("location", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("account", "key", name=op.f("pk_answer")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_answer_created"), "answer", ["created"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("display_name", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("subject", TEXT, nullable=True),
        sa.Column("email", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_account_name"), "account", ["name"], unique=True)
    op.create_index(op.f("ix_account_subject"), "account", ["subject"], unique=True)
    op.create_table(
        "account_grant",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("collection", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("account", "role", "collection", name=op.f("pk_account_grant")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "credentials",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=True),
        sa.Column("must_change", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.Column("changed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_credentials")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("csrf", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_session_account"), "session", ["account"], unique=False)
    op.create_index(op.f("ix_session_expires"), "session", ["expires"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("grants", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_api_token_digest"), "api_token", ["digest"], unique=True)
    op.create_index(op.f("ix_api_token_account"), "api_token", ["account"], unique=False)
    op.create_table(
        "worker",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("queues", TEXT, nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "alarm",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("details", TEXT, nullable=False),
        sa.Column("told", TEXT, nullable=False),
        sa.Column("cleared", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarm")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "figure",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_figure")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_word",
        sa.Column("word", TEXT, nullable=False),
        sa.Column("aip_key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("word", "aip_key", name=op.f("pk_search_word")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "aip_format",
        sa.Column("aip_key", KEY, nullable=False),
        sa.Column("format_key", KEY, nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("aip_key", "format_key", name=op.f("pk_aip_format")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO aip_format (aip_key, format_key, files, bytes)"
        " SELECT aip_key, coalesce(format_key, 0), count(*), sum(size) FROM file WHERE removed IS NULL"
        " GROUP BY aip_key, coalesce(format_key, 0)"
    )
    _fill_search_words(op.get_bind())


def _fill_search_words(connection: sa.Connection) -> None:
    """From the titles and descriptions that are there, one AIP after the other."""
    after = 0
    while True:
        page = connection.execute(
            sa.text("SELECT key, title FROM aip WHERE key > :after ORDER BY key LIMIT 1000"), {"after": after}
        ).all()
        if not page:
            return
        for key, title in page:
            values = connection.execute(
                sa.text("SELECT value FROM dublin_core WHERE aip_key = :key ORDER BY ordinal"), {"key": key}
            ).scalars()
            found = chosen_words([title, *values])
            if found:
                connection.execute(
                    sa.text("INSERT INTO search_word (word, aip_key) VALUES (:word, :key)"),
                    [{"word": word, "key": key} for word in sorted(found)],
                )
        after = page[-1][0]
