"""Atom and RSS, read into pages of entries; pure, and the only home of feedparser.

Law: no document costs more than a few seconds or a small multiple of its size in memory, and half a document is none.

feedparser is told nothing but a well-formed document, in UTF-8, from its root element on, because of its manners:

- given text or bytes it may open a file or a connection of that name: it gets a stream;
- what is not well-formed it reads again with a parser of its own that also takes half a post for a whole one. So only
  what is surely meant is mended here (bare ampersands, HTML's entities, characters outside XML), and expat has the last
  word;
- it takes quadratic time on an author's name, on the attributes of a tag, the categories of a post, nested
  ``xml:base`` and many namespaces, and lines before the root element can hold it for ever: ``_Bounds`` refuses them;
- a handler of its own may raise anything, such as ``KeyError`` for a ``gml:pos`` that stands by itself;
- ``updated`` of an entry without one is ``published``, with a warning: fields are read as a plain ``dict``.
"""

from __future__ import annotations

import calendar
import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parseaddr
from html import escape, unescape
from html.entities import html5
from io import BytesIO
from typing import Any, Final
from xml.parsers import expat

import feedparser

from solacefeed.addresses import joined
from solacefeed.sources.feed_entry import Broken, FeedPage, Moment, ReadEntry, paragraphs, posts
from solacefeed.text.characters import one_line, scrub, scrub_html
from solacefeed.text.urls import absolute


def page(body: bytes, *, charset: str | None, url: str) -> FeedPage:
    """Reads the document that *url* answered; *charset* is what its header says. Raises ``Broken``."""
    _bound("bytes", len(body))
    text, damaged = _decoded(body, charset)
    document = _mended(scrub(text)).encode()
    _Bounds().check(document)
    told = _parsed(document)
    read, unreadable = posts(tuple(_entries(told)), url, damaged=damaged)
    feed = told["feed"]
    return FeedPage(
        title=_html(dict.get(feed, "title_detail")) or "",
        description=_html(dict.get(feed, "subtitle_detail")) or "",
        home=absolute(dict.get(feed, "link"), url),
        posts=read,
        unreadable=unreadable,
        older=_older(feed, url),
        by_wordpress=_BY_WORDPRESS.search(_generator(feed)) is not None,
    )


# -- characters ---------------------------------------------------------------------------------------

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED: Final = re.compile(rb"""\s*<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
#: Python knows codecs that are none of text, and some that take quadratic time.
_ENCODINGS: Final = re.compile(
    r"utf-?8|utf-?(?:16|32)-?(?:[bl]e)?|(?:us-)?ascii|iso-?8859-?\d{1,2}|latin-?\d|windows-?\d{3,4}|cp-?\d{3,4}"
    r"|koi8-?\w|big5(?:-hkscs)?|gb(?:k|2312|18030)|euc-?\w\w|shift[_-]?jis|iso-2022-\w{2,3}|tis-?620|mac(?:intosh|-?\w+)"
)
#: What the web means by them (WHATWG Encoding section 4.2); plain ASCII is UTF-8 as well.
_MEANT: Final = {"iso8859-1": "cp1252", "ascii": "utf-8"}


def _decoded(body: bytes, charset: str | None) -> tuple[str, bool]:
    """The text, and whether U+FFFD stands in it for bytes that are no characters (RFC 7303 section 3)."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if body.startswith(mark)), (b"", ""))
    codec = _codec(encoding or charset or _declared(body))
    body = body.removeprefix(mark)
    try:
        return body.decode(codec), False
    except UnicodeDecodeError:
        return body.decode(codec, "replace"), True


def _declared(body: bytes) -> str:
    found = _DECLARED.match(body)
    name = found[1].decode("ascii", "replace").lower() if found else "utf-8"
    # What could be read byte by byte is not in one of these.
    return "utf-8" if name.startswith(("utf-16", "utf-32", "ucs", "iso-10646")) else name


def _codec(name: str) -> str:
    wanted = name.strip().lower()
    try:
        codec = codecs.lookup(wanted).name if _ENCODINGS.fullmatch(wanted) else None
    except LookupError:
        codec = None
    if codec is None:
        raise Broken(f"in the encoding {one_line(name)!r}, which is not known here")
    return _MEANT.get(codec, codec)


# -- mending ------------------------------------------------------------------------------------------

#: What may stand before the root element; an internal subset, where entities are declared, may not.
_PROLOG: Final = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\b[^\[<>]*+>)*+", re.DOTALL | re.IGNORECASE)
_ROOT: Final = re.compile(r"<(?:[\w.-]+:)?(?:feed|rss|rdf)\b", re.IGNORECASE)
_TO_MEND: Final = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    r"|&(?!(?:amp|lt|gt|quot|apos);)(?:\#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));|([A-Za-z][A-Za-z0-9]{1,40});)?",
    re.DOTALL,
)


