"""The deeds as commands: each alone, all with ``run``, and for good with ``daemon``."""

from __future__ import annotations

import math
import os
import sys
import time
from datetime import timedelta

import click

from solacefeed.cli.complaints import complain, complain_of
from solacefeed.cli.console import from_here
from solacefeed.cli.ending import ended_in_time
from solacefeed.cli.options import DurationParam, Options, common, pass_options
from solacefeed.deeds.execution import Result
from solacefeed.errors import AnotherDaemon, Busy, OtherClock, SolacefeedError, StoreError, UsageError
from solacefeed.ports import Pause
from solacefeed.store.database import Store
from solacefeed.words import instant_words

#: Longer than that nobody waits without a word.
_LONG = timedelta(minutes=10)

AT_ONCE = click.option(
    "--now",
    "at_once",
    is_flag=True,
    help="Wait for a blog in maintenance, also if it asked for rest; never after a 429.",
)


@click.command
@AT_ONCE
@common
@pass_options
def poll(options: Options, at_once: bool) -> None:
    """Take over what changed on the blog.

    A blog that is in maintenance (503) is asked once more after half a minute at most, where you wait for it: in a
    terminal, or with --now.
    """
    _do(options, "poll", at_once=at_once)


@click.command
@click.option("--all", "everything", is_flag=True, help="Make every document anew; unchanged files stay as they are.")
@click.option("--check", "look_only", is_flag=True, help="Say what would change and why; write nothing.")
@common
@pass_options
def publish(options: Options, everything: bool, look_only: bool) -> None:
    """Write the feeds that changed."""
    if look_only:
        _say_forecast(options, everything)
        return
    with options.app.store() as store:
        result = options.app.publishing.publish(store, everything=everything)
        _say_result(options, result, set())
        _ping(options, store)
    options.console.tell(result)
    sys.exit(1 if _did_not_work(result) else 0)


def _say_forecast(options: Options, everything: bool) -> None:
    with options.app.looking() as store:
        found = options.app.publishing.forecast(store, everything=everything)
    options.console.tell({"differences": found.differences, "unread": found.unread, "refused": found.refused})
    rows = ((each.path, each.what, each.why) for each in found.differences)
    options.console.table(("document", "would be", "because of"), rows, "nothing would change")
    for path, why in found.refused.items():
        complain(f"{path} would not be let through: {why}")
    if found.differences:
        options.console.say(found.unread.line())
    sys.exit(1 if found.refused else 0)


@click.command
@common
@pass_options
def prepare(options: Options) -> None:
    """Freeze the edition that is due, if one is.

    Who has asked by mail to be unsubscribed is taken out before, and what came back is read.
    """
    _do_mail(options, "prepare")


@click.command
@common
@pass_options
def answer(options: Options) -> None:
    """Answer what people asked on forms, by letters.

    The next deliver hands them over; it answers by itself, too.
    """
    _do(options, "answer")


@click.command
@click.option("--within", type=DurationParam(), help="End after so long, with what is in hand; the next one goes on.")
@common
@pass_options
def deliver(options: Options, within: timedelta | None) -> None:
    """Hand over the copies that are due.

    Who has asked by mail to be unsubscribed is taken out, what came back is read, and what was asked on forms is
    answered before; then letters go first. It goes on until nothing is left that may go within a minute, which by a
    slow pace takes long: it says how long, and --within bounds it. SIGTERM or Ctrl-C ends it after the copies in hand,
    within half a minute.

    \b
    Example:
      solacefeed deliver --within 10m
    """
    answering = ("answer",) if options.app.people.come_by_themselves else ()
    _do_mail(options, *answering, "deliver", within=within)


