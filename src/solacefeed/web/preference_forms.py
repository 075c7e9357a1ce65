"""The form of what a reader has chosen: how it is shown, and what was wished by what it sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import sqlalchemy as sa

from solacefeed.catalogue import gettext
from solacefeed.deeds.people.preferences import WantedDigest
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.publish.page import Link
from solacefeed.views.cadences import often
from solacefeed.web.choices import Choices, cadence_options, cadence_sent, capital, category_options, choices_of
from solacefeed.web.limits import Form, first
from solacefeed.web.sign_up_forms import nothing_ticked
from solacefeed.web.views import FormOption, SubscriptionForm
from solacefeed.words import day_words

#: Pauses that are offered by name.
SHORT, LONG = timedelta(days=14), timedelta(days=30)
#: How far ahead a pause may end.
LONGEST = timedelta(days=366)

_STANDS = (SubscriptionState.CONFIRMED, SubscriptionState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Now, as a page speaks of it."""

    now: datetime
    zone: tzinfo
    language: str

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def begins(self, day: date) -> datetime:
        """The instant at which *day* begins here."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def words(self, day: date) -> str:
        return day_words(day, self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A digest that a reader has or can have."""

    choices: Choices
    #: ``None`` for one that never stood.
    there: Subscription | None
    #: What was chosen of it that no form shows.
    kept: tuple[CategoryId, ...] = ()

    @property
    def key(self) -> str:
        return self.choices.digest.key

    @property
    def title(self) -> str:
        return self.choices.digest.title

    @property
    def stands(self) -> bool:
        return self.there is not None and self.there.state is not SubscriptionState.ENDED


def offers(connection: sa.Connection, people: PeopleSettings, had: Mapping[str, Subscription]) -> list[Offered]:
    """All of the site's digests, with what a reader *had* of them, by their keys."""
    return [
        _offered(each, had.get(each.digest.key))
        for each in choices_of(connection, people.digests.values(), people.names)
    ]


def _offered(choices: Choices, there: Subscription | None) -> Offered:
    chosen = set(there.category_ids or ()) if there else set()
    unseen = chosen & choices.taken - {each.id for each in choices.categories}
    return Offered(choices=choices, there=there, kept=tuple(sorted(unseen)))


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIsWished:
    """What a form says of all digests."""

    #: What is wished of each that it speaks of; ``None`` to stop it.
    digests: Mapping[str, WantedDigest | None] = field(default_factory=dict)
    #: What is to be mended, by the field.
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> tuple[Link, ...]:
        return tuple(Link(text=text, href=f"#{name}") for name, text in self.faults.items())


def said(form: Form, offered: Iterable[Offered], day: Day) -> WhatIsWished:
    digests: dict[str, WantedDigest | None] = {}
    faults: dict[str, str] = {}
    for each in offered:
        way = first(form, f"way-{each.key}")
        if way == "off":
            if each.stands:
                digests[each.key] = None
            continue
        if way not in _WAYS or (each.there and each.there.state is SubscriptionState.BOUNCED):
            # A form that says nothing of it changes nothing.
            continue
        chosen = _chosen(form, each)
        if chosen == ():
            faults[f"category-{each.key}"] = nothing_ticked(day.language)
        until = _until(form, each, way, day)
        if way == "until" and until is None:
            faults[f"until-{each.key}"] = gettext("Choose a day to come, within a year.", day.language)
        digests[each.key] = WantedDigest(
            category_ids=chosen, cadence=_cadence(form, each), paused=way != "on", until=until
        )
    return WhatIsWished(digests=digests, faults=faults)


_WAYS = ("on", "short", "long", "open", "until")


def _chosen(form: Form, each: Offered) -> tuple[CategoryId, ...] | None:
    """The categories, ``None`` for everything; of what the form does not show, what was chosen stays."""
    before = each.there.category_ids if each.there else None
    scope = first(form, f"scope-{each.key}")
    if not scope:
        return before
    if scope == "all":
        return None
    return tuple(sorted({*each.choices.ids(form.get(f"category-{each.key}", ())), *each.kept}))


def _cadence(form: Form, each: Offered) -> CadenceKind | None:
    digest, before = each.choices.digest, each.there.cadence if each.there else None
    sent = cadence_sent(digest, first(form, f"cadence-{each.key}"))
    return before if sent is None or sent is digest.cadence(before).kind else sent


