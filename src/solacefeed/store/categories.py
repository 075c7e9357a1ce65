"""Categories and authors, as the blog lists them."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from solacefeed.models import Author, Category
from solacefeed.store.database import insert_missing, upsert
from solacefeed.store.schema import authors, categories, former_slugs


def replace(connection: sa.Connection, listed: Iterable[Category]) -> int:
    """Takes *listed* as the blog's whole list and returns how many are new, changed or no longer listed."""
    known = set(everything(connection))
    now = set(listed)
    if known == now:
        return 0
    rows = [_row(category) for category in sorted(now - known, key=lambda c: c.id)]
    _note_former_slugs(connection, now)
    upsert(connection, categories, rows, key=("id",))
    kept = {category.id for category in now}
    vanished = [category.id for category in known if category.id not in kept]
    if vanished:
        connection.execute(categories.update().where(categories.c.id.in_(vanished)).values(listed=False))
    return len(rows) + len(vanished)


def _row(category: Category) -> dict[str, object]:
    return {
        "id": category.id,
        "slug": category.slug,
        "name": category.name,
        "parent_id": category.parent_id,
        "listed": True,
    }


def _note_former_slugs(connection: sa.Connection, now: set[Category]) -> None:
    """Also of categories that the blog did not list for a while."""
    slugs = {category.id: category.slug for category in now}
    former = [
        {"slug": row.slug, "category_id": row.id}
        for row in connection.execute(categories.select())
        if slugs.get(row.id, row.slug) != row.slug
    ]
    insert_missing(connection, former_slugs, former, key=("slug", "category_id"))


def slugs_before(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """The slugs that a category once had, by its id."""
    found: dict[str, list[str]] = {}
    for row in connection.execute(former_slugs.select().order_by(former_slugs.c.slug)):
        found.setdefault(row.category_id, []).append(row.slug)
    return {category_id: tuple(slugs) for category_id, slugs in found.items()}


def everything(connection: sa.Connection) -> list[Category]:
    """All that the blog lists, by name."""
    rows = connection.execute(
        categories.select().where(categories.c.listed).order_by(categories.c.name, categories.c.id)
    )
    return [Category(id=r.id, slug=r.slug, name=r.name, parent_id=r.parent_id) for r in rows]


def learn_authors(connection: sa.Connection, known: Iterable[Author]) -> None:
    upsert(connection, authors, [{"id": author.id, "name": author.name} for author in known], key=("id",))


def authors_by_id(connection: sa.Connection) -> dict[str, Author]:
    return {row.id: Author(id=row.id, name=row.name) for row in connection.execute(authors.select())}
