"""What a variant is known by: what it says, so that all to whom it says the same share it."""

from __future__ import annotations

from collections.abc import Sequence

from solacefeed.models.editions import Correction, Pick
from solacefeed.models.posts import CategoryId
from solacefeed.stable import stable_hash

#: Hexadecimal digits: two of a billion variants of one edition would share a key once in 36 editions.
KEY_LENGTH = 16


def variant_key(
    picks: Sequence[Pick],
    event_ids: Sequence[str],
    corrections: Sequence[Correction],
    offers: Sequence[CategoryId],
    left_without: bool,
    language: str | None,
) -> str:
    """The key of the variant that says this; what releases before froze has the name of its selection for one.

    The order of posts and events is part of what is said. *left_without* is said to a reader of whose choice nothing is
    left; *language* is that of our words.
    """
    said = {
        "picks": picks,
        "events": event_ids,
        "corrections": [correction.key for correction in corrections],
        "offers": offers,
        "left without": left_without,
        "language": language,
    }
    return stable_hash(said)[:KEY_LENGTH]
