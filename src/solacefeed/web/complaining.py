"""Where one complains, by a link or without one; who has a link need not say who they are."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from solacefeed import tokens
from solacefeed.catalogue import gettext
from solacefeed.deeds.people.complaining import ANSWERED_WITHIN, complain
from solacefeed.errors import UsageError
from solacefeed.tokens import Keys
from solacefeed.web.part import VisitorsPart
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.sign_up_forms import email_fault
from solacefeed.web.views import ComplaintPage
from solacefeed.words import day_words

_COMPLAIN = "complain"
#: The longest complaint, in characters.
LONGEST = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaining(VisitorsPart):
    def complain(self, asked: PageRequest) -> Response:
        language, token = self.language(asked), asked.request.path_params.get("token", "")
        if self.people is None:
            return self.nothing_to_have(language)
        digest, number = _who(token, self.pages.front.keys)
        if not asked.acts:
            return self._shown(asked, token, language, is_known=number is not None)
        if not self.allows(_COMPLAIN, asked.network):
            return self.pages.refuse(429, language)
        words, email = asked.field("words").strip(), asked.field("email")
        words_fault = (
            None if words and len(words) <= LONGEST else gettext("Say in a few lines what went wrong.", language)
        )
        fault = email_fault(email, language, sure=asked.field("sure"))[0] if number is None else None
        if words_fault or fault or not self.is_ours(asked, _COMPLAIN, token):
            return self._shown(
                asked, token, language, is_known=number is not None, words_fault=words_fault, fault=fault
            )
        # Without a link nobody knows that the address is theirs: so it is written to by a person, and not by us.
        said = words if number is not None else f"{email.strip()}:\n\n{words}"
        complain(self.store, self.clock, self.people, number=number, digest=digest, words=said)
        self.people.wake()
        return self._received(language, is_known=number is not None)

    def _shown(
        self,
        asked: PageRequest,
        token: str,
        language: str,
        *,
        is_known: bool,
        words_fault: str | None = None,
        fault: str | None = None,
    ) -> Response:
        _, sure_of = email_fault(asked.field("email"), language)
        shown = ComplaintPage(
            **self.pages.around(gettext("Complain", language), language),
            sentence=gettext(
                "Is something wrong with our mails, or with how we keep your address? A person reads this, and "
                "answers within thirty days.",
                language,
            ),
            token=self.token(_COMPLAIN, token),
            words=asked.field("words")[: LONGEST * 2],
            words_fault=words_fault,
            is_known=is_known,
            email=asked.field("email")[:1000],
            email_fault=fault,
            sure_of=sure_of,
        )
        return self.pages.show(shown, status=422 if words_fault or fault else 200)

    def _received(self, language: str, *, is_known: bool) -> Response:
        now = self.clock()
        due = day_words((now + ANSWERED_WITHIN).astimezone(self.pages.front.site.zone).date(), language)
        mailed = gettext("A mail that says so is on its way to you.", language)
        return self.pages.say(
            gettext("Your complaint has come", language),
            gettext("You get an answer by %(day)s at the latest.", language, day=due),
            points=(mailed,) if is_known else (),
            links=(self.pages.home_link(language),),
            language=language,
        )


def _who(token: str, keys: Keys) -> tuple[str | None, int | None]:
    """Of which digest, and who complains: by either of the links that stand in a mail, whatever has become of it."""
    try:
        return None, tokens.preferring(token, keys)[0]
    except UsageError:
        pass
    try:
        return tokens.unsubscribing(token, keys)
    except UsageError:
        return None, None


def routes(part: Complaining) -> list[Route]:
    methods = ("GET", "POST")
    return [
        page("/complain", part.complain, methods=methods),
        page("/complain/{token}", part.complain, methods=methods),
    ]
