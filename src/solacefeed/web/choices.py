"""What there is to choose of digests, as forms show it and as they send it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.catalogue import gettext
from solacefeed.digest.lineage import lineage
from solacefeed.models.digests import CadenceKind, CategoryNames, Digest
from solacefeed.models.posts import Category, CategoryId
from solacefeed.publish.editions import edition_url
from solacefeed.publish.feeds import tree_order
from solacefeed.publish.page import Link
from solacefeed.site import Site
from solacefeed.store import categories, editions, tags
from solacefeed.views.cadences import cadence_name, often
from solacefeed.web.views import DigestOption, FormOption
from solacefeed.words import day_words, listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be chosen of a digest: categories that readers see, in their order, then tags that may be followed."""

    digest: Digest
    categories: tuple[Category, ...]
    #: All that a choice of it may hold, also what no form of it shows.
    taken: frozenset[CategoryId]
    names: CategoryNames

    def ids(self, values: Collection[str]) -> tuple[CategoryId, ...]:
        """Of those that a form sends by their slugs; what is not to be chosen is none."""
        return tuple(sorted(each.id for each in self.categories if each.slug in values))

    def words(self, category_ids: Collection[CategoryId] | None, language: str) -> str:
        """``Housing and Education``"""
        if category_ids is None:
            return gettext("everything", language)
        chosen = [self.names.label(each) for each in self.categories if each.id in category_ids]
        return listing(chosen, language) or gettext("categories that are gone", language)


def choices_of(connection: sa.Connection, digests: Iterable[Digest], names: CategoryNames) -> list[Choices]:
    """Of each of *digests*, by one look at the store however many they are."""
    wanted = tuple(digests)
    known = categories.everything(connection)
    slugs = tuple(dict.fromkeys(slug for digest in wanted for slug in digest.followed))
    followed = dict(zip(slugs, tags.followed(connection, slugs), strict=True))
    return [_choices(digest, names, known, [followed[slug] for slug in digest.followed]) for digest in wanted]


def _choices(digest: Digest, names: CategoryNames, known: Sequence[Category], followed: Sequence[Category]) -> Choices:
    shown = [each for each in tree_order(known, names) if names.shows(each)]
    parents = {each.id: each.parent_id for each in known}
    slugs = {each.id: each.slug for each in known}
    within = [
        each
        for each in shown
        if digest.categories is None
        or any(slugs.get(above) in digest.categories for above in lineage(each.id, parents))
    ]
    return Choices(
        digest=digest,
        categories=(*within, *followed),
        taken=frozenset(each.id for each in (*shown, *followed)),
        names=names,
    )


def all_categories(choices: Iterable[Choices]) -> tuple[Category, ...]:
    """What can be chosen of any of these, each once."""
    return tuple({each.id: each for one in choices for each in one.categories}.values())


def category_options(
    shown: Sequence[Category], names: CategoryNames, chosen: Collection[str], language: str
) -> tuple[FormOption, ...]:
    """Those to tick; none where there is but one. A part is told with what it is a part of, and comes with."""
    if len(shown) < 2:
        return ()
    labels = {each.id: names.label(each) for each in shown}
    return tuple(
        FormOption(
            value=each.slug,
            text=labels[each.id],
            chosen=each.slug in chosen,
            note=_part_of(labels.get(each.parent_id), language) if each.parent_id else None,
        )
        for each in shown
    )


def _part_of(above: str | None, language: str) -> str | None:
    return gettext("part of %(category)s, and comes with it", language, category=above) if above else None


def cadence_options(digest: Digest, chosen: CadenceKind | None, language: str) -> tuple[FormOption, ...]:
    """How often it may come; none where there is but one way."""
    if len(digest.cadences) < 2:
        return ()
    wanted = digest.cadence(chosen).kind
    return tuple(
        FormOption(
            value=each.kind.value,
            text=cadence_name(each.kind, language),
            chosen=each.kind is wanted,
            note=capital(often(each, language)),
        )
        for each in digest.cadences
    )


def cadence_sent(digest: Digest, value: str) -> CadenceKind | None:
    """What a form sends of it; ``None``, the digest's first, for what it has not."""
    return next((each.kind for each in digest.cadences if each.kind.value == value), None)


def digest_option(
    connection: sa.Connection, digest: Digest, site: Site, language: str, *, chosen: bool, cadence: CadenceKind | None
) -> DigestOption:
    return DigestOption(
        value=digest.name,
        title=digest.title,
        often=capital(often(digest.first, language)),
        chosen=chosen,
        cadences=cadence_options(digest, cadence, language),
        cadence_field=f"cadence-{digest.name}",
        example=last_edition(connection, digest, site, language),
    )


def last_edition(connection: sa.Connection, digest: Digest, site: Site, language: str) -> Link | None:
    """Its newest one that has a page."""
    newest = next(iter(editions.public(connection, digest.key, limit=1)), None)
    if newest is None:
        return None
    day = day_words(newest.period.ends.astimezone(site.zone).date(), language)
    return Link(text=f"{digest.title}, {day}", href=edition_url(newest.id, site.base_url))


def capital(text: str) -> str:
    """*text* as it begins a line."""
    return text[:1].upper() + text[1:]
