"""What is kept of people, shown and forgotten, as a config wants it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from solacefeed.composition.base import Base
from solacefeed.deeds.execution import beside
from solacefeed.errors import Busy
from solacefeed.models.people import Actor
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.people.digests import EndsFinished
    from solacefeed.deeds.people.erasing import Erased, Erasing
    from solacefeed.deeds.people.unsubscribe_mail import AskForLink, MailsRead


class _Done(Protocol):
    def has_news(self) -> bool: ...

    def line(self) -> str: ...


class Privacy:
    def __init__(self, base: Base) -> None:
        self._base = base

    # -- unsubscribes by mail --------------------------------------------------------------------

    def read_mail(self, store: Store, paths: Sequence[Path]) -> MailsRead:
        """All that is new there; raises ``SolacefeedError`` for what is no mailbox, or can't be read."""
        from solacefeed.deeds.people.look_bounds import boundless
        from solacefeed.deeds.people.unsubscribe_mail import read_mail

        base, ask = self._base, self.ask_for_link
        return read_mail(store, base.clock, paths, base.keys(store), ask_for_link=ask, bounds=boundless)

    def read_configured_mail(self, store: Store) -> MailsRead:
        """The same of the config's mailboxes, each of which may be yet to come with its first mail."""
        from solacefeed.deeds.people.unsubscribe_mail import read_mail

        base = self._base
        paths, keys, ask = base.config.mail.unsubscribe_files, base.keys(store), self.ask_for_link
        return read_mail(store, base.clock, paths, keys, ask_for_link=ask, or_to_come=True)

    @property
    def ask_for_link(self) -> AskForLink | None:
        """Mails somebody their own link; ``None`` where there are no pages to lead to."""
        return self._ask_for_link if self._base.config.web.base_url and self._base.config.digests else None

    def _ask_for_link(self, connection: sa.Connection, email: str) -> object:
        """As the form does: one who is no subscriber is mailed nothing, and nobody too often."""
        from solacefeed.deeds.people.sign_up import an_address, write_down
        from solacefeed.models.sign_ups import NewSignUp, SignUpKind

        asked = NewSignUp(kind=SignUpKind.LINK, email=an_address(email), page="a mail to the unsubscribe mailbox")
        return write_down(connection, self._base.fingerprints, asked, None, at=self._base.clock())

    # -- erasing ---------------------------------------------------------------------------------

    def erase(self, store: Store, email: str, *, by: Actor) -> Erased:
        """Erases an address and all who are marked, and writes the store's file anew at once.

        While copies are being handed over, a subscriber is marked, and gets no more mail. Raises ``Busy`` then for an
        address that is no subscriber's, and ``UsageError`` for one of which nothing is kept.
        """
        from dataclasses import replace

        from solacefeed.deeds.people.erasing import ask, erase_address, erase_waiting, rewrite
        from solacefeed.deeds.people.known_addresses import must_be_kept
        from solacefeed.store import subscribers

        with store.read() as connection:
            known = subscribers.find(connection, email)
        if known is None:
            must_be_kept(store, self._erasing(), email)
            done = erase_address(store, self._base.clock, self._erasing(), email)
        else:
            ask(store, self._base.clock, known.id, by=by)
            done = erase_waiting(store, self._base.clock, self._erasing())
        if not done.owed:
            return done
        try:
            rewrite(store)
        except Busy:
            return done
        return replace(done, owed=False)

    def look(self, store: Store) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a look at the mail does besides: what was done, a line each, and what did not work."""
        done: list[str] = []
        parts: dict[str, Callable[[Store], _Done | None]] = {
            "digest-ends": self._finish_ends,
            "retention": self._let_go,
            "erase": self._erase_waiting,
            "rewrite": self._rewrite_if_due,
            "history": self._count,
        }
        told = [beside(store, self._base.clock, name, partial(_say, done, part, store)) for name, part in parts.items()]
        return tuple(done), tuple(filter(None, told))

    def look_at_mailboxes(self, store: Store) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Reads the mailboxes of unsubscribes, before anything is prepared or handed over; tells the same of it."""
        done: list[str] = []
        work = partial(_say, done, self._read_unsubscribes, store)
        trouble = beside(store, self._base.clock, "unsubscribes", work)
        return tuple(done), (trouble,) if trouble else ()

    def _finish_ends(self, store: Store) -> EndsFinished:
        """Also where the config has no digest any more, and so nothing is prepared."""
        from solacefeed.deeds.people.digests import finish_ends

        return finish_ends(store, self._base.clock)

    def _let_go(self, store: Store) -> None:
        """Also where there are no pages any more: what they took has its end all the same."""
        from solacefeed.deeds.people import mail_retention, sign_up_retention

        kept, now = self._base.config.privacy, self._base.clock()
        mail_retention.let_go(store, now, keep_letters=kept.keep_letters, keep_copies=kept.keep_copies)
        mail_retention.let_bounces_go(store, now, keep=kept.keep_copies)
        sign_up_retention.let_go(store, now, keep_networks=kept.keep_networks)

    def _count(self, store: Store) -> None:
        from solacefeed.deeds.upkeep import history

        history.note(store, self._base.clock())

    def _read_unsubscribes(self, store: Store) -> MailsRead | None:
        # What reads mails is not loaded for nothing.
        return self.read_configured_mail(store) if self._base.config.mail.unsubscribe_files else None

    def _erase_waiting(self, store: Store) -> Erased:
        from solacefeed.deeds.people.erasing import erase_waiting

        return erase_waiting(store, self._base.clock, self._erasing())

    def _rewrite_if_due(self, store: Store) -> None:
        from solacefeed.deeds.people.erasing import rewrite, rewrite_is_due

        if rewrite_is_due(store, self._base.clock(), self._base.site(store).zone):
            rewrite(store)

    def _erasing(self) -> Erasing:
        from solacefeed.deeds.people.erasing import Erasing

        config = self._base.config
        return Erasing(key=self._base.fingerprints, rehearsals=config.mail.dir, unread=config.bounces.unread)


def _say(done: list[str], part: Callable[[Store], _Done | None], store: Store) -> None:
    found = part(store)
    if found is not None and found.has_news():
        done.append(found.line())
