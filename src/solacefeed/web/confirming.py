"""The page behind a confirmation's link: a GET shows what would come, and a press of its button begins it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from starlette.responses import Response
from starlette.routing import Route

from solacefeed import tokens
from solacefeed.catalogue import gettext
from solacefeed.deeds.people.confirming import Confirmed, confirm, look_at
from solacefeed.deeds.people.first_edition import first_closing
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind, CategoryNames, Digest
from solacefeed.models.sign_ups import SignUp, SignUpState
from solacefeed.publish.page import Link
from solacefeed.store import subscribers
from solacefeed.views.cadences import often
from solacefeed.web.choices import choices_of, last_edition
from solacefeed.web.part import VisitorsPart
from solacefeed.web.routing import PageRequest, page
from solacefeed.words import weekday_words

_CONFIRM = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming(VisitorsPart):
    names: CategoryNames

    def confirm(self, asked: PageRequest) -> Response:
        token, people = asked.path("token"), self.people
        try:
            number, nonce = tokens.confirming(token, self.pages.front.keys, now=self.clock())
        except tokens.Expired:
            return self._over(self.language(asked))
        except UsageError:
            return self.not_ours(self.language(asked))
        there = look_at(self.store, self.clock, number, nonce, people) if people else None
        language = self.language(asked, there.language if there else None)
        if people is None or there is None:
            return self._over(language)
        if not (asked.acts and self.is_ours(asked, _CONFIRM, token)):
            return self._to_press(there, token, people, language)
        done = confirm(self.store, self.clock, number, nonce, people)
        return self._begun(done, people, language) if done else self._over(language)

    def _to_press(self, there: SignUp, token: str, people: PeopleSettings, language: str) -> Response:
        with self.store.read() as connection:
            wished = tuple(self._wished(connection, there, people, language))
        title, sentence, button = (
            (
                gettext("You have confirmed it already", language),
                gettext("This comes to you by email:", language),
                gettext("Show what I can do now", language),
            )
            if there.state is SignUpState.CONFIRMED
            else (
                gettext("Please confirm your subscription", language),
                gettext("Press the button, and this comes to you by email:", language),
                gettext("Yes, subscribe me", language),
            )
        )
        own = self.token(_CONFIRM, token)
        return self.pages.say(title, sentence, points=wished, button=button, token=own, language=language)

    def _wished(self, connection: sa.Connection, there: SignUp, people: PeopleSettings, language: str) -> Iterator[str]:
        """``The Weekly Digest, every Monday: Housing and Education``"""
        digests = [people.digests[wish.digest] for wish in there.wishes]
        for wish, choices in zip(there.wishes, choices_of(connection, digests, self.names), strict=True):
            digest, chosen = choices.digest, choices.words(wish.category_ids, language)
            yield f"{digest.title}, {often(digest.cadence(wish.cadence), language)}: {chosen}"

    def _begun(self, done: Confirmed, people: PeopleSettings, language: str) -> Response:
        """What comes when, and where to go from here."""
        front, at = self.pages.front, self.pages.at
        preferences = tokens.for_preferences(done.subscriber_id, done.generation, front.keys)
        feed = tokens.for_feed(done.subscriber_id, done.generation, front.keys)
        digests = [people.digests[key] for key in done.digests]
        with self.store.read() as connection:
            coming = tuple(self._coming(connection, done.subscriber_id, digest, language) for digest in digests)
            editions = [last_edition(connection, digest, front.site, language) for digest in digests]
        return self.pages.say(
            gettext("You are subscribed", language),
            gettext("Thank you. At the foot of every mail you can change this, or stop.", language),
            points=coming,
            links=(
                *(
                    Link(text=gettext("Read %(edition)s", language, edition=each.text), href=each.href)
                    for each in editions
                    if each
                ),
                Link(text=gettext("Choose more or fewer", language), href=at(f"/preferences/{preferences}", language)),
                Link(text=gettext("Read it in a feed reader", language), href=at(f"/my/{feed}.atom")),
            ),
            language=language,
        )

    def _coming(self, connection: sa.Connection, number: int, digest: Digest, language: str) -> str:
        there = subscribers.subscription(connection, number, digest.key)
        cadence = digest.cadence(there.cadence if there else None)
        if cadence.kind is CadenceKind.AT_ONCE:
            return gettext("%(digest)s comes with each new post.", language, digest=digest.title)
        zone, comes = self.pages.front.site.zone, often(cadence, language)
        first = first_closing(connection, digest, cadence, zone, self.clock(), reader=number)
        if first is None:
            return gettext("%(digest)s comes %(often)s.", language, digest=digest.title, often=comes)
        return gettext(
            "%(digest)s comes %(often)s; the next one comes on %(day)s.",
            language,
            digest=digest.title,
            often=comes,
            day=weekday_words(first.astimezone(zone).date(), language),
        )

    def _over(self, language: str) -> Response:
        form = Link(text=gettext("Back to the form", language), href=self.pages.at("/subscribe", language))
        return self.pages.say(
            gettext("The time of this link is over", language),
            gettext("A link to confirm works for seven days. You can ask for it anew.", language),
            links=(form,),
            status=410,
            language=language,
        )


def routes(part: Confirming) -> list[Route]:
    return [page("/confirm/{token}", part.confirm, methods=("GET", "POST"))]
