"""Atom and RSS, read into pages of entries; pure, and the only home of feedparser.

Law: no document costs more than a few seconds or a small multiple of its size in memory, and half a document is none;
what one post holds costs no other.

feedparser is told nothing but a well-formed document, in UTF-8, from its root element on, and of a few posts at a time
(``feed_pieces``), because of its manners:

- given text or bytes it may open a file or a connection of that name: it gets a stream;
- what is not well-formed it reads again with a parser of its own that also takes half a post for a whole one. So only
  what is surely meant is mended here (bare ampersands, HTML's entities, characters outside XML), and expat has the last
  word;
- lines before the root element can hold it for ever;
- a handler of its own may raise anything, such as ``KeyError`` for a ``gml:pos`` that stands by itself;
- ``updated`` of an entry without one is ``published``, with a warning: fields are read as a plain ``dict``.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from email.utils import parseaddr
from html import escape, unescape
from html.entities import html5
from io import BytesIO
from typing import Any, Final

import feedparser

from solacefeed.addresses import is_web
from solacefeed.sources import feed_dates, feed_mending, feed_pieces, feed_unreadable
from solacefeed.sources.feed_characters import codec_of
from solacefeed.sources.feed_entry import Broken, FeedPage, Moment, ReadEnclosure, ReadEntry, paragraphs, posts
from solacefeed.sources.feed_pieces import BrokenMarkup, Piece, Pieces, Undeclared
from solacefeed.text.characters import one_line, scrub, scrub_html
from solacefeed.text.urls import absolute


def page(body: bytes, *, charset: str | None, url: str) -> FeedPage:
    """Reads the document that *url* answered; *charset* is what its header says. Raises ``Broken``."""
    document, damaged = _document(body, charset)
    document, pieces, broken = _sound(feed_mending.without_broken_bases(feed_mending.without_maps(document)))
    told = _parsed(pieces.frame)
    entries = [*_entries(told, document, pieces), *(_broken(post, why) for post, why in broken)]
    read, unreadable = posts(entries, url, damaged=damaged)
    if pieces.left_out:
        unreadable[f"more in {url}"] = pieces.left_out
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


def _sound(document: bytes) -> tuple[bytes, Pieces, list[tuple[bytes, str]]]:
    """The document and its posts; where it is not well-formed without those that spoil it, which stand beside them."""
    try:
        return *_cut(document), []
    except BrokenMarkup as error:
        ended = feed_unreadable.whole(document)
        if ended is None:
            raise
        try:
            sound, broken = feed_unreadable.parted(ended)
            document, pieces = _cut(sound)
        except Broken:
            raise error from None
        if not pieces.posts:
            raise
        return document, pieces, broken


def _broken(post: bytes, why: str) -> ReadEntry:
    return _beyond(Piece(start=0, end=len(post), beyond=f"broken mark-up ({why})"), post)


def _cut(document: bytes) -> tuple[bytes, Pieces]:
    """The document with its prefixes declared, where they are not, and its posts."""
    try:
        return document, feed_pieces.cut(document)
    except Undeclared:
        document = feed_mending.declaring(document)
        return document, feed_pieces.cut(document)


# -- characters ---------------------------------------------------------------------------------------

#: How much of a document is decoded and mended at once.
_CHUNK: Final = 1 << 20


def _document(body: bytes, charset: str | None) -> tuple[bytes, bool]:
    """The document mended, in UTF-8, from its root element on; and whether U+FFFD stands in it for bytes that are no
    characters (RFC 7303 section 3).
    """
    start, codec = codec_of(body, charset)
    try:
        return _in_utf8(body, start, codec, "strict"), False
    except UnicodeDecodeError:
        return _in_utf8(body, start, codec, "replace"), True


def _in_utf8(body: bytes, start: int, codec: str, errors: str) -> bytes:
    # In chunks: as text one character beyond Latin-1 makes a document of 30 MB one of 120.
    decoder, mender = codecs.getincrementaldecoder(codec)(errors), Mender()
    mended = bytearray()
    for place in range(start, max(len(body), start + 1), _CHUNK):
        last = place + _CHUNK >= len(body)
        mended += mender.feed(decoder.decode(body[place : place + _CHUNK], last), last=last).encode()
    return feed_pieces.without_long_tags(bytes(mended))


# -- mending ------------------------------------------------------------------------------------------

#: What may stand before the root element; an internal subset, where entities are declared, may not.
_PROLOG: Final = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\b[^\[<>]*+>)*+", re.DOTALL | re.IGNORECASE)
_ROOT: Final = re.compile(r"<(?:[\w.-]+:)?(?:feed|rss|rdf)\b", re.IGNORECASE)
_TO_MEND: Final = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    r"|&(?!(?:amp|lt|gt|quot|apos);)(?:\#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));|([A-Za-z][A-Za-z0-9]{1,40});)?",
    re.DOTALL,
)


#: What may be cut in two by the end of a chunk: the longest of what is mended, and a line end.
_LONGEST_TOKEN: Final = 48


class Mender:
    """Mends a document that comes in chunks."""

    def __init__(self) -> None:
        self._held = ""
        self._has_begun = False
        #: What ends the section or comment that the last chunk ended in.
        self._until = ""

    def feed(self, text: str, *, last: bool) -> str:
        """What is mended of the document so far and was not given yet."""
        text = self._held + text
        safe = len(text) if last else self._safe(text)
        text, self._held = scrub(text[:safe]), text[safe:]
        if not self._has_begun:
            text, self._has_begun = _from_its_root(text), True
        return self._rest(text) if self._until else self._mended(text)

    def _safe(self, text: str) -> int:
        """Up to where nothing is cut in two."""
        if self._until:
            return max(len(text) - len(self._until) - 1, 0)
        near = len(text) - _LONGEST_TOKEN
        found = max(text.rfind("&", max(near, 0)), text.rfind("<", max(near, 0)))
        return len(text) - 1 if found < 0 else found

    def _rest(self, text: str) -> str:
        """Of a *text* that begins in a section or comment."""
        end = text.find(self._until)
        inside = text if end < 0 else text[: end + len(self._until)]
        kept = "" if self._until == "-->" else inside
        if end < 0:
            return kept
        self._until = ""
        return kept + self._mended(text[len(inside) :])

    def _mended(self, text: str) -> str:
        last: re.Match[str] | None = None

        def mend(found: re.Match[str]) -> str:
            nonlocal last
            last = found
            return _mend(found)

        mended = _TO_MEND.sub(mend, text)
        if last is not None and last.end() == len(text):
            self._until = _left_open(last[0])
        return mended


def _left_open(token: str) -> str:
    """What would end the section or comment *token*, where it has no end."""
    kinds = (("<![CDATA[", "]]>"), ("<!--", "-->"))
    ends = (end for begin, end in kinds if token.startswith(begin) and not token.endswith(end, len(begin)))
    return next(ends, "")


def _from_its_root(text: str) -> str:
    start = _PROLOG.match(text)
    root = text[start.end() if start else 0 :]
    if root[:9].upper() == "<!DOCTYPE":
        raise Broken("a document type with declarations of its own; no feed needs one")
    if "<?xml" in root and not _ROOT.match(root):
        raise Broken("something stands before the XML, such as a warning of PHP; turn display_errors off there")
    return root


def _mend(found: re.Match[str]) -> str:
    hexadecimal, decimal, name = found.groups()
    if hexadecimal or decimal:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return scrub_html(found[0]) if 0 < code <= 0x10FFFF else ""
    if name:
        return escape(html5[f"{name};"]) if f"{name};" in html5 else f"&amp;{found[0][1:]}"
    return {"&": "&amp;"}.get(found[0]) or ("" if found[0].startswith("<!--") else found[0])


# -- feedparser ---------------------------------------------------------------------------------------


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
_PLAYED: Final = ("audio", "video")
#: Schemes of categories that are none of the blog's.
_OTHER_SCHEMES: Final = ("http://www.itunes.com/", "http://schemas.google.com/g/2005#kind")


def _entries(told: Any, document: bytes, pieces: Pieces) -> Iterator[ReadEntry]:
    is_atom = str(dict.get(told, "version", "")).startswith("atom")
    # An entry without an author has its feed's (RFC 4287 section 4.2.1).
    house = _authors(told["feed"], is_atom) if is_atom else ()
    read = {
        piece: _entry(shown, is_atom, house)
        for some in pieces.together()
        for piece, shown in _shown(document, pieces, some)
    }
    # What stands elsewhere than posts do, feedparser may take for one all the same.
    yield from (_entry(shown, is_atom, house) for shown in told["entries"])
    for piece in pieces.posts:
        yield read.get(piece) or _beyond(piece, document)


def _shown(document: bytes, pieces: Pieces, some: tuple[Piece, ...]) -> Iterator[tuple[Piece, Any]]:
    """*some* posts as feedparser reads them; where it can't read all together, each alone, and those that it can."""
    try:
        shown = _parsed(pieces.document_of(document, some))["entries"]
    except Broken:
        shown = []
    if len(shown) == len(some):
        yield from zip(some, shown, strict=True)
    elif len(some) > 1:
        for piece in some:
            yield from _shown(document, pieces, (piece,))


