"""Looks at an edition before it is frozen: whom it would reach, and what its editors are to see of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, tzinfo

from solacefeed.deeds.editions.preview import as_everything
from solacefeed.deeds.editions.recipients import pages
from solacefeed.deeds.editions.renderer import Head, Material, Renderer, Unrendered
from solacefeed.deeds.editions.terms import Offer, Terms, offer
from solacefeed.digest.approved_drafts import post_stamp
from solacefeed.digest.drafts import LATE, DraftCounts, DraftedEdition, DraftEvent, DraftPost, DraftTally
from solacefeed.digest.rendering import render
from solacefeed.models.digests import Cadence
from solacefeed.models.editions import Edition, EditionCounts
from solacefeed.models.posts import Post
from solacefeed.publish.editions import edition_url
from solacefeed.store import editions
from solacefeed.store.database import Store
from solacefeed.words import interface


def survey(store: Store, renderer: Renderer, terms: Terms) -> tuple[EditionCounts, frozenset[str]]:
    """Whom an edition would reach if it were frozen now, and the posts that somebody gets; it writes nothing."""
    keys: set[str] = set()
    posts: set[str] = set()
    readers = empty = 0
    for page in pages(store, renderer, terms):
        readers += len(page.recipients)
        empty += page.empty
        for contents in {each.contents.key: each.contents for each in page.recipients}.values():
            keys.add(contents.key)
            posts.update(pick.post_id for pick in contents.picks)
    return EditionCounts(posts=len(posts), readers=readers, variants=len(keys), empty=empty), frozenset(posts)


def empty_for_all(store: Store, renderer: Renderer, terms: Terms) -> int | None:
    """How many readers an edition has nothing for, where it has something for none of them; else ``None``."""
    empty = 0
    for page in pages(store, renderer, terms):
        if page.recipients:
            return None
        empty += page.empty
    return empty


def draft(
    store: Store, renderer: Renderer, edition: Edition, cadence: Cadence | None, now: datetime, *, links_to: str
) -> tuple[DraftedEdition, Callable[[], DraftTally]]:
    """An edition as it would be frozen now, for its editors, and what counts whom it would reach.

    *links_to* is where links lead that only readers have. Whom it reaches is asked of every reader, so that is left
    until somebody is to be told of it.
    """
    with store.read() as connection:
        made = offer(connection, renderer, edition, cadence, now, until=edition.brings_until)
        before = editions.counted_before(connection, edition)
        shown = as_everything(connection, renderer, made)
    unrendered = renderer.unrendered(Head.of(edition), shown, made.terms.material)
    zone: tzinfo = renderer.imprint.site.zone
    drafted = DraftedEdition(
        edition=replace(edition, prepared_at=now),
        digest=renderer.digest,
        rendered=render(unrendered.view, renderer.environment),
        zone=zone,
        language=interface(renderer.imprint.site.language),
        approval=(cadence or renderer.digest.first).approval,
        editing=edition.editing,
        posts=tuple(_posts(edition, made.own)),
        links_to=links_to,
        page=edition_url(edition.id, renderer.imprint.site.base_url),
        stamps={post.id: post_stamp(post) for post in made.own},
        older={post.id: post_stamp(post) for post in _older(made)},
        events=tuple(_events(unrendered, made.terms.material)),
        told=made.terms.corrections.keys() if made.terms.corrections else (),
    )

    def count() -> DraftTally:
        counts, told = survey(store, renderer, made.terms)
        late = tuple(_late(made, told))
        # As many as are listed: of its own, too, that no reader has chosen.
        now = replace(_counts(counts), posts=len(made.own) + len(late))
        return DraftTally(now=now, before=_counts(before) if before else None, late=late)

    return drafted, count


def _counts(counts: EditionCounts) -> DraftCounts:
    return DraftCounts(posts=counts.posts, readers=counts.readers, variants=counts.variants, empty=counts.empty)


def _posts(edition: Edition, own: Iterable[Post]) -> Iterator[DraftPost]:
    """Those that it is the first to bring; what readers lack of earlier ones is found when readers are counted."""
    first = set(edition.editing.order)
    for post in own:
        yield DraftPost(id=post.id, title=post.title, url=post.url, marks=("pinned",) if post.id in first else ())


def _late(made: Offer, told: Collection[str]) -> Iterator[DraftPost]:
    """What some of its readers lack of earlier editions, and get with this one."""
    for post in _older(made):
        if post.id in told:
            yield DraftPost(id=post.id, title=post.title, url=post.url, marks=(LATE,))


def _older(made: Offer) -> list[Post]:
    own = {post.id for post in made.own}
    return [each.post for each in made.terms.candidates if each.post.id not in own]


def _events(unrendered: Unrendered, material: Material) -> Iterator[DraftEvent]:
    names = {event.id: event.name for event in material.events}
    for event_id in unrendered.contents.event_ids:
        yield DraftEvent(id=event_id, name=names[event_id])