@click.command
@AT_ONCE
@common
@pass_options
def run(options: Options, at_once: bool) -> None:
    """Do all deeds: this is what cron calls.

    Beside another run it leaves a deed that is under way to that one, and all is well. When a deed does not work, such
    as when the blog can't be read, the exit code is 1, and the others are done all the same.

    \b
    Example, every quarter of an hour, silent unless something is wrong:
      */15 * * * *  cd /srv/solacefeed && solacefeed run -q
    """
    app, console = options.app, options.console
    results: dict[str, object] = {}
    failed, told = False, set[str]()
    with app.store() as store:
        failed |= _read_mailboxes(options, store)
        for name in app.deeds(store):
            try:
                result = _done(options, name, store, told, at_once=at_once)
                results[name] = result
                failed = failed or _did_not_work(result)
            except Busy as busy:
                console.say(str(busy))
            except OtherClock:
                # No other deed could use the store either.
                raise
            except Exception as error:
                # What keeps two deeds from their work is said once.
                if str(error) not in told:
                    complain_of(error, deed=name)
                told.add(str(error))
                failed = True
                if name == "poll" and not app.crawled(store):
                    break
        failed |= _see_to_privacy(options, store)
        failed |= _see_to_backups(options, store)
        failed |= _see_to_alarms(options, store)
    console.tell(results)
    for words, path in app.where_to_look():
        if os.path.exists(path):
            console.say(f"{words:<6} {from_here(path)}")
    sys.exit(1 if failed else 0)


@click.command
@click.option("--pages/--no-pages", default=True, help="Serve our pages too, or leave that to `solacefeed web`.")
@click.option("--wait", "waits", is_flag=True, help="Where another daemon holds the store, take over when it ends.")
@common
@pass_options
def daemon(options: Options, pages: bool, waits: bool) -> None:
    """Do every deed when it is due, until SIGTERM.

    It says what is news, a line each, and serves our pages and the published documents where [web] listen is set.
    SIGTERM or Ctrl-C ends it after the copies in hand, within half a minute. SIGHUP has it read config and templates
    again. Where another daemon holds the store, it says which, and the exit code is 3.
    """
    try:
        from solacefeed.daemon.running import run_daemon  # costs a third of a second that no other command should pay

        with options.logging() as log:
            run_daemon(options.app, options.read_again, log, glance=options.glance_again, pages=pages, waits=waits)
    except AnotherDaemon as held:
        complain(str(held))
        sys.exit(3)
    except KeyboardInterrupt:
        # Whoever ends it may do so at any moment, and it is no failure.
        options.console.say("daemon: ended before it had begun")


def _read_mailboxes(options: Options, store: Store) -> bool:
    """First, so that who has left gets nothing more, nor an address that does not exist; whether it did not work.

    A rehearsal reads none of a live store. Raises ``OtherClock`` as every deed does.
    """
    options.app.settle_clock(store)
    failed = _said(options, options.app.privacy.look_at_mailboxes(store))
    if "deliver" in options.app.deeds(store):
        failed |= _said(options, options.app.bounces.look(store))
    return failed


def _see_to_privacy(options: Options, store: Store) -> bool:
    """Does what people's privacy asks for besides; whether it did not work."""
    failed = _said(options, options.app.privacy.look(store))
    return _said(options, ((), options.app.backups.note_people(store))) or failed


def _see_to_backups(options: Options, store: Store) -> bool:
    """Makes a backup where one is due; whether it did not work."""
    try:
        return _said(options, options.app.backups.look(store))
    except (StoreError, UsageError) as error:
        complain(str(error))
        return True


def _see_to_alarms(options: Options, store: Store) -> bool:
    """Tells of troubles whom the config wants told; whether that did not work."""
    app = options.app
    if not app.tells_somebody:
        return False
    told, amiss = app.alarms.look(store)
    if told.has_news():
        options.console.say(told.line())
    if told.letters:
        try:
            with ended_in_time(store) as ending:
                app.mail.hand_over_letters(store, ending.is_set, ending.is_set)
            if ending.is_set():
                raise KeyboardInterrupt
        except Busy as busy:
            options.console.say(str(busy))
        except SolacefeedError as error:
            # They wait, and the next deliver hands them over.
            amiss = (*amiss, str(error))
    return _said(options, ((), (*amiss, *app.alarms.reach_out(store))))


