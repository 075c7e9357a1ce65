"""Which posts an edition has to bring to a reader, by what was told and wished; the law of it stands in ``model``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.approved import Approved
from tests.simulation.closings import last_closing
from tests.simulation.facts import (
    Restored,
    Shown,
    Suppressed,
    Told,
    Wished,
)
from tests.simulation.known import Breach, Copy, Known, Subscription
from tests.simulation.rules import DigestRule, Rules

#: A choice of everything.
EVERYTHING = "*"
NEVER = datetime.min.replace(tzinfo=UTC)


class Due:
    """What is known by a fact, and what is due then."""

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
        #: The closing of each cadence whose edition waits for a poll, or for an editor.
        self.waiting: dict[tuple[str, str], datetime] = {}
        #: The cadences that somebody had.
        self.had_readers: set[tuple[str, str]] = set()
        #: Mails at once that were frozen for a reader, by local day.
        self.at_once: Counter[tuple[str, str, date]] = Counter()
        #: Those of them that a reader got.
        self.came: Counter[tuple[str, str, date]] = Counter()
        #: Of each edition by its name, the cadence with its closing; and how many of a closing were cancelled.
        self.editions: dict[str, dict[tuple[str, str], datetime]] = {}
        self.issues: Counter[tuple[tuple[str, str], datetime]] = Counter()
        #: The digests that have had an edition, be it one that was skipped.
        self.begun: set[str] = set()
        #: The days of which a cadence has had its edition, or nobody to make it for: no name is given twice.
        self.dated: set[tuple[tuple[str, str], date]] = set()
        #: What editors have said of the edition of a day, and when: ``approve``, ``hold`` or ``release``.
        self.words: dict[tuple[tuple[str, str], date], tuple[str, datetime]] = {}
        #: What stood in it when they approved it.
        self.approved: dict[tuple[tuple[str, str], date], Approved] = {}
        #: The posts that each edition of a cadence was the first to bring, by its name.
        self.placed: dict[tuple[str, str], dict[str, frozenset[int]]] = defaultdict(dict)
        #: How readers see categories called.
        self.names: dict[str, str] = {}
        #: The posts that they left out, by digest.
        self.dropped: dict[str, set[int]] = defaultdict(set)
        #: Posts of which nobody can say whether their copy waits still, by reader.
        self.unsure: dict[str, frozenset[int]] = defaultdict(frozenset)
        #: Whose address is never to be mailed.
        self.suppressed: set[str] = set()
        #: The editions of which the relay has refused a reader's copy for good, since that was looked at last; and the
        #: readers of whom nobody can say whether that is written down.
        self.refused: dict[str, set[str | None]] = defaultdict(set)
        self.perhaps_refused: set[str] = set()
        self._last_prepared: datetime = before
        #: Of which the last message was, in this delivery.
        self._last: Copy | None = None
        #: Those of which nobody knows whether what the relay said is written down.
        self._unwritten: list[Copy] = []

    # -- what the blog says --------------------------------------------------------------------------

    def _told(self, fact: Told) -> None:
        if fact.posts or fact.gone:
            self.told_at = fact.at
        self.names.update(fact.names)
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
        if isinstance(fact, Suppressed):
            self.suppressed.add(fact.reader)
        else:
            self.suppressed.discard(fact.reader)
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
        if (kept := self.why_nobody(digest, number, closes)) is not None:
            return kept
        post, there = self.posts[number], self.subscriptions[reader, digest.name]
        if not self._is_chosen(post.shown, there, post.settled_at(digest.settle)):
            return "not chosen, or not since before it settled"
        return None

    def why_nobody(self, digest: DigestRule, number: int, closes: datetime) -> str | None:
        """Why no edition of *digest* that closes then brings this post to anybody; ``None`` where one may."""
        post = self.posts[number]
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
        return self._kept_out(post.shown, digest)

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


def _read(shown: Shown) -> tuple[str, str | None, str]:
    """What a reader reads of a post."""
    if shown.protected:
        return f"Protected: {shown.title}", None, shown.url
    return shown.title, shown.text, shown.url


def _known(since: Mapping[str, datetime], *slugs: str) -> list[datetime]:
    return [since[slug] for slug in slugs if slug in since]
