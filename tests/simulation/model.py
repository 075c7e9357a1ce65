"""What each reader had to get, by the words of the rules alone: nothing of the product is asked, and none imported.

It is told the same facts as the product met (what the blog said, when somebody looked, what readers wished, what the
relay did), and says of each copy which posts it has to hold. Where a mail holds others, or none comes, it is a breach.

The law in short. A post is *settled* once it was unchanged in title, text and address for ``settle`` minutes, at the
latest after four times that. An edition brings a reader the posts that are public, settled before it closes, not too
old when they were seen, seen not too long ago, kept out by no mark, of a category chosen since before they settled, and
not got or promised by any other edition. What did not arrive for the sender's or the relay's fault is due again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.closings import last_closing, next_closing
from tests.simulation.facts import (
    Cancelled,
    DeliveryBegins,
    Died,
    Edited,
    Fact,
    Looked,
    Offered,
    Published,
    Restored,
    Shown,
    Suppressed,
    Told,
    Wished,
)
from tests.simulation.rules import CadenceRule, DigestRule, Rules
from tests.support.fakes import Act

#: A choice of everything.
EVERYTHING = "*"
NEVER = datetime.min.replace(tzinfo=UTC)


# -- what is known ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Known:
    """A post as it was told, and since when."""

    shown: Shown
    seen: datetime
    #: When it was noticed that its title, text or address was another.
    revised: list[datetime] = field(default_factory=list)
    public: bool = True

    def settled_at(self, settle: timedelta) -> datetime:
        at = self.seen + settle
        for noticed in sorted(self.revised):
            if noticed >= at:
                break
            at = min(noticed + settle, self.seen + 4 * settle)
        return at


@dataclass(slots=True)
class Subscription:
    """A reader's wish to have a digest."""

    state: str
    cadence: str
    #: From when each chosen slug counts, or ``EVERYTHING``.
    since: dict[str, datetime]
    paused_until: datetime | None = None
    away_until: datetime | None = None
    #: What an end by mistake is taken back to.
    before_its_end: str = "confirmed"
    #: What it is again when its address takes mail again.
    before_it_bounced: str | None = None


