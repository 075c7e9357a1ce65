"""``editions resume`` and ``cancel``, and ``deliveries retry``: what the operator decides of what goes out."""

from __future__ import annotations

import click

from solacefeed.cli.look import deliveries, editions
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.editions import decisions

#: Every number that a database can have for a copy.
NUMBER = click.IntRange(1, 2**63 - 1)


@editions.command("resume")
@click.argument("edition_id", metavar="ID")
@common
@pass_options
def resume(options: Options, edition_id: str) -> None:
    """Let an edition go on that stands paused, once what the relay refused is mended."""
    app = options.app
    with app.deciding() as store:
        result = decisions.resume(store, app.clock, edition_id, app.digest)
    options.console.tell(result)
    options.console.say(result.line())


@editions.command("cancel")
@click.argument("edition_id", metavar="ID")
@common
@pass_options
def cancel(options: Options, edition_id: str) -> None:
    """Let no further copy of an edition go.

    What was handed over stays told; posts that nobody was handed stand in the next edition. Its id is free again: while
    its closing may still be answered, the next prepare makes it anew, from the posts that nobody has got.
    """
    app = options.app
    with app.deciding() as store:
        result = decisions.cancel(store, app.clock, edition_id)
    options.console.tell(result)
    options.console.say(result.line())


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
