"""What readers do about their subscriptions, by the product's own deeds, each as the reader would have it done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from solacefeed.deeds.people.subscribe import end, subscribe, undo_end
from solacefeed.models.people import Actor
from solacefeed.store import subscribers
from solacefeed.store.database import Store
from tests.simulation.facts import Wished
from tests.simulation.story import Wish

#: How long a reader's own end can be undone.
UNDONE_WITHIN = timedelta(hours=1)


def address(reader: str) -> str:
    return f"{reader}@example.org"


@dataclass(slots=True)
class Standing:
    """How a reader's subscription is, by what they did."""

    state: str = "none"
    since: datetime | None = None


@dataclass
class Readers:
    """*on_wished* is told of each wish that was one: who has left has nothing to choose."""

    store: Store
    now: Callable[[], datetime]
    on_wished: Callable[[Wished], object]
    standing: dict[tuple[str, str], Standing] = field(default_factory=dict)

    def wish(self, wish: Wish) -> None:
        there = self.standing.setdefault((wish.reader, wish.digest), Standing())
        if wish.what not in _POSSIBLE[there.state]:
            return
        if wish.what == "undo" and (there.since is None or self.now() - there.since >= UNDONE_WITHIN):
            return
        _DO[wish.what](self, wish)
        if wish.what in _BECOMES:
            there.state, there.since = _BECOMES[wish.what], self.now()
        self.on_wished(
            Wished(
                at=self.now(),
                reader=wish.reader,
                digest=wish.digest,
                what=wish.what,
                categories=wish.categories,
                cadence=wish.cadence,
                until=wish.until,
            )
        )

    def _join(self, wish: Wish) -> None:
        if self.standing[wish.reader, wish.digest].state == "ended":
            self._come_back(wish)
        else:
            email, slugs = address(wish.reader), wish.categories
            assert subscribe(self.store, self.now, wish.digest, email=email, name=None, slugs=slugs)

    def _come_back(self, wish: Wish) -> None:
        """By their own act, as no page of ours takes it yet."""
        from solacefeed.deeds.people.category_slugs import category_ids

        with self.store.write() as connection:
            chosen = category_ids(connection, wish.categories, address(wish.reader))
            person = subscribers.enter(connection, email=address(wish.reader), name=None, at=self.now())
            assert subscribers.subscribe(
                connection, person, wish.digest, category_ids=chosen, at=self.now(), by=Actor.READER
            )

    def _choose(self, wish: Wish) -> None:
        subscribe(self.store, self.now, wish.digest, email=address(wish.reader), name=None, slugs=wish.categories)

    def _leave(self, wish: Wish) -> None:
        assert end(self.store, self.now, wish.digest, email=address(wish.reader))

    def _undo(self, wish: Wish) -> None:
        undo_end(self.store, self.now, wish.digest, email=address(wish.reader))


_DO: dict[str, Callable[[Readers, Wish], None]] = {
    "join": Readers._join,
    "choose": Readers._choose,
    "leave": Readers._leave,
    "undo": Readers._undo,
}
#: What can be wished in each state.
_POSSIBLE = {
    "none": {"join"},
    "confirmed": {"choose", "leave"},
    "ended": {"join", "undo"},
}
_BECOMES = {"join": "confirmed", "leave": "ended", "undo": "confirmed"}
