"""Unsubscribes by mail: a mailbox is read, and each mail in it taken once.

token of ours             --> the subscription ends, as by its link
asks, without a token     --> From can be anybody's word: that address is mailed its own link, as by the form for it
by a program              --> nothing
anything else, or broken  --> a person has to read it: ``status`` tells how many
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from solacefeed.deeds.people.look_bounds import LookBounds, MakeBounds, note_rest
from solacefeed.deeds.people.subscribe import BY_MAIL
from solacefeed.delivery import mailboxes
from solacefeed.digest.unsubscribe_mails import request
from solacefeed.errors import SolacefeedError, UsageError
from solacefeed.models.mailbox import MailOutcome, MailRequest
from solacefeed.ports import Clock
from solacefeed.store import mailable, read_mails, subscribers
from solacefeed.store.database import Store
from solacefeed.tokens import Keys, unsubscribing

#: Mails read in one transaction.
CHUNK = 50

#: Asks for the link of an address, in the transaction that it is given; ``None`` where there are no pages to lead to.
AskForLink = Callable[["sa.Connection", str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailsRead:
    """What became of the mails that were read now."""

    counts: Mapping[MailOutcome, int] = field(default_factory=dict)
    #: Mailboxes into which somebody delivers now: the next look reads them.
    locked: tuple[str, ...] = ()
    #: Mailboxes in which more waits than one look reads: the next one goes on there.
    behind: tuple[str, ...] = ()

    def has_news(self) -> bool:
        return any(self.counts.values())

    def line(self) -> str:
        """``unsubscribes: 2 ended, 1 mailed their link, 1 to be read by you``."""
        told = [f"{self.counts[each]} {words}" for each, words in _WORDS.items() if self.counts.get(each)]
        locked = [f"{each} is being delivered into, and left for later" for each in self.locked]
        behind = [f"more waits in {each} for the next look" for each in self.behind]
        return f"unsubscribes: {'; '.join(filter(None, (', '.join(told), *locked, *behind))) or 'nothing new'}"


_WORDS = {
    MailOutcome.ENDED: "ended",
    MailOutcome.BEFORE: "had ended before",
    MailOutcome.LINK: "mailed their link",
    MailOutcome.AUTOMATIC: "by programs",
    MailOutcome.OTHER: "to be read by you",
    MailOutcome.UNREAD: "that can't be read",
}


def read_mail(
    store: Store,
    clock: Clock,
    paths: Sequence[Path],
    keys: Keys,
    *,
    ask_for_link: AskForLink | None,
    or_to_come: bool = False,
    bounds: MakeBounds = LookBounds,
) -> MailsRead:
    """Reads what is new in these mailboxes, of each as much as its *bounds* let be read; nothing in them is changed.

    With *or_to_come* one that is made with its first mail is empty until then.

    Raises ``SolacefeedError`` for what is none, when all others are read.
    """
    counts, locked, behind = Counter[MailOutcome](), list[str](), list[str]()
    errors: list[SolacefeedError] = []
    for path in paths:
        try:
            if or_to_come and mailboxes.is_to_come(path):
                continue
            its = bounds()
            found = _read_one(store, clock, path, keys, ask_for_link, its)
        except SolacefeedError as error:
            errors.append(error)
            continue
        locked += [str(path)] if found is None else []
        behind += [str(path)] if its.leaves else []
        counts.update(found or {})
    if errors:
        raise errors[0]
    return MailsRead(counts=dict(counts), locked=tuple(locked), behind=tuple(behind))


def _read_one(
    store: Store, clock: Clock, path: Path, keys: Keys, ask_for_link: AskForLink | None, bounds: LookBounds
) -> Counter[MailOutcome] | None:
    """``None`` while somebody delivers into it."""
    # Asked before it is read: what comes meanwhile makes it another one, and the next look reads on.
    now, mailbox = mailboxes.state(path), str(path)
    with store.read() as connection:
        if now == read_mails.state(connection, mailbox):
            return Counter()
    found = mailboxes.mails(path, lambda names: _known(store, names))
    if found is None:
        return None
    counts = Counter[MailOutcome]()
    waiting = bounds.of(found)
    # Each is understood before the next one is asked for, so that the bounds know what it took.
    while asked := [(mail, request(mail.content)) for mail in islice(waiting, CHUNK)]:
        with store.write() as connection:
            mailable.hold(connection)
            for mail, each in asked:
                counts.update(_take(connection, clock, mail, each, keys, ask_for_link))
    note_rest(store, clock, mailbox, bounds)
    if not bounds.leaves:
        with store.write() as connection:
            read_mails.put_state(connection, mailbox, now)
    return counts


def _known(store: Store, names: Sequence[str]) -> set[str]:
    with store.read() as connection:
        return read_mails.among_these(connection, names)


def _take(
    connection: sa.Connection,
    clock: Clock,
    mail: mailboxes.StoredMail,
    asked: MailRequest,
    keys: Keys,
    ask_for_link: AskForLink | None,
) -> list[MailOutcome]:
    """What became of it; nothing where it was read before."""
    if mail.name is not None:
        read_mails.note(connection, mail.name, MailOutcome.BEFORE, at=clock())
    outcome = take_request(connection, clock, asked, keys, ask_for_link)
    return [outcome] if outcome else []


def take_request(
    connection: sa.Connection, clock: Clock, asked: MailRequest, keys: Keys, ask_for_link: AskForLink | None
) -> MailOutcome | None:
    """Does what a mail asks for, and returns what became of it; ``None`` where it was read before."""
    if read_mails.is_there(connection, asked.mark):
        return None
    outcome = _outcome(connection, clock, asked, keys, ask_for_link)
    read_mails.note(connection, asked.mark, outcome, at=clock())
    return outcome


def _outcome(
    connection: sa.Connection, clock: Clock, asked: MailRequest, keys: Keys, ask_for_link: AskForLink | None
) -> MailOutcome:
    if asked.is_broken:
        return MailOutcome.UNREAD
    if asked.is_automatic:
        return MailOutcome.AUTOMATIC
    if asked.token is not None:
        return _end(connection, clock, asked.token, keys)
    if asked.address is None or ask_for_link is None:
        return MailOutcome.OTHER
    try:
        ask_for_link(connection, asked.address)
    except UsageError:
        return MailOutcome.OTHER
    return MailOutcome.LINK


def _end(connection: sa.Connection, clock: Clock, token: str, keys: Keys) -> MailOutcome:
    try:
        digest, number = unsubscribing(token, keys)
    except UsageError:
        return MailOutcome.UNREAD
    ended = subscribers.end(connection, number, digest, at=clock(), reason=BY_MAIL)
    return MailOutcome.ENDED if ended else MailOutcome.BEFORE