def _mended(text: str) -> str:
    start = _PROLOG.match(text)
    root = text[start.end() if start else 0 :]
    if root[:9].upper() == "<!DOCTYPE":
        raise Broken("a document type with declarations of its own; no feed needs one")
    if "<?xml" in root and not _ROOT.match(root):
        raise Broken("something stands before the XML, such as a warning of PHP; turn display_errors off there")
    _bound("lines and references", root.count("\n") + root.count("&"))
    return _BASE.sub(_sound_base, _TO_MEND.sub(_mend, root))


def _mend(found: re.Match[str]) -> str:
    hexadecimal, decimal, name = found.groups()
    if hexadecimal or decimal:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return scrub_html(found[0]) if code <= 0x10FFFF else ""
    if name:
        return escape(html5[f"{name};"]) if f"{name};" in html5 else f"&amp;{found[0][1:]}"
    return {"&": "&amp;"}.get(found[0]) or ("" if found[0].startswith("<!--") else found[0])


#: What addresses are seen from; a base that is no address makes feedparser raise, which costs all that comes after.
_BASE: Final = re.compile(r"""\s(?:xml:)?base\s*=\s*("[^"<]*"|'[^'<]*')""")


def _sound_base(found: re.Match[str]) -> str:
    return "" if joined("https://example.org/", unescape(found[1][1:-1])) is None else found[0]


# -- bounds -------------------------------------------------------------------------------------------

_ROOTS: Final = frozenset({"feed", "rss", "rdf"})
#: What feedparser looks for addresses in, or takes apart at commas.
_NAMING: Final = frozenset(
    {"author", "creator", "publisher", "managingeditor", "webmaster", "contributor", "owner", "keywords", "tags"}
)
_POSTS: Final = frozenset({"entry", "item"})
_FILING: Final = frozenset({"category", "subject", "keywords", "tags"})
_XML_BASE: Final = "http://www.w3.org/XML/1998/namespace base"


_MOST: Final = {
    "bytes": 10_000_000,
    # Each makes feedparser take a text piece by piece.
    "lines and references": 500_000,
    "elements": 50_000,
    "levels": 200,
    "namespaces": 100,
    "attributes": 100_000,
    "attributes of one element": 100,
    "characters in a name": 500,
    "characters in names": 200_000,
    "characters in xml:base": 4_000,
    "categories of one post": 100,
}


class _Bounds:
    """Reads a document once with expat, and raises ``Broken`` where it is no feed for feedparser."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartNamespaceDeclHandler = self._namespace
        self._open: list[_Element] = []
        self._counts = Counter[str]()
        self._namespaces: set[tuple[str | None, str | None]] = set()

    def check(self, document: bytes) -> None:
        try:
            self._parser.Parse(document, True)
        except expat.ExpatError as error:
            raise Broken(f"not well-formed ({error}); was it cut off on its way?") from error

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(" ")[2].lower()
        if not self._open and local not in _ROOTS:
            raise Broken(f"a document of <{one_line(local)[:40]}>, which is no feed")
        base = len(attributes.get(_XML_BASE) or attributes.get("base") or "")
        self._open.append(_Element(is_name=local in _NAMING, base=base))
        if local in _POSTS:
            self._counts["categories of one post"] = 0
        self._count("categories of one post", local in _FILING)
        self._count("elements", 1)
        self._count("levels", 1)
        self._count("characters in xml:base", base)
        self._count("attributes", len(attributes))
        _bound("attributes of one element", len(attributes))

    def _end(self, _: str) -> None:
        element = self._open.pop()
        self._counts["levels"] -= 1
        self._counts["characters in xml:base"] -= element.base

    def _text(self, data: str) -> None:
        element = self._open[-1]
        if element.is_name:
            element.text += len(data)
            _bound("characters in a name", element.text)
            self._count("characters in names", len(data))

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._namespaces.add((prefix, uri))
        _bound("namespaces", len(self._namespaces))

    def _count(self, what: str, more: int) -> None:
        self._counts[what] += more
        _bound(what, self._counts[what])


@dataclass(slots=True, kw_only=True)
class _Element:
    """An open element; its text and its xml:base in characters."""

    is_name: bool
    base: int
    text: int = 0


def _bound(what: str, count: int) -> None:
    if count > _MOST[what]:
        raise Broken(f"more than {_MOST[what]} {what}; no feed of a blog needs so many")


def _parsed(document: bytes) -> Any:
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        told = feedparser.parse(
            BytesIO(document), response_headers=headers, resolve_relative_uris=False, sanitize_html=False
        )
    except Exception as error:
        raise Broken(f"a feed that feedparser can't read ({error!r})") from error
    if told["bozo"]:
        raise Broken(f"a feed that feedparser can't read ({one_line(str(told['bozo_exception']))})")
    return told


# -- entries ------------------------------------------------------------------------------------------

_BY_WORDPRESS: Final = re.compile(r"\bwordpress\b", re.IGNORECASE)
#: Schemes of categories that are none of the blog's.
_OTHER_SCHEMES: Final = ("http://www.itunes.com/", "http://schemas.google.com/g/2005#kind")
_ISO_DAY: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?!\d)")


def _entries(told: Any) -> Iterator[ReadEntry]:
    is_atom = str(dict.get(told, "version", "")).startswith("atom")
    # An entry without an author has its feed's (RFC 4287 section 4.2.1).
    house = _authors(told["feed"], is_atom) if is_atom else ()
    return (_entry(shown, is_atom, house) for shown in told["entries"])


def _entry(shown: Any, is_atom: bool, house: tuple[str, ...]) -> ReadEntry:
    published = _moment(shown, "published") or _moment(shown, "created")
    updated = _moment(shown, "updated")
    return ReadEntry(
        guid=dict.get(shown, "id") or None,
        link=dict.get(shown, "feedburner_origlink") or dict.get(shown, "link") or _link(shown, "alternate"),
        title=_html(dict.get(shown, "title_detail")) or "",
        content=_content(shown),
        summary=_html(dict.get(shown, "summary_detail")),
        published=published or updated,
        # RSS 1.0 has one date, that of the publication.
        updated=updated.at if updated and (published or is_atom) else None,
        authors=_authors(shown, is_atom) if "authors" in shown else house,
        categories=_categories(shown, is_atom),
        comments_link=dict.get(shown, "comments") or _link(shown, "replies"),
        comments=_count(shown),
    )


def _link(shown: Any, rel: str) -> str | None:
    links = (link for link in dict.get(shown, "links", []) if link.get("rel") == rel)
    pages = (link.get("href") for link in links if link.get("type") in (None, "text/html"))
    return next((str(href) for href in pages if href), None)


def _count(shown: Any) -> int | None:
    """The comments, as RSS and Atom count them in WordPress's feeds."""
    said = str(dict.get(shown, "slash_comments") or dict.get(shown, "thr_total") or "")
    return int(said) if re.fullmatch(r"[0-9]{1,7}", said) else None


