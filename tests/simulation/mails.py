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
    for address, words in _links(_part(message, "html")):
        if address in addresses:
            titles.setdefault(addresses[address], words)
    text = _part(message, "plain")
    return Mail(
        to=message["To"].addresses[0].addr_spec,
        message_id=str(message["Message-ID"]),
        digest=str(message["List-Id"] or "").rpartition("<")[2].partition(".")[0],
        subject=str(message["Subject"]),
        titles=titles,
        in_text=frozenset(addresses[each] for each in _words_of(text) if each in addresses),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage), f"no {kind} part"
    return str(part.get_content())


@lru_cache(maxsize=512)
def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


@lru_cache(maxsize=512)
def _links(html: str) -> tuple[tuple[str, str], ...]:
    """Each link's address and words, in the order in which they stand."""
    reader = _Links()
    reader.feed(html)
    return tuple((address, " ".join("".join(words).split())) for address, words in reader.found)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._inside = True
            self.found.append((dict(attrs).get("href") or "", []))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1][1].append(data)
