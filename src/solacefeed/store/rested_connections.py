"""Which connections to PostgreSQL are asked before they are lent: those that ended while they rested are replaced.

What has just worked is not asked, which costs a journey.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import sqlalchemy as sa

#: For so long a connection that worked is taken to work still.
SECONDS = 0.5


def ask_what_rested(engine: sa.Engine, clock: Callable[[], float] = monotonic) -> None:
    """Has a connection asked before it is lent again, unless it worked just now.

    SQLAlchemy's own ``pool_pre_ping`` asks each time.
    """

    def rests(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = clock()

    def works(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("rests_since")
        if since is None or clock() - since < SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool makes all of them anew, and lends one of those.
            raise sa.exc.InvalidatePoolError from error

    sa.event.listen(engine, "checkin", rests)
    sa.event.listen(engine, "checkout", works)
