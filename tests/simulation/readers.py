"""What readers do about their subscriptions, by the product's own deeds, each as the reader would have it done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from solacefeed.deeds.people.category_slugs import category_ids
from solacefeed.deeds.people.choose import choose, pause, resume
from solacefeed.deeds.people.confirming import confirm
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.sign_up import ask
from solacefeed.deeds.people.subscribe import end, subscribe, undo_end
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.people import Actor, Wording
from solacefeed.models.sign_ups import NewSignUp, SignUpKind
from solacefeed.models.sign_ups import Wish as SignUpWish
from solacefeed.store import sign_ups
from solacefeed.store.database import Store
from tests.simulation.facts import Wished
from tests.simulation.story import Form, Wish
from tests.support.builders import A_CONSENT, NO_KEY

#: How long a reader's own end can be undone.
UNDONE_WITHIN = timedelta(hours=1)


def address(reader: str) -> str:
    return f"{reader}@example.org"


@dataclass(slots=True)
class Standing:
    """How a reader's subscription is, by what they did."""

    state: str = "none"
    before: str = "none"
    since: datetime | None = None


@dataclass
class Readers:
    """*on_wished* is told of each wish that was one: who has left has nothing to choose."""

    store: Store
    #: By its name.
    digest: Callable[[str], Digest]
    zone: tzinfo
    now: Callable[[], datetime]
    on_wished: Callable[[Wished], object]
    #: The slug that a category has as the product knows it, by the one that it had first.
    slug: Callable[[str], str]
    #: What the pages of forms go by.
    settings: Callable[[], PeopleSettings]
    #: What was asked on forms: when its letter's button is pressed, when it was asked, its number.
    asked: list[tuple[datetime, datetime, int, Form]] = field(default_factory=list)
    #: Who is not mailed since a mail came back; they do nothing meanwhile.
    away: set[str] = field(default_factory=set)
    standing: dict[tuple[str, str], Standing] = field(default_factory=dict)

    def wish(self, wish: Wish) -> None:
        there = self.standing.setdefault((wish.reader, wish.digest), Standing())
        if wish.reader in self.away or wish.what not in _POSSIBLE[there.state]:
            return
        if wish.what == "undo" and (there.since is None or self.now() - there.since >= UNDONE_WITHIN):
            return
        _DO[wish.what](self, wish)
        if wish.what in _BECOMES:
            before, there.before = there.before, there.state
            there.state, there.since = before if wish.what == "undo" else _BECOMES[wish.what], self.now()
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

    def ask(self, form: Form) -> None:
        """On the page of the form: who has the digest already, or is not mailed, has no reason to."""
        there = self.standing.setdefault((form.reader, form.digest), Standing())
        if form.reader in self.away or there.state not in ("none", "ended"):
            return
        digest, slugs = self.digest(form.digest), self._slugs(form)
        with self.store.read() as connection:
            ids = category_ids(connection, slugs, form.reader, digest.followed)
        asked = SignUpWish(digest=digest.key, category_ids=ids, cadence=_kind(form))
        sign_up = NewSignUp(kind=SignUpKind.SUBSCRIBE, email=address(form.reader), wishes=(asked,))
        settings = self.settings()
        wording = Wording(name="a form", language="en-GB", text="I would like to have this digest.")
        number = ask(self.store, self.now, settings.key, sign_up, wording)
        self.asked.append((self.now() + form.confirms_after, self.now(), number, form))

    def confirm_what_came(self, letters: Mapping[str, Sequence[datetime]], now: datetime) -> None:
        """Whoever got a letter since they asked presses its button in their own time."""
        for each in [each for each in self.asked if each[0] <= now]:
            self.asked.remove(each)
            _, since, number, form = each
            there = self.standing[form.reader, form.digest]
            got = any(at >= since for at in letters.get(form.reader, ()))
            if not got or there.state not in ("none", "ended") or form.reader in self.away:
                continue
            with self.store.read() as connection:
                found = sign_ups.find(connection, number)
            done = found and confirm(self.store, self.now, number, found.nonce, self.settings())
            if done:
                there.before, there.state, there.since = there.state, "confirmed", self.now()
                wished = Wished(
                    at=self.now(),
                    reader=form.reader,
                    digest=form.digest,
                    what="join",
                    categories=form.categories,
                    cadence=form.cadence,
                )
                self.on_wished(wished)

    def _join(self, wish: Wish) -> None:
        """Whoever left comes back by their own word alone."""
        left = self.standing[wish.reader, wish.digest].state == "ended"
        assert subscribe(
            self.store,
            self.now,
            self.digest(wish.digest),
            self.zone,
            email=address(wish.reader),
            consent=A_CONSENT,
            key=NO_KEY,
            name=None,
            slugs=self._slugs(wish),
            cadence=_kind(wish),
            by=Actor.READER if left else Actor.OPERATOR,
        )

    def _choose(self, wish: Wish) -> None:
        digest, who = self.digest(wish.digest), address(wish.reader)
        everything = wish.categories is None
        choose(self.store, self.now, digest, self.zone, who=who, slugs=self._slugs(wish), everything=everything)

    def _turn(self, wish: Wish) -> None:
        digest, who = self.digest(wish.digest), address(wish.reader)
        choose(self.store, self.now, digest, self.zone, who=who, cadence=_kind(wish))

    def _pause(self, wish: Wish) -> None:
        digest, who = self.digest(wish.digest), address(wish.reader)
        pause(self.store, self.now, digest, self.zone, who=who, until=wish.until)

    def _resume(self, wish: Wish) -> None:
        """A pause whose time has come may be over by itself."""
        resume(self.store, self.now, self.digest(wish.digest), who=address(wish.reader))

    def _leave(self, wish: Wish) -> None:
        assert end(self.store, self.now, wish.digest, email=address(wish.reader))

    def _undo(self, wish: Wish) -> None:
        undo_end(self.store, self.now, wish.digest, email=address(wish.reader))

    def _slugs(self, wish: Wish | Form) -> tuple[str, ...] | None:
        """As people say them: a tag's as a category's."""
        if wish.categories is None:
            return None
        return tuple(self.slug(slug.removeprefix("tag:")) for slug in wish.categories)


def _kind(wish: Wish | Form) -> CadenceKind | None:
    return None if wish.cadence is None else CadenceKind(wish.cadence)


_DO: dict[str, Callable[[Readers, Wish], None]] = {
    "join": Readers._join,
    "choose": Readers._choose,
    "turn": Readers._turn,
    "pause": Readers._pause,
    "resume": Readers._resume,
    "leave": Readers._leave,
    "undo": Readers._undo,
}
#: What can be wished in each state.
_POSSIBLE = {
    "none": {"join"},
    "confirmed": {"choose", "turn", "pause", "leave"},
    "paused": {"choose", "turn", "resume", "leave"},
    "ended": {"join", "undo"},
}
_BECOMES = {"join": "confirmed", "pause": "paused", "resume": "confirmed", "leave": "ended", "undo": ""}
