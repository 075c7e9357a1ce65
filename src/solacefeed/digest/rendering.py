"""One variant of an edition as its subject, its text and its html.

The law: what a view says stands in the message literally. It is never a template, never markup, and never one
of the tokens that are replaced when a message is composed for its recipient. Only the templates write those.
This is css-inline's home.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from css_inline import CSSInliner

from solacefeed.views.events import EventView
from solacefeed.views.posts import PostView

if TYPE_CHECKING:
    from jinja2 import Environment

#: Stands in text and html where the recipient's own link to end the subscription goes: https or mailto.
UNSUBSCRIBE = "@@UNSUBSCRIBE@@"
#: Stands in text and html where the recipient's address goes.
RECIPIENT = "@@RECIPIENT@@"

# Without the first css-inline fetches stylesheets that a page names; without the second @media for dark mode is lost.
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)

_DOUBLE_AT = re.compile("@(?=@)")
_URL = re.compile(r"https?://\S*", re.IGNORECASE)
_WORD_JOINER = "\u2060"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionView(EventView):
    """An event as an edition promotes it; ``book_by`` is ``None`` also where the line says it."""

    #: A line that fits the time left: "Next week", "New date, in three weeks".
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionView:
    """What one edition says to all recipients with the same selection; plain text throughout."""

    digest_title: str
    site_title: str
    site_url: str
    organisation: str
    postal_address: str | None
    #: BCP 47.
    language: str
    #: The same of what the site calls its own, where that is another.
    site_language: str | None
    #: "Monday 23 November 2026"
    closes: str
    #: "16 to 22 November 2026": the days that it covers.
    span: str
    #: The lead post first.
    posts: tuple[PostView, ...]
    #: The one that most deserves the reader's eye first.
    promotions: tuple[PromotionView, ...]
    #: What the reader follows: "Housing and Education", or "every category".
    choice: str
    #: Where this edition can be read on the web.
    edition_url: str | None
    feeds_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A variant's words; text and html with ``UNSUBSCRIBE`` and ``RECIPIENT`` still in them."""

    #: One line.
    subject: str
    text: str
    html: str


def render(view: EditionView, environment: Environment) -> Rendered:
    """Fills the three templates of a digest; the html is styled inline, since some clients read no stylesheet."""
    values = {"edition": _disarmed(view), "unsubscribe": UNSUBSCRIBE, "recipient": RECIPIENT}
    subject, text, html = (
        environment.get_template(f"digest/{name}", globals={"language": view.language}).render(values)
        for name in ("subject.txt", "body.txt", "body.html")
    )
    return Rendered(subject=" ".join(subject.split()), text=text.strip() + "\n", html=_INLINER.inline(html))


def _disarmed(value: Any) -> Any:
    """*value* without any ``@@``, so that no content, alone or joined, can make up a token.

    A character reference would not do: it means nothing in text, and css-inline resolves it in html. A word joiner
    can't be seen and takes no room; in a URL, which it would change, the first sign is percent-encoded.
    """
    if isinstance(value, str):
        return _DOUBLE_AT.sub("%40" if _URL.fullmatch(value) else "@" + _WORD_JOINER, value)
    if isinstance(value, tuple):
        return tuple(map(_disarmed, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: _disarmed(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    return value
