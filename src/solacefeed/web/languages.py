"""In which languages our words can be had, as a form offers them."""

from __future__ import annotations

from collections.abc import Sequence

from solacefeed.web.views import FormOption
from solacefeed.words import language_name


def language_options(languages: Sequence[str], chosen: str) -> tuple[FormOption, ...]:
    """None where there is but one."""
    if len(languages) < 2:
        return ()
    return tuple(FormOption(value=each, text=language_name(each), chosen=each == chosen) for each in languages)
