"""Colours as the web writes them: how well one is read on another, and the same hue lighter or darker.

Contrast is that of WCAG 2.2. Hues are kept in OKLCH (CSS Color 4 section 9.3), in which equal steps look equal, so that
a darker yellow is an ochre and no green.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import count

#: What WCAG 2.2 wants of text (1.4.3, level AA).
READABLE = 4.5

#: How far a colour is moved at once on the way to one that can be read.
_STEP = 0.005
_WRITTEN = re.compile("#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

Channels = tuple[float, float, float]


def is_written(colour: str) -> bool:
    """Whether *colour* is ``#rgb`` or ``#rrggbb``."""
    return _WRITTEN.fullmatch(colour) is not None


def whole(colour: str) -> str:
    """``#rrggbb`` in small letters, for ``#rgb`` too."""
    digits = colour[1:].lower()
    return f"#{''.join(digit * 2 for digit in digits)}" if len(digits) == 3 else f"#{digits}"


def contrast(one: str, other: str) -> float:
    """From 1 to 21, whichever is the text (WCAG 2.2, contrast ratio)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def is_read_on(text: str, backgrounds: Iterable[str]) -> bool:
    return all(contrast(text, each) >= READABLE for each in backgrounds)


def distance(one: str, other: str) -> float:
    """How different they look, in OKLab: 0 for the same, 1 from black to white."""
    return math.dist(_oklab(one), _oklab(other))


def lightness(colour: str) -> float:
    """From 0 to 1."""
    return _oklab(colour)[0]


def chroma(colour: str) -> float:
    """How much of a hue it has: 0 for a grey, about 0.3 at most."""
    _, a, b = _oklab(colour)
    return math.hypot(a, b)


def lit(colour: str, light: float, most: float = 1) -> str:
    """The hue of *colour* at another lightness, with at most so much chroma, and no more than a screen can show."""
    hue = _hue(colour)
    low, high = 0.0, min(chroma(colour), most)
    if _is_shown(_linear_of(light, high, hue)):
        return _of_linear(_linear_of(light, high, hue))
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (middle, high) if _is_shown(_linear_of(light, middle, hue)) else (low, middle)
    return _of_linear(_linear_of(light, low, hue))


def darkened(colour: str, backgrounds: Iterable[str]) -> str:
    """The lightest of *colour* and its darker ones that is read on all *backgrounds*; black where none is."""
    return _moved(colour, tuple(backgrounds), -_STEP)


def lightened(colour: str, backgrounds: Iterable[str]) -> str:
    """The darkest of *colour* and its lighter ones that is read on all *backgrounds*; white where none is."""
    return _moved(colour, tuple(backgrounds), _STEP)


def mixed(colour: str, other: str, share: float) -> str:
    """*colour* with a *share* of the *other* in it, as one transparent layer over another."""
    parts = zip(_parts(colour), _parts(other), strict=True)
    return _written([mine + (theirs - mine) * share for mine, theirs in parts])


def _moved(colour: str, backgrounds: tuple[str, ...], step: float) -> str:
    if is_read_on(colour, backgrounds):
        return whole(colour)
    for number in count(1):
        light = lightness(colour) + number * step
        if not 0 < light < 1:
            break
        if is_read_on(found := lit(colour, light), backgrounds):
            return found
    return "#000000" if step < 0 else "#ffffff"


# -- spaces -----------------------------------------------------------------------------------------


def _parts(colour: str) -> tuple[int, int, int]:
    digits = whole(colour)
    return int(digits[1:3], 16), int(digits[3:5], 16), int(digits[5:7], 16)


def _written(parts: Iterable[float]) -> str:
    return "#" + "".join(f"{min(max(round(part), 0), 255):02x}" for part in parts)


def _linear(colour: str) -> Channels:
    red, green, blue = (_decoded(part / 255) for part in _parts(colour))
    return red, green, blue


def _decoded(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _oklab(colour: str) -> Channels:
    """Björn Ottosson's matrices, as CSS Color 4 has them."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _hue(colour: str) -> float:
    _, a, b = _oklab(colour)
    return math.atan2(b, a)


def _linear_of(light: float, chroma: float, hue: float) -> Channels:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _is_shown(linear: Channels) -> bool:
    """Whether a screen of sRGB shows it; what is lost to rounding does not count."""
    return all(-0.0005 <= part <= 1.0005 for part in linear)


def _of_linear(linear: Channels) -> str:
    return _written([_encoded(max(part, 0)) * 255 for part in linear])
