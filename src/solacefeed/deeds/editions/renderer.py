"""Renders editions: what one selection gets, from the store's posts and the events of the moment, as a variant.

    gather --> material --> unrendered, made_of --> rendered

Rendering is most of the work. What it would be made of is known before, and told by a hash: so one asks whether a
variant has to be rendered anew without rendering it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solacefeed.catalogue import mark
from solacefeed.digest.edition_view import EditionView
from solacefeed.digest.links import parameters
from solacefeed.digest.rendering import render
from solacefeed.digest.selection import chosen, lineage, pick, withheld
from solacefeed.digest.views import Imprint, edition_view
from solacefeed.events.promotion import next_change, promotions
from solacefeed.models.digests import CategoryNames, Digest
from solacefeed.models.editions import Period, Pick, Variant
from solacefeed.models.events import Event, Promotion
from solacefeed.models.posts import Category, CategoryId, Post
from solacefeed.publish.editions import edition_url
from solacefeed.stable import stable_hash
from solacefeed.store import categories, counters, events
from solacefeed.words import interface

if TYPE_CHECKING:
    from jinja2 import Environment

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that an edition's variants are made of, as one view of the store had it at one instant."""

    now: datetime
    #: The store's count of changes at that view (``counters.content``).
    changes: int
    #: The first instant at which time alone may change what they say.
    until: datetime
    #: Newest first.
    posts: tuple[Post, ...]
    categories: tuple[Category, ...]
    events: tuple[Event, ...]

    def holds(self, changes: int, now: datetime) -> bool:
        """Whether the store would give the same at *now*, when it counts so many *changes*."""
        return changes == self.changes and self.now <= now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrendered:
    """A variant before it is rendered."""

    edition_id: str
    selection: str
    picks: tuple[Pick, ...]
    event_ids: tuple[str, ...]
    view: EditionView
    #: A stable hash of all that rendering goes by.
    made_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """All that a digest's variants are made with, but for the store and time."""

    digest: Digest
    imprint: Imprint
    names: CategoryNames
    #: Those that may be promoted, as the store knows them at an instant.
    events: Callable[[sa.Connection, datetime], tuple[Event, ...]]
    environment: Environment
    #: Changes with the templates of mails, and with the site's looks.
    templates: str = ""

    def gather(self, connection: sa.Connection, posts: Iterable[Post], now: datetime) -> Material:
        """What there is at *now* to make an edition of *posts* of."""
        to_promote = self.events(connection, now)
        turn = next_change(to_promote, now, ahead=self.digest.promote_ahead, zone=self.imprint.site.zone)
        return Material(
            now=now,
            changes=counters.content(connection),
            until=min([*events.said_after(connection, now), turn or _NEVER]),
            posts=tuple(posts),
            categories=tuple(categories.everything(connection)),
            events=to_promote,
        )

    def unrendered(
        self,
        edition_id: str,
        period: Period,
        selection: str,
        material: Material,
        *,
        among: Iterable[Post] | None = None,
    ) -> Unrendered:
        """What *selection* gets of *material*, *among* only these of its posts; no ``picks`` when that is nothing."""
        posts = material.posts if among is None else tuple(among)
        wanted = chosen(selection)
        picks = pick(posts, wanted, material.categories)
        promoted = self._promoted(wanted, withheld(selection), material)
        view = edition_view(
            self.imprint,
            period,
            picks,
            {post.id: post for post in posts},
            promoted,
            labels={c.id: self.names.label(c) for c in material.categories if self.names.shows(c)},
            languages=self.names.languages_of(material.categories),
            utm=parameters(self.digest.utm, edition_id),
            edition_url=edition_url(edition_id, self.imprint.site.base_url),
        )
        event_ids = tuple(promotion.event.id for promotion in promoted)
        return Unrendered(
            edition_id=edition_id,
            selection=selection,
            picks=picks,
            event_ids=event_ids,
            view=view,
            made_of=stable_hash((f"{self.templates}{mark(view.language)}", picks, event_ids, view)),
        )

    def render(self, unrendered: Unrendered, *, revision: int = 1) -> Variant:
        rendered = render(unrendered.view, self.environment)
        return Variant(
            edition_id=unrendered.edition_id,
            selection=unrendered.selection,
            revision=revision,
            picks=unrendered.picks,
            event_ids=unrendered.event_ids,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            made_of=unrendered.made_of,
        )

    def _promoted(
        self, wanted: frozenset[CategoryId] | None, enough: frozenset[str], material: Material
    ) -> tuple[Promotion, ...]:
        return promotions(
            material.events,
            material.now,
            ahead=self.digest.promote_ahead,
            most=self.digest.promote_most,
            zone=self.imprint.site.zone,
            language=interface(self.imprint.site.language),
            slugs=None if wanted is None else _related_slugs(wanted, material.categories),
            withheld=enough,
        )


def _related_slugs(wanted: frozenset[CategoryId], categories: Sequence[Category]) -> frozenset[str]:
    """The slugs of the wanted categories and of all below them: an event for a child concerns who chose the parent."""
    parents = {category.id: category.parent_id for category in categories}
    return frozenset(c.slug for c in categories if not wanted.isdisjoint(lineage(c.id, parents)))
