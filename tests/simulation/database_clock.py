"""The clock of a simulated database server: PostgreSQL's own clock tells the time in which the tests are run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

#: Stands before the server's own for whoever looks in this schema first; where nobody says what time it is, it is now.
_CLOCK = """
CREATE SCHEMA IF NOT EXISTS simulated;
CREATE OR REPLACE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT coalesce(nullif(current_setting('simulated.now', true), '')::timestamptz, pg_catalog.clock_timestamp()) $$
"""
_FIRST = "SET search_path TO simulated, public, pg_catalog"


def go_by(engine: sa.Engine, now: Callable[[], datetime]) -> None:
    """Has the server of *engine* go by *now*, which is asked as each transaction begins; SQLite has no clock."""
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        connection.exec_driver_sql(_CLOCK)
    engine.dispose()

    @sa.event.listens_for(engine, "connect")
    def look_there_first(wire: Any, _record: Any) -> None:
        with wire.cursor() as cursor:
            cursor.execute(_FIRST)
        wire.commit()

    @sa.event.listens_for(engine, "begin")
    def say_what_time_it_is(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SELECT set_config('simulated.now', %s, false)", (now().isoformat(),))
