"""answer: asks whether something was asked on a form, lets go what is kept no longer, and has the rest answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from solacefeed.deeds.clock import believe
from solacefeed.deeds.execution import execute
from solacefeed.deeds.people.sign_up_retention import let_go
from solacefeed.ports import Clock
from solacefeed.store import sign_ups
from solacefeed.store.database import Store
from solacefeed.words import counted

#: After so long one is tried again whose letter could not be made.
AGAIN_AFTER = timedelta(minutes=15)

#: Answers all that waits: how many by a letter, and how many by none.
AnswerAll = Callable[[Store], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of what was asked."""

    #: Letters put into the outbox.
    letters: int = 0
    #: Answered by nothing, each with its reason in its row.
    dropped: int = 0
    #: That nobody confirmed in time.
    expired: int = 0
    #: Whose address is kept no more.
    forgotten: int = 0
    troubles: tuple[str, ...] = ()

    def line(self) -> str:
        over = f", {self.expired} not confirmed in time" if self.expired else ""
        return f"answer: {counted(self.letters, 'letter')} to who asked, {self.dropped} dropped{over}"

    def falls_short(self) -> bool:
        return False

    def is_pressing(self) -> bool:
        return False

    def has_news(self) -> bool:
        return any((self.letters, self.dropped, self.expired, self.forgotten))


def is_due(store: Store, now: datetime) -> bool:
    """Whether something waits to be answered, or to be tried again: looks by an index."""
    with store.read() as connection:
        again = sign_ups.is_any_aside(connection, before=now - AGAIN_AFTER)
        return again or sign_ups.is_any_waiting(connection)


def answer(
    store: Store,
    clock: Clock,
    answer_all: AnswerAll,
    *,
    keep_networks: timedelta,
    rehearsed: bool = False,
    admit: Callable[[], object] = lambda: None,
) -> Answered:
    """Raises what ``execute`` does, and ``ClockDoubt``: what is counted by days wants a clock that is believed."""

    def work(store: Store) -> Answered:
        believe(store, clock)
        # First, so that what is answered has its time still.
        gone = let_go(store, clock(), keep_networks=keep_networks)
        letters, dropped = answer_all(store) if is_due(store, clock()) else (0, 0)
        return Answered(letters=letters, dropped=dropped, expired=gone.expired, forgotten=gone.forgotten)

    return execute(store, clock, "answer", work, rehearsed=rehearsed, admit=admit)
