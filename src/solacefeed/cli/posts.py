"""``posts``: looking at them, and what the operator decides of them: quarantine, removals, reread and import."""

from __future__ import annotations

from pathlib import Path

import click

from solacefeed.cli.complaints import exit_with
from solacefeed.cli.options import MOST, Options, common, pass_options
from solacefeed.deeds.posts.decisions import accept_removals, refuse_removals, retry_quarantined
from solacefeed.errors import UsageError
from solacefeed.models.posts import Enclosure, PostChange
from solacefeed.store import categories as category_store
from solacefeed.store import changes as change_store
from solacefeed.store import posts as post_store
from solacefeed.store import quarantine as quarantine_store
from solacefeed.store import removals as removal_store
from solacefeed.words import counted, instant_words


@click.group
def posts() -> None:
    """Look at posts."""


@posts.command("list")
@MOST
@common
@pass_options
def list_posts(options: Options, limit: int) -> None:
    """The newest posts."""
    with options.app.looking() as store, store.read() as connection:
        found = post_store.listing(connection, limit=limit)
    options.console.tell(found)
    rows = ((post.id, post.published, post.state, post.author, post.title) for post in found)
    options.console.table(
        ("id", "published", "state", "author", "title"), rows, "no posts yet: `solacefeed poll`", most=limit
    )


@posts.command("show")
@click.argument("post_id", metavar="ID")
@common
@pass_options
def show_post(options: Options, post_id: str) -> None:
    """One post, as it was read."""
    with options.app.looking() as store, store.read() as connection:
        found = post_store.some(connection, [post_id])
        names = {category.id: category.name for category in category_store.everything(connection)}
        blurbs = post_store.blurbs(connection, post_id)
        gone = post_store.evidence(connection, post_id)
        history = change_store.history(connection, post_id)
    if not found:
        raise UsageError(f"there is no post {post_id}: `solacefeed posts list`")
    post = found[0]
    options.console.tell({"post": post, "blurbs": blurbs, "changes": history})
    options.console.sheet(
        [
            ("id", post.id),
            ("title", post.title),
            ("url", post.url),
            ("state", f"{post.state} ({gone})" if gone else post.state),
            ("author", post.author),
            ("role", post.byline.role if post.byline else None),
            ("first published in", post.first_published),
            ("categories", [names.get(category, category) for category in post.category_ids]),
            ("tags", list(post.tags) or None),
            ("published", post.published),
            ("updated", post.updated),
            ("revised", post.revised),
            ("changes", "\n".join(map(_change, history)) or None),
            ("seen", post.seen),
            ("excerpt", post.excerpt),
            ("reading time", f"{post.minutes} min"),
            ("lead image", f"{post.lead_image.url} {post.lead_image.alt}".rstrip() if post.lead_image else None),
            ("enclosures", "\n".join(map(_enclosure, post.enclosures)) or None),
            ("comments", post.comments_url if post.comments is None else f"{post.comments} at {post.comments_url}"),
            ("language", post.language),
            ("blurb", "\n".join(blurb.text for blurb in blurbs) or None),
            ("content", post.content),
        ]
    )


def _enclosure(enclosure: Enclosure) -> str:
    length = f", {enclosure.length} bytes" if enclosure.length else ""
    return f"{enclosure.url} ({enclosure.type}{length})"


def _change(change: PostChange) -> str:
    shown = " (readers are shown it again)" if change.revised else ""
    return f"{instant_words(change.noticed_at)}  {', '.join(change.what)}{shown}"


@posts.group
def quarantine() -> None:
    """What could not be read, kept, understood or shown: posts, and what stands beside them; all else went on."""


@quarantine.command("list")
@common
@pass_options
def list_quarantined(options: Options) -> None:
    """All that is set aside, oldest first: a post by its number, all else with its kind before it."""
    with options.app.looking() as store, store.read() as connection:
        found = quarantine_store.everything(connection)
    options.console.tell(found)
    rows = ((each.key, each.found_at, each.reason) for each in found)
    options.console.table(("what", "found", "reason"), rows, "nothing is in quarantine")


@quarantine.command("show")
@click.argument("key", metavar="POST")
@common
@pass_options
def show_quarantined(options: Options, key: str) -> None:
    """Why one of them is set aside."""
    with options.app.looking() as store, store.read() as connection:
        found = next((each for each in quarantine_store.everything(connection) if each.key == key), None)
    if found is None:
        raise UsageError(f"{key} is not in quarantine: `solacefeed posts quarantine list`")
    options.console.tell(found)
    options.console.sheet([("what", found.key), ("found", found.found_at), ("reason", found.reason)])


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
        found = removal_store.held(connection)
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
        result = app.posts.reread(store, advance)
    options.console.tell(result)
    options.console.say(result.line())
    exit_with(result.troubles)


@posts.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
@click.option(
    "--moved-from",
    metavar="HOST",
    multiple=True,
    help="A former host of the blog, or another name of it, of which the export may be; may be repeated.",
)
@common
@pass_options
def import_export(options: Options, file: Path, moved_from: tuple[str, ...]) -> None:
    """Take over years of history at once, from a WordPress export (Tools > Export, a .xml file, or gzipped).

    An export of another blog than the one in [source] url is refused.
    """
    app = options.app
    with app.store() as store, options.console.progress("importing") as advance:
        result = app.posts.import_export(store, file, advance, moved_from=moved_from)
    options.console.tell(result)
    options.console.say(result.line("import"))
    exit_with(result.troubles)