def _beyond(piece: Piece, document: bytes) -> ReadEntry:
    """A post that is not looked into, by its name alone."""
    return ReadEntry(
        guid=piece.told(document, b"guid|id"),
        link=piece.told(document, b"link"),
        title="",
        content=None,
        summary=None,
        published=None,
        updated=None,
        authors=(),
        categories=(),
        beyond=f"it has {piece.beyond}" if piece.beyond else "feedparser can't read it",
    )


def _entry(shown: Any, is_atom: bool, house: tuple[str, ...]) -> ReadEntry:
    published = _moment(shown, "published") or _moment(shown, "created")
    updated = _moment(shown, "updated")
    return ReadEntry(
        guid=dict.get(shown, "id") or None,
        link=_original(shown) or dict.get(shown, "link") or _link(shown, "alternate"),
        title=_html(dict.get(shown, "title_detail")) or "",
        content=_content(shown),
        content_base=_base(next(iter(dict.get(shown, "content", [])), None)),
        summary=_html(dict.get(shown, "summary_detail")),
        summary_base=_base(dict.get(shown, "summary_detail")),
        published=published or updated,
        # RSS 1.0 has one date, that of the publication.
        updated=updated.at if updated and (published or is_atom) else None,
        authors=_authors(shown, is_atom) if "authors" in shown else house,
        categories=_categories(shown, is_atom),
        comments_link=dict.get(shown, "comments") or _link(shown, "replies"),
        comments=_count(shown),
        enclosures=tuple(_enclosures(shown)),
    )


