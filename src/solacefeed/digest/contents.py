"""What an edition says to some readers: the parts of which a variant is made, and by which it is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from solacefeed.digest.variants import variant_key
from solacefeed.models.editions import Correction, Pick, Variant
from solacefeed.models.posts import CategoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    picks: tuple[Pick, ...] = ()
    event_ids: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    #: Categories that are new.
    offers: tuple[CategoryId, ...] = ()
    #: Nothing is left of what the reader chose.
    left_without: bool = False
    #: BCP 47, of our words; ``None`` for the site's.
    language: str | None = None
    # Made once, for a million readers may share the contents, and when it is asked for: not all have readers of theirs.
    _key: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def key(self) -> str:
        """Of the variant that says it."""
        if self._key is None:
            key = variant_key(
                self.picks, self.event_ids, self.corrections, self.offers, self.left_without, self.language
            )
            object.__setattr__(self, "_key", key)
            return key
        return self._key

    @classmethod
    def of(cls, variant: Variant) -> Contents:
        """Those of a variant that is kept."""
        return cls(
            picks=variant.picks,
            event_ids=variant.event_ids,
            corrections=variant.corrections,
            offers=variant.offers,
            left_without=variant.selection == _key_of_nothing(variant.language),
            language=variant.language,
        )


# In few languages, for each variant of an edition.
@lru_cache(maxsize=64)
def _key_of_nothing(language: str | None) -> str:
    """Of what is said to whoever has nothing left of what they chose."""
    return Contents(left_without=True, language=language).key
