"""How often a digest comes, in words."""

from __future__ import annotations

from datetime import date, timedelta

from solacefeed.catalogue import N_, gettext
from solacefeed.models.digests import Cadence, CadenceKind, Closing
from solacefeed.words import listing, weekday_alone

#: Of a choice between cadences.
_NAMES = {
    CadenceKind.AT_ONCE: N_("Each post at once"),
    CadenceKind.DAILY: N_("Daily"),
    CadenceKind.WEEKLY: N_("Weekly"),
    CadenceKind.MONTHLY: N_("Monthly"),
}

_OF_A_MONTH = {
    1: N_("on the first %(weekday)s of the month"),
    2: N_("on the second %(weekday)s of the month"),
    3: N_("on the third %(weekday)s of the month"),
    4: N_("on the fourth %(weekday)s of the month"),
    -1: N_("on the last %(weekday)s of the month"),
}

_A_MONDAY = date(2026, 11, 23)


def cadence_name(kind: CadenceKind, language: str) -> str:
    """``Weekly``"""
    return gettext(_NAMES[kind], language)


def often(cadence: Cadence, language: str) -> str:
    """``every Monday``, ``on the first Tuesday of the month``: on which days it comes."""
    if cadence.kind is CadenceKind.AT_ONCE:
        return gettext("as each post comes", language)
    if cadence.kind is CadenceKind.DAILY:
        return gettext("every day", language)
    if cadence.kind is CadenceKind.MONTHLY:
        return listing(dict.fromkeys(_in_the_month(each, language) for each in cadence.closings), language)
    days = dict.fromkeys(_weekday(each, language) for each in cadence.closings)
    return gettext("every %(weekday)s", language, weekday=listing(days, language))


def _in_the_month(closing: Closing, language: str) -> str:
    return gettext(_OF_A_MONTH[closing.week or 1], language, weekday=_weekday(closing, language))


def _weekday(closing: Closing, language: str) -> str:
    return weekday_alone(_A_MONDAY + timedelta(days=closing.weekday or 0), language)
