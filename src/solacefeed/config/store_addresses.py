"""Addresses of stores: what is wrong with one, and whether a password stands in it."""

from __future__ import annotations

import re

_KINDS = re.compile(r"sqlite:///(?!:memory:)[^?\x00-\x1f]*[^?/\x00-\x1f]|postgresql\+psycopg://\S+")
#: As SQLAlchemy takes one apart: a password ends at its first ``@``.
_SERVER = re.compile(
    r"[^:]*://(?:[^:/]*(?P<password>:[^@]*)?@)?"
    r"(?P<host>\[[^/?]+\]|[^/:?]*)(?::(?P<port>[^/?]*))?(?P<database>/[^?]*)?(?:\?.*)?"
)


def store_url(value: str) -> str:
    """SQLite with a file, or PostgreSQL by psycopg. No message holds any of it, for a password may stand in it."""
    if not _KINDS.fullmatch(value):
        raise ValueError('must be "sqlite:///FILE" or "postgresql+psycopg://HOST/DATABASE"')
    if not value.startswith("sqlite") and (parts := _SERVER.fullmatch(value)):
        behind = (parts["host"], parts["port"], parts["database"] if parts["password"] else None)
        if any("@" in part for part in behind if part):
            raise ValueError("has more than one @ before its host: in a name or a password write %40 for it")
        if parts["port"] and not (re.fullmatch(r"[0-9]{1,5}", parts["port"]) and 0 < int(parts["port"]) < 65_536):
            raise ValueError("its port, behind the host's colon, must be a number from 1 to 65535")
    return value


def has_password(address: str) -> bool:
    """Whether a password stands in a store's *address*: before its host, or in its query."""
    kind, _, rest = address.partition("://")
    user, at, _ = rest.rpartition("@")
    return not kind.startswith("sqlite") and (bool(at and ":" in user) or "password=" in rest)
