"""Reads a message as its reader does: whom it is for, which newsletter it is, which posts it leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from html.parser import HTMLParser

#: ``<weekly-daily-2026-11-24.0f9a3c5e7b21d846@example.org>``: edition, and what stands for the subscriber.
_MESSAGE_ID = re.compile(r"<(?P<edition>.+)\.(?P<code>[a-z0-9]+)@[^@>]+>")

#: What is said of a post that was mailed before.
_RENAMED = re.compile("\u201c(?P<old>.+)\u201d, which we mailed to you, is called (?P<new>.+) now\\.")
_RENAMED_IN_TEXT = re.compile("\u201c.+\u201d, which we mailed to you, is called ")
_WITHDRAWN = "A post that we mailed to you was withdrawn."
_ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A paragraph, and where its links lead to."""

    words: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a reader sees of one message."""

    to: str
    message_id: str
    #: By List-Id.
    digest: str
    subject: str
    #: The title under which each post stands there, by its number, in the order in which they stand.
    titles: Mapping[int, str]
    #: The posts that the part without mark-up leads to.
    in_text: frozenset[int]
    #: Of posts that were mailed before: the title that each had, its number, and the title that it has now.
    renamed: tuple[tuple[str, int, str], ...] = ()
    #: Of how many others it says that they were withdrawn.
    withdrawn: int = 0

    @property
    def reader(self) -> str:
        return self.to.partition("@")[0]

    @property
    def posts(self) -> frozenset[int]:
        return frozenset(self.titles)

    @property
    def edition(self) -> str:
        """As its Message-ID has it, with a hyphen where an edition's id has a stroke."""
        found = _MESSAGE_ID.fullmatch(self.message_id)
        assert found is not None, self.message_id
        return found["edition"]


def read(content: bytes, addresses: Mapping[str, int]) -> Mail:
    """*addresses* has the number of the post at each address of the blog."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    titles: dict[int, str] = {}
    links, lines = _read_html(_part(message, "html"))
    for address, words in links:
        if address in addresses:
            titles.setdefault(addresses[address], words)
    renamed = [(found, addresses[line.links[0]]) for line in lines if (found := _RENAMED.fullmatch(line.words))]
    text = _part(message, "plain")
    return Mail(
        to=message["To"].addresses[0].addr_spec,
        message_id=str(message["Message-ID"]),
        digest=str(message["List-Id"] or "").rpartition("<")[2].partition(".")[0],
        subject=str(message["Subject"]),
        titles=titles,
        in_text=frozenset(addresses[each] for each in _words_of(text) if each in addresses),
        renamed=tuple((found["old"], number, found["new"]) for found, number in renamed),
        withdrawn=sum(line.words == _WITHDRAWN for line in lines),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage), f"no {kind} part"
    return str(part.get_content())


@lru_cache(maxsize=512)
def _words_of(text: str) -> frozenset[str]:
    """But those of lines about posts that were mailed before, and the addresses below them."""
    paragraphs = (" ".join(each.split()) for each in text.replace("\r\n", "\n").split("\n\n"))
    return frozenset(word for each in paragraphs if not _RENAMED_IN_TEXT.match(each) for word in each.split())


@lru_cache(maxsize=512)
def _read_html(html: str) -> tuple[tuple[tuple[str, str], ...], tuple[_Line, ...]]:
    """Each link's address and words, in the order in which they stand; and lines about posts mailed before."""
    reader = _Reader()
    reader.feed(html)
    lines = [_Line(words=_plain(words), links=tuple(links)) for words, links in reader.paragraphs]
    about = tuple(each for each in lines if each.words == _WITHDRAWN or _RENAMED.fullmatch(each.words))
    # No post is brought by such a line: what its links lead to may stand elsewhere too.
    skipped = [link for each in about for link in each.links]
    links = []
    for address, words in reversed(reader.found):
        if address in skipped:
            skipped.remove(address)
        else:
            links.append((address, _plain(words)))
    return tuple(reversed(links)), about


def _plain(words: list[str]) -> str:
    """Without what sets text apart by its direction."""
    return " ".join("".join(words).translate(_ISOLATES).split())


class _Reader(HTMLParser):
    """Finds links, and what paragraphs say."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.paragraphs: list[tuple[list[str], list[str]]] = []
        self._inside = self._in_paragraph = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p":
            self._in_paragraph = True
            self.paragraphs.append(([], []))
        if tag == "a":
            self._inside = True
            self.found.append((dict(attrs).get("href") or "", []))
            if self._in_paragraph:
                self.paragraphs[-1][1].append(self.found[-1][0])

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._inside = False
        if tag == "p":
            self._in_paragraph = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1][1].append(data)
        if self._in_paragraph:
            self.paragraphs[-1][0].append(data)
