"""How documents are written, by number: what makes a site write them anew, once, after an upgrade.

Whoever changes what the documents of a format say, be it by a word in ``words`` or by a rule three rooms away, raises
its number here. ``tests/publish/test_formats.py`` publishes a filled store, turns red when bytes change under the same
number, and says which one to raise. What is made anew and comes out as it was leaves its file, and its time, alone.

Libraries that write bytes count by their version, templates by their content. brotli does not, nor
how hard a document is packed: it is packed when it changes, and what another release packed unpacks to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

#: Each format, and how often what it writes has changed.
NUMBERS: Mapping[str, int] = {
    "atom": 4,
    "rss": 4,
    "json": 4,
    # The page of a feed, of an edition, of events, and the index of all feeds.
    "page": 1,
    "edition page": 1,
    "events page": 1,
    "index page": 1,
    # What is shown where nothing stands.
    "missing page": 1,
    # The style of feeds that are opened in a browser.
    "feed style": 1,
    "calendar": 2,
    "opml": 2,
    "feeds.json": 1,
    "sitemap": 1,
}

#: How events are understood, merged and told of, as ``deeds.events.refresh`` keeps them: raised like a format's number.
REFRESHING = 3

_PAGES = ("babel", "jinja2", "markupsafe")
#: The libraries that write each format's bytes; babel knows the names of months.
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "atom": ("babel", "feedgen", "lxml"),
    "rss": ("babel", "feedgen", "lxml"),
    "json": ("babel",),
    "page": _PAGES,
    "edition page": _PAGES,
    "events page": _PAGES,
    "index page": _PAGES,
    "missing page": _PAGES,
    "feed style": (),
    "calendar": ("babel", "icalendar"),
    "opml": ("babel",),
    "feeds.json": ("babel",),
    "sitemap": (),
}

#: What is made of a template, and is made anew when one changes.
TEMPLATED = frozenset({"page", "edition page", "events page", "index page", "missing page", "feed style"})


def written_by(version: Callable[[str], str], templates: str, catalogue: str = "") -> dict[str, str]:
    """What writes each format, in words: ``1, babel 2.17.0, feedgen 1.0.0, lxml 6.0.2``.

    *version* tells a library's, *templates* changes with what the templates of pages say, and *catalogue* with our
    words in the site's language; it is empty for English.
    """
    return {
        name: ", ".join(
            [
                str(number),
                *(f"{library} {version(library)}" for library in LIBRARIES[name]),
                *([f"templates {templates}"] if name in TEMPLATED else []),
                *([f"catalogue {catalogue}"] if catalogue and name != "sitemap" else []),
            ]
        )
        for name, number in NUMBERS.items()
    }
