"""The nouns of solacefeed: frozen values, in the words of docs/concepts.md.

Every datetime is aware and in UTC. A ``#:`` line says whose truth an attribute is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from enum import IntEnum, StrEnum
from hashlib import sha256

# -- what a source says ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the blog says of itself."""

    title: str
    description: str
    url: str
    #: The blog's IANA zone; a bare offset (``UTC+01:00``, no DST) where its owner chose one.
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category as the blog has it now; a rename keeps the id."""

    #: The blog's own number for it, as text.
    id: str
    slug: str
    #: Plain text, decoded once.
    name: str
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A user of the blog who has written something public."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryName:
    """A category as a source without numbers shows it."""

    #: From its address, where that is shown.
    slug: str | None
    #: Plain text, decoded once.
    name: str


class Grade(IntEnum):
    """How well a kind of source knows a post; a weaker one never overwrites what a better one said."""

    PAGES = 1
    FEED = 2
    EXPORT = 3
    API = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePost:
    """A post as a source delivers it: raw, unsafe, not yet read; ``None`` is what the source does not show."""

    #: The blog's own number for it, as text.
    number: str | None
    guid: str | None
    url: str
    #: HTML, as the blog renders it.
    title: str
    #: HTML, unsafe; ``None`` where the source shows an excerpt only.
    content: str | None
    #: HTML, unsafe: the blog's own, or what it cut off the content; stands for the content where there is none.
    excerpt: str | None = None
    published: datetime
    #: Only the day of the publication is known.
    day_only: bool = False
    #: When the blog says it changed; not when we noticed.
    modified: datetime | None = None
    #: The blog's number for its user.
    author_id: str | None = None
    author_name: str | None = None
    #: The blog's numbers.
    category_ids: tuple[str, ...] | None = None
    category_names: tuple[CategoryName, ...] | None = None
    #: Where comments stand, or can be made.
    comments_url: str | None = None
    #: When the source was asked; it is said nowhere that changes with it.
    comments: int | None = None
    #: BCP 47, where the source says it of this post.
    language: str | None = None
    #: Listed by the blog, but its text wants a password.
    protected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The little of a post that shows whether the rest must be fetched again."""

    modified: datetime
    #: A change of the blog's permalinks moves every address and no modified date.
    url: str
    author_id: str | None
    category_ids: tuple[str, ...]


# -- a post, read -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    """Who wrote a post, as its text says; not the blog's user."""

    name: str
    #: "Chief Executive of Anytown", where the text says it.
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture in a post."""

    #: Absolute.
    url: str
    #: What it shows, in words; empty where the blog says nothing.
    alt: str
    #: In pixels, as the blog says.
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is understood of one post's title and content; what was not found is ``None``."""

    #: Plain text on one line; never empty (see ``text.clean.title``).
    title: str
    #: Sanitised HTML with absolute URLs and without blurb or residue.
    content: str
    #: Whole sentences of plain text, from the beginning.
    excerpt: str
    byline: Byline | None
    #: "the LGC on 17 May 2012", from a "First published in ..." line.
    first_published: str | None
    #: The advertising paragraphs, as plain text with their links; lifted out of ``content``.
    blurbs: tuple[Blurb, ...] = ()
    #: The last paragraph as plain text, where it is a blurb if it recurs.
    ending: str | None = None
    #: How long it takes to read, at least one; 0 for a post without text.
    minutes: int = 0
    #: The first picture of the content.
    lead_image: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blurb:
    """The paragraph in a post that advertises an event."""

    text: str
    #: Absolute; the addresses behind its words, in order.
    links: tuple[str, ...] = ()


