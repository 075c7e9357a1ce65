"""``categories``: what the blog files its posts under, and who has chosen it."""

from __future__ import annotations

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.people import category_moves
from solacefeed.words import counted


@click.group
def categories() -> None:
    """Look at categories, and move readers from one to another."""


@categories.command("list")
@common
@pass_options
def list_categories(options: Options) -> None:
    """Every category, with its slug and how many readers have chosen it by name."""
    with options.app.looking() as store, store.read() as connection:
        found = category_moves.overview(connection)
    options.console.tell(found)
    rows = (
        (each.slug, each.name, "listed" if each.listed else "gone from the blog", each.readers, each.first_seen)
        for each in found
    )
    headings = ("slug", "name", "state", "readers", "came")
    options.console.table(headings, rows, "no category yet: the first poll finds them")


@categories.command("move")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--digest", metavar="NAME", help="Of this digest's readers alone.  [default: of all digests]")
@common
@pass_options
def move(options: Options, old: str, new: str, digest: str | None) -> None:
    """Let those who chose the category OLD have NEW instead, by their slugs.

    For when the blog has done away with a category, or has split or merged some. NEW counts for them from when OLD did;
    their histories say that it was by your word.

    \b
    Example:
      solacefeed categories move education schools
    """
    app = options.app
    with app.deciding() as store:
        keys = app.audience(store).keys_to_end(digest)
        changed = category_moves.move(store, app.clock, old, new, keys, followed=app.config.tags.follow)
    options.console.tell({"old": old, "new": new, "subscriptions": changed})
    options.console.say(f"categories: {counted(changed, 'subscription')} moved from {old} to {new}")
