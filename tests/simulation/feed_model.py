"""What each feed has to show and may show, by the words of docs/feeds.md alone: nothing of the product is asked.

It is told what the blog told, and after each publish what stands in the folder. A publish that came to its end has to
have said all that was told by then, and nothing else. One that did not may have left any document as it was or as it
was to be: then each is whole, and shows no post but one that was public then or was when it last said so.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.documents import Entry, FeedDocument
from tests.simulation.facts import Fact, Looked, Published, Shown, Told
from tests.simulation.known import Breach
from tests.simulation.rules import Rules

#: How long feeds tell that a post is gone, and that nothing is left in them.
TOLD_FOR = timedelta(days=90)


@dataclass(slots=True)
class FeedPost:
    """A post as feeds have to show it."""

    shown: Shown
    #: What ``updated`` may be: two things where the documents leave it open.
    updated: frozenset[datetime]
    public: bool
    #: Since when the blog has it no more.
    gone: datetime | None = None
    #: In which feeds it stood when one was last published whole, by their keys.
    stood_in: frozenset[str] = frozenset()


@dataclass(slots=True)
class FeedModel:
    """Goes through the facts in order, and keeps what was breached; *addresses* has the post at each of the blog's."""

    rules: Rules
    addresses: Mapping[str, int]
    posts: dict[int, FeedPost] = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)
    #: By its key (``all``, or the slug that a category had first): the feed's id, once it was seen.
    feed_ids: dict[str, str] = field(default_factory=dict)
    #: Each post's id, once it was seen.
    entry_ids: dict[int, str] = field(default_factory=dict)
    #: The slug and the name that each category has now, by the slug that it had first.
    called: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: What was public at any time since a publish came to its end.
    was_public: set[int] = field(default_factory=set)
    #: The marks of the documents then, and when; ``None`` once something was told that they may say.
    _stood: tuple[datetime, Mapping[str, str]] | None = None

    def meet(self, facts: Iterable[Fact]) -> list[Breach]:
        publishes = False
        for fact in facts:
            match fact:
                case Told():
                    self._told(fact)
                case Looked(deed="publish"):
                    publishes = fact.well
                case Published():
                    self._published(fact, whole=publishes)
                    publishes = False
                case _:
                    pass
        return self.breaches

    # -- what the blog says --------------------------------------------------------------------------

    def _told(self, fact: Told) -> None:
        called = {category: (slug, fact.names.get(category, "")) for category, slug in fact.slugs.items()}
        if fact.posts or fact.gone or any(self.called.get(each) != words for each, words in called.items()):
            # A category's new name stands in its posts' entries too.
            self._stood = None
        self.called |= called
        for number, shown in fact.posts.items():
            self._showing(number, shown)
        for number in fact.gone:
            post = self.posts[number]
            post.public, post.gone = False, fact.at

    def _showing(self, number: int, shown: Shown) -> None:
        post = self.posts.get(number)
        if post is None:
            dates = frozenset({_second(shown.published), _second(max(shown.modified, shown.published))})
            self.posts[number] = post = FeedPost(shown, dates, public=not shown.protected)
        else:
            if _read(post.shown) != _read(shown):
                # Behind a password nothing of it is shown: whether that moves it is left open.
                kept = post.updated if post.shown.protected or shown.protected else frozenset()
                post.updated = kept | {_second(max(shown.modified, shown.published))}
            post.shown, post.public, post.gone = shown, not shown.protected, None
        if post.public:
            self.was_public.add(number)

    # -- what has to stand there ---------------------------------------------------------------------

    def _feeds(self) -> Iterator[tuple[str, str, frozenset[int]]]:
        """Each feed's key, the stem of its documents, and the posts that it has to bring."""
        public = {number for number, post in self.posts.items() if post.public}
        yield "all", "all", frozenset(public)
        for slug in self.rules.parents:
            below = {each for each in self.rules.parents if slug in self.rules.lineage(each)}
            own = frozenset(n for n in public if below.intersection(self.posts[n].shown.categories))
            yield slug, f"category/{self.called.get(slug, (slug, ''))[0]}", own

    def _published(self, fact: Published, *, whole: bool) -> None:
        for document in fact.documents.values():
            self._one_document(fact, document)
        if not whole:
            return
        for key, stem, owed in self._feeds():
            self._one_feed(fact, key, stem, owed)
        self._nothing_changed_for_nothing(fact)
        self.was_public = {number for number, post in self.posts.items() if post.public}

    # -- of each document, whatever befell the publish -----------------------------------------------

    def _one_document(self, fact: Published, document: FeedDocument) -> None:
        path = document.path
        if document.problem:
            self._breach("a document that nobody can read", fact, path, set(), document.problem)
            return
        ids = [entry.id for entry in document.entries]
        if len(set(ids)) < len(ids):
            self._breach("an id twice in a document", fact, path, set(), f"{ids}")
        for entry in document.entries:
            number = self.addresses.get(entry.url)
            if number is None:
                continue
            if self.entry_ids.setdefault(number, entry.id) != entry.id:
                self._breach("another id", fact, path, {number}, f"{entry.id}, and it was {self.entry_ids[number]}")
            if number not in self.was_public:
                self._breach("shown though it is not public", fact, path, {number}, entry.title)
        for relation, there in document.leads_to.items():
            if there not in fact.documents:
                self._breach("leads to nothing", fact, path, set(), f"{relation} is {there}")

    # -- of each feed, when a publish came to its end ------------------------------------------------

    def _one_feed(self, fact: Published, key: str, stem: str, owed: frozenset[int]) -> None:
        live = fact.documents.get(f"{stem}.atom")
        if live is None or live.problem:
            if owed:
                self._breach("no feed", fact, stem, owed, "it has posts, and there is no document")
            return
        if self.feed_ids.setdefault(key, live.feed_id) != live.feed_id:
            self._breach("another feed id", fact, stem, set(), f"{live.feed_id}, and it was {self.feed_ids[key]}")
        if not owed:
            if any(entry.url in self.addresses for entry in live.entries):
                self._breach("shown though it is not there", fact, stem, set(), "nothing is left in this feed")
            return
        collected = self._collected(fact, live)
        shown = frozenset(collected)
        if missing := owed - shown:
            self._breach("not shown", fact, stem, missing, "it is public, and stands in no document of the feed")
        if extra := shown - owed:
            self._breach("shown though it is not there", fact, stem, extra, "it has no place in this feed")
        for number in sorted(shown & owed):
            for entry in collected[number]:
                self._one_entry(fact, stem, number, entry)
        self._of_live(fact, stem, live, owed)
        self._of_archives(fact, stem, owed)
        self._of_what_is_gone(fact, stem, key, live, owed)

    def _collected(self, fact: Published, live: FeedDocument) -> dict[int, list[Entry]]:
        """What a client collects which goes back from the live document."""
        found: dict[int, list[Entry]] = {}
        document: FeedDocument | None = live
        seen: set[str] = set()
        while document is not None and document.path not in seen:
            seen.add(document.path)
            for entry in document.entries:
                if (number := self.addresses.get(entry.url)) is not None:
                    found.setdefault(number, []).append(entry)
            document = fact.documents.get(document.leads_to.get("prev-archive", ""))
        return found

    def _one_entry(self, fact: Published, stem: str, number: int, entry: Entry) -> None:
        post = self.posts[number]
        shown = post.shown
        wrong = {
            "title": (entry.title, shown.title),
            "address": (entry.url, shown.url),
            "published": (_utc(entry.published), _second(shown.published)),
        }
        for what, (is_so, has_to) in wrong.items():
            if is_so != has_to:
                self._breach("an entry that says otherwise", fact, stem, {number}, f"{what} {is_so}, not {has_to}")
        if html.escape(shown.text, quote=False) not in entry.content:
            self._breach("an entry that says otherwise", fact, stem, {number}, f"its text is {entry.content[:80]!r}")
        if _utc(entry.updated) not in post.updated:
            may = " or ".join(f"{each:%Y-%m-%d %H:%M:%S}" for each in sorted(post.updated))
            words = f"updated {entry.updated:%Y-%m-%d %H:%M:%S}, and it has to be {may}"
            self._breach(
                "unread again" if entry.updated > max(post.updated) else "not updated", fact, stem, {number}, words
            )
        # From here on it stands for good, until the blog changes what is read.
        post.updated = frozenset({_utc(entry.updated)} & post.updated) or post.updated

    def _of_live(self, fact: Published, stem: str, live: FeedDocument, owed: frozenset[int]) -> None:
        """The newest ones, in order, so many at most; and RSS and JSON say the same."""
        numbers = [self.addresses[entry.url] for entry in live.entries if entry.url in self.addresses]
        dates = [self.posts[number].shown.published for number in numbers if number in self.posts]
        if dates != sorted(dates, reverse=True):
            self._breach("out of order", fact, stem, set(numbers), "the live document is not newest first")
        left = [self.posts[number].shown.published for number in owed.difference(numbers)]
        if left and dates and max(left) > min(dates):
            self._breach("not the newest", fact, stem, owed.difference(numbers), "a newer one is left to archives")
        if len(numbers) > self.rules.entries:
            self._breach("too many entries", fact, stem, set(numbers), f"{len(numbers)} in the live document")
        if not numbers and owed:
            self._breach("an empty live document", fact, stem, owed, "it has at least one entry")
        ids = tuple(entry.id for entry in live.entries)
        if any(beside != ids for beside in live.ids_beside):
            self._breach("RSS or JSON say otherwise", fact, stem, set(numbers), f"{live.ids_beside} beside {ids}")

    def _of_archives(self, fact: Published, stem: str, owed: frozenset[int]) -> None:
        """Each has all posts of its month, by the blog's clock."""
        zone = ZoneInfo(self.rules.zone)
        for path, document in fact.documents.items():
            if not path.startswith(f"{stem}/") or path.count("/") > stem.count("/") + 1:
                continue
            month = path.rpartition("/")[2].removesuffix(".atom")
            of_it = {n for n in owed if f"{self.posts[n].shown.published.astimezone(zone):%Y-%m}" == month}
            there = {self.addresses[entry.url] for entry in document.entries if entry.url in self.addresses}
            if there != of_it:
                self._breach("an archive that is not its month", fact, path, there ^ of_it, f"it has {sorted(there)}")

    def _of_what_is_gone(self, fact: Published, stem: str, key: str, live: FeedDocument, owed: frozenset[int]) -> None:
        """Said for ninety days, on evidence of removal alone."""
        for number, post in self.posts.items():
            is_told = self.entry_ids.get(number) in live.gone
            if is_told and post.public:
                self._breach("called gone though it is not", fact, stem, {number}, "the blog has it")
            # Behind a password it has left for whoever reads feeds; the documents leave open what is said then.
            ought = post.gone is not None and key in post.stood_in and fact.clock - post.gone < TOLD_FOR
            if ought and not is_told and key == "all":
                self._breach("not called gone", fact, stem, {number}, f"it is gone since {post.gone}")
            if is_told and post.gone is not None and fact.clock - post.gone >= TOLD_FOR:
                self._breach("called gone for too long", fact, stem, {number}, f"it is gone since {post.gone}")
            if post.public:
                place = {key} if number in owed else set()
                post.stood_in = (post.stood_in - {key}) | place

    def _nothing_changed_for_nothing(self, fact: Published) -> None:
        """Where the blog told nothing, and nothing ends that feeds say for a time, no document of posts changes."""
        marks = {path: document.mark for path, document in fact.documents.items()}
        ends = any(
            post.gone is not None and fact.clock - post.gone >= TOLD_FOR - timedelta(days=1)
            for post in self.posts.values()
        )
        if self._stood is not None and not ends:
            _, before = self._stood
            other = sorted(path for path in marks.keys() & before.keys() if marks[path] != before[path])
            if other:
                self._breach("changed for nothing", fact, other[0], set(), f"{', '.join(other)}: the blog told nothing")
        self._stood = (fact.at, marks)

    def _breach(self, law: str, fact: Published, where: str, posts: Iterable[int], words: str) -> None:
        self.breaches.append(Breach(law=law, at=fact.at, reader=where, posts=frozenset(posts), words=words))


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _read(shown: Shown) -> tuple[str, str, str, bool]:
    """What a reader reads of a post, and whether they can."""
    return shown.title, shown.text, shown.url, shown.protected
