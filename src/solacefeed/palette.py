"""The colours of a site, in light and in dark: all of them derived from its one accent.

The law: whatever the accent, every text can be read on what it stands on (WCAG 2.2 AA), in light and in dark. A band
has the accent, or a shade of it on which white can be read, or else dark words; what is read *in* the accent, such as a
link, is darkened or lightened until it can be read.
"""

from __future__ import annotations

from dataclasses import dataclass

from solacefeed.colours import chroma, darkened, distance, is_read_on, lightened, lightness, lit, mixed, whole

#: Of our own look, in which each colour was chosen by eye.
ACCENT = "#17594c"

#: How different a band must look from what it lies on (``colours.distance``), or nobody would see it.
_SEEN = 0.06
_STEP = 0.005
#: So much darker a band may be than the accent to bear white words, which look better on a full colour than dark ones.
_A_SHADE = 0.07
#: Of a band in the dark: below, it would be a hole.
_LEAST_LIGHT = 0.32

_WHITE, _BLACK = "#ffffff", "#000000"
#: What stands out among the words of a band: an amber, and the same for a light band.
_AMBER, _DARK_AMBER = "#f4cf8a", "#6b3d00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shades:
    """The colours of one scheme, ``#rgb`` or ``#rrggbb``."""

    #: What everything lies on.
    paper: str
    #: What posts and boxes lie on.
    sheet: str
    #: Words.
    ink: str
    #: Words that matter less.
    soft: str
    #: Lines between things.
    line: str
    #: Links, and lines that are to be seen well.
    accent: str
    #: A pale field of the accent's hue, behind ``ink``, ``soft`` or ``accent``.
    tint: str
    #: The categories above a title.
    label: str
    #: What is filled with the accent, buttons and the line at the head of a page, and the words on it.
    fill: str
    on_fill: str
    #: The wide field that an event stands on; a button on it is ``on_band`` with words in ``band``.
    band: str
    #: The words on it, and those that matter less.
    on_band: str
    on_band_soft: str
    #: On it, the line that says how near an event is.
    near: str
    #: A smaller field on the band, behind ``on_band``.
    band_tint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    light: Shades
    dark: Shades


#: Of our own look; what of it is no accent stands in every other palette, too.
HOUSE = Palette(
    light=Shades(
        paper="#f6f3ec",
        sheet="#fff",
        ink="#1c211e",
        soft="#59605a",
        line="#e0dacd",
        accent=ACCENT,
        tint="#eaf2ee",
        label="#8a4b14",
        fill=ACCENT,
        on_fill="#fff",
        band=ACCENT,
        on_band="#fff",
        on_band_soft="#dcebe6",
        near=_AMBER,
        band_tint="#336d62",
    ),
    dark=Shades(
        paper="#121513",
        sheet="#1b1f1d",
        ink="#eef0ec",
        soft="#a9b1ab",
        line="#333a36",
        accent="#7fcdb9",
        tint="#20302b",
        label="#e5b27c",
        fill="#7fcdb9",
        on_fill="#0f2a24",
        band="#174c42",
        on_band="#fff",
        on_band_soft="#dcebe6",
        near=_AMBER,
        band_tint="#336259",
    ),
)


def palette(accent: str) -> Palette:
    """All colours of a site whose accent this is, ``#rgb`` or ``#rrggbb``."""
    accent = whole(accent)
    return HOUSE if accent == ACCENT else Palette(light=_light(accent), dark=_dark(accent))


def is_seen(accent: str) -> bool:
    """Whether a band of *accent* is seen on the light paper and on the sheet; in dark one is lightened until it is."""
    return _stands_out(accent, HOUSE.light)


def nearest_seen(accent: str) -> str:
    """*accent*, or the first darker one of its hue that ``is_seen``."""
    light = lightness(accent)
    while not is_seen(accent):
        light -= _STEP
        accent = lit(accent, light)
    return whole(accent)


def _light(accent: str) -> Shades:
    own, tint = HOUSE.light, lit(accent, 0.955, 0.016)
    links, band = darkened(accent, (own.paper, own.sheet, tint)), _bearing_white(accent)
    return _shades(own, accent=links, tint=tint, band=band, fill=band, on_fill=_on(band))


def _dark(accent: str) -> Shades:
    own, tint = HOUSE.dark, lit(accent, 0.295, 0.026)
    links = lightened(lit(accent, max(lightness(accent), 0.76)), (own.paper, own.sheet, tint))
    return _shades(own, accent=links, tint=tint, band=_band_in_the_dark(accent), fill=links, on_fill=own.paper)


def _band_in_the_dark(accent: str) -> str:
    """A field without a hue would only be a light in the dark; one with a hue is known by it, and keeps more."""
    light = max(_LEAST_LIGHT, min(lightness(accent), 0.45 + 2 * chroma(accent), 0.8))
    while not _stands_out(band := lit(accent, light), HOUSE.dark):
        light += _STEP
    return _bearing_white(band)


def _bearing_white(band: str) -> str:
    """*band*, or its shade on which white can be read."""
    darker = darkened(band, [_WHITE])
    return darker if lightness(band) - lightness(darker) <= _A_SHADE else band


def _shades(own: Shades, *, accent: str, tint: str, band: str, fill: str, on_fill: str) -> Shades:
    on_band = _on(band)
    is_light_on_it = lightness(on_band) > lightness(band)
    return Shades(
        paper=own.paper,
        sheet=own.sheet,
        ink=own.ink,
        soft=own.soft,
        line=own.line,
        accent=accent,
        tint=tint,
        # Our own brown would be a second hue beside one that it was not chosen for.
        label=accent,
        fill=fill,
        on_fill=on_fill,
        band=band,
        on_band=on_band,
        on_band_soft=_softened(on_band, band),
        near=lightened(_AMBER, [band]) if is_light_on_it else darkened(_DARK_AMBER, [band]),
        band_tint=_deepened(band, on_band),
    )


def _on(background: str) -> str:
    """What is read on it: white, ink, or where both fail, black. One of white and black is read on any colour."""
    return next(text for text in (_WHITE, HOUSE.light.ink, _BLACK) if text == _BLACK or is_read_on(text, [background]))


def _softened(text: str, background: str) -> str:
    """*text* with as much of its *background* in it as it bears."""
    shares = (0.15, 0.1, 0.05)
    softer = (mixed(text, background, share) for share in shares)
    return next((each for each in softer if is_read_on(each, [background])), text)


def _deepened(background: str, text: str) -> str:
    """*background* a little further from the *text* on it."""
    light = lightness(background)
    moved = light * 0.86 if lightness(text) > light else light + (1 - light) * 0.45
    deeper = lit(background, moved)
    return deeper if is_read_on(text, [deeper]) else background


def _stands_out(band: str, shades: Shades) -> bool:
    return all(distance(band, each) >= _SEEN for each in (shades.paper, shades.sheet))
