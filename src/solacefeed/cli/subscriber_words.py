"""Subscriptions in the words of a line or a cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from solacefeed.models.people import Consent, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.subscription_changes import SubscriptionChange
from solacefeed.words import instant_words

NO_CONSENT = "no consent on record: nothing is mailed"


def state_words(state: SubscriptionState, paused_until: datetime | None) -> str:
    if state is SubscriptionState.PAUSED and paused_until is not None:
        return f"{state} until {instant_words(paused_until)}"
    return state.value


def choice_words(category_ids: tuple[CategoryId, ...] | None, names: Mapping[CategoryId, str]) -> str:
    if category_ids is None:
        return "everything"
    return ", ".join(names.get(category, category) for category in category_ids)


def wish_words(wish: Subscription | SubscriptionChange, names: Mapping[CategoryId, str]) -> str:
    """The categories, and of cadence and language what was chosen."""
    return ", ".join(filter(None, (choice_words(wish.category_ids, names), wish.cadence, wish.language)))


def change_words(change: SubscriptionChange, names: Mapping[CategoryId, str]) -> str:
    why = f", {change.reason}" if change.reason else ""
    words = f"{state_words(change.state, change.paused_until)}: {wish_words(change, names)}"
    return f"{instant_words(change.at)}  {words} ({change.actor}{why})"


def consent_words(consent: Consent, wording: str | None) -> str:
    """On which basis, since when, how it came, and what shows it."""
    came = f"by {consent.how}" if consent.source is None else f"by {consent.how} ({consent.source})"
    shown = f"shown by {consent.evidence}" if consent.evidence and not consent.claimed else None
    claimed = f"claimed: {consent.evidence or 'nothing shows it'}" if consent.claimed else None
    said = f"to the words “{wording}”" if wording else None
    return ", ".join(filter(None, (f"{consent.basis} {instant_words(consent.at)}", came, shown, claimed, said)))
