"""What an entry says in its body, the same in every format, and what its picture is."""

from __future__ import annotations

import re
from html import escape, unescape

from solacefeed.addresses import parsed
from solacefeed.catalogue import gettext
from solacefeed.models.posts import Image
from solacefeed.publish.feeds import Entry
from solacefeed.text.enclosures import type_by_name
from solacefeed.text.pictures import motif
from solacefeed.views.posts import origin, origin_language
from solacefeed.words import interface


def content_html(entry: Entry, site_language: str) -> str:
    """The entry's content, a pointer to the blog where it has none; last, where it was first published and the events.

    The picture that the blog shows above it comes first, where the text has it not at any size. None of it says how
    near anything is: what stands there today stands there next year.
    """
    content = entry.content or _pointer(entry)
    around = entry.language or site_language
    last = _origin(entry.origin, around) if entry.origin else ""
    head = _figure(entry.headed_by) if entry.headed_by and not _stands_in(entry.content, entry.headed_by.url) else ""
    events = _events(entry.events_url, interface(site_language), around) if entry.events_url else ""
    return f"{head}{content}{last}{events}"


def lang(language: str | None) -> str:
    """What says that an element is in *language*, where that is another than that of the text around it."""
    return f' lang="{escape(language)}"' if language else ""


def _figure(image: Image) -> str:
    told = {"src": image.url, "alt": image.alt, "width": image.width, "height": image.height}
    said = " ".join(f'{name}="{escape(str(value))}"' for name, value in told.items() if value is not None)
    return f"<figure><img {said}></figure>"


#: The addresses of the pictures in a sanitised text.
_PICTURES = re.compile(r'<img\b[^<>]*?\ssrc="([^"]*)"')
#: What WordPress puts behind a picture's name for another size of it: ``-300x200``, ``-scaled``, ``-e1543``.
_SIZE = re.compile(r"(?:-[0-9]{1,5}x[0-9]{1,5}|-scaled|-rotated|-e[0-9]{9,13}){1,4}+(?=\.[A-Za-z]{3,4}$)")


#: By the month of its upload and its name a picture is known wherever a host for pictures puts it.
_UPLOADED = re.compile(r"/((?:19|20)[0-9]{2}/[01][0-9]/[^/]+)$")
#: What hosts for pictures add to a name when they write the file anew, and WordPress to that of a second upload.
_AGAIN = re.compile(r"(?<=\.jpg|\.png|\.gif)\.(?:webp|avif)$|(?<=\.jpeg)\.(?:webp|avif)$", re.IGNORECASE)
_UPLOAD = re.compile(r"-[1-9]$")
#: Names that cameras and people give to all their pictures.
_SHORTEST_NAME = 4


def _stands_in(content: str, url: str) -> bool:
    """Whether the picture at *url* stands in *content*, at whatever size; at its beginning, under whatever address."""
    name = _file(url)
    found = [unescape(each) for each in _PICTURES.findall(content)]
    return any(_file(each) == name for each in found) or (
        bool(found) and _begins_with_picture(content) and _is_called_alike(found[0], url)
    )


def _begins_with_picture(content: str) -> bool:
    return re.match(r"(?:<(?!img\b)[a-z][^<>]*>\s*){0,6}<img\b", content) is not None


def _is_called_alike(one: str, other: str) -> bool:
    """Whether two addresses have one file's name, as a copy on another host or a second upload has it."""
    first, second = (_file(url).rpartition("/")[2].lower() for url in (one, other))
    if first == second:
        return len(first) >= _SHORTEST_NAME
    return _UPLOAD.sub("", first, count=1) == second or first == _UPLOAD.sub("", second, count=1)


def _file(url: str) -> str:
    """What a picture's addresses have in common at all its sizes, without the kind; of uploads also on any host."""
    path = _AGAIN.sub("", parsed(url).path)
    if uploaded := _UPLOADED.search(path):
        return _SIZE.sub("", uploaded[1]).rpartition(".")[0] or uploaded[1]
    shown = motif(url)
    folder = shown.find("/wp-content/")
    return shown[folder:] if folder >= 0 else shown


def _events(url: str, language: str, around: str) -> str:
    said = escape(gettext("Events to come", language), quote=False)
    return f'<p{lang(language if language != around else None)}><a href="{escape(url)}">{said}</a></p>'


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


def _origin(first_published: str, around: str) -> str:
    said = escape(origin(first_published) or "", quote=False)
    return f"<p{lang(origin_language(around))}>{said}</p>"
