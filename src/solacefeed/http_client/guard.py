"""Where the client goes: what is an address, whom a redirect may lead to, and what a name may stand for."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpx

from solacefeed.addresses import is_web, joined
from solacefeed.errors import LedAway, NotPublic, RequestError
from solacefeed.http_client.answer import Answer, one_line

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(rb"[a-z0-9_.:-]+")

#: What IANA has given out for the Internet of IPv6 (RFC 4291 section 2.4); sites of old (fec0::/10, RFC 3879), links,
#: and IPv4 that is translated by a prefix of one's own (64:ff9b:1::/48, RFC 8215) lie outside.
_INTERNET: Final = IPv6Network("2000::/3")
#: Where IPv6 holds an address of IPv4, which is what is reached, and how many bits stand behind that.
_HOLDS_IPV4: Final = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped (RFC 4291 section 2.5.5.2)
    (IPv6Network("::/96"), 0),  # compatible (section 2.5.5.1)
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated (RFC 2765 section 2.1)
    (IPv6Network("64:ff9b::/96"), 0),  # by the well-known prefix (RFC 6052 section 2.1)
    (IPv6Network("2002::/16"), 80),  # 6to4 (RFC 3056 section 2)
)
#: What Python's tables, which differ by its version, take for public and no blog can have.
_NOT_PUBLIC: Final = (
    IPv4Network("192.0.0.0/24"),  # IETF's own (RFC 6890)
    IPv4Network("192.88.99.0/24"),  # relays of 6to4 (RFC 7526)
    IPv6Network("2001::/23"),  # IETF's own, Teredo among it (RFC 2928, RFC 4380)
    IPv6Network("3fff::/20"),  # for documents (RFC 9637)
)


def guarded(host: str, addresses: Sequence[str]) -> list[str]:
    """Returns the *addresses* of *host* when it may be connected to.

    An address that *host* itself spells out is meant, and so is the loopback by the name ``localhost``. Any other
    name with one address that is not public raises ``NotPublic``.
    """
    if _literal(host) is not None or (host == "localhost" and all(ip_address(a).is_loopback for a in addresses)):
        return list(addresses)
    for address in addresses:
        if not _public(ip_address(address)):
            raise NotPublic(
                f"{host}: this name leads to {address}, which is not a public address; "
                "if that is meant, write the address itself into the configuration"
            )
    return list(addresses)


def _public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it lies on the Internet: what is reached by it, where that is written within another."""
    inner = _ipv4_in(address)
    if inner is not None:
        return _public(inner)
    return (
        address.is_global
        and not address.is_multicast
        and (address.version == 4 or address in _INTERNET)
        and not any(address in network for network in _NOT_PUBLIC)
    )


def _ipv4_in(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    behind = next((bits for network, bits in _HOLDS_IPV4 if address in network), None)
    return None if behind is None else IPv4Address(int(address) >> behind & 0xFFFFFFFF)


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
        raise LedAway(
            f"{named(asked)}: redirects to {named(target)}, another host; "
            "if it has moved, write its new address into the configuration"
        )
    return target


def _same_host(asked: httpx.URL, target: httpx.URL) -> bool:
    upgraded = (asked.scheme, _port(asked), target.scheme, _port(target)) == ("http", 80, "https", 443)
    return asked.raw_host == target.raw_host and (upgraded or origin_of(asked) == origin_of(target))
