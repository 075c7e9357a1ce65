"""Renders editions: what some readers get, from the store's posts and the events of the moment, as a variant.

    gather --> material --> unrendered, made_of --> rendered

Rendering is most of the work. What it would be made of is known before, and told by a hash: so one asks whether a
variant has to be rendered anew without rendering it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solacefeed.catalogue import mark
from solacefeed.digest.contents import Contents
from solacefeed.digest.edition_view import EditionView
from solacefeed.digest.lineage import lineage
from solacefeed.digest.links import parameters
from solacefeed.digest.rendering import render
from solacefeed.digest.views import Imprint, edition_view
from solacefeed.events.promotion import next_change, promotions
from solacefeed.models.digests import CadenceKind, CategoryNames, Digest
from solacefeed.models.editions import Editing, Edition, Period, Pick, Variant
from solacefeed.models.events import Event, Promotion
from solacefeed.models.posts import Category, CategoryId, Post
from solacefeed.publish.editions import edition_url
from solacefeed.stable import stable_hash
from solacefeed.store import categories, counters, events, tags
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
    #: The lead post first.
    posts: tuple[Post, ...]
    categories: tuple[Category, ...]
    events: tuple[Event, ...]
    #: Of each of its posts that has one, the edition whose page it stands on.
    pages: Mapping[str, str] = field(default_factory=dict)

    def holds(self, changes: int, now: datetime) -> bool:
        """Whether the store would give the same at *now*, when it counts so many *changes*."""
        return changes == self.changes and self.now <= now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an edition is, beside its contents."""

    id: str
    period: Period
    cadence: CadenceKind | None
    editing: Editing = field(default_factory=Editing)

    @classmethod
    def of(cls, edition: Edition) -> Head:
        return cls(id=edition.id, period=edition.period, cadence=edition.cadence, editing=edition.editing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrendered:
    """A variant before it is rendered."""

    edition_id: str
    #: Its variant's.
    key: str
    contents: Contents
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

    def gather(
        self,
        connection: sa.Connection,
        posts: Iterable[Post],
        now: datetime,
        pages: Mapping[str, str] | None = None,
    ) -> Material:
        """What there is at *now* to make an edition of *posts* of."""
        to_promote = self.events(connection, now)
        turn = next_change(to_promote, now, ahead=self.digest.promote_ahead, zone=self.imprint.site.zone)
        return Material(
            now=now,
            changes=counters.content(connection),
            until=min([*events.said_after(connection, now), turn or _NEVER]),
            posts=tuple(posts),
            categories=(*categories.everything(connection), *tags.followed(connection, self.digest.followed)),
            events=to_promote,
            pages=pages or {},
        )

    def unrendered(self, head: Head, contents: Contents, material: Material, *, key: str | None = None) -> Unrendered:
        """What readers with these *contents* get of *material*; *key* is that of a variant which is made anew."""
        promoted = self._promotions(material, only=frozenset(contents.event_ids))
        contents = replace(contents, event_ids=tuple(each.event.id for each in promoted))
        posts = {post.id: post for post in material.posts}
        labels = self.labels(material)
        view = edition_view(
            self.imprint,
            head.period,
            contents.picks,
            posts,
            promoted,
            labels=labels,
            languages=self.names.languages_of(material.categories),
            utm=parameters(self.digest.utm, head.id),
            edition_url=self._on_the_web(head, contents.picks, posts, material),
            editing=head.editing,
            corrections=contents.corrections,
            offers=[labels[each] for each in contents.offers if each in labels],
            left_without=contents.left_without,
            language=contents.language,
        )
        return Unrendered(
            edition_id=head.id,
            key=key or contents.key,
            contents=contents,
            view=view,
            made_of=stable_hash((f"{self.templates}{mark(view.language)}", contents.picks, contents.event_ids, view)),
        )

    def render(self, unrendered: Unrendered, *, revision: int = 1) -> Variant:
        rendered = render(unrendered.view, self.environment)
        contents = unrendered.contents
        return Variant(
            edition_id=unrendered.edition_id,
            selection=unrendered.key,
            revision=revision,
            picks=contents.picks,
            event_ids=contents.event_ids,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            made_of=unrendered.made_of,
            corrections=contents.corrections,
            offers=contents.offers,
            language=contents.language,
        )

    def labels(self, material: Material) -> dict[CategoryId, str]:
        """The name of each category that readers see, in the order in which they see them."""
        return {c.id: self.names.label(c) for c in material.categories if self.names.shows(c)}

    def promoted(
        self, wanted: frozenset[CategoryId] | None, enough: frozenset[str], material: Material
    ) -> tuple[str, ...]:
        """The events that a reader with this choice is told of, who has had *enough* of some."""
        slugs = None if wanted is None else _related_slugs(wanted, material.categories)
        return tuple(each.event.id for each in self._promotions(material, slugs=slugs, withheld=enough))

    def _promotions(
        self,
        material: Material,
        *,
        only: frozenset[str] | None = None,
        slugs: frozenset[str] | None = None,
        withheld: frozenset[str] = frozenset(),
    ) -> tuple[Promotion, ...]:
        return promotions(
            [event for event in material.events if only is None or event.id in only],
            material.now,
            ahead=self.digest.promote_ahead,
            most=self.digest.promote_most,
            zone=self.imprint.site.zone,
            language=interface(self.imprint.site.language),
            slugs=slugs,
            withheld=withheld,
        )

    def _on_the_web(
        self, head: Head, picks: tuple[Pick, ...], posts: Mapping[str, Post], material: Material
    ) -> str | None:
        """Where what it brings can be read: its own page, the one post itself, else the page that holds the first."""
        if head.cadence is self.digest.first.kind and head.id.rpartition("/")[2][:1].isdigit():
            return edition_url(head.id, self.imprint.site.base_url)
        if head.cadence is CadenceKind.AT_ONCE and len(picks) == 1:
            return posts[picks[0].post_id].url
        page = next((material.pages[pick.post_id] for pick in picks if pick.post_id in material.pages), None)
        return edition_url(page, self.imprint.site.base_url) if page else None


def _related_slugs(wanted: frozenset[CategoryId], listed: Iterable[Category]) -> frozenset[str]:
    """The slugs of the wanted categories and of all below them: an event for a child concerns who chose the parent."""
    categories = tuple(listed)
    parents = {category.id: category.parent_id for category in categories}
    return frozenset(c.slug for c in categories if not wanted.isdisjoint(lineage(c.id, parents)))
