"""Who asks: the client's address, through the proxies that the site trusts, and the network that rates go by."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

#: How much of an address its network is: what one household or one small office has.
_PREFIXES = {4: 24, 6: 48}


def networks(written: Sequence[str]) -> tuple[Network, ...]:
    """The networks that a config names."""
    return tuple(ip_network(each, strict=False) for each in written)


def client(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of who asks, by the connection's *peer* and the ``X-Forwarded-For`` headers.

    Each proxy appends whom it saw, so the list is read from its right end, for as long as whoever wrote that part is
    trusted: what stands further left anybody may have made up.
    """
    hops = [hop.strip() for header in forwarded for hop in header.split(",")]
    found = peer
    while hops and _is_trusted(found, trusted):
        said = address(hops.pop())
        if said is None:
            break
        found = str(said)
    return found


def network(client: str) -> str:
    """The network of *client*: ``192.0.2.0/24`` or ``2001:db8:1::/48``; of what is none, the words themselves."""
    found = address(client)
    if found is None:
        return client
    return str(ip_network(f"{found}/{_PREFIXES[found.version]}", strict=False))


def _is_trusted(client: str, trusted: Sequence[Network]) -> bool:
    found = address(client)
    return found is not None and any(found in each for each in trusted)


def address(written: str) -> IPv4Address | IPv6Address | None:
    """The address in any of the ways in which proxies write it: with brackets, a port, a zone, or IPv4 within IPv6."""
    bare = written.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
