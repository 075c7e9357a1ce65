"""Brings a store's schema from whatever it is to the newest; the home of Alembic.

Each file in ``versions/`` is named by its number and what it does, and only goes forward.
"""

from __future__ import annotations

import logging
from pathlib import Path

import sqlalchemy as sa

from solacefeed.errors import StoreError

#: The newest revision; a test holds it to ``versions/``.
HEAD = "0006"


def current(engine: sa.Engine) -> str | None:
    """The store's revision; ``None`` for an empty database."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: sa.Engine) -> None:
    """Raises ``StoreError`` for a store that a newer solacefeed has made."""
    revision = current(engine)
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise StoreError(
            f"the store is at revision {revision}, this solacefeed knows {HEAD}: install the newer one again"
        )
    _run(engine)


def _run(engine: sa.Engine) -> None:
    # Imported only when there is something to do: it costs a command a fifth of a second.
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                # Two processes that meet a new release together: one migrates, the other waits and finds it done.
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('solacefeed migrations'))"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
