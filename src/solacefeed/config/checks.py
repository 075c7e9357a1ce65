"""What one value of the config must be: a value in, the meant value out, else ``ValueError`` with a sentence.

Pure, but for the files that are looked into.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from solacefeed.addresses import parsed
from solacefeed.email_addresses import email_address
from solacefeed.models.events import date_in_reach

#: What UTM parameters there are.
UTM = ("source", "medium", "campaign", "term", "content", "id")

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=366)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_SLUG = re.compile(r"[a-z0-9%_-]{1,200}")
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_MAILBOX = re.compile(r"(?:(?P<name>[^<>]*?)\s*<(?P<bracketed>[^<>]+)>|(?P<bare>[^<>]+))")
# They stand among the system's zones: what this machine happens to have, and clocks that count leap seconds.
_NO_PLACE = re.compile(r"localtime|posixrules|(posix|right)/.*")
_NEEDS_QUOTES = re.compile(r'[()<>\[\]:;@\\,."]')

# BCP 47 (RFC 5646 section 2.1): language, script, region, variants; the rest is not used of blogs.
_LANGUAGE = re.compile(
    r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
)

# RFC 4151 section 2.1, in the lower case that it recommends.
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_TAG_AUTHORITY = re.compile(
    rf"([a-z0-9._-]+@)?{_LABEL}(\.{_LABEL})*,(?P<year>[0-9]{{4}})(-(?P<month>[0-9]{{2}})(-(?P<day>[0-9]{{2}}))?)?"
)

_MAIL_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})+")
_LONGEST_DOMAIN = 253
_SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?){0,3}")
_LONGEST_SENDER = 15
_FEEDBACK_SENDER = re.compile(rf"[A-Za-z0-9-]{{5,{_LONGEST_SENDER}}}")


# -- text -----------------------------------------------------------------------------------------


def line(value: str) -> str:
    """One line of text, trimmed; never empty."""
    return _text(value, _CONTROL, "must be one line without control characters")


def text(value: str) -> str:
    """One or more lines of text, trimmed; never empty."""
    return _text(value, _CONTROL_IN_TEXT, "must not hold control characters")


def _text(value: str, refused: re.Pattern[str], sentence: str) -> str:
    trimmed = value.strip()
    if not trimmed:
        raise ValueError("must not be empty")
    if refused.search(trimmed):
        raise ValueError(sentence)
    return trimmed


def name(value: str) -> str:
    """A name of ours, fit for ids and file names."""
    if not _NAME.fullmatch(value):
        raise ValueError("must be 1 to 64 lower-case letters, digits and hyphens")
    return value


def one_or_several(value: object) -> object:
    """A text alone is a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def slug(value: str) -> str:
    """A category's slug, as it stands in the blog's addresses."""
    if not _SLUG.fullmatch(value):
        raise ValueError(f'must hold slugs, as in the blog\'s addresses, such as "local-government"; not {value!r}')
    return value


def language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('must be a language tag (BCP 47), such as "en" or "en-GB"')
    return value


def utm(value: str) -> str:
    """The name of an UTM parameter, without its ``utm_``."""
    if value not in UTM:
        raise ValueError(f"must be one of {', '.join(UTM)}")
    return value


# -- numbers and times ------------------------------------------------------------------------------


def whole(low: int, high: int) -> Callable[[object], int]:
    """A check for a whole number from *low* to *high*."""

    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return value

    return check


def number(low: float, high: float) -> Callable[[object], float]:
    """A check for a number from *low* to *high*, whole or not."""

    def check(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"must be a number from {low:g} to {high:g}")
        return float(value)

    return check


def duration(value: object) -> timedelta:
    """``"90s"``, ``"15m"``, ``"48h"`` or ``"7d"``."""
    match = re.fullmatch(r"([0-9]{1,8})([smhd])", value) if isinstance(value, str) else None
    length = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else timedelta()
    if not timedelta() < length <= _LONGEST:
        raise ValueError('must be a duration from "1s" to "366d", such as "90s", "15m", "48h" or "7d"')
    return length


