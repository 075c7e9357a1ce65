"""Typesets editions: what one selection gets, from the store's posts and the events of the moment, as a variant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment

from solacefeed.digest.links import parameters
from solacefeed.digest.rendering import render
from solacefeed.digest.selection import chosen, lineage, pick, withheld
from solacefeed.digest.views import Imprint, edition_view
from solacefeed.events.promotion import promotions
from solacefeed.models import Category, CategoryNames, Digest, Event, Period, Post, Promotion, Variant
from solacefeed.publish.editions import edition_url
from solacefeed.words import interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """All that a digest's variants are made with, but for posts and time."""

    digest: Digest
    imprint: Imprint
    names: CategoryNames
    events: tuple[Event, ...]
    environment: Environment

    def typeset(
        self,
        edition_id: str,
        period: Period,
        selection: str,
        posts: Sequence[Post],
        categories: Sequence[Category],
        *,
        now: datetime,
        revision: int = 1,
    ) -> Variant:
        """What *selection* gets of *posts* at *now*; its ``picks`` are empty when that is nothing."""
        wanted = chosen(selection)
        picks = pick(posts, wanted, categories)
        promoted = self._promoted(wanted, withheld(selection), categories, now)
        by_id = {post.id: post for post in posts}
        labels = {c.id: self.names.label(c) for c in categories if self.names.shows(c)}
        view = edition_view(
            self.imprint,
            period,
            picks,
            by_id,
            promoted,
            wanted=wanted,
            labels=labels,
            utm=parameters(self.digest.utm, edition_id),
            edition_url=edition_url(edition_id, self.imprint.feeds_url.removesuffix("/")),
        )
        rendered = render(view, self.environment)
        return Variant(
            edition_id=edition_id,
            selection=selection,
            revision=revision,
            picks=picks,
            event_ids=tuple(promotion.event.id for promotion in promoted),
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
        )

    def _promoted(
        self,
        wanted: frozenset[str] | None,
        enough: frozenset[str],
        categories: Iterable[Category],
        now: datetime,
    ) -> tuple[Promotion, ...]:
        return promotions(
            self.events,
            now,
            ahead=self.digest.promote_ahead,
            most=self.digest.promote_most,
            zone=self.imprint.zone,
            language=interface(self.imprint.language),
            slugs=None if wanted is None else _related_slugs(wanted, list(categories)),
            withheld=enough,
        )


def _related_slugs(wanted: frozenset[str], categories: list[Category]) -> frozenset[str]:
    """The slugs of the wanted categories and of all below them: an event for a child concerns who chose the parent."""
    parents = {category.id: category.parent_id for category in categories}
    return frozenset(c.slug for c in categories if not wanted.isdisjoint(lineage(c.id, parents)))
