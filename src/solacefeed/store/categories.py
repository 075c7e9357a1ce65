"""Categories and authors, as the blog lists them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.blog import Author, CategoryNumber, Grade, SourceCategory
from solacefeed.models.posts import Category, CategoryId, slug_by_id
from solacefeed.posts.filing import KnownCategory, Numbering, told_apart
from solacefeed.store import changes
from solacefeed.store.database import among, insert_missing, upsert
from solacefeed.store.schema import authors, categories, former_slugs, post_categories, posts

# Asked several times by each deed: built once.
_LISTED = categories.select().where(categories.c.listed).order_by(categories.c.name, categories.c.id)


def numbering(connection: sa.Connection) -> Numbering:
    """That of the categories which are known, also of those that the blog lists no more."""
    query = sa.select(categories.c.id, categories.c.number).where(categories.c.number.is_not(None))
    return Numbering.of({row.number: row.id for row in connection.execute(query)})


def replace(
    connection: sa.Connection,
    listed: Iterable[SourceCategory],
    *,
    grade: Grade = Grade.API,
    seen: datetime | None = None,
) -> int:
    """Takes *listed* as the blog's whole list and returns how many are new, changed or no longer listed.

    A category that was met before under its slug alone keeps our id. A list of a lower grade than the API's, such as an
    old export's, only adds categories that are not known at all. *seen* is when those are first seen which nobody has
    met; ``None`` for those of a first crawl, which have been there.
    """
    known = set(_listed(connection))
    numbers, now = _as_ours(connection, listed, grade)
    if _holds(connection, known, now):
        return 0
    rows = [_row(category, numbers.number_of(category.id)) for category in sorted(now, key=lambda c: c.id)]
    _note_former_slugs(connection, now)
    insert_missing(connection, categories, [{**row, "first_seen": seen} for row in rows], key=("id",))
    upsert(connection, categories, rows, key=("id",))
    kept = {category.id for category in now}
    vanished = [category.id for category in known if category.id not in kept] if grade >= Grade.API else []
    for some in among(connection, categories.c.id, vanished):
        connection.execute(categories.update().where(some).values(listed=False))
    return len(now - known) + len(vanished)


def are_known(connection: sa.Connection, listed: Iterable[SourceCategory], *, grade: Grade = Grade.API) -> bool:
    """Whether ``replace`` would change nothing."""
    _, now = _as_ours(connection, listed, grade)
    return _holds(connection, set(_listed(connection)), now)


def _as_ours(
    connection: sa.Connection, listed: Iterable[SourceCategory], grade: Grade
) -> tuple[Numbering, set[Category]]:
    """The categories that there are by that list, and the numbering in which it is understood."""
    if grade < Grade.API:
        numbered = numbering(connection).ids
        listed = (
            *as_the_blog_lists_them(connection),
            *(category for category in listed if category.number not in numbered),
        )
    numbers = _numbering_with(connection, listed := tuple({each.number: each for each in listed}.values()))
    return numbers, told_apart([numbers.ours(category) for category in listed], met(connection))


def _numbering_with(connection: sa.Connection, listed: Collection[SourceCategory]) -> Numbering:
    """That of the known and the *listed* ones, of which some were known by their slug alone."""
    rows = connection.execute(categories.select()).all()
    numbered = {row.number: row.id for row in rows if row.number is not None}
    by_slug = {row.slug: row.id for row in rows if row.number is None}
    new = sorted((each for each in listed if each.number not in numbered), key=lambda it: (len(it.number), it.number))
    # Of two that are new under that slug the first was met.
    return Numbering.of(
        {each.number: by_slug.pop(each.slug, CategoryId(each.number)) for each in new} | numbered,
    )


def _holds(connection: sa.Connection, known: set[Category], now: set[Category]) -> bool:
    return known == now and {category.id for category in now} <= numbering(connection).numbers.keys()


def _row(category: Category, number: CategoryNumber | None) -> dict[str, object]:
    return {
        "id": category.id,
        "slug": category.slug,
        "name": category.name,
        "parent_id": category.parent_id,
        "number": number,
        "listed": True,
    }


def met(connection: sa.Connection) -> list[KnownCategory]:
    """Every category that was ever met, also those that the blog does not list."""
    return [
        KnownCategory(id=row.id, slug=row.slug, name=row.name, number=row.number, listed=row.listed)
        for row in connection.execute(categories.select())
    ]


def take_up(connection: sa.Connection, new: Iterable[KnownCategory], *, seen: datetime | None = None) -> None:
    """Writes down categories that a post was the first to show."""
    rows = [_row(Category(id=each.id, slug=each.slug, name=each.name), None) for each in new]
    insert_missing(connection, categories, [{**row, "first_seen": seen} for row in rows], key=("id",))
    upsert(connection, categories, rows, key=("id",))


def first_seen(connection: sa.Connection) -> dict[CategoryId, datetime]:
    """When each category came that has come since the first crawl."""
    query = sa.select(categories.c.id, categories.c.first_seen).where(categories.c.first_seen.is_not(None))
    return {row.id: row.first_seen for row in connection.execute(query)}


def as_the_blog_lists_them(connection: sa.Connection) -> tuple[SourceCategory, ...]:
    """The listed categories of which the blog's number is known."""
    numbers = numbering(connection)
    return tuple(numbers.the_blogs(category) for category in everything(connection) if category.id in numbers.numbers)


def _note_former_slugs(connection: sa.Connection, now: set[Category]) -> None:
    """Also of categories that the blog did not list for a while."""
    slugs = {category.id: category.slug for category in now}
    former = [
        {"slug": row.slug, "category_id": row.id}
        for row in connection.execute(categories.select())
        # One that gave way to another of its slug had never stood there alone.
        if slugs.get(row.id, row.slug) not in (row.slug, slug_by_id(row.id))
    ]
    insert_missing(connection, former_slugs, former, key=("slug", "category_id"))


def slugs_before(connection: sa.Connection) -> dict[CategoryId, tuple[str, ...]]:
    """The slugs that a category once had, by its id."""
    found: dict[CategoryId, list[str]] = {}
    for row in connection.execute(former_slugs.select().order_by(former_slugs.c.slug)):
        found.setdefault(row.category_id, []).append(row.slug)
    return {category_id: tuple(slugs) for category_id, slugs in found.items()}


def everything(connection: sa.Connection) -> list[Category]:
    """All that the blog lists, by name; no two have one slug, also where an earlier release kept them so."""
    rows = _listed(connection)
    if len({category.slug for category in rows}) == len(rows):
        return rows
    apart = {category.id: category for category in told_apart(rows, met(connection))}
    return [apart[category.id] for category in rows]


def _listed(connection: sa.Connection) -> list[Category]:
    """As they are kept."""
    rows = connection.execute(_LISTED)
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
        query = sa.select(posts.c.id).where(some, sa.func.coalesce(posts.c.byline_name, "") == "")
        changes.about_to_change(connection, connection.execute(query).scalars().all())
    upsert(connection, authors, [{"id": author.id, "name": author.name} for author in renamed], key=("id",))


def are_met(connection: sa.Connection) -> bool:
    """Whether every category that a post is filed under was once listed by the blog, or shown by a post."""
    unmet = post_categories.c.category_id.not_in(sa.select(categories.c.id))
    return connection.execute(sa.select(post_categories.c.post_id).where(unmet).limit(1)).first() is None


def authors_by_id(connection: sa.Connection) -> dict[str, Author]:
    return {row.id: Author(id=row.id, name=row.name) for row in connection.execute(authors.select())}
