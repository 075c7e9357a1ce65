"""Categories and authors, as the blog lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from solacefeed.models.blog import Author, Category, CategoryName, Grade, SourcePost
from solacefeed.store import changes
from solacefeed.store.database import among, insert_missing, upsert
from solacefeed.store.schema import authors, categories, former_slugs, posts


def replace(connection: sa.Connection, listed: Iterable[Category], *, grade: Grade = Grade.API) -> int:
    """Takes *listed* as the blog's whole list and returns how many are new, changed or no longer listed.

    Ids in *listed* are the blog's numbers; a category that was met before under its slug alone keeps our id. A list
    of a lower grade than the API's, such as an old export's, only adds categories that are not known at all.
    """
    known = set(everything(connection))
    now, numbered = _as_ours(connection, listed, grade)
    if _holds(connection, known, now, numbered):
        return 0
    rows = [_row(category, numbered[category.id]) for category in sorted(now, key=lambda c: c.id)]
    _note_former_slugs(connection, now)
    upsert(connection, categories, rows, key=("id",))
    kept = {category.id for category in now}
    vanished = [category.id for category in known if category.id not in kept] if grade >= Grade.API else []
    for some in among(connection, categories.c.id, vanished):
        connection.execute(categories.update().where(some).values(listed=False))
    return len(now - known) + len(vanished)


def are_known(connection: sa.Connection, listed: Iterable[Category], *, grade: Grade = Grade.API) -> bool:
    """Whether ``replace`` would change nothing."""
    return _holds(connection, set(everything(connection)), *_as_ours(connection, listed, grade))


def _as_ours(
    connection: sa.Connection, listed: Iterable[Category], grade: Grade
) -> tuple[set[Category], dict[str, str]]:
    """The categories that there are by that list, under our ids, and the blog's number of each."""
    if grade < Grade.API:
        met = numbers(connection).values()
        listed = (*as_the_blog_lists_them(connection), *(category for category in listed if category.id not in met))
    own = _own_ids(connection, listed := tuple(listed))
    return {_renumbered(category, own) for category in listed}, {own[category.id]: category.id for category in listed}


def _holds(connection: sa.Connection, known: set[Category], now: set[Category], numbered: Mapping[str, str]) -> bool:
    return known == now and numbered.items() <= numbers(connection).items()


def _own_ids(connection: sa.Connection, listed: Iterable[Category]) -> dict[str, str]:
    """Our id of each category that the blog lists, by its number there."""
    rows = connection.execute(categories.select()).all()
    own = {row.number: row.id for row in rows if row.number is not None}
    by_slug = {row.slug: row.id for row in rows if row.number is None}
    return {c.id: own.get(c.id) or by_slug.get(c.slug, c.id) for c in listed}


def _renumbered(category: Category, own: Mapping[str, str]) -> Category:
    parent = category.parent_id and own.get(category.parent_id, category.parent_id)
    return Category(id=own[category.id], slug=category.slug, name=category.name, parent_id=parent)


def _row(category: Category, number: str | None) -> dict[str, object]:
    return {
        "id": category.id,
        "slug": category.slug,
        "name": category.name,
        "parent_id": category.parent_id,
        "number": number,
        "listed": True,
    }


def ids_of(connection: sa.Connection, post: SourcePost) -> frozenset[str] | None:
    """Our ids of a post's categories; ``None`` where its source shows none. One met for the first time is taken up."""
    if post.category_ids is not None:
        own = {number: category for category, number in numbers(connection).items()}
        return frozenset(own.get(number, number) for number in post.category_ids)
    if post.category_names is not None:
        return frozenset(_met(connection, name) for name in post.category_names)
    return None


def _met(connection: sa.Connection, name: CategoryName) -> str:
    """The id of a category that is shown by slug or name."""
    rows = connection.execute(categories.select().order_by(categories.c.listed.desc(), categories.c.id)).all()
    for same in (
        lambda row: name.slug is not None and row.slug == name.slug,
        lambda row: row.name.casefold() == name.name.casefold(),
    ):
        found = next(filter(same, rows), None)
        if found is not None:
            return str(found.id)
    slug = name.slug or "-".join(re.findall(r"\w+", name.name.casefold())) or "unnamed"
    new = Category(id=f"s-{slug}", slug=slug, name=name.name)
    upsert(connection, categories, [_row(new, None)], key=("id",))
    return new.id


def as_the_blog_lists_them(connection: sa.Connection) -> tuple[Category, ...]:
    """The listed categories with the blog's numbers for ids."""
    known = numbers(connection)
    return tuple(
        Category(
            id=known[c.id], slug=c.slug, name=c.name, parent_id=c.parent_id and known.get(c.parent_id, c.parent_id)
        )
        for c in everything(connection)
        if c.id in known
    )


def numbers(connection: sa.Connection) -> dict[str, str]:
    """The blog's number of each category that has one, by our id."""
    query = sa.select(categories.c.id, categories.c.number).where(categories.c.number.is_not(None))
    return {row.id: row.number for row in connection.execute(query)}


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


def are_learnt(connection: sa.Connection, told: Iterable[Author]) -> bool:
    """Whether ``learn_authors`` would change nothing."""
    known = authors_by_id(connection)
    return all(known.get(author.id) == author for author in told)


def learn_authors(connection: sa.Connection, known: Iterable[Author]) -> None:
    """Writes down what the blog's users are called; posts that a changed name stands on have changed with it."""
    before = authors_by_id(connection)
    renamed = [author for author in known if before.get(author.id) != author]
    for some in among(connection, posts.c.author_id, [author.id for author in renamed]):
        query = sa.select(posts.c.id).where(some, posts.c.byline_name.is_(None))
        changes.about_to_change(connection, connection.execute(query).scalars().all())
    upsert(connection, authors, [{"id": author.id, "name": author.name} for author in renamed], key=("id",))


def authors_by_id(connection: sa.Connection) -> dict[str, Author]:
    return {row.id: Author(id=row.id, name=row.name) for row in connection.execute(authors.select())}
