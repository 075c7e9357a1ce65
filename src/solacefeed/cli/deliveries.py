"""``deliveries``: looking at copies, and offering them once more."""

from __future__ import annotations

import click

from solacefeed.cli.options import MOST, Options, common, pass_options
from solacefeed.deeds.editions import decisions
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.store import deliveries as delivery_store
from solacefeed.store import variants as variant_store

#: Every number that a database can have for a copy.
NUMBER = click.IntRange(1, 2**63 - 1)


#: To whom a copy went whose reader was erased, or whose address is kept no more.
NOBODY = "(not kept)"


@click.group
def deliveries() -> None:
    """Look at deliveries."""


@deliveries.command("list")
@click.option("--edition", "edition_id", metavar="ID", help="Of this edition alone.")
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), help="In this state alone.")
@MOST
@common
@pass_options
def list_deliveries(options: Options, edition_id: str | None, state: str | None, limit: int) -> None:
    """The newest copies."""
    wanted = DeliveryState(state) if state else None
    with options.app.looking() as store, store.read() as connection:
        found = delivery_store.listing(connection, edition_id=edition_id, state=wanted, limit=limit)
    options.console.tell(found)
    rows = ((d.id, d.edition_id, d.email or NOBODY, d.state, d.attempts, d.next_try_at, d.answer) for d in found)
    headings = ("id", "edition", "to", "state", "attempts", "next try", "answer")
    options.console.table(
        headings,
        rows,
        "no deliveries yet" if edition_id is None and state is None else "no such deliveries",
        most=limit,
    )


@deliveries.command("show")
@click.argument("delivery_id", metavar="ID", type=int)
@common
@pass_options
def show_delivery(options: Options, delivery_id: int) -> None:
    """One copy."""
    with options.app.looking() as store, store.read() as connection:
        found = delivery_store.find(connection, delivery_id)
        if found is None:
            raise UsageError(f"there is no delivery {delivery_id}: `solacefeed deliveries list`")
        variant = variant_store.variant(connection, found.edition_id, found.variant_key, found.revision)
    options.console.tell(found)
    options.console.sheet(
        [
            ("id", found.id),
            ("edition", found.edition_id),
            ("to", found.email or NOBODY),
            ("state", found.state),
            ("answer", found.answer),
            ("attempts", found.attempts),
            ("doubts", found.doubts or None),
            ("next try", found.next_try_at),
            ("changed", found.changed_at),
            ("message id", found.message_id),
            ("subject", variant.subject),
            ("revision", variant.revision),
            ("posts", [pick.post_id for pick in variant.picks]),
        ]
    )


@deliveries.command("retry")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=NUMBER)
@click.option("--edition", "edition_id", metavar="ID", help="Those of this edition alone.")
@common
@pass_options
def retry(options: Options, ids: tuple[int, ...], edition_id: str | None) -> None:
    """Offer rejected copies again: these, or all that are not too late.

    The Message-ID stays. Left alone is who ended the subscription since, and what may have arrived.
    """
    app = options.app
    with app.deciding() as store:
        result = decisions.retry(store, app.clock, app.digest, edition_id=edition_id, ids=ids or None)
    options.console.tell(result)
    options.console.say(result.line())
