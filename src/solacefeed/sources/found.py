"""The kinds of source, and which of them was found at a site."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

REST: Final = "rest"
WORDPRESS_COM: Final = "wordpress.com"
FEED: Final = "feed"
PAGES: Final = "pages"
#: Best first.
KINDS: Final = (REST, WORDPRESS_COM, FEED, PAGES)

#: Where WordPress's source remembers what it could not have, and why, as JSON; and what that may be.
LACKING: Final = "lacking"
#: And where it remembers what of that asked for rest, and until when.
RESTING: Final = "resting"
SITE: Final = "site"
CATEGORIES: Final = "categories"
AUTHORS: Final = "authors"
PICTURES: Final = "pictures"
TAGS: Final = "tags"
IN_WORDS: Final = {
    SITE: "its index",
    CATEGORIES: "its list of categories",
    AUTHORS: "its list of authors",
    PICTURES: "its media library",
    TAGS: "its tags",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a site has."""

    kind: str
    #: For the source of that kind: the site's own address, or its feed's.
    address: str
    #: The better kinds, and why each was not taken.
    tried: tuple[tuple[str, str], ...] = ()


def in_use(memory: Mapping[str, str]) -> Found | None:
    """What an ``AutoSource`` took at its last poll, by its *memory*; ``None`` before its first."""
    if "kind" not in memory:
        return None
    tried = tuple((str(kind), str(why)) for kind, why in json.loads(memory["tried"]))
    return Found(kind=memory["kind"], address=memory["address"], tried=tried)


def lacking(memory: Mapping[str, str]) -> Mapping[str, str]:
    """What the source in use could not have when it last polled, and why; posts are read without it."""
    found = in_use(memory)
    told = memory.get(f"{found.kind}:{LACKING}") if found else None
    return {str(what): str(why) for what, why in json.loads(told).items()} if told else {}
