"""What the keys of a config must be to one another: the parsed document in, what breaks a rule out.

Rules read the document and not the models, so that they speak up together with the checks of single keys; a value
of the wrong type breaks no rule, since its own check has told already.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeGuard, TypeVar

from solacefeed.config.checks import duration
from solacefeed.config.closings import closings
from solacefeed.config.documents import Document, Problem, table_in, tables_in, texts_in
from solacefeed.config.lines import Path
from solacefeed.config.mail_rules import MAIL_RULES, logins
from solacefeed.config.tables import least_mail_within
from solacefeed.config.toml import literal
from solacefeed.email_addresses import canonical
from solacefeed.models.digests import Approval, CadenceKind, kind_of

T = TypeVar("T")


def broken(document: Document, environ: Mapping[str, str]) -> list[Problem]:
    """Every rule that *document* breaks."""
    found = [problem for rule in _RULES for problem in rule(document)]
    return [*found, *logins(document, environ)]


def _pages_have_an_address(document: Document) -> Iterator[Problem]:
    web = table_in(document, "web")
    if "listen" in web and "base_url" not in web:
        yield Problem(
            where=("web", "base_url"), says='missing, and listen needs it; write base_url = "https://news.example.org"'
        )
    apart = table_in(document, "monitoring").get("listen")
    if apart is not None and apart == web.get("listen"):
        yield Problem(
            where=("monitoring", "listen"),
            says="is where pages are served; a port of its own is what no proxy hands on to others",
        )
    if bool(web.get("question")) != bool(web.get("answers")):
        lacks, has = ("question", "answers") if web.get("answers") else ("answers", "question")
        yield Problem(where=("web", lacks), says=f"missing, and {has} means nothing without it")


def _a_size_is_of_a_logo(document: Document) -> Iterator[Problem]:
    site = table_in(document, "site")
    if "logo_size" in site and "logo" not in site:
        yield Problem(where=("site", "logo_size"), says="is the size of a logo, and there is none")


def _a_digest_has_its_names_alone(document: Document) -> Iterator[Problem]:
    digests = tables_in(document, "digests")
    names = {name for digest in digests if isinstance(name := digest.get("name"), str)}
    seen = set[str]()
    for number, digest in enumerate(digests):
        for name in texts_in(digest.get("former_names")):
            where = ("digests", number, "former_names")
            if name in names:
                yield Problem(where=where, says=f"{literal(name)} is the name of a [[digests]] now")
            elif name in seen:
                yield Problem(where=where, says=f"{literal(name)} stands in former_names already")
            seen.add(name)


def _a_digest_has_one_cadence_of_a_kind(document: Document) -> Iterator[Problem]:
    for digest in _digests(document):
        seen = set[CadenceKind]()
        for cadence in digest.cadences:
            if cadence.kind in seen:
                yield Problem(where=(*cadence.where, "closes"), says=_SECOND_OF_A_KIND[cadence.kind])
            if cadence.kind:
                seen.add(cadence.kind)


_SECOND_OF_A_KIND = {
    CadenceKind.AT_ONCE: "a digest comes at once by one cadence, and another of this digest does already",
    CadenceKind.DAILY: "a digest has one daily cadence, and this one has another already",
    CadenceKind.WEEKLY: "a digest has one weekly cadence, and this one has another already; "
    'one may close several times: closes = ["mon 07:00", "thu 07:00"]',
    CadenceKind.MONTHLY: "a digest has one monthly cadence, and this one has another already",
}


def _what_comes_at_once_waits_for_nobody(document: Document) -> Iterator[Problem]:
    for digest in _digests(document):
        for cadence in digest.cadences:
            approval = cadence.table.get("approval", "none")
            if cadence.kind is CadenceKind.AT_ONCE and approval in (Approval.HOLD, Approval.REQUIRED):
                yield Problem(
                    where=(*cadence.where, "approval"),
                    says='must be "none" where closes is "at once": a post is mailed when it has settled, and waits '
                    "for nobody; hold back what should not be mailed by [digests.marks]",
                )


def _some_keys_are_of_at_once_alone(document: Document) -> Iterator[Problem]:
    for digest in _digests(document):
        for cadence in digest.cadences:
            for key in ("most_a_day", "morning"):
                if key in cadence.table and cadence.kind not in (CadenceKind.AT_ONCE, None):
                    yield Problem(where=(*cadence.where, key), says='is for closes = "at once" alone')


def _posts_can_be_mailed_long_enough(document: Document) -> Iterator[Problem]:
    for digest in _digests(document):
        kinds = [cadence.kind for cadence in digest.cadences if cadence.kind]
        given = _valid(duration, digest.table.get("mail_within"))
        if given and kinds and given < (least := least_mail_within(kinds)):
            longest = max(kinds, key=lambda kind: least_mail_within([kind]))
            yield Problem(
                where=(*digest.where, "mail_within"),
                says=f'must be at least "{least.days}d", twice its longest cadence ({longest}), so that a post which '
                "one edition missed stands in the next",
            )


def _a_digest_is_of_something(document: Document) -> Iterator[Problem]:
    for digest in _digests(document):
        if digest.table.get("categories") == [] and digest.table.get("events_alone") is not True:
            yield Problem(
                where=(*digest.where, "categories"),
                says="names no category, so that there is nothing to tell; leave the key out for every category, or "
                "write events_alone = true for a digest of events alone",
            )


def _marks_say_one_thing(document: Document) -> Iterator[Problem]:
    for digest in _digests(document):
        marks = table_in(digest.table, "marks")
        for slug in sorted({*texts_in(marks.get("leave_out"))} & {*texts_in(marks.get("only"))}):
            yield Problem(where=(*digest.where, "marks", "only"), says=f"{literal(slug)} stands in leave_out too")


def _what_is_said_of_tags_is_of_followed_ones(document: Document) -> Iterator[Problem]:
    tags = table_in(document, "tags")
    labels = tags.get("labels")
    followed = {*texts_in(tags.get("follow"))}
    said = {"hide": texts_in(tags.get("hide")), "labels": texts_in(list(labels)) if isinstance(labels, dict) else []}
    for key, slugs in said.items():
        for slug in slugs:
            if slug not in followed:
                yield Problem(where=("tags", key), says=f"{literal(slug)} does not stand in follow")


def _calendars_have_one_place(document: Document) -> Iterator[Problem]:
    for number, calendar in enumerate(tables_in(document, "calendars")):
        if "url" not in calendar and "file" not in calendar:
            yield Problem(
                where=("calendars", number),
                says='needs url or file; write url = "https://events.example.org/calendar.ics"',
            )
        elif "url" in calendar and "file" in calendar:
            yield Problem(where=("calendars", number, "file"), says="stands beside url; a calendar has one of them")


def _nothing_twice(document: Document) -> Iterator[Problem]:
    for table, key in (("events", "id"), ("calendars", "name"), ("digests", "name"), ("sync", "name")):
        seen = set()
        for number, entry in enumerate(tables_in(document, table)):
            value = entry.get(key)
            if not isinstance(value, str):
                continue
            if value.casefold() in seen:
                yield Problem(
                    where=(table, number, key), says=f"{literal(value)} stands in another [[{table}]] already"
                )
            seen.add(value.casefold())


def _events_end_after_they_start(document: Document) -> Iterator[Problem]:
    for number, event in enumerate(tables_in(document, "events")):
        starts, ends = event.get("starts"), event.get("ends")
        where = ("events", number, "ends")
        if not _is_said(starts) or not _is_said(ends):
            continue
        if isinstance(starts, datetime) != isinstance(ends, datetime):
            yield Problem(where=where, says="must be of one kind with starts: both dates, or both date-times")
        elif ends < starts:
            yield Problem(where=where, says="must not be before starts")


def _events_are_booked_before_they_end(document: Document) -> Iterator[Problem]:
    for number, event in enumerate(tables_in(document, "events")):
        last, book_by = event.get("ends", event.get("starts")), event.get("book_by")
        if _is_said(last) and _is_said(book_by) and _day(book_by) > _day(last):
            yield Problem(where=("events", number, "book_by"), says="must not be after its last day")


def _subscribers_choose_something(document: Document) -> Iterator[Problem]:
    for number, subscriber in enumerate(tables_in(document, "subscribers")):
        if subscriber.get("categories") == []:
            yield Problem(
                where=("subscribers", number, "categories"),
                says="must name at least one category; leave the key out for every category",
            )


def _subscribers_have_what_there_is(document: Document) -> Iterator[Problem]:
    known, digests = _digests_by_name(document), list(_digests(document))
    for number, subscriber in enumerate(tables_in(document, "subscribers") if digests else ()):
        names, cadence = _one_or_several(subscriber.get("digests")), subscriber.get("cadence")
        where = ("subscribers", number, "digests")
        yield from (
            Problem(where=where, says=f"there is no digest {literal(name)}{_near(name, known)}")
            for name in names
            if name not in known
        )
        for place in [known[name] for name in names if name in known] if names else [0]:
            if isinstance(cadence, str) and (says := _has_no(digests[place], cadence)):
                yield Problem(where=("subscribers", number, "cadence"), says=says)


def _sources_are_for_what_there_is(document: Document) -> Iterator[Problem]:
    known = _digests_by_name(document)
    for number, source in enumerate(tables_in(document, "sync") if known else ()):
        yield from (
            Problem(where=("sync", number, "digests"), says=f"there is no digest {literal(name)}{_near(name, known)}")
            for name in _one_or_several(source.get("digests"))
            if name not in known
        )


def _has_no(digest: _Digest, cadence: str) -> str | None:
    kinds = [each.kind.value for each in digest.cadences if each.kind]
    if cadence in kinds or cadence not in [each.value for each in CadenceKind]:
        return None
    return f"{digest.table.get('name')} does not come {literal(cadence)}; it comes {' or '.join(kinds)}"


def _subscribers_stand_once(document: Document) -> Iterator[Problem]:
    known, seen = _digests_by_name(document), set[tuple[str, int]]()
    for number, subscriber in enumerate(tables_in(document, "subscribers")):
        email = subscriber.get("email")
        if not isinstance(email, str):
            continue
        # Of names that there are not, the rule above speaks.
        mine = {(canonical(email), known.get(name, 0)) for name in _one_or_several(subscriber.get("digests")) or [""]}
        if mine & seen:
            again = f"{literal(email)} stands in another [[subscribers]] already"
            yield Problem(where=("subscribers", number, "email"), says=again + _of_one(document))
        seen |= mine


def _digests_by_name(document: Document) -> dict[str, int]:
    """The place of each digest, by all its names."""
    return {
        name: place
        for place, digest in enumerate(tables_in(document, "digests"))
        for name in (*texts_in(digest.get("former_names")), digest.get("name"))
        if isinstance(name, str)
    }


def _of_one(document: Document) -> str:
    return ", for the same digest" if len(tables_in(document, "digests")) > 1 else ""


def _near(name: str, known: Mapping[str, int]) -> str:
    return "".join(f"; did you mean {literal(near)}?" for near in difflib.get_close_matches(name, known, n=1))


def _one_or_several(found: object) -> list[str]:
    return [found] if isinstance(found, str) else texts_in(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cadence:
    """The part of the document that says when a digest comes."""

    where: Path
    table: Mapping[str, Any]
    #: ``None`` where it does not say, or wrongly.
    kind: CadenceKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Digest:
    where: Path
    table: Mapping[str, Any]
    #: The first one stands in the digest's own table.
    cadences: tuple[_Cadence, ...]


def _digests(document: Document) -> Iterator[_Digest]:
    for number, digest in enumerate(tables_in(document, "digests")):
        where: Path = ("digests", number)
        further = (_cadence((*where, "cadences", at), each) for at, each in enumerate(tables_in(digest, "cadences")))
        yield _Digest(where=where, table=digest, cadences=(_cadence(where, digest), *further))


def _cadence(where: Path, table: Mapping[str, Any]) -> _Cadence:
    said = _valid(closings, table["closes"]) if "closes" in table else None
    return _Cadence(where=where, table=table, kind=None if said is None else kind_of(said))


def _valid(check: Callable[[object], T], value: object) -> T | None:
    """What *value* means; ``None`` where it is wrong, which its own check has told."""
    try:
        return check(value)
    except ValueError:
        return None


_RULES: tuple[Callable[[Document], Iterator[Problem]], ...] = (
    *MAIL_RULES,
    _pages_have_an_address,
    _a_size_is_of_a_logo,
    _a_digest_has_its_names_alone,
    _a_digest_has_one_cadence_of_a_kind,
    _what_comes_at_once_waits_for_nobody,
    _some_keys_are_of_at_once_alone,
    _posts_can_be_mailed_long_enough,
    _a_digest_is_of_something,
    _marks_say_one_thing,
    _what_is_said_of_tags_is_of_followed_ones,
    _calendars_have_one_place,
    _nothing_twice,
    _events_end_after_they_start,
    _events_are_booked_before_they_end,
    _subscribers_choose_something,
    _subscribers_have_what_there_is,
    _subscribers_stand_once,
    _sources_are_for_what_there_is,
)


def _is_said(value: object) -> TypeGuard[date]:
    """Whether *value* is a date, or a date-time with an offset."""
    return isinstance(value, date) and not (isinstance(value, datetime) and value.tzinfo is None)


def _day(said: date) -> date:
    return said.date() if isinstance(said, datetime) else said