def _original(shown: Any) -> str | None:
    """A post's own address, where its feed goes through a service that counts readers."""
    said = dict.get(shown, "feedburner_origlink")
    return said if isinstance(said, str) and is_web(said.strip()) else None


def _link(shown: Any, rel: str) -> str | None:
    links = (link for link in dict.get(shown, "links", []) if link.get("rel") == rel)
    pages = (link.get("href") for link in links if link.get("type") in (None, "text/html"))
    return next((str(href) for href in pages if href), None)


def _enclosures(shown: Any) -> Iterator[ReadEnclosure]:
    """What is attached, and what of Media RSS plays; a podcast says how long its first one does."""
    seconds = dict.get(shown, "itunes_duration")
    for link in dict.get(shown, "links", []):
        if link.get("rel") == "enclosure":
            yield ReadEnclosure(url=link.get("href"), type=link.get("type"), length=link.get("length"), seconds=seconds)
            seconds = None
    for media in dict.get(shown, "media_content", []):
        if media.get("medium") in _PLAYED or str(media.get("type")).partition("/")[0] in _PLAYED:
            size, lasts = media.get("filesize"), media.get("duration")
            yield ReadEnclosure(url=media.get("url"), type=media.get("type"), length=size, seconds=lasts)


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


def _base(detail: Any) -> str | None:
    """The ``xml:base`` of a construct of feedparser's, where it has one, its own or from around it."""
    return (dict.get(detail, "base") or None) if isinstance(detail, dict) else None


def _moment(shown: Any, name: str) -> Moment | None:
    return feed_dates.moment(str(dict.get(shown, name, "")).strip(), dict.get(shown, f"{name}_parsed"))


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
