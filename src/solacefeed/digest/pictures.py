"""Which picture stands for a post in a mail, and in which size: only the site's own, and only where its place is known.

A mail program may know no more of a picture than the width and height that are written down, so a picture is shown
whole in them. One that a content network can cut is cut there, into the one ratio.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from solacefeed.addresses import parsed
from solacefeed.digest.edition_view import Picture
from solacefeed.models.posts import Image, Post

#: Of a mail's column, in pixels.
WIDTH = 536
#: The one ratio: 16 to 9.
HEIGHT = 302

#: Narrower or higher ones than this can't stand above a title, nor can those too small to fill the column.
_FLATTEST, _HIGHEST = 2.6, 1.2
_SMALLEST = 300
#: Endings of what mail programs don't show.
_UNSHOWN = (".svg", ".svgz", ".avif", ".heic", ".tif", ".tiff")
#: WordPress's content network, which has other hosts' pictures under theirs: i0.wp.com/blog.example.org/a.jpg.
NETWORK = frozenset({"i0.wp.com", "i1.wp.com", "i2.wp.com", "i3.wp.com"})


def picture_hosts(site_url: str) -> frozenset[str]:
    """The hosts of a site's own pictures: its own, with and without www, and where WordPress.com keeps its files."""
    host = parsed(site_url).host.removeprefix("www.")
    files = {f"{host.removesuffix('.wordpress.com')}.files.wordpress.com"} if host.endswith(".wordpress.com") else set()
    return frozenset({host, f"www.{host}"} | files) if host else frozenset()


def picture(post: Post, hosts: frozenset[str]) -> Picture | None:
    """The picture that stands for *post*, where it is of one of *hosts* and its size in a mail is known."""
    image = post.featured or post.lead_image
    if image is None or not hosts or not _is_own(image.url, hosts):
        return None
    cut = _cut(image.url)
    shown = Picture(url=cut or image.url, alt=image.alt or post.title, width=WIDTH, height=HEIGHT)
    return shown if cut else _whole(shown, image)


def _is_own(url: str, hosts: frozenset[str]) -> bool:
    address = parsed(url)
    if not address.is_web or address.path.lower().endswith(_UNSHOWN):
        return False
    return address.host in hosts or (address.host in NETWORK and address.path.split("/")[1] in hosts)


def _cut(url: str) -> str | None:
    """The same picture as its network cuts it, twice as large as it is shown; ``None`` where none can."""
    address = parsed(url)
    if address.host in NETWORK:
        said = {"resize": f"{2 * WIDTH},{2 * HEIGHT}"}
    elif address.host.endswith(".files.wordpress.com"):
        said = {"w": str(2 * WIDTH), "h": str(2 * HEIGHT), "crop": "1"}
    else:
        return None
    kept = {name: value for name, value in parse_qsl(address.query) if name in ("ssl", "quality", "strip")}
    return str(replace(address, query=urlencode(kept | said, safe=",")))


def _whole(shown: Picture, image: Image) -> Picture | None:
    if not image.width or not image.height or image.width < _SMALLEST:
        return None
    ratio = image.width / image.height
    return replace(shown, height=round(WIDTH / ratio)) if _HIGHEST <= ratio <= _FLATTEST else None
