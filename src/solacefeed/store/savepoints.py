"""Steps within a transaction that may fail for themselves: whose fault it was, the values' or the store's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from solacefeed.errors import SolacefeedError
from solacefeed.store.trouble import first_line

#: PostgreSQL's classes of errors for a value that is none of its type, breaks a rule, or is too long for an index.
_ABOUT_VALUES = frozenset({"22", "23", "54"})


class Unfit(Exception):
    """A step's values can't be written, whatever the store's state; ``str()`` says why, in a line."""


@contextmanager
def attempt(connection: sa.Connection, *, only_try: bool = False) -> Iterator[None]:
    """A step within a transaction that leaves nothing behind where it fails for its own values: ``Unfit`` then.

    What fails for the store's sake is raised as it is, and ends the transaction: no savepoint survives a full disk.
    With *only_try* it leaves nothing behind in any case.
    """
    step = connection.begin_nested()
    try:
        yield
    except Exception as error:
        if not _is_about_values(error):
            raise
        step.rollback()
        raise Unfit(first_line(getattr(error, "orig", None) or error)) from error
    if only_try:
        step.rollback()
    else:
        step.commit()


def _is_about_values(error: Exception) -> bool:
    """Whether other values might do: neither the store, nor the machine, nor a wrong statement is to blame."""
    if isinstance(error, sa.exc.DBAPIError):
        kind = getattr(error.orig, "sqlstate", None) or ""
        return isinstance(error, sa.exc.DataError | sa.exc.IntegrityError) or kind[:2] in _ABOUT_VALUES
    if isinstance(error, sa.exc.StatementError):
        return not isinstance(error.orig, sa.exc.SQLAlchemyError)
    return not isinstance(error, sa.exc.SQLAlchemyError | SolacefeedError | OSError | MemoryError)


def is_of_the_store_or_the_machine(error: Exception) -> bool:
    """Whether what else is to be done would fare no better."""
    return isinstance(error, sa.exc.SQLAlchemyError | OSError | MemoryError)
