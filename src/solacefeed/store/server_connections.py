"""The engine of a database on a server: for how long its connections wait and are silent, and what saves journeys.

To begin a transaction and to end it are journeys as well, so that one statement has none of ours about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.store.rested_connections import ask_what_rested

#: After which PostgreSQL ends a transaction whose process does nothing in it, so that whoever waits for it goes on.
IDLE_TIMEOUT_SECONDS = 20
#: After how much silence a connection over a network is given up, where the address does not say (libpq's parameters,
#: in seconds, and ``tcp_user_timeout`` in milliseconds): a leader hears of it before it is deposed.
_SILENCE: Mapping[str, int] = {
    "connect_timeout": 10,
    "tcp_user_timeout": 8_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
#: The same for the server, in its own words: what a machine without power or network held is let go then. By itself a
#: server asks after two hours whether who rests is there, and sends in vain for a quarter of one.
HEARS_OF_LOSS: Mapping[str, str] = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
#: How a session of ours speaks, whatever its database or its account is set to: what we read hangs on it, and the sums
#: of a moved store. Whoever waited for another writer goes on with what that one left, and does not begin anew.
SPEECH: Mapping[str, str] = {
    "client_encoding": "UTF8",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "default_transaction_isolation": "read committed",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
}
#: That a session rests for as long as it is wanted: one that ends takes with it the lock of a deed under way, whose own
#: writes go by others. For servers that know it, from that release on.
REST: Mapping[str, str] = {"idle_session_timeout": "0"}
_KNOWS_REST = 14


def server_engine(address: sa.URL, *, looking: bool, lock: int) -> sa.Engine:
    """That of a database on a server, none of whose rows is waited for for more than *lock* seconds."""
    try:
        engine = sa.create_engine(
            address,
            hide_parameters=True,
            execution_options={"postgresql_readonly": looking},
            connect_args={**bounds_of_silence(address), "client_encoding": SPEECH["client_encoding"]},
        )
    except ImportError as error:
        raise StoreError(f"PostgreSQL wants a driver: pip install '.[postgres]' in the checkout ({error})") from error
    settle_sessions(engine, lock=lock)
    ask_what_rested(engine)
    return engine


def bounds_of_silence(address: sa.URL) -> Mapping[str, int]:
    """What a connection to *address* is to be given besides."""
    return {name: value for name, value in _SILENCE.items() if name not in address.query}


def settle_sessions(engine: sa.Engine, *, lock: int) -> None:
    """All of ours speak alike; nobody holds rows from others for ever, nor waits for them beyond *lock* seconds."""
    bounds = {"idle_in_transaction_session_timeout": IDLE_TIMEOUT_SECONDS, "lock_timeout": lock}
    every = {**SPEECH, **HEARS_OF_LOSS, **{name: f"{seconds}s" for name, seconds in bounds.items()}}

    def settle(connection: Any, _record: Any) -> None:
        _must_hold_all_languages(connection.info)
        values = {**every, **rest_of(connection.info.server_version // 10_000)}
        each = ", ".join(f"set_config('{name}', %({name})s, false)" for name in values)
        # All in one journey, and no transaction of ours about it.
        connection.autocommit = True
        connection.execute(f"SELECT {each}", values)
        connection.autocommit = False

    # First of all: SQLAlchemy goes by what it finds on its first connection, and sets isolation back to that.
    sa.event.listen(engine, "connect", settle, insert=True)


def rest_of(release: int) -> Mapping[str, str]:
    """``REST``, as far as a server of that *release* knows it."""
    return REST if release >= _KNOWS_REST else {}


def as_options(settings: Mapping[str, str]) -> str:
    """*settings* for who makes a connection without us, as libpq's parameter ``options`` takes them."""
    return " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in settings.items())


def _must_hold_all_languages(session: Any) -> None:
    """Raises ``StoreError`` for a database of another encoding, which each session is told of as it begins."""
    encoding = session.parameter_status("server_encoding")
    if encoding not in (None, SPEECH["client_encoding"]):
        raise StoreError(
            f"the database {session.dbname} has the encoding {encoding}, and can't keep what posts and names are "
            "written in: make one with `createdb --encoding=UTF8 --template=template0 NAME`, bring over what this one "
            "holds with pg_dump and psql, and name it in [store] url"
        )


def lift_bounds(connection: sa.Connection, *others: str) -> None:
    """Until its transaction ends nothing bounds how long it takes, which is as long as the store is large.

    What a database or an account is bound to is meant for what is done every day. *others* are lifted besides.
    """
    # Of those that there are: that of transactions came with PostgreSQL 17.
    asked = "SELECT set_config(name, '0', true) FROM pg_settings WHERE name = ANY(:names)"
    connection.execute(sa.text(asked), {"names": ["statement_timeout", "transaction_timeout", *others]}).all()


@contextmanager
def in_one_journey(engine: sa.Engine, **options: Any) -> Iterator[sa.Connection]:
    """Lends a connection on which each statement is a transaction of PostgreSQL's own; *options* are SQLAlchemy's."""
    with engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT", **options)
        with alone.begin():
            yield alone
