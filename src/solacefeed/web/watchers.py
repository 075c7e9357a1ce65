"""Who may see how the site stands: the networks that the operator has named, and this machine where it asks apart.

The law: neither a header nor its absence opens anything. Where pages are served a proxy may hand on what all the world
asks, and look like a program of this machine (nginx's plain ``proxy_pass`` tells of nobody, and asks under this
machine's address). So this machine may see at ``[monitoring] listen`` alone, which no proxy hands on; nor there what
came through one, or was asked under another name than this machine's, as a page of another site in its browser would.
And whom a proxy tells of is believed where the operator has named that proxy: one that nobody has set up may hand on
what its client has made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from solacefeed.web import clients
from solacefeed.web.routing import PageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchers:
    #: ``[monitoring] allow``.
    allowed: Sequence[clients.Network] = ()
    #: Those of proxies: as a client one of them is whoever it did not tell of.
    trusted: Sequence[clients.Network] = ()
    #: Whether the operator has named these proxies.
    are_named: bool = False
    #: Whether it is asked at ``[monitoring] listen``.
    is_apart: bool = False

    def may_see(self, asked: PageRequest) -> bool:
        address = clients.address(asked.request.client.host if asked.request.client else "")
        if address is None:
            return False
        if address.is_loopback:
            return self.is_apart and asked.came_directly and _is_of_here(asked.request.url.hostname)
        if not asked.came_directly and not (self.are_named and asked.is_told_of):
            return False
        is_proxy = any(address in each for each in self.trusted)
        return not is_proxy and any(address in each for each in self.allowed)


def _is_of_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
