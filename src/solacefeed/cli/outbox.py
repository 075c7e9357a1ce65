"""``outbox``: looking at mail to one person, and offering it once more."""

from __future__ import annotations

from datetime import datetime

import click
import sqlalchemy as sa

from solacefeed.cli.deliveries import NUMBER
from solacefeed.cli.options import MOST, Options, common, pass_options
from solacefeed.deeds.clock import SharedClock
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.letters import Letter
from solacefeed.store import letter_refusals
from solacefeed.store import outbox as outbox_store
from solacefeed.words import counted, instant_words

#: Behind no letter's number.
_FROM_THE_FIRST: int | None = 0


@click.group
def outbox() -> None:
    """Look at letters, the mail to one person: links, receipts, drafts, alarms."""


@outbox.command("list")
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), help="In this state alone.")
@MOST
@common
@pass_options
def list_outbox(options: Options, state: str | None, limit: int) -> None:
    """The newest letters."""
    wanted = DeliveryState(state) if state else None
    with options.app.looking() as store, store.read() as connection:
        found = outbox_store.listing(connection, state=wanted, limit=limit)
    options.console.tell(found)
    rows = ((each.id, each.kind, each.email, each.state, each.next_try_at, each.answer) for each in found)
    options.console.table(
        ("id", "kind", "to", "state", "next try", "answer"),
        rows,
        "no such letters" if state else "no letters yet",
        most=limit,
    )


@outbox.command("retry")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=NUMBER)
@click.option("--all", "every", is_flag=True, help="All that were rejected and have time left.")
@common
@pass_options
def retry(options: Options, ids: tuple[int, ...], every: bool) -> None:
    """Offer rejected letters again: these, or all.

    The Message-ID stays. What may have arrived, or would come too late, is left alone.

    \b
    Examples:
      solacefeed outbox retry 7 9
      solacefeed outbox retry --all
    """
    if every == bool(ids):
        raise UsageError("say which: the numbers of letters, or --all")
    if every:
        _retry_all(options)
        return
    app = options.app
    with app.deciding() as store:
        at = SharedClock(store, app.clock)()
        with store.write() as connection:
            # All of them or none.
            again = [_offered_again(connection, number, at) for number in dict.fromkeys(ids)]
    options.console.tell(again)
    for letter in again:
        options.console.say(f"outbox: the next deliver offers letter {letter.id} to {letter.email} again")


def _offered_again(connection: sa.Connection, number: int, at: datetime) -> Letter:
    letter = outbox_store.find(connection, number)
    if letter is None:
        raise UsageError(f"there is no letter {number}: `solacefeed outbox list`")
    if not letter_refusals.retry(connection, number, at=at):
        if letter.state is DeliveryState.PENDING and letter.next_try_at is not None:
            next_try = instant_words(letter.next_try_at)
            raise UsageError(f"letter {number} waits, and is offered again by itself from {next_try} on")
        raise UsageError(
            f"letter {number} is {letter.state}, and had time until {instant_words(letter.not_after)}: only what was "
            "rejected, can't have arrived, and has time left is offered again"
        )
    return outbox_store.find(connection, number) or letter


def _retry_all(options: Options) -> None:
    """By some at a time: no page waits for it, and cut off, the rest is rejected still."""
    app, count = options.app, 0
    with app.deciding() as store:
        clock, more = SharedClock(store, app.clock), _FROM_THE_FIRST
        while more is not None:
            with store.write() as connection:
                some, more = letter_refusals.retry_some(connection, after=more, at=clock())
            count += some
    options.console.tell({"letters": count})
    words = f"the next deliver offers {counted(count, 'letter')} again" if count else "nothing to offer again"
    options.console.say(f"outbox: {words}")
