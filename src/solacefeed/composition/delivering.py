"""Mail that leaves, as a config wants it; what hands it over is loaded when there is mail to hand over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.composition.events import Events
from solacefeed.config import Config
from solacefeed.deeds.clock import SharedClock
from solacefeed.deeds.delivering.adopted import see_to
from solacefeed.deeds.delivering.deliver import Round, deliver
from solacefeed.deeds.delivering.due import DueMail, due_mail, left_to_the_operator
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.mailing import MailSettings
from solacefeed.errors import NotAtHome, StoreError
from solacefeed.models.canaries import CanaryRules
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition
from solacefeed.ports import Transport
from solacefeed.store import desk, home
from solacefeed.store.database import Store
from solacefeed.store.locks import one_of_several

if TYPE_CHECKING:
    from solacefeed.deeds.delivering.taken_mail import TakenMail
    from solacefeed.store.outbox import NameLetter


def _ignore() -> None:
    """Nobody watches."""


def _never() -> bool:
    """Nobody stops it."""
    return False


def _canary(config: Config) -> CanaryRules | None:
    """Of what goes to nobody, or to those alone whom a trial names, no part need go first."""
    if config.mail.transport == "rehearsal" or config.mail.only_to:
        return None
    said = config.delivery
    return CanaryRules(
        share=said.canary,
        wait=said.canary_wait,
        refusals=said.canary_refusals,
        bounces=said.canary_bounces,
        complaints=said.canary_complaints,
    )


class Delivering:
    """What hands mail over, with what it needs of a site."""

    def __init__(self, base: Base, events: Events) -> None:
        self._base = base
        self._events = events
        self._taken: TakenMail | None = None

    def deliver(
        self,
        store: Store,
        on_copy: Callable[[], None] = _ignore,
        stop: Callable[[], bool] = _never,
        gives_way: Callable[[], bool] = _never,
        edition: str | None = None,
    ) -> DeliverResult:
        """*on_copy* is told of each copy; when *stop* says so, the round ends after the copy in hand.

        When *gives_way* says so, it takes up nothing more, and ends after what was taken up. Of copies those of
        *edition* alone go, where one is named.
        """
        self.answer_asks_at_the_desk(store)
        return self._deliver(store, self._round(on_copy, stop, gives_way, edition))

    def queue(self, store: Store, put: Callable[[DueMail], object]) -> DeliverResult:
        """Looks as ``deliver`` does, and *put*s what is due where others hand it over."""
        base = self._base

        def put_what_is_due(store: Store, digests: Sequence[Digest]) -> DeliverResult:
            # As ``deliver`` has just found it due.
            now, canary = SharedClock(store, base.clock)(), _canary(base.config)
            repeats = self._repeat_uncertain
            put(due_mail(store, digests, now, repeat_uncertain=repeats, pace=base.pace, canary=canary))
            return left_to_the_operator(store, digests, now, pace=base.pace)

        self.answer_asks_at_the_desk(store)
        return self._deliver(store, put_what_is_due)

    def _deliver(self, store: Store, do_round: Round) -> DeliverResult:
        return deliver(
            store,
            self._base.clock,
            self._settings(),
            do_round,
            repeat_uncertain=self._repeat_uncertain,
            pace=self._base.pace,
            canary=_canary(self._base.config),
        )

    def hand_over_letters(self, store: Store, stop: Callable[[], bool], gives_way: Callable[[], bool]) -> DeliverResult:
        """Hands over what is due of the outbox, and no copy; *stop* and *gives_way* end it as ``deliver``.

        Raises ``Busy`` while another process delivers, and ``NotAtHome`` as ``deliver`` does.
        """
        settings = self._settings()
        settings.must_be_at_home(store)
        with one_of_several(store, "deliver"), settings.around_mail(store):
            return self._round(_ignore, stop, gives_way)(store, ())

    def _round(
        self,
        on_copy: Callable[[], None],
        stop: Callable[[], bool],
        gives_way: Callable[[], bool],
        edition: str | None = None,
    ) -> Round:
        def do_round(store: Store, digests: Sequence[Digest]) -> DeliverResult:
            from solacefeed.composition.mail_parts import (
                composer,
                connections,
                letter_composer,
                only_to,
                renderer,
                sender_of_now,
            )
            from solacefeed.deeds.delivering.round import DeliverySettings, deliver_round
            from solacefeed.deeds.delivering.senders import Senders

            senders = Senders(sender_of_now(self._base, store))
            settings = DeliverySettings(
                digests=digests,
                edition=edition,
                renderer=lambda digest: renderer(self._base, store, digest),
                compose=composer(self._base, store, senders),
                compose_letter=letter_composer(self._base, store, senders),
                senders=senders,
                only_to=only_to(self._base.config),
                connections=connections(self._base.config),
                pace=self._base.pace,
                canary=_canary(self._base.config),
                repeat_uncertain=self._repeat_uncertain,
                on_copy=on_copy,
                stop=stop,
                gives_way=gives_way,
                note_taken=self._taken_mail(store).note,
                tells_of_taken=self._taken_mail(store).tells_of,
                on_taken_out=partial(self._tell_what_was_taken_out, store),
            )
            try:
                return deliver_round(store, self.transports(), self._base.clock, settings)
            finally:
                self._taken_mail(store).settle()

        return do_round

    def last_leaves(self, store: Store) -> datetime | None:
        """About when the last of what waits leaves, by its pace; ``None`` without one, or where that is far off."""
        from solacefeed.deeds.delivering.pace_status import last_of, paces

        with store.read() as connection:
            return last_of(paces(connection, self._base.pace, self._base.clock()))

    def _taken_mail(self, store: Store) -> TakenMail:
        """One for all rounds: what one could not add to the log, the next one does."""
        if self._taken is None:
            from solacefeed.deeds.delivering.taken_mail import TakenMail

            self._taken = TakenMail(self._base.home(store).log, self._base.clock)
        return self._taken

    @contextmanager
    def _around_mail(self, store: Store) -> Iterator[None]:
        where = self._base.home(store)
        home.note_progress(store, where, at=self._base.clock())
        try:
            yield
        finally:
            # What has gone has gone: what is wrong with that is told before the next mail.
            with suppress(StoreError, NotAtHome):
                where.log.settle()
                home.note_progress(store, where, at=self._base.clock())

    def _settle_doubts(self, store: Store) -> None:
        see_to(
            store,
            self._base.home(store),
            self._base.clock,
            repeat_uncertain=self._repeat_uncertain,
            digests=self._base.digests,
        )

    @property
    def _repeat_uncertain(self) -> bool:
        return self._base.config.mail.on_uncertain == "retry"

    def answer_asks_at_the_desk(self, store: Store) -> int:
        """Mails links to editors for whom somebody asked at the desk's door; returns to how many."""
        with store.read_at_once() as connection:
            if not desk.count_asks(connection):
                return 0
        from solacefeed.composition.desk import door
        from solacefeed.deeds.editions.desk_links import answer_asks

        where = door(self._base, store)
        if where is None:
            return 0
        title = self._base.site(store).title
        return answer_asks(store, where, title=title, at=self._base.clock(), name=self.name_letter)

    def _tell_what_was_taken_out(self, store: Store, edition: Edition, titles: tuple[str, ...]) -> None:
        """To the editors, or where there are none to the operators."""
        from solacefeed.deeds.editions.editors import tell_what_was_taken_out

        mail, at = self._base.config.mail, self._base.clock()
        to = mail.editors or mail.operators
        tell_what_was_taken_out(store, edition, titles, to, at=at, name=self.name_letter)

    @property
    def name_letter(self) -> NameLetter:
        from solacefeed.digest.messages import letter_id

        return partial(letter_id, sender=self._base.config.mail.sender)

    def transports(self) -> Callable[[], Transport]:
        from solacefeed.composition.mail_parts import transports

        return transports(self._base.config)

    def _settings(self) -> MailSettings:
        base = self._base
        return MailSettings(
            audience=base.audience,
            digests=base.digests,
            refresh=self._events.refresh,
            rehearsed=base.rehearsed,
            must_be_at_home=lambda store: home.must_be_at_home(store, base.home(store)),
            around_mail=self._around_mail,
            settle_doubts=self._settle_doubts,
        )
