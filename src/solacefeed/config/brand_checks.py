"""What one value of a site's looks must be: a value in, the meant value out, else ``ValueError`` with a sentence."""

from __future__ import annotations

from solacefeed.addresses import parsed
from solacefeed.brand import typeface as typeface_of
from solacefeed.colours import is_written, whole
from solacefeed.config.checks import http_url
from solacefeed.palette import is_seen, nearest_seen


def accent(value: str) -> str:
    """A colour that is seen where it lies, as ``#rrggbb``."""
    if not is_written(value):
        raise ValueError('must be a colour of three or six hexadecimal digits, such as "#17594c"')
    colour = whole(value)
    if not is_seen(colour):
        raise ValueError(f'is not seen on white and on paper; the nearest that is: "{nearest_seen(colour)}"')
    return colour


def typeface(value: str) -> str:
    """``serif``, ``sans``, or a stack of names."""
    typeface_of(value)
    return value


def picture(value: str) -> str:
    """The address of a picture that mail programs show."""
    if not http_url(value).startswith("https:"):
        raise ValueError("must be an https address, since most mail programs show no other picture")
    if parsed(value).path.lower().endswith((".svg", ".svgz", ".avif", ".webp")):
        raise ValueError("must be a PNG, a JPEG or a GIF, since many mail programs show no other picture")
    return value


def size(value: object) -> tuple[int, int]:
    """Width and height in pixels."""
    sides = tuple(value) if isinstance(value, list | tuple) else ()
    if len(sides) != 2 or not all(type(side) is int and 1 <= side <= 10_000 for side in sides):
        raise ValueError("must be width and height in pixels, 1 to 10000, such as [320, 80]")
    return sides[0], sides[1]
