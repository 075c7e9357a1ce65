"""``digests``: which digests the store has served, and which of them are given up."""

from __future__ import annotations

import click

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.store import digests as digest_store
from solacefeed.store import editions, subscribers
from solacefeed.store.digests import ServedDigest
from solacefeed.words import counted


@click.group
def digests() -> None:
    """Look at digests, and give one up."""


@digests.command("list")
@common
@pass_options
def list_digests(options: Options) -> None:
    """Every digest that the store has served."""
    app = options.app
    configured = {table.digest().key for table in app.config.digests}
    with app.looking() as store, store.read() as connection:
        known = digest_store.everything(connection)
        readers = {key: subscribers.count_confirmed(connection, key) for key in known}
        last = {key: editions.latest(connection, key) for key in known}
    options.console.tell([{"digest": each, "readers": readers[key], "last": last[key]} for key, each in known.items()])
    rows = (
        (each.name, key, _state(each, configured), readers[key], edition.id if (edition := last[key]) else None)
        for key, each in known.items()
    )
    options.console.table(
        ("name", "key", "state", "readers", "last edition"), rows, "no digest yet: the first prepare begins it"
    )


def _state(digest: ServedDigest, configured: set[str]) -> str:
    if digest.ended_at is not None:
        return f"given up {digest.ended_at:%Y-%m-%d}"
    return "served" if digest.key in configured else "lost: the config has it no more"


@digests.command("end")
@click.argument("name", metavar="NAME")
@common
@pass_options
def end(options: Options, name: str) -> None:
    """Give up a digest that the config has no more.

    Its subscriptions end, its waiting copies are cancelled. Its feed and its editions' pages stay: addresses are
    permanent.
    """
    app = options.app
    with app.deciding() as store:
        done = app.audience(store).end(name)
    options.console.tell(done)
    options.console.say(done.line())


@digests.command("resume")
@click.argument("name", metavar="NAME")
@common
@pass_options
def resume(options: Options, name: str) -> None:
    """Take up a digest that was given up, with those who had it then; who has left since stays away."""
    app = options.app
    with app.deciding() as store:
        back = app.audience(store).resume(name)
    options.console.tell({"digest": name, "subscriptions": back})
    options.console.say(f"digests: {name} is taken up again, with {counted(back, 'subscription')}")
