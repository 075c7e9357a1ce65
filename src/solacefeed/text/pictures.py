"""Which file a picture is shown by: the one that a browser would show once its scripts ran, at a size fit for reading.

Laws:

- No address is made up: what is chosen was offered.
- Of files of known width, the widest up to ``WIDEST``; where all are wider, the least wide.
- A file of unknown size, such as the camera's own, never wins over one that was made to be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from solacefeed.addresses import parsed
from solacefeed.text.urls import absolute

#: Pixels: what two columns of a large screen, or one of a sharp one, can show.
WIDEST: Final = 1200
#: What is narrower was made for a list or a grid, and not to be looked at.
NARROW: Final = 500
#: The widest that still serves where everything else is narrow; beyond it stand the files of cameras.
_STILL_FIT: Final = 2600
#: What WordPress scales a camera's file down to, and then calls ``-scaled``.
_SCALED: Final = 2560
#: As wide as a column of text, where densities are told of a picture whose width is not.
_COLUMN: Final = 600

#: Where scripts that load pictures late keep the true address; ``src`` holds a placeholder then.
_LATE: Final = re.compile(
    r"(?:data|nitro)-(?!(?:full|large|hi|thumb|orig-file)\b)(?:[a-z]{1,20}-){0,4}(?:\w{0,20}src|original|lazy|lazyload|echo)"
    r"|consent-original-src-_"
)
_LATE_SET: Final = re.compile(r"(?:data|nitro)-(?:[a-z]{1,20}-){0,4}\w{0,20}srcset")
#: What WordPress's carousel knows of a picture: files that it was scaled to.
_SCALED_FILES: Final = ("data-large-file", "data-medium-file")
#: Whatever a script that nobody knows by name may load.
_OTHER: Final = re.compile(r"data-(?!orig-file|permalink|link|orig-size|pin)[a-z-]+")

#: What the files are called that stand there while a picture is loaded.
_PLACEHOLDERS: Final = (
    "spacer", "pixel", "blank", "1x1", "transparent", "placeholder", "lazy", "loading", "loader", "grey", "gray",
    "clear.",
)  # fmt: skip
_DRAWN: Final = (".gif", ".png", ".svg")
_NOTHING: Final = re.compile(r"(?:spacer|pixel|blank|1x1|transparent|clear|trans|1x1\.trans)\.(?:gif|png|svg)")
_PICTURE_FILE: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)\Z", re.IGNORECASE)
#: WordPress's name for a file that it scaled down.
_IN_NAME: Final = re.compile(r"-(\d{2,4})x(\d{2,4})(?:@\d+x)?\.[A-Za-z]{3,4}\Z")
#: What it puts behind a picture's name for another size of it, and for one that was turned or cut: ``-e1543210000``.
_SUFFIXES: Final = re.compile(
    r"(?:-[0-9]{1,5}x[0-9]{1,5}(?:@[0-9]x)?|-scaled|-rotated|-e[0-9]{9,13}){1,4}+(?=\.[A-Za-z]{3,4}\Z)"
)
_SCALED_NAME: Final = re.compile(r"-scaled\.[A-Za-z]{3,4}\Z")
#: How image servers are asked for a width, and a height: Photon, Optimole, Cloudinary, Cloudflare.
_IN_QUERY: Final = re.compile(r"(?:\A|&)(?:resize|fit)=(\d{2,4})(?:,|%2C)(\d{2,4})(?:&|\Z)", re.IGNORECASE)
_WIDTH_IN_QUERY: Final = re.compile(r"(?:\A|&)(?:w|width)=(\d{2,4})(?:&|\Z)")
_WIDTH_IN_PATH: Final = re.compile(r"/(?:[\w,.=:-]*,)?(?:w:|w_|width=)(\d{2,4})[,/]")

_URL: Final = re.compile(r"[\s,]*+(\S+)")
_DESCRIPTORS: Final = re.compile(r"[^,]*")
_SIZE: Final = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,5})?)([wx])")
#: Jetpack's mark on the address that stands in ``src`` already.
_PENDING: Final = "?is-pending-load=1"
#: What NextGEN calls the small file of a picture, in a folder of such.
_THUMB: Final = "thumbs_"
#: Nobody offers more.
_MOST_CANDIDATES: Final = 100
#: Photon shows the files of any blog under an address of its own.
_PHOTON: Final = re.compile(r"i[0-3]\.wp\.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFile:
    """A file that a picture can be shown by."""

    #: Absolute.
    url: str
    #: In pixels, where it is told or its name tells it.
    width: int | None = None
    height: int | None = None


def candidate(url: str | None, base: str, *, width: int | None = None) -> PictureFile | None:
    """The file at *url* with the size that its address tells, unless that is told; ``None`` for no web address."""
    address = absolute(url, base)
    if address is None:
        return None
    named = size_by_name(address)
    if named is None or width is not None:
        height = named[1] if named and named[0] == width else None
        return PictureFile(url=address, width=width, height=height)
    return PictureFile(url=address, width=named[0], height=named[1])


def best(candidates: Iterable[PictureFile]) -> PictureFile | None:
    """Which of *candidates* to show; of those of unknown width the first, where no width is known."""
    offered = list(candidates)
    known = sorted((each for each in offered if each.width), key=_width)
    fit = [each for each in known if _width(each) <= WIDEST]
    wider = [each for each in known if WIDEST < _width(each) <= _STILL_FIT]
    if fit and not (wider and _width(fit[-1]) < NARROW):
        return next(each for each in known if each.width == fit[-1].width)
    return next(iter([*wider, *fit, *known, *offered]), None)


def _width(each: PictureFile) -> int:
    return each.width or 0


def chosen(
    attributes: Mapping[str, str], base: str, *, sources: Iterable[Mapping[str, str]] = (), link: str | None = None
) -> PictureFile | None:
    """The file to show for a picture with these *attributes*.

    *sources* are the attributes of the ``source`` elements beside it, *link* is the address that it leads to.
    """
    own = _own(attributes, base)
    found = best(own)
    if found is not None and link and _name(found.url) == f"{_THUMB}{_name(link)}":
        return candidate(link, base)
    if found is None or (found.width and found.width < NARROW):
        more = [*_from_sources(sources, base), *_scaled_files(attributes, link, base)]
        found = best([*own, *(each for each in more if each.width)]) or best(more)
    return found or next(_anything(attributes, base), None)


def _own(attributes: Mapping[str, str], base: str) -> list[PictureFile]:
    """The files that a browser chooses from."""
    late = (value for name, value in attributes.items() if _LATE.fullmatch(name) and _leads_somewhere(value))
    shown = next((each for value in late if (each := candidate(value, base))), None)
    src = candidate(attributes.get("src"), base)
    if src is not None and not is_placeholder(src.url) and (shown is None or shown.url == f"{src.url}{_PENDING}"):
        shown = src
    display = pixels(attributes.get("width"))
    sets = [attributes[name] for name in attributes if _LATE_SET.fullmatch(name)]
    offered = [each for srcset in sets for each in from_srcset(srcset, base, display)] or list(
        from_srcset(attributes.get("srcset"), base, display)
    )
    if shown is None:
        return offered
    told = next((each for each in offered if each.url == shown.url), shown)
    if told.width is None and any(each.width for each in offered):
        return offered
    return [told, *offered]


def _leads_somewhere(value: str) -> bool:
    """Whether it is an address, and no "true"."""
    return "/" in value or "." in value


def from_srcset(srcset: str | None, base: str, display: int | None = None) -> Iterator[PictureFile]:
    """The files in *srcset*, of a picture that is shown *display* pixels wide (HTML, section 4.8.4.2.1)."""
    at, found = 0, 0
    text = srcset or ""
    while found < _MOST_CANDIDATES and (url := _URL.match(text, at)):
        at, found = url.end(), found + 1
        descriptors = ""
        if not url[1].endswith(",") and (rest := _DESCRIPTORS.match(text, at)):
            at, descriptors = rest.end(), rest[0]
        if each := candidate(url[1].rstrip(","), base, width=_told_width(descriptors, display)):
            yield each


def _told_width(descriptors: str, display: int | None) -> int | None:
    size = _SIZE.fullmatch(descriptors.strip())
    if size is None:
        return display
    return int(float(size[1])) if size[2] == "w" else int(float(size[1]) * (display or _COLUMN))


def _from_sources(sources: Iterable[Mapping[str, str]], base: str) -> Iterator[PictureFile]:
    """What a ``picture`` offers beside its own; first what every mail shows, and what is for small screens last."""
    for source in sorted(sources, key=_rarity):
        sets = (source[name] for name in source if name == "srcset" or _LATE_SET.fullmatch(name))
        for srcset in sets:
            yield from from_srcset(srcset, base)


def _rarity(source: Mapping[str, str]) -> tuple[bool, int]:
    types = ("image/jpeg", "image/png", "image/gif", "", "image/webp", "image/avif")
    told = source.get("type", "").strip().lower()
    return "max-width" in source.get("media", ""), types.index(told) if told in types else len(types)


def _scaled_files(attributes: Mapping[str, str], link: str | None, base: str) -> Iterator[PictureFile]:
    """What the blog's carousel, or the link of a gallery's picture, knows of it."""
    whole = pixels(attributes.get("data-orig-size", "").partition(",")[0])
    original = absolute(attributes.get("data-orig-file"), base)
    linked = link if link and is_picture(link) else None
    for url in (*(attributes.get(name) for name in _SCALED_FILES), linked):
        if (each := candidate(url, base)) is not None:
            yield replace(each, width=whole) if each.width is None and original == each.url else each


def _anything(attributes: Mapping[str, str], base: str) -> Iterator[PictureFile]:
    """What is better than nothing: an address that only a script of its own knows, at last the camera's file."""
    for name in [*filter(_OTHER.fullmatch, attributes), "data-orig-file"]:
        each = candidate(attributes.get(name), base)
        if each is not None and is_picture(each.url) and not is_placeholder(each.url):
            yield each
    src = candidate(attributes.get("src"), base)
    if src is not None and not shows_nothing(src.url):
        yield src


