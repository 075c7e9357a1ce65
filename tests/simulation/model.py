"""What each reader had to get, by the words of the rules alone: nothing of the product is asked, and none imported.

It is told the same facts as the product met (what the blog said, when somebody looked, what readers wished, what the
relay did), and says of each copy which posts it has to hold. Where a mail holds others, or none comes, it is a breach.

The law in short. A post is *settled* once it was unchanged in title, text and address for ``settle`` minutes, at the
latest after four times that. An edition brings a reader the posts that are public, settled before it closes, not too
old when they were seen, seen not too long ago, kept out by no mark, of a category chosen since before they settled, and
not got or promised by any other edition. What did not arrive for the sender's or the relay's fault is due again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.simulation.closings import last_closing, next_closing
from tests.simulation.facts import (
    Cancelled,
    Configured,
    DeliveryBegins,
    Died,
    Edited,
    Fact,
    Looked,
    Offered,
    Published,
    RefusalsTaken,
    Restored,
    SentAgain,
    Suppressed,
    Told,
    Wished,
)
from tests.simulation.known import Breach, Copy
from tests.simulation.promising import Promising
from tests.support.fakes import Act

#: What the relay, or the machine, does with a message before it is asked whether that may still go.
_BEFORE_THE_MARK = {
    Act.DEFER,
    Act.REJECT,
    Act.CAN_NOT_BE_ADDRESSED,
    Act.REFUSE_US,
    Act.CUT_BEFORE_THE_DOT,
    Act.KILL_BEFORE_THE_MARK,
}


class Model(Promising):
    """Goes through the facts in order, and keeps what was breached."""

    def meet(self, facts: Iterable[Fact]) -> list[Breach]:
        for fact in facts:
            match fact:
                case Told():
                    self._told(fact)
                case Wished():
                    self._wished(fact)
                case Looked(deed="poll"):
                    self._polled(fact)
                case Looked(deed="prepare", well=True):
                    self._prepare(fact.at)
                case DeliveryBegins():
                    self._give_up(fact.at)
                case Offered():
                    self._offered(fact)
                case Died(deed="deliver"):
                    self._died()
                case Looked(deed="deliver", well=True, whole=True):
                    self._delivered(fact.at)
                case Cancelled():
                    self._cancelled(fact)
                case SentAgain():
                    self._sent_again(fact)
                case Configured():
                    self.rules = fact.rules
                case Edited():
                    self._edited(fact)
                case Suppressed() | Restored():
                    self._of_the_address(fact)
                case RefusalsTaken():
                    self._refusals_taken(fact)
                case Looked() | Died() | Published():
                    pass
        return self.breaches

    def _polled(self, fact: Looked) -> None:
        """After polls that failed, the first one with news brings what an edition waits for."""
        self.polls_fail = not fact.well
        if not fact.well:
            self.news = None
            return
        self.good_polls.append(fact.at)
        if self.news is None and self.told_at == fact.at:
            self.news = fact.at

    # -- delivering ----------------------------------------------------------------------------------

    def _give_up(self, now: datetime) -> None:
        self._last, self._unwritten = None, []
        for copy in self.copies:
            if copy.state == "waits":
                if self.subscriptions[copy.reader, copy.digest].state != "confirmed":
                    self._end(copy, "cancelled")
                elif copy.until is not None:
                    if copy.until <= now:
                        self._end(copy, "expired")
                elif (
                    not copy.held_back
                    and now - max(copy.closes, copy.frozen_at) > self.rules.digest(copy.digest).max_late
                ):
                    self._end(copy, "expired")

    def _sent_again(self, fact: SentAgain) -> None:
        """What nobody has goes to whoever is mailed still, and has got or is promised none of its posts since."""
        for copy in self.copies:
            if (copy.edition, copy.state) != (fact.edition, fact.to):
                continue
            there = self.subscriptions[copy.reader, copy.digest]
            taken = self._taken(copy.reader, self.rules.digest(copy.digest))
            if there.state == "confirmed" and taken.isdisjoint(copy.posts):
                copy.state, copy.until, copy.held, copy.offers = "waits", fact.until, None, 0

    def _max_late(self, copy: Copy) -> timedelta:
        return self.rules.digest(copy.digest).max_late

    def _refusals_taken(self, fact: RefusalsTaken) -> None:
        """Who is refused for good is never mailed again, and nobody else for that: one such answer is enough."""
        refused = {reader for reader, editions in self.refused.items() if editions} - self.suppressed
        unsure = self.perhaps_refused - refused
        for reader in sorted(fact.readers - refused - unsure):
            self._breach("suppressed for nothing", fact.at, reader, frozenset(), "the relay refused nothing for good")
        for reader in sorted(refused - fact.readers):
            self._breach("not suppressed", fact.at, reader, frozenset(), "the relay knows no such address")
        for reader in sorted(fact.readers):
            self._of_the_address(Suppressed(at=fact.at, reader=reader))
        self.refused.clear()
        self.perhaps_refused.clear()

    def _cancelled(self, fact: Cancelled) -> None:
        """What nobody was handed is free; a closing whose edition was cancelled has another one.

        What the relay said of its copies counts for nobody any more.
        """
        for editions in self.refused.values():
            editions.discard(fact.edition)
        for copy in self.copies:
            if copy.edition == fact.edition and copy.state == "waits":
                self._end(copy, "cancelled")
        for key, closes in self.editions.pop(fact.edition, {}).items():
            self.placed[key].pop(fact.edition, None)
            if self.closed[key] == closes:
                self.closed[key] = closes - timedelta(seconds=1)
                self.held.pop(key, None)
                self.words.pop((key, self._day(closes)), None)
                self.approved.pop((key, self._day(closes)), None)
                self.dated.discard((key, self._day(closes)))
                self.issues[key, closes] += 1

    def _edited(self, fact: Edited) -> None:
        digest = self.rules.digest(fact.digest)
        its = [
            (cadence, closes)
            for cadence in digest.cadences
            for closes in (at(cadence, self.rules.zone, fact.at) for at in (last_closing, next_closing))
            if cadence.kind != "at-once" and self._named(digest, cadence, closes) == fact.edition
        ]
        match fact.what, fact.post:
            case "drop" | "keep" as word, int(post):
                for cadence, closes in its:
                    if (approved := self._approval(digest, cadence, closes)) is not None:
                        approved.edited = True
                (self.dropped[digest.name].add if word == "drop" else self.dropped[digest.name].discard)(post)
            case word, _:
                for cadence, closes in its:
                    key = (digest.name, cadence.kind), self._day(closes)
                    self.words[key] = word, fact.at
                    self.approved.pop(key, None)
                    if word == "approve" or (word == "release" and fact.at >= closes):
                        self._approve(digest, cadence, closes)
                for copy in self.copies:
                    if copy.edition == fact.edition and copy.state == "waits":
                        copy.held_back = word == "hold"

    def _offered(self, fact: Offered) -> None:
        mail = fact.mail
        copy = self._copy_of(fact)
        if copy is None and not fact.dotted and fact.act not in _BEFORE_THE_MARK:
            # Its mark was refused: another machine has it by now.
            return
        if copy is None:
            self._breach(_why_unowed(self, fact), fact.at, mail.reader, mail.posts, "nothing was due by this mail")
            return
        state = self.subscriptions[copy.reader, copy.digest].state
        if fact.dotted and state != "confirmed":
            # Who has ended or paused while it was in hand gets no final dot.
            self._breach(f"mailed though {state}", fact.at, mail.reader, mail.posts, "while it was in hand")
        if fact.at < copy.closes or copy.held_back:
            why = "an editor holds it" if copy.held_back else f"it closes at {copy.closes:%Y-%m-%d %H:%M}"
            self._breach("mailed before its time", fact.at, mail.reader, mail.posts, f"{mail.edition}: {why}")
        copy.offers += 1
        if copy.held is None:
            self._compare(copy, fact)
        elif copy.held != mail.posts:
            self._breach("changed once tried", fact.at, mail.reader, copy.held ^ mail.posts, "it said something else")
        if fact.dotted and copy.held is None:
            copy.held = mail.posts
        if fact.arrived and copy.kind == "at-once" and not copy.has_come:
            self._count_arrival(copy, fact)
        self._settle(copy, fact)
        if state != "confirmed" and not fact.dotted and fact.act not in _BEFORE_THE_MARK:
            # Asked once more before its dot, it was given up: whoever comes back is owed none of it.
            self._end(copy, "cancelled")
        self._last = copy
        if fact.dotted:
            # Its mark was written in one commit with what came of those before.
            self._unwritten = []
        self._unwritten.append(copy)

    def _copy_of(self, fact: Offered) -> Copy | None:
        mail = fact.mail
        mine = [each for each in self.copies if each.reader == mail.reader and each.digest == mail.digest]
        for each in mine:
            if each.edition == mail.edition and each.state in ("waits", "perhaps nothing left to say"):
                each.state = "waits"
                return each
        return self._carved(mail.edition, mail.posts, mine)

    def _carved(self, edition: str, posts: frozenset[int], mine: Iterable[Copy]) -> Copy | None:
        """The part of what is to come at once that this mail brings."""
        groups = [each for each in mine if each.edition is None and each.state == "waits" and posts & each.posts]
        if not groups:
            return None
        last, own = groups[-1], frozenset().union(*(posts & each.posts for each in groups))
        for each in groups:
            each.least = max(each.least - len(posts & each.posts), 0)
            each.posts -= posts
        titles = {number: title for each in groups for number, title in each.titles.items()}
        copy = Copy(last.reader, last.digest, last.kind, edition, last.closes, last.frozen_at, own, titles, 0)
        self.copies.append(copy)
        self.begun.add(copy.digest)
        self._count_at_once(copy)
        return copy

    def _count_at_once(self, copy: Copy) -> None:
        self.at_once[copy.reader, copy.digest, self._day(copy.frozen_at)] += 1

    def _count_arrival(self, copy: Copy, fact: Offered) -> None:
        """The morning's mail is one more. What was put off and has nothing left to say is none that a reader had."""
        copy.has_come, day = True, self._day(copy.frozen_at)
        self.came[copy.reader, copy.digest, day] += 1
        most = self.rules.digest(copy.digest).cadence(copy.kind).most_a_day
        if self.came[copy.reader, copy.digest, day] > most + 1:
            self._breach("too many a day", fact.at, copy.reader, copy.posts, f"more than {most} mails on {day}")

    def _has_room(self, copy: Copy) -> bool:
        """Whether one more could have come that day."""
        most = self.rules.digest(copy.digest).cadence(copy.kind).most_a_day
        return copy.is_mornings or self.at_once[copy.reader, copy.digest, self._day(copy.frozen_at)] < most

    def _compare(self, copy: Copy, fact: Offered) -> None:
        """A copy that was not tried yet says what it was frozen with, but what was withdrawn or protected since."""
        there = frozenset(number for number in copy.posts if self.posts[number].public)
        mail = fact.mail
        unsure = self.unsure[copy.reader]
        if missing := there - mail.posts - unsure:
            self._breach("missed", fact.at, mail.reader, missing, f"{mail.edition} had to bring it")
        if extra := mail.posts - there - unsure:
            self._breach(_why_unowed(self, fact, extra), fact.at, mail.reader, extra, f"{mail.edition} brings it")
        other = {n for n in mail.posts & copy.posts if mail.titles[n] != copy.titles[n]}
        if other:
            self._breach("not the words that were frozen", fact.at, mail.reader, frozenset(other), str(mail.titles))

    def _settle(self, copy: Copy, fact: Offered) -> None:
        match fact.act:
            case Act.ACCEPT if fact.dotted:
                copy.state = "got"
            case Act.CUT_AFTER_THE_DOT | Act.KILL_BEFORE_THE_DOT | Act.KILL_AFTER_THE_DOT if fact.dotted:
                copy.doubts += 1
                if copy.doubts > 1:
                    copy.state = "got"
            case Act.REJECT | Act.CAN_NOT_BE_ADDRESSED:
                self._end(copy, "rejected")
                if fact.act is Act.REJECT:
                    self.refused[copy.reader].add(copy.edition)
            case _:
                pass

    def _died(self) -> None:
        """That the relay took a message may not have been written down: then nobody knows, and it is offered again."""
        unwritten, self._unwritten, self._last = self._unwritten, [], None
        for copy in unwritten:
            self._is_unwritten(copy)

    def _is_unwritten(self, copy: Copy) -> None:
        if copy.edition in self.refused[copy.reader]:
            self.perhaps_refused.add(copy.reader)
            self.refused[copy.reader].discard(copy.edition)
        if copy.state == "got" and copy.doubts < 2:
            copy.state, copy.doubts = "waits", copy.doubts + 1
        elif copy.state == "rejected":
            copy.state = "waits"
            self.unsure[copy.reader] |= copy.posts

    def _delivered(self, now: datetime) -> None:
        """Everything had its turn: what was frozen and not begun with will not come."""
        for copy in self.copies:
            if copy.state == "waits" and copy.offers and copy.held is None and now >= copy.closes:
                self._has_perhaps_nothing_to_say(copy)
            if copy.state != "waits" or copy.offers or copy.held_back or now < copy.closes:
                continue
            there = frozenset(n for n in copy.posts - self.unsure[copy.reader] if self.posts[n].public)
            if copy.edition is None:
                if copy.least and there and self._has_room(copy):
                    self._breach("missed", now, copy.reader, there, f"{copy.digest} had to bring it at once")
                copy.state = "waits for the morning"
                continue
            if there:
                self._breach("missed", now, copy.reader, there, f"no mail of {copy.edition} came")
            copy.state = "nothing left to say"

    def _has_perhaps_nothing_to_say(self, copy: Copy) -> None:
        """What was put off and has no post any more is given up if its time has come, which nobody can know."""
        if not any(self.posts[number].public for number in copy.posts):
            copy.state = "perhaps nothing left to say"
            self.unsure[copy.reader] |= copy.posts

    def _breach(self, law: str, at: datetime, reader: str, posts: frozenset[int], words: str) -> None:
        self.breaches.append(Breach(law=law, at=at, reader=reader, posts=posts, words=words))


def _why_unowed(model: Model, fact: Offered, posts: frozenset[int] | None = None) -> str:
    """The law that a mail breaks which nobody owed."""
    mail = fact.mail
    there = model.subscriptions.get((mail.reader, mail.digest))
    if there is None or there.state != "confirmed":
        return f"mailed though {there.state if there else 'never subscribed'}"
    if not mail.posts:
        return "an empty mail"
    got = model._taken(mail.reader, model.rules.digest(mail.digest))
    return "twice" if (posts or mail.posts) & got else "not theirs"
