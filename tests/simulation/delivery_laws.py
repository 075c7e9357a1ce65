"""What is promised beside what each reader gets: how often a relay is asked, and that nothing waits for ever.

a relay       is not asked again before its time, nor for the rest once it refuses us or is lost
a copy        that was put off, or is in doubt, is offered again
a letter      comes to an end that somebody can see
an address    at which a feed stood answers
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.store.database import Store
from solacefeed.store.schema import outbox
from tests.simulation.facts import DeliveryBegins, Died, Fact, Looked, Offered, Published, SentAgain
from tests.simulation.known import Breach, Copy
from tests.simulation.model import Model
from tests.simulation.rules import Rules
from tests.support.fakes import Act

#: The least wait after each deferral in turn, the last one for all that follow; and how long what is in doubt rests.
LEAST_WAITS = tuple(timedelta(minutes=minutes) * 0.75 for minutes in (5, 15, 30, 60, 120, 240))
IN_DOUBT = timedelta(minutes=15)
#: Copies in a row that find no relay before the rest is left.
ENOUGH_LOST = 2
#: The longest wait is four hours, and while copies wait it is looked each three.
WAITS_AT_MOST = timedelta(hours=8)
#: How long an address of a feed answers in which nothing is left.
ANSWERS_FOR = timedelta(days=90)

#: After which a relay has said to come later, be it before the mark or after it.
_PUT_OFF = {Act.DEFER, Act.REFUSE_US, Act.CUT_BEFORE_THE_DOT, Act.DEFER_AFTER_THE_DOT, Act.REFUSE_US_AFTER_THE_DOT}
_AFTER_THE_DOT = {Act.DEFER_AFTER_THE_DOT, Act.REFUSE_US_AFTER_THE_DOT, Act.CUT_AFTER_THE_DOT}
_IN_DOUBT = {Act.CUT_AFTER_THE_DOT, Act.KILL_BEFORE_THE_DOT, Act.KILL_AFTER_THE_DOT}
_REFUSES_US = {Act.REFUSE_US, Act.REFUSE_US_AFTER_THE_DOT}
_LOST = {Act.CUT_BEFORE_THE_DOT, Act.CUT_AFTER_THE_DOT}
#: States in which letters may be for ever.
SETTLED_LETTERS = {"accepted", "rejected", "uncertain", "expired", "cancelled"}


def of_delivery(facts: Iterable[Fact]) -> list[Breach]:
    """How the relay was asked, told in order."""
    return Asking().meet(facts)


@dataclass(slots=True)
class Asking:
    """Goes through the facts in order, and keeps what was breached."""

    breaches: list[Breach] = field(default_factory=list)
    #: Before when a message is not to be offered again.
    _not_before: dict[str, datetime] = field(default_factory=dict)
    #: How often in a row each was put off.
    _put_off: Counter[str] = field(default_factory=Counter)
    #: What was offered in this delivery.
    _asked: set[str] = field(default_factory=set)
    #: The editions of which the relay has refused us in this delivery, and how many in a row have found no relay.
    _refused: set[str] = field(default_factory=set)
    _lost: int = 0

    def meet(self, facts: Iterable[Fact]) -> list[Breach]:
        for fact in facts:
            match fact:
                case Offered():
                    self._offered(fact)
                case SentAgain():
                    self._forget(fact.edition)
                case DeliveryBegins() | Died() | Looked(deed="deliver"):
                    self._over(has_died=isinstance(fact, Died))
                case _:
                    pass
        return self.breaches

    def _over(self, *, has_died: bool) -> None:
        """Of a process that died nobody knows whether it wrote down how often the relay has put a message off."""
        self._refused.clear()
        self._lost = 0
        if has_died:
            for name in self._asked & self._put_off.keys():
                self._put_off[name] = 0
                self._not_before.pop(name, None)
        self._asked.clear()

    def _forget(self, edition: str) -> None:
        """What is sent again is asked for as if it had not been before."""
        for name in [each for each in self._not_before if each.startswith(f"<{edition}.")]:
            del self._not_before[name]
            self._put_off.pop(name, None)

    def _offered(self, fact: Offered) -> None:
        name, edition = fact.mail.message_id, fact.mail.edition
        if fact.at < self._not_before.get(name, fact.at):
            self._breach("asked again too soon", fact, f"{name} is to wait until {self._not_before[name]:%H:%M:%S}")
        if edition in self._refused:
            self._breach("asked though it refuses us", fact, f"it has refused us for another copy of {edition}")
        if self._lost >= ENOUGH_LOST:
            self._breach("asked though it is lost", fact, f"{self._lost} copies in a row have found no relay")
        if fact.act in _AFTER_THE_DOT and not fact.dotted:
            # Its mark was refused, so that the relay has said nothing.
            return
        if fact.act in _PUT_OFF:
            self._not_before[name] = fact.at + LEAST_WAITS[min(self._put_off[name], len(LEAST_WAITS) - 1)]
        elif fact.dotted and fact.act in _IN_DOUBT:
            self._not_before[name] = fact.at + IN_DOUBT
            del self._put_off[name]
        # Of what is put off for another reason nobody says how long it waits but the first time.
        if fact.act in _PUT_OFF:
            self._put_off[name] = self._put_off[name] + 1 if fact.act is Act.DEFER else 0
        self._asked.add(name)
        if fact.act in _REFUSES_US:
            self._refused.add(edition)
        self._lost = self._lost + 1 if fact.act in _LOST else 0

    def _breach(self, law: str, fact: Offered, words: str) -> None:
        self.breaches.append(Breach(law=law, at=fact.at, reader=fact.mail.reader, posts=fact.mail.posts, words=words))


class PatientModel(Model):
    """The model, which also sees that what was put off, or is in doubt, is offered again while it may be."""

    def __init__(self, rules: Rules, *, before: datetime) -> None:
        super().__init__(rules, before=before)
        #: When each copy was offered last, by what it is; and those of which nobody knows how they stand.
        self._offered_at: dict[int, tuple[Copy, datetime]] = {}
        self._unknown: set[int] = set()

    def _offered(self, fact: Offered) -> None:
        before = self._last
        super()._offered(fact)
        if self._last is not None and (self._last is not before or self._last.offers):
            self._offered_at[id(self._last)] = self._last, fact.at

    def _settle(self, copy: Copy, fact: Offered) -> None:
        """What the relay refused is no mail that a reader had that day."""
        super()._settle(copy, fact)
        if copy.state == "rejected":
            self.at_once[copy.reader, copy.digest, self._day(copy.frozen_at)] -= 1

    def _died(self) -> None:
        self._unknown |= {id(copy) for copy in self._unwritten}
        super()._died()

    def _delivered(self, now: datetime) -> None:
        super()._delivered(now)
        for number, (copy, at) in list(self._offered_at.items()):
            if copy.state != "waits":
                del self._offered_at[number]
            elif number not in self._unknown and now - at > WAITS_AT_MOST and self._is_to_come(copy):
                self._breach("not offered again", now, copy.reader, copy.posts, f"last on {at:%d %B at %H:%M} UTC")
                del self._offered_at[number]

    def _is_to_come(self, copy: Copy) -> bool:
        there = any(self.posts[number].public for number in copy.posts if number in self.posts)
        return there and self.subscriptions[copy.reader, copy.digest].state == "confirmed"


def of_letters(store: Store, ends: datetime) -> Iterator[Breach]:
    """When all is over no letter waits, and none is in hand."""
    with store.read() as connection:
        rows = connection.execute(sa.select(outbox.c.email, outbox.c.kind, outbox.c.state)).all()
    for email, kind, state in rows:
        if state not in SETTLED_LETTERS:
            reader = (email or "").partition("@")[0]
            yield Breach(law="not settled", at=ends, reader=reader, posts=frozenset(), words=f"letter {kind}: {state}")


def of_addresses(facts: Sequence[Fact]) -> Iterator[Breach]:
    """Where a live document stood once, one stands: of the feed by its new name, or of one that says that it ends."""
    stood: dict[str, datetime] = {}
    for fact in facts:
        if not isinstance(fact, Published):
            continue
        gone = {path for path, at in stood.items() if path not in fact.documents and fact.clock - at < ANSWERS_FOR}
        for path in sorted(gone):
            law, words = "an address that answers no more", "a feed stood there"
            yield Breach(law=law, at=fact.at, reader=path, posts=frozenset(), words=words)
            del stood[path]
        stood |= {path: fact.clock for path in fact.documents if not _is_archive(path)}


def _is_archive(path: str) -> bool:
    """``all/2026-11.atom``"""
    return path.rpartition("/")[2][:1].isdigit()
