"""``posts quarantine``, ``removals``, ``reread`` and ``import``: what the operator decides of posts."""

from __future__ import annotations

from pathlib import Path

import click

from solacefeed.cli.console import exit_with
from solacefeed.cli.look import posts
from solacefeed.cli.options import Wishes, common, pass_wishes
from solacefeed.deeds.posts.decisions import accept_removals, refuse_removals, retry_quarantined
from solacefeed.errors import UsageError
from solacefeed.store import oddities
from solacefeed.words import counted


@posts.group
def quarantine() -> None:
    """Posts that could not be read; the others went on."""


@quarantine.command("list")
@common
@pass_wishes
def list_quarantined(wishes: Wishes) -> None:
    """What could not be read, oldest first."""
    with wishes.app.looking() as store, store.read() as connection:
        found = oddities.quarantined(connection)
    wishes.voice.tell(found)
    rows = ((each.key, each.found_at, each.reason) for each in found)
    wishes.voice.table(("post", "found", "reason"), rows, "nothing is in quarantine")


@quarantine.command("show")
@click.argument("key", metavar="POST")
@common
@pass_wishes
def show_quarantined(wishes: Wishes, key: str) -> None:
    """Why one post could not be read."""
    with wishes.app.looking() as store, store.read() as connection:
        found = next((each for each in oddities.quarantined(connection) if each.key == key), None)
    if found is None:
        raise UsageError(f"{key} is not in quarantine: `solacefeed posts quarantine list`")
    wishes.voice.tell(found)
    wishes.voice.sheet([("post", found.key), ("found", found.found_at), ("reason", found.reason)])


@quarantine.command("retry")
@common
@pass_wishes
def retry(wishes: Wishes) -> None:
    """Let the next poll ask for all of them again."""
    with wishes.app.deciding() as store:
        count = retry_quarantined(store, wishes.config.source.url)
    wishes.voice.tell({"posts": count})
    wishes.voice.say(f"quarantine: {counted(count, 'post')} asked for again by the next poll")


@posts.group
def removals() -> None:
    """Posts that the blog seems to have removed, too many at once to be believed."""


@removals.command("list")
@common
@pass_wishes
def list_removals(wishes: Wishes) -> None:
    """What is held back, and what you refused."""
    with wishes.app.looking() as store, store.read() as connection:
        found = oddities.removals_held(connection)
    wishes.voice.tell(found)
    rows = ((r.post_id, "refused" if r.refused else "held", r.found_at, r.evidence, r.title) for r in found)
    wishes.voice.table(("id", "state", "found", "evidence", "title"), rows, "no removals are held back")


@removals.command("accept")
@common
@pass_wishes
def accept(wishes: Wishes) -> None:
    """Believe the blog: the posts leave the feeds."""
    app = wishes.app
    with app.deciding() as store:
        count = accept_removals(store, app.clock)
    wishes.voice.tell({"posts": count})
    wishes.voice.say(f"removals: {counted(count, 'post')} gone; `solacefeed publish` takes them out of the feeds")


@removals.command("refuse")
@common
@pass_wishes
def refuse(wishes: Wishes) -> None:
    """Let the posts stay, whatever the blog says of them."""
    with wishes.app.deciding() as store:
        count = refuse_removals(store)
    wishes.voice.tell({"posts": count})
    wishes.voice.say(f"removals: {counted(count, 'post')} stay")


@posts.command("reread")
@common
@pass_wishes
def reread(wishes: Wishes) -> None:
    """Read every post anew by today's rules; asks nothing of the blog."""
    app = wishes.app
    with app.deciding() as store, wishes.voice.progress("reading") as advance:
        result = app.reread(store, advance)
    wishes.voice.tell(result)
    wishes.voice.say(result.line())
    exit_with(result.troubles)


@posts.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
@common
@pass_wishes
def import_export(wishes: Wishes, file: Path) -> None:
    """Take over years of history at once, from a WordPress export (Tools > Export, a .xml file, or gzipped)."""
    app = wishes.app
    with app.store() as store, wishes.voice.progress("importing") as advance:
        result = app.import_export(store, file, advance)
    wishes.voice.tell(result)
    wishes.voice.say(result.line("import"))
    exit_with(result.troubles)
