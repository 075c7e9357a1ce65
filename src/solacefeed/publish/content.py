"""What an entry says in its body, the same in every format, and what its picture is."""

from __future__ import annotations

import re
from html import escape

from solacefeed.publish.feeds import Entry

#: Endings that name one media type only; what an address ends in tells nothing of any other.
_IMAGE_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}
_ENDING = re.compile(r"https?://[^/?#]+/[^?#]*\.([A-Za-z]{3,4})(?:[?#].*)?", re.DOTALL)


def content_html(entry: Entry) -> str:
    """The entry's content, a pointer to the blog where it has none; last, where it was first published and the events.

    None of it says how near anything is: what stands there today stands there next year.
    """
    content = entry.content or _pointer(entry)
    origin = _origin(entry.origin) if entry.origin else ""
    return f"{content}{origin}{_events(entry.events_url) if entry.events_url else ''}"


def _events(url: str) -> str:
    return f'<p><a href="{escape(url)}">Events to come</a></p>'


def summary_html(entry: Entry) -> str:
    """The summary for formats that take it for HTML."""
    return escape(entry.summary, quote=False)


def image_type(url: str) -> str | None:
    """The media type of the picture at *url*, where the ending tells it surely."""
    found = _ENDING.fullmatch(url)
    return _IMAGE_TYPES.get(found[1].lower()) if found else None


def _pointer(entry: Entry) -> str:
    """What stands for a post without a text of its own, such as a picture that was left out."""
    return f'<p><a href="{escape(entry.url)}">{escape(entry.title, quote=False)}</a></p>'


def _origin(origin: str) -> str:
    """The line that ``text.origin`` took out, in the language of the lines that it knows."""
    return f"<p>First published in {escape(origin, quote=False)}.</p>"
