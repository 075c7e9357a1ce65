"""The deeds as commands, and ``run``, ``daemon`` and ``preview``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from solacefeed.cli.root import Slugs, Wishes, common, pass_wishes
from solacefeed.cli.saying import complain
from solacefeed.deeds.deliver import DeliverResult
from solacefeed.deeds.execution import Result
from solacefeed.deeds.poll import PollResult
from solacefeed.deeds.preview import Viewer
from solacefeed.deeds.publish import PublishResult
from solacefeed.errors import Busy, SolacefeedError, SourceError, StoreError, UsageError
from solacefeed.files import publish_file
from solacefeed.store.database import Store


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
@click.option("--all", "everything", is_flag=True, help="Make every document anew; unchanged files stay as they are.")
@click.option("--check", "look_only", is_flag=True, help="Say what would change and why; write nothing.")
@common
@pass_wishes
def publish(wishes: Wishes, everything: bool, look_only: bool) -> None:
    """Write the feeds that changed."""
    if look_only:
        _say_prospect(wishes, everything)
        return
    with wishes.app.store() as store:
        result = wishes.app.publish(store, everything=everything)
        _say_result(wishes, result)
        _ping(wishes, store)
    wishes.voice.tell(asdict(result))
    sys.exit(1 if _did_not_work(result) else 0)


def _say_prospect(wishes: Wishes, everything: bool) -> None:
    with wishes.app.store(create=False) as store:
        found = wishes.app.prospect(store, everything=everything)
    wishes.voice.tell({"differences": found.differences, "unread": found.unread, "refused": found.refused})
    rows = ((each.path, each.what, each.why) for each in found.differences)
    wishes.voice.table(("document", "would be", "because of"), rows, "nothing would change")
    for path, why in found.refused.items():
        complain(f"{path} would not be let through: {why}")
    if found.differences:
        wishes.voice.say(found.unread.line())
    sys.exit(1 if found.refused else 0)


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
    """Do all four deeds: this is what cron calls.

    Beside another run it leaves a deed that is under way to that one, and all is well. When the blog can't be read,
    the exit code is 1, and what is due is delivered all the same.

    \b
    Example, every quarter of an hour, silent unless something is wrong:
      */15 * * * *  cd /srv/solacefeed && solacefeed run -q
    """
    app, voice = wishes.app, wishes.voice
    results: dict[str, object] = {}
    failed = False
    with app.store() as store:
        for name in app.deeds():
            try:
                result = _told(wishes, name, store)
                results[name] = asdict(result)
                failed = failed or _did_not_work(result)
            except Busy as busy:
                voice.say(str(busy))
            except StoreError:
                # No other deed could use the store either.
                raise
            except SolacefeedError as error:
                complain(str(error))
                failed = True
                if isinstance(error, SourceError) and not app.crawled(store):
                    break
    voice.tell(results)
    for words, place in app.outcome():
        if place.exists():
            voice.say(f"{words:<6} {_from_here(place)}")
    sys.exit(1 if failed else 0)


@click.command
@common
@pass_wishes
def daemon(wishes: Wishes) -> None:
    """Do every deed when it is due, until SIGTERM.

    It says what is news, a line each, and serves the unsubscribe page where [web] listen is set. SIGTERM or Ctrl-C ends
    it after the copy in hand.
    """
    from solacefeed.daemon import run_daemon  # costs a third of a second that no other command should pay

    run_daemon(wishes.app, wishes.voice.say, complain)


@click.command
@click.option("--digest", metavar="NAME", help="Which digest.  [default: the only one]")
@click.option("--categories", "slugs", type=Slugs(), help="As a reader of these slugs.  [default: everything]")
@click.option(
    "--to", "email", metavar="ADDRESS", help="As this subscriber gets it: their choice, and what is new to them."
)
@click.option("--next", "upcoming", is_flag=True, help="The edition that is still being collected.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write it.  [default: var/preview]",
)
@common
@pass_wishes
def preview(
    wishes: Wishes,
    digest: str | None,
    slugs: tuple[str, ...] | None,
    email: str | None,
    upcoming: bool,
    out: Path | None,
) -> None:
    """Write an edition to files, as it would be; nothing is mailed.

    It is the edition that is due, just as prepare would freeze it; else the last one while it may still go, else the
    one that is being collected. The store stays as it is, so take any instant.

    \b
    Examples:
      solacefeed preview --next
      solacefeed preview --categories housing,education --as-of 2026-11-23T08:00Z
    """
    app = wishes.app
    if email and slugs:
        raise UsageError("--to goes by the subscriber's own categories; leave out --categories")
    with app.store(create=False) as store:
        shown = app.preview(store, digest, Viewer(slugs=slugs, email=email), upcoming=upcoming)
    folder = out or app.folder / "var" / "preview"
    name = shown.edition_id.replace("/", "-")
    documents = {f"{name}.html": shown.html, f"{name}.txt": f"Subject: {shown.subject}\n\n{shown.text}"}
    for path, document in documents.items():
        publish_file(folder, path, document.encode())
    wishes.voice.tell({**asdict(shown), "files": [str(folder / path) for path in documents]})
    wishes.voice.say(f"preview: {shown.line()}")
    for path in documents:
        wishes.voice.say(f"       {_from_here(folder / path)}")


def _do(wishes: Wishes, name: str) -> None:
    with wishes.app.store() as store:
        result = _told(wishes, name, store)
    wishes.voice.tell(asdict(result))
    sys.exit(1 if _did_not_work(result) else 0)


def _told(wishes: Wishes, name: str, store: Store) -> Result:
    """Does the deed *name*, and says its line: on stderr, also when quiet, where somebody should look."""
    app = wishes.app
    if name == "poll":
        with wishes.voice.progress("polling") as advance:
            result: Result = app.poll(store, advance)
    elif name == "deliver":
        with wishes.voice.progress("delivering") as advance:
            result = app.deliver(store, lambda: advance(1))
    else:
        result = app.publish(store) if name == "publish" else app.prepare(store)
    _say_result(wishes, result)
    if name == "publish":
        _ping(wishes, store)
    return result


def _say_result(wishes: Wishes, result: Result) -> None:
    """On stderr, also when quiet, where somebody should look."""
    troubles = result.troubles if isinstance(result, PollResult) else ()
    pressing = result.held > 0 if isinstance(result, PollResult) else _did_not_work(result)
    (complain if pressing else wishes.voice.say)(result.line())
    for trouble in troubles:
        complain(trouble)


def _ping(wishes: Wishes, store: Store) -> None:
    """Tells the hub, after the files are live; what it does not hear now it is told later."""
    done = wishes.app.ping(store)
    if done.trouble:
        wishes.voice.say(f"hub: told of {done.told}, the rest later: {done.trouble}")


def _did_not_work(result: Result) -> bool:
    if isinstance(result, PublishResult):
        return result.refused > 0
    if isinstance(result, PollResult):
        return bool(result.troubles)
    return isinstance(result, DeliverResult) and result.trouble is not None


def _from_here(place: Path) -> str:
    """*place* as a person at this prompt would write it."""
    here = Path.cwd()
    return str(place.relative_to(here)) if place.is_relative_to(here) else str(place)
