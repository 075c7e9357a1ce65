"""``404.html`` and ``410.html``: what a person reads where nothing stands, or no more; any web server can show them.

They are shown at whatever address was asked for, so every address in them is absolute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solacefeed.catalogue import N_, gettext
from solacefeed.publish.feeds import Naming
from solacefeed.words import interface

if TYPE_CHECKING:
    from jinja2 import Environment

_NOT_THERE = (
    N_("There is no such page"),
    N_("Nothing stands at this address. Perhaps it was not copied whole, or has a slip in it."),
    N_("Did a feed reader lead you here? Look for the feed below, and follow it anew."),
)
_GONE = (
    N_("This is gone"),
    N_("What stood at this address was taken away."),
    N_("If a feed reader still asks for it, take it off there. What there is now stands below."),
)
#: What is said in each document: its title, why nothing is there, and what to do.
_WORDS = {"404.html": _NOT_THERE, "410.html": _GONE}
MISSING = tuple(_WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingView:
    """What the page shows."""

    #: BCP 47.
    language: str
    title: str
    #: Why nothing is there.
    why: str
    #: What to do.
    hint: str
    site_title: str
    #: The blog.
    site_url: str
    organisation: str
    #: The page of all feeds.
    feeds_url: str


def missing_view(path: str, naming: Naming) -> MissingView:
    """That of one of ``MISSING``."""
    language = interface(naming.site.language)
    title, why, hint = (gettext(each, language) for each in _WORDS[path])
    return MissingView(
        language=language,
        title=title,
        why=why,
        hint=hint,
        site_title=naming.site.title,
        site_url=naming.site.url,
        organisation=naming.site.organisation,
        feeds_url=naming.url(""),
    )


def missing_page(view: MissingView, environment: Environment) -> bytes:
    """The page in UTF-8, whole in itself: it loads nothing."""
    template = environment.get_template("site/missing.html", globals={"language": view.language})
    return template.render(missing=view).encode()
