"""Whatever colour an organisation has, what is written in it or on it can be read, in light and in dark."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from solacefeed.colours import READABLE, contrast, distance, is_written, lightness, lit, whole
from solacefeed.palette import ACCENT, HOUSE, Palette, Shades, is_seen, nearest_seen, palette
from tests.ground.palette_pairs import PAIRS

ACCENTS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def too_faint(shades: Shades) -> list[tuple[str, str]]:
    return [
        (text, background)
        for text, background in PAIRS
        if contrast(getattr(shades, text), getattr(shades, background)) < READABLE
    ]


@given(ACCENTS)
@example("#ffd500")
@example("#d9d9d9")
@example("#000000")
@example("#ffffff")
@example("#a4f22c")
def test_every_word_can_be_read_on_what_it_stands_whatever_the_accent(accent: str) -> None:
    made = palette(accent)
    assert too_faint(made.light) == too_faint(made.dark) == []
    assert all(map(is_written, colours(made)))


def test_the_colours_that_were_chosen_by_eye_can_be_read_too() -> None:
    assert too_faint(HOUSE.light) == too_faint(HOUSE.dark) == []
    assert palette(ACCENT) == palette(ACCENT.upper()) == HOUSE


def test_every_text_of_a_scheme_is_held_to_what_it_stands_on() -> None:
    texts = {text for text, _ in PAIRS}
    assert texts == {"ink", "soft", "accent", "label", "on_fill", "on_band", "on_band_soft", "near", "band"}


@given(ACCENTS)
@example("#000000")
@example("#1b1f1d")
def test_a_band_is_seen_in_the_dark_whatever_the_accent(accent: str) -> None:
    dark = palette(accent).dark
    assert min(distance(dark.band, dark.sheet), distance(dark.band, dark.paper)) >= 0.06


@given(ACCENTS)
def test_a_band_is_the_accent_itself_or_a_shade_darker(accent: str) -> None:
    band = palette(accent).light.band
    assert 0 <= lightness(accent) - lightness(band) <= 0.08
    if contrast("#fff", accent) >= READABLE:
        assert band == accent


@pytest.mark.parametrize(
    ("accent", "seen"),
    [("#fff", "#dfdfdf"), ("#f6f3ec", "#e2dfd8"), ("#eee", "#dfdfdf"), ("#ffd500", "#ffd500"), ("#d9d9d9", "#d9d9d9")],
)
def test_an_accent_that_nobody_would_see_has_a_nearest_one_that_is_seen(accent: str, seen: str) -> None:
    assert nearest_seen(accent) == seen
    assert is_seen(accent) is (seen == accent)


@given(ACCENTS)
def test_what_is_said_to_be_seen_is_taken(accent: str) -> None:
    assert is_seen(nearest_seen(accent))


def test_a_yellow_keeps_its_bands_and_has_its_links_in_an_ochre() -> None:
    light = palette("#ffd500").light
    assert (light.band, light.fill, light.on_band) == ("#ffd500", "#ffd500", "#1c211e")
    assert light.accent == "#816b00"


def test_a_red_that_hardly_bears_white_words_is_a_shade_darker_on_bands_and_bears_them() -> None:
    light = palette("#ff0000").light
    assert (light.band, light.on_band) == ("#ec0000", "#ffffff")


def test_a_grey_is_no_light_in_the_dark() -> None:
    assert lightness(palette("#d9d9d9").dark.band) < 0.5 < lightness(palette("#d9d9d9").light.band)


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000", "#fff", 21.0), ("#777777", "#ffffff", 4.48), ("#fff", "#767676", 4.54)]
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == ratio


@given(ACCENTS)
def test_a_colour_at_its_own_lightness_is_itself(colour: str) -> None:
    again = lit(colour, lightness(colour))
    assert distance(colour, again) < 0.01


# Below, the steps of eight bits are wider than what is asked for here.
@given(ACCENTS, st.floats(0.15, 1))
def test_every_lightness_of_a_colour_can_be_shown(colour: str, light: float) -> None:
    assert abs(lightness(lit(colour, light)) - light) < 0.02


def test_short_and_long_colours_are_the_same() -> None:
    assert whole("#ABC") == whole("#aabbcc") == "#aabbcc"
    assert not any(map(is_written, ("#ab", "#abcd", "abcdef", "#gggggg", "#12345678", "")))


@pytest.mark.slow
def test_every_word_can_be_read_all_over_the_cube_of_colours() -> None:
    steps = [*range(0, 256, 15)]
    for red, green, blue in product(steps, steps, steps):
        made = palette(f"#{red:02x}{green:02x}{blue:02x}")
        assert too_faint(made.light) == too_faint(made.dark) == []


def colours(made: Palette) -> list[str]:
    return [getattr(shades, name) for shades in (made.light, made.dark) for name in Shades.__slots__]
