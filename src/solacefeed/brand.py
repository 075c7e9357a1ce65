"""What a site looks like, the same on pages, in mails and in feeds that a browser shows: logo, colours, typefaces.

Templates know it as ``brand``, and have no colour and no typeface of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from solacefeed.addresses import parsed
from solacefeed.palette import HOUSE, Palette, Shades
from solacefeed.stable import stable_hash

#: Pixels: a logo stands in one line with words.
LOGO_HEIGHT = 40

#: What a stack may end with (CSS Fonts 4 section 2.1.2), so that there is a face on every machine.
GENERIC = ("serif", "sans-serif", "monospace", "system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace")
_FAMILY = re.compile(r"-?[A-Za-z][A-Za-z0-9-]*(?: [A-Za-z0-9-]+)*")


class Stack(str):
    """Typefaces as CSS has them, the first that a machine has wins; of names without a sign that could end a style."""

    __slots__ = ()

    def __html__(self) -> str:
        """Itself: its quotes stand in a style sheet, where a character reference would be none."""
        return str(self)


def stack(typefaces: str) -> Stack:
    """``Trebuchet MS, sans-serif`` as CSS has it; raises ``ValueError`` for what is no stack of names."""
    names = [part.strip().strip("\"'") for part in typefaces.split(",")]
    if names[-1] not in GENERIC or not all(map(_FAMILY.fullmatch, names)):
        raise ValueError(
            'must be "serif", "sans", or names of typefaces with commas between them and serif or sans-serif at the '
            'end, such as "Trebuchet MS, Arial, sans-serif"'
        )
    return Stack(", ".join(f'"{name}"' if " " in name else name for name in names))


_SERIF = stack("Georgia, Times New Roman, serif")
_SANS = stack("-apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeface:
    #: A stack of typefaces, as CSS has it.
    headings: Stack = _SERIF
    text: Stack = _SANS


def typeface(said: str) -> Typeface:
    """``serif`` is our own; ``sans`` and any stack are for headings and text alike."""
    if said == "serif":
        return Typeface()
    alike = _SANS if said == "sans" else stack(said)
    return Typeface(headings=alike, text=alike)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A picture that stands for the organisation, as it is shown."""

    #: Absolute.
    url: str
    #: What it says to who does not see it.
    alt: str
    #: In pixels; ``None`` where the operator did not say the size of the picture.
    width: int | None = None
    height: int = LOGO_HEIGHT

    @property
    def origin(self) -> str:
        """Where it comes from."""
        return parsed(self.url).origin


def logo(url: str, alt: str, size: tuple[int, int] | None) -> Logo:
    """The picture at *url*, made small where its *size* is larger than its line."""
    if size is None:
        return Logo(url=url, alt=alt)
    width, height = size
    shown = min(height, LOGO_HEIGHT)
    return Logo(url=url, alt=alt, width=max(round(width * shown / height), 1), height=shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """All of a site's looks."""

    #: The colours, in light and in dark.
    light: Shades = HOUSE.light
    dark: Shades = HOUSE.dark
    typeface: Typeface = Typeface()
    #: ``None`` where the operator names none.
    logo: Logo | None = None


#: Our own, where the operator says nothing.
PLAIN = Brand()


def branded(colours: Palette, faces: Typeface, picture: Logo | None) -> Brand:
    return Brand(light=colours.light, dark=colours.dark, typeface=faces, logo=picture)


def mark(brand: Brand) -> str:
    """Changes with all that is seen of *brand*; empty for our own looks."""
    return "" if brand == PLAIN else stable_hash(brand)[:12]
