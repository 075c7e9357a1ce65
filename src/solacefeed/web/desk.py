"""The desk: an edition's page, for its editors by a signed link, and the door at which they ask for one.

A GET only shows. What a POST asks for is done for one browser alone: the one whose cookie acted first by the link. The
cookie is set when the page is first shown, so that a button that is pressed twice is pressed by one browser; it counts
from the first POST on. It is ``Lax`` and not ``Strict``: an editor comes from a link in a mail program on the web,
another site, and would there be taken for somebody else; no other site's POST carries it either way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from solacefeed.addresses import parsed
from solacefeed.catalogue import gettext
from solacefeed.deeds.editions.desk import as_mailed, drafted_now, look
from solacefeed.deeds.editions.desk_links import AtDesk, DeskDoor, NoDesk, ask, claim, come, fresh_cookie, hash_of
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.digest.pictures import NETWORK
from solacefeed.digest.rendering import Rendered
from solacefeed.errors import UsageError
from solacefeed.models.digests import Digest
from solacefeed.models.sightings import KnownEvent
from solacefeed.ports import Clock
from solacefeed.store.database import Store
from solacefeed.web.desk_acting import VERBS, Acting, NotDone, Went
from solacefeed.web.desk_outcome import DeskSaid, said_of
from solacefeed.web.desk_view import DeskDoorPage, DeskText, Visitor, desk_door, desk_page, desk_text, page_of
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.security import FORM_TOKEN, PageKind, form_token, headers, is_ours
from solacefeed.web.typed import whole_number

COOKIE = "desk"

#: How long a browser keeps its cookie: longer than any edition waits.
KEPT = 60 * 24 * 60 * 60

_FORM, _DOOR = "desk", "desk door"
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the pages of the desk need."""

    store: Store
    clock: Clock
    pages: Pages
    door: DeskDoor
    find_digest: Callable[[str], Digest]
    renderer: Callable[[Digest], Renderer]
    #: Those that are to come, or of which a day is not known.
    events: Callable[[], tuple[KnownEvent, ...]]
    #: Brings the store's events up to date with what was decided of them.
    refresh: Callable[[], object]
    #: Puts a test of an edition into the outbox, for an address; returns its number there.
    send_test: Callable[[str, str], int]
    #: Says that somebody waits for a mail.
    wake: Callable[[], object]
    #: Whether one more form of a name is taken from a network.
    allows: Callable[[str, str], bool]

    # -- looking ------------------------------------------------------------------------------------

    def show(self, asked: PageRequest) -> Response:
        """An edition's page; a HEAD or a GET writes nothing."""
        token = asked.path("token")
        try:
            at = self._come(asked)
        except NoDesk:
            return self._no_desk()
        if asked.acts:
            return self._act(asked, at)
        cookie = asked.request.cookies.get(COOKIE)
        fresh = None
        if at.link.browser is None and cookie is None and not at.is_over:
            fresh = cookie = fresh_cookie()
        answer = self._page(token, at, cookie, said=self._said(asked, at))
        return self._with_cookie(answer, token, fresh) if fresh else answer

    def show_mail(self, asked: PageRequest) -> Response:
        """The edition as it will look, for the frames of its page: nothing in it is run, or sent anywhere."""
        found = self._mailed(asked)
        if found is None:
            return self._no_desk()
        renderer, shown = found
        hosts = sorted(renderer.imprint.picture_hosts)
        logo = self.pages.front.logo_origin
        of_kind = headers(PageKind.MAIL, logo_origin=logo, pictures=[*hosts, *(sorted(NETWORK) if hosts else ())])
        html = _HEAD.sub(lambda head: f'{head[0]}<base target="_blank">', shown.html, count=1)
        return HTMLResponse(html, headers=of_kind)

    def show_text(self, asked: PageRequest) -> Response:
        found = self._mailed(asked)
        if found is None:
            return self._no_desk()
        view = DeskText(
            language=self.pages.language,
            organisation=self.pages.front.site.organisation,
            back=f"../{asked.path('token')}",
            subject=found[1].subject,
            text=found[1].text,
        )
        return self.pages.answer(desk_text(view, self.pages.environment), kind=PageKind.DESK)

    def _mailed(self, asked: PageRequest) -> tuple[Renderer, Rendered] | None:
        try:
            edition = self._come(asked).edition
        except NoDesk:
            return None
        renderer, now = self.renderer(self.find_digest(edition.digest)), self.clock()
        drafted = drafted_now(self.store, renderer, edition, now)
        shown = as_mailed(self.store, renderer, edition, drafted[0] if drafted else None, now)
        return (renderer, shown) if shown else None

    def _come(self, asked: PageRequest) -> AtDesk:
        cookie = asked.request.cookies.get(COOKIE)
        return come(self.store, self.door, asked.path("token"), cookie, self.clock())

    def _said(self, asked: PageRequest, at: AtDesk) -> DeskSaid | None:
        """What was just done, as the address to which a POST leads says."""
        number = whole_number(next(iter(asked.query("done")), ""))
        return said_of(self.store, at.edition, number, self.pages.language) if number is not None else None

    def _page(
        self, token: str, at: AtDesk, cookie: str | None, *, said: DeskSaid | None = None, status: int = 200
    ) -> Response:
        now, edition = self.clock(), at.edition
        sight = look(self.store, self.renderer(self.find_digest(edition.digest)), edition, self.events(), now)
        visitor = Visitor(
            token=token,
            form=form_token(_FORM, _bound(token, cookie), self.door.keys, now=now) if cookie and at.may_act else "",
            editor=at.link.editor,
            may_act=at.may_act,
            is_over=at.is_over,
        )
        front = self.pages.front
        view = page_of(
            sight, visitor, said, zone=front.site.zone, now=now, language=self.pages.language, site=front.site
        )
        return self.pages.answer(desk_page(view, self.pages.environment), kind=PageKind.DESK, status=status)

    # -- acting -------------------------------------------------------------------------------------

    def _act(self, asked: PageRequest, at: AtDesk) -> Response:
        token, cookie, language = asked.path("token"), asked.request.cookies.get(COOKIE), self.pages.language
        if at.is_over:
            return self._page(token, at, cookie, status=409)
        if not at.may_act:
            return self._page(token, at, cookie, status=403)
        if cookie is None:
            said = DeskSaid.problem(
                gettext("Your browser keeps no cookies here, and none can be done without.", language)
            )
            return self._page(token, at, None, said=said, status=403)
        if not is_ours(asked.field(FORM_TOKEN), _FORM, _bound(token, cookie), self.door.keys, now=self.clock()):
            said = DeskSaid.problem(
                gettext("This page stood open too long. Look once more, and press again.", language)
            )
            return self._page(token, at, cookie, said=said, status=403)
        if at.link.browser is None and not claim(self.store, at.link, cookie, self.clock()):
            at = self._come(asked)
            if not at.may_act:
                return self._page(token, at, cookie, status=403)
        return self._do(asked, at, token, cookie)

    def _do(self, asked: PageRequest, at: AtDesk, token: str, cookie: str) -> Response:
        verb, _, about = asked.field("do").partition(" ")
        acting = Acting(part=self, at=at, cookie=cookie, form=asked.form, language=self.pages.language)
        try:
            went = VERBS[verb](acting, about) if verb in VERBS else Went()
        except NotDone as refused:
            return self._page(token, self._come(asked), cookie, said=refused.said, status=409)
        except UsageError:
            words = gettext("That can't be done any more: look how it stands now.", self.pages.language)
            return self._page(token, self._come(asked), cookie, said=DeskSaid.problem(words), status=409)
        # Relative, so that no host that a request names is in it.
        answer = RedirectResponse(f"{went.token or token}{went.query}#{went.place}", status_code=303)
        answer.headers.update(headers(PageKind.DESK))
        return self._with_cookie(answer, went.token, cookie) if went.token else answer

    def _with_cookie(self, answer: Response, token: str, cookie: str) -> Response:
        base = parsed(self.door.base_url)
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=KEPT,
            path=f"{base.path.rstrip('/')}/desk/{token}",
            secure=base.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return answer

    # -- the door -----------------------------------------------------------------------------------

    def show_door(self, asked: PageRequest) -> Response:
        """Takes an address, and says the same whoever's it is."""
        language = self.pages.language
        if not asked.acts:
            return self.pages.answer(self._door_page(None))
        if not is_ours(asked.field(FORM_TOKEN), _DOOR, "", self.door.keys, now=self.clock()):
            stale = gettext("This page stood open too long. Look once more, and press again.", language)
            return self.pages.answer(self._door_page(stale), status=403)
        if not self.allows(_DOOR, asked.network) or not ask(
            self.store, asked.field("email").strip()[:320], at=self.clock()
        ):
            return self.pages.refuse(429)
        self.wake()
        said = gettext("If that is an editor's address, a mail with a link is on its way to it.", language)
        return self.pages.answer(self._door_page(said))

    def _door_page(self, said: str | None) -> str:
        view = DeskDoorPage(
            language=self.pages.language,
            organisation=self.pages.front.site.organisation,
            said=said,
            form=form_token(_DOOR, "", self.door.keys, now=self.clock()),
        )
        return desk_door(view, self.pages.environment)

    def _no_desk(self) -> Response:
        language = self.pages.language
        return self.pages.say(
            gettext("This link does not work", language),
            gettext(
                "It is not one of ours, not all of it was copied, or it is an editor's no more. At /desk an editor can "
                "ask for another.",
                language,
            ),
            status=404,
        )


def _bound(token: str, cookie: str | None) -> str:
    return f"{token} {hash_of(cookie or '')}"


def routes(part: Desk) -> list[Route]:
    return [
        page("/desk", part.show_door, methods=("GET", "POST")),
        page("/desk/{token}", part.show, methods=("GET", "POST")),
        page("/desk/{token}/mail", part.show_mail),
        page("/desk/{token}/text", part.show_text),
    ]
