"""Addresses in a post: absolute, and of a scheme that harms nobody.

Law: what ``absolute`` returns, it returns again.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from solacefeed.text.characters import scrub

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
WEB_SCHEMES = frozenset({"http", "https"})

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
# A browser takes these out of an address before it reads the scheme (WHATWG URL, section 4.4).
_IGNORED = dict.fromkeys(map(ord, "\t\n\r"))
_ESCAPED = {ord(character): f"%{ord(character):02X}" for character in ' "<>`\\^{|}'}


def absolute(url: str | None, base: str, schemes: frozenset[str] = WEB_SCHEMES) -> str | None:
    """*url* as it is meant on the page *base*; ``None`` where it is missing, broken or of another scheme."""
    address = scrub(url or "").translate(_IGNORED).strip()
    if not address:
        return None
    scheme = _SCHEME.match(address)
    try:
        whole = address if scheme else urljoin(base, address.replace("\\", "/"))
        return _checked(whole.translate(_ESCAPED), schemes)
    except ValueError:
        return None


def _checked(url: str, schemes: frozenset[str]) -> str | None:
    parts = urlsplit(url)
    if parts.scheme not in schemes:
        return None
    return url if parts.hostname or parts.scheme not in WEB_SCHEMES else None


def host(url: str) -> str:
    """The name of the site behind an absolute address, as people say it."""
    return (urlsplit(url).hostname or url).removeprefix("www.")
