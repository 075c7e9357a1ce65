"""What the headers of each kind of page forbid: to keep it, to frame it, to load or to send anything elsewhere.

And the token of a form that changes what is somebody's: it comes from a page of ours, and was made for this form, this
link and this time. So no other site can post the form for a visitor, and no cookie is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256

from solacefeed.errors import UsageError
from solacefeed.templating import csp_source
from solacefeed.tokens import Keys, read_until, sign_until

#: The field of a form that carries its token.
FORM_TOKEN = "form"  # noqa: S105 - the field's name
#: How long a page may stand open before its form is posted.
FORM_TIME = timedelta(hours=24)

_AT_ONCE = timedelta(0)

_ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class PageKind(Enum):
    """Kinds of page, by who may see and keep them."""

    #: Says the same to everybody.
    OPEN = "open"
    #: Shows or asks what is one person's: nobody keeps, indexes or frames it.
    PRIVATE = "private"
    #: A form that may stand in a frame on the blog; says the same to everybody.
    FRAMED = "framed"
    #: An editor's, which shows a mail in a frame.
    DESK = "desk"
    #: A mail as it will look, in such a frame: it does nothing but show itself.
    MAIL = "mail"


_BY_NOBODY = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

_KEPT = {
    PageKind.OPEN: {"Cache-Control": "public, max-age=60"},
    # It carries a form's token, which is good for a time.
    PageKind.FRAMED: _BY_NOBODY,
    PageKind.PRIVATE: _BY_NOBODY,
    PageKind.DESK: _BY_NOBODY,
    PageKind.MAIL: _BY_NOBODY,
}

#: Links in the mail lead out of the frame, and into a page of their own.
_SHOWS_ITSELF = "sandbox allow-popups allow-popups-to-escape-sandbox"


def headers(
    kind: PageKind,
    *,
    styles: Iterable[str] = (),
    logo_origin: str | None = None,
    framed_by: Iterable[str] = (),
    pictures: Iterable[str] = (),
) -> Mapping[str, str]:
    """Those of a page of this *kind*: it has its own *styles*, may show the logo, and loads nothing else.

    *framed_by* are the origins that may show a ``FRAMED`` page in a frame, *pictures* those from which a ``MAIL`` has
    its pictures.
    """
    ancestors = {PageKind.FRAMED: " ".join(framed_by), PageKind.MAIL: "'self'"}.get(kind, "")
    shown = " ".join([*([logo_origin] if logo_origin else ()), *pictures])
    # The styles of a mail stand in each of its elements, which no hash names.
    drawn = "'unsafe-inline'" if kind is PageKind.MAIL else " ".join(map(csp_source, styles))
    policy = [
        "default-src 'none'",
        f"style-src {drawn or repr('none')}",
        "base-uri 'none'",
        "form-action 'self'",
        f"frame-ancestors {ancestors or repr('none')}",
        *([f"img-src {shown}"] if shown else ()),
        *({PageKind.DESK: ["frame-src 'self'"], PageKind.MAIL: [_SHOWS_ITSELF]}.get(kind, ())),
    ]
    return _ALWAYS | _KEPT[kind] | {"Content-Security-Policy": "; ".join(policy)}


def form_token(purpose: str, bound_to: str, keys: Keys, *, now: datetime) -> str:
    """The token of a form for *purpose*, on a page that *bound_to* has led to, such as a link's token."""
    return sign_until(_of_form(purpose), f"{int(now.timestamp())}:{_mark(bound_to)}", keys, until=now + FORM_TIME)


def form_made_at(token: str, purpose: str, bound_to: str, keys: Keys, *, now: datetime) -> datetime:
    """When the form was made whose *token* this is.

    Raises ``tokens.Expired`` for one that is too old, ``UsageError`` for one of another form, link or purpose.
    """
    made, _, mark = read_until(_of_form(purpose), token, keys, now=now).partition(":")
    if mark != _mark(bound_to):
        raise UsageError(f"{purpose}: this form is of another page")
    return datetime.fromtimestamp(int(made), UTC)


def is_ours(token: str, purpose: str, bound_to: str, keys: Keys, *, now: datetime, after: timedelta = _AT_ONCE) -> bool:
    """Whether a form with this *token* comes from a page of ours, not too old, and open for so long at least."""
    try:
        return now - form_made_at(token, purpose, bound_to, keys, now=now) >= after
    except UsageError:
        return False


def _of_form(purpose: str) -> str:
    return f"form {purpose}"


def _mark(bound_to: str) -> str:
    # A form's token stands in a page; the link's is no part of it.
    return sha256(bound_to.encode()).hexdigest()[:16]
