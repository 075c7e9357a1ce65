"""What a post's own text may announce; of posts kept before nothing is known until they are read anew."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("posts", sa.Column("announcement", sa.JSON(none_as_null=True), nullable=True))
