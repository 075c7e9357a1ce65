"""What an edition's page at the desk shows: the edition as it will look, and all that can be decided of it.

It only looks. What can be done is ``desk_acts`` and ``undoing``; by which link, ``desk_links``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.deeds.editions.approvals import as_it_would_go
from solacefeed.deeds.editions.correcting import Proposal, proposals
from solacefeed.deeds.editions.drafting import draft
from solacefeed.deeds.editions.preview import Viewer, preview_edition
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.editions.revisions import as_frozen, frozen
from solacefeed.deeds.editions.undoing import can_be_undone
from solacefeed.digest.approved_drafts import ApprovedDraft, approved
from solacefeed.digest.choice_words import choice_words
from solacefeed.digest.corrections import may_be_told_since
from solacefeed.digest.draft_versions import Version, version_of
from solacefeed.digest.drafts import DraftedEdition, DraftPost, DraftTally, as_sample
from solacefeed.digest.rendering import Rendered
from solacefeed.models.canaries import Canary
from solacefeed.models.desk import DeskAct
from solacefeed.models.digests import Approval, Cadence, Digest
from solacefeed.models.editions import PUBLIC, WAITING, Edition, EditionState
from solacefeed.models.letters import OutboxKind
from solacefeed.models.posts import Post, PostState
from solacefeed.models.sightings import KnownEvent
from solacefeed.store import (
    canaries,
    categories,
    copies,
    deliveries,
    desk,
    due_posts,
    editions,
    outbox,
    posts,
    promotions,
    subscribers,
    variants,
)
from solacefeed.store.database import Store

#: So many readers are gone through for the page; of more it is told how many there may be at most.
SURVEYED = 2000

#: Editions of which it is told how their copies came out.
PAST = 6

#: Of a post that editors left out it is told so long.
DROPPED_WITHIN = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCounts:
    """How much an edition is; ``None`` for what is not known."""

    posts: int | None
    readers: int | None
    events: int | None
    #: Readers may be fewer: so many have the digest, and for some there may be nothing.
    at_most: bool = False
    #: Posts of earlier editions, for those of its readers who lack them.
    late: tuple[DraftPost, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedPost:
    """A post that editors have dropped."""

    post: Post
    #: The edition that dropped it last.
    edition_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEdition:
    """An edition before, and how many of its copies are in each state."""

    edition: Edition
    copies: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSight:
    """All that an edition's page shows."""

    edition: Edition
    digest: Digest
    approval: Approval
    #: As it will look; ``None`` for one that goes to nobody.
    shown: Rendered | None
    #: While it is not frozen; ``None`` from then on.
    draft: DraftedEdition | None
    version: Version | None
    #: What it brings: of one that is frozen, as that reads there.
    posts: tuple[DraftPost, ...]
    now: DeskCounts
    before: DeskCounts | None
    left_out: tuple[DroppedPost, ...]
    corrections: tuple[Proposal, ...]
    #: Posts of which an editor may say something to those who got them.
    mailed: tuple[Post, ...]
    #: To come, or tentative.
    events: tuple[KnownEvent, ...]
    acts: tuple[DeskAct, ...]
    #: The numbers of test mails that have not left.
    tests_waiting: frozenset[int]
    #: How many of its own copies are in each state; of one that is not frozen, none.
    copies: Mapping[str, int]
    past: tuple[PastEdition, ...]
    #: Those of its copies that go before the rest; ``None`` where none do, or it is decided.
    canary: Canary | None
    #: Slugs and labels of those for whose readers a notice may be.
    categories: tuple[tuple[str, str], ...]

    @property
    def is_open(self) -> bool:
        """Whether what it says can still be changed, and what was done undone."""
        return can_be_undone(self.edition)


def look(store: Store, renderer: Renderer, edition: Edition, events: Iterable[KnownEvent], now: datetime) -> DeskSight:
    """What there is to see of *edition* at *now*; *events* are those that are known."""
    found_draft = drafted_now(store, renderer, edition, now)
    drafted = found_draft[0] if found_draft else None
    counts = _counts_of_draft(store, renderer.digest, *found_draft) if found_draft else None
    shown = as_mailed(store, renderer, edition, drafted, now)
    with store.read() as connection:
        past = _past(connection, edition)
        since = may_be_told_since(now, [renderer.digest])
        found = proposals(connection, since=since)
        return DeskSight(
            edition=edition,
            digest=renderer.digest,
            approval=(_cadence(renderer.digest, edition) or renderer.digest.first).approval,
            shown=shown,
            draft=drafted,
            version=version_of(drafted) if drafted else None,
            posts=drafted.posts if drafted else tuple(_frozen_posts(connection, edition)),
            now=counts or _without_taken_out(connection, edition, _counts_of_frozen(connection, edition)),
            before=_before(connection, past, edition),
            left_out=tuple(_left_out(connection, renderer.digest, edition, now)),
            corrections=tuple(found),
            mailed=tuple(_mailed(connection, past)),
            events=tuple(events),
            acts=tuple(desk.acts(connection, edition.id)),
            tests_waiting=frozenset(outbox.not_yet_gone(connection, edition.id, OutboxKind.TEST)),
            copies=deliveries.tally(connection, edition.id) if edition.counts else {},
            past=tuple(past),
            canary=canaries.out_of(connection, edition),
            categories=tuple(_categories(connection, renderer)),
        )


