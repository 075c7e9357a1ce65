"""What mail says of who sends it: by the config as it is when the first copies of an edition are taken up.

It is kept then, and all copies of the edition say it, whatever the config says later; mail that may have arrived says
it for ever, so that it has the same bytes when it is offered again. As long as nobody can have a copy and no worker has
one in hand, and once more when the edition goes on by the operator's word, it is what the config says then: so a sender
that the relay refuses can be mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from solacefeed.models.deliveries import CopyActKind
from solacefeed.models.editions import Edition
from solacefeed.models.senders import MailSender
from solacefeed.store import copies, copy_acts, held_editions, senders
from solacefeed.store.database import Store

#: What the config says now: of a digest by its key, or else of the outbox.
OfNow = Callable[[str | None], MailSender]


class Senders:
    """Those of one round."""

    def __init__(self, of_now: OfNow) -> None:
        self._of_now = of_now
        self._known: dict[int, MailSender] = {}
        self._of_letters: int | None = None

    def of(self, number: int | None, digest: str | None) -> MailSender:
        """What is kept under that number; what the config says of *digest* where a release before kept none.

        It reads nothing: who takes mail up lets this one ``know`` before.
        """
        kept = None if number is None else self._known.get(number)
        return kept or self._of_now(digest)

    def know(self, connection: sa.Connection, numbers: Iterable[int | None]) -> None:
        """Reads those of these numbers that were not read yet."""
        new = {number for number in numbers if number is not None and number not in self._known}
        if new:
            self._known |= senders.some(connection, new)

    def begin(self, store: Store, edition: Edition) -> int:
        """The number of what the copies of an edition say that are taken up from now on."""
        now = self._of_now(edition.digest)
        with store.read() as connection:
            number, kept = senders.find(connection, now), senders.of_edition(connection, edition.id)
            follows = kept is None or (kept != number and not _is_begun(connection, edition.id))
        if not follows and kept is not None:
            return kept
        with store.write() as connection:
            number = senders.keep(connection, now)
            # Another worker may have been first, or have taken up copies since.
            held_editions.hold(connection, [edition.id])
            kept = senders.of_edition(connection, edition.id)
            if kept is not None and (kept == number or _is_begun(connection, edition.id)):
                return kept
            senders.keep_for(connection, edition.id, number)
        return number

    def held(self, connection: sa.Connection, edition: Edition, number: int | None) -> int | None:
        """What the next copies say, if this worker has none in hand: another with another config may have begun since.

        Nobody changes it before the transaction ends; after that what was taken up in it keeps it.
        """
        kept = senders.of_edition(connection, edition.id, hold=True)
        return number if kept is None else kept

    def of_letters(self, store: Store) -> int:
        """The number of what letters say that are taken up from now on."""
        if self._of_letters is None:
            now = self._of_now(None)
            with store.read() as connection:
                number = senders.find(connection, now)
            if number is None:
                with store.write() as connection:
                    number = senders.keep(connection, now)
            self._of_letters = number
        return self._of_letters


def _is_begun(connection: sa.Connection, edition_id: str) -> bool:
    """Whether somebody can have a copy of it, or is about to: another worker has some in hand, and takes up more.

    Also one that did not arrive by the operator's word alone.
    """
    by_word = CopyActKind.RESOLVED_TO_RESEND
    has_come = copies.has_come(connection, edition_id) or copies.is_claimed(connection, edition_id)
    return has_come or copy_acts.is_any(connection, edition_id, by_word)
