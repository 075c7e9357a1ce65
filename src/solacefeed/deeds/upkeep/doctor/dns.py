"""What the name system tells receivers of our mail: SPF, DKIM, DMARC, and where mail to us goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from solacefeed.deeds.upkeep.doctor.examinations import SiteFinding, note, ok, trouble, unknown
from solacefeed.delivery.signed_mail import tags
from solacefeed.delivery.signing import SigningKey
from solacefeed.dns_client.lookup import Lookup
from solacefeed.dns_client.sender_policies import DmarcPolicy, SpfPolicy
from solacefeed.errors import ResolverError
from solacefeed.words import counted, listing

#: Terms of an SPF record that may ask the name system (RFC 7208 section 4.6.4), and how near is near.
_MOST_LOOKUPS = 10
_MANY_LOOKUPS = 9
#: Warnings of one record that are told.
_MOST_WARNINGS = 3

_SEE_RECEIVERS = "see docs/delivery.md, What receivers want of bulk mail"
_BY_A_TEST_MAIL = (
    "send a test (`solacefeed editions test DIGEST ADDRESS`), and give its file to `solacefeed doctor --mail`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRelay:
    """What is known of a provider's relay."""

    #: What its customers include in their SPF record, any one of these; the first is what new ones are told.
    includes: tuple[str, ...]
    #: Whether mail leaves with the return path that it was given; else the provider's own stands there.
    keeps_return_path: bool


#: By the end of a relay's name, as providers tell their customers.
KNOWN_RELAYS: Mapping[str, KnownRelay] = {
    "gmail.com": KnownRelay(includes=("_spf.google.com",), keeps_return_path=True),
    "google.com": KnownRelay(includes=("_spf.google.com",), keeps_return_path=True),
    "office365.com": KnownRelay(includes=("spf.protection.outlook.com",), keeps_return_path=True),
    "messagingengine.com": KnownRelay(includes=("spf.messagingengine.com",), keeps_return_path=True),
    "fastmail.com": KnownRelay(includes=("spf.messagingengine.com",), keeps_return_path=True),
    "zoho.eu": KnownRelay(includes=("zohomail.eu", "zoho.eu"), keeps_return_path=True),
    "amazonaws.com": KnownRelay(includes=("amazonses.com",), keeps_return_path=False),
    "sendgrid.net": KnownRelay(includes=("sendgrid.net",), keeps_return_path=False),
    "mailgun.org": KnownRelay(includes=("mailgun.org",), keeps_return_path=False),
    "postmarkapp.com": KnownRelay(includes=("spf.mtasv.net",), keeps_return_path=False),
    "sendinblue.com": KnownRelay(includes=("spf.brevo.com", "spf.sendinblue.com"), keeps_return_path=False),
    "brevo.com": KnownRelay(includes=("spf.brevo.com", "spf.sendinblue.com"), keeps_return_path=False),
    "mailjet.com": KnownRelay(includes=("spf.mailjet.com",), keeps_return_path=False),
}


# -- whom we ask --------------------------------------------------------------------------------------


def resolver_findings(lookup: Lookup, why: str | None) -> Iterator[SiteFinding]:
    """Whether anybody answers at all, or *why* nobody does."""
    if why:
        yield unknown(
            f"no resolver answers ({why}): what the name system says of your mail is not known here",
            "see /etc/resolv.conf, or name one by --resolver ADDRESS",
        )
    else:
        yield ok(f"the resolver {lookup.name} answers")


def silence(lookup: Lookup, domain: str) -> str | None:
    """Why nobody answers, be it of our own *domain* or of another name; ``None`` where somebody does."""
    why = None
    for name in (domain, "localhost"):
        try:
            # Whatever is answered to that, it is an answer.
            lookup.texts(name)
        except ResolverError as error:
            why = why or str(error)
        else:
            return None
    return why


# -- SPF ----------------------------------------------------------------------------------------------


def spf_findings(domain: str, policy: SpfPolicy, relay: str, addresses: Iterable[str]) -> Iterator[SiteFinding]:
    """What the SPF record of the return path's *domain* says of mail by *relay*, which has these *addresses*."""
    if policy.record is None:
        why = policy.fault or "there is no record"
        to_do = f"publish one, with the name that your relay tells you; {_SEE_RECEIVERS}"
        yield trouble(f"SPF of {domain}: {why}", to_do)
        return
    if policy.fault:
        yield trouble(f"SPF of {domain}: {policy.fault}", f"mend the record: receivers can't use it; {_SEE_RECEIVERS}")
        return
    if policy.others == "pass":
        yield trouble(f"SPF of {domain} lets everybody send in your name", "let it end with -all or ~all")
    elif policy.others == "neutral":
        yield note(f"SPF of {domain} says nothing of who else sends", "let it end with -all or ~all")
    yield from _of_lookups(domain, policy)
    yield from _of_warnings(f"SPF of {domain}", policy.warnings)
    yield _of_the_relay(domain, policy, relay, list(addresses))


