"""What a domain tells receivers of its mail: SPF (RFC 7208) and DMARC (RFC 9989). The home of checkdmarc.

It comes with the extra ``doctor``, and is loaded by the first question, for it brings a dozen packages. It keeps
answers for half an hour, whoever gave them, and tells of a resolver that failed as of a mistake in the record; both are
mended here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Any

from solacefeed.dns_client.lookup import Lookup, NotingResolver


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfPolicy:
    """Who may send in the name of a domain, as its SPF record says with all that it includes."""

    #: ``None`` where the domain has none.
    record: str | None
    #: Why receivers can't use it; ``None`` where they can.
    fault: str | None
    #: Terms that ask the name system; more than ten make the record worthless (RFC 7208 section 4.6.4).
    lookups: int | None
    warnings: tuple[str, ...]
    #: Domains whose records it includes, at whatever depth.
    includes: frozenset[str]
    #: Networks and addresses that may send, as far as they can be told.
    networks: tuple[str, ...]
    #: What becomes of all others: ``fail``, ``softfail``, ``neutral`` or ``pass``.
    others: str | None

    def lets(self, address: str) -> bool:
        """Whether it names the network of *address*."""
        sought = ip_address(address)
        return any(sought in ip_network(network, strict=False) for network in self.networks)


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcPolicy:
    """What a domain wants done with mail in its name that neither SPF nor DKIM bears out."""

    record: str | None
    #: The name at which it was found, by the walk up the tree (RFC 9989 section 4.10).
    location: str | None
    fault: str | None
    warnings: tuple[str, ...]
    #: ``none``, ``quarantine`` or ``reject``.
    policy: str | None
    #: Whether the domain of the signature, and that of the return path, must be the very one of From.
    strict_dkim: bool = False
    strict_spf: bool = False
    #: Where reports go.
    reports: tuple[str, ...] = ()


_loading = Lock()


def _load() -> None:
    """Its modules import one another: of two threads that begin with two of them one found the other's half made."""
    with _loading:
        import checkdmarc  # noqa: F401


def is_installed() -> bool:
    return find_spec("checkdmarc") is not None


def organisational_domain(domain: str) -> str:
    """The registered domain that *domain* is of, by the list of public suffixes that checkdmarc brings."""
    _load()
    from checkdmarc.utils import get_base_domain

    return str(get_base_domain(domain))


def spf_policy(domain: str, lookup: Lookup) -> SpfPolicy:
    """The SPF policy of *domain*; raises ``ResolverError`` where a question that it takes has no answer."""
    _load()
    from checkdmarc.spf import check_spf

    resolver = _resolver(lookup)
    told: Mapping[str, Any] = check_spf(domain, resolver=resolver)
    _raise_unanswered(resolver, told)
    parsed = told.get("parsed")
    return SpfPolicy(
        record=told.get("record"),
        fault=_one_line(told["error"]) if told.get("error") else None,
        lookups=told.get("dns_lookups"),
        warnings=tuple(map(_one_line, told.get("warnings") or ())),
        includes=frozenset(_includes(parsed)) if parsed else frozenset(),
        networks=tuple(dict.fromkeys(_networks(parsed, lookup))) if parsed else (),
        others=parsed["all"] if parsed else None,
    )


def dmarc_policy(domain: str, lookup: Lookup) -> DmarcPolicy:
    """The DMARC policy for mail from *domain*; raises ``ResolverError`` as above."""
    _load()
    from checkdmarc.dmarc import check_dmarc

    resolver = _resolver(lookup)
    told: Mapping[str, Any] = check_dmarc(domain, resolver=resolver)
    _raise_unanswered(resolver, told)
    tags = {name: tag["value"] for name, tag in (told.get("tags") or {}).items()}
    return DmarcPolicy(
        record=told.get("record"),
        location=told.get("location"),
        fault=_one_line(told["error"]) if told.get("error") else None,
        warnings=tuple(map(_one_line, told.get("warnings") or ())),
        policy=_policy(tags, of_a_parent=told.get("location") != domain),
        strict_dkim=tags.get("adkim") == "s",
        strict_spf=tags.get("aspf") == "s",
        reports=tuple(each["address"] for each in tags.get("rua") or ()),
    )


def _policy(tags: Mapping[str, Any], *, of_a_parent: bool) -> str | None:
    told = (tags.get("sp") if of_a_parent else None) or tags.get("p")
    return str(told) if told else None


def _resolver(lookup: Lookup) -> NotingResolver:
    from checkdmarc.utils import DNS_CACHE

    # Half an hour old, and perhaps by another resolver: who mends a record and asks again is to see the new one.
    DNS_CACHE.clear()
    return lookup.resolver()


def _raise_unanswered(resolver: NotingResolver, told: Mapping[str, Any]) -> None:
    """What is well without an answer is well: it asks also what nothing hangs on."""
    if resolver.unanswered is not None and told.get("error"):
        raise resolver.unanswered


def _includes(parsed: Mapping[str, Any]) -> Iterator[str]:
    for each in parsed["mechanisms"]:
        if each["mechanism"] == "include":
            yield each["value"].lower()
    for inner in _inner(parsed):
        yield from _includes(inner)


def _networks(parsed: Mapping[str, Any], lookup: Lookup) -> Iterator[str]:
    for each in parsed["mechanisms"]:
        if each["action"] == "pass":
            yield from _named_by(each, lookup)
    for inner in _inner(parsed):
        yield from _networks(inner, lookup)


def _named_by(mechanism: Mapping[str, Any], lookup: Lookup) -> Iterator[str]:
    if mechanism["mechanism"] in ("ip4", "ip6"):
        yield mechanism["value"]
    yield from mechanism.get("addresses") or ()
    for host in mechanism.get("hosts") or ():
        yield from lookup.addresses(host["hostname"])


def _inner(parsed: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The records that one includes, or that it leads to."""
    led = [each for each in parsed["mechanisms"] if each["mechanism"] == "include"]
    for each in (*led, *filter(None, [parsed.get("redirect")])):
        if each.get("parsed"):
            yield each["parsed"]


def _one_line(said: object) -> str:
    return " ".join(str(said).split()).removesuffix(".")
