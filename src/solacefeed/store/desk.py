"""The desk: links to editions' pages, who asks for one, and what editors did there.

A link is claimed by the browser that first acts by it, in one statement that finds it unclaimed (compare-and-swap). Of
that browser's cookie a hash is kept, and of the link itself nothing: it is signed, and made of its number.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.desk import ActKind, DeskAct, DeskLink, LinkKind, NewAct
from solacefeed.store.deliveries import LARGEST_NUMBER
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import desk_acts, desk_asks, desk_links

#: Acts of which an edition's page tells, the newest ones.
MOST_ACTS = 200

# -- links ------------------------------------------------------------------------------------------


def make_link(connection: sa.Connection, edition_id: str, editor: str, kind: LinkKind, *, at: datetime) -> DeskLink:
    """A link of its own, which no browser acts by yet."""
    values = {"edition_id": edition_id, "editor": editor, "kind": kind.value, "made_at": at}
    number = connection.execute(desk_links.insert().values(**values).returning(desk_links.c.id)).scalar_one()
    return DeskLink(id=number, edition_id=edition_id, editor=editor, kind=kind, made_at=at)


def link_of_drafts(connection: sa.Connection, edition_id: str, editor: str, *, at: datetime) -> DeskLink:
    """The one that stands in all mails to an editor about a draft; made with the first of them."""
    its = desk_links.c.edition_id == edition_id, desk_links.c.editor == editor, desk_links.c.kind == LinkKind.DRAFT
    row = connection.execute(desk_links.select().where(*its).order_by(desk_links.c.id).limit(1)).one_or_none()
    return _link(row) if row else make_link(connection, edition_id, editor, LinkKind.DRAFT, at=at)


def find_link(connection: sa.Connection, number: int) -> DeskLink | None:
    if not 0 < number <= LARGEST_NUMBER:
        # A statement could not even ask for it.
        return None
    row = connection.execute(desk_links.select().where(desk_links.c.id == number)).one_or_none()
    return _link(row) if row else None


def claim(connection: sa.Connection, number: int, browser: str, *, at: datetime) -> bool:
    """Whether no browser acted by the link before; from now on the one with this hash does, and no other."""
    free = (desk_links.c.id == number) & desk_links.c.browser.is_(None)
    claimed = connection.execute(desk_links.update().where(free).values(browser=browser, claimed_at=at))
    return claimed.rowcount == 1


def _link(row: sa.Row[Any]) -> DeskLink:
    return DeskLink(
        id=row.id,
        edition_id=row.edition_id,
        editor=row.editor,
        kind=as_known(LinkKind, row.kind),
        made_at=row.made_at,
        browser=row.browser,
    )


# -- who asks for one -------------------------------------------------------------------------------


def ask(connection: sa.Connection, email: str, *, at: datetime) -> None:
    """Notes that somebody asked for a link; whoever that is, it is the same statement."""
    connection.execute(desk_asks.insert().values(email=email, at=at))


def count_asks(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(desk_asks)).scalar_one()


def drop_asks(connection: sa.Connection, *, before: datetime) -> int:
    """Takes away those from before an instant, which nobody has answered."""
    return connection.execute(desk_asks.delete().where(desk_asks.c.at < before)).rowcount


def is_any_ask_from(connection: sa.Connection, *, before: datetime) -> bool:
    return connection.execute(sa.select(sa.exists().where(desk_asks.c.at < before))).scalar_one()


def take_asks(connection: sa.Connection) -> list[str]:
    """The addresses for which somebody asked, each once; nothing is left of it."""
    asked = connection.execute(desk_asks.delete().returning(desk_asks.c.email)).scalars()
    return sorted(set(asked))


# -- what editors did -------------------------------------------------------------------------------


def note(connection: sa.Connection, act: NewAct, *, at: datetime) -> int:
    """Writes down an act, as part of what it does; returns its number."""
    values = {
        "edition_id": act.edition_id,
        "editor": act.editor,
        "act": act.kind.value,
        "about": act.about,
        "title": act.title,
        "before": dict(act.before),
        "after": dict(act.after),
        "at": at,
    }
    return int(connection.execute(desk_acts.insert().values(**values).returning(desk_acts.c.id)).scalar_one())


def acts(connection: sa.Connection, edition_id: str) -> list[DeskAct]:
    """What was done of an edition, the newest first."""
    its = desk_acts.select().where(desk_acts.c.edition_id == edition_id)
    return [_act(row) for row in connection.execute(its.order_by(desk_acts.c.id.desc()).limit(MOST_ACTS))]


def find_act(connection: sa.Connection, edition_id: str, number: int) -> DeskAct | None:
    if not 0 < number <= LARGEST_NUMBER:
        return None
    its = (desk_acts.c.id == number) & (desk_acts.c.edition_id == edition_id)
    row = connection.execute(desk_acts.select().where(its)).one_or_none()
    return _act(row) if row else None


def last_of(connection: sa.Connection, edition_id: str, kinds: Collection[ActKind]) -> DeskAct | None:
    """The newest act of some kinds that stands."""
    is_one = sa.or_(*(desk_acts.c.act == kind.value for kind in kinds))
    standing = desk_acts.select().where(desk_acts.c.edition_id == edition_id, is_one, desk_acts.c.undone_at.is_(None))
    row = connection.execute(standing.order_by(desk_acts.c.id.desc()).limit(1)).one_or_none()
    return _act(row) if row else None


def undo(connection: sa.Connection, number: int, *, by: str, at: datetime) -> bool:
    """Marks an act as undone; false where it was before."""
    standing = (desk_acts.c.id == number) & desk_acts.c.undone_at.is_(None)
    return connection.execute(desk_acts.update().where(standing).values(undone_at=at, undone_by=by)).rowcount == 1


def _act(row: sa.Row[Any]) -> DeskAct:
    return DeskAct(
        id=row.id,
        edition_id=row.edition_id,
        editor=row.editor,
        kind=as_known(ActKind, row.act),
        about=row.about,
        title=row.title,
        before=row.before,
        after=row.after,
        at=row.at,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )
