"""What a source attaches to a post, and what plays in its text."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("posts", sa.Column("enclosures", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("posts", sa.Column("text_enclosures", sa.JSON(none_as_null=True), nullable=True))
