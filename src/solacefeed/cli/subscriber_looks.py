"""``subscribers list``, ``show`` and ``history``: who gets what, and who wished it when."""

from __future__ import annotations

from datetime import datetime

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.cli.subscriber_changes import ANY_DIGEST
from solacefeed.deeds.people.choose import known_subscriber
from solacefeed.models.people import Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store import subscribers
from solacefeed.store.subscription_changes import SubscriptionChange, history
from solacefeed.store.tags import names_of_choices
from solacefeed.words import instant_words


@click.command("list")
@common
@pass_options
def list_subscribers(options: Options) -> None:
    """Everyone, by address, with the word by which it is so."""
    app = options.app
    with app.looking() as store:
        called = app.audience(store).names()
        with store.read() as connection:
            found = subscribers.listing(connection)
            names = names_of_choices(connection)
    options.console.tell(found)
    rows = (
        (
            s.subscriber.email,
            s.subscriber.name,
            called.get(s.digest, s.digest),
            _state(s.state, s.paused_until),
            _choice(s.category_ids, names),
            s.cadence or "first",
            s.changed_at,
            s.changed_by,
            s.reason,
        )
        for s in found
    )
    headings = ("address", "name", "digest", "state", "categories", "cadence", "since", "by", "because")
    options.console.table(headings, rows, "nobody yet: `solacefeed subscribers add ADDRESS`")


@click.command("show")
@click.argument("email", metavar="ADDRESS")
@common
@pass_options
def show(options: Options, email: str) -> None:
    """One subscriber, and who entered, changed and ended each subscription."""
    app = options.app
    with app.looking() as store:
        called = app.audience(store).names()
        with store.read() as connection:
            person = known_subscriber(connection, email)
            found = subscribers.of_one(connection, person.id)
            changes = {each.digest: history(connection, person.id, each.digest) for each in found}
            names = names_of_choices(connection)
    options.console.tell({"subscriber": person, "subscriptions": found, "changes": changes})
    pairs = [(f"digest {called.get(s.digest, s.digest)}", _told(s, changes[s.digest], names)) for s in found]
    options.console.sheet(
        [("address", person.email), ("name", person.name), ("known since", person.created_at), *pairs]
    )


def _told(subscription: Subscription, changes: list[SubscriptionChange], names: dict[CategoryId, str]) -> str:
    entered, chosen = subscription.entered_by or "not known", subscription.chosen_by or "not known"
    now = f"{_state(subscription.state, subscription.paused_until)}: {_wished(subscription, names)}"
    lines = [f"{now} (entered by: {entered}; chosen by: {chosen})"]
    return "\n".join([*lines, *(_change(each, names) for each in changes)])


def _change(change: SubscriptionChange, names: dict[CategoryId, str]) -> str:
    why = f", {change.reason}" if change.reason else ""
    words = f"{_state(change.state, change.paused_until)}: {_wished(change, names)}"
    return f"{instant_words(change.at)}  {words} ({change.actor}{why})"


@click.command("history")
@click.argument("email", metavar="ADDRESS")
@ANY_DIGEST
@common
@pass_options
def show_history(options: Options, email: str, digest: str | None) -> None:
    """Who wished what of somebody's subscriptions, and when; oldest first."""
    app = options.app
    with app.looking() as store:
        audience = app.audience(store)
        called, keys = audience.names(), audience.keys_to_end(digest) if digest else None
        with store.read() as connection:
            person = known_subscriber(connection, email)
            had = keys or [each.digest for each in subscribers.of_one(connection, person.id)]
            found = [(key, each) for key in had for each in history(connection, person.id, key)]
            names = names_of_choices(connection)
    found.sort(key=lambda step: step[1].at)
    options.console.tell([{"digest": key, "change": each} for key, each in found])
    rows = (
        (
            each.at,
            called.get(key, key),
            each.actor,
            _state(each.state, each.paused_until),
            _choice(each.category_ids, names),
            each.cadence or "first",
            each.language,
            each.reason,
        )
        for key, each in found
    )
    headings = ("at", "digest", "by", "state", "categories", "cadence", "language", "because")
    options.console.table(headings, rows, "nothing is noted: an older release has entered them")


# -- in words -------------------------------------------------------------------------------------------


def _state(state: SubscriptionState, paused_until: datetime | None) -> str:
    if state is SubscriptionState.PAUSED and paused_until is not None:
        return f"{state} until {instant_words(paused_until)}"
    return state.value


def _wished(wish: Subscription | SubscriptionChange, names: dict[CategoryId, str]) -> str:
    """The categories, and of cadence and language what was chosen."""
    return ", ".join(filter(None, (_choice(wish.category_ids, names), wish.cadence, wish.language)))


def _choice(category_ids: tuple[CategoryId, ...] | None, names: dict[CategoryId, str]) -> str:
    if category_ids is None:
        return "everything"
    return ", ".join(names.get(category, category) for category in category_ids)


COMMANDS = (list_subscribers, show, show_history)