def share(value: object) -> float:
    """``"1%"`` or ``"0.3%"``, as a part of 1."""
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)%", value) if isinstance(value, str) else None
    if match is None or float(match[1]) > 100:
        raise ValueError('must be a share from "0%" to "100%", such as "1%" or "0.3%"')
    return float(match[1]) / 100


def growth(value: object) -> float:
    """How many times as much is too much: 0 for never, else above 1."""
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else -1.0
    if not (number == 0 or 1 < number <= 1000):
        raise ValueError("must be 0, or a number above 1 and up to 1000, such as 3 or 1.5")
    return number


def instant(value: object) -> datetime:
    """An offset date-time, given back in UTC."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("must be a date-time with an offset and without quotes, such as 2026-11-23T08:00:00Z")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a date-time within the years 1 to 9999") from None


def day_or_instant(value: object) -> date | datetime:
    """A local date, which means all day, or an offset date-time, given back in UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return date_in_reach(instant(value))
    if isinstance(value, date) and not isinstance(value, datetime):
        return date_in_reach(value)
    raise ValueError(
        "must be a date or a date-time with an offset, without quotes, such as 2027-04-13 or 2027-04-13T09:30:00+01:00"
    )


def day(value: object) -> date:
    """A local date."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return date_in_reach(value)
    raise ValueError("must be a date without quotes, such as 2027-03-26")


def time_zone(value: str) -> str:
    """The name of an IANA time zone."""
    if _NO_PLACE.fullmatch(value) or not _is_zone(value):
        near = get_close_matches(value, available_timezones() - {"localtime"}, n=1, cutoff=0.8)
        raise ValueError(f'must be an IANA time zone, such as "{near[0] if near else "Europe/London"}"')
    return value


def _is_zone(value: str) -> bool:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):
        return False
    return True


# -- addresses --------------------------------------------------------------------------------------


def http_url(value: str) -> str:
    """An absolute http or https address without a user, given back as it is: a slash at its end may mean much."""
    if not _is_http(value):
        raise ValueError('must be an http or https address, such as "https://feeds.example.org"')
    if "@" in parsed(value).authority:
        raise ValueError("must not carry a user name or password")
    return value


def calendar_url(value: str) -> str:
    """An http or https address; ``webcal:`` says what is to be done with it, and stands for https."""
    return http_url(re.sub("^webcals?:", "https:", value, flags=re.IGNORECASE))


def base_url(value: str) -> str:
    """An address that others are built upon, given back without a slash at its end."""
    address = http_url(value).rstrip("/")
    if "?" in address or "#" in address:
        raise ValueError("must not have a query or a fragment, since addresses are built upon it")
    return address


def source_url(value: str) -> str:
    """A blog's address, or the bundled sample blog's."""
    if value == "sample:":
        return value
    try:
        return base_url(value)
    except ValueError as error:
        raise ValueError(f'{error}; or "sample:" for the bundled blog') from None


def contact(value: str) -> str:
    """Where a blog's owner can complain: ``mailto:`` or a web address."""
    scheme, _, rest = value.partition(":")
    return f"mailto:{email_address(rest)}" if scheme == "mailto" else http_url(value)


def invitation(value: str) -> str:
    """Where people subscribe: a web address, or ``mailto:`` with or without a subject."""
    address, mark, query = value.partition("?")
    if not address.startswith("mailto:"):
        return http_url(value)
    if mark and not re.fullmatch(r"subject=[^\s&\"<>]+", query):
        raise ValueError("must be a web address, or mailto:ADDRESS, with nothing behind it but ?subject=WORDS%20HERE")
    return f"{contact(address)}{mark}{query}"


def address_or_domain(value: str) -> str:
    """An email address, or ``@`` and a domain, which is for every address there."""
    try:
        email_address(f"postmaster{value}" if value.startswith("@") else value)
    except ValueError as error:
        cause = str(error).partition(": ")[2]
        raise ValueError(f'must be like "me@example.org", or "@example.org" for a whole domain: {cause}') from None
    return value


