"""The page behind a mail's unsubscribe link, and the undo on the page after it.

A GET only ever shows: link scanners follow every link of a mail, and must not end anybody's subscription. A POST acts,
whether it comes from the page's button or from a mail program's one click (RFC 8058), whatever its body holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from solacefeed import tokens
from solacefeed.catalogue import gettext
from solacefeed.deeds.people.preferences import end_of, undo
from solacefeed.deeds.people.subscribe import UNDONE_WITHIN, end_by_number
from solacefeed.errors import UsageError
from solacefeed.models.people import Subscription, SubscriptionState
from solacefeed.publish.page import Link
from solacefeed.store import subscribers
from solacefeed.web.part import VisitorsPart
from solacefeed.web.routing import PageRequest, page


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving(VisitorsPart):
    """Lets whoever has a mail's link end the subscription that the mail was of."""

    def unsubscribe(self, asked: PageRequest) -> Response:
        try:
            digest, number = tokens.unsubscribing(asked.path("token"), self.pages.front.keys)
        except UsageError:
            return self.not_ours(self.language(asked))
        ended = asked.acts and end_by_number(self.store, self.clock, digest, number)
        with self.store.read() as connection:
            there = subscribers.subscription(connection, number, digest)
        language = self.language(asked, there.language if there else None)
        title = self.pages.front.titles.get(digest, digest)
        if there is None or there.state is SubscriptionState.ENDED:
            return self._gone(title, language, end_of(self.store, digest, number) if ended else None)
        return self.pages.say(
            gettext("Unsubscribe?", language),
            gettext(
                "Press the button, and %(digest)s will not come to you any more. To keep it, just close this page.",
                language,
                digest=title,
            ),
            button=gettext("Unsubscribe", language),
            links=self._fewer(there, language),
            language=language,
        )

    def _gone(self, title: str, language: str, end: tokens.OwnEnd | None) -> Response:
        """With the undo for who has just ended it, for an hour; whoever comes by an older mail of it has none."""
        until = self.clock() + UNDONE_WITHIN
        undo = f"/undo/{tokens.for_undoing(end, self.pages.front.keys, until=until)}" if end else None
        return self.pages.say(
            gettext("You are unsubscribed", language),
            gettext("%(digest)s will not come to you any more.", language, digest=title),
            button=gettext("Undo: keep it", language) if undo else None,
            action=self.pages.at(undo, language) if undo else None,
            links=(self.pages.home_link(language),),
            language=language,
        )

    def _fewer(self, there: Subscription, language: str) -> tuple[Link, ...]:
        """Where one has less of it. Whoever has made their links void is mailed a new one: this link stays for ever."""
        person, at = there.subscriber, self.pages.at
        own = tokens.for_preferences(person.id, person.generation, self.pages.front.keys)
        where = at(f"/preferences/{own}", language) if person.generation == 0 else at("/find", language)
        digest = self.people.digests.get(there.digest) if self.people else None
        if digest is None:
            return ()
        said = [gettext("Fewer instead: choose categories", language), gettext("Pause it for a while", language)]
        if len(digest.cadences) > 1:
            said.insert(0, gettext("Less often instead", language))
        return tuple(Link(text=words, href=where) for words in said)

    def undo(self, asked: PageRequest) -> Response:
        language = self.language(asked)
        try:
            end = tokens.undoing(asked.path("token"), self.pages.front.keys, now=self.clock())
        except tokens.Expired:
            return self._too_late(language)
        except UsageError:
            return self.not_ours(language)
        title = self.pages.front.titles.get(end.digest, end.digest)
        if not asked.acts:
            return self.pages.say(
                gettext("Undo?", language),
                gettext("Press the button, and %(digest)s comes to you as before.", language, digest=title),
                button=gettext("Undo: keep it", language),
                language=language,
            )
        if not undo(self.store, self.clock, end) and not self._stands(end.digest, end.subscriber_id):
            return self._too_late(language)
        kept = gettext("%(digest)s comes to you as before.", language, digest=title)
        links = (self.pages.ways_out(language)[0], self.pages.home_link(language))
        return self.pages.say(gettext("You keep it", language), kept, links=links, language=language)

    def _stands(self, digest: str, number: int) -> bool:
        with self.store.read() as connection:
            there = subscribers.subscription(connection, number, digest)
        return there is not None and there.state is not SubscriptionState.ENDED

    def _too_late(self, language: str) -> Response:
        form = Link(text=gettext("To the form", language), href=self.pages.at("/subscribe", language))
        return self.pages.say(
            gettext("It is too late to undo that", language),
            gettext("It could be undone for an hour. You can subscribe anew by the form.", language),
            links=(form,),
            status=410,
            language=language,
        )


def routes(part: Leaving) -> list[Route]:
    return [
        # One click sends what it likes, and is never asked twice.
        page("/unsubscribe/{token}", part.unsubscribe, methods=("GET", "POST"), form=False),
        # As some mail programs complete an address.
        page("/unsubscribe/{token}/", part.unsubscribe, methods=("GET", "POST"), form=False),
        page("/undo/{token}", part.undo, methods=("GET", "POST"), form=False),
    ]
