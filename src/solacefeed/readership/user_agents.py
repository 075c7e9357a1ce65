"""Who fetches, by what they say of themselves: an aggregator for its subscribers, one reader, or a program for nobody.

The one home of crawleruseragents, which knows crawlers and other programs by their names. It counts programs that read
feeds among them, so those are told first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

#: Characters of a User-Agent that are looked at.
LONGEST = 300
#: More subscribers than that nobody has: such a word is not believed.
MOST_STATED = 10_000_000
#: Whoever states subscribers, and is none of those whose names we know.
OTHER = "other"


class AgentKind(StrEnum):
    AGGREGATOR = "aggregator"
    READER = "reader"
    BOT = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAgent:
    """What a User-Agent says: nothing of its own words is kept but the name of a known aggregator."""

    kind: AgentKind
    #: Of an aggregator: one of ``AGGREGATORS``, or ``OTHER``.
    name: str = ""
    #: Of an aggregator: a short hash of the number by which it knows the feed; empty where it says none.
    feed: str = ""
    #: Whom it fetches for, by its own word; 0 where it does not say.
    subscribers: int = 0


#: Services that fetch once for many, by what stands in their User-Agents.
AGGREGATORS: dict[str, str] = {
    "BazQux": "bazqux",
    "Blogtrottr": "blogtrottr",
    "Bloglovin": "bloglovin",
    "Feed Wrangler": "feed wrangler",
    "FeedHQ": "feedhq",
    "Feedbin": "feedbin",
    "Feedly": "feedly",
    "FeedPress": "feedpress",
    "Feedspot": "feedspot",
    "Flipboard": "flipboardrss",
    "Inoreader": "inoreader",
    "Kill the Newsletter": "kill-the-newsletter",
    "Netvibes": "netvibes",
    "NewsBlur": "newsblur",
    "Newsify": "newsify",
    "Readwise": "readwise",
    "Superfeedr": "superfeedr",
    "The Old Reader": "theoldreader",
    "Yahoo": "yahoofeedseeker",
}

#: Programs that one person reads with, or a house for its own: each installation is one reader.
_READERS = re.compile(
    r"akregator|commafeed|elfeed|feeddemon|feeder|fiery ?feeds|fluent ?reader|freshrss|liferea|lire/|miniflux"
    r"|netnewswire|newsboat|newsbeuter|newsexplorer|newsflash|nextcloud-news|owncloud news|quiterss|raven reader"
    r"|readkit|reeder|rss ?guard|rss2email|rssowl|selfoss|stringer|thunderbird|tiny tiny rss|unread|vienna|yarr",
    re.IGNORECASE,
)

#: "16 subscribers", "1 readers"; "users 5". Some logs have signs for the spaces.
_STATED = re.compile(r"\b(\d{1,12})[ +_](?:subscribers?|readers?)\b", re.IGNORECASE)
_STATED_BEHIND = re.compile(r"\b(?:subscribers|users)[ +_:=](\d{1,12})\b", re.IGNORECASE)
#: "feed-id:1234", "feed-id=5ad", "feedId: 23"; NewsBlur's stands in an address, ``/site/1234/name``.
_FEED = re.compile(r"feed-?id[:= +_]{1,3}([0-9a-z]{1,64})|newsblur\.com/site/(\d{1,20})", re.IGNORECASE)


@lru_cache(maxsize=4096)
def user_agent(said: str) -> UserAgent:
    """What *said* tells; an empty one is a program that nobody reads with."""
    said = said[:LONGEST]
    folded = said.casefold()
    name = next((name for name, mark in AGGREGATORS.items() if mark in folded), None)
    stated = _STATED.search(said) or _STATED_BEHIND.search(said)
    if name is not None or stated is not None:
        return UserAgent(kind=AgentKind.AGGREGATOR, name=name or OTHER, feed=_feed(said), subscribers=_believed(stated))
    if _READERS.search(said):
        return UserAgent(kind=AgentKind.READER)
    return UserAgent(kind=AgentKind.BOT if _is_bot(said) else AgentKind.READER)


def _believed(stated: re.Match[str] | None) -> int:
    number = int(stated[1]) if stated else 0
    return number if number <= MOST_STATED else 0


def _feed(said: str) -> str:
    found = _FEED.search(said)
    return sha256((found[1] or found[2]).encode()).hexdigest()[:12] if found else ""


def _is_bot(said: str) -> bool:
    # Its patterns are large: who counts nothing does not load them.
    from crawleruseragents import is_crawler

    return not said.strip(" -") or bool(is_crawler(said))
