"""``editions``: looking at them, and what the operator decides of them."""

from __future__ import annotations

from collections.abc import Mapping

import click

from solacefeed.cli.console import tally
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.editions import decisions
from solacefeed.digest.selection import chosen, withheld
from solacefeed.errors import UsageError
from solacefeed.models.editions import Variant
from solacefeed.models.posts import CategoryId
from solacefeed.store import categories
from solacefeed.store import deliveries as delivery_store
from solacefeed.store import editions as edition_store
from solacefeed.store import posts as post_store
from solacefeed.store import variants as variant_store
from solacefeed.words import counted, listing


@click.group
def editions() -> None:
    """Look at editions."""


@editions.command("list")
@common
@pass_options
def list_editions(options: Options) -> None:
    """All editions, newest first."""
    with options.app.looking() as store, store.read() as connection:
        found = edition_store.listing(connection)
        tallies = {edition.id: delivery_store.tally(connection, edition.id) for edition in found}
    options.console.tell(found)
    rows = ((e.id, e.period.starts, e.period.ends, e.state, e.reason or tally(tallies[e.id])) for e in found)
    options.console.table(("id", "from", "until", "state", "copies"), rows, "no edition yet")


@editions.command("show")
@click.argument("edition_id", metavar="ID")
@common
@pass_options
def show_edition(options: Options, edition_id: str) -> None:
    """One edition: its posts, its variants and how its copies stand."""
    with options.app.looking() as store, store.read() as connection:
        edition = edition_store.find(connection, edition_id)
        if edition is None:
            raise UsageError(f"there is no edition {edition_id}: `solacefeed editions list`")
        covered = post_store.some(connection, edition_store.covered_posts(connection, edition_id))
        variants = variant_store.newest_variants(connection, edition_id)
        slugs = {category.id: category.slug for category in categories.everything(connection)}
        copies = delivery_store.tally(connection, edition_id)
    options.console.tell({"edition": edition, "posts": covered, "variants": variants, "deliveries": copies})
    options.console.sheet(
        [
            ("id", edition.id),
            ("state", edition.state),
            ("reason", edition.reason),
            ("from", edition.period.starts),
            ("until", edition.period.ends),
            ("prepared", edition.prepared_at),
            ("posts", "\n".join(f"{post.id}  {post.title}" for post in covered) or "none"),
            ("variants", "\n".join(_variant(v, slugs) for v in variants) or None),
            ("copies", tally(copies)),
        ]
    )


def _variant(variant: Variant, slugs: Mapping[CategoryId, str]) -> str:
    wanted = chosen(variant.selection)
    of = "everything" if wanted is None else ", ".join(sorted(slugs.get(each, each) for each in wanted))
    told = withheld(variant.selection)
    of += f", told of {listing(sorted(told))} often enough" if told else ""
    return f"{of}: {counted(len(variant.picks), 'post')}, {variant.subject}"


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
