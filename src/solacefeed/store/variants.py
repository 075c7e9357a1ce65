"""What editions say, in variants: their words, and what readers with each choice are told that they asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from solacefeed.models.editions import Correction, Pick, Variant
from solacefeed.store import promotions as promotion_store
from solacefeed.store.database import among, insert_missing
from solacefeed.store.listed import rows_among
from solacefeed.store.schema import edition_choices, promotions, variants

# Asked for each edition that is made, and with each claim of its copies: built once.
_LATER = variants.alias("later")
_IS_NEWEST = ~sa.exists().where(
    _LATER.c.edition_id == variants.c.edition_id,
    _LATER.c.selection == variants.c.selection,
    _LATER.c.revision > variants.c.revision,
)
_NEWEST = variants.select().where(variants.c.edition_id == sa.bindparam("of_edition"), _IS_NEWEST)
_DISCARD = tuple(
    table.delete().where(table.c.edition_id == sa.bindparam("of_edition"))
    for table in (promotions, edition_choices, variants)
)


def promoted_by(connection: sa.Connection, edition_id: str) -> list[str]:
    """The ids of the events that an edition was frozen with, whoever's variant told of them.

    Those of the first revisions: later ones come and go with the hour at which a copy leaves.
    """
    frozen = (variants.c.edition_id == edition_id, variants.c.revision == 1)
    rows = connection.execute(sa.select(variants.c.event_ids).where(*frozen)).scalars()
    return sorted({event_id for event_ids in rows for event_id in event_ids})


def brought_by(connection: sa.Connection, edition_id: str) -> set[str]:
    """The ids of the posts that an edition was frozen with, whoever's variant brings them."""
    frozen = (variants.c.edition_id == edition_id, variants.c.revision == 1)
    rows = connection.execute(sa.select(variants.c.picks).where(*frozen)).scalars()
    return {pick["post_id"] for picks in rows for pick in picks}


def add_variant(connection: sa.Connection, variant: Variant) -> None:
    connection.execute(
        variants.insert().values(
            edition_id=variant.edition_id,
            selection=variant.selection,
            revision=variant.revision,
            picks=[_pick_row(pick) for pick in variant.picks],
            event_ids=list(variant.event_ids),
            subject=variant.subject,
            text=variant.text,
            html=variant.html,
            made_of=variant.made_of,
            corrections=[asdict(each) for each in variant.corrections] or None,
            offers=list(variant.offers) or None,
            language=variant.language,
        )
    )
    promotion_store.note(connection, variant)


def hold(connection: sa.Connection, edition_id: str, key: str) -> None:
    """Lets no other worker make a revision of it until the transaction ends."""
    first = sa.select(variants.c.revision).where(
        variants.c.edition_id == edition_id, variants.c.selection == key, variants.c.revision == 1
    )
    connection.execute(first.with_for_update())


def note_made_of(connection: sa.Connection, variant: Variant) -> None:
    """Writes down that something else than before gives just this revision's words."""
    connection.execute(
        variants.update()
        .where(
            variants.c.edition_id == variant.edition_id,
            variants.c.selection == variant.selection,
            variants.c.revision == variant.revision,
        )
        .values(made_of=variant.made_of)
    )


def variant(connection: sa.Connection, edition_id: str, selection: str, revision: int | None = None) -> Variant:
    """That revision of a variant; without one, the newest."""
    query = variants.select().where(variants.c.edition_id == edition_id, variants.c.selection == selection)
    if revision is not None:
        query = query.where(variants.c.revision == revision)
    return _variant(connection.execute(query.order_by(variants.c.revision.desc()).limit(1)).one())


def newest_from(connection: sa.Connection, edition_id: str, selection: str, *, limit: int) -> list[Variant]:
    """The newest revision of a variant, and of up to *limit* in all with those that follow by their keys."""
    these = (variants.c.edition_id == edition_id, variants.c.selection >= selection)
    newest = sa.select(variants.c.selection, sa.func.max(variants.c.revision).label("revision")).where(*these)
    some = newest.group_by(variants.c.selection).order_by(variants.c.selection).limit(limit).subquery()
    its = (variants.c.selection == some.c.selection) & (variants.c.revision == some.c.revision)
    query = variants.select().join(some, its).where(variants.c.edition_id == edition_id)
    return [_variant(row) for row in connection.execute(query)]


def newest_of(connection: sa.Connection, edition_id: str, selections: Collection[str]) -> list[Variant]:
    """The newest revisions of these variants."""
    rows = rows_among(connection, _NEWEST, variants.c.selection, selections, {"of_edition": edition_id})
    return [_variant(row) for row in rows]


def of_revisions(connection: sa.Connection, edition_id: str, wanted: Collection[tuple[str, int]]) -> list[Variant]:
    """Those revisions of variants; of what is not there none."""
    found: list[Variant] = []
    its = variants.select().where(variants.c.edition_id == edition_id)
    for some in among(connection, variants.c.selection, {selection for selection, _ in wanted}):
        for numbered in among(connection, variants.c.revision, {revision for _, revision in wanted}):
            rows = connection.execute(its.where(some, numbered))
            found += [_variant(row) for row in rows if (row.selection, row.revision) in wanted]
    return found


def newest_variants(connection: sa.Connection, edition_id: str) -> list[Variant]:
    """The newest revision of each variant of an edition."""
    query = (
        variants.select().where(variants.c.edition_id == edition_id).order_by(variants.c.selection, variants.c.revision)
    )
    newest = {row.selection: row for row in connection.execute(query)}
    return [_variant(row) for row in newest.values()]


def _variant(row: sa.Row[Any]) -> Variant:
    return Variant(
        edition_id=row.edition_id,
        selection=row.selection,
        revision=row.revision,
        picks=tuple(_pick(pick) for pick in row.picks),
        event_ids=tuple(row.event_ids),
        subject=row.subject,
        text=row.text,
        html=row.html,
        made_of=row.made_of,
        corrections=tuple(Correction(**each) for each in row.corrections or ()),
        offers=tuple(row.offers or ()),
        language=row.language,
    )


def _pick_row(pick: Pick) -> dict[str, Any]:
    row: dict[str, Any] = {"post_id": pick.post_id, "because": list(pick.because)}
    return row | {"away": True} if pick.away else row


def _pick(row: Mapping[str, Any]) -> Pick:
    return Pick(post_id=row["post_id"], because=tuple(row["because"]), away=row.get("away", False))


# -- choices ----------------------------------------------------------------------------------------


def keep_choices(connection: sa.Connection, edition_id: str, words: Mapping[tuple[str, str], str]) -> None:
    """Keeps in which *words* an edition tells readers what they asked for, by selection and language."""
    rows = [
        {"edition_id": edition_id, "selection": selection, "language": language, "words": said}
        for (selection, language), said in words.items()
    ]
    insert_missing(connection, edition_choices, rows, key=("edition_id", "selection", "language"))


def choices(connection: sa.Connection, edition_id: str) -> dict[tuple[str, str], str]:
    """Those words, by selection and language."""
    rows = connection.execute(edition_choices.select().where(edition_choices.c.edition_id == edition_id))
    return {(row.selection, row.language): row.words for row in rows}


def discard(connection: sa.Connection, edition_id: str) -> None:
    """Takes back all that an edition was to say."""
    for statement in _DISCARD:
        connection.execute(statement, {"of_edition": edition_id})
