"""Where to book an event: which of the links in its paragraph is its own.

Law: where it is not clear which link is for it, there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from solacefeed.addresses import is_web
from solacefeed.events.pairing import Pair
from solacefeed.models.posts import Blurb

_ADDRESS = re.compile(r"https?://[^\s<>\"“”]{1,500}[^\s<>\"“”.,;:!?)’']")
_BOOKING = re.compile(r"book|regist|ticket|reserv", re.IGNORECASE)


def links(blurb: Blurb) -> tuple[str, ...]:
    """The web addresses behind the words of *blurb*, and those that are written out."""
    written = (match[0] for match in _ADDRESS.finditer(blurb.text))
    linked = (link for link in blurb.links if is_web(link))
    return tuple(dict.fromkeys((*linked, *written)))


def url(links: Sequence[str], pairs: Sequence[Pair], at: int, missing: dict[str, str]) -> str | None:
    """The one link, or the one of several that speaks of booking; as many links as events are theirs in order."""
    names = list(dict.fromkeys(pair.name.name if pair.name else None for pair in pairs))
    name = pairs[at].name
    for choice in (links, tuple(link for link in links if _BOOKING.search(link))):
        if len(choice) == len(names):
            return choice[names.index(name.name if name else None)]
    missing["url"] = f"{len(links)} links for {len(names)} events" if links else "there is no link"
    return None
