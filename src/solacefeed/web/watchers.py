"""Who may see how the site stands: this machine itself, and the networks that the operator has named.

The law: a header never opens anything. What came through a proxy is not of this machine, whatever it says; nor is what
was asked under another name than this machine's, as a page of another site in its browser would.
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

    def may_see(self, asked: PageRequest) -> bool:
        address = clients.address(asked.request.client.host if asked.request.client else "")
        if address is None:
            return False
        if address.is_loopback and asked.came_directly and _is_of_here(asked.request.url.hostname):
            return True
        is_proxy = any(address in each for each in self.trusted)
        return not is_proxy and any(address in each for each in self.allowed)


def _is_of_here(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
