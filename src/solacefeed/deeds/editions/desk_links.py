"""Links to the desk: who holds one is shown an edition; the browser that first acts by it goes on acting, and no other.

An address of an editor is in none. Who takes an address out of the config has ended its links.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

import sqlalchemy as sa

from solacefeed.deeds.editions.decisions import find_edition
from solacefeed.digest.desk_letter import desk_words
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import LONGEST_SENDING
from solacefeed.models.desk import DeskLink, LinkKind
from solacefeed.models.editions import OPEN, WAITING, Edition
from solacefeed.models.letters import NewLetter, OutboxKind
from solacefeed.store import desk, editions, outbox
from solacefeed.store.database import Store
from solacefeed.store.outbox import NameLetter
from solacefeed.tokens import Keys, at_desk, for_desk

#: There is one letter to an editor in this time, however often somebody asks.
ONE_IN = timedelta(minutes=10)

#: And so many within so long: the links of the earlier ones hold still.
MOST_LETTERS, MOST_LETTERS_WITHIN = 5, timedelta(hours=24)

#: So many ask between two looks at most.
MOST_ASKS = 200

#: Who asks for a link waits for it.
LINK_WITHIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskDoor:
    """What links to the desk are made of."""

    #: Of our own pages, without a slash at its end.
    base_url: str
    keys: Keys
    #: Of editors, as the config has them.
    editors: Collection[str]

    def address(self, link: DeskLink) -> str:
        return f"{self.base_url}/desk/{for_desk(link.id, link.made_at, self.keys)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk:
    """Whoever came by a link, and what they may do."""

    link: DeskLink
    edition: Edition
    #: Theirs is the browser that acts by the link, or nobody's is yet.
    may_act: bool
    #: Why nothing can be done any more, whoever it is.
    is_over: bool


class NoDesk(UsageError):
    """A link that leads to no desk: it is none of ours, or its editor is one no more."""


def come(store: Store, door: DeskDoor, token: str, cookie: str | None, now: datetime) -> AtDesk:
    """Who comes by the link of *token*, with the *cookie* of their browser; raises ``NoDesk``. It writes nothing."""
    with store.read() as connection:
        link = _link(connection, door, token)
        edition = find_edition(connection, link.edition_id)
    return AtDesk(
        link=link,
        edition=edition,
        may_act=link.browser is None or _is_browser(link, cookie),
        is_over=is_over(edition, now),
    )


def _link(connection: sa.Connection, door: DeskDoor, token: str) -> DeskLink:
    try:
        number, made_at = at_desk(token, door.keys)
    except UsageError as error:
        raise NoDesk(str(error)) from error
    link = desk.find_link(connection, number)
    if link is None or int(link.made_at.timestamp()) != made_at or link.editor not in door.editors:
        raise NoDesk("desk: this link leads to no desk any more")
    return link


def is_over(edition: Edition, now: datetime) -> bool:
    """Whether nothing can be done of *edition* any more: it is done, was given up, or closed long ago."""
    return edition.state not in (*WAITING, *OPEN) or now > edition.leaves_at + LONGEST_SENDING


def fresh_cookie() -> str:
    """For a browser to which a link is shown that none acted by: it says which one it is when it acts."""
    return secrets.token_urlsafe(32)


def claim(store: Store, link: DeskLink, cookie: str, now: datetime) -> bool:
    """Lets the browser with this *cookie* act by a link, if none acted by it before, and no other from now on."""
    with store.write() as connection:
        return desk.claim(connection, link.id, hash_of(cookie), at=now)


def _is_browser(link: DeskLink, cookie: str | None) -> bool:
    return link.browser is not None and cookie is not None and compare_digest(hash_of(cookie), link.browser)


def hash_of(cookie: str) -> str:
    """What is kept of a browser's cookie."""
    return sha256(cookie.encode()).hexdigest()


# -- where links come from --------------------------------------------------------------------------


def addresses_in_drafts(
    store: Store, door: DeskDoor, edition_id: str, editors: Sequence[str], *, at: datetime
) -> dict[str, str]:
    """By editor, the address of their page of an edition: the same in each mail about its draft."""
    with store.write() as connection:
        links = [desk.link_of_drafts(connection, edition_id, editor, at=at) for editor in editors]
    return {link.editor: door.address(link) for link in links}


def give(store: Store, door: DeskDoor, edition_id: str, editor: str, *, at: datetime) -> str:
    """A fresh address for an editor; raises ``UsageError`` for who is none, and where there is no such edition."""
    if editor not in door.editors:
        raise UsageError(f"{editor} is no editor: [mail] editors has {', '.join(door.editors) or 'nobody'}")
    with store.write() as connection:
        edition = find_edition(connection, edition_id)
        return door.address(desk.make_link(connection, edition.id, editor, LinkKind.GIVEN, at=at))


def go_on_to(store: Store, door: DeskDoor, link: DeskLink, cookie: str, edition_id: str, *, at: datetime) -> str:
    """The token of another edition's page, for the editor and the browser that act by *link*."""
    with store.write() as connection:
        other = desk.make_link(connection, edition_id, link.editor, LinkKind.GIVEN, at=at)
        desk.claim(connection, other.id, hash_of(cookie), at=at)
    return for_desk(other.id, other.made_at, door.keys)


def ask(store: Store, email: str, *, at: datetime) -> bool:
    """Notes that somebody asks for a link; whether *email* is an editor's is looked at later, so nothing tells them.

    False where too many have asked just now, whoever they were.
    """
    with store.write() as connection:
        if desk.count_asks(connection) >= MOST_ASKS:
            return False
        desk.ask(connection, email, at=at)
    return True


def answer_asks(store: Store, door: DeskDoor, *, title: str, at: datetime, name: NameLetter) -> int:
    """Mails fresh links to editors for whom somebody asked, one in ``ONE_IN``, five in a day; returns to how many."""
    with store.read() as connection:
        if not desk.count_asks(connection):
            return 0
    with store.write() as connection:
        asked = {email.casefold() for email in desk.take_asks(connection)}
        to = [editor for editor in door.editors if editor.casefold() in asked]
        waiting = editions.waiting(connection)
        return sum(_mail(connection, door, editor, waiting, title=title, at=at, name=name) for editor in to)


def _mail(
    connection: sa.Connection,
    door: DeskDoor,
    editor: str,
    waiting: Sequence[Edition],
    *,
    title: str,
    at: datetime,
    name: NameLetter,
) -> bool:
    # Of the ten minutes by the clock and of those before, so that they are ten whenever they begin.
    turn = int(at.timestamp() // ONE_IN.total_seconds())
    once, before = (f"desk {each} {editor}" for each in (turn, turn - 1))
    last = outbox.last_put(connection, (once, before))
    if last is not None and at - last < ONE_IN:
        return False
    if outbox.count_to(connection, editor, "desk ", after=at - MOST_LETTERS_WITHIN) >= MOST_LETTERS:
        return False
    links = [desk.make_link(connection, edition.id, editor, LinkKind.ASKED, at=at) for edition in waiting]
    words = desk_words(title, {link.edition_id: door.address(link) for link in links})
    letter = NewLetter(kind=OutboxKind.LINK, email=editor, words=words, once=once, not_after=at + LINK_WITHIN)
    return outbox.put(connection, letter, at=at, name=name) is not None