def mailbox(value: str) -> str:
    """An address with or without a name (RFC 5322 section 3.4), the name quoted where it has to be."""
    match = _MAILBOX.fullmatch(value.strip())
    if not match:
        raise ValueError('must be like "Example Council <digest@example.org>"')
    address = email_address((match["bracketed"] or match["bare"]).strip())
    display = (match["name"] or "").strip()
    return f"{_quoted(line(display))} <{address}>" if display else address


def address_of(value: str) -> str:
    """The bare address of a ``mailbox``."""
    return value.rpartition("<")[2].rstrip(">")


def _quoted(display: str) -> str:
    inner = display[1:-1] if len(display) > 2 and display[0] == display[-1] == '"' else display
    if not _NEEDS_QUOTES.search(inner):
        return inner
    escaped = re.sub(r'\\?(["\\])', r"\\\1", inner)
    return f'"{escaped}"'


def feedback_sender(value: str) -> str:
    """Gmail's SenderId: nothing else may stand in it."""
    if not _FEEDBACK_SENDER.fullmatch(value):
        raise ValueError("must be 5 to 15 letters, digits and -")
    return value


def feedback_sender_of(sender: str) -> str:
    """That of who says none: ``example-org`` for ``digest@example.org``."""
    domain = address_of(sender).rpartition("@")[2].lower()
    letters = re.sub("[^a-z0-9]+", "-", domain).strip("-")[:_LONGEST_SENDER].rstrip("-")
    return letters if _FEEDBACK_SENDER.fullmatch(letters) else f"{letters}-mail"


def mail_domain(value: str) -> str:
    """As DNS has it: letters beyond ASCII stand in their xn-- form (RFC 5890)."""
    if not _MAIL_DOMAIN.fullmatch(value) or len(value) > _LONGEST_DOMAIN:
        raise ValueError('must be a domain as DNS has it, such as "example.org", in small letters')
    return value


def selector(value: str) -> str:
    """RFC 6376 section 3.1."""
    if not _SELECTOR.fullmatch(value):
        raise ValueError('must be small letters, digits and -, in parts of at most 63, such as "solacefeed-rsa"')
    return value


def tag_authority(value: str) -> str:
    """The authority of our ``tag:`` URIs (RFC 4151 section 2.1)."""
    match = _TAG_AUTHORITY.fullmatch(value)
    if not match or not _is_day(match["year"], match["month"] or "01", match["day"] or "01"):
        raise ValueError(
            "must be a domain or an email address in lower case, a comma and a date on which it was yours, "
            'such as "example.org,2026" (RFC 4151)'
        )
    return value


def host(value: str) -> str:
    """A host name or an IP address, without a port."""
    if not (_HOST.fullmatch(value) or _is_ip(value)):
        raise ValueError('must be a host name without a port, such as "smtp.example.org"')
    return value


def listen(value: str) -> str:
    """``HOST:PORT``, an IPv6 address in brackets."""
    where, _, port = value.rpartition(":")
    bracketed = where.startswith("[") and where.endswith("]")
    named = _is_ip(where[1:-1]) if bracketed else _HOST.fullmatch(where)
    if not named or not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError('must be HOST:PORT, such as "127.0.0.1:8025"')
    return value


def network(value: str) -> str:
    """An IP network, such as ``10.0.0.0/8``; a single address is one too."""
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError('must be an IP network such as "10.0.0.0/8"') from None


def origin(value: str) -> str:
    """Scheme and host of a site, with a port where it has one."""
    address = http_url(value)
    scheme, _, rest = address.partition("://")
    if rest.rstrip("/") != rest.rstrip("/").partition("/")[0] or "?" in rest or "#" in rest:
        raise ValueError('must be a site\'s scheme and host alone, such as "https://www.example.org"')
    return f"{scheme}://{rest.rstrip('/')}".lower()


def is_loopback(where: str) -> bool:
    """Whether the host *where* is this machine."""
    return where == "localhost" or (_is_ip(where) and ipaddress.ip_address(where).is_loopback)


def _is_http(value: str) -> bool:
    address = parsed(value)
    named = _HOST.fullmatch(address.host) or _is_ip(address.host)
    return address.is_web and address.port != 0 and bool(named) and _is_plain(value)


def _is_plain(value: str) -> bool:
    return re.fullmatch(r"[!-~]+", value) is not None


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