@dataclass(slots=True)
class Copy:
    """What a reader is to get by one edition, or the posts that are to come at once, one by one or together."""

    reader: str
    digest: str
    kind: str
    #: As Message-IDs have it; ``None`` while no mail has shown which it is.
    edition: str | None
    closes: datetime
    frozen_at: datetime
    posts: frozenset[int]
    #: The title that each had then.
    titles: Mapping[int, str]
    #: How many of them have to go at once; the others wait for the morning.
    least: int
    #: ``None`` until its final dot was written for the first time.
    held: frozenset[int] | None = None
    offers: int = 0
    doubts: int = 0
    #: ``"waits"``, ``"got"`` or why it did not come.
    state: str = "waits"
    #: Of one at once: it is the morning's.
    is_mornings: bool = False
    #: An editor keeps its edition back, frozen as it is.
    held_back: bool = False

    def promises(self) -> frozenset[int]:
        """The posts that no other edition may bring."""
        if self.state in ("got", "waits"):
            return self.posts if self.held is None else self.held
        return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Where the product did not do as the rules say."""

    law: str
    at: datetime
    reader: str
    posts: frozenset[int]
    words: str

    def __str__(self) -> str:
        named = ", ".join(f"post {number}" for number in sorted(self.posts)) or "no post"
        return f"{self.law}: {self.reader}, {named}, at {self.at:%Y-%m-%d %H:%M} UTC: {self.words}"


# -- the model ----------------------------------------------------------------------------------------


class Model:
    """Goes through the facts in order, and keeps what was breached."""

    def __init__(self, rules: Rules, *, before: datetime) -> None:
        self.rules = rules
        self.zone = ZoneInfo(rules.zone)
        self.posts: dict[int, Known] = {}
        self.subscriptions: dict[tuple[str, str], Subscription] = {}
        self.copies: list[Copy] = []
        self.breaches: list[Breach] = []
        self.good_polls: list[datetime] = []
        #: Whether the last one did not work; when one first had news after the last such, and when anything was told.
        self.polls_fail = False
        self.news: datetime | None = None
        self.told_at: datetime | None = None
        #: The last closing of each cadence that is over, be it with an edition or without.
        self.closed: dict[tuple[str, str], datetime] = defaultdict(lambda: NEVER)
        #: The closing of each cadence that waited for a poll.
        self.held: dict[tuple[str, str], datetime] = {}
        #: The cadences that somebody had.
        self.had_readers: set[tuple[str, str]] = set()
        #: Mails at once that were frozen for a reader, by local day.
        self.at_once: Counter[tuple[str, str, date]] = Counter()
        #: Of each edition by its name, the cadence with its closing; and how many of a closing were cancelled.
        self.editions: dict[str, dict[tuple[str, str], datetime]] = {}
        self.issues: Counter[tuple[tuple[str, str], datetime]] = Counter()
        #: The digests of which an edition went to somebody.
        self.begun: set[str] = set()
        #: What editors have said of the edition of a closing: ``approve``, ``hold`` or ``release``.
        self.words: dict[tuple[tuple[str, str], datetime], str] = {}
        #: The posts that they left out, by digest.
        self.dropped: dict[str, set[int]] = defaultdict(set)
        #: Posts of which nobody can say whether their copy waits still, by reader.
        self.unsure: dict[str, frozenset[int]] = defaultdict(frozenset)
        self._last_prepared: datetime = before
        #: Of which the last message was, in this delivery.
        self._last: Copy | None = None

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
                case Edited():
                    self._edited(fact)
                case Suppressed() | Restored():
                    self._of_the_address(fact)
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

    # -- what the blog says --------------------------------------------------------------------------

    def _told(self, fact: Told) -> None:
        if fact.posts or fact.gone:
            self.told_at = fact.at
        for number, shown in fact.posts.items():
            known = self.posts.get(number)
            if known is None:
                seen = shown.published if fact.first else fact.at
                self.posts[number] = Known(shown, seen, public=not shown.protected)
                continue
            if _read(known.shown) != _read(shown):
                known.revised.append(fact.at)
            known.shown, known.public = shown, not shown.protected
        for number in fact.gone:
            self.posts[number].public = False

    # -- what readers wish ---------------------------------------------------------------------------

    def _wished(self, fact: Wished) -> None:
        key, digest = (fact.reader, fact.digest), self.rules.digest(fact.digest)
        there = self.subscriptions.get(key)
        match fact.what:
            case "join":
                cadence = digest.cadence(fact.cadence).kind
                self.subscriptions[key] = Subscription("confirmed", cadence, {})
                self._choose(self.subscriptions[key], digest, fact.categories, fact.at)
            case "choose":
                assert there
                self._choose(there, digest, fact.categories, fact.at)
            case "turn":
                assert there
                there.cadence = digest.cadence(fact.cadence).kind
            case "pause":
                assert there
                there.state, there.paused_until = "paused", fact.until
            case "resume":
                assert there
                self._resume(there, fact.at)
            case "leave":
                assert there
                there.before_its_end, there.state = there.state, "ended"
            case "undo":
                assert there
                there.state = there.before_its_end

    def _of_the_address(self, fact: Suppressed | Restored) -> None:
        """Whose mail came back has nothing until that is taken back, and then all as it was."""
        for (reader, _), there in self.subscriptions.items():
            if reader != fact.reader:
                continue
            if isinstance(fact, Suppressed) and there.state in ("confirmed", "paused"):
                there.before_it_bounced, there.state = there.state, "bounced"
            elif isinstance(fact, Restored) and there.before_it_bounced is not None:
                there.state, there.before_it_bounced = there.before_it_bounced, None

    def _choose(self, there: Subscription, digest: DigestRule, categories: Sequence[str] | None, at: datetime) -> None:
        """What was chosen before keeps its beginning; what is new counts from the start of this period."""
        begins = self._period_start(digest, there, at)
        before = there.since
        if categories is None:
            there.since = {**before, EVERYTHING: before.get(EVERYTHING, begins)}
        else:
            there.since = {slug: min(_known(before, slug, EVERYTHING), default=begins) for slug in categories}

    def _period_start(self, digest: DigestRule, there: Subscription, at: datetime) -> datetime:
        """Who is there when a digest begins gets by its first edition what the period before brought."""
        cadence = digest.cadence(there.cadence)
        if cadence.kind == "at-once":
            return at
        begins = last_closing(cadence, self.rules.zone, at)
        if digest.name in self.begun:
            return begins
        return last_closing(cadence, self.rules.zone, begins - timedelta(seconds=1))

    @staticmethod
    def _resume(there: Subscription, at: datetime) -> None:
        there.state, there.away_until, there.paused_until = "confirmed", at, None

    # -- what is due ---------------------------------------------------------------------------------

    def why_not(self, reader: str, digest: DigestRule, number: int, closes: datetime) -> str | None:
        """Why no edition of *digest* that closes then brings them this post, got or not; ``None`` where one may."""
        post, there = self.posts[number], self.subscriptions[reader, digest.name]
        settled = post.settled_at(digest.settle)
        if not post.public:
            return "not public"
        if number in self.dropped[digest.name]:
            return "dropped by an editor"
        if settled >= closes:
            return f"settled at {settled:%Y-%m-%d %H:%M}, after the closing"
        if post.shown.published < post.seen - digest.max_age:
            return "too old when it was seen"
        if post.seen < closes - digest.mail_within:
            return "seen too long ago"
        if (kept := self._kept_out(post.shown, digest)) is not None:
            return kept
        if not self._is_chosen(post.shown, there, settled):
            return "not chosen, or not since before it settled"
        return None

    def _kept_out(self, shown: Shown, digest: DigestRule) -> str | None:
        filed = self._filed(shown)
        if digest.categories is not None and filed.isdisjoint(digest.categories):
            return "not of this digest's categories"
        marks = {*filed, *shown.tags}.intersection(digest.leave_out)
        return f"left out by {', '.join(sorted(marks))}" if marks else None

    def _filed(self, shown: Shown) -> set[str]:
        return {above for slug in shown.categories for above in self.rules.lineage(slug)}

    def _is_chosen(self, shown: Shown, there: Subscription, settled: datetime) -> bool:
        slugs = [EVERYTHING, *self._filed(shown), *(f"tag:{tag}" for tag in shown.tags if tag in self.rules.follow)]
        return any(there.since[slug] <= settled for slug in slugs if slug in there.since)

    def _taken(self, reader: str, digest: DigestRule) -> set[int]:
        counting = (each for each in self.copies if each.reader == reader)
        if digest.repeats:
            counting = (each for each in counting if each.digest == digest.name)
        return {number for each in counting for number in each.promises()}

    def due(self, reader: str, digest: DigestRule, closes: datetime) -> frozenset[int]:
        may = frozenset(n for n in self.posts if self.why_not(reader, digest, n, closes) is None)
        return may - self._taken(reader, digest) if may else may

    # -- preparing -----------------------------------------------------------------------------------

    def _prepare(self, now: datetime) -> None:
        for there in self.subscriptions.values():
            if there.state == "paused" and there.paused_until is not None and there.paused_until <= now:
                self._resume(there, there.paused_until)
        closing = [
            (due, order, digest, cadence)
            for order, digest in enumerate(self.rules.digests)
            for cadence in digest.cadences
            for due in (self._closing_due(digest, cadence, now), self._approved_early(digest, cadence, now))
            if due is not None
        ]
        for (closes, until), order, digest, cadence in sorted(closing, key=lambda each: (each[0][0], each[1])):
            self._fold(digest, cadence, closes)
            self._prepare_at_once(now, before=min(closes, now), order=order)
            self.closed[digest.name, cadence.kind] = closes
            for reader in self._readers(digest, cadence):
                posts = self.due(reader, digest, until)
                if posts:
                    self._promise(reader, digest, cadence, closes, now, posts, least=len(posts))
        self._prepare_at_once(now)
        self._last_prepared = now

    def _closing_due(self, digest: DigestRule, cadence: CadenceRule, now: datetime) -> tuple[datetime, datetime] | None:
        """The newest closing, with the instant before which its posts settled; ``None`` where it has no edition now.

        One that is over, or too late, has none; nor has a cadence that nobody ever had. Where the blog could not be
        read all through the period it waits until it can, and then as long as what it tells takes to settle.
        """
        key = (digest.name, cadence.kind)
        closes = last_closing(cadence, self.rules.zone, now)
        if closes <= self.closed[key] or now - closes > digest.max_late:
            return None
        if key not in self.had_readers and not self._readers(digest, cadence):
            return None
        word = self.words.get((key, closes))
        if cadence.kind != "at-once" and (word == "hold" or (digest.approval == "required" and word is None)):
            return None
        if cadence.kind == "at-once":
            return self._morning_due(key, closes, now)
        self.had_readers.add(key)
        begins = last_closing(cadence, self.rules.zone, closes - timedelta(seconds=1))
        worked = not self.polls_fail or any(begins <= poll <= now for poll in self.good_polls)
        if self.held.get(key) != closes and worked:
            return closes, closes
        self.held[key] = closes
        works = any(poll >= closes for poll in self.good_polls)
        return (closes, now) if works and (self.news is None or now >= self.news + digest.settle) else None

    def _approved_early(
        self, digest: DigestRule, cadence: CadenceRule, now: datetime
    ) -> tuple[datetime, datetime] | None:
        """What an editor has approved is frozen at once, and leaves when it closes."""
        if cadence.kind == "at-once":
            return None
        closes, key = next_closing(cadence, self.rules.zone, now), (digest.name, cadence.kind)
        if closes <= self.closed[key] or self.words.get((key, closes)) != "approve":
            return None
        self.had_readers.add(key)
        return closes, now

    def _fold(self, digest: DigestRule, cadence: CadenceRule, closes: datetime) -> None:
        """What an editor still keeps back leaves its posts to the edition of the next closing."""
        for copy in self.copies:
            is_of_it = (copy.digest, copy.kind) == (digest.name, cadence.kind)
            if is_of_it and copy.held_back and copy.state == "waits" and copy.closes < closes:
                self._end(copy, "cancelled")

    def _morning_due(self, key: tuple[str, str], closes: datetime, now: datetime) -> tuple[datetime, datetime] | None:
        """A cadence at once begins with the first look that finds a reader; what settled before is the morning's."""
        if key in self.had_readers:
            return closes, closes
        self.had_readers.add(key)
        self.closed[key], self._last_prepared = closes, now
        return None

    def _readers(self, digest: DigestRule, cadence: CadenceRule) -> list[str]:
        return [
            reader
            for (reader, name), there in self.subscriptions.items()
            if name == digest.name and there.state == "confirmed" and there.cadence == cadence.kind
        ]

    def _prepare_at_once(self, now: datetime, *, before: datetime | None = None, order: int = 0) -> None:
        """What has just settled has to go, as far as there is room; what waits for the morning, why ever, may.

        With *before*, what settled before that closing of the digest in that place alone, and has to go.
        """
        for place, digest in enumerate(self.rules.digests):
            cadence = digest.cadence("at-once")
            if cadence.kind != "at-once":
                continue
            closes = now if before is None else before + (place < order) * timedelta(microseconds=1)
            for reader in self._readers(digest, cadence):
                posts = self.due(reader, digest, closes)
                fresh = sorted(
                    (n for n in posts if self._is_fresh(digest, n, now)),
                    key=lambda n: (self.posts[n].settled_at(digest.settle), str(n)),
                )
                fresh = fresh[: self._room(reader, digest, cadence, now)]
                posts = posts if before is None else frozenset(fresh)
                if posts:
                    self._promise(reader, digest, cadence, closes, now, posts, least=len(fresh))

    def _room(self, reader: str, digest: DigestRule, cadence: CadenceRule, now: datetime) -> int:
        """How many mails more there may be that day."""
        day = self._day(now)
        promised = sum(
            each.least
            for each in self.copies
            if (each.reader, each.digest, each.edition, each.state) == (reader, digest.name, None, "waits")
            and not each.is_mornings
            and self._day(each.frozen_at) == day
        )
        return max(cadence.most_a_day - self.at_once[reader, digest.name, day] - promised, 0)

    def _is_fresh(self, digest: DigestRule, number: int, now: datetime) -> bool:
        """Whether it settled since the last look, and not so long ago that it waits for the morning."""
        settled = self.posts[number].settled_at(digest.settle)
        return self._last_prepared <= settled and now - settled <= digest.max_late

    def _promise(
        self,
        reader: str,
        digest: DigestRule,
        cadence: CadenceRule,
        closes: datetime,
        now: datetime,
        posts: frozenset[int],
        *,
        least: int,
    ) -> None:
        titles = {number: self.posts[number].shown.title for number in posts}
        edition = None
        if cadence.kind != "at-once":
            self.begun.add(digest.name)
            edition = self._named(digest, cadence, closes)
            self.editions[edition] = {(digest.name, cadence.kind): closes}
        copy = Copy(reader, digest.name, cadence.kind, edition, closes, now, posts, titles, least)
        copy.is_mornings = cadence.kind == "at-once" and self.closed[digest.name, cadence.kind] == closes
        self.copies.append(copy)

    def _named(self, digest: DigestRule, cadence: CadenceRule, closes: datetime) -> str:
        kind = "" if cadence is digest.first else f"{cadence.kind}-"
        before = self.issues[(digest.name, cadence.kind), closes]
        issue = f".{before + 1}" if before else ""
        return f"{digest.name}-{kind}{self._day(closes).isoformat()}{issue}"

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    # -- delivering ----------------------------------------------------------------------------------

    def _give_up(self, now: datetime) -> None:
        self._last = None
        for copy in self.copies:
            if copy.state == "waits":
                if self.subscriptions[copy.reader, copy.digest].state != "confirmed":
                    self._end(copy, "cancelled")
                elif (
                    not copy.held_back
                    and now - max(copy.closes, copy.frozen_at) > self.rules.digest(copy.digest).max_late
                ):
                    self._end(copy, "expired")

    def _max_late(self, copy: Copy) -> timedelta:
        return self.rules.digest(copy.digest).max_late

    def _end(self, copy: Copy, state: str) -> None:
        """What may have arrived counts as got."""
        copy.state = "got" if copy.doubts else state

    def _cancelled(self, fact: Cancelled) -> None:
        """What nobody was handed is free; a closing whose edition was cancelled has another one."""
        for copy in self.copies:
            if copy.edition == fact.edition and copy.state == "waits":
                self._end(copy, "cancelled")
        for key, closes in self.editions.pop(fact.edition, {}).items():
            if self.closed[key] == closes:
                self.closed[key] = closes - timedelta(seconds=1)
                self.held.pop(key, None)
                self.words.pop((key, closes), None)
                self.issues[key, closes] += 1

    def _edited(self, fact: Edited) -> None:
        digest = self.rules.digest(fact.digest)
        match fact.what, fact.post:
            case "drop", int(post):
                self.dropped[digest.name].add(post)
            case "keep", int(post):
                self.dropped[digest.name].discard(post)
            case word, _:
                for cadence in digest.cadences:
                    key = digest.name, cadence.kind
                    for at in (last_closing, next_closing):
                        closes = at(cadence, self.rules.zone, fact.at)
                        if cadence.kind != "at-once" and self._named(digest, cadence, closes) == fact.edition:
                            self.words[key, closes] = word
                for copy in self.copies:
                    if copy.edition == fact.edition and copy.state == "waits":
                        copy.held_back = word == "hold"

    def _offered(self, fact: Offered) -> None:
        mail = fact.mail
        copy = self._copy_of(fact)
        if copy is None:
            self._breach(_why_unowed(self, fact), fact.at, mail.reader, mail.posts, "nothing was due by this mail")
            return
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
        self._settle(copy, fact)
        self._last = copy

    def _copy_of(self, fact: Offered) -> Copy | None:
        mail = fact.mail
        mine = [each for each in self.copies if each.reader == mail.reader and each.digest == mail.digest]
        for each in mine:
            if each.edition == mail.edition and each.state == "waits":
                return each
        return self._carved(mail.edition, mail.posts, mine, fact)

    def _carved(self, edition: str, posts: frozenset[int], mine: Iterable[Copy], fact: Offered) -> Copy | None:
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
        self._count_at_once(copy, fact)
        return copy

    def _count_at_once(self, copy: Copy, fact: Offered) -> None:
        """The morning's mail is one more."""
        digest, day = self.rules.digest(copy.digest), self._day(copy.frozen_at)
        self.at_once[copy.reader, copy.digest, day] += 1
        most = digest.cadence(copy.kind).most_a_day
        if self.at_once[copy.reader, copy.digest, day] > most + 1:
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
            case _:
                pass

    def _died(self) -> None:
        """That the relay took a message may not have been written down: then nobody knows, and it is offered again."""
        copy, self._last = self._last, None
        if copy is None:
            return
        if copy.state == "got" and copy.doubts < 2:
            copy.state, copy.doubts = "waits", copy.doubts + 1
        elif copy.state == "rejected":
            copy.state = "waits"
            self.unsure[copy.reader] |= copy.posts

    def _delivered(self, now: datetime) -> None:
        """Everything had its turn: what was frozen and not begun with will not come."""
        for copy in self.copies:
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


def _read(shown: Shown) -> tuple[str, str | None, str]:
    """What a reader reads of a post."""
    if shown.protected:
        return f"Protected: {shown.title}", None, shown.url
    return shown.title, shown.text, shown.url


def _known(since: Mapping[str, datetime], *slugs: str) -> list[datetime]:
    return [since[slug] for slug in slugs if slug in since]
