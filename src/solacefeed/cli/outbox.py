"""``outbox``: looking at mail to one person, and offering it once more."""

from __future__ import annotations

import click

from solacefeed.cli.deliveries import NUMBER
from solacefeed.cli.options import MOST, Options, common, pass_options
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.store import outbox as outbox_store
from solacefeed.words import instant_words


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
@click.argument("letter_id", metavar="ID", type=NUMBER)
@common
@pass_options
def retry(options: Options, letter_id: int) -> None:
    """Offer a rejected letter again.

    The Message-ID stays. What may have arrived, or would come too late, is left alone.
    """
    app = options.app
    with app.deciding() as store, store.write() as connection:
        letter = outbox_store.find(connection, letter_id)
        if letter is None:
            raise UsageError(f"there is no letter {letter_id}: `solacefeed outbox list`")
        if not outbox_store.retry(connection, letter_id, at=app.clock()):
            raise UsageError(
                f"letter {letter_id} is {letter.state}, to be offered again is what was rejected, can't have arrived, "
                f"and has time left: it had until {instant_words(letter.not_after)}"
            )
        again = outbox_store.find(connection, letter_id)
    options.console.tell(again)
    options.console.say(f"outbox: the next deliver offers letter {letter_id} to {letter.email} again")
