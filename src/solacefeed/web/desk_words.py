"""What the desk says of editions, acts and copies, in our own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo

from solacefeed.catalogue import gettext, ngettext
from solacefeed.deeds.editions.approvals import OURSELVES
from solacefeed.models.canaries import Canary
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.desk import OPERATOR, ActKind, DeskAct
from solacefeed.models.digests import Approval
from solacefeed.models.editions import Edition, EditionState
from solacefeed.traces import ERASED
from solacefeed.words import listing, short_weekday_words, weekday_words


def closing_words(edition: Edition, zone: tzinfo, language: str) -> str:
    at = edition.period.ends.astimezone(zone)
    return gettext("%(day)s, %(time)s", language, day=weekday_words(at.date(), language), time=f"{at:%H:%M}")


def when_words(instant: datetime, zone: tzinfo, now: datetime, language: str) -> str:
    """The time alone of what was today."""
    at = instant.astimezone(zone)
    if at.date() == now.astimezone(zone).date():
        return f"{at:%H:%M}"
    return gettext("%(day)s, %(time)s", language, day=short_weekday_words(at.date(), language), time=f"{at:%H:%M}")


def who_words(editor: str, language: str) -> str:
    """An address by its name alone: the page may be shown around."""
    if editor == OPERATOR:
        return gettext("the operator", language)
    if editor == OURSELVES:
        return gettext("solacefeed, since it changed", language)
    if editor == ERASED:
        return gettext("somebody who was erased", language)
    name, at, _ = editor.rpartition("@")
    return f"{name}@…" if at else editor


def state_words(state: EditionState, language: str) -> str:
    return {
        EditionState.DRAFT: gettext("Draft", language),
        EditionState.APPROVED: gettext("Approved", language),
        EditionState.HELD: gettext("Held", language),
        EditionState.PREPARING: gettext("Frozen", language),
        EditionState.DELIVERING: gettext("On its way", language),
        EditionState.PAUSED: gettext("Paused on its way", language),
        EditionState.DONE: gettext("Done", language),
        EditionState.SKIPPED: gettext("Skipped", language),
        EditionState.CANCELLED: gettext("Cancelled", language),
    }[state]


def leaves_words(edition: Edition, approval: Approval, zone: tzinfo, now: datetime, language: str) -> str:
    """When an edition leaves, and by which rule."""
    closing = closing_words(edition, zone, language)
    if edition.period.ends <= now and (words := _of_what_is_due(edition.state, approval, language)):
        return words
    if edition.state is EditionState.DRAFT:
        return _of_draft(approval, closing, language)
    return {
        EditionState.APPROVED: gettext(
            "It leaves on %(closing)s, as it reads now. Who subscribes from now on gets the next one.",
            language,
            closing=closing,
        ),
        EditionState.HELD: gettext(
            "It goes to nobody until it is released or approved. It closes on %(closing)s.", language, closing=closing
        ),
        EditionState.PREPARING: gettext(
            "Its words and its readers are settled. It leaves on %(closing)s.", language, closing=closing
        ),
        EditionState.DELIVERING: gettext("Its copies are being handed over.", language),
        EditionState.PAUSED: gettext("Its copies wait until the operator lets them go on.", language),
        EditionState.DONE: gettext("All its copies have gone, or were given up.", language),
        EditionState.SKIPPED: gettext("It went to nobody.", language),
        EditionState.CANCELLED: gettext("No more of its copies go.", language),
    }[edition.state]


def canary_words(canary: Canary, zone: tzinfo, now: datetime, language: str) -> str:
    """What the rest of an edition waits for."""
    if canary.waits_until is None:
        return gettext("A part of its copies goes first; the rest follows where that goes well.", language)
    at = when_words(canary.waits_until, zone, now, language)
    return gettext("A part of its copies has gone; the rest follows where that went well, %(at)s.", language, at=at)


def _of_what_is_due(state: EditionState, approval: Approval, language: str) -> str | None:
    """Of one whose closing has come, as that of a notice has from its beginning on."""
    at_once = gettext("It leaves with the next look for what is due.", language)
    of_draft = {
        Approval.NONE: at_once,
        Approval.HOLD: gettext("It leaves with the next look for what is due, unless you hold it.", language),
        Approval.REQUIRED: gettext("It leaves when you approve it.", language),
    }
    return {
        EditionState.DRAFT: of_draft[approval],
        EditionState.APPROVED: at_once,
        EditionState.HELD: gettext("It goes to nobody until it is released or approved.", language),
        EditionState.PREPARING: gettext("Its words and its readers are settled, and it leaves now.", language),
    }.get(state)


def nothing_words(language: str) -> str:
    """What becomes of a draft in which nothing is."""
    return gettext(
        "There is no post in it for anybody: as it is, it goes to nobody. "
        "Editors are mailed it when its first post comes.",
        language,
    )


def _of_draft(approval: Approval, closing: str, language: str) -> str:
    return {
        Approval.NONE: gettext("It leaves on %(closing)s, by itself.", language, closing=closing),
        Approval.HOLD: gettext("It leaves on %(closing)s, unless you hold it.", language, closing=closing),
        Approval.REQUIRED: gettext(
            "It leaves when you approve it, and not before %(closing)s.", language, closing=closing
        ),
    }[approval]


def act_words(act: DeskAct, language: str) -> str:
    """What was done, after the name of who did it: "left out ‘Monday's empty desks’"."""
    title = act.title or act.about or ""
    if act.kind is ActKind.ORDERED and act.about is None:
        return gettext("let the posts stand by their dates", language)
    return {
        ActKind.APPROVED: gettext("approved it", language),
        ActKind.HELD: gettext("held it (%(reason)s)", language, reason=act.after.get("reason") or ""),
        ActKind.RELEASED: gettext("released it", language),
        ActKind.EDITED: gettext("changed %(what)s", language, what=_what_was_edited(act, language)),
        ActKind.DROPPED: gettext("left out ‘%(title)s’", language, title=title),
        ActKind.KEPT: gettext("took in ‘%(title)s’ again", language, title=title),
        ActKind.ORDERED: gettext("moved ‘%(title)s’", language, title=title),
        ActKind.LED: gettext("put ‘%(title)s’ first", language, title=title),
        ActKind.OPENING: gettext("changed the opening line", language),
        ActKind.SUBJECT: gettext("changed the subject", language),
        ActKind.NOTICES: gettext("changed the notices", language),
        ActKind.BEGUN: gettext("began this notice", language),
        ActKind.TOLD: gettext("let readers be told what changed of ‘%(title)s’", language, title=title),
        ActKind.UNTOLD: gettext("let nobody be told what changed of ‘%(title)s’", language, title=title),
        ActKind.SAID: gettext("wrote a correction to ‘%(title)s’", language, title=title),
        ActKind.TESTED: gettext("had a test mailed", language),
        ActKind.CONFIRMED: gettext("confirmed the event ‘%(title)s’", language, title=title),
        ActKind.DISMISSED: gettext("dismissed the event ‘%(title)s’", language, title=title),
        ActKind.MENDED: gettext("mended the event ‘%(title)s’", language, title=title),
    }[act.kind]


def _what_was_edited(act: DeskAct, language: str) -> str:
    """``the opening line and the notices``"""
    names = {
        "opening": gettext("the opening line", language),
        "subject": gettext("the subject", language),
        "notices": gettext("the notices", language),
    }
    posts = gettext("its posts", language)
    return listing(
        dict.fromkeys(names.get(each, posts) for each in (*names, *act.before) if each in act.before), language
    )


def copies_words(copies: Mapping[str, int], language: str) -> Iterator[str]:
    """How the copies of an edition came out, what is as it should be first."""
    names = {
        DeliveryState.ACCEPTED: gettext("accepted by the relay", language),
        DeliveryState.PENDING: gettext("waiting", language),
        DeliveryState.CLAIMED: gettext("in hand", language),
        DeliveryState.HANDING: gettext("being handed over", language),
        DeliveryState.UNCERTAIN: gettext("uncertain", language),
        DeliveryState.REJECTED: gettext("rejected", language),
        DeliveryState.EXPIRED: gettext("too late", language),
        DeliveryState.CANCELLED: gettext("cancelled", language),
    }
    for state, name in names.items():
        if count := copies.get(state.value):
            yield ngettext(
                "%(number)s copy %(state)s",
                "%(number)s copies %(state)s",
                count,
                language,
                number=f"{count:,}",
                state=name,
            )
