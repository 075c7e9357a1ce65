"""``subscribers list`` and ``history``: who gets what, and who wished it when."""

from __future__ import annotations

from itertools import islice

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.cli.subscriber_filters import Filters, filters
from solacefeed.cli.subscriber_words import choice_words, state_words
from solacefeed.cli.subscriptions import ANY_DIGEST
from solacefeed.deeds.people.choose import known_subscriber
from solacefeed.models.people import Subscription
from solacefeed.store import subscriber_search, subscribers
from solacefeed.store.subscriber_search import START, after_address
from solacefeed.store.subscription_changes import history
from solacefeed.store.tags import names_of_choices


@click.command("list")
@filters
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="Rows at most.")
@click.option("--after", metavar="ADDRESS", help="Those behind that address alone: where the rows before ended.")
@common
@pass_options
def list_subscribers(options: Options, /, limit: int, after: str | None, **asked: str | None) -> None:
    """Everyone, by address, with the word by which it is so; or those who are asked for.

    Of very many the first are listed, and it is said how to go on; `subscribers export` writes all of them.

    \b
    Examples:
      solacefeed subscribers list --search example.org --state paused
      solacefeed subscribers list --category housing --limit 50
    """
    app = options.app
    with app.looking() as store:
        called = app.audience(store).names()
        wanted = Filters(**asked).of(app, store)
        with store.read() as connection:
            place = after_address(after) if after else START
            found = list(islice(subscriber_search.all_of(connection, wanted, after=place), limit + 1))
            names = names_of_choices(connection)
    shown = _up_to(found, limit)
    options.console.tell(shown)
    rows = (
        (
            s.subscriber.email,
            s.subscriber.name,
            called.get(s.digest, s.digest),
            state_words(s.state, s.paused_until),
            choice_words(s.category_ids, names),
            s.cadence or "the digest's",
            s.changed_at,
            s.changed_by,
            s.reason,
        )
        for s in shown
    )
    headings = ("address", "name", "digest", "state", "categories", "cadence", "since", "by", "because")
    nobody = "nobody is so" if any(asked.values()) or after else "nobody yet: `solacefeed subscribers add ADDRESS`"
    options.console.table(headings, rows, nobody)
    if len(shown) < len(found):
        options.console.say(f"there are more: --after {shown[-1].subscriber.email} goes on")


def _up_to(found: list[Subscription], limit: int) -> list[Subscription]:
    """The first *limit*, or one fewer, so that none ends between two subscriptions of one address."""
    if len(found) <= limit:
        return found
    last = found[limit].subscriber.id
    whole = [each for each in found[:limit] if each.subscriber.id != last]
    return whole or found[:limit]


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
            state_words(each.state, each.paused_until),
            choice_words(each.category_ids, names),
            each.cadence or "the digest's",
            each.language,
            each.reason,
        )
        for key, each in found
    )
    headings = ("at", "digest", "by", "state", "categories", "cadence", "language", "because")
    options.console.table(headings, rows, "nothing is noted: an older release has entered them")


COMMANDS = (list_subscribers, show_history)
