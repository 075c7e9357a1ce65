"""Whether our clock can be believed.

Some things can't be undone: an edition frozen or expired, a tombstone ended, a post seen. So none of them is done by a
clock that leapt: more than 60 days past the last good look, before it, or before this program. Then a poll settles it
that the blog answers with a ``Date`` near ours, or else the operator does (``deeds.upkeep.clock_check``). A machine
that was off for months thus needs one poll. Rehearsed stores live by ``--as-of``, and are believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from solacefeed.errors import ClockDoubt
from solacefeed.ports import Batch, Clock, Known, Source
from solacefeed.store import facts, pace, records
from solacefeed.store.database import Store
from solacefeed.words import instant_words

#: No look is believed by itself that comes so long after the last good one.
FAR = timedelta(days=60)

#: A clock that was set back by less is not noticed.
BACK = timedelta(days=1)

#: So near the blog's clock must be to bear ours out.
NEAR = timedelta(days=1)

#: No clock is right that is older than this program.
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)

#: How often it is written down that the clock was believed.
_WRITTEN_EVERY = timedelta(days=1)

_NOT_BORNE_OUT = "and the blog's clock has not borne that out"
_WAY_OUT = "set it right, or, if it is, `solacefeed poll`, or `solacefeed clock confirm`"


def doubt(now: datetime, sure: datetime | None) -> str | None:
    """Why *now* is not believed, when the clock was last believed at *sure*; ``None`` when it is."""
    says = f"this machine's clock says {instant_words(now)}"
    if now < EARLIEST:
        return f"{says}, before this program was made: set it right"
    if sure is None or sure - BACK <= now <= sure + FAR:
        return None
    last = f"but the last good look was on {instant_words(sure)}"
    return f"{says}, {last}: {_WAY_OUT}" if now < sure else f"{says}, {last}, {_NOT_BORNE_OUT}: {_WAY_OUT}"


def believe(store: Store, clock: Clock) -> datetime | None:
    """Raises ``ClockDoubt`` when the time can't be right; once a day it is written down that it could.

    Returns when it was believed last before; ``None`` of a store that does not live by it, or as long as it never was.
    """
    now = clock()
    why, sure = _believed(store, now)
    if why:
        raise ClockDoubt(why)
    if sure is not None and now - sure > _WRITTEN_EVERY:
        # One machine that is days ahead puts no other one in doubt.
        both = min(now, SharedClock(store, lambda: now)())
        if both - sure > _WRITTEN_EVERY:
            be_sure(store, both)
    return sure


def is_believed(store: Store, now: datetime) -> bool:
    return _believed(store, now)[0] is None


def bear_out(store: Store, now: datetime, told: datetime | None) -> None:
    """Takes the blog's word *told* for what time it is, where it has said so.

    Raises ``ClockDoubt`` when *now* is in doubt and the blog does not bear it out, or was never borne out and the blog
    says otherwise.
    """
    with store.read() as connection:
        if not is_live(connection):
            return
        sure = last_sure(connection)
    why = doubt(now, sure)
    borne_out = why is None if told is None else abs(told - now) <= NEAR and now >= EARLIEST
    if borne_out and (why or sure is None or now - sure > _WRITTEN_EVERY):
        be_sure(store, now)
    elif not borne_out and (why or sure is None):
        blog = f"the blog's says {instant_words(told)}" if told else "the blog does not say what time it is"
        why = why or f"this machine's clock says {instant_words(now)}: {_WAY_OUT}"
        raise ClockDoubt(f"{why}; {blog}; nothing was taken over")


class AttestedSource:
    """A source whose answers bear our clock out before any of them is taken over; ``bear_out`` says when not."""

    def __init__(self, source: Source, store: Store, clock: Clock, server_time: Callable[[], datetime | None]) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._server_time = server_time

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        attested = False
        for batch in self._source.changes(known, now):
            if not attested:
                bear_out(self._store, self._clock(), self._server_time())
                attested = True
            yield batch
        if not attested:
            bear_out(self._store, self._clock(), self._server_time())


def is_live(connection: sa.Connection) -> bool:
    return facts.read(connection, facts.CLOCK) == facts.LIVE


def last_sure(connection: sa.Connection) -> datetime | None:
    """When the clock was last believed; in a store of an older release, when a deed last worked."""
    noted = facts.read(connection, facts.CLOCK_SURE)
    return datetime.fromisoformat(noted) if noted else records.newest_good(connection)


def _believed(store: Store, now: datetime) -> tuple[str | None, datetime | None]:
    """Why *now* is in doubt, and when the clock was last believed; neither in a store that does not live by it."""
    with store.read_at_once() as connection:
        said = facts.several(connection, facts.CLOCK, facts.CLOCK_SURE)
    if said.get(facts.CLOCK) != facts.LIVE:
        return None, None
    noted = said.get(facts.CLOCK_SURE)
    if noted:
        sure: datetime | None = datetime.fromisoformat(noted)
    else:
        with store.read() as connection:
            sure = last_sure(connection)
    return doubt(now, sure), sure


def be_sure(store: Store, now: datetime) -> None:
    with store.write() as connection:
        facts.put(connection, facts.CLOCK_SURE, now.replace(microsecond=0).isoformat())


class SharedClock:
    """The time as all workers of a store tell it: on PostgreSQL, where several machines write, by the database's clock.

    So no instant that one worker wrote is compared with what another's machine says. That of a rehearsal goes by
    itself; so does the one machine of SQLite.

    What can't be undone asks whether it is ``believed`` still, which was so last at *sure*: it may leap while a deed
    goes on.
    """

    def __init__(self, store: Store, clock: Clock, sure: datetime | None = None) -> None:
        self._store = store
        self._clock = clock
        self._sure = sure
        #: Why it was not believed; ``None`` as long as it is.
        self.doubt: ClockDoubt | None = None
        self._ahead = timedelta()
        self.set()

    def __call__(self) -> datetime:
        return self._clock() + self._ahead

    def believed(self) -> datetime:
        """The same; raises ``ClockDoubt`` where it can't be right. As long as it can, nothing is read for that."""
        now = self()
        if doubt(now, self._sure):
            why, self._sure = _believed(self._store, now)
            if why:
                self.doubt = ClockDoubt(why)
                raise self.doubt
        return now

    @contextmanager
    def until_in_doubt(self) -> Iterator[None]:
        """Ends what goes on within when it is not believed any more, which ``doubt`` tells then."""
        with suppress(ClockDoubt):
            yield

    def set(self) -> None:
        """By the database's clock of now: a machine's own may be set while a round goes on."""
        if self._store.file is None:
            with self._store.read_at_once() as connection:
                self._ahead = pace.ahead(connection, self._clock())