def _said(options: Options, look: tuple[tuple[str, ...], tuple[str, ...]]) -> bool:
    done, amiss = look
    for line in done:
        options.console.say(line)
    for trouble in amiss:
        complain(trouble)
    return bool(amiss)


def _do(options: Options, name: str, *, at_once: bool = False) -> None:
    with options.app.store() as store:
        result = _done(options, name, store, set(), at_once=at_once)
    options.console.tell(result)
    sys.exit(1 if _did_not_work(result) else 0)


def _do_mail(options: Options, *names: str, within: timedelta | None = None) -> None:
    """Does the last of *names* by what comes before it; each of them says its line."""
    with options.app.store() as store:
        failed = _read_mailboxes(options, store)
        results = [_done(options, name, store, set(), at_once=False, within=within) for name in names]
        failed |= _see_to_alarms(options, store)
    options.console.tell(results[-1])
    sys.exit(1 if failed or _did_not_work(results[-1]) else 0)


def _done(
    options: Options, name: str, store: Store, told: set[str], *, at_once: bool, within: timedelta | None = None
) -> Result:
    """Does the deed *name*, and says its line: on stderr, also when quiet, where somebody should look.

    What did not work beside it is said unless it was *told* before. While mail is handed over, SIGTERM or Ctrl-C ends
    it after what is in hand, and then the command; so does its time, where it is to be done *within* one.
    """
    app, is_to_end = options.app, False
    if name == "poll":
        with options.console.progress("polling") as advance:
            pause = _pause(options) if somebody_waits(at_once=at_once) else None
            result: Result = app.posts.poll(store, advance, pause=pause, at_once=at_once)
    elif name == "deliver":
        _say_how_long(options, store)
        ends = time.monotonic() + (within.total_seconds() if within else math.inf)
        with options.console.progress("delivering") as advance, ended_in_time(store) as ending:
            result = app.mail.deliver(store, lambda: advance(1), ending.is_set, lambda: time.monotonic() >= ends)
        is_to_end = ending.is_set()
    elif name == "answer":
        result = app.people.answer(store)
    else:
        result = app.publishing.publish(store) if name == "publish" else app.mail.prepare(store)
    _say_result(options, result, told)
    if name == "publish":
        _ping(options, store)
    if is_to_end:
        raise KeyboardInterrupt
    return result


def _say_how_long(options: Options, store: Store) -> None:
    """Whoever waits for mail that goes by a pace is told how long that takes, where it is long."""
    app = options.app
    last = app.mail.last_leaves(store)
    if last is not None and last - app.clock() > _LONG:
        ends = "Ctrl-C ends it after what is in hand, and the next one goes on"
        options.console.say(f"deliver: by its pace the last leaves about {instant_words(last)}; {ends}")


def somebody_waits(*, at_once: bool) -> bool:
    """Whether a person waits for this command: who says so, or sits at a terminal; cron never does."""
    return at_once or sys.stderr.isatty()


def _pause(options: Options) -> Pause:
    def pause(length: timedelta) -> None:
        options.console.say(f"poll: in maintenance (503); asked once more in {length.total_seconds():.0f} s")
        time.sleep(length.total_seconds())

    return pause


def _say_result(options: Options, result: Result, told: set[str]) -> None:
    (complain if result.is_pressing() else options.console.say)(result.line())
    for trouble in result.troubles:
        if trouble not in told:
            complain(trouble)
    told.update(result.troubles)


def _ping(options: Options, store: Store) -> None:
    """Tells the hub, after the files are live; what it does not hear now it is told later."""
    done = options.app.publishing.ping(store)
    if done.trouble:
        options.console.say(f"hub: told of {done.told}, the rest later: {done.trouble}")


def _did_not_work(result: Result) -> bool:
    return bool(result.troubles) or result.falls_short()
