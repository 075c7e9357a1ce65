"""What the keys of a config must be to one another: the parsed document in, what breaks a rule out.

Rules read the document and not the models, so that they speak up together with the checks of single keys; a value
of the wrong type breaks no rule, since its own check has told already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeGuard

from solacefeed.config.checks import is_loopback
from solacefeed.config.lines import Path
from solacefeed.config.tables import SMTP_PASSWORD
from solacefeed.config.toml import literal

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong."""

    #: The table or the key; it need not stand in the file.
    where: Path
    says: str


def broken(document: Document, environ: Mapping[str, str]) -> list[Problem]:
    """Every rule that *document* breaks."""
    found = [problem for rule in _RULES for problem in rule(document)]
    return [*found, *_login(document, environ)]


def _smtp_needs(document: Document) -> Iterator[Problem]:
    if _table(document, "mail").get("transport") != "smtp":
        return
    for (table, key), says in _NEEDED_BY_SMTP.items():
        if key not in _table(document, table):
            yield Problem(where=(table, key), says=f"missing, and transport smtp needs it; {says}")
    if "base_url" not in _table(document, "web") and "unsubscribe_mailbox" not in _table(document, "mail"):
        yield Problem(
            where=("mail", "unsubscribe_mailbox"),
            says="missing, and transport smtp needs a way to unsubscribe; "
            'write unsubscribe_mailbox = "unsubscribe@example.org", or set [web] base_url',
        )


_NEEDED_BY_SMTP = {
    ("mail", "from"): 'write from = "Example Council <digest@example.org>"',
    ("mail", "reply_to"): 'write reply_to = "editor@example.org"',
    ("mail", "host"): 'write host = "smtp.example.org"',
    ("site", "postal_address"): 'write postal_address = "1 Market Square, Anytown AN1 1AA"',
}


def _clear_text_stays_here(document: Document) -> Iterator[Problem]:
    mail = _table(document, "mail")
    host = mail.get("host")
    if mail.get("tls") == "none" and isinstance(host, str) and not is_loopback(host):
        yield Problem(
            where=("mail", "tls"),
            says=f'"none" is for a relay on this machine alone, and {literal(host)} is not; '
            'write "starttls" or "implicit"',
        )


def _pages_have_an_address(document: Document) -> Iterator[Problem]:
    web = _table(document, "web")
    if "listen" in web and "base_url" not in web:
        yield Problem(
            where=("web", "base_url"), says='missing, and listen needs it; write base_url = "https://news.example.org"'
        )


def _a_size_is_of_a_logo(document: Document) -> Iterator[Problem]:
    site = _table(document, "site")
    if "logo_size" in site and "logo" not in site:
        yield Problem(where=("site", "logo_size"), says="is the size of a logo, and there is none")


def _one_digest(document: Document) -> Iterator[Problem]:
    for number in range(1, len(_tables(document, "digests"))):
        yield Problem(where=("digests", number), says="there can be only one digest for now")


def _a_digest_has_its_names_alone(document: Document) -> Iterator[Problem]:
    digests = _tables(document, "digests")
    names = {name for digest in digests if isinstance(name := digest.get("name"), str)}
    seen = set[str]()
    for number, digest in enumerate(digests):
        for name in _texts(digest.get("former_names")):
            where = ("digests", number, "former_names")
            if name in names:
                yield Problem(where=where, says=f"{literal(name)} is the name of a [[digests]] now")
            elif name in seen:
                yield Problem(where=where, says=f"{literal(name)} stands in former_names already")
            seen.add(name)


def _calendars_have_one_place(document: Document) -> Iterator[Problem]:
    for number, calendar in enumerate(_tables(document, "calendars")):
        if "url" not in calendar and "file" not in calendar:
            yield Problem(
                where=("calendars", number),
                says='needs url or file; write url = "https://events.example.org/calendar.ics"',
            )
        elif "url" in calendar and "file" in calendar:
            yield Problem(where=("calendars", number, "file"), says="stands beside url; a calendar has one of them")


def _nothing_twice(document: Document) -> Iterator[Problem]:
    for table, key in (("events", "id"), ("calendars", "name"), ("digests", "name"), ("subscribers", "email")):
        seen = set()
        for number, entry in enumerate(_tables(document, table)):
            value = entry.get(key)
            if not isinstance(value, str):
                continue
            if value.casefold() in seen:
                yield Problem(
                    where=(table, number, key), says=f"{literal(value)} stands in another [[{table}]] already"
                )
            seen.add(value.casefold())


def _events_end_after_they_start(document: Document) -> Iterator[Problem]:
    for number, event in enumerate(_tables(document, "events")):
        starts, ends = event.get("starts"), event.get("ends")
        where = ("events", number, "ends")
        if not _is_said(starts) or not _is_said(ends):
            continue
        if isinstance(starts, datetime) != isinstance(ends, datetime):
            yield Problem(where=where, says="must be of one kind with starts: both dates, or both date-times")
        elif ends < starts:
            yield Problem(where=where, says="must not be before starts")


def _events_are_booked_before_they_end(document: Document) -> Iterator[Problem]:
    for number, event in enumerate(_tables(document, "events")):
        last, book_by = event.get("ends", event.get("starts")), event.get("book_by")
        if _is_said(last) and _is_said(book_by) and _day(book_by) > _day(last):
            yield Problem(where=("events", number, "book_by"), says="must not be after its last day")


def _subscribers_choose_something(document: Document) -> Iterator[Problem]:
    for number, subscriber in enumerate(_tables(document, "subscribers")):
        if subscriber.get("categories") == []:
            yield Problem(
                where=("subscribers", number, "categories"),
                says="must name at least one category; leave the key out for every category",
            )


def _login(document: Document, environ: Mapping[str, str]) -> Iterator[Problem]:
    mail = _table(document, "mail")
    has_password = "password_file" in mail or environ.get(SMTP_PASSWORD)
    if "username" in mail and not has_password:
        yield Problem(
            where=("mail", "username"), says=f"needs a password: name its file in password_file, or set {SMTP_PASSWORD}"
        )
    if "password_file" in mail and "username" not in mail:
        yield Problem(where=("mail", "password_file"), says='needs a name to log in with; write username = "digest"')


_RULES: tuple[Callable[[Document], Iterator[Problem]], ...] = (
    _smtp_needs,
    _clear_text_stays_here,
    _pages_have_an_address,
    _a_size_is_of_a_logo,
    _one_digest,
    _a_digest_has_its_names_alone,
    _calendars_have_one_place,
    _nothing_twice,
    _events_end_after_they_start,
    _events_are_booked_before_they_end,
    _subscribers_choose_something,
)


def _table(document: Document, name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _tables(document: Document, name: str) -> list[Mapping[str, Any]]:
    found = document.get(name)
    return [each if isinstance(each, dict) else {} for each in found] if isinstance(found, list) else []


def _texts(found: object) -> list[str]:
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _is_said(value: object) -> TypeGuard[date]:
    """Whether *value* is a date, or a date-time with an offset."""
    return isinstance(value, date) and not (isinstance(value, datetime) and value.tzinfo is None)


def _day(said: date) -> date:
    return said.date() if isinstance(said, datetime) else said
