"""What is kept of people, shown and forgotten, as a config wants it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solacefeed.composition.base import Base
from solacefeed.deeds.execution import beside
from solacefeed.errors import Busy
from solacefeed.models.people import Actor
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.people.erasing import Erased, Erasing
    from solacefeed.deeds.people.unsubscribe_mail import MailsRead


class Privacy:
    def __init__(self, base: Base) -> None:
        self._base = base

    # -- unsubscribes by mail --------------------------------------------------------------------

    def read_mail(self, store: Store, paths: Sequence[Path]) -> MailsRead:
        """Raises ``SolacefeedError`` for what is no mailbox, or can't be read."""
        from solacefeed.deeds.people.unsubscribe_mail import read_mail

        asks = self._ask_for_link if self._base.config.web.base_url and self._base.config.digests else None
        return read_mail(store, self._base.clock, paths, self._base.keys(store), ask_for_link=asks)

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
        trouble = beside(store, self._base.clock, "privacy", lambda: done.extend(self._look(store)))
        return tuple(done), (trouble,) if trouble else ()

    def _look(self, store: Store) -> list[str]:
        from solacefeed.deeds.people.erasing import erase_waiting, rewrite, rewrite_is_due
        from solacefeed.deeds.people.mail_retention import let_go

        kept, now = self._base.config.privacy, self._base.clock()
        let_go(store, now, keep_letters=kept.keep_letters, keep_copies=kept.keep_copies)
        files = self._base.config.mail.unsubscribe_files
        # What reads mails is not loaded for nothing.
        read = self.read_mail(store, files) if files else None
        found = erase_waiting(store, self._base.clock, self._erasing())
        if rewrite_is_due(store, now, self._base.site(store).zone):
            rewrite(store)
        return [each.line() for each in (read, found) if each is not None and each.has_news()]

    def _erasing(self) -> Erasing:
        from solacefeed.deeds.people.erasing import Erasing

        return Erasing(key=self._base.fingerprints, rehearsals=self._base.config.mail.dir)
