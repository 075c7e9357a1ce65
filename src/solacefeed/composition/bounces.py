"""Mails that come back, as a config wants them read; what reads them is loaded where there is something to read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from solacefeed.composition.base import Base
from solacefeed.composition.privacy import Privacy
from solacefeed.deeds.execution import beside
from solacefeed.delivery import mailboxes
from solacefeed.errors import Busy, SolacefeedError
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.people.bounce_mail import BounceSettings, BouncesRead
    from solacefeed.deeds.people.bounced import BounceRules, RefusalsTaken
    from solacefeed.deeds.people.held_bounces import BouncesDecided
    from solacefeed.delivery.imap_mailbox import ImapMailbox


#: Seconds for which a server is left alone that could not be read.
REST = 600.0


class _Done(Protocol):
    def has_news(self) -> bool: ...

    def line(self) -> str: ...


class Bounces:
    def __init__(self, base: Base, privacy: Privacy) -> None:
        self._base = base
        self._privacy = privacy
        #: Until when a server that could not be read is left alone, by ``time.monotonic``: it may take long to tell.
        self._rests_until = 0.0

    def read(self, store: Store, paths: Sequence[Path]) -> BouncesRead:
        """All that is new there; raises ``SolacefeedError`` for what is no mailbox and no mail, or can't be read."""
        from solacefeed.deeds.people.bounce_mail import read_files
        from solacefeed.deeds.people.look_bounds import boundless

        return read_files(store, self._base.clock, paths, self._settings(store), bounds=boundless)

    def read_stream(self, store: Store, stream: BinaryIO) -> BouncesRead:
        from solacefeed.deeds.people.bounce_mail import read_mails_given
        from solacefeed.delivery.mailboxes import from_stream

        return read_mails_given(store, self._base.clock, from_stream(stream), self._settings(store))

    def read_configured(self, store: Store) -> BouncesRead:
        """Reads what the config names, as far as one look goes; raises as ``read`` does, and as the server does."""
        from solacefeed.deeds.people.bounce_mail import BouncesRead

        return (self._read_maildir(store) or BouncesRead()) + (self._read_imap(store) or BouncesRead())

    def accept(self, store: Store, edition_id: str) -> BouncesDecided:
        """Raises ``UsageError`` where there is no such edition."""
        from solacefeed.deeds.people.held_bounces import accept

        return accept(store, self._base.clock, edition_id)

    def refuse(self, store: Store, edition_id: str) -> BouncesDecided:
        """Raises ``UsageError`` where there is no such edition."""
        from solacefeed.deeds.people.held_bounces import refuse

        return refuse(store, self._base.clock, edition_id)

    def look(self, store: Store) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is read before mail is prepared or handed over: what was done, a line each, and what did not work."""
        done: list[str] = []
        parts: dict[str, Callable[[Store], _Done | None]] = {
            "bounces": self._read_maildir,
            "bounces-imap": self._read_imap,
            "refusals": self._take_refusals,
        }
        told = [beside(store, self._base.clock, name, partial(_say, done, part, store)) for name, part in parts.items()]
        return tuple(done), tuple(filter(None, told))

    def _read_maildir(self, store: Store) -> BouncesRead | None:
        where = self._base.config.bounces.maildir
        if where is None or mailboxes.is_to_come(where):
            return None
        # What reads mails is not loaded for nothing.
        from solacefeed.deeds.people.bounce_mail import read_files

        return read_files(store, self._base.clock, [where], self._settings(store))

    def _read_imap(self, store: Store) -> BouncesRead | None:
        if self._base.config.bounces.imap is None:
            return None
        if time.monotonic() < self._rests_until:
            raise Busy("bounces: the IMAP server could not be read, and rests")
        from solacefeed.deeds.people.bounce_mail import read_imap

        mailbox = self.imap_mailbox(self._base.config.bounces.imap)
        try:
            return read_imap(store, self._base.clock, mailbox, self._settings(store))
        except SolacefeedError:
            self._rests_until = time.monotonic() + REST
            raise

    def _take_refusals(self, store: Store) -> RefusalsTaken | None:
        from solacefeed.deeds.people.bounced import take_refusals

        return take_refusals(store, self._base.clock, self._rules())

    def imap_mailbox(self, host: str) -> ImapMailbox:
        from solacefeed.delivery.imap_mailbox import ImapMailbox

        config = self._base.config.bounces
        return ImapMailbox(
            host=host,
            port=config.port,
            tls=config.tls,
            ca_file=config.ca_file,
            username=config.username or "",
            password=config.password.get_secret_value() if config.password else "",
            folder=config.folder,
        )

    def _rules(self) -> BounceRules:
        from solacefeed.deeds.people.bounced import BounceRules

        config = self._base.config.bounces
        return BounceRules(hard=config.hard, soft=config.soft, soft_over=config.soft_over)

    def _settings(self, store: Store) -> BounceSettings:
        from solacefeed.deeds.people.bounce_mail import BounceSettings

        return BounceSettings(
            keys=self._base.keys(store),
            rules=self._rules(),
            unread=self._base.config.bounces.unread,
            ask_for_link=self._privacy.ask_for_link,
        )


def _say(done: list[str], part: Callable[[Store], _Done | None], store: Store) -> None:
    found = part(store)
    if found is not None and found.has_news():
        done.append(found.line())
