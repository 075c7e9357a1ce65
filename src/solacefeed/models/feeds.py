"""Feeds by kind, and their keys: ``all``, ``category/3``, ``author/david-martin``, ``digest/weekly``, ``events``."""

from __future__ import annotations

from enum import StrEnum


class FeedKind(StrEnum):
    """What a feed is about; its value is the first word of the feed's key, and of where it stands."""

    ALL = "all"
    CATEGORY = "category"
    COMBINED = "combined"
    AUTHOR = "author"
    #: The editions of a digest.
    DIGEST = "digest"
    EVENTS = "events"
    #: What one reader chose; it stands at an address of their own.
    OWN = "my"

    @classmethod
    def of(cls, key: str) -> FeedKind:
        """That of the feed with this key."""
        return cls(key.partition("/")[0])

    def key(self, subject: str = "") -> str:
        """The name for good of this kind's feed about *subject*; of the one feed of its kind without."""
        return f"{self}/{subject}" if subject else str(self)


def subject_of(key: str) -> str:
    """What of its kind the feed with this key is about: the ``3`` of ``category/3``."""
    return key.partition("/")[2]
