"""From requests to counts, by document and day: the subscribers that aggregators state, and a sketch of single readers.

An address goes into a hash with the day's salt, and the hash into a sketch; neither comes out of it again. All counts
are unions and maxima: what was counted before may be counted again, in any order and in any parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

from solacefeed.readership.distinct import Distinct
from solacefeed.readership.user_agents import LONGEST, AgentKind, user_agent

#: A document was given, or is had already.
GIVEN: Final = frozenset({200, 304})
#: Documents, each of each day by itself, that are counted at once: 16 kB each at most.
MOST_DOCUMENTS: Final = 20_000
#: Numbers under which one aggregator may know one document; of more, one is kept.
MOST_FEEDS = 20

#: Of an aggregator and its number of the feed.
StatedBy = tuple[str, str]


class Fetch(NamedTuple):
    """A document that somebody was given, or told that they have it."""

    day: date
    #: Below the feeds' folder.
    path: str
    #: The client's.
    address: str
    user_agent: str


@dataclass(slots=True, kw_only=True)
class DocumentCounts:
    """Of one document and day."""

    readers: Distinct = field(default_factory=Distinct)
    #: The greatest number that each has stated.
    stated: dict[StatedBy, int] = field(default_factory=dict)


class FetchCounts:
    """Of what was fetched; *salt* has that of each day."""

    def __init__(self, salt: Callable[[date], bytes], *, most: int = MOST_DOCUMENTS) -> None:
        self._salt = salt
        self._most = most
        self.documents: dict[tuple[date, str], DocumentCounts] = {}
        #: Fetches by programs that nobody reads with.
        self.bots = 0
        #: Fetches that are not counted, since there is no room for another document or day.
        self.left_out = 0

    def add(self, fetch: Fetch) -> None:
        agent = user_agent(fetch.user_agent[:LONGEST])
        if agent.kind is AgentKind.BOT:
            self.bots += 1
            return
        key = (fetch.day, fetch.path)
        counts = self.documents.get(key)
        if counts is None:
            if len(self.documents) >= self._most:
                self.left_out += 1
                return
            counts = self.documents[key] = DocumentCounts()
        if agent.kind is AgentKind.AGGREGATOR:
            raise_stated(counts.stated, {(agent.name, agent.feed): agent.subscribers})
            return
        counts.readers.add(_hashed(fetch.address, fetch.user_agent[:LONGEST], self._salt(fetch.day)))


def raise_stated(kept: dict[StatedBy, int], told: Mapping[StatedBy, int]) -> bool:
    """Lets the greater number of each hold; whether that changed anything."""
    changed = False
    for (name, feed), subscribers in sorted(told.items()):
        by = (name, feed)
        if by not in kept and sum(1 for each, _ in kept if each == name) >= MOST_FEEDS:
            by = (name, "")
        if subscribers > kept.get(by, -1):
            kept[by] = subscribers
            changed = True
    return changed


def _hashed(address: str, said: str, salt: bytes) -> int:
    words = f"{household(address)}\n{said}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(words, digest_size=8, key=salt).digest(), "big")


def household(address: str) -> str:
    """What of an address stays the same for a day: of IPv6 the first half, for the other changes (RFC 8981)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped) if found.ipv4_mapped else found.packed[:8].hex()
