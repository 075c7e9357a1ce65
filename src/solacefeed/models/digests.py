"""Digests and combined feeds, as the config has them, and what readers see of categories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum

from solacefeed.models.posts import Category, CategoryId


class CadenceKind(StrEnum):
    """How often a reader wants a digest; also the word that stands in ids: ``weekly/daily-2026-11-24``."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Approval(StrEnum):
    """What an edition waits for before it leaves: nothing; nothing unless it is held; an editor's yes."""

    NONE = "none"
    HOLD = "hold"
    REQUIRED = "required"


class Corrections(StrEnum):
    """Whether readers are told that a post which they were mailed has changed its title, or was withdrawn."""

    ASK = "ask"
    ALWAYS = "always"
    NEVER = "never"


class Join(StrEnum):
    """Who may subscribe: anybody, or only whom the operator enters."""

    OPEN = "open"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A recurring moment, by the blog's clock."""

    #: Monday is 0; ``None`` for every day.
    weekday: int | None
    at: time
    #: Of a month: 1 to 4 for its first to fourth such day, -1 for its last; ``None`` for every week.
    week: int | None = None


def kind_of(closings: Sequence[Closing]) -> CadenceKind:
    """Of a cadence with these closings; one without any is at once."""
    if not closings:
        return CadenceKind.AT_ONCE
    if closings[0].week is not None:
        return CadenceKind.MONTHLY
    return CadenceKind.DAILY if closings[0].weekday is None else CadenceKind.WEEKLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """One of the ways in which a digest comes to its readers."""

    kind: CadenceKind
    #: In the order of the week; of a cadence at once, the time of the morning's mail alone.
    closings: tuple[Closing, ...]
    approval: Approval = Approval.NONE
    #: Of a cadence at once: how many mails a reader gets in a local day at most, the morning's aside.
    most_a_day: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The slugs of categories and tags by which authors keep posts out of a digest's mails."""

    leave_out: frozenset[str] = frozenset()
    #: Where not empty, posts without one of these are left out.
    only: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A standing newsletter, as the config has it."""

    #: Its first name, for good: what the store, addresses, List-Id, Message-IDs and links know it by.
    key: str
    #: What the operator calls it now.
    name: str
    title: str
    #: The first one has pages and the editions' feed; no two of a kind.
    cadences: tuple[Cadence, ...]
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
    #: Whether the event that an edition promotes first stands before its lead post.
    events_first: bool = True
    #: The slugs of the categories, each with those below it, that it is of; ``None`` for all.
    categories: tuple[str, ...] | None = None
    join: Join = Join.OPEN
    #: Whether forms and pages show it.
    public: bool = True
    #: How long a post must have stood unchanged before it is mailed.
    settle: timedelta = timedelta(minutes=30)
    #: How long before it was seen a post may have been published.
    max_age: timedelta = timedelta(days=30)
    #: How long after it was seen a post can be mailed.
    mail_within: timedelta = timedelta(days=60)
    marks: Marks = field(default_factory=Marks)
    #: Whether it brings what a reader has got by another digest.
    repeats: bool = False
    #: Whether an edition of events alone is one.
    events_alone: bool = False
    corrections: Corrections = Corrections.ASK
    #: How long before its closing an edition is drafted for the editors.
    draft_lead: timedelta = timedelta(days=1)
    #: The slugs of the tags that its readers may follow beside categories.
    followed: tuple[str, ...] = ()
    #: An edition holds by itself when its readers or posts are so many times those of the one before; 0 for never.
    hold_over: float = 0.0

    @property
    def first(self) -> Cadence:
        return self.cadences[0]

    @property
    def closings(self) -> tuple[Closing, ...]:
        """Those of the first cadence."""
        return self.first.closings

    def cadence(self, kind: CadenceKind | None) -> Cadence:
        """The one of this *kind*; the first one where there is none such."""
        return next((each for each in self.cadences if each.kind is kind), self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryNames:
    """What readers see of categories."""

    #: Slugs of categories that they don't see.
    hidden: frozenset[str] = frozenset()
    #: What they see instead of the blog's name, by slug.
    labels: Mapping[str, str] = field(default_factory=dict)
    #: In which language posts of a category are, by its slug, in BCP 47; the first that fits counts.
    languages: Mapping[str, str] = field(default_factory=dict)

    def label(self, category: Category) -> str:
        return self.labels.get(category.slug, category.name)

    def shows(self, category: Category) -> bool:
        return category.slug not in self.hidden

    def languages_of(self, categories: Iterable[Category]) -> dict[CategoryId, str]:
        """The language of posts of each of *categories* of which one is said, in the order in which they count."""
        listed = tuple(categories)
        return {each.id: said for slug, said in self.languages.items() for each in listed if each.slug == slug}


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """A feed of several categories, as the operator wishes it."""

    slug: str
    title: str
    #: The slugs of its categories; each brings those below it.
    categories: tuple[str, ...]
