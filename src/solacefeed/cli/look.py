"""Looking: ``status``, and ``posts``, ``editions`` and ``deliveries``, each with ``list`` and ``show``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from solacefeed.cli.console import complain
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.upkeep.status import DEEDS, DigestStanding, Standing
from solacefeed.deeds.upkeep.troubles import Hint, Trouble, line
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.store import categories as category_store
from solacefeed.store import changes as change_store
from solacefeed.store import deliveries as delivery_store
from solacefeed.store import editions as edition_store
from solacefeed.store import posts as post_store
from solacefeed.store.calendars import CalendarNotes
from solacefeed.store.database import shown
from solacefeed.words import counted

MOST = click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Rows at most.")


def add_to(root: click.Group) -> None:
    for command in (status, posts, editions, deliveries):
        root.add_command(command)


@click.command
@click.option("--acknowledge", is_flag=True, help="Say that you know of the troubles there are now.")
@common
@pass_options
def status(options: Options, acknowledge: bool) -> None:
    """Say what stands, what did not come out as it should have, and what ends that.

    The exit code is 1 while there is trouble that you do not know of, and 0 else: monitoring may go by it. With
    --acknowledge you know of all there is now; each is news again when it is another one, or grows.

    \b
    Example, silent unless something is wrong:
      0 9 * * *  cd /srv/solacefeed && solacefeed status -q
    """
    app, console = options.app, options.console
    with app.deciding() if acknowledge else app.looking() as store:
        if acknowledge:
            app.acknowledge(store)
        stands = app.standing(store)
        kind = app.source_in_use(store)
    judged = app.judgement(stands)
    said: list[Trouble | Hint] = [*judged.troubles, *judged.acknowledged, *judged.hints]
    console.tell(
        {
            "standing": stands,
            "source_in_use": kind,
            "advice": [line(each) for each in said],
            "troubles": judged.troubles,
            "acknowledged": judged.acknowledged,
            "hints": judged.hints,
        }
    )
    console.sheet(
        [
            ("store", f"{shown(app.config.store.url)} ({stands.clock or 'new'})"),
            ("source", f"{stands.source}, read by {kind}"),
            *((deed, _last(stands, deed)) for deed in DEEDS),
            ("posts", _tally(stands.posts)),
            ("feeds", _feeds(stands)),
            *((f"calendar {calendar.name}", _calendar(calendar)) for calendar in stands.calendars),
            *((f"digest {digest.name}", _digest(digest)) for digest in stands.digests),
            ("subscribers", _tally(stands.subscriptions)),
            ("trouble", _lines(judged.troubles)),
            ("known", _lines(judged.acknowledged)),
            ("hint", _lines(judged.hints)),
            ("to do", None if said else "nothing, all is well"),
        ]
    )
    if options.quiet:
        for trouble in judged.troubles:
            complain(line(trouble))
    sys.exit(1 if judged.troubles else 0)


def _lines(said: Sequence[Trouble | Hint]) -> str | None:
    return "\n".join(line(each) for each in said) or None


def _last(stands: Standing, deed: str) -> str | None:
    record = stands.records.get(deed)
    if record is None:
        return None
    words = record.summary.removeprefix(f"{deed}: ") if record.ok is not None else _without_end(stands, deed)
    last = record.ended_at if record.times > 1 and record.ended_at else record.started_at
    return f"{last:%Y-%m-%d %H:%M} UTC  {'' if record.ok is not False else 'did not work: '}{words}"


def _without_end(stands: Standing, deed: str) -> str:
    return f"under way: {stands.under_way[deed]}" if deed in stands.under_way else "ended by force"


def _feeds(stands: Standing) -> str:
    changed = f", changed {stands.feeds_changed:%Y-%m-%d %H:%M} UTC" if stands.feeds_changed else ""
    waiting = f"; the hub is still to be told of {counted(stands.pings, 'document')}" if stands.pings else ""
    return f"{stands.feeds}{changed}{waiting}"


def _calendar(calendar: CalendarNotes) -> str:
    read = f"read {calendar.read_at:%Y-%m-%d %H:%M} UTC" if calendar.read_at else "not read yet"
    trouble = f"; did not work {calendar.asked_at:%Y-%m-%d %H:%M} UTC" if calendar.trouble else ""
    return f"{read}{trouble}{f'; {calendar.note}' if calendar.note else ''}"


def _digest(digest: DigestStanding) -> str:
    words = f"closes {digest.next_closing:%Y-%m-%d %H:%M} UTC"
    last = digest.last_edition
    if last and digest.passed_over:
        words += f", not {digest.passed_over[0]:%Y-%m-%d %H:%M} UTC, since {last.id} is there already"
    if last is None:
        return f"{words}; no edition yet"
    return f"{words}; last {last.id} {last.state}: {last.reason or _tally(digest.deliveries)}"


def _tally(counts: object) -> str:
    assert isinstance(counts, dict)
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


# -- posts ------------------------------------------------------------------------------------------


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
            ("published", post.published),
            ("updated", post.updated),
            ("revised", post.revised),
            ("changes", "\n".join(map(_change, history)) or None),
            ("seen", post.seen),
            ("excerpt", post.excerpt),
            ("reading time", f"{post.minutes} min"),
            ("lead image", f"{post.lead_image.url} {post.lead_image.alt}".rstrip() if post.lead_image else None),
            ("comments", post.comments_url if post.comments is None else f"{post.comments} at {post.comments_url}"),
            ("language", post.language),
            ("blurb", "\n".join(blurb.text for blurb in blurbs) or None),
            ("content", post.content),
        ]
    )


def _change(change: change_store.PostChange) -> str:
    shown = " (readers are shown it again)" if change.revised else ""
    return f"{change.noticed_at:%Y-%m-%d %H:%M} UTC  {', '.join(change.what)}{shown}"


# -- editions ---------------------------------------------------------------------------------------


@click.group
def editions() -> None:
    """Look at editions."""


@editions.command("list")
@common
@pass_options
def list_editions(options: Options) -> None:
    """All editions, newest first."""
    with options.app.looking() as store, store.read() as connection:
        found = edition_store.listing(connection)
        tallies = {edition.id: delivery_store.tally(connection, edition.id) for edition in found}
    options.console.tell(found)
    rows = ((e.id, e.period.starts, e.period.ends, e.state, e.reason or _tally(tallies[e.id])) for e in found)
    options.console.table(("id", "from", "until", "state", "copies"), rows, "no edition yet")


@editions.command("show")
@click.argument("edition_id", metavar="ID")
@common
@pass_options
def show_edition(options: Options, edition_id: str) -> None:
    """One edition: its posts, its variants and how its copies stand."""
    with options.app.looking() as store, store.read() as connection:
        edition = edition_store.find(connection, edition_id)
        if edition is None:
            raise UsageError(f"there is no edition {edition_id}: `solacefeed editions list`")
        covered = post_store.some(connection, edition_store.covered_posts(connection, edition_id))
        variants = edition_store.newest_variants(connection, edition_id)
        tally = delivery_store.tally(connection, edition_id)
    options.console.tell({"edition": edition, "posts": covered, "variants": variants, "deliveries": tally})
    options.console.sheet(
        [
            ("id", edition.id),
            ("state", edition.state),
            ("reason", edition.reason),
            ("from", edition.period.starts),
            ("until", edition.period.ends),
            ("prepared", edition.prepared_at),
            ("posts", "\n".join(f"{post.id}  {post.title}" for post in covered) or "none"),
            ("variants", "\n".join(_variant(v.selection, v.subject, len(v.picks)) for v in variants) or None),
            ("copies", _tally(tally)),
        ]
    )


def _variant(selection: str, subject: str, picks: int) -> str:
    return f"{selection}  {counted(picks, 'post')}: {subject}"


# -- deliveries -------------------------------------------------------------------------------------


@click.group
def deliveries() -> None:
    """Look at deliveries."""


@deliveries.command("list")
@click.option("--edition", "edition_id", metavar="ID", help="Of this edition alone.")
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), help="In this state alone.")
@MOST
@common
@pass_options
def list_deliveries(options: Options, edition_id: str | None, state: str | None, limit: int) -> None:
    """The newest copies."""
    wanted = DeliveryState(state) if state else None
    with options.app.looking() as store, store.read() as connection:
        found = delivery_store.listing(connection, edition_id=edition_id, state=wanted, limit=limit)
    options.console.tell(found)
    rows = ((d.id, d.edition_id, d.email, d.state, d.attempts, d.next_try_at, d.answer) for d in found)
    headings = ("id", "edition", "to", "state", "attempts", "next try", "answer")
    options.console.table(headings, rows, "no such deliveries", most=limit)


@deliveries.command("show")
@click.argument("delivery_id", metavar="ID", type=int)
@common
@pass_options
def show_delivery(options: Options, delivery_id: int) -> None:
    """One copy."""
    with options.app.looking() as store, store.read() as connection:
        found = delivery_store.find(connection, delivery_id)
        if found is None:
            raise UsageError(f"there is no delivery {delivery_id}: `solacefeed deliveries list`")
        variant = edition_store.variant(connection, found.edition_id, found.selection, found.revision)
    options.console.tell(found)
    options.console.sheet(
        [
            ("id", found.id),
            ("edition", found.edition_id),
            ("to", found.email),
            ("state", found.state),
            ("answer", found.answer),
            ("attempts", found.attempts),
            ("doubts", found.doubts or None),
            ("next try", found.next_try_at),
            ("changed", found.changed_at),
            ("message id", found.message_id),
            ("subject", variant.subject),
            ("revision", variant.revision),
            ("posts", [pick.post_id for pick in variant.picks]),
        ]
    )
