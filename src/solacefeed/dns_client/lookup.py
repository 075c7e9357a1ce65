"""Records as the domain name system has them, by one resolver. The home of dnspython.

The law: what nobody has answered is never taken for what is not there. An empty answer says that the name has no such
record; a resolver that is absent, silent or failing raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.inet
import dns.resolver

from solacefeed.errors import ResolverError

if TYPE_CHECKING:
    from dns.rdata import Rdata

#: Seconds for one question with all its tries, and for one try.
PATIENCE = 5.0
_ONE_TRY = 2.0

_ADDRESS = re.compile(r"\[?([0-9a-fA-F.:]+?)\]?(?::(\d{1,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class MailExchanger:
    """Where mail to a domain goes, the smallest preference first (RFC 5321 section 5.1)."""

    preference: int
    #: Without a dot behind it; empty where the domain says that it takes no mail (RFC 7505).
    host: str


class NotingResolver(dns.resolver.Resolver):
    """dnspython's resolver, which remembers the last question that nobody has answered.

    checkdmarc tells what it could not ask in the words of what is wrong there; whoever asks by it looks here too.
    """

    unanswered: ResolverError | None = None

    def resolve(self, qname: Any, *args: Any, **options: Any) -> dns.resolver.Answer:
        try:
            return super().resolve(qname, *args, **options)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            raise
        except (dns.exception.DNSException, OSError) as error:
            self.unanswered = ResolverError(f"{qname}: {_in_words(error)}")
            raise


class Lookup:
    """Asks the system's resolver, or the one at *address*, such as ``192.0.2.53`` or ``127.0.0.1:5353``.

    Each question takes *patience* seconds at most. Raises ``ValueError`` for what is no address.
    """

    def __init__(self, address: str | None = None, *, patience: float = PATIENCE) -> None:
        self._where = _host_and_port(address) if address else None
        self._patience = patience

    @cached_property
    def name(self) -> str:
        """Whom it asks, for people; raises ``ResolverError`` where there is nobody."""
        resolver = self.resolver()
        return ", ".join(f"{each} port {resolver.port}" for each in resolver.nameservers)

    def resolver(self) -> NotingResolver:
        """A new one, which forgets what others were told; raises ``ResolverError`` where the system names none."""
        try:
            resolver = NotingResolver(configure=self._where is None)
        except dns.exception.DNSException as error:
            raise ResolverError(f"this machine names no resolver ({_in_words(error)}); see /etc/resolv.conf") from error
        if self._where is not None:
            host, resolver.port = self._where
            resolver.nameservers = [host]
        resolver.timeout, resolver.lifetime = min(_ONE_TRY, self._patience), self._patience
        return resolver

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records of *name*, each in one piece, sorted; those that are no UTF-8 with a sign in their place."""
        found = self._asked(name, "TXT")
        return tuple(sorted(b"".join(each.strings).decode("utf-8", "replace") for each in found))  # type: ignore[attr-defined]

    def mail_exchangers(self, domain: str) -> tuple[MailExchanger, ...]:
        """Where mail to *domain* goes, by its MX records."""
        found = self._asked(domain, "MX")
        told = (MailExchanger(preference=each.preference, host=_bare(str(each.exchange))) for each in found)  # type: ignore[attr-defined]
        return tuple(sorted(told))

    def addresses(self, host: str) -> tuple[str, ...]:
        """The addresses of *host*, of IPv4 and IPv6, sorted; an address is its own.

        Where one kind is answered and the other refused, as small name servers do, those of the one kind.
        """
        if dns.inet.is_address(host):
            return (host,)
        found, unanswered = list[str](), list[ResolverError]()
        for kind in ("A", "AAAA"):
            try:
                found += map(str, self._asked(host, kind))
            except ResolverError as error:
                unanswered.append(error)
        if unanswered and not found:
            raise unanswered[0]
        return tuple(sorted(found))

    def _asked(self, name: str, kind: str) -> Sequence[Rdata]:
        try:
            answer = self.resolver().resolve(_absolute(name), kind)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise ResolverError(f"{kind} of {name}: {_in_words(error)}") from error
        return list(answer)


def _host_and_port(address: str) -> tuple[str, int]:
    found = _ADDRESS.fullmatch(address) if address.count(":") < 2 or "]" in address else None
    host, port = (found[1], int(found[2] or 53)) if found else (address, 53)
    if not dns.inet.is_address(host) or not 0 < port < 65536:
        raise ValueError(f"{address} is no address of a resolver, such as 192.0.2.53 or 127.0.0.1:5353")
    return host, port


def _absolute(name: str) -> str:
    """No domain of the machine's own is tried behind it."""
    return f"{_bare(name)}."


def _bare(name: str) -> str:
    return name.removesuffix(".")


def _in_words(error: Exception) -> str:
    """What dnspython says of it, in one line without the names that its caller gives."""
    if isinstance(error, dns.resolver.LifetimeTimeout):
        return "no resolver answered in time"
    if isinstance(error, dns.resolver.NoNameservers):
        return "every resolver failed, or refused to answer"
    return " ".join(str(error).split()) or type(error).__name__
