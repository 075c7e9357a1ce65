"""What the headers of each kind of page forbid: to keep it, to frame it, to load or to send anything elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

_ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class PageKind(Enum):
    """Kinds of page, by who may see and keep them."""

    #: Says the same to everybody.
    OPEN = "open"
    #: Shows or asks what is one person's: nobody keeps, indexes or frames it.
    PRIVATE = "private"
    #: A form that may stand in a frame on the blog; says the same to everybody.
    FRAMED = "framed"


_KEPT = {
    PageKind.OPEN: {"Cache-Control": "public, max-age=60"},
    # It carries a form's token, which is good for a time.
    PageKind.FRAMED: {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"},
    PageKind.PRIVATE: {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"},
}


def headers(kind: PageKind, *, logo_origin: str | None = None, framed_by: Iterable[str] = ()) -> Mapping[str, str]:
    """Those of a page of this *kind*: it may show the logo, and load nothing else.

    *framed_by* are the origins that may show a ``FRAMED`` page in a frame.
    """
    ancestors = " ".join(framed_by) if kind is PageKind.FRAMED else ""
    policy = [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'self'",
        f"frame-ancestors {ancestors or repr('none')}",
        *([f"img-src {logo_origin}"] if logo_origin else ()),
    ]
    return _ALWAYS | _KEPT[kind] | {"Content-Security-Policy": "; ".join(policy)}