def _of_lookups(domain: str, policy: SpfPolicy) -> Iterator[SiteFinding]:
    if policy.lookups is not None and policy.lookups >= _MANY_LOOKUPS:
        yield note(
            f"SPF of {domain} takes {policy.lookups} of {_MOST_LOOKUPS} look-ups: one more that somebody whom it "
            "includes adds makes it worthless",
            "leave out who sends no more",
        )


def _of_the_relay(domain: str, policy: SpfPolicy, relay: str, addresses: Sequence[str]) -> SiteFinding:
    known = next((each for end, each in KNOWN_RELAYS.items() if relay == end or relay.endswith(f".{end}")), None)
    if known and (named := next((each for each in known.includes if each in policy.includes), None)):
        return ok(f"SPF of {domain} includes {named}, by which {relay} sends")
    # One on this machine sends by an address that others see.
    if any(policy.lets(each) for each in addresses if not ip_address(each).is_loopback):
        return ok(f"SPF of {domain} lets {relay} send")
    if known and known.keeps_return_path:
        return trouble(f"SPF of {domain} does not let {relay} send", f"add include:{known.includes[0]} to it")
    if known:
        return note(
            f"SPF of {domain} does not include {known.includes[0]}, by which {relay} sends",
            f"nothing, if it writes a return path of its own; else add include:{known.includes[0]}. To know, "
            f"{_BY_A_TEST_MAIL}",
        )
    return unknown(
        f"SPF of {domain} is right, and does not name {relay} itself; by which addresses that sends is not known here",
        _BY_A_TEST_MAIL,
    )


# -- DKIM ---------------------------------------------------------------------------------------------


def dkim_findings(keys: Sequence[SigningKey], lookup: Lookup) -> Iterator[SiteFinding]:
    """Whether receivers find the records of our own *keys*, and those very keys in them (RFC 6376 section 3.6.1)."""
    if not keys:
        yield note("nothing is signed here, so the relay has to sign under your domain", _BY_A_TEST_MAIL)
    for key in keys:
        texts = lookup.texts(key.record().name)
        yield from _of_the_record(key, texts)


def _of_the_record(key: SigningKey, texts: Sequence[str]) -> Iterator[SiteFinding]:
    name, publish = key.record().name, "`solacefeed dkim record` prints what to publish"
    if not texts:
        yield trouble(f"DKIM: there is no record {name}, and every mail is signed by its key", publish)
        return
    if len(texts) > 1:
        yield trouble(
            f"DKIM: there are {len(texts)} records {name}, and receivers take any of them", f"leave one; {publish}"
        )
        return
    if fault := _fault(key, texts[0]):
        yield trouble(f"DKIM: the record {name} {fault}", publish)
        return
    yield ok(f"DKIM: the record {name} has our key, {_strength(key)}")
    if "y" in _listed(texts[0], "t"):
        yield note(
            f"DKIM: the record {name} says that it is a test (t=y), so that some heed no signature", "take t=y out"
        )


def _fault(key: SigningKey, text: str) -> str | None:
    """Why receivers can't verify by the record *text*; ``None`` where they can."""
    try:
        said, ours = tags(text), tags(key.record().text)
    except ValueError as error:
        return f"can't be read: {error}"
    published = "".join(said.get("p", "").split())
    if not published:
        return "has taken its key back (p= is empty)"
    if published != ours["p"] or said.get("k", "rsa") != ours["k"]:
        return "has another key than ours"
    if "h" in said and "sha256" not in _listed(text, "h"):
        return "does not take SHA-256 (h=)"
    if "s" in said and not {"*", "email"} & set(_listed(text, "s")):
        return "is not for mail (s=)"
    return None


def _listed(text: str, tag: str) -> list[str]:
    return [each.strip() for each in tags(text).get(tag, "").split(":")]


def _strength(key: SigningKey) -> str:
    bits = getattr(key.private, "key_size", None)
    return f"RSA of {bits} bits" if bits else "Ed25519"


# -- DMARC --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderDomains:
    """Whose names stand in our mail."""

    #: Of ``[mail] from``.
    author: str
    #: Of ``[mail] return_path``.
    return_path: str
    #: Of our own signatures.
    signing: tuple[str, ...]


