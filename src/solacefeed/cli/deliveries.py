"""``deliveries``: looking at copies, and offering them once more."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from datetime import date, datetime, time, tzinfo
from functools import partial

import click

from solacefeed.cli.agreement import agree
from solacefeed.cli.console import plain
from solacefeed.cli.options import MOST, MomentParam, Options, common, pass_options
from solacefeed.deeds.editions import decisions
from solacefeed.deeds.people.choose import known_subscriber
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import CopyAct, DeliveryState
from solacefeed.spreadsheets.writing import rows_to
from solacefeed.store import copy_acts as copy_act_store
from solacefeed.store import deliveries as delivery_store
from solacefeed.store import editions as edition_store
from solacefeed.store import variants as variant_store
from solacefeed.words import instant_words

#: Every number that a database can have for a copy.
NUMBER = click.IntRange(1, 2**63 - 1)

HEADINGS = ("id", "edition", "to", "state", "attempts", "next try", "answer")

#: To whom a copy went whose reader was erased, or whose address is kept no more.
NOBODY = "(not kept)"


@click.group
def deliveries() -> None:
    """Look at deliveries."""


@deliveries.command("list")
@click.option("--edition", "edition_id", metavar="ID", help="Of this edition alone.")
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), help="In this state alone.")
@click.option("--to", "address", metavar="ADDRESS", help="Of this reader alone, by the address they have now.")
@click.option("--domain", metavar="DOMAIN", help="To addresses of this domain alone.")
@click.option("--since", type=MomentParam(), help="That have changed since then alone.")
@click.option("--after", type=NUMBER, metavar="ID", help="Go on after this copy.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), help="CSV, safe in spreadsheets, or JSON.")
@MOST
@common
@pass_options
def list_deliveries(
    options: Options,
    edition_id: str | None,
    state: str | None,
    address: str | None,
    domain: str | None,
    since: date | None,
    after: int | None,
    form: str | None,
    limit: int,
) -> None:
    """The newest copies, or those that are asked for.

    \b
    Examples:
      solacefeed deliveries list --edition weekly/2026-11-23 --state uncertain
      solacefeed deliveries list --to ann@example.org --since 2026-11-01
    """
    app, console = options.app, options.console
    with app.looking() as store:
        instant = _instant(since, app.site(store).zone) if since else None
        with store.read() as connection:
            if edition_id is not None:
                decisions.find_edition(connection, edition_id)
            found = delivery_store.listing(
                connection,
                edition_id=edition_id,
                state=DeliveryState(state) if state else None,
                reader=known_subscriber(connection, address).id if address else None,
                domain=domain.removeprefix("@") if domain else None,
                since=instant,
                after=after,
                limit=limit + 1,
            )
    shown = found[:limit]
    rows = [(d.id, d.edition_id, d.email or NOBODY, d.state, d.attempts, d.next_try_at, d.answer) for d in shown]
    if form == "csv":
        console.pour(_csv([HEADINGS, *rows]))
        return
    if form == "json":
        console.pour(f"{json.dumps(plain(shown), indent=2)}\n")
        return
    console.tell(shown)
    asked = any(each is not None for each in (edition_id, state, address, domain, since, after))
    console.table(HEADINGS, rows, "no such deliveries" if asked else "no deliveries yet")
    if len(found) > limit:
        console.say(f"there are more: --after {shown[-1].id} goes on")


def _instant(since: date, zone: tzinfo) -> datetime:
    """A day begins by the site's clock."""
    return since if isinstance(since, datetime) else datetime.combine(since, time(), zone)


def _csv(rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    write = rows_to(text)
    for row in rows:
        write([None if cell is None else str(plain(cell)) for cell in row])
    return text.getvalue()


@deliveries.command("show")
@click.argument("delivery_id", metavar="ID", type=int)
@common
@pass_options
def show_delivery(options: Options, delivery_id: int) -> None:
    """One copy: how it stands, what it says, and what was done of it."""
    with options.app.looking() as store, store.read() as connection:
        found = delivery_store.find(connection, delivery_id)
        if found is None:
            raise UsageError(f"there is no delivery {delivery_id}: `solacefeed deliveries list`")
        variant = variant_store.variant(connection, found.edition_id, found.variant_key, found.revision)
        edition = edition_store.find(connection, found.edition_id)
        acts = copy_act_store.of_copy(connection, delivery_id)
    options.console.tell({"delivery": found, "acts": acts})
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
            ("written", edition.prepared_at if edition else None),
            ("done of it", "\n".join(map(_act, acts)) or None),
            ("changed", found.changed_at),
            ("until", found.until),
            ("sent before", found.got_before or None),
            ("message id", found.message_id),
            ("subject", variant.subject),
            ("revision", variant.revision),
            ("posts", [pick.post_id for pick in variant.picks]),
        ]
    )


def _act(act: CopyAct) -> str:
    since = instant_words(act.was_since)
    return f"{instant_words(act.at)}, by the {act.actor}: {act.kind}; it was {act.was} since {since}"


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


@deliveries.command("resolve")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=NUMBER)
@click.option("--edition", "edition_id", metavar="ID", help="All that are uncertain of this edition.")
@click.option("--accepted", "how", flag_value="accepted", help="They arrived.")
@click.option("--resend", "how", flag_value="resend", help="They did not: offer them again, where they can go.")
@click.option("--dry-run", "looks", is_flag=True, help="Only say what would be done, and write nothing.")
@click.option("--yes", is_flag=True, help="Do it to all of an edition, however many they are.")
@common
@pass_options
def resolve_deliveries(
    options: Options, ids: tuple[int, ...], edition_id: str | None, how: str | None, looks: bool, yes: bool
) -> None:
    """Say how uncertain copies came out, as your relay's log has it by their Message-ID.

    What did not arrive is offered again under that Message-ID, with the same bytes. Where it can't go any more (its
    reader left, its edition was cancelled, it would come too late), its posts are free for the next edition.
    It is written down with its time; `solacefeed deliveries show ID` tells it.

    \b
    Examples:
      solacefeed deliveries resolve 17 18 --accepted
      solacefeed deliveries resolve --edition weekly/2026-11-23 --resend
    """
    from solacefeed.deeds.delivering.resolving import resolve

    app, console = options.app, options.console
    if how is None:
        raise UsageError("say how they came out: --accepted or --resend")
    if not ids and edition_id is None:
        raise UsageError("say which: the numbers of copies, or --edition ID")
    asked = partial(
        resolve, machines_clock=app.clock, find_digest=app.digest, arrived=how == "accepted", edition_id=edition_id
    )
    with app.looking() if looks else app.deciding() as store:
        result = asked(store, ids=ids or None, acts=False)
        if not looks:
            number = sum(result.editions.values()) + sum(result.given_up.values())
            if not ids and number > 1:
                agree(console, f"Resolve {number} copies of {edition_id} as {how}?", number, yes=yes)
            result = asked(store, ids=ids or None)
    console.tell(result)
    console.say(result.line())
