"""Where who has lost their mails asks for the link to what they chose; it says the same for every address."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from solacefeed.catalogue import gettext
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.sign_up import ask
from solacefeed.models.sign_ups import NewSignUp, SignUpKind
from solacefeed.web.part import VisitorsPart
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.sign_up_forms import email_fault
from solacefeed.web.views import AddressPage

_FIND = "find"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(VisitorsPart):
    def find(self, asked: PageRequest) -> Response:
        language = self.language(asked)
        if self.people is None:
            return self.nothing_to_have(language)
        if not asked.acts:
            return self._shown(asked, language)
        if not self.allows(_FIND, asked.network):
            return self.pages.refuse(429, language)
        fault, _ = email_fault(asked.field("email"), language, sure=asked.field("sure"))
        if fault or not self.is_ours(asked, _FIND, ""):
            return self._shown(asked, language, fault=fault)
        self._write_down(asked, self.people, language)
        sentences = (
            gettext("If mails of ours come to the address that you typed, your link is on its way there.", language),
        )
        return self.look_into_your_mailbox(language, sentences, "/find")

    def _write_down(self, asked: PageRequest, people: PeopleSettings, language: str) -> None:
        sign_up = NewSignUp(
            kind=SignUpKind.LINK,
            email=asked.field("email").strip(),
            language=language if language != self.pages.language else None,
            network=asked.network,
            page=self.pages.at("/find"),
        )
        ask(self.store, self.clock, people.key, sign_up, None)
        people.wake()

    def _shown(self, asked: PageRequest, language: str, *, fault: str | None = None) -> Response:
        sentence = gettext(
            "Type the address to which our mails come, and we mail you the link to what you chose.", language
        )
        _, sure_of = email_fault(asked.field("email"), language)
        shown = AddressPage(
            **self.pages.around(gettext("Find your link", language), language),
            sentence=sentence,
            token=self.token(_FIND, ""),
            email=asked.field("email")[:1000],
            email_fault=fault,
            sure_of=sure_of,
            button=gettext("Mail me my link", language),
        )
        return self.pages.show(shown, status=422 if fault else 200)


def routes(part: Finding) -> list[Route]:
    return [page("/find", part.find, methods=("GET", "POST"))]
