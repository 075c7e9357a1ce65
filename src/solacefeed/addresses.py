"""Web addresses: parsed, joined and compared, whatever stands in them; the only home of urllib's parser.

Laws:

- Nothing here raises. What is broken has no scheme and no host: all of it is its path, and it joins with nothing.
- What is written well comes out as it came in, letter by letter (RFC 3986); only where it is joined to a page are dots
  resolved (section 5.2.4).
- What ``joined`` returns it returns again.
- ``is_web`` lets through what a browser would go to (WHATWG URL, section 3.5), and a resolver can be asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

WEB_SCHEMES: Final = frozenset({"http", "https"})

#: Octets of a host's name, and of each of its labels (RFC 1035 section 2.3.4).
_LONGEST_NAME: Final = 253
_LONGEST_LABEL: Final = 63
_LARGEST_PORT: Final = 65535
#: What can stand in no name of a host (WHATWG URL, section 3.2).
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f\"#%/:<>?@\[\\\]^`{|}\ud800-\udfff]")
_MAY_BE_EMPTY: Final = re.compile("[;?#]")
#: What stands in no address, however it was written: controls, and halves of characters.
_UNSPEAKABLE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address in its parts; ``str()`` puts them together again."""

    #: In lower case; empty where there is none, or the address is broken.
    scheme: str = ""
    #: Host and port, and a user's name and password where it has them.
    authority: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""

    def __str__(self) -> str:
        return self._split.geturl()

    @property
    def host(self) -> str:
        """In lower case, without the brackets of an IPv6 address; empty where there is none."""
        return self._split.hostname or ""

    @property
    def port(self) -> int | None:
        """As it is written; ``None`` where none is, or what is none."""
        try:
            return self._split.port
        except ValueError:
            return None

    @property
    def origin(self) -> str:
        """Where it comes from, as a Content Security Policy names it: ``https://www.example.org``."""
        return f"{self.scheme}://{self.authority}"

    @property
    def is_web(self) -> bool:
        """Whether it leads to a host of the web: with a name that can be resolved, and a port that can be."""
        return self.scheme in WEB_SCHEMES and _is_host(self.host) and self._has_sound_port

    @property
    def _has_sound_port(self) -> bool:
        try:
            return (self._split.port or 0) <= _LARGEST_PORT
        except ValueError:
            return False

    @property
    def _split(self) -> SplitResult:
        return SplitResult(self.scheme, self.authority, self.path, self.query, self.fragment)


@lru_cache(maxsize=1024)
def parsed(url: str) -> Address:
    """*url* in its parts; one that is broken is all path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        # A bracket that is not closed, or a letter that is a separator in another guise (NFKC).
        return Address(path=url)
    return Address(
        scheme=parts.scheme, authority=parts.netloc, path=parts.path, query=parts.query, fragment=parts.fragment
    )


def joined(base: str, url: str) -> str | None:
    """Where *url* leads on the page *base*; ``None`` where that is nowhere, since one of them is broken."""
    try:
        if not urlsplit(base).netloc:
            return url if urlsplit(url).scheme else None
        whole = urljoin(base, url)
        # The page's own address is given as it stands; and of "/;?#" each empty part that goes leaves another so.
        while (whole == base or _MAY_BE_EMPTY.search(whole)) and (again := urljoin(base, whole)) != whole:
            whole = again
    except ValueError:
        return None
    return whole


def is_web(url: str) -> bool:
    """Whether *url* leads to a host of the web, by http or https, and can be written down."""
    return url == url.strip() and not _UNSPEAKABLE.search(url) and parsed(url).is_web


def without_fragment(url: str) -> str:
    """*url* up to its ``#``."""
    return str(replace(parsed(url), fragment=""))


@lru_cache(maxsize=4096)
def _is_host(name: str) -> bool:
    return _is_ip(name) if ":" in name else _is_name(name)


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_name(name: str) -> bool:
    spoken = unquote(name, errors="replace")
    labels = spoken.removesuffix(".").split(".")
    whole = sum(_octets(label) + 1 for label in labels)
    return (
        not _FORBIDDEN.search(spoken)
        and all(0 < _octets(label) <= _LONGEST_LABEL for label in labels)
        and whole <= _LONGEST_NAME + 1
    )


def _octets(label: str) -> int:
    """How long a label is where it is asked for, in Punycode where it is not ASCII (RFC 5890 section 2.3.2.1)."""
    return len(label) if label.isascii() else len("xn--") + len(label.encode("punycode"))
