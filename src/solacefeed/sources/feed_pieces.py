"""A feed's document cut into its posts before anything of it is read, each within bounds of its own; pure.

Laws:

- A post that is beyond a bound costs itself alone, and is told with the bound; what stands around the posts is the
  whole feed's.
- Of a document of more posts than a poll takes, the first are taken, which are the newest, and it is told that there
  are more. Nothing behind them is looked at, but where it ends.
- One pass of expat over the document, and no copy of it: linear in its length.

feedparser takes quadratic time on an author's name, on the attributes of a tag, the categories of a post, nested
``xml:base`` and many namespaces: hence the bounds, and hence it is given a few posts at a time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from solacefeed.sources.feed_entry import Broken

_ROOTS: Final = frozenset({"feed", "rss", "rdf"})
#: What may hold posts.
_HOLDERS: Final = _ROOTS | {"channel"}
_POSTS: Final = frozenset({"entry", "item"})
#: What feedparser looks for addresses in, or takes apart at commas.
_NAMING: Final = frozenset(
    {"author", "creator", "publisher", "managingeditor", "webmaster", "contributor", "owner", "keywords", "tags"}
)
_FILING: Final = frozenset({"category", "subject", "keywords", "tags"})
_UNBOUND_PREFIX: Final = expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]
_XML_BASE: Final = "http://www.w3.org/XML/1998/namespace base"
#: A start tag; a ``>`` may stand in the value of an attribute.
_START_TAG: Final = re.compile(rb"""<(?:[^<>"']++|"[^"]*"|'[^']*')*+>""")

_BLANK: Final = re.compile(rb"\s*+")
#: A section of text, or a tag that no parser should be given: expat and feedparser take a gigabyte for ten megabytes.
_LONG_TAG: Final = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<([A-Za-z_][^\s/<>]*+)[^<>]{1000000,}+>", re.DOTALL)

#: Of one post, and of all that stands around posts.
_MOST: Final = {
    "bytes": 4_000_000,
    # Each makes feedparser take a text piece by piece.
    "lines and references": 300_000,
    "elements": 20_000,
    "levels": 200,
    "namespaces": 100,
    "attributes": 50_000,
    "attributes of one element": 100,
    "characters in a name": 500,
    "characters in names": 20_000,
    "characters in xml:base": 4_000,
    "categories": 100,
}
#: Of one document.
MOST_POSTS: Final = 5_000
MOST_BYTES: Final = 16_000_000
_MOST_ELEMENTS: Final = 1_000_000

#: So much of a post that is beyond a bound is looked at, to call it by its name.
_HEAD: Final = 20_000
#: What feedparser is given at once.
_TOGETHER: Final = 50
_BYTES_TOGETHER: Final = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A post's place in the document."""

    start: int
    end: int
    #: The bound that it is beyond.
    beyond: str | None = None

    def of(self, document: bytes) -> bytes:
        return document[self.start : self.end]

    def told(self, document: bytes, names: bytes) -> str | None:
        """The text of its first element that is called one of *names*, looked for near its beginning."""
        head = document[self.start : min(self.end, self.start + _HEAD)]
        found = re.search(rb"<(?:" + names + rb")(?:\s[^<>]{0,500})?>\s*+(?:<!\[CDATA\[)?\s*+([^<>\s\]]{1,2000})", head)
        return found[1].decode("utf-8", "replace") if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A document by its posts."""

    #: The document without any post.
    frame: bytes
    #: The start tags around the posts, and their end tags.
    begins: bytes
    ends: bytes
    posts: tuple[Piece, ...]
    #: What was not taken, in words; empty where all was.
    left_out: str = ""

    def together(self) -> Iterator[tuple[Piece, ...]]:
        """The posts within their bounds, some at a time."""
        some: list[Piece] = []
        for piece in self.posts:
            if piece.beyond is None:
                some.append(piece)
            if len(some) == _TOGETHER or sum(each.end - each.start for each in some) > _BYTES_TOGETHER:
                yield tuple(some)
                some = []
        if some:
            yield tuple(some)

    def document_of(self, document: bytes, some: tuple[Piece, ...]) -> bytes:
        """A document of *some* posts, as they stand in the whole one."""
        return b"".join((self.begins, *(piece.of(document) for piece in some), self.ends))


def cut(document: bytes) -> Pieces:
    """Cuts *document*, well-formed and in UTF-8; raises ``Broken`` where it is no feed, or beyond a bound."""
    found = _Pass(document)
    found.read()
    return found.pieces()


def without_long_tags(document: bytes) -> bytes:
    """*document* whose tags of extreme length have lost their attributes."""
    if not any(found[1] for found in _LONG_TAG.finditer(document)):
        return document
    return _LONG_TAG.sub(_shortened, document)


def _shortened(found: re.Match[bytes]) -> bytes:
    if not found[1]:
        return found[0]
    return b"<" + found[1] + (b"/>" if found[0].endswith(b"/>") else b">")


class BrokenMarkup(Broken):
    """It is no XML, or not all of one."""


class Undeclared(BrokenMarkup):
    """It has a prefix that nobody declared."""


class _Enough(Exception):
    """No more posts are taken."""


@dataclass(slots=True, kw_only=True)
class _Counted:
    """What was counted of one post, or around posts; *start* is the post's place."""

    start: int = 0
    level: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    beyond: str | None = None

    def count(self, what: str, more: int) -> None:
        self.counts[what] += more
        self.bound(what, self.counts[what])

    def bound(self, what: str, number: int) -> None:
        if number > _MOST[what]:
            self.beyond = self.beyond or f"more than {_MOST[what]} {what}"


@dataclass(slots=True, kw_only=True)
class _Element:
    """An open element; its text and its xml:base in characters."""

    is_name: bool
    base: int
    text: int = 0


_UNREAD: Final = _Element(is_name=False, base=0)


class _Pass:
    """Reads a document once with expat."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartNamespaceDeclHandler = self._namespace
        self._around = _Counted()
        self._now = self._around
        self._open: list[_Element] = []
        #: The names of the open elements that may hold posts, and where they begin.
        self._holders: list[tuple[str, int]] = []
        self._around_posts: tuple[tuple[str, int], ...] = ()
        self._elements = 0
        self._declared = 0
        self._taken = 0
        self._posts: list[Piece] = []
        self._left_out = ""

    def read(self) -> None:
        try:
            self._parser.Parse(self._document, True)
        except _Enough:
            return
        except expat.ExpatError as error:
            kind = Undeclared if error.code == _UNBOUND_PREFIX else BrokenMarkup
            raise kind(f"not well-formed ({error}); was it cut off on its way?") from error

    def pieces(self) -> Pieces:
        holders = self._around_posts
        frame = self._frame()
        return Pieces(
            frame=frame,
            begins=b"".join(self._start_tag(start) for _, start in holders),
            ends=self._end_tags(),
            posts=tuple(self._posts),
            left_out=self._left_out,
        )

    def _end_tags(self) -> bytes:
        return b"".join(_end_tag(self._start_tag(start)) for _, start in reversed(self._around_posts))

    def _frame(self) -> bytes:
        """What stands around the posts; of a document that was not read to its end, up to the last post that was."""
        ends = [piece.start for piece in self._posts] + ([] if self._left_out else [len(self._document)])
        spans = zip([0, *(piece.end for piece in self._posts)], ends, strict=False)
        inked = ((_BLANK.match(self._document, start, end), end) for start, end in spans)
        full = [(blank.end(), end) for blank, end in inked if blank is not None and blank.end() < end]
        self._around.bound("bytes", sum(end - start for start, end in full))
        self._refuse_what_is_beyond()
        stretches = [self._document[start:end] for start, end in full]
        frame = b"\n".join([*stretches, self._end_tags() if self._left_out else b""])
        self._around.bound("lines and references", frame.count(b"\n") + frame.count(b"&"))
        self._refuse_what_is_beyond()
        return frame

    def _refuse_what_is_beyond(self) -> None:
        if self._around.beyond:
            raise Broken(f"{self._around.beyond} around its posts; no feed of a blog needs so many")

    # -- what expat tells -----------------------------------------------------------------------------

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(" ")[2].lower()
        if not self._open and local not in _ROOTS:
            raise Broken(f"a document of <{local[:40]}>, which is no feed")
        self._elements += 1
        if local in _POSTS and self._now is self._around and len(self._open) == len(self._holders):
            self._begin_post()
        elif local in _HOLDERS and len(self._open) == len(self._holders):
            self._holders.append((local, self._parser.CurrentByteIndex))
        if self._elements > _MOST_ELEMENTS:
            self._leave("elements", _MOST_ELEMENTS)
        if self._now.beyond:
            # It is not read any more: only its end is looked for.
            self._open.append(_UNREAD)
            self._declared = 0
            return
        base = len(attributes.get(_XML_BASE) or attributes.get("base") or "")
        element = _Element(is_name=local in _NAMING, base=base)
        self._open.append(element)
        if element.is_name:
            self._parser.CharacterDataHandler = self._text
        self._count(local, attributes, base)

    def _count(self, local: str, attributes: Mapping[str, str], base: int) -> None:
        now = self._now
        declared, self._declared = self._declared, 0
        now.count("namespaces", declared)
        now.count("elements", 1)
        now.count("categories", local in _FILING)
        now.count("attributes", len(attributes))
        now.count("characters in xml:base", base)
        now.bound("levels", len(self._open))
        now.bound("attributes of one element", len(attributes))
        self._refuse_what_is_beyond()

    def _end(self, _: str) -> None:
        element = self._open.pop()
        if element.is_name:
            self._parser.CharacterDataHandler = None
        self._now.counts["characters in xml:base"] -= element.base
        if self._now is not self._around and len(self._open) == self._now.level:
            self._end_post()
        elif len(self._holders) > len(self._open):
            self._holders.pop()

    def _text(self, data: str) -> None:
        element = self._open[-1]
        if not element.is_name:
            return
        element.text += len(data)
        self._now.bound("characters in a name", element.text)
        self._now.count("characters in names", len(data))

    def _namespace(self, _prefix: str | None, _uri: str | None) -> None:
        # It is told before the element that declares it.
        self._declared += 1

    # -- posts ----------------------------------------------------------------------------------------

    def _begin_post(self) -> None:
        if len(self._posts) == MOST_POSTS:
            self._leave("posts", MOST_POSTS)
        if self._taken > MOST_BYTES:
            self._leave("bytes of posts", MOST_BYTES)
        self._around_posts = tuple(self._holders)
        self._now = _Counted(start=self._parser.CurrentByteIndex, level=len(self._open))

    def _end_post(self) -> None:
        post, self._now = self._now, self._around
        start, end = post.start, self._end_of(post.start)
        post.bound("bytes", end - start)
        if post.beyond is None:
            lines = self._document.count(b"\n", start, end) + self._document.count(b"&", start, end)
            post.bound("lines and references", lines)
            self._taken += end - start
        self._posts.append(Piece(start=start, end=end, beyond=post.beyond))

    def _end_of(self, start: int) -> int:
        """Where the post ends that begins at *start* and ends now; expat tells where its end tag begins."""
        place = self._parser.CurrentByteIndex
        tag = _START_TAG.match(self._document, start)
        if tag is not None and tag[0].endswith(b"/>"):
            return tag.end()
        return self._document.index(b">", place) + 1

    def _leave(self, what: str, most: int) -> None:
        self._left_out = f"the document has more than {most} {what}; what stands behind them was not read"
        if not self._posts:
            raise Broken(self._left_out)
        raise _Enough

    def _start_tag(self, start: int) -> bytes:
        tag = _START_TAG.match(self._document, start)
        assert tag is not None
        return tag[0]


def _end_tag(start_tag: bytes) -> bytes:
    name = re.match(rb"<([^\s/>]+)", start_tag)
    assert name is not None
    return b"</" + name[1] + b">"
