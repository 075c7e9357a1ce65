"""One variant of an edition as its subject, its text and its html.

The law: what a view says stands in the message literally. It is never a template, never markup, and never one
of the tokens that are replaced when a message is composed for its recipient. Only the templates write those.
This is css-inline's home.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, TypeVar, cast

from solacefeed.digest.edition_view import EditionView
from solacefeed.digest.sizes import fitted

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Environment

#: Stands in text and html where the recipient's own link to end the subscription goes: https or mailto.
UNSUBSCRIBE = "@@UNSUBSCRIBE@@"
#: Stands in text and html where the recipient's address goes.
RECIPIENT = "@@RECIPIENT@@"
#: Stands in text and html where the words of the recipient's choice go: "Housing and Education".
CHOICE = "@@CHOICE@@"
#: Stands in text and html where the link goes by which the recipient changes what they get: https or mailto.
PREFERENCES = "@@PREFERENCES@@"
#: The same for where they can pause.
PAUSE = f"{PREFERENCES}#pause"

#: What only the recipient's own copy says, by its name in the templates.
_OWN = {
    "unsubscribe": UNSUBSCRIBE,
    "recipient": RECIPIENT,
    "choice": CHOICE,
    "preferences": PREFERENCES,
    "pause": PAUSE,
}

_SPACED = re.compile(r"\n{3,}")
_DOUBLE_AT = re.compile("@(?=@)")
_URL = re.compile(r"https?://\S*", re.IGNORECASE)
_WORD_JOINER = "\u2060"


V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A variant's words; text and html with what is each recipient's own still to be put in."""

    #: One line.
    subject: str
    text: str
    html: str


def render(view: EditionView, environment: Environment) -> Rendered:
    """Fills the three templates of a digest, with as much of *view* as fits into a mail.

    The html is styled inline, since some clients read no stylesheet.
    """
    html_of = lru_cache(maxsize=1)(partial(_html, environment))
    shown = fitted(disarmed(view), lambda each: len(html_of(each).encode()))
    subject, text = (_filled(environment, name, shown) for name in ("subject.txt", "body.txt"))
    return Rendered(subject=" ".join(subject.split()), text=without_gaps(text), html=html_of(shown))


def _html(environment: Environment, view: EditionView) -> str:
    return inlined(_filled(environment, "body.html", view))


def inlined(page: str) -> str:
    """*page* with its style sheet said on each element, beside what only a sheet can say."""
    return _inliner().inline(page)


@cache
def _inliner() -> CSSInliner:
    """Loaded with the first page: letters and editions are few."""
    from css_inline import CSSInliner

    # Without the first it fetches stylesheets that a page names; without the second @media for dark mode is lost.
    return CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def without_gaps(text: str) -> str:
    """*text* with one empty line between paragraphs, and a line's end at its own."""
    return _SPACED.sub("\n\n", text.strip()) + "\n"


def _filled(environment: Environment, name: str, view: EditionView) -> str:
    template = environment.get_template(f"digest/{name}", globals={"language": view.language})
    return template.render(edition=view, **_OWN)


def disarmed(value: V) -> V:
    """*value* without any ``@@``, so that no content, alone or joined, can make up a token.

    A character reference would not do: it means nothing in text, and css-inline resolves it in html. A word joiner
    can't be seen and takes no room; in a URL, which it would change, the first sign is percent-encoded.
    """
    return cast("V", _disarmed(value))


def _disarmed(value: object) -> object:
    if isinstance(value, str):
        return _DOUBLE_AT.sub("%40" if _URL.fullmatch(value) else "@" + _WORD_JOINER, value) if "@@" in value else value
    if isinstance(value, tuple):
        return tuple(map(_disarmed, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
        other = {name: shown for name, part in told.items() if (shown := _disarmed(part)) != part}
        return dataclasses.replace(value, **other) if other else value
    return value