# -- what an address tells --------------------------------------------------------------------------


def size_by_name(url: str) -> tuple[int, int | None] | None:
    """Width and height that *url* tells of its picture."""
    address = parsed(url)
    if asked := _IN_QUERY.search(address.query):
        return int(asked[1]), int(asked[2])
    if asked := _WIDTH_IN_QUERY.search(address.query):
        return int(asked[1]), None
    if named := _IN_NAME.search(address.path):
        return int(named[1]), int(named[2])
    if named := _WIDTH_IN_PATH.search(address.path):
        return int(named[1]), None
    return (_SCALED, None) if _SCALED_NAME.search(address.path) else None


def is_picture(url: str) -> bool:
    """Whether the name's ending says that it is a picture."""
    return bool(_PICTURE_FILE.search(parsed(url).path))


def is_placeholder(url: str) -> bool:
    """Whether it is what stands there while a picture is loaded."""
    name = _name(url)
    return name.endswith(_DRAWN) and any(word in name for word in _PLACEHOLDERS)


def shows_nothing(url: str) -> bool:
    """Whether it is surely a speck that keeps a place free, or counts who looks."""
    return bool(_NOTHING.fullmatch(_name(url)))


def _name(url: str) -> str:
    return parsed(url).path.rpartition("/")[2].lower()


def motif(url: str) -> str:
    """What two addresses of one picture have in common, whatever size they ask for and whoever serves it."""
    address = parsed(url)
    path = address.path if _PHOTON.fullmatch(address.host) else f"/{address.host}{address.path}"
    if not _PICTURE_FILE.search(path):
        return f"{path}?{address.query}"
    return _PICTURE_FILE.sub("", _SUFFIXES.sub("", path))


def pixels(said: str | None) -> int | None:
    """A width or height as an attribute says it."""
    return int(said) if said and re.fullmatch(r"[1-9][0-9]{0,4}", said) else None
