"""What a database does not do, told in a line: with what a person can do about it, and whether the step was kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.store.file_hints import hint

#: PostgreSQL's codes for what an account, or a standby, may not do, and of a transaction that stood still or took long.
_REFUSED = frozenset({"42501", "25006", "25P03", "25P04"})
#: And of what is broken on its side, such as a page of its files.
_SERVERS_OWN = "XX"
_UNKNOWN = "whether this step was kept nobody has heard, and the next one finds out"


@dataclass(slots=True)
class Keeping:
    """How far a transaction has come: behind this the database may have kept it, whatever is heard of it."""

    is_asked_to_keep: bool = False


@contextmanager
def trouble_told(file: Path | None = None) -> Iterator[Keeping]:
    """A full disk, a lock held too long or a server gone is no bug, but something that a person can act on."""
    step = Keeping()
    try:
        yield step
    except sa.exc.SQLAlchemyError as error:
        if not _is_trouble(error):
            raise
        said = first_line(error.orig if isinstance(error, sa.exc.DBAPIError) else error)
        kept = _UNKNOWN if step.is_asked_to_keep and _is_unanswered(error) else "nothing of this step was kept"
        raise StoreError(f"the store did not work: {said}{hint(file)}; {kept}") from error


def _is_unanswered(error: sa.exc.SQLAlchemyError) -> bool:
    """Whether the connection broke before the server had an answer, which has a code."""
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    return error.connection_invalidated and getattr(error.orig, "sqlstate", None) is None


def _is_trouble(error: sa.exc.SQLAlchemyError) -> bool:
    """Whether it is about the database as it stands there; a wrong statement is a bug, and keeps its traceback."""
    if not isinstance(error, sa.exc.DBAPIError):
        # The pool's own: all its connections are lent, or none that it had lasts.
        return isinstance(error, sa.exc.TimeoutError | sa.exc.DisconnectionError)
    # What SQLite finds broken is a DatabaseError of no kind.
    broken = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or type(error) is sa.exc.DatabaseError
    code = getattr(error.orig, "sqlstate", None) or ""
    return broken or code in _REFUSED or code.startswith(_SERVERS_OWN)


def first_line(error: BaseException | None) -> str:
    """What an error says, without a driver's lines about the statement."""
    return str(error).strip().partition("\n")[0]
