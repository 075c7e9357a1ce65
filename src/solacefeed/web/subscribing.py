"""The page of all that can be followed, and the form by which one asks for mail.

The form is answered the same for every address, whoever has it. It asks for one thing that a program would not bring:
a token of a page of ours that was open for a moment, or that of a snippet which the operator has pasted somewhere.
Without it the form is shown once more with all that was typed, so that nobody is turned away who can press a button.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from starlette.responses import Response
from starlette.routing import Route

from solacefeed.catalogue import gettext
from solacefeed.deeds.people.category_slugs import known_slugs
from solacefeed.deeds.people.sign_up import ask, joinable
from solacefeed.models.digests import CategoryNames, Digest
from solacefeed.models.people import Wording
from solacefeed.models.sign_ups import NewSignUp, SignUpKind
from solacefeed.web.challenge import Challenge
from solacefeed.web.choices import Choices, all_categories, category_options, choices_of, digest_option
from solacefeed.web.following import followed, without_email
from solacefeed.web.languages import language_options
from solacefeed.web.part import TRAP, VisitorsPart
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.security import FORM_TOKEN, PageKind
from solacefeed.web.sign_up_forms import NO_FAULTS, Faults, Typed, faults, first_typed, typed, wishes
from solacefeed.web.snippet import is_of_a_snippet
from solacefeed.web.views import HomePage, SignUpForm, SubscribePage
from solacefeed.web.wordings import snippet_wording, wording

#: Faster than this no person fills in a form.
AT_LEAST = timedelta(seconds=2)

#: What a link to the form ticks at most.
_MOST_TICKED = 100
#: The longest page that is written down with a sign-up.
_LONGEST_PAGE = 300
_SUBSCRIBE = "subscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribing(VisitorsPart):
    names: CategoryNames
    #: The operator's sentence beside the button; ``None`` for ours.
    consent: str | None = None
    challenge: Challenge | None = None
    #: Whether anything was published.
    has_feeds: Callable[[], bool]
    #: Whether events have a page and a calendar by now.
    has_events: Callable[[], bool]

    def home(self, asked: PageRequest) -> Response:
        language, site = self.language(asked), self.pages.front.site
        digests = self._digests()
        with self.store.read() as connection:
            choices = self._choices(connection, digests)
            form = (
                self._form(connection, self._linked(connection, asked, digests), choices, language) if digests else None
            )
            seen = followed(
                connection,
                self.names,
                site,
                mailed={each.id for each in all_categories(choices)},
                subscribe=self.pages.at("/subscribe", language),
            )
        title = gettext("Follow %(site)s", language, site=site.title)
        without = without_email(site, feeds=self.has_feeds(), events=self.has_events())
        shown = HomePage(
            **self.pages.around(title, language), form=form, followed=seen, find=self._find(language), **without
        )
        return self.pages.show(shown, kind=PageKind.OPEN)

    def subscribe(self, asked: PageRequest) -> Response:
        language, digests = self.language(asked), self._digests()
        if not digests:
            return self.nothing_to_have(language)
        if not asked.acts:
            with self.store.read() as connection:
                choices = self._choices(connection, digests)
                said = self._linked(connection, asked, digests)
                return self._shown(connection, asked, said, choices)
        if not self.allows(_SUBSCRIBE, asked.network):
            return self.pages.refuse(429, language)
        return self._asked(asked, digests, language)

    def _asked(self, asked: PageRequest, digests: Sequence[Digest], language: str) -> Response:
        """Written down, or shown once more: by what was typed alone, and never by whose address it is."""
        said = typed(asked.form, digests)
        with self.store.read() as connection:
            choices = self._choices(connection, digests)
            is_answered = self.challenge is None or self.challenge.is_met(said.answer)
            wrong = faults(said, choices, language, is_answered=is_answered)
            if wrong:
                return self._shown(connection, asked, said, choices, wrong=wrong)
            agreed = self._agreed(asked, said, digests, language)
            if agreed is None:
                again = gettext("Please look once more at what you typed, and press the button.", language)
                return self._shown(connection, asked, said, choices, again=again)
        self._write_down(asked, said, choices, agreed, language)
        sentences = (
            gettext("A mail is on its way to the address that you typed, with a link to press.", language),
            gettext("Nothing begins before you press it.", language),
            gettext("An address that has just had one, or that asked for no mail at all, gets none.", language),
        )
        return self.look_into_your_mailbox(language, sentences, "/subscribe", _kind(asked))

    def _write_down(
        self, asked: PageRequest, said: Typed, choices: Sequence[Choices], agreed: Wording, language: str
    ) -> None:
        assert self.people is not None
        sign_up = NewSignUp(
            kind=SignUpKind.SUBSCRIBE,
            email=said.email,
            name=said.name or None,
            wishes=wishes(said, choices),
            language=self._tongue(said, language),
            wording_hash=agreed.hash,
            network=asked.network,
            page=self._where_it_stood(asked),
        )
        ask(self.store, self.clock, self.people.key, sign_up, agreed)
        self.people.wake()

    def _agreed(self, asked: PageRequest, said: Typed, digests: Sequence[Digest], language: str) -> Wording | None:
        """The sentence beside the button that sent it; ``None`` where no page or snippet of ours has today's."""
        on_page = self._wording(digests, language)
        if self.is_ours(asked, _SUBSCRIBE, on_page.hash, after=AT_LEAST):
            return on_page
        front, fixed = self.pages.front, [each for each in digests if each.name in said.digests]
        pasted = snippet_wording(self.consent, front.site.organisation, fixed, language)
        is_pasted = not asked.field(TRAP) and is_of_a_snippet(asked.field(FORM_TOKEN), pasted.hash, front.keys)
        return pasted if is_pasted else None

    def _where_it_stood(self, asked: PageRequest) -> str:
        """As the browser says; ours where it says nothing."""
        origin = asked.request.headers.get("origin", "")
        is_elsewhere = origin.startswith(("https://", "http://")) and not self.pages.front.base_url.startswith(origin)
        return origin[:_LONGEST_PAGE] if is_elsewhere else self.pages.at("/subscribe")

    def _linked(self, connection: sa.Connection, asked: PageRequest, digests: Sequence[Digest]) -> Typed:
        """What the link to the form has ticked: ``?categories=housing,education&digest=weekly``."""
        named = _listed(asked, "categories")
        known = known_slugs(connection, [slug for each in digests for slug in each.followed])
        wanted = set(known.ids_of(named))
        return first_typed(
            digests, _listed(asked, "digest"), [slug for slug, id_ in known.ids.items() if id_ in wanted]
        )

    # -- the form --------------------------------------------------------------------------------

    def _shown(
        self,
        connection: sa.Connection,
        asked: PageRequest,
        said: Typed,
        choices: Sequence[Choices],
        *,
        wrong: Faults = NO_FAULTS,
        again: str | None = None,
    ) -> Response:
        language, kind = self.language(asked), _kind(asked)
        several = gettext("Subscribe by email", language)
        one = gettext("Subscribe to %(digest)s", language, digest=choices[0].digest.title)
        shown = SubscribePage(
            **self.pages.around(one if len(choices) == 1 else several, language),
            form=self._form(connection, said, choices, language, wrong, is_here=True),
            again=again,
            find=self._find(language),
            framed=kind is PageKind.FRAMED,
        )
        # What somebody typed is nobody else's.
        kind = PageKind.PRIVATE if asked.acts and kind is PageKind.OPEN else kind
        return self.pages.show(shown, kind=kind, status=422 if wrong else 200)

    def _form(
        self,
        connection: sa.Connection,
        said: Typed,
        choices: Sequence[Choices],
        language: str,
        wrong: Faults = NO_FAULTS,
        *,
        is_here: bool = False,
    ) -> SignUpForm:
        front, agreed = self.pages.front, self._wording([each.digest for each in choices], language)
        digests = tuple(
            digest_option(
                connection,
                each.digest,
                front.site,
                language,
                chosen=each.digest.name in said.digests,
                cadence=said.cadences.get(each.digest.name),
            )
            for each in choices
        )
        return SignUpForm(
            action=None if is_here else self.pages.at("/subscribe", language),
            token=self.token(_SUBSCRIBE, agreed.hash),
            email=said.email,
            email_fault=wrong.email,
            sure_of=wrong.sure_of,
            name=said.name,
            digests=digests,
            digest_fault=wrong.digest,
            everything=said.everything,
            categories=category_options(all_categories(choices), self.names, said.categories, language),
            category_fault=wrong.category,
            languages=language_options(front.languages, self.pages.spoken(said.tongue, language)),
            question=self.challenge.question if self.challenge else None,
            question_fault=wrong.question,
            consent=agreed.text,
            privacy_url=front.privacy_url,
        )

    def _find(self, language: str) -> str | None:
        return self.pages.at("/find", language) if self.people else None

    def _wording(self, digests: Sequence[Digest], language: str) -> Wording:
        return wording(self.consent, self.pages.front.site.organisation, digests, language)

    def _tongue(self, said: Typed, language: str) -> str | None:
        """Of their mails; ``None`` for the site's."""
        wanted = self.pages.spoken(said.tongue, language)
        return wanted if wanted != self.pages.language else None

    def _digests(self) -> tuple[Digest, ...]:
        return joinable(self.people.digests.values()) if self.people else ()

    def _choices(self, connection: sa.Connection, digests: Sequence[Digest]) -> list[Choices]:
        return choices_of(connection, digests, self.names)


def _listed(asked: PageRequest, name: str) -> list[str]:
    return [each for value in asked.query(name) for each in value.split(",")][:_MOST_TICKED]


def _kind(asked: PageRequest) -> PageKind:
    """Of the form's page: ``?embed=1`` may stand in a frame."""
    return PageKind.FRAMED if asked.query("embed") else PageKind.OPEN


def routes(part: Subscribing) -> list[Route]:
    return [page("/", part.home), page("/subscribe", part.subscribe, methods=("GET", "POST"))]