class PostState(StrEnum):
    """``published`` stands in feeds; ``protected`` is known, never shown; ``gone`` was removed, on evidence."""

    PUBLISHED = "published"
    PROTECTED = "protected"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An article of the blog, read and kept."""

    #: Ours and permanent: the blog's number at first sight. Never its URL, title or host.
    id: str
    #: As the blog first gave it.
    guid: str
    #: May change.
    url: str
    title: str
    content: str
    excerpt: str
    #: Reading time.
    minutes: int = 0
    lead_image: Image | None = None
    comments_url: str | None = None
    comments: int | None = None
    language: str | None = None
    #: The by-line's name, else the blog's user; ``None`` where neither is known.
    author: str | None
    byline: Byline | None
    first_published: str | None
    category_ids: tuple[str, ...]
    #: A paragraph that advertises an event was taken out of its text.
    advertises: bool = False
    published: datetime
    #: The blog's last change, or its publication where that is later (a scheduled post).
    updated: datetime
    #: The blog's last change of what a reader reads (title, text or address), or its publication.
    revised: datetime
    #: When we first met it; in a source's first complete crawl, when it was published.
    seen: datetime
    state: PostState = PostState.PUBLISHED


# -- events -----------------------------------------------------------------------------------------


class EventStanding(StrEnum):
    """Whether an event is to be; ``moved`` when its days are new ones."""

    SCHEDULED = "scheduled"
    MOVED = "moved"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something to go to, with a beginning and an end."""

    id: str
    name: str
    place: str | None
    #: A date means all day; a datetime is an instant.
    starts: date | datetime
    #: All day: the last day, inclusive.
    ends: date | datetime
    #: Where to book.
    url: str | None
    #: The last day on which it can be booked; ``None`` where nobody said one.
    book_by: date | None = None
    #: That day is over: a fact that a step with a clock writes. Not in the repr, of which older stores keep a hash.
    booking_over: bool = field(default=False, repr=False)
    #: One or two sentences of the operator.
    text: str | None = None
    #: Slugs; empty means that it is for everyone.
    categories: tuple[str, ...] = ()
    standing: EventStanding = EventStanding.SCHEDULED
    #: Grows when its time, place or standing changes (RFC 5545 section 3.8.7.4).
    sequence: int = 0
    #: When we first knew of it, and when something of it last changed; ``None`` before the store has it.
    known_since: datetime | None = None
    changed: datetime | None = None

    @property
    def all_day(self) -> bool:
        return not isinstance(self.starts, datetime)

    @property
    def calendar_path(self) -> str:
        """Where its own calendar stands below the feeds' folder; an id that could be a path gives way to its hash."""
        safe = re.fullmatch("[a-z0-9][a-z0-9_-]{0,119}", self.id)
        return f"events/{self.id if safe else sha256(self.id.encode()).hexdigest()[:32]}.ics"

    def begins_at(self, zone: tzinfo) -> datetime:
        """The instant at which it begins, an all-day one at local midnight."""
        if isinstance(self.starts, datetime):
            return self.starts
        return datetime.combine(self.starts, time(), zone)

    def over_at(self, zone: tzinfo) -> datetime:
        """The first instant at which it is over, an all-day one at the local midnight after its last day."""
        if isinstance(self.ends, datetime):
            return self.ends
        return datetime.combine(self.ends + timedelta(days=1), time(), zone)

    def booking_ends_at(self, zone: tzinfo) -> datetime | None:
        """The first instant at which it is too late to book; ``None`` where nobody said a last day."""
        return datetime.combine(self.book_by + timedelta(days=1), time(), zone) if self.book_by else None


class CalendarKind(StrEnum):
    """``ics`` is iCalendar, ``tribe`` The Events Calendar's REST, ``page`` schema.org in a page; ``auto`` finds out."""

    AUTO = "auto"
    ICS = "ics"
    TRIBE = "tribe"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Where events are known from besides posts, as the config has it."""

    #: For people, and its name in the store.
    name: str
    #: A web address, or else the path of a file.
    address: str
    kind: CalendarKind
    #: How long it is left alone after an answer.
    every: timedelta
    #: Slugs of those whom its events are for; empty for everyone.
    categories: tuple[str, ...] = ()

    @property
    def is_file(self) -> bool:
        return not self.address.startswith(("https://", "http://"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """An event chosen to stand in an edition."""

    event: Event
    #: A line that fits the time left: "In three weeks", "On now".
    nearness: str
    #: What readers may not know yet: "New date", "Just announced".
    news: str | None = None
    #: Whether it can still be booked.
    bookable: bool = True


# -- digests ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A moment of the week, by the blog's clock."""

    #: Monday is 0.
    weekday: int
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A standing newsletter, as the config has it."""

    #: Its first name, for good: what the store, addresses, List-Id, Message-IDs and links know it by.
    key: str
    #: What the operator calls it now.
    name: str
    title: str
    closings: tuple[Closing, ...]
    #: How long after its closing an edition may still go.
    max_late: timedelta
    #: How long before it begins an event is promoted; zero for never.
    promote_ahead: timedelta
    #: How many events stand in one edition at most.
    promote_most: int
    #: In how many editions one reader is told of one event at most; 0 for as many as there are.
    promote_times: int = 0
    #: What is added to booking links as ``utm_`` parameters, by the name behind that.
    utm: Mapping[str, str] = field(default_factory=dict)
    #: Whether events of which not enough is certain are promoted too.
    promote_tentative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryNames:
    """What readers see of categories."""

    #: Slugs of categories that they don't see.
    hidden: frozenset[str] = frozenset()
    #: What they see instead of the blog's name, by slug.
    labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, category: Category) -> str:
        return self.labels.get(category.slug, category.name)

    def shows(self, category: Category) -> bool:
        return category.slug not in self.hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """A feed of several categories, as the operator wishes it."""

    slug: str
    title: str
    #: The slugs of its categories; each brings those below it.
    categories: tuple[str, ...]


# -- editions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The half-open span [starts, ends) that an edition covers."""

    starts: datetime
    ends: datetime


