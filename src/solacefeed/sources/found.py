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
