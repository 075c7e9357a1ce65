"""What an entry says in its body, the same in every format, and what its picture is."""

from __future__ import annotations

import re
from html import escape, unescape

from solacefeed.models.posts import Image
from solacefeed.publish.feeds import Entry
from solacefeed.text.enclosures import type_by_name
from solacefeed.text.pictures import motif


def content_html(entry: Entry) -> str:
    """The entry's content, a pointer to the blog where it has none; last, where it was first published and the events.

    The picture that the blog shows above it comes first, where the text has it not at any size. None of it says how
    near anything is: what stands there today stands there next year.
    """
    content = entry.content or _pointer(entry)
    origin = _origin(entry.origin) if entry.origin else ""
    head = _figure(entry.headed_by) if entry.headed_by and not _stands_in(entry.content, entry.headed_by.url) else ""
    return f"{head}{content}{origin}{_events(entry.events_url) if entry.events_url else ''}"


def _figure(image: Image) -> str:
    told = {"src": image.url, "alt": image.alt, "width": image.width, "height": image.height}
    said = " ".join(f'{name}="{escape(str(value))}"' for name, value in told.items() if value is not None)
    return f"<figure><img {said}></figure>"


#: The addresses of the pictures in a sanitised text.
_PICTURES = re.compile(r'<img\b[^<>]*?\ssrc="([^"]*)"')


def _stands_in(content: str, url: str) -> bool:
    """Whether the picture at *url* stands in *content*, at whatever size."""
    name = _file(url)
    return any(_file(unescape(found)) == name for found in _PICTURES.findall(content))


def _file(url: str) -> str:
    """What a picture's addresses have in common at all its sizes; of a blog's own files also on any host."""
    shown = motif(url)
    folder = shown.find("/wp-content/")
    return shown[folder:] if folder >= 0 else shown


def _events(url: str) -> str:
    return f'<p><a href="{escape(url)}">Events to come</a></p>'


def summary_html(entry: Entry) -> str:
    """The summary for formats that take it for HTML."""
    return escape(entry.summary, quote=False)


def image_type(url: str) -> str | None:
    """The media type of the picture at *url*, where the ending tells it surely."""
    told = type_by_name(url)
    return told if told and told.startswith("image/") else None


def _pointer(entry: Entry) -> str:
    """What stands for a post without a text of its own, such as a picture that was left out."""
    return f'<p><a href="{escape(entry.url)}">{escape(entry.title, quote=False)}</a></p>'


def _origin(origin: str) -> str:
    """The line that ``text.origin`` took out, in the language of the lines that it knows."""
    return f"<p>First published in {escape(origin, quote=False)}.</p>"