class EditionState(StrEnum):
    """The states an edition goes through; ``store.editions`` draws the transitions."""

    APPROVED = "approved"
    DELIVERING = "delivering"
    PAUSED = "paused"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One issue of a digest."""

    #: Digest and local closing day: ``weekly/2026-11-23``.
    id: str
    #: Its key.
    digest: str
    period: Period
    state: EditionState
    #: Why it was skipped, is paused or was cancelled; ``None`` otherwise.
    reason: str | None
    prepared_at: datetime
    #: How many editions have had this id with this one: those before it were cancelled.
    issue: int = 1

    @property
    def mail_name(self) -> str:
        """What its copies' Message-IDs are made of: never what a cancelled edition's were made of."""
        return self.id if self.issue == 1 else f"{self.id}.{self.issue}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A post chosen for a reader, and why."""

    post_id: str
    #: The ids of the chosen categories that it was picked for; empty means that the reader takes everything.
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What one edition says to all recipients with the same selection."""

    edition_id: str
    #: The chosen categories, and the events that are withheld (``digest.selection`` names it).
    selection: str
    #: Grows when an event changed after preparation; copies once tried keep theirs.
    revision: int
    picks: tuple[Pick, ...]
    event_ids: tuple[str, ...]
    subject: str
    #: Both with the placeholders of ``digest.rendering`` where the recipient's own address and link go.
    text: str
    html: str
    #: A stable hash of all that it was rendered from; ``None`` in what a release before wrote.
    made_of: str | None = None


# -- subscribers ------------------------------------------------------------------------------------


class SubscriptionState(StrEnum):
    """``store.subscribers`` draws the transitions."""

    CONFIRMED = "confirmed"
    ENDED = "ended"


class Actor(StrEnum):
    """By whose word a subscription is as it is; ``list`` is the config's, ``digest`` the end of the digest itself."""

    READER = "reader"
    OPERATOR = "operator"
    LIST = "list"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person with an address."""

    id: int
    #: As it was given; compared by ``store.subscribers.canonical``.
    email: str
    name: str | None
    created_at: datetime
    #: Whose word the name is; ``None`` where an older release has not noted it.
    named_by: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscriber's wish to have one digest; an actor is ``None`` where an older release has not noted it."""

    subscriber: Subscriber
    #: Its key.
    digest: str
    state: SubscriptionState
    #: The ids of the chosen categories; ``None`` for everything.
    category_ids: tuple[str, ...] | None
    changed_at: datetime
    #: By whose word it began, or began again.
    entered_by: Actor | None = None
    #: Whose choice the categories are.
    chosen_by: Actor | None = None
    changed_by: Actor | None = None
    #: Why it was changed last.
    reason: str | None = None


# -- deliveries -------------------------------------------------------------------------------------


class DeliveryState(StrEnum):
    """The states of one copy; ``store.deliveries`` draws the transitions."""

    PENDING = "pending"
    CLAIMED = "claimed"
    HANDING = "handing"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one recipient: our row, not the relay's."""

    id: int
    edition_id: str
    subscriber_id: int
    email: str
    name: str | None
    #: Of the variant.
    selection: str
    #: The variant's revision, fixed for ever when the copy first reaches ``handing``; ``None`` before.
    revision: int | None
    state: DeliveryState
    #: How often a worker took it up.
    attempts: int
    #: How often it was cut off between the final dot and the answer.
    doubts: int
    next_try_at: datetime | None
    #: The last answer of the relay, or why there is none.
    answer: str | None
    message_id: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A composed mail with its envelope."""

    sender: str
    recipient: str
    #: RFC 5322, CRLF line ends, not dot-stuffed.
    content: bytes
    message_id: str


# -- records ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One execution of a deed, written down."""

    id: int
    deed: str
    started_at: datetime
    ended_at: datetime | None
    #: ``None`` while it runs, or when it was killed.
    ok: bool | None
    #: The deed's countable line, or its error.
    summary: str
    counts: dict[str, int] = field(default_factory=dict)
    #: How often in a row it failed in just this way: it began the first time and ended the last.
    times: int = 1
    #: Of a heartbeat, how many looks in a row found nothing to do; 0 of a record.
    looks: int = 0