def _until(form: Form, each: Offered, way: str, day: Day) -> datetime | None:
    """When a pause ends; ``None`` for none, for one without an end, and for a day that can't be."""
    if way in _LENGTHS:
        return day.begins(day.today + _LENGTHS[way])
    if way != "until":
        return None
    try:
        wanted = date.fromisoformat(first(form, f"until-{each.key}"))
    except ValueError:
        return None
    before = each.there.paused_until if each.there else None
    if before is not None and day.of(before) == wanted and before > day.now:
        return before
    return day.begins(wanted) if day.today < wanted <= day.today + LONGEST else None


_LENGTHS = {"short": SHORT, "long": LONG}


# -- as it is shown ---------------------------------------------------------------------------------------


def subscription_form(each: Offered, day: Day, faults: Mapping[str, str], form: Form) -> SubscriptionForm:
    """*form* is what was sent and has to be mended; empty where the store says how all is.

    Of a digest that has ended, what was chosen is kept: it is shown to who comes back.
    """
    digest, there, language = each.choices.digest, each.there if each.stands else None, day.language
    scope = first(form, f"scope-{each.key}") or (
        "some" if each.there and each.there.category_ids is not None else "all"
    )
    was_sent = f"scope-{each.key}" in form
    # A form without a box that is ticked sends nothing of them: that is what was chosen, and not silence.
    ticked = form.get(f"category-{each.key}", ()) if was_sent else _slugs(each.choices, each.there)
    kept = each.there.cadence if each.there else None
    cadence = cadence_sent(digest, first(form, f"cadence-{each.key}")) or kept
    pausable = there is not None and there.state in _STANDS
    way = first(form, f"way-{each.key}") or _way(there)
    until = there.paused_until if there else None
    until_words = day.of(until).isoformat() if until else ""
    return SubscriptionForm(
        key=each.key,
        title=each.title,
        often=capital(often(digest.cadence(kept), language)),
        standing=_standing(there, day),
        ways=tuple(_ways(there, way, day)),
        can_pause=pausable,
        until_chosen=way == "until",
        until=first(form, f"until-{each.key}") if f"until-{each.key}" in form else until_words,
        until_fault=faults.get(f"until-{each.key}"),
        stop=FormOption(value="off", text=gettext("Stop it", language), chosen=way == "off") if there else None,
        first_day=(day.today + timedelta(days=1)).isoformat(),
        last_day=(day.today + LONGEST).isoformat(),
        cadences=cadence_options(digest, cadence, language),
        everything=scope != "some",
        categories=category_options(each.choices.categories, each.choices.names, ticked, language),
        category_fault=faults.get(f"category-{each.key}"),
    )


def _slugs(choices: Choices, there: Subscription | None) -> tuple[str, ...]:
    ids = set(there.category_ids or ()) if there else set()
    return tuple(each.slug for each in choices.categories if each.id in ids)


def _way(there: Subscription | None) -> str:
    if there is None:
        return "off"
    if there.state is not SubscriptionState.PAUSED:
        return "on"
    return "until" if there.paused_until else "open"


def _ways(there: Subscription | None, way: str, day: Day) -> Iterable[FormOption]:
    language = day.language
    if there is None:
        yield FormOption(
            value="on",
            text=gettext("Yes, mail me a link to confirm it", language),
            chosen=way == "on",
        )
        yield FormOption(value="off", text=gettext("No", language), chosen=way == "off")
        return
    yield FormOption(value="on", text=gettext("Yes, send it to me", language), chosen=way == "on")
    if there.state not in _STANDS:
        return
    for value, length, words in (
        ("short", SHORT, gettext("Pause for two weeks", language)),
        ("long", LONG, gettext("Pause for a month", language)),
    ):
        note = gettext("It comes again from %(day)s on", language, day=day.words(day.today + length))
        yield FormOption(value=value, text=words, chosen=way == value, note=note)
    yield FormOption(value="open", text=gettext("Pause until I come back here", language), chosen=way == "open")


def _standing(there: Subscription | None, day: Day) -> str:
    language = day.language
    if there is None:
        return gettext("It does not come to you.", language)
    if there.state is SubscriptionState.BOUNCED:
        return gettext("Mails to your address came back, so nothing is sent.", language)
    if there.state is not SubscriptionState.PAUSED:
        return gettext("It comes to you.", language)
    if there.paused_until is None:
        return gettext("It is paused until you come back.", language)
    return gettext("It is paused until %(day)s.", language, day=day.words(day.of(there.paused_until)))
