"""The deeds of mail, as a config wants them; what makes mail is loaded when there is mail to make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.composition.events import Events
from solacefeed.config import Config
from solacefeed.deeds.delivering.adopted import see_to
from solacefeed.deeds.delivering.deliver import Round, deliver
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.editions.planned import EditionSettings
from solacefeed.deeds.editions.prepare import PrepareResult, prepare
from solacefeed.deeds.mailing import MailSettings
from solacefeed.errors import NotAtHome, StoreError, UsageError
from solacefeed.models.canaries import CanaryRules
from solacefeed.models.digests import Cadence, CadenceKind, Digest
from solacefeed.models.editions import Edition
from solacefeed.models.posts import Post
from solacefeed.ports import Transport
from solacefeed.store import categories, desk, home, tags
from solacefeed.store.database import Store
from solacefeed.store.locks import one_of_several

if TYPE_CHECKING:
    from solacefeed.deeds.delivering.sending_again import SentAgain
    from solacefeed.deeds.delivering.taken_mail import TakenMail
    from solacefeed.deeds.editions.freeze import NameCopy
    from solacefeed.deeds.editions.preview import Preview, Viewer
    from solacefeed.deeds.editions.renderer import Renderer
    from solacefeed.deeds.editions.why import Why
    from solacefeed.models.deliveries import DeliveryState
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


class Mail:
    def __init__(self, base: Base, events: Events) -> None:
        self._base = base
        self._events = events
        self._taken: TakenMail | None = None

    def prepare(self, store: Store) -> PrepareResult:
        return prepare(store, self._base.clock, self._settings(), self._edition_settings(store))

    def _edition_settings(self, store: Store) -> EditionSettings:
        """What editions are made with; what renders them is loaded when one is made."""

        def of_digest(digest: Digest) -> Renderer:
            from solacefeed.composition.mail_parts import renderer

            return renderer(self._base, store, digest)

        return EditionSettings(
            digests=self._base.digests() if self._base.config.digests else (),
            zone=self._base.site(store).zone,
            renderer=of_digest,
            name_copy=self._name_copy(store),
            tell_editors=self._tell_editors if self._base.config.mail.editors else None,
        )

    def _name_copy(self, store: Store) -> NameCopy:
        keys = cache(lambda: self._base.keys(store))

        def name_copy(edition: str, subscriber: int) -> str:
            from solacefeed.digest.messages import message_id
            from solacefeed.tokens import for_message

            return message_id(edition, for_message(edition, subscriber, keys()), self._base.config.mail.sender)

        return name_copy

    def send_again(
        self, store: Store, edition_id: str, to: DeliveryState | str, *, until: datetime | None, acts: bool
    ) -> SentAgain:
        """Sends an edition again, to those whose copies are in a state or to one address; raises as the deed does."""
        from solacefeed.deeds.delivering.sending_again import send_again

        base, name_copy = self._base, self._name_copy(store)
        return send_again(store, base.clock, base.digest, name_copy, edition_id, to=to, until=until, acts=acts)

    def deliver(
        self,
        store: Store,
        on_copy: Callable[[], None] = _ignore,
        stop: Callable[[], bool] = _never,
        gives_way: Callable[[], bool] = _never,
    ) -> DeliverResult:
        """*on_copy* is told of each copy; when *stop* says so, the round ends after the copy in hand.

        When *gives_way* says so, it takes up nothing more, and ends after what was taken up.
        """
        self.answer_asks_at_the_desk(store)
        return deliver(
            store,
            self._base.clock,
            self._settings(),
            self._round(on_copy, stop, gives_way),
            repeat_uncertain=self._repeat_uncertain,
            pace=self._base.pace,
            canary=_canary(self._base.config),
        )

    def hand_over_letters(self, store: Store) -> DeliverResult:
        """Hands over what is due of the outbox, and no copy.

        Raises ``Busy`` while another process delivers, and ``NotAtHome`` as ``deliver`` does.
        """
        settings = self._settings()
        settings.must_be_at_home(store)
        with one_of_several(store, "deliver"), settings.around_mail(store):
            return self._round(_ignore, _never, _never)(store, ())

    def _round(self, on_copy: Callable[[], None], stop: Callable[[], bool], gives_way: Callable[[], bool]) -> Round:
        def do_round(store: Store, digests: Sequence[Digest]) -> DeliverResult:
            from solacefeed.composition.mail_parts import (
                composer,
                connections,
                letter_composer,
                only_to,
                renderer,
            )
            from solacefeed.deeds.delivering.round import DeliverySettings, deliver_round

            settings = DeliverySettings(
                digests=digests,
                renderer=lambda digest: renderer(self._base, store, digest),
                compose=composer(self._base, store),
                compose_letter=letter_composer(self._base, store),
                only_to=only_to(self._base.config),
                connections=connections(self._base.config),
                pace=self._base.pace,
                canary=_canary(self._base.config),
                repeat_uncertain=self._repeat_uncertain,
                on_copy=on_copy,
                stop=stop,
                gives_way=gives_way,
                note_taken=self._taken_mail(store).note,
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
        see_to(store, self._base.home(store), self._base.clock(), repeat_uncertain=self._repeat_uncertain)

    @property
    def _repeat_uncertain(self) -> bool:
        return self._base.config.mail.on_uncertain == "retry"

    def preview(
        self,
        store: Store,
        digest: str | None,
        viewer: Viewer,
        *,
        upcoming: bool = False,
        cadence: CadenceKind | None = None,
    ) -> Preview:
        """Raises ``UsageError`` for a digest, a cadence, a category or a reader that there is not."""
        from solacefeed.composition.mail_parts import renderer
        from solacefeed.deeds.editions.preview import preview
        from solacefeed.deeds.people.choose import offered

        found = self._base.digest(digest)
        wanted = found.cadence(offered(found, cadence)) if cadence else None
        made_with = renderer(self._base, store, found)
        return preview(store, made_with, self._base.clock(), viewer, upcoming=upcoming, cadence=wanted)

    def preview_edition(self, store: Store, edition_id: str, viewer: Viewer) -> Preview:
        """An edition as it stands; raises ``UsageError`` where there is none, or for a reader who does not get it."""
        from solacefeed.composition.mail_parts import renderer
        from solacefeed.deeds.editions.preview import preview_edition

        made_with = renderer(self._base, store, self._base.digest(edition_id.partition("/")[0]))
        return preview_edition(store, made_with, edition_id, self._base.clock(), viewer)

    def as_mail(self, store: Store, shown: Preview, address: str | None) -> bytes:
        """What was looked at as a mail program gets it, but for the link by which its reader ends the subscription."""
        from solacefeed.composition.mail_parts import sample_mail

        return sample_mail(self._base, store, shown.variant, shown.period, shown.choice, address)

    def why(self, store: Store, edition_id: str, address: str) -> Why:
        """Why a reader got what they got of an edition; raises ``UsageError`` where there is no such one, or reader."""
        from solacefeed.deeds.editions.why import why
        from solacefeed.deeds.editions.why_known import asked_for
        from solacefeed.digest.selection import order_of

        base = self._base
        zone, names = base.site(store).zone, base.names
        with store.read() as connection:
            asked = asked_for(connection, edition_id, base.digests(), zone, base.clock())
            known = [*categories.everything(connection), *tags.followed(connection, asked.digest.followed)]
            order = order_of(each.id for each in known if names.shows(each))
            labels = {each.id: names.label(each) for each in known}
            return why(connection, asked, address, zone=zone, order=order, labels=labels)

    def posts_of(self, store: Store, edition: Edition) -> list[Post]:
        """The posts of an edition's own window as it would be frozen now, the lead post first."""
        from solacefeed.composition.mail_parts import renderer
        from solacefeed.deeds.editions.terms import offer

        made_with = renderer(self._base, store, self._base.digest(edition.digest))
        cadence = made_with.digest.cadence(edition.cadence) if edition.cadence else None
        with store.read() as connection:
            made = offer(connection, made_with, edition, cadence, self._base.clock(), until=edition.brings_until)
        return list(made.own)

    def begin_notice(self, store: Store, digest: str, words: str, slugs: Sequence[str] | None) -> Edition:
        """Raises ``UsageError`` for a digest or a category that there is not, and for words that are no notice."""
        from solacefeed.deeds.editions.notice import begin_notice

        found, zone = self._base.digest(digest), self._base.site(store).zone
        return begin_notice(store, self._base.clock, found, zone, words=words, slugs=slugs)

    def send_test(self, store: Store, which: str, address: str, slugs: Sequence[str] | None) -> tuple[str, int]:
        """Puts a test of an edition into the outbox; returns which edition it is, and the letter's number.

        *which* is an edition's id, or the name of a digest: the edition that ``preview`` shows of it, which need not be
        there yet. Raises ``UsageError`` as ``preview``.
        """
        from solacefeed.composition.mail_parts import only_to
        from solacefeed.deeds.editions.editors import send_test
        from solacefeed.deeds.editions.preview import Viewer
        from solacefeed.digest.drafts import as_sample
        from solacefeed.digest.rendering import Rendered
        from solacefeed.models.letters import LetterWords
        from solacefeed.words import interface

        viewer, site = Viewer(slugs=slugs), self._base.site(store)
        is_edition = "/" in which
        shown = self.preview_edition(store, which, viewer) if is_edition else self.preview(store, which, viewer)
        rendered = Rendered(subject=shown.subject, text=shown.variant.text, html=shown.variant.html)
        sample = as_sample(rendered, address, links_to=site.url, choice=shown.choice)
        words = LetterWords(
            subject=f"[Test] {sample.subject}",
            text=sample.text,
            html=sample.html,
            language=interface(shown.variant.language or site.language),
        )
        number = send_test(
            store,
            words,
            address,
            edition_id=shown.edition_id,
            only_to=only_to(self._base.config),
            at=self._base.clock(),
            name=self.name_letter,
        )
        return shown.edition_id, number

    # -- the outbox ------------------------------------------------------------------------------

    def _tell_editors(self, store: Store, renderer: Renderer, edition: Edition, cadence: Cadence | None) -> None:
        """Puts a draft into the outbox for each editor of the config to whom it is news."""
        from solacefeed.deeds.editions.drafting import draft
        from solacefeed.deeds.editions.editors import send_draft

        at = self._base.clock()
        drafted, count = draft(store, renderer, edition, cadence, at, links_to=renderer.imprint.site.url)
        if not drafted.posts and cadence is not None and not renderer.digest.events_alone:
            # Of nothing an editor need not be told; the first post of the window tells of it.
            return
        send_draft(
            store,
            drafted,
            count,
            self._base.config.mail.editors,
            at=at,
            name=self.name_letter,
            environment=self._base.environment,
            desk=self._pages_of(store, edition.id, at),
        )

    def _pages_of(self, store: Store, edition_id: str, at: datetime) -> Callable[[Sequence[str]], Mapping[str, str]]:
        """By editor, their own address of an edition's page at the desk; of nobody where there are no pages."""
        from solacefeed.composition.desk import door
        from solacefeed.deeds.editions.desk_links import addresses_in_drafts

        where = door(self._base, store)
        if where is None:
            return lambda _: {}
        return lambda editors: addresses_in_drafts(store, where, edition_id, editors, at=at)

    def desk_link(self, store: Store, edition_id: str, editor: str) -> str:
        """A fresh address of an edition's page, for an editor.

        Raises ``UsageError`` where there are no pages, no such edition, or no such editor.
        """
        from solacefeed.composition.desk import door
        from solacefeed.deeds.editions.desk_links import give

        where = door(self._base, store)
        if where is None:
            raise UsageError("there is no desk: [web] base_url says where our own pages are reached")
        return give(store, where, edition_id, editor, at=self._base.clock())

    def answer_asks_at_the_desk(self, store: Store) -> int:
        """Mails links to editors for whom somebody asked at the desk's door; returns to how many."""
        with store.read() as connection:
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
