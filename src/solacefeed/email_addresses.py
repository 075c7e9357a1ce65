"""Email addresses: what is one, and which are the same. The home of email-validator; no name server is asked."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, ValidatedEmail, validate_email

#: Octets of what stands before the @, and of all of it (RFC 5321 sections 4.5.3.1.1 and 4.5.3.1.3).
_LONGEST_LOCAL = 64
_LONGEST = 254
#: Domains of which it is known whether mail can go there, for lists in which thousands share one.
_DOMAINS = 1 << 16

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
# RFC 5322 section 3.2.3: most addresses there are, which want no more than a look at their domain.
_PLAIN = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>[A-Za-z0-9.-]+)")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# RFC 1123 section 2.1, with a last label that ends in a letter, as all do that there are.
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[A-Za-z0-9-]*[A-Za-z]\Z){_LABEL}")
#: What ends an address or begins another, for a program that takes a letter for its look-alike.
_SPECIAL = frozenset('()<>[]:;@\\,"\r\n\t ')
_NOBODYS = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)
#: What stands where a letter was that can't be known.
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def email_address(value: str) -> str:
    """One address without a name (RFC 5321), as it can be mailed: a domain beyond ASCII in the spelling of IDNA.

    Raises ``ValueError`` with the cause. None that is taken could carry a second one: no comma, bracket, quote or line
    end is in it.
    """
    plain = _PLAIN.fullmatch(value)
    if plain and len(value) <= _LONGEST and len(plain["local"]) <= _LONGEST_LOCAL and _is_domain(plain["domain"]):
        return value
    try:
        found = _validated(value)
    except EmailNotValidError as error:
        cause = str(error).rstrip(".")
        raise ValueError(f'must be an email address, such as "digest@example.org": {cause}') from None
    if value.isascii():
        return value
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def _validated(value: str) -> ValidatedEmail:
    # email-validator refuses localhost as a special-use name, and has no option for that one alone.
    found = validate_email(re.sub("@localhost$", "@localhost.example.org", value), check_deliverability=False)
    # It counts letters, and without `strict` not even those.
    if len(found.local_part.encode()) > _LONGEST_LOCAL:
        raise EmailNotValidError(f"What stands before the @-sign is longer than {_LONGEST_LOCAL} octets.")
    if _UNKNOWN in found.local_part:
        raise EmailNotValidError("A letter before the @-sign can't be known.")
    if _SPECIAL & set(normalize("NFKC", found.local_part)):
        raise EmailNotValidError("A letter before the @-sign can be taken for one that ends an address.")
    return found


@lru_cache(_DOMAINS)
def _is_domain(domain: str) -> bool:
    """Whether mail can go there, of one that is spelt as it stands in the name service."""
    if "xn--" in domain.lower():
        return False
    if "--" not in domain and len(domain) < _LONGEST - 1 and _HOST.fullmatch(domain) and not _is_special(domain):
        # Looked at letter by letter, as one beyond ASCII would want, it takes forty times as long.
        return True
    try:
        validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _is_special(domain: str) -> bool:
    """Whether it is under a name that is nobody's, such as .invalid (RFC 6761)."""
    return f".{domain.lower()}".endswith(_NOBODYS)


def canonical(email: str) -> str:
    """*email* as addresses are compared: case never counts, and the two spellings of a domain (IDNA) are one.

    No letter beyond ASCII becomes one of ASCII: who has such an address is nobody else.
    """
    address = email.strip()
    if address.isascii():
        return address.lower()
    local, at, domain = address.rpartition("@")
    return f"{_folded(normalize('NFC', local))}{at}{_spelt(domain)}"


def _folded(text: str) -> str:
    # Case folding makes an s of the long one, and two of ß: each would open somebody else's mailbox.
    return "".join(letter.lower() if letter.isascii() or not letter.lower().isascii() else letter for letter in text)


def domain_spellings(domain: str) -> frozenset[str]:
    """A domain in letters and as it stands in the name service; none of what is no domain."""
    try:
        found = validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return frozenset()
    return frozenset(filter(None, (found.domain, found.ascii_domain)))


@lru_cache(_DOMAINS)
def _spelt(domain: str) -> str:
    """As it stands in the name service; what is no domain, as it is."""
    if domain.isascii():
        return domain.lower()
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).ascii_domain or _folded(domain)
    except EmailNotValidError:
        return _folded(domain)
