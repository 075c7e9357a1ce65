"""What documents were made with besides posts, categories and events, and why they are made anew when it changes.

The config's share is a hash of what documents show of it; each format's says in words what writes it. Both hold in
every process, so that a look that finds nothing changed does nothing, whoever looks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

from solacefeed.words import listing

#: Why everything is made anew, behind "since".
FIRST_TIME = "nothing was published before"
EARLIER_RELEASE = "an earlier release had made it"
CONFIG = "the config has changed"
#: What the config does not say of the site, the blog does.
SITE = "the site's title, address or time zone has changed, by the config or by what the blog says of itself"
FIRST_EVENT = "a first event has come"
#: What a release before has written does not tell which.
CONFIG_OR_ELSE = "the config, or what the blog says of itself, has changed, or a first event has come"
_BESIDE = {"site": SITE, "events": FIRST_EVENT}
SPOILED = "files were missing, or not as they were written"
OVERTAKEN = "two publishes were under way at the same time"
ASKED = "you asked for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWith:
    """What all documents have in common, and what wrote them."""

    config: str
    #: By format.
    formats: Mapping[str, str]
    #: The hashes of what ``config`` is made of that may change with no config; by name.
    beside: Mapping[str, str] = field(default_factory=dict)
    #: The hash of all else.
    rest: str = ""

    def written(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def of(cls, written: str) -> Self | None:
        """``None`` for what an earlier release wrote: nobody can tell by now what its documents were made with."""
        try:
            return cls(**json.loads(written))
        except (ValueError, TypeError):
            return None


def why_anew(before: str | None, now: MadeWith) -> str | None:
    """Why documents that were made with *before* must be made anew; ``None`` while they need not."""
    if before is None:
        return FIRST_TIME
    known = MadeWith.of(before)
    if known is None:
        return EARLIER_RELEASE
    others = [name for name, words in now.formats.items() if known.formats.get(name) != words]
    reasons = _what_of_config(known, now) if known.config != now.config else []
    if others:
        reasons.append(f"another release, library or template writes {listing(sorted(others))}")
    return "; ".join(reasons) or None


def _what_of_config(known: MadeWith, now: MadeWith) -> list[str]:
    if not known.rest:
        return [CONFIG_OR_ELSE]
    found = [words for name, words in _BESIDE.items() if known.beside.get(name) != now.beside.get(name)]
    return [CONFIG, *found] if known.rest != now.rest or not found else found
