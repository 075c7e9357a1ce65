"""Where one complains, by a link or without one; who has a link need not say who they are."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from solacefeed import tokens
from solacefeed.catalogue import gettext
from solacefeed.deeds.people.complaining import ANSWERED_WITHIN, LONGEST, Stranger, complain
from solacefeed.errors import UsageError
from solacefeed.tokens import Keys
from solacefeed.web.part import VisitorsPart
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.sign_up_forms import email_fault
from solacefeed.web.views import ComplaintPage
from solacefeed.words import day_words

_COMPLAIN = "complain"


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
        words_fault = _words_fault(words, language)
        # Without a link nobody knows that the address is theirs, and they need not say one.
        typed = number is None and bool(email.strip())
        fault = email_fault(email, language, sure=asked.field("sure"))[0] if typed else None
        if words_fault or fault or not self.is_ours(asked, _COMPLAIN, token):
            return self._shown(
                asked, token, language, is_known=number is not None, words_fault=words_fault, fault=fault
            )
        stranger = self._stranger(asked, language) if typed else None
        complain(self.store, self.clock, self.people, number=number, digest=digest, words=words, stranger=stranger)
        self.people.wake()
        return self._received(language, is_known=number is not None, has_address=typed)

    def _stranger(self, asked: PageRequest, language: str) -> Stranger:
        return Stranger(
            email=asked.field("email"),
            language=language if language != self.pages.language else None,
            network=asked.network,
            page=self.pages.at("/complain"),
        )

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

    def _received(self, language: str, *, is_known: bool, has_address: bool) -> Response:
        """The same for every address that was typed, whoever has it."""
        now = self.clock()
        due = day_words((now + ANSWERED_WITHIN).astimezone(self.pages.front.site.zone).date(), language)
        sentence = gettext("You get an answer by %(day)s at the latest.", language, day=due)
        points: tuple[str, ...] = ()
        if is_known:
            points = (gettext("A mail that says so is on its way to you.", language),)
        elif has_address:
            points = (
                gettext("A mail that says so is on its way to the address that you typed.", language),
                gettext("None comes to an address that is never to be mailed, or was sent too many already.", language),
            )
        else:
            sentence = gettext(
                "A person reads it. You gave no address: so no mail says that it has come, and nobody can answer you.",
                language,
            )
        return self.pages.say(
            gettext("Your complaint has come", language),
            sentence,
            points=points,
            links=(self.pages.home_link(language),),
            language=language,
        )


def _words_fault(words: str, language: str) -> str | None:
    if not words:
        return gettext("Say in a few lines what went wrong.", language)
    if len(words) > LONGEST:
        return gettext("Say it in %(number)s characters at most.", language, number=LONGEST)
    return None


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
