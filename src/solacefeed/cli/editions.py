"""``editions resume`` and ``cancel``, and ``deliveries retry``: what the operator decides of what goes out."""

from __future__ import annotations

import click

from solacefeed.cli.look import deliveries, editions
from solacefeed.cli.options import Wishes, common, pass_wishes
from solacefeed.deeds.editions import decisions

#: Every number that a database can have for a copy.
NUMBER = click.IntRange(1, 2**63 - 1)


@editions.command("resume")
@click.argument("edition_id", metavar="ID")
@common
@pass_wishes
def resume(wishes: Wishes, edition_id: str) -> None:
    """Let an edition go on that stands paused, once what the relay refused is mended."""
    app = wishes.app
    with app.deciding() as store:
        result = decisions.resume(store, app.clock, edition_id, app.digest)
    wishes.voice.tell(result)
    wishes.voice.say(result.line())


@editions.command("cancel")
@click.argument("edition_id", metavar="ID")
@common
@pass_wishes
def cancel(wishes: Wishes, edition_id: str) -> None:
    """Let no further copy of an edition go.

    What was handed over stays told; posts that nobody was handed stand in the next edition. Its id is free again: while
    its closing may still be answered, the next prepare makes it anew, from the posts that nobody has got.
    """
    app = wishes.app
    with app.deciding() as store:
        result = decisions.cancel(store, app.clock, edition_id)
    wishes.voice.tell(result)
    wishes.voice.say(result.line())


@deliveries.command("retry")
@click.argument("ids", metavar="[ID]...", nargs=-1, type=NUMBER)
@click.option("--edition", "edition_id", metavar="ID", help="Those of this edition alone.")
@common
@pass_wishes
def retry(wishes: Wishes, ids: tuple[int, ...], edition_id: str | None) -> None:
    """Offer rejected copies again: these, or all that are not too late.

    The Message-ID stays. Left alone is who ended the subscription since, and what may have arrived.
    """
    app = wishes.app
    with app.deciding() as store:
        result = decisions.retry(store, app.clock, app.digest, edition_id=edition_id, ids=ids or None)
    wishes.voice.tell(result)
    wishes.voice.say(result.line())
