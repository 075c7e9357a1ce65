"""Every view that readers see, and what shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from jinja2 import Environment

from solacefeed.deeds.upkeep.template_check import SHOWN
from solacefeed.digest.edition_view import EditionView
from solacefeed.digest.rendering import render
from solacefeed.publish.directory import DirectoryView, index_page
from solacefeed.publish.editions import EditionPageView, edition_page
from solacefeed.publish.event_documents import EventsPage, events_page
from solacefeed.publish.missing import MissingView, missing_page
from solacefeed.publish.page import FeedPageView, feed_page

PAGES: dict[type, Callable[[Any, Environment], bytes]] = {
    EditionPageView: edition_page,
    EventsPage: events_page,
    FeedPageView: feed_page,
    DirectoryView: index_page,
    MissingView: missing_page,
}
VIEWS = (EditionView, *PAGES)
# The head of a draft is for its editors, in English, and is no view with a language.
assert set(VIEWS) == {view for view in SHOWN if any(each.name == "language" for each in fields(view))}


def shown(view: Any, environment: Environment) -> list[str]:
    """The page; of a mail its html first, then its subject and its text."""
    if isinstance(view, EditionView):
        mail = render(view, environment)
        return [mail.html, mail.subject, mail.text]
    return [PAGES[type(view)](view, environment).decode()]
