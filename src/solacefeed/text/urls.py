"""Addresses in a post: absolute, and of a scheme that harms nobody.

Law: what ``absolute`` returns, it returns again.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from solacefeed.addresses import WEB_SCHEMES, joined, parsed
from solacefeed.text.characters import scrub

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
# A browser takes these out of an address before it reads the scheme (WHATWG URL, section 4.4).
_IGNORED = dict.fromkeys(map(ord, "\t\n\r"))
# A space in another guise, too: what is written down must not end at it.
_SPACES = "".join(filter(str.isspace, map(chr, range(0x80, 0x3001))))
_ESCAPED = {ord(character): quote(character, safe="") for character in f' "<>`\\^{{|}}{_SPACES}'}


def absolute(url: str | None, base: str, schemes: frozenset[str] = WEB_SCHEMES) -> str | None:
    """*url* as it is meant on the page *base*; ``None`` where it is missing, broken or of another scheme."""
    address = scrub(url or "").translate(_IGNORED).strip()
    if not address:
        return None
    whole = address if _SCHEME.match(address) else joined(base, address.replace("\\", "/"))
    # What stood before an empty fragment may be white space.
    return _checked((whole or "").translate(_ESCAPED).strip(), schemes)


def _checked(url: str, schemes: frozenset[str]) -> str | None:
    address = parsed(url)
    return url if address.scheme in schemes and (address.is_web or address.scheme not in WEB_SCHEMES) else None


def host(url: str) -> str:
    """The name of the site behind an absolute address, as people say it."""
    return (parsed(url).host or url).removeprefix("www.")
