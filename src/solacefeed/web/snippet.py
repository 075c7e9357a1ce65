"""The form as plain HTML to paste into the blog: without a script, a style or a cookie, so that no policy forbids it.

It carries a token without an end, which says that the operator has made it, and which sentence stands beside its
button: when that is changed in the config, the form asks whoever sends the old one to read the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from solacefeed.catalogue import gettext
from solacefeed.errors import UsageError
from solacefeed.models.people import Wording
from solacefeed.tokens import Keys, read, sign

_PURPOSE = "snippet"
#: Of the sentence's hash.
_ENOUGH = 16


def snippet_token(wording_hash: str, keys: Keys) -> str:
    return sign(_PURPOSE, wording_hash[:_ENOUGH], keys)


def is_of_a_snippet(token: str, wording_hash: str, keys: Keys) -> bool:
    """Whether a snippet of ours has sent this, with this sentence in it."""
    try:
        return read(_PURPOSE, token, keys) == wording_hash[:_ENOUGH]
    except UsageError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """What a form on the blog offers."""

    #: Of our own pages.
    base_url: str
    #: BCP 47, of its words.
    language: str
    #: Whether that is another than the site's.
    says_language: bool
    #: The names of the digests; none for the first.
    digests: Sequence[str]
    #: Value and label of the categories that are asked for; none for everything.
    categories: Sequence[tuple[str, str]] = ()
    wording: Wording
    #: What only a person can answer, where the operator asks it.
    question: str | None = None
    privacy_url: str | None = None

    @property
    def query(self) -> dict[str, str]:
        return {"lang": self.language} if self.says_language else {}


def form_html(snippet: Snippet, keys: Keys) -> str:
    """The form; one category is asked for as it is, several can be ticked, and all are."""
    at, button = f"{snippet.base_url}/subscribe{_query(snippet.query)}", gettext("Subscribe", snippet.language)
    lines = [
        f'<form method="post" action="{escape(at)}" lang="{escape(snippet.language)}">',
        f'<input type="hidden" name="form" value="{snippet_token(snippet.wording.hash, keys)}">',
        *(f'<input type="hidden" name="digest" value="{escape(each)}">' for each in snippet.digests),
        *_categories(snippet),
        _field(gettext("Your email address", snippet.language), "email", 'type="email" autocomplete="email" required'),
        *([_field(snippet.question, "answer", 'type="text" autocomplete="off" required')] if snippet.question else ()),
        f"<p>{escape(snippet.wording.text)}{_privacy(snippet)}</p>",
        _trap(snippet.language),
        f'<p><button type="submit">{escape(button)}</button></p>',
        "</form>",
    ]
    return "\n".join(lines) + "\n"


def iframe_html(snippet: Snippet) -> str:
    """The form's page in a frame; ``[web] embed`` says whose page may show it."""
    chosen = {"digest": ",".join(snippet.digests), "categories": ",".join(value for value, _ in snippet.categories)}
    query = {"embed": "1", **snippet.query, **{name: value for name, value in chosen.items() if value}}
    title = gettext("Subscribe by email", snippet.language)
    at = f"{snippet.base_url}/subscribe{_query(query)}"
    return (
        f'<iframe src="{escape(at)}" title="{escape(title)}" width="100%" height="640" loading="lazy" '
        'referrerpolicy="origin"></iframe>\n'
    )


def _categories(snippet: Snippet) -> list[str]:
    if len(snippet.categories) == 1:
        return [f'<input type="hidden" name="category" value="{escape(value)}">' for value, _ in snippet.categories]
    if not snippet.categories:
        return []
    ticked = (
        f'<p><label><input type="checkbox" name="category" value="{escape(value)}" checked> {escape(label)}</label></p>'
        for value, label in snippet.categories
    )
    return ['<input type="hidden" name="scope" value="some">', *ticked]


def _field(label: str, name: str, rest: str) -> str:
    return f'<p><label>{escape(label)}<br>\n<input name="{name}" {rest}></label></p>'


def _trap(language: str) -> str:
    # A browser that knows no "hidden" shows what is to be left empty, and says so.
    label = escape(gettext("Leave this empty", language))
    return f'<p hidden><label>{label} <input type="text" name="homepage" tabindex="-1" autocomplete="off"></label></p>'


def _privacy(snippet: Snippet) -> str:
    if snippet.privacy_url is None:
        return ""
    said = gettext("How we keep your address", snippet.language)
    return f' <a href="{escape(snippet.privacy_url)}">{escape(said)}</a>'


def _query(values: dict[str, str]) -> str:
    return f"?{urlencode(values, safe=',')}" if values else ""
