"""``migrate-store``: a whole store from SQLite into PostgreSQL."""

from __future__ import annotations

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.config.store_addresses import has_password


@click.command
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@common
@pass_options
def migrate_store(options: Options, source: str, target: str) -> None:
    """Move a whole store from SQLite into PostgreSQL.

    FROM is as [store] url has it, such as sqlite:///var/solacefeed.db; TO is an empty database, such as
    postgresql+psycopg://solacefeed@db.example.org/solacefeed. The daemon, `solacefeed web` and every deed must have
    ended. Cut off, it goes on where it was when it is called again. All rows are counted and read back; then the store
    at FROM sends nothing any more, and stays as it is.
    """
    app, console = options.app, options.console
    with console.progress("migrate-store: rows") as told:
        done = app.backups.move(source, target, told=told)
    console.tell(done)
    console.say(done.line())
    console.say(f"migrate-store: the store is there now; {_where(done.to, has_password=has_password(target))}")
    console.say(f"migrate-store: {source} sends nothing any more; remove it when you have a backup of the new one")
    if not done.at_home:
        console.say("migrate-store: it sends nothing until `solacefeed adopt`, as it was before")


def _where(address: str, *, has_password: bool) -> str:
    if has_password:
        return f"let the environment's SOLACEFEED_STORE_URL be {address}, with its password"
    return f'write into the config:\n\n[store]\nurl = "{address}"\n'