def drafted_now(
    store: Store, renderer: Renderer, edition: Edition, now: datetime
) -> tuple[DraftedEdition, Callable[[], DraftTally]] | None:
    """An edition as it would go, and what counts whom it would reach; ``None`` for one that is frozen."""
    if not can_be_undone(edition):
        return None
    with store.read() as connection:
        as_it_goes = as_it_would_go(connection, edition)
    cadence = _cadence(renderer.digest, edition)
    return draft(store, renderer, as_it_goes, cadence, now, links_to=renderer.imprint.site.url)


def seen_now(store: Store, renderer: Renderer, edition: Edition, now: datetime) -> ApprovedDraft | None:
    """What whoever approves *edition* at *now* has approved; ``None`` for one that is frozen."""
    found = drafted_now(store, renderer, edition, now)
    return approved(found[0]) if found else None


def _counts_of_draft(
    store: Store, digest: Digest, drafted: DraftedEdition, tally: Callable[[], DraftTally]
) -> DeskCounts:
    cadence = _cadence(digest, drafted.edition)
    with store.read() as connection:
        if cadence is None:
            readers = subscribers.count_confirmed(connection, digest.key)
        else:
            readers = subscribers.count_readers(connection, digest, cadence)
    if readers > SURVEYED:
        return DeskCounts(posts=len(drafted.posts), readers=readers, events=len(drafted.events), at_most=True)
    counted = tally()
    return DeskCounts(
        posts=counted.now.posts, readers=counted.now.readers, events=len(drafted.events), late=counted.late
    )


def _counts_of_frozen(connection: sa.Connection, edition: Edition) -> DeskCounts:
    frozen = edition.counts
    return DeskCounts(
        posts=frozen.posts if frozen else None,
        readers=frozen.readers if frozen else None,
        events=promotions.events_of(connection, edition.id) if frozen else None,
    )


def _without_taken_out(connection: sa.Connection, edition: Edition, counts: DeskCounts) -> DeskCounts:
    """As much as goes of it, or would go now."""
    if counts.posts is None:
        return counts
    taken_out = {post.id for post in as_frozen(connection, edition) if post.state is not PostState.PUBLISHED}
    brought = taken_out & variants.brought_by(connection, edition.id) if taken_out else taken_out
    return replace(counts, posts=counts.posts - len(brought))


def as_mailed(
    store: Store, renderer: Renderer, edition: Edition, drafted: DraftedEdition | None, now: datetime
) -> Rendered | None:
    """*edition* as a reader of everything gets it; of one that is frozen, as it was."""
    if drafted is not None:
        everything = choice_words(None, {}, drafted.language)
        return as_sample(
            drafted.rendered, "you@example.org", links_to=drafted.links_to, choice=everything, page=drafted.page
        )
    if edition.state in (EditionState.SKIPPED, EditionState.CANCELLED) and edition.counts is None:
        return None
    seen = preview_edition(store, renderer, edition.id, now, Viewer())
    return Rendered(subject=seen.subject, text=seen.text, html=seen.html)


def _frozen_posts(connection: sa.Connection, edition: Edition) -> Iterator[DraftPost]:
    for post in frozen(connection, edition) if edition.counts else ():
        yield DraftPost(id=post.id, title=post.title, url=post.url)


def _cadence(digest: Digest, edition: Edition) -> Cadence | None:
    return digest.cadence(edition.cadence) if edition.cadence else None


def _past(connection: sa.Connection, edition: Edition) -> list[PastEdition]:
    """The newest that have left, or were given up."""
    recent = editions.recent(connection, edition.digest, limit=PAST + len(WAITING))
    gone = [each for each in recent if each.state not in WAITING and each.id != edition.id][:PAST]
    return [PastEdition(edition=each, copies=deliveries.tally(connection, each.id)) for each in gone]


def _before(connection: sa.Connection, past: Sequence[PastEdition], edition: Edition) -> DeskCounts | None:
    """The last one of the same kind that somebody got."""
    for each in past:
        last = each.edition
        if last.cadence is edition.cadence and last.state in PUBLIC and last.period.ends < edition.period.ends:
            return _counts_of_frozen(connection, last)
    return None


def _left_out(connection: sa.Connection, digest: Digest, edition: Edition, now: datetime) -> Iterable[DroppedPost]:
    dropped = due_posts.dropped(connection, digest.key, since=now - min(digest.mail_within, DROPPED_WITHIN))
    dropped |= dict.fromkeys(edition.editing.dropped, edition.id)
    return (DroppedPost(post=post, edition_id=dropped[post.id]) for post in posts.some(connection, dropped))


def _mailed(connection: sa.Connection, past: Sequence[PastEdition]) -> Iterable[Post]:
    come = [each.edition.id for each in past if copies.has_come(connection, each.edition.id)]
    brought = [post_id for edition_id in come for post_id in editions.covered_posts(connection, edition_id)]
    return posts.some(connection, brought)


def _categories(connection: sa.Connection, renderer: Renderer) -> Iterable[tuple[str, str]]:
    names = renderer.names
    return ((each.slug, names.label(each)) for each in categories.everything(connection) if names.shows(each))
