"""Lists of a collection's transfers cost what they show, however many others there are.

Revision: 0006, after 0005.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_transfer_collection_id", "transfer", ["collection", "id"], unique=False)