def dmarc_findings(
    domains: SenderDomains, policy: DmarcPolicy, organisational: Callable[[str], str]
) -> Iterator[SiteFinding]:
    """What becomes of mail from our domain that is not borne out, and whether ours is.

    *organisational* gives the registered domain of one, by which relaxed alignment goes (RFC 9989 section 4.4).
    """
    author = domains.author
    if policy.record is None:
        to_do = f'publish _dmarc.{author} IN TXT "v=DMARC1; p=none; rua=mailto:YOU@{author}"; {_SEE_RECEIVERS}'
        yield trouble(f"DMARC of {author}: {policy.fault or 'there is no record'}", to_do)
        return
    if policy.fault:
        yield trouble(f"DMARC of {author}: {policy.fault}", f"mend the record at _dmarc.{policy.location}")
        return
    yield ok(f"DMARC of {author}: p={policy.policy}, by the record of {policy.location}")
    if not policy.reports:
        yield note(f"DMARC of {author} names nobody for reports", "add rua=mailto:... to the record, and read them")
    yield from _of_warnings(f"DMARC of {author}", policy.warnings)
    yield _of_alignment(domains, policy, organisational)


def _of_alignment(domains: SenderDomains, policy: DmarcPolicy, organisational: Callable[[str], str]) -> SiteFinding:
    def aligned(domain: str, *, strict: bool) -> bool:
        return domain == domains.author or (not strict and organisational(domain) == organisational(domains.author))

    by_dkim = [each for each in domains.signing if aligned(each, strict=policy.strict_dkim)]
    by_spf = aligned(domains.return_path, strict=policy.strict_spf)
    if by_dkim:
        also = f", and by the return path at {domains.return_path}" if by_spf else ""
        return ok(f"DMARC: mail is borne out by our signatures of {listing(by_dkim)}{also}")
    if domains.signing:
        strict = " (adkim=s)" if policy.strict_dkim else ""
        said = f"our signatures are of {listing(domains.signing)}, which does not count for {domains.author}{strict}"
        return trouble(f"DMARC: {said}", "sign under the domain of [mail] from: `solacefeed dkim keygen --domain`")
    if by_spf:
        return note(
            f"DMARC: mail is borne out by its return path at {domains.return_path}, and loses that where it is "
            "forwarded; what the relay signs is not known here",
            f"let the relay sign under {domains.author}, or sign here ([dkim]); then {_BY_A_TEST_MAIL}",
        )
    strict = " (aspf=s)" if policy.strict_spf else ""
    return note(
        f"DMARC: the return path at {domains.return_path} does not count for {domains.author}{strict}: mail passes by "
        "a signature of the relay's alone, if it makes one",
        f"let the relay sign under {domains.author}, or sign here ([dkim]); then {_BY_A_TEST_MAIL}",
    )


# -- where mail to us goes ----------------------------------------------------------------------------


def mailbox_findings(domain: str, keys: Sequence[str], lookup: Lookup) -> Iterator[SiteFinding]:
    """Whether mail to *domain* arrives, which the config's *keys* name; receivers refuse senders that none reaches."""
    named = f"mail to {domain} ({listing(keys)})"
    exchangers = lookup.mail_exchangers(domain)
    if any(not each.host for each in exchangers):
        yield trouble(f"{named}: the domain says that it takes no mail (RFC 7505)", "name an address that does")
        return
    if not exchangers:
        yield _without_exchanger(named, bool(lookup.addresses(domain)))
        return
    lost = [each.host for each in exchangers if not lookup.addresses(each.host)]
    if len(lost) == len(exchangers):
        yield trouble(f"{named}: none of its MX has an address ({listing(lost)})", "mend the domain's MX records")
    elif lost:
        yield note(f"{named}: {listing(lost)} has no address", "mend the domain's MX records")
    else:
        yield ok(f"{named} goes to {exchangers[0].host}")


def _without_exchanger(named: str, has_address: bool) -> SiteFinding:
    if has_address:
        return note(f"{named}: there is no MX record, so it goes to the domain's own address", "publish an MX record")
    return trouble(f"{named}: the domain has neither an MX record nor an address", "publish an MX record for it")


def _of_warnings(what: str, warnings: Sequence[str]) -> Iterator[SiteFinding]:
    for warning in warnings[:_MOST_WARNINGS]:
        yield note(f"{what}: {warning}")
    if len(warnings) > _MOST_WARNINGS:
        yield note(f"{what}: {counted(len(warnings) - _MOST_WARNINGS, 'warning')} more")
