"""What every part of the pages has: the store, the clock, the looks, and whether a form comes from a page of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from solacefeed.catalogue import gettext
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.ports import Clock
from solacefeed.publish.page import Link
from solacefeed.store.database import Store
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest
from solacefeed.web.security import FORM_TOKEN, PageKind, form_token, is_ours

#: The field that nobody fills in but a program.
TRAP = "homepage"

_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorsPart:
    """What each part of the visitors' pages is made of."""

    store: Store
    clock: Clock
    pages: Pages
    #: ``None`` where there is no digest, and so nobody to mail.
    people: PeopleSettings | None
    #: Whether one more of a form, which it is called by, is taken from a network.
    allows: Callable[[str, str], bool]

    def language(self, asked: PageRequest, theirs: str | None = None) -> str:
        """Of our words: what the address says, else *theirs*, else the site's."""
        return self.pages.spoken(*asked.query("lang"), theirs)

    def token(self, purpose: str, bound_to: str) -> str:
        """Of a form on a page that *bound_to* has led to."""
        return form_token(purpose, bound_to, self.pages.front.keys, now=self.clock())

    def is_ours(self, asked: PageRequest, purpose: str, bound_to: str, *, after: timedelta = _AT_ONCE) -> bool:
        """Whether a form was sent from a page of ours by somebody who saw it."""
        token, keys = asked.field(FORM_TOKEN), self.pages.front.keys
        return not asked.field(TRAP) and is_ours(token, purpose, bound_to, keys, now=self.clock(), after=after)

    # -- what several of them say ------------------------------------------------------------------

    def look_into_your_mailbox(
        self, language: str, sentences: Sequence[str], form: str, kind: PageKind = PageKind.PRIVATE
    ) -> Response:
        """The same, whatever the address is; *form* is the path of the one that was sent."""
        where = self.pages.at(form, language)
        if kind is PageKind.FRAMED:
            where += "&embed=1" if "?" in where else "?embed=1"
        return self.pages.say(
            gettext("Look into your mailbox", language),
            sentences[0],
            points=(
                *sentences[1:],
                gettext(
                    "Nothing there after some minutes? Look among the spam, or send the form again tomorrow.", language
                ),
            ),
            links=(Link(text=gettext("I mistyped my address: back to the form", language), href=where),),
            language=language,
            kind=kind,
        )

    def not_ours(self, language: str) -> Response:
        """A link that we have not made."""
        return self.pages.say(
            gettext("This link does not work", language),
            gettext(
                "It is not one of ours any more, or not all of it was copied. Every mail has it whole at its foot.",
                language,
            ),
            links=self.pages.ways_out(language) if self.people else (),
            status=404,
            language=language,
        )

    def void(self, language: str) -> Response:
        """A link that holds no more: for one thing too, that whoever had it is forgotten, and is mailed none."""
        return self.pages.say(
            gettext("This link works no more", language),
            gettext(
                "It was used or made void, or its time is over. "
                "If you still get mail from us, you can ask for a new one.",
                language,
            ),
            links=self.pages.ways_out(language),
            status=410,
            language=language,
        )

    def nothing_to_have(self, language: str) -> Response:
        feeds = Link(
            text=gettext("All feeds, for a feed reader", language),
            href=self.pages.front.site.published_at("index.html"),
        )
        return self.pages.say(
            gettext("Nothing is mailed from here", language),
            gettext("There is no digest that one can subscribe to. The feeds are for everybody.", language),
            links=(feeds,),
            status=404,
            language=language,
        )
