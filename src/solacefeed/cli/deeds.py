"""The deeds as commands, and ``run``, ``daemon`` and ``preview``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from solacefeed.app import App
from solacefeed.cli.root import Wishes, common, pass_wishes
from solacefeed.cli.saying import complain
from solacefeed.deeds.execution import Result
from solacefeed.errors import Busy, SolacefeedError, SourceError
from solacefeed.store.database import Store

Deed = Callable[[App, Store], Result]


def add_to(root: click.Group) -> None:
    for command in (poll, publish, prepare, deliver, run, daemon, preview):
        root.add_command(command)


@click.command
@common
@pass_wishes
def poll(wishes: Wishes) -> None:
    """Take over what changed on the blog."""
    _do(wishes, "poll")


@click.command
@common
@pass_wishes
def publish(wishes: Wishes) -> None:
    """Write the feeds that changed."""
    _do(wishes, "publish")


@click.command
@common
@pass_wishes
def prepare(wishes: Wishes) -> None:
    """Freeze the edition that is due, if one is."""
    _do(wishes, "prepare")


@click.command
@common
@pass_wishes
def deliver(wishes: Wishes) -> None:
    """Hand over the copies that are due."""
    _do(wishes, "deliver")


@click.command
@common
@pass_wishes
def run(wishes: Wishes) -> None:
    """Do all four deeds: this is what cron calls."""
    app, voice = wishes.app, wishes.voice
    results: dict[str, object] = {}
    failed = False
    with app.store() as store:
        for name in app.deeds():
            try:
                results[name] = _told(wishes, name, store)
            except Busy as busy:
                voice.say(str(busy))
            except SolacefeedError as error:
                complain(str(error))
                failed = True
                if isinstance(error, SourceError) and not app.crawled(store):
                    break
    voice.tell(results)
    for words, place in app.outcome():
        voice.say(f"{words:<6} {_from_here(place)}")
    sys.exit(1 if failed else 0)


@click.command
@common
@pass_wishes
def daemon(wishes: Wishes) -> None:
    """Do every deed when it is due, until SIGTERM."""
    from solacefeed.daemon import run_daemon  # costs a third of a second that no other command should pay

    run_daemon(wishes.app, wishes.voice.say, complain)


@click.command
@click.option("--digest", metavar="NAME", help="Which digest.  [default: the only one]")
@click.option("--categories", metavar="A,B", help="As a reader of these slugs.  [default: everything]")
@click.option("--next", "upcoming", is_flag=True, help="The edition that is still being collected.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write it.  [default: var/preview]",
)
@common
@pass_wishes
def preview(wishes: Wishes, digest: str | None, categories: str | None, upcoming: bool, out: Path | None) -> None:
    """Write an edition to files, as it would be; nothing is kept or mailed."""
    app = wishes.app
    slugs = tuple(filter(None, categories.split(","))) if categories is not None else None
    with app.store(create=False) as store:
        shown = app.preview(store, digest, slugs, upcoming=upcoming)
    folder = out or app.folder / "var" / "preview"
    files = {kind: folder / f"{shown.edition_id.replace('/', '-')}.{kind}" for kind in ("html", "txt")}
    folder.mkdir(parents=True, exist_ok=True)
    files["html"].write_text(shown.html, encoding="utf-8")
    files["txt"].write_text(f"Subject: {shown.subject}\n\n{shown.text}", encoding="utf-8")
    wishes.voice.tell({**asdict(shown), "files": {kind: str(path) for kind, path in files.items()}})
    wishes.voice.say(f"preview: {shown.line()}")
    for path in files.values():
        wishes.voice.say(f"       {_from_here(path)}")


def _do(wishes: Wishes, name: str) -> None:
    with wishes.app.store() as store:
        wishes.voice.tell(_told(wishes, name, store))


def _told(wishes: Wishes, name: str, store: Store) -> object:
    """Does the deed *name*, says its line, and returns its counts."""
    app = wishes.app
    if name == "poll":
        with wishes.voice.progress("polling") as advance:
            result: Result = app.poll(store, advance)
    elif name == "deliver":
        with wishes.voice.progress("delivering") as advance:
            result = app.deliver(store, lambda: advance(1))
    else:
        result = app.publish(store) if name == "publish" else app.prepare(store)
    wishes.voice.say(result.line())
    return asdict(result)


def _from_here(place: Path) -> str:
    """*place* as a person at this prompt would write it."""
    here = Path.cwd()
    return str(place.relative_to(here)) if place.is_relative_to(here) else str(place)
