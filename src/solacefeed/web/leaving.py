"""The page behind a mail's unsubscribe link.

A GET only ever shows: link scanners follow every link of a mail, and must not end anybody's subscription. A POST acts,
whether it comes from the page's button or from a mail program's one click (RFC 8058).
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from solacefeed.catalogue import gettext
from solacefeed.deeds.people.subscribe import end_by_number, stands
from solacefeed.errors import UsageError
from solacefeed.ports import Clock
from solacefeed.store.database import Store
from solacefeed.tokens import unsubscribing
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Lets whoever has a mail's link end the subscription that the mail was of."""

    store: Store
    clock: Clock
    pages: Pages

    def unsubscribe(self, asked: PageRequest) -> Response:
        language, front = self.pages.language, self.pages.front
        try:
            digest, number = unsubscribing(asked.path("token"), front.keys)
        except UsageError:
            return self._not_ours()
        title = front.titles.get(digest, digest)
        if asked.acts:
            end_by_number(self.store, self.clock, digest, number)
        if not stands(self.store, digest, number):
            gone = gettext("%(digest)s will not come to you any more.", language, digest=title)
            return self.pages.say(gettext("You are unsubscribed", language), gone)
        return self.pages.say(
            gettext("Unsubscribe?", language),
            gettext(
                "Press the button, and %(digest)s will not come to you any more. To keep it, just close this page.",
                language,
                digest=title,
            ),
            button=gettext("Unsubscribe", language),
        )

    def _not_ours(self) -> Response:
        language = self.pages.language
        return self.pages.say(
            gettext("This link does not work", language),
            gettext(
                "It is not one of ours, or not all of it was copied. Every mail has it whole at its foot.", language
            ),
            status=404,
        )


def routes(part: Leaving) -> list[Route]:
    return [page("/unsubscribe/{token}", part.unsubscribe, methods=("GET", "POST"), form=False)]
