"""Copies know when they are to be checked next.

Of the submissions to one AIP one is under way at a time: two that had lost their locks could have made one version twice.

Revision: 0004, after 0003. The times are planned by the first fixity job that looks (`services.fixity_planning`): until then
they are unknown, and nothing is lost by that.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("copy", sa.Column("due", sa.BigInteger(), nullable=True))
    op.create_index("ix_copy_due", "copy", ["replica", "due", "aip"], unique=False)
    op.create_index(
        "ix_transfer_under_way",
        "transfer",
        ["aip"],
        unique=True,
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    )
