"""A blog in memory, which answers a poll as the real sources do: what changed, what is gone, or nothing at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import MappingProxyType

from solacefeed.errors import SourceError
from solacefeed.models.blog import Author, BlogInfo, CategoryNumber, SourceCategory, SourcePost, Tag
from solacefeed.ports import Batch, Known
from tests.simulation.facts import Shown, Told
from tests.support.fakes import Killed

HOME = "https://blog.example.org"
#: Posts that one answer tells.
AT_ONCE = 10
NEVER = datetime.min.replace(tzinfo=UTC)
#: How long an answer of a slow blog takes: of one poll all of them less than an hour.
SLOW = timedelta(minutes=9)

#: Of which each post's own words are made: no two posts end alike, for what recurs is set aside.
WORDS = (
    *("budget", "council", "bridge", "care", "street", "library", "market", "school"),
    *("rent", "tenant", "grant", "review", "garden", "station", "hall", "flood"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The blog can't be read for a while; where it *begins to answer*, the first answer comes and the next does not."""

    starts: datetime
    ends: datetime
    begins_to_answer: bool = False
    #: Whoever asks dies of it.
    kills: bool = False


@dataclass
class Blog:
    """*parents* has each category by its slug, with the slug of the one above it."""

    zone: str
    parents: Mapping[str, str | None]
    now: Callable[[], datetime]
    #: Told of each answer that was taken over.
    on_told: Callable[[Told], object]
    posts: dict[int, Shown] = field(default_factory=dict)
    #: The number of the post at each address that there ever was.
    addresses: dict[str, int] = field(default_factory=dict)
    #: What stood there before it was withdrawn.
    withdrawn: dict[int, Shown] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    #: When it answers that nearly everything is gone.
    lies: list[tuple[datetime, datetime]] = field(default_factory=list)
    #: When each of its answers takes a while, and what lets that pass.
    slow: list[tuple[datetime, datetime]] = field(default_factory=list)
    passes: Callable[[timedelta], object] = lambda _: None
    #: When it was asked last.
    _asked: datetime = field(default=NEVER)
    home: str = HOME
    #: What it has told, and nobody has asked for more since: posts, and which are gone.
    _unheard: dict[int, Shown] = field(default_factory=dict)
    _unheard_gone: frozenset[int] = frozenset()
    #: Of each category its slug and its name now, by the slug that it had first.
    called: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: How often each was edited.
    edits: Counter[int] = field(default_factory=Counter)

    # -- what authors do ---------------------------------------------------------------------------

    def write(self, number: int, categories: tuple[str, ...], tags: tuple[str, ...], published: datetime) -> None:
        post = Shown(
            number=number,
            title=f"Post {number}",
            text=_text(number, 0),
            url=f"{self.home}/post-{number}/",
            categories=categories,
            tags=tags,
            published=published,
            modified=self._second(),
        )
        self._show(post)

    def edit(self, number: int, what: str) -> None:
        """Changes the title, the text, the address or nothing but the date of change of a post that is there."""
        post = self.posts[number]
        self.edits[number] += 1
        version = self.edits[number]
        match what:
            case "title":
                post = replace(post, title=f"Post {number}, version {version}")
            case "text":
                post = replace(post, text=_text(number, version))
            case "address":
                post = replace(post, url=f"{self.home}/post-{number}-{version}/")
        self._show(replace(post, modified=self._second()))

    def refile(self, number: int, categories: tuple[str, ...]) -> None:
        self._show(replace(self.posts[number], categories=categories, modified=self._second()))

    def protect(self, number: int, *, protected: bool) -> None:
        self._show(replace(self.posts[number], protected=protected, modified=self._second()))

    def withdraw(self, number: int) -> None:
        self.withdrawn[number] = self.posts.pop(number)

    def republish(self, number: int) -> None:
        self._show(replace(self.withdrawn.pop(number), modified=self._second()))

    def rename(self, category: str, slug: str, name: str) -> None:
        self.called[category] = (slug, name)

    def move(self, home: str) -> None:
        """Every address is another; no post was edited for it."""
        before, self.home = self.home, home
        for posts in (self.posts, self.withdrawn):
            for number, post in posts.items():
                posts[number] = replace(post, url=post.url.replace(before, home))
                self.addresses[posts[number].url] = number

    def _show(self, post: Shown) -> None:
        self.posts[post.number] = post
        self.addresses[post.url] = post.number

    def _second(self) -> datetime:
        return self.now().replace(microsecond=0)

    # -- the seam ----------------------------------------------------------------------------------

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:  # noqa: ARG002  # the seam has it
        self._asked = self.now()
        self._note_what_was_kept(known)
        outage = self._outage()
        self._take_time()
        if outage and not outage.begins_to_answer:
            _break_off(outage)
        site = BlogInfo(title="Officers' Blog", description="", url=self.home, time_zone=self.zone)
        yield Batch(site=site, categories=self._categories(), authors=(Author(id="1", name="Jo Carver"),))
        self._note(known, {}, called={category: self._called(category) for category in self.parents})
        changed = (each for _, each in sorted(self.posts.items()) if self._is_news(each, known))
        while some := list(islice(changed, AT_ONCE)):
            self._take_time()
            self._unheard = {post.number: post for post in some}
            yield Batch(posts=tuple(map(self._told, some)))
            self._note(known, self._unheard)
            self._unheard = {}
            if outage:
                _break_off(outage)
        if outage:
            _break_off(outage)
        missing = {int(number) for number in known.posts if int(number) not in self.posts}
        lied = set(map(int, known.posts)) if any(begins <= self.now() < ends for begins, ends in self.lies) else set()
        self._take_time()
        gone = sorted(missing | lied) if _is_too_much(len(missing | lied), len(known.posts)) else sorted(missing)
        # Too many at once are the operator's to decide, who is away.
        self._unheard_gone = frozenset() if _is_too_much(len(gone), len(known.posts)) else frozenset(gone)
        yield Batch(
            gone={str(number): "deleted (404)" for number in gone},
            memory={"polled": "yes"},
            complete=True,
            last_word=True,
        )
        self._note(known, {}, self._unheard_gone)
        self._unheard_gone = frozenset()

    def _note_what_was_kept(self, known: Known) -> None:
        """Whose connection broke as it was written down asks for no more, and may have taken it over."""
        kept = {number: post for number, post in self._unheard.items() if not self._is_news(post, known)}
        gone = frozenset(number for number in self._unheard_gone if str(number) not in known.posts)
        self._unheard, self._unheard_gone = {}, frozenset()
        if kept or gone:
            self._note(known, kept, gone)

    def _take_time(self) -> None:
        if any(begins <= self._asked < ends for begins, ends in self.slow) and self.now() - self._asked < 4 * SLOW:
            self.passes(SLOW)

    def _outage(self) -> Outage | None:
        return next((each for each in self.outages if each.starts <= self.now() < each.ends), None)

    def _note(
        self,
        known: Known,
        posts: Mapping[int, Shown],
        gone: frozenset[int] = frozenset(),
        called: Mapping[str, tuple[str, str]] = MappingProxyType({}),
    ) -> None:
        """Whoever asks for more has taken over what came before."""
        slugs = {category: slug for category, (slug, _) in called.items()}
        names = {category: name for category, (_, name) in called.items()}
        told = Told(at=self._asked, first=not known.complete, posts=posts, gone=gone, slugs=slugs, names=names)
        self.on_told(told)

    def _called(self, category: str) -> tuple[str, str]:
        return self.called.get(category, (category, category.replace("-", " ").capitalize()))

    def _is_news(self, post: Shown, known: Known) -> bool:
        number = str(post.number)
        return known.posts.get(number) != self._told(post).stamp or number in known.in_doubt or number in known.again

    def _told(self, post: Shown) -> SourcePost:
        return SourcePost(
            number=str(post.number),
            guid=f"{HOME}/?p={post.number}",
            url=post.url,
            title=f"Protected: {post.title}" if post.protected else post.title,
            content=None if post.protected else f"<p>{post.text}</p>",
            author_id="1",
            category_numbers=tuple(self._numbers[slug] for slug in post.categories),
            tags=tuple(Tag(number=None, slug=slug, name=slug.replace("-", " ")) for slug in post.tags),
            published=post.published,
            modified=post.modified,
            protected=post.protected,
        )

    @property
    def _numbers(self) -> dict[str, CategoryNumber]:
        return {slug: CategoryNumber(str(number)) for number, slug in enumerate(self.parents, start=1)}

    def _categories(self) -> tuple[SourceCategory, ...]:
        numbers = self._numbers
        return tuple(
            SourceCategory(
                number=numbers[slug],
                slug=self._called(slug)[0],
                name=self._called(slug)[1],
                parent_number=numbers[above] if above else None,
            )
            for slug, above in self.parents.items()
        )


def _is_too_much(gone: int, known: int) -> bool:
    """More than three, and more than a tenth of all (docs/sources.md)."""
    return gone > 3 and gone > known / 10


def _break_off(outage: Outage) -> None:
    if outage.kills:
        raise Killed
    raise SourceError(f"{HOME}: the blog could not be read")


def _text(number: int, version: int) -> str:
    """Words of the post's own, which no other one has in this order."""
    turn = [WORDS[(number * 7 + version * 3 + place * place) % len(WORDS)] for place in range(14)]
    return f"Of the {' and the '.join(turn)}, as they stood for post {number} in version {version}."
