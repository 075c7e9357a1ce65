"""``web snippet``: the form as HTML to paste into the blog."""

from __future__ import annotations

import click

from solacefeed.cli.options import Options, common, pass_options


@click.command
@click.option(
    "--categories", metavar="SLUG,..", help="Offer these categories alone; a single one is asked for as it is."
)
@click.option("--digest", "digests", metavar="NAME", multiple=True, help="Which digest, where there are several.")
@click.option("--language", metavar="TAG", help="In which language its words are (BCP 47); the site's without it.")
@click.option("--iframe", is_flag=True, help="A frame with our own page in it, and not a form.")
@common
@pass_options
def snippet(
    options: Options, categories: str | None, digests: tuple[str, ...], language: str | None, *, iframe: bool
) -> None:
    """Print the form as HTML to paste into the blog.

    It needs no script, no style and no cookie: paste it into a Custom HTML block, on a category's page with that
    category alone.

    \b
    Example:
      solacefeed web snippet --categories housing
    """
    from solacefeed.composition.visitors import snippet as made

    app = options.app
    slugs = [each for each in (categories or "").split(",") if each]
    # No look: the key of signed links is made at first need.
    with app.store(create=False) as store:
        text = made(app, store, slugs=slugs, digests=digests, language=language, framed=iframe)
    options.console.tell({"html": text})
    options.console.say(text.rstrip("\n"))