def _content(shown: Any) -> str | None:
    whole = (_html(content) for content in dict.get(shown, "content", []) if "src" not in content)
    return next((html for html in whole if html is not None), None)


def _html(detail: Any) -> str | None:
    """A construct of feedparser as HTML; ``None`` where there is none, or it is of another kind."""
    match detail:
        case {"type": "text/html" | "application/xhtml+xml", "value": str(html)}:
            return html
        case {"type": "text/plain", "value": str(text)}:
            return escape(text, quote=False) if "\n\n" not in text else paragraphs(text)
        case _:
            return None


def _moment(shown: Any, name: str) -> Moment | None:
    """A date; without a zone it is taken for UTC, as feedparser does."""
    written, parsed = str(dict.get(shown, name, "")).strip(), dict.get(shown, f"{name}_parsed")
    if parsed is None or not _has_a_day(written):
        return None
    try:
        at = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return Moment(at=at, day_only=":" not in written)


def _has_a_day(written: str) -> bool:
    """Whether a date that begins with its year goes on to a day there is; feedparser would make one up."""
    if not written[:4].isdigit():
        return True
    found = _ISO_DAY.match(written)
    try:
        return found is not None and bool(date(*map(int, found.groups())))
    except ValueError:
        return False


def _authors(shown: Any, is_atom: bool) -> tuple[str, ...]:
    people = [person.get("name", "") for person in dict.get(shown, "authors", [])]
    # In RSS feedparser tells name and address apart by itself, and knows no top-level domain of more than 4 letters.
    written = dict.get(shown, "author", "")
    return _distinct(people if is_atom or "@" not in written else [parseaddr(written)[0]])


def _categories(shown: Any, is_atom: bool) -> tuple[str, ...]:
    tags = [tag for tag in dict.get(shown, "tags", []) if not str(tag.get("scheme")).startswith(_OTHER_SCHEMES)]
    names = (tag.get("label") or tag.get("term") or "" for tag in tags)
    # WordPress's RSS 1.0 has HTML there, where its RSS 2.0 has text.
    return _distinct(names if is_atom else map(unescape, names))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in map(one_line, names) if name))


# -- the feed -----------------------------------------------------------------------------------------


def _generator(feed: Any) -> str:
    """What wrote the feed, wherever Atom and RSS 2.0 say it, or RSS 1.0."""
    atom, rdf = (dict.get(feed, name, {}) for name in ("generator_detail", "admin_generatoragent"))
    return f"{dict.get(feed, 'generator', '')} {atom.get('href', '')} {rdf.get('rdf:resource', '')}"


def _older(feed: Any, url: str) -> str | None:
    """The archive before this document, else its next page (RFC 5005 sections 3 and 4)."""
    led = {link.get("rel"): link.get("href") for link in dict.get(feed, "links", [])}
    return absolute(led.get("prev-archive") or led.get("next"), url)
