"""What an edition says to some readers: the parts of which a variant is made, and by which it is known."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    #: Of the variant that says it. Said once, for a million readers may share the contents.
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        key = variant_key(self.picks, self.event_ids, self.corrections, self.offers, self.left_without, self.language)
        object.__setattr__(self, "key", key)

    @classmethod
    def of(cls, variant: Variant) -> Contents:
        """Those of a variant that is kept."""
        nothing = cls(left_without=True, language=variant.language)
        return cls(
            picks=variant.picks,
            event_ids=variant.event_ids,
            corrections=variant.corrections,
            offers=variant.offers,
            left_without=variant.selection == nothing.key,
            language=variant.language,
        )
