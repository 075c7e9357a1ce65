"""Moving in: ``redirects`` prints what leads readers of the blog's own feeds to ours."""

from __future__ import annotations

from typing import get_args

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.publish.redirects import Server


@click.command
@click.argument("server", type=click.Choice(get_args(Server)))
@click.option(
    "--category-base",
    metavar="WORD",
    default="category",
    show_default=True,
    help="What stands before a category's slug in the blog's addresses (Settings > Permalinks).",
)
@common
@pass_options
def redirects(options: Options, server: Server, category_base: str) -> None:
    """Print rules that lead from the blog's feeds to ours.

    They are for the server before the blog.

    Readers see nothing twice, where the feeds have kept the blog's ids ([feeds] ids = "blog").
    """
    app, console = options.app, options.console
    with app.looking() as store:
        rules = app.publishing.redirects(store, server, category_base=category_base)
    console.tell({"server": server, "rules": rules})
    console.say(rules.rstrip("\n"))
