"""What wants a fresh link, mailed to the present address and good for an hour: to be told, forgotten, or moved.

Each is shown by a GET and done by the press of its one button.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response
from starlette.routing import Route

from solacefeed import tokens
from solacefeed.catalogue import gettext
from solacefeed.deeds.people import erasing
from solacefeed.deeds.people.address_by_reader import ask_to_move, confirm_move, look_at_move
from solacefeed.deeds.people.exporting import export_of
from solacefeed.deeds.people.preferences import Gone, Standing, standing
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.errors import UsageError
from solacefeed.publish.page import Link
from solacefeed.web.part import VisitorsPart
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.security import PageKind, headers
from solacefeed.web.sign_up_forms import email_fault
from solacefeed.web.views import AddressPage

_EXPORT, _ERASE, _MOVE, _MOVED = "export", "erase", "move", "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnData(VisitorsPart):
    def export(self, asked: PageRequest) -> Response:
        found = self._whose(asked, _EXPORT)
        if isinstance(found, Response):
            return found
        who, token, language = found.subscriber.id, asked.path("token"), self.language(asked)
        if not (asked.acts and self.is_ours(asked, _EXPORT, token)):
            return self.pages.say(
                gettext("All that is kept of you", language),
                gettext("Press the button, and you get it as a file (JSON).", language),
                button=gettext("Get the file", language),
                token=self.token(_EXPORT, token),
                language=language,
            )
        told = json.dumps(export_of(self.store, who), ensure_ascii=False, indent=2, default=_said)
        as_file = {"Content-Disposition": 'attachment; filename="what-is-kept.json"'}
        return Response(
            f"{told}\n".encode(), media_type="application/json", headers={**headers(PageKind.PRIVATE), **as_file}
        )

    def erase(self, asked: PageRequest) -> Response:
        found = self._whose(asked, _ERASE)
        if isinstance(found, Response):
            return found
        token, language = asked.path("token"), self.language(asked)
        if not (asked.acts and self.is_ours(asked, _ERASE, token)):
            return self.pages.say(
                gettext("Be forgotten?", language),
                gettext(
                    "Press the button, and your address, your name and all that you chose are erased, and no digest "
                    "comes any more. That can't be undone.",
                    language,
                ),
                button=gettext("Erase all of it", language),
                token=self.token(_ERASE, token),
                language=language,
            )
        erasing.ask(self.store, self.clock, found.subscriber.id)
        if self.people is not None:
            self.people.wake()
        return self.pages.say(
            gettext("You are forgotten", language),
            gettext(
                "No digest comes to you any more, and what is kept of you is being erased. No list brings you back; "
                "only the form does, if you wish.",
                language,
            ),
            links=(self.pages.home_link(language),),
            language=language,
        )

    def move(self, asked: PageRequest) -> Response:
        found = self._whose(asked, _MOVE)
        if isinstance(found, Response):
            return found
        token, language = asked.path("token"), self.language(asked)
        email, fault = asked.field("email"), None
        if asked.acts and self.people is not None:
            fault, _ = email_fault(email, language, sure=asked.field("sure"))
            if fault is None and self.is_ours(asked, _MOVE, token):
                return self._asked(found, self.people, email.strip(), language)
        _, sure_of = email_fault(email, language)
        shown = AddressPage(
            **self.pages.around(gettext("Change your address", language), language),
            sentence=gettext(
                "Now we write to %(address)s. Type the new address; a mail there asks you to confirm it.",
                language,
                address=found.masked,
            ),
            token=self.token(_MOVE, token),
            label=gettext("Your new email address", language),
            email=email[:1000],
            email_fault=fault,
            sure_of=sure_of,
            button=gettext("Write to the new address", language),
        )
        return self.pages.show(shown, status=422 if fault else 200)

    def _asked(self, found: Standing, people: PeopleSettings, email: str, language: str) -> Response:
        number, generation = found.subscriber.id, found.subscriber.generation
        ask_to_move(self.store, self.clock, people, number, generation, email)
        people.wake()
        return self.pages.say(
            gettext("Look into the new mailbox", language),
            gettext("A mail is on its way there. When you press its link, we write to the new address.", language),
            language=language,
        )

    def moved(self, asked: PageRequest) -> Response:
        token, language = asked.path("token"), self.language(asked)
        try:
            move_id, generation = tokens.of_hour(_MOVED, token, self.pages.front.keys, now=self.clock())
        except tokens.Expired:
            return self.void(language)
        except UsageError:
            return self.not_ours(language)
        there = look_at_move(self.store, self.clock, move_id, generation)
        if there is None or self.people is None:
            return self.void(language)
        if not (asked.acts and self.is_ours(asked, _MOVED, token)):
            return self.pages.say(
                gettext("Is this your new address?", language),
                gettext("Press the button, and our mails come here from now on.", language),
                button=gettext("Yes, write to me here", language),
                token=self.token(_MOVED, token),
                language=language,
            )
        done = confirm_move(self.store, self.clock, self.people, move_id, generation)
        if done is None:
            return self.void(language)
        self.people.wake()
        own = tokens.for_preferences(done.subscriber_id, done.generation, self.pages.front.keys)
        return self.pages.say(
            gettext("Your address is changed", language),
            gettext("Our mails come to %(address)s from now on.", language, address=done.masked),
            links=(
                Link(
                    text=gettext("Choose more or fewer", language), href=self.pages.at(f"/preferences/{own}", language)
                ),
            ),
            language=language,
        )

    def _whose(self, asked: PageRequest, purpose: str) -> Standing | Response:
        """Who the link is of, or the page that says why it works no more."""
        language = self.language(asked)
        try:
            number, generation = tokens.of_hour(purpose, asked.path("token"), self.pages.front.keys, now=self.clock())
            return standing(self.store, number, generation)
        except (tokens.Expired, Gone):
            return self.void(language)
        except UsageError:
            return self.not_ours(language)


def _said(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def routes(part: OwnData) -> list[Route]:
    methods = ("GET", "POST")
    return [
        page("/export/{token}", part.export, methods=methods),
        page("/erase/{token}", part.erase, methods=methods),
        page("/move/{token}", part.move, methods=methods),
        page("/moved/{token}", part.moved, methods=methods),
    ]
