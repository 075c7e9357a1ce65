"""What an edition has for readers, and by which rules they get it: asked of one view of the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.editions.approvals import approved_draft
from solacefeed.deeds.editions.correcting import Correcting
from solacefeed.deeds.editions.planned import candidates_of
from solacefeed.deeds.editions.renderer import Material, Renderer
from solacefeed.deeds.editions.revisions import in_order
from solacefeed.digest.approved_drafts import ApprovedDraft
from solacefeed.digest.eligibility import Candidate
from solacefeed.digest.periods import period_start
from solacefeed.digest.selection import Selector, wishes_of
from solacefeed.models.digests import Cadence, Digest
from solacefeed.models.editions import Edition, EditionState
from solacefeed.models.posts import CategoryId, Post
from solacefeed.store import categories, edition_posts, editions, subscribers
from solacefeed.store.announced import Announced
from solacefeed.store.ledger import Ledger, digests_that_count

#: Readers asked at once for what is older than a digest's first window.
READERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an edition has for readers, and by which rules they get it."""

    edition: Edition
    #: ``None`` for a notice, which all get.
    cadence: Cadence | None
    candidates: tuple[Candidate, ...]
    material: Material
    #: From when a choice counts of which nobody has noted that, by the instant at which it was made.
    floor: Callable[[datetime], datetime]
    #: Says what readers are told of posts that they got before; ``None`` where there is nothing to tell.
    corrections: Correcting | None = None
    #: When each category was first seen that the first crawl did not bring.
    new_categories: Mapping[CategoryId, datetime] = field(default_factory=dict)
    #: What readers were told by editions besides posts.
    announced: Announced | None = None
    #: Editions that count against a limit of mails, and how many of them a reader gets at most.
    counted: tuple[str, ...] = ()
    most: int = 0
    #: ``None`` where there is nothing that could have been got.
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An edition as it would be frozen now."""

    terms: Terms
    #: The posts that it is the first edition to bring, the lead post first: what its page shows.
    own: tuple[Post, ...]


def offer(
    connection: sa.Connection,
    renderer: Renderer,
    edition: Edition,
    cadence: Cadence | None,
    now: datetime,
    *,
    until: datetime,
    found: tuple[Candidate, ...] | None = None,
    counted: tuple[str, ...] = (),
) -> Offer:
    """What *edition* has at *now*; *found* are its posts, where it is not to bring all that there are.

    *cadence* is ``None`` for a notice. *counted* are the editions that count against a reader's limit of a day. Once
    it is approved it brings nothing but what stood in the draft then.
    """
    digest, zone = renderer.digest, renderer.imprint.site.zone
    dropped = frozenset(edition.editing.dropped)
    if cadence is None:
        found = ()
    elif found is None:
        found = candidates_of(connection, digest, until=until, dropped=dropped)
    if (approved := approved_draft(connection, edition)) is not None:
        found = tuple(each for each in found if approved.brings(each.post))
    by_id = {each.post.id: each for each in found}
    ordered = tuple(by_id[post.id] for post in in_order([each.post for each in found], edition.editing.order))
    pages = edition_posts.editions_of(connection, digest.key, by_id)
    itself = _itself(connection, edition)
    terms = Terms(
        edition=replace(edition, prepared_at=now),
        cadence=cadence,
        candidates=ordered,
        material=renderer.gather(connection, [each.post for each in ordered], now, pages),
        floor=lambda at: period_start(at, cadence or digest.first, zone),
        counted=counted,
        most=cadence.most_a_day if cadence else 0,
        ledger=_ledger(connection, digest, itself, until, by_id) if by_id else None,
        corrections=_correcting(connection, digest, edition, itself, approved) if by_id else None,
        new_categories=categories.first_seen(connection),
        announced=Announced(connection, digest.key, but_for=itself) if cadence else None,
    )
    own, nobodys = _own(connection, digest, terms)
    # Who joins while it is frozen gets nothing of it that was not there to be seen: it stands in the next one.
    terms = replace(terms, candidates=tuple(each for each in ordered if each.post.id not in nobodys))
    return Offer(terms=terms, own=own)


def _correcting(
    connection: sa.Connection, digest: Digest, edition: Edition, itself: str | None, approved: ApprovedDraft | None
) -> Correcting:
    only = approved.told if approved else None
    return Correcting(connection, digest, edition.period, but_for=itself, only=only)


def _itself(connection: sa.Connection, edition: Edition) -> str | None:
    """The id under which what an edition promises by now is kept; a cancelled one of its id is another edition."""
    known = editions.find(connection, edition.id)
    return edition.id if known and known.state is not EditionState.CANCELLED else None


def _ledger(
    connection: sa.Connection, digest: Digest, itself: str | None, until: datetime, posts: dict[str, Candidate]
) -> Ledger:
    return Ledger(
        connection,
        since=until - digest.mail_within,
        posts=posts,
        digests=digests_that_count(digest),
        but_for=itself,
    )


def _own(connection: sa.Connection, digest: Digest, terms: Terms) -> tuple[tuple[Post, ...], set[str]]:
    """What no edition of its cadence has in its window yet; and what of it is too old for it, and nobody's.

    What is older than the first of those windows is so only where some reader gets it: the first readers of a digest
    may have asked for what came before it.
    """
    edition = terms.edition
    first = edition_posts.first_window(connection, edition) or edition.period.starts
    placed = edition_posts.placed(connection, edition.digest, edition.cadence, but=edition.id)
    unplaced = [each for each in terms.candidates if each.post.id not in placed]
    older = [each for each in unplaced if each.settled_at < first]
    nobodys = {each.post.id for each in older} - _asked_for(connection, digest, terms, older)
    return tuple(each.post for each in unplaced if each.post.id not in nobodys), nobodys


def _asked_for(connection: sa.Connection, digest: Digest, terms: Terms, older: Sequence[Candidate]) -> set[str]:
    """Which of these some reader gets; once a digest is older than its mails reach back, there are none to ask for."""
    found: set[str] = set()
    after, selector = 0, Selector(older, {})
    while len(found) < len(older):
        readers = subscribers.page(connection, digest.key, after=after, limit=READERS)
        if not readers:
            break
        after = readers[-1].subscriber.id
        got = terms.ledger.got(connection, readers[0].subscriber.id, after) if terms.ledger else {}
        for reader in readers:
            if terms.cadence is None or digest.cadence(reader.cadence).kind is not terms.cadence.kind:
                continue
            wishes = wishes_of(reader, terms.floor(reader.changed_at))
            picks = selector.picks(wishes, got.get(reader.subscriber.id, frozenset()))
            found.update(pick.post_id for pick in picks)
    return found
