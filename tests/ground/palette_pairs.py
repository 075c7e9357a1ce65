"""Which colours of a scheme stand on which, as templates use them (docs/templates.md)."""

from __future__ import annotations

#: Text and what it lies on, by the names of ``solacefeed.palette.Shades``.
PAIRS = (
    *((text, background) for text in ("ink", "soft", "accent") for background in ("paper", "sheet", "tint")),
    *(("label", background) for background in ("paper", "sheet")),
    ("on_fill", "fill"),
    *((text, "band") for text in ("on_band", "on_band_soft", "near")),
    ("on_band", "band_tint"),
    # The button on a band is the band turned inside out.
    ("band", "on_band"),
)
