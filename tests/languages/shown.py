"""Every view that readers see, and what shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from jinja2 import Environment

from solacefeed.deeds.upkeep.template_check import SHOWN
from solacefeed.digest import personal_letters
from solacefeed.digest.edition_view import EditionView
from solacefeed.digest.personal_letters import PersonalLetter
from solacefeed.digest.rendering import render
from solacefeed.publish.directory import DirectoryView, index_page
from solacefeed.publish.editions import EditionPageView, edition_page
from solacefeed.publish.event_documents import EventsPage, events_page
from solacefeed.publish.missing import MissingView, missing_page
from solacefeed.publish.page import FeedPageView, feed_page
from solacefeed.web.views import TEMPLATES, own_page

PAGES: dict[type, Callable[[Any, Environment], bytes]] = {
    EditionPageView: edition_page,
    EventsPage: events_page,
    FeedPageView: feed_page,
    DirectoryView: index_page,
    MissingView: missing_page,
}
#: Those that our own server shows.
OWN_PAGES: dict[type, Callable[[Any, Environment], str]] = dict.fromkeys(TEMPLATES, own_page)
VIEWS = (EditionView, PersonalLetter, *PAGES, *OWN_PAGES)
# The head of a draft is for its editors, in English, and is no view with a language.
assert set(VIEWS) - set(OWN_PAGES) == {view for view in SHOWN if any(each.name == "language" for each in fields(view))}


def shown(view: Any, environment: Environment) -> list[str]:
    """The page; of a mail its html first, then its subject and its text."""
    if isinstance(view, EditionView):
        mail = render(view, environment)
        return [mail.html, mail.subject, mail.text]
    if isinstance(view, PersonalLetter):
        return [personal_letters.shown(view, part, environment) for part in ("html", "txt")]
    if type(view) in OWN_PAGES:
        return [OWN_PAGES[type(view)](view, environment)]
    return [PAGES[type(view)](view, environment).decode()]
