"""``posts quarantine``, ``removals``, ``reread`` and ``import``: what the operator decides of posts."""

from __future__ import annotations

from pathlib import Path

import click

from solacefeed.cli.console import exit_with
from solacefeed.cli.look import posts
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.posts.decisions import accept_removals, refuse_removals, retry_quarantined
from solacefeed.errors import UsageError
from solacefeed.store import oddities
from solacefeed.words import counted


@posts.group
def quarantine() -> None:
    """Posts that could not be read; the others went on."""


@quarantine.command("list")
@common
@pass_options
def list_quarantined(options: Options) -> None:
    """What could not be read, oldest first."""
    with options.app.looking() as store, store.read() as connection:
        found = oddities.quarantined(connection)
    options.console.tell(found)
    rows = ((each.key, each.found_at, each.reason) for each in found)
    options.console.table(("post", "found", "reason"), rows, "nothing is in quarantine")


@quarantine.command("show")
@click.argument("key", metavar="POST")
@common
@pass_options
def show_quarantined(options: Options, key: str) -> None:
    """Why one post could not be read."""
    with options.app.looking() as store, store.read() as connection:
        found = next((each for each in oddities.quarantined(connection) if each.key == key), None)
    if found is None:
        raise UsageError(f"{key} is not in quarantine: `solacefeed posts quarantine list`")
    options.console.tell(found)
    options.console.sheet([("post", found.key), ("found", found.found_at), ("reason", found.reason)])


@quarantine.command("retry")
@common
@pass_options
def retry(options: Options) -> None:
    """Let the next poll ask for all of them again."""
    with options.app.deciding() as store:
        count = retry_quarantined(store, options.config.source.url)
    options.console.tell({"posts": count})
    options.console.say(f"quarantine: {counted(count, 'post')} asked for again by the next poll")


@posts.group
def removals() -> None:
    """Posts that the blog seems to have removed, too many at once to be believed."""


@removals.command("list")
@common
@pass_options
def list_removals(options: Options) -> None:
    """What is held back, and what you refused."""
    with options.app.looking() as store, store.read() as connection:
        found = oddities.removals_held(connection)
    options.console.tell(found)
    rows = ((r.post_id, "refused" if r.refused else "held", r.found_at, r.evidence, r.title) for r in found)
    options.console.table(("id", "state", "found", "evidence", "title"), rows, "no removals are held back")


@removals.command("accept")
@common
@pass_options
def accept(options: Options) -> None:
    """Believe the blog: the posts leave the feeds."""
    app = options.app
    with app.deciding() as store:
        count = accept_removals(store, app.clock)
    options.console.tell({"posts": count})
    options.console.say(f"removals: {counted(count, 'post')} gone; `solacefeed publish` takes them out of the feeds")


@removals.command("refuse")
@common
@pass_options
def refuse(options: Options) -> None:
    """Let the posts stay, whatever the blog says of them."""
    with options.app.deciding() as store:
        count = refuse_removals(store)
    options.console.tell({"posts": count})
    options.console.say(f"removals: {counted(count, 'post')} stay")


@posts.command("reread")
@common
@pass_options
def reread(options: Options) -> None:
    """Read every post anew by today's rules; asks nothing of the blog."""
    app = options.app
    with app.deciding() as store, options.console.progress("reading") as advance:
        result = app.reread(store, advance)
    options.console.tell(result)
    options.console.say(result.line())
    exit_with(result.troubles)


@posts.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
@common
@pass_options
def import_export(options: Options, file: Path) -> None:
    """Take over years of history at once, from a WordPress export (Tools > Export, a .xml file, or gzipped)."""
    app = options.app
    with app.store() as store, options.console.progress("importing") as advance:
        result = app.import_export(store, file, advance)
    options.console.tell(result)
    options.console.say(result.line("import"))
    exit_with(result.troubles)
