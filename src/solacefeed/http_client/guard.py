"""Where the client goes: what is an address, whom a redirect may lead to, and what a name may stand for."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

import httpx

from solacefeed.addresses import is_web, joined
from solacefeed.errors import RequestError
from solacefeed.http_client.answer import Answer, one_line

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(rb"[a-z0-9_.:-]+")


def guarded(host: str, addresses: Sequence[str]) -> list[str]:
    """Returns the *addresses* of *host* when it may be connected to.

    An address that *host* itself spells out is meant, and so is the loopback by the name ``localhost``. Any other
    name with one address that is not public raises ``RequestError``.
    """
    if _literal(host) is not None or (host == "localhost" and all(ip_address(a).is_loopback for a in addresses)):
        return list(addresses)
    for address in addresses:
        if not _public(ip_address(address)):
            raise RequestError(
                f"{host}: this name leads to {address}, which is not a public address; "
                "if that is meant, write the address itself into the configuration"
            )
    return list(addresses)


def _public(address: IPv4Address | IPv6Address) -> bool:
    inner = getattr(address, "ipv4_mapped", None) or address
    return bool(inner.is_global and not inner.is_multicast)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def resolved(url: httpx.URL) -> list[str]:
    found = socket.getaddrinfo(host_of(url), _port(url), type=socket.SOCK_STREAM)
    return guarded(host_of(url), list(dict.fromkeys(str(address[0]) for *_, address in found)))


def parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise RequestError(f"{one_line(url.partition('?')[0])}: not an address ({one_line(str(error))})") from error
    # httpx takes more for a host than any resolver should be asked for, and url.host raises on a bad "xn--" name.
    if not is_web(str(parsed)) or not _HOST.fullmatch(parsed.raw_host):
        raise RequestError(f"{one_line(named(parsed))}: not an http or https address")
    return parsed


def host_of(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _port(url: httpx.URL) -> int:
    return url.port or _DEFAULT_PORTS[url.scheme]


def origin_of(url: httpx.URL) -> httpx.URL:
    return url.copy_with(raw_path=b"/", fragment=None, userinfo=b"")


def named(url: httpx.URL) -> str:
    """The URL as it may be shown: user and query can hold secrets."""
    return str(url.copy_with(query=None, fragment=None, userinfo=b""))


def redirected(asked: httpx.URL, answer: Answer) -> httpx.URL | None:
    if answer.status not in _REDIRECTS or "location" not in answer.headers:
        return None
    location = answer.headers["location"]
    target = parsed(joined(str(asked), location) or location)
    if not _same_host(asked, target):
        raise RequestError(
            f"{named(asked)}: redirects to {named(target)}, another host; "
            "if it has moved, write its new address into the configuration"
        )
    return target


def _same_host(asked: httpx.URL, target: httpx.URL) -> bool:
    upgraded = (asked.scheme, _port(asked), target.scheme, _port(target)) == ("http", 80, "https", 443)
    return asked.raw_host == target.raw_host and (upgraded or origin_of(asked) == origin_of(target))
