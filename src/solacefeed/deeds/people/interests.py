"""What people are interested in, in the words of another program: the categories that it means."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.deeds.people.category_slugs import CategorySlugs, known_slugs
from solacefeed.deeds.people.sync_rules import UnknownInterest
from solacefeed.models.posts import CategoryId
from solacefeed.store import categories


@dataclass(frozen=True, slots=True, kw_only=True)
class Interests:
    """Which category each word means, whatever the case of its letters."""

    ids: Mapping[str, CategoryId]

    def of(self, words: tuple[str, ...] | None) -> tuple[CategoryId, ...] | None:
        """The categories that they mean, sorted; raises ``UnknownInterest`` where one means none."""
        if words is None:
            return None
        unknown = [each for each in words if each.casefold() not in self.ids]
        if unknown:
            near = difflib.get_close_matches(unknown[0].casefold(), self.ids, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UnknownInterest(f"is left out: no category is called {', '.join(unknown)}{hint}")
        return tuple(sorted({self.ids[each.casefold()] for each in words}))


def known_interests(connection: sa.Connection, followed: tuple[str, ...], said: Mapping[str, str]) -> Interests:
    """Those of the blog, by slug and by name; of two with one name neither. *said* has slugs by other words."""
    slugs = known_slugs(connection, followed)
    named = [(category.name.casefold(), category.id) for category in categories.everything(connection)]
    names = {name: own for name, own in named if sum(name == each for each, _ in named) == 1}
    by_slug = {slug.casefold(): own for slug, own in slugs.ids.items()}
    former = {old.casefold(): own for old in slugs.renamed if (own := slugs.id_of(old))}
    return Interests(ids={**names, **former, **by_slug, **_said(said, slugs)})


def _said(said: Mapping[str, str], slugs: CategorySlugs) -> dict[str, CategoryId]:
    return {word.casefold(): own for word, slug in said.items() if (own := slugs.id_of(slug))}
