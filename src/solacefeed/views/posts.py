"""A post in words: mails and pages show the same of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from solacefeed.catalogue import OURS, ngettext, primary
from solacefeed.models.posts import CategoryId, Post
from solacefeed.words import day_words, interface


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """A post as mails and pages show it; plain text throughout."""

    title: str
    #: Absolute.
    url: str
    #: ``None`` where nobody is named, or on pages the site itself speaks.
    author: str | None
    #: "Chief Executive of Saltby", as the by-line has it.
    role: str | None
    #: "18 November 2026", by the site's clock.
    published: str
    excerpt: str
    #: Labels, in the order in which they are shown.
    categories: tuple[str, ...]
    #: "3 minutes to read"; ``None`` where that means nothing.
    reading_time: str | None = None
    #: "First published in the LGC on 17 May 2012."
    origin: str | None = None
    #: BCP 47, of that line, where it is another than that of the words around it.
    origin_language: str | None = None
    #: BCP 47, where it is another than that of the words around it.
    language: str | None = None


def language_of(post: Post, languages: Mapping[CategoryId, str]) -> str | None:
    """The language that *post* is in, as its source says it, else as its categories tell by *languages*."""
    by_category = (said for category_id, said in languages.items() if category_id in post.category_ids)
    return post.language or next(by_category, None)


def published_words(published: datetime, zone: tzinfo, site_language: str) -> str:
    return day_words(published.astimezone(zone).date(), interface(site_language))


def counted_posts(number: int, language: str) -> str:
    return ngettext("%(number)s post", "%(number)s posts", number, language)


def reading_time(minutes: int, language: str) -> str | None:
    said = ngettext("%(number)s minute to read", "%(number)s minutes to read", minutes, language)
    return said if minutes else None


def origin(first_published: str | None) -> str | None:
    """The line that ``text.origin`` took out, in the language of the lines that it knows, ``origin_language``."""
    return f"First published in {first_published}." if first_published else None


def origin_language(around: str) -> str | None:
    """English, in which ``text.origin`` knows lines, among words in *around*; ``None`` where those are English too."""
    return OURS if primary(around) != OURS else None
