"""Editions of a digest, and what each says to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from solacefeed.models.digests import CadenceKind
from solacefeed.models.posts import CategoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The half-open span [starts, ends) that an edition covers."""

    starts: datetime
    ends: datetime


#: How the name of a notice begins, behind its digest's: ``weekly/notice-2026-11-23-1``.
NOTICE = "notice-"


def is_notice(edition_id: str) -> bool:
    """Whether that is the name of a notice: somebody's words between closings."""
    return edition_id.partition("/")[2].startswith(NOTICE)


class EditionState(StrEnum):
    """The states an edition goes through; ``store.editions`` draws the transitions."""

    DRAFT = "draft"
    APPROVED = "approved"
    HELD = "held"
    PREPARING = "preparing"
    DELIVERING = "delivering"
    PAUSED = "paused"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


#: Why an edition is paused that nothing is amiss with.
BY_OPERATOR = "by the operator"

#: What is said of an edition whose words and readers are settled, and that has not left.
FROZEN = "frozen"

#: Editions with copies still to hand over, or to give up when they are too late.
OPEN = (EditionState.DELIVERING, EditionState.PAUSED)

#: Those of which no copy can be in hand.
OVER = (EditionState.DONE, EditionState.SKIPPED)

#: Those that somebody gets or has got; of the first cadence they have a page.
PUBLIC = (EditionState.DELIVERING, EditionState.PAUSED, EditionState.DONE)

#: Editions that have not begun to leave.
WAITING = (EditionState.DRAFT, EditionState.APPROVED, EditionState.HELD, EditionState.PREPARING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """What an editor has made of an edition."""

    #: Under the head; ``None`` for none.
    opening: str | None = None
    #: Said before the posts, tied to none of them.
    notices: tuple[str, ...] = ()
    #: Posts that it leaves out; they are not mailed by later editions of the digest either.
    dropped: tuple[str, ...] = ()
    #: Posts that it may bring again, though an edition before it has dropped them.
    kept: tuple[str, ...] = ()
    #: Posts that come first, in this order; the first one leads.
    order: tuple[str, ...] = ()
    #: Instead of the subject that is made of its posts.
    subject: str | None = None
    #: Of a notice: whose readers it is for; empty for everybody's.
    audience: tuple[CategoryId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionCounts:
    """How much an edition is, and for how many."""

    #: Posts that somebody gets.
    posts: int = 0
    #: Readers who get it.
    readers: int = 0
    variants: int = 0
    #: Readers for whom there is nothing in it.
    empty: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One issue of a digest."""

    #: Digest and local closing day: ``weekly/2026-11-23``; ``weekly/daily-2026-11-23`` of its other cadences.
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
    #: ``None`` for a notice.
    cadence: CadenceKind | None = CadenceKind.WEEKLY
    #: Skipped, and its posts stand in the next one's window.
    folded: bool = False
    editing: Editing = field(default_factory=Editing)
    #: Until when posts may have settled to stand in it; ``None`` for its closing.
    until: datetime | None = None
    #: Of what it was frozen with; ``None`` until then, and in what a release before wrote.
    counts: EditionCounts | None = None
    #: The number of what its copies say of who sends them (``models.senders``); ``None`` until some are taken up.
    sender_id: int | None = None

    @property
    def standing(self) -> str:
        """Its state as people are told it: one that is *preparing* is frozen once its words and copies are settled."""
        return FROZEN if self.state is EditionState.PREPARING and self.counts is not None else self.state.value

    @property
    def leaves_at(self) -> datetime:
        """When its copies may go: when it was frozen, and never before it closes."""
        return max(self.prepared_at, self.period.ends)

    @property
    def brings_until(self) -> datetime:
        """What settled before that may stand in it."""
        return self.until or self.period.ends

    @property
    def mail_name(self) -> str:
        """What its copies' Message-IDs are made of: never what a cancelled edition's were made of."""
        return self.id if self.issue == 1 else f"{self.id}.{self.issue}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A post chosen for a reader, and why."""

    post_id: str
    #: The ids of the chosen categories that it was picked for; empty means that the reader takes everything.
    because: tuple[CategoryId, ...]
    #: It came while the reader paused: its title will do.
    away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a post that was mailed is called now, or that it was withdrawn."""

    #: A stable hash of post, old and new title.
    key: str
    post_id: str
    #: As it was mailed; empty where it was withdrawn, for then no title is told.
    old_title: str
    #: ``None`` where it was withdrawn.
    new_title: str | None
    #: ``None`` where it was withdrawn.
    url: str | None
    #: What an editor says of it; ``None`` where its title or its withdrawal says enough.
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What one edition says to all recipients to whom it says the same."""

    edition_id: str
    #: Its key: a stable hash of what it says; in what a release before wrote, the name of a selection.
    selection: str
    #: Grows when what it says changed after preparation, of posts, events or categories; copies once tried keep theirs.
    revision: int
    picks: tuple[Pick, ...]
    event_ids: tuple[str, ...]
    subject: str
    #: Both with the placeholders of ``digest.rendering`` where the recipient's own address, links and choice go.
    text: str
    html: str
    corrections: tuple[Correction, ...] = ()
    #: Categories that are new and offered.
    offers: tuple[CategoryId, ...] = ()
    #: BCP 47, of our words in it; ``None`` for the site's.
    language: str | None = None
    #: A stable hash of all that it was rendered from; ``None`` in what a release before wrote.
    made_of: str | None = None
