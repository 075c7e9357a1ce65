"""``check``: whether config, templates and store are in order."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from solacefeed.app import App
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.composition.pages import check as check_templates
from solacefeed.composition.signing import keys_of
from solacefeed.config.advice import warnings
from solacefeed.deeds.upkeep.catalogue_check import check_catalogues
from solacefeed.deeds.upkeep.reader_troubles import DOES_MAIL_COME
from solacefeed.errors import MissingStore, OlderStore
from solacefeed.store import migrations
from solacefeed.store.database import SOUND_WAL, Store, sqlite_module
from solacefeed.store.job_tables import made_by
from solacefeed.store.writable import why_read_only
from solacefeed.words import listing


@click.command
@common
@pass_options
def check(options: Options) -> None:
    """Look over config, templates, catalogues, keys and store.

    It asks nothing of the network, and changes nothing.
    """
    app, console = options.app, options.console
    keys_of(app.config)
    said = [*warnings(app.config), *check_templates(app), *check_catalogues(app.config.site.catalogues)]
    found, warned = _store(app)
    said += warned
    if cut_off := app.upkeep.cut_off():
        said.append(f"[mail] only_to: alarms and drafts do not reach {listing(cut_off)}; add them to it")
    for key, path in app.upkeep.mailboxes_to_come().items():
        said.append(f"{key}: {path} is not there yet; {DOES_MAIL_COME}")
    sqlite = sqlite_module()
    if app.config.store.url.startswith("sqlite") and sqlite.sqlite_version_info < SOUND_WAL:
        said.append(
            f"SQLite {sqlite.sqlite_version} has a WAL that can lose data, so a slower rollback journal is used; "
            "install pysqlite3 where it has a wheel"
        )
    console.tell({"config": str(options.config_path), "store": found, "warnings": said})
    for line in said:
        console.say(f"check: worth a look: {line}")
    console.say(f"check: {options.config_path} and templates are in order; {found}")


def _queue(app: App, store: Store) -> str:
    """Of a site with a queue of jobs: whether its tables are there."""
    if app.config.store.engine == "embedded":
        return ""
    with store.read() as connection:
        found = made_by(connection)
    return f", its queue made by procrastinate {found}" if found else ", its queue not made yet: the daemon makes it"


def _published_without(app: App) -> Iterator[str]:
    """What is worth a look where there is no store, and yet documents of one."""
    feeds, url = app.config.feeds.dir, app.config.store.url
    # Of a database's address a password may be part.
    where = url if url.startswith("sqlite:") else "the database"
    if os.path.exists(feeds / "all.atom"):
        yield (
            f"[store] url: {where} has no store, and {feeds} has documents that one has published: is the address "
            "right? A new store writes over them"
        )


def _store(app: App) -> tuple[str, list[str]]:
    """How the store stands, and what is worth a look there."""
    try:
        with app.looking() as store:
            why = why_read_only(store)
            unwritten = [f"no deed can be done: {why.words}: {why.to_do}"] if why else []
            found = f"store at revision {migrations.HEAD}{_queue(app, store)}"
            return found, [*unwritten, *app.upkeep.worth_a_look(store)]
    except MissingStore:
        return "no store yet", list(_published_without(app))
    except OlderStore as older:
        return f"store at revision {older.revision}; the next deed brings it to {migrations.HEAD}", [
            "the store is of an older release, and what the next deed makes of it no older release can read: back it up"
        ]
