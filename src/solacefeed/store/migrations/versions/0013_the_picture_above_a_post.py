"""The picture that the blog shows above a post, which need not stand in its text."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("posts", sa.Column("featured", sa.JSON(none_as_null=True), nullable=True))
