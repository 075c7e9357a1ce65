"""What a request's headers ask of a document (RFC 9110): in which form, and whether it has it already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

#: What stands for the document as it is.
IDENTITY = "identity"

#: No client's list is longer; what is, says nothing.
_LONGEST = 500


@lru_cache(maxsize=256)
def encoding(accepted: str | None, offered: Sequence[str]) -> str:
    """Which of *offered*, the best first, ``Accept-Encoding`` likes best (section 12.5.3); ``identity`` for none.

    ``identity`` is also what who forbids everything gets: a document that they can read, rather than none.
    """
    if accepted is None or len(accepted) > _LONGEST:
        return IDENTITY
    weights = dict(_weighed(accepted))
    rest = weights.get("*", 0.0)
    liked = {each: weights.get(each, rest) for each in offered}
    best = max(offered, key=lambda each: liked[each], default=IDENTITY)
    # Unless it is weighed, who takes a packed form likes the document as it is no better.
    unpacked = weights.get(IDENTITY, 0.0)
    return best if liked.get(best, 0.0) > 0 and liked[best] >= unpacked else IDENTITY


def _weighed(accepted: str) -> Iterator[tuple[str, float]]:
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        # RFC 9110 section 8.4.1.3: the old name of the same.
        yield name.removeprefix("x-"), _number(weight)


def _number(written: str) -> float:
    """A weight; nothing where it is none (``nan`` and ``inf`` among them)."""
    try:
        weight = float(written)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def has_it(etag: str, changed_at: datetime, *, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether the client has the document of this *etag*, last changed at *changed_at* (section 13.2.2)."""
    if if_none_match is not None:
        return names(if_none_match, etag)
    if if_modified_since is None:
        return False
    if if_modified_since == http_date(changed_at):
        return True
    since = _instant(if_modified_since)
    return since is not None and changed_at.replace(microsecond=0) <= since


def names(if_none_match: str, etag: str) -> bool:
    """Whether a list of entity tags names this one, strong or weak (section 8.8.3.2); ``*`` names all."""
    if if_none_match.strip() == "*":
        return True
    return any(each.strip().removeprefix("W/") == etag for each in if_none_match.split(","))


@lru_cache(maxsize=256)
def http_date(at: datetime) -> str:
    """*at* as headers have it (section 5.6.7)."""
    return format_datetime(at.replace(microsecond=0), usegmt=True)


def _instant(written: str) -> datetime | None:
    if len(written) > _LONGEST:
        return None
    try:
        found = parsedate_to_datetime(written)
    except (ValueError, OverflowError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
