"""The deeds of mail, as a config wants them; what makes mail is loaded when there is mail to make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from solacefeed.composition.delivering import Delivering
from solacefeed.deeds.editions.planned import EditionSettings
from solacefeed.deeds.editions.prepare import PrepareResult, prepare
from solacefeed.errors import UsageError
from solacefeed.models.desk import OPERATOR
from solacefeed.models.digests import Cadence, CadenceKind, Digest
from solacefeed.models.editions import Edition
from solacefeed.models.posts import Post
from solacefeed.store import categories, posts, tags
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.delivering.sending_again import SentAgain
    from solacefeed.deeds.editions.decisions import Decided
    from solacefeed.deeds.editions.editors import SentTest
    from solacefeed.deeds.editions.freeze import NameCopy
    from solacefeed.deeds.editions.preview import Preview, Viewer
    from solacefeed.deeds.editions.renderer import Renderer
    from solacefeed.deeds.editions.why import Why
    from solacefeed.digest.approved_drafts import ApprovedDraft
    from solacefeed.models.deliveries import DeliveryState


#: Of a digest without new posts the newest edition that had any is looked for by so many of the blog's.
_POSTS_LOOKED_AT = 20


class Mail(Delivering):
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

    def approve(self, store: Store, edition_id: str, *, by: str = OPERATOR) -> Decided:
        """Lets an edition leave when it closes, as it reads now; raises ``UsageError`` as the deed does."""
        from solacefeed.deeds.editions.desk_acts import approve

        seen = self._seen_now(store, edition_id)
        return approve(store, self._base.clock, edition_id, by=by, seen=seen).outcome

    def release(self, store: Store, edition_id: str, *, by: str = OPERATOR) -> Decided:
        """Lets an edition leave that is held, as it reads now; raises ``UsageError`` as the deed does."""
        from solacefeed.deeds.editions.desk_acts import release

        base, seen = self._base, self._seen_now(store, edition_id)
        return release(store, base.clock, edition_id, base.digest, by=by, seen=seen).outcome

    def _seen_now(self, store: Store, edition_id: str) -> ApprovedDraft | None:
        from solacefeed.composition.mail_parts import renderer
        from solacefeed.deeds.editions.decisions import find_edition
        from solacefeed.deeds.editions.desk import seen_now

        with store.read() as connection:
            edition = find_edition(connection, edition_id)
        made_with = renderer(self._base, store, self._base.digest(edition.digest))
        return seen_now(store, made_with, edition, self._base.clock())

    def begin_notice(self, store: Store, digest: str, words: str, slugs: Sequence[str] | None) -> Edition:
        """Raises ``UsageError`` for a digest or a category that there is not, and for words that are no notice."""
        from solacefeed.deeds.editions.notice import begin_notice

        found, zone = self._base.digest(digest), self._base.site(store).zone
        return begin_notice(store, self._base.clock, found, zone, words=words, slugs=slugs)

    def send_test(self, store: Store, which: str, address: str, slugs: Sequence[str] | None) -> SentTest:
        """Puts a test of an edition into the outbox; returns which edition it is, and the letter's number.

        *which* is an edition's id, or the name of a digest: the edition that ``preview`` shows of it, which need not be
        there yet. Where that has nothing for a mail it is the newest that has, as it closed. Raises ``UsageError`` as
        ``preview``.
        """
        from solacefeed.composition.mail_parts import only_to
        from solacefeed.deeds.editions.editors import SentTest, send_test
        from solacefeed.deeds.editions.preview import Viewer
        from solacefeed.digest.drafts import as_sample
        from solacefeed.digest.rendering import Rendered
        from solacefeed.models.editions import PUBLIC
        from solacefeed.models.letters import LetterWords
        from solacefeed.publish.editions import edition_url
        from solacefeed.store import editions
        from solacefeed.words import interface

        viewer, site = Viewer(slugs=slugs), self._base.site(store)
        is_edition = "/" in which
        meant = self.preview_edition(store, which, viewer) if is_edition else self.preview(store, which, viewer)
        older = self._newest_with_posts(store, which, viewer) if meant.is_nothing and not is_edition else None
        shown = older or meant
        rendered = Rendered(subject=shown.subject, text=shown.variant.text, html=shown.variant.html)
        with store.read() as connection:
            found = editions.find(connection, shown.edition_id)
        has_page = found is not None and found.state in PUBLIC
        page = None if has_page else edition_url(shown.edition_id, site.base_url)
        sample = as_sample(rendered, address, links_to=site.url, choice=shown.choice, page=page)
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
        return SentTest(
            edition_id=shown.edition_id,
            letter=number,
            instead_of=meant.edition_id if older else None,
            is_nothing=shown.is_nothing,
            has_page=has_page,
        )

    def _newest_with_posts(self, store: Store, name: str, viewer: Viewer) -> Preview | None:
        """The newest edition of a digest that has something for a mail, looked at as of its closing."""
        from solacefeed.composition.mail_parts import renderer
        from solacefeed.deeds.editions.preview import preview
        from solacefeed.deeds.tryout.weeks import instants_to_look_at

        base, digest = self._base, self._base.digest(name)
        with store.read() as connection:
            newest = posts.listing(connection, limit=_POSTS_LOOKED_AT)
        made_with = renderer(base, store, digest)
        for instant in instants_to_look_at(newest, digest, base.site(store).zone, base.clock()):
            shown = preview(store, made_with, instant, viewer, upcoming=False)
            if not shown.is_nothing:
                return shown
        return None

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
