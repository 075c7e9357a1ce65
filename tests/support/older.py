"""Stores as older releases made them."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from solacefeed.store import migrations

#: A revision that this release has left behind.
REVISION = "0004"


def made_by_an_older_release(url: str, revision: str = REVISION) -> None:
    """Makes an empty store at *url*, as it was at that *revision*."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = sa.create_engine(url)
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
