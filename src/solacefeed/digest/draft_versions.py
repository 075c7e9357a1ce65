"""Which version of a draft an editor has seen, and what of it is otherwise by now: what is approved is what goes."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from solacefeed.stable import stable_hash

if TYPE_CHECKING:
    from solacefeed.digest.drafts import DraftedEdition

#: Digits of a hash by which two states of one thing are told apart.
_SHORT = 10


class DraftChange(StrEnum):
    """What can be otherwise of a draft."""

    CAME = "came"
    WENT = "went"
    READS_OTHERWISE = "reads otherwise"
    ORDER = "order"
    SUBJECT = "subject"
    OPENING = "opening"
    NOTICES = "notices"
    EVENTS = "events"
    TOLD = "told"
    #: Something in its wording that is none of these.
    WORDING = "wording"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A draft's version, small enough to stand in a form."""

    #: Of all that a reader of everything is told, and of what is told of posts that they got before.
    whole: str
    #: How each post reads, by its id, in their order.
    posts: Mapping[str, str] = field(default_factory=dict)
    #: The same of what is said once: its subject, its opening line, its notices, its events.
    parts: Mapping[DraftChange, str] = field(default_factory=dict)


def version_of(draft: DraftedEdition) -> Version:
    said = (draft.rendered.subject, draft.rendered.text, draft.rendered.html)
    return Version(
        whole=stable_hash((said, [post.id for post in draft.posts], draft.told))[:32],
        posts={post.id: draft.stamps.get(post.id, "") for post in draft.posts},
        parts={
            DraftChange.SUBJECT: _hash(draft.rendered.subject),
            DraftChange.OPENING: _hash(draft.editing.opening),
            DraftChange.NOTICES: _hash(draft.editing.notices),
            DraftChange.EVENTS: _hash(draft.events),
            DraftChange.TOLD: _hash(draft.told),
        },
    )


def stamp(value: object) -> str:
    """Another one when *value*, what a post says, is another."""
    return _hash(value)


def _hash(value: object) -> str:
    return stable_hash(value)[:_SHORT]


def differences(seen: Version, now: Version) -> Iterator[tuple[DraftChange, str | None]]:
    """What of a draft is otherwise *now* than it was *seen*, with the id of the post that it is about."""
    if seen == now:
        return
    found = [*_of_posts(seen.posts, now.posts), *_of_parts(seen.parts, now.parts)]
    yield from found or [(DraftChange.WORDING, None)]


def _of_posts(seen: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[DraftChange, str | None]]:
    yield from _each(DraftChange.CAME, (post_id for post_id in now if post_id not in seen))
    yield from _each(DraftChange.WENT, (post_id for post_id in seen if post_id not in now))
    both = [post_id for post_id in now if post_id in seen]
    yield from _each(DraftChange.READS_OTHERWISE, (post_id for post_id in both if now[post_id] != seen[post_id]))
    if both != [post_id for post_id in seen if post_id in now]:
        yield DraftChange.ORDER, None


def _each(what: DraftChange, post_ids: Iterable[str]) -> Iterator[tuple[DraftChange, str | None]]:
    return ((what, post_id) for post_id in post_ids)


def _of_parts(
    seen: Mapping[DraftChange, str], now: Mapping[DraftChange, str]
) -> Iterator[tuple[DraftChange, str | None]]:
    return ((what, None) for what in now if seen.get(what) != now[what])


def written(version: Version) -> str:
    """*version* as a form's field carries it."""
    told = {"whole": version.whole, "posts": list(version.posts.items()), "parts": dict(version.parts)}
    return urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode("ascii")


def read(field_value: str) -> Version | None:
    """What ``written`` made; ``None`` for anything else."""
    try:
        told: Any = json.loads(urlsafe_b64decode(field_value))
        return Version(
            whole=str(told["whole"]),
            posts={str(post_id): str(mark) for post_id, mark in told["posts"]},
            parts={DraftChange(name): str(mark) for name, mark in told["parts"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
