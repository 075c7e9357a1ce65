"""``editions``: looking at them, what an editor makes of them, and what the operator decides of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from solacefeed.cli import sending_again
from solacefeed.cli.edition_words import edited, post_line, readers_words, variant_line
from solacefeed.cli.options import LeadingGroup, Options, SlugsParam, common, pass_options
from solacefeed.deeds.editions import decisions, desk_acts
from solacefeed.email_addresses import email_address
from solacefeed.errors import UsageError
from solacefeed.models.editions import Editing
from solacefeed.models.posts import PostState
from solacefeed.store import categories as category_store
from solacefeed.store import deliveries as delivery_store
from solacefeed.store import editions as edition_store
from solacefeed.store import posts as post_store
from solacefeed.store import variants as variant_store
from solacefeed.store.delivery_ends import unwanted
from solacefeed.words import counted, tally

#: Posts that are told of each reason for which posts are left out, where not all are asked for.
EACH = 20


@click.group(cls=LeadingGroup)
def editions() -> None:
    """Look at editions, edit them and decide on them."""


for _command in sending_again.COMMANDS:
    editions.add_command(_command)


@editions.command("list")
@common
@pass_options
def list_editions(options: Options) -> None:
    """All editions, newest first."""
    with options.app.looking() as store, store.read() as connection:
        found = edition_store.listing(connection)
        tallies = {edition.id: delivery_store.tally(connection, edition.id) for edition in found}
    options.console.tell(found)
    rows = ((e.id, e.period.starts, e.period.ends, e.standing, e.reason or tally(tallies[e.id])) for e in found)
    options.console.table(("id", "from", "until", "state", "copies"), rows, "no edition yet")


@editions.command("show")
@click.argument("edition_id", metavar="ID")
@common
@pass_options
def show_edition(options: Options, edition_id: str) -> None:
    """One edition: its posts, its variants and how its copies stand; of a draft what it would be."""
    from solacefeed.deeds.editions.revisions import as_frozen

    app = options.app
    with app.looking() as store:
        with store.read() as connection:
            edition = edition_store.find(connection, edition_id)
            if edition is None:
                raise UsageError(f"there is no edition {edition_id}: `solacefeed editions list`")
            covered = post_store.some(connection, edition_store.covered_posts(connection, edition_id))
            variants = variant_store.newest_variants(connection, edition_id)
            choices = delivery_store.choices_by_variant(connection, edition_id)
            copies = delivery_store.tally(connection, edition_id)
            gone = unwanted(connection, edition_id)
            slugs = {each.id: each.slug for each in category_store.everything(connection)}
            kept = as_frozen(connection, edition) if edition.counts or variants else None
        if kept is None:
            covered, taken_out = app.mail.posts_of(store, edition), frozenset[str]()
        else:
            own = {post.id for post in covered}
            covered = [post for post in kept if post.id in own]
            taken_out = frozenset(post.id for post in kept if post.state is not PostState.PUBLISHED)
    options.console.tell(
        {"edition": edition, "posts": covered, "variants": variants, "deliveries": copies, "unwanted": gone}
    )
    options.console.sheet(
        [
            ("id", edition.id),
            ("state", edition.standing),
            ("reason", edition.reason),
            ("from", edition.period.starts),
            ("until", edition.period.ends),
            ("prepared", edition.prepared_at),
            ("posts", "\n".join(post_line(post, taken_out) for post in covered) or "none"),
            ("for readers of", ", ".join(slugs.get(each, each) for each in edition.editing.audience) or None),
            *edited(edition.editing),
            ("readers", readers_words(edition)),
            ("variants", "\n".join(variant_line(each, choices, slugs, taken_out) for each in variants) or None),
            ("copies", tally(copies) + (f" ({gone} of who reads it no longer: not to go)" if gone else "")),
        ]
    )


@editions.command("why")
@click.argument("edition_id", metavar="EDITION")
@click.argument("address")
@click.option("--all", "everything", is_flag=True, help="Every post, however many are left out for one reason.")
@common
@pass_options
def tell_why(options: Options, edition_id: str, address: str, everything: bool) -> None:
    """Say why a reader got what they got of an edition, and why not the rest.

    Of one that is frozen it is told as it was then; of one to come, as it would be now.

    \b
    Example:
      solacefeed editions why weekly/2026-11-23 ann@example.org
    """
    app = options.app
    with app.looking() as store:
        told = app.mail.why(store, edition_id, address)
    options.console.tell(told)
    options.console.sheet(
        [
            ("edition", f"{told.edition_id} ({told.of})" + (f", {told.standing}" if told.standing else ", to come")),
            ("from", told.starts),
            ("until", told.ends),
            ("frozen", told.frozen_at or "not yet: it is told as it would be now"),
            ("reader", f"{told.email}: {told.subscription}"),
            ("since then", told.since),
            ("choice", told.choice),
            ("copy", told.copy or "none"),
            ("why none", told.nothing),
            ("not known", "\n".join(told.unknown) or None),
        ]
    )
    lines = told.lines if everything else told.some(EACH)
    rows = (("in" if line.brought else "out", line.post_id, line.title, line.verdict, line.why) for line in lines)
    options.console.table(("", "post", "title", "verdict", "why"), rows, "there is no post that it could have brought")
    if rest := len(told.lines) - len(lines):
        options.console.say(f"{counted(rest, 'more post')} left out for the same reasons: --all shows them")


# -- before it leaves -------------------------------------------------------------------------------


@editions.command("approve")
@click.argument("edition_id", metavar="ID")
@common
@pass_options
def approve(options: Options, edition_id: str) -> None:
    """Let an edition leave when it closes, as it reads now.

    The next prepare freezes it: what readers get of it changes no more, but for events and for posts that are
    withdrawn; and who subscribes after that gets the next one.
    """
    app = options.app
    _decide(options, lambda store: app.mail.approve(store, edition_id))


@editions.command("hold")
@click.argument("edition_id", metavar="ID")
@click.option("--reason", metavar="WORDS", default=decisions.HELD, help="Why, for whoever looks.", show_default=True)
@common
@pass_options
def hold(options: Options, edition_id: str, reason: str) -> None:
    """Keep an edition back until it is released.

    One that is held until the next closing is skipped, and its posts stand in the next edition.
    """
    app = options.app
    words = " ".join(reason.split()) or decisions.HELD
    _decide(options, lambda store: desk_acts.hold(store, app.clock, edition_id, reason=words).outcome)


@editions.command("release")
@click.argument("edition_id", metavar="ID")
@common
@pass_options
def release(options: Options, edition_id: str) -> None:
    """Let an edition leave that is held, be it by an editor or by itself."""
    app = options.app
    _decide(options, lambda store: app.mail.release(store, edition_id))


@editions.command("edit")
@click.argument("edition_id", metavar="ID")
@click.option("--opening", metavar="WORDS", help='A line under the head; "" takes it away.')
@click.option("--notice", "notices", metavar="WORDS", multiple=True, help="Said before the posts; may be repeated.")
@click.option("--no-notices", is_flag=True, help="Take all notices away.")
@click.option("--subject", metavar="WORDS", help='Instead of the one that is made of its posts; "" takes it away.')
@click.option("--drop", metavar="POST", multiple=True, help="Leave a post out, by its id, of later editions too.")
@click.option(
    "--keep", metavar="POST", multiple=True, help="Take in again what it, or an edition before it, has dropped."
)
@click.option("--first", metavar="POST", multiple=True, help="These come first, in this order; the first one leads.")
@click.option("--no-order", is_flag=True, help="Let posts stand by their dates again.")
@common
@pass_options
def edit(
    options: Options,
    edition_id: str,
    opening: str | None,
    notices: tuple[str, ...],
    no_notices: bool,
    subject: str | None,
    drop: tuple[str, ...],
    keep: tuple[str, ...],
    first: tuple[str, ...],
    no_order: bool,
) -> None:
    """Change an edition that is not frozen yet: its opening line, notices, subject, posts and their order.

    \b
    Example:
      solacefeed editions edit weekly/2026-11-23 --opening "A short week, and a full one." --first 112 --drop 109
    """
    from solacefeed.text.characters import one_line

    app = options.app
    if not (notices or no_notices or drop or keep or first or no_order) and opening is None and subject is None:
        raise UsageError("say what changes: --opening, --notice, --subject, --drop, --keep or --first")

    def change(editing: Editing) -> Editing:
        dropped = tuple(dict.fromkeys([*editing.dropped, *drop]))
        kept = tuple(dict.fromkeys([*editing.kept, *keep]))
        kept_notices = () if no_notices else editing.notices
        order = () if no_order else editing.order
        return replace(
            editing,
            opening=editing.opening if opening is None else one_line(opening) or None,
            subject=editing.subject if subject is None else one_line(subject) or None,
            notices=(*kept_notices, *filter(None, map(one_line, notices))),
            dropped=tuple(each for each in dropped if each not in keep),
            kept=tuple(each for each in kept if each not in drop or each in keep),
            order=(*first, *(each for each in order if each not in first)) if first else order,
        )

    with app.deciding() as store:
        with store.read() as connection:
            there = {post.id for post in post_store.some(connection, {*drop, *keep, *first})}
        if unknown := [each for each in (*drop, *keep, *first) if each not in there]:
            raise UsageError(f"there is no post {unknown[0]}: `solacefeed editions show {edition_id}` names them")
        editing = desk_acts.edit(store, app.clock, edition_id, change).outcome
    options.console.tell(editing)
    options.console.say(f"editions: {edition_id} is changed; `solacefeed editions show {edition_id}` shows how")


@editions.command("test")
@click.argument("which", metavar="ID|DIGEST")
@click.argument("address")
@click.option("--categories", "slugs", type=SlugsParam(), help="As a reader of these slugs.  [default: everything]")
@common
@pass_options
def test(options: Options, which: str, address: str, slugs: tuple[str, ...] | None) -> None:
    """Try an edition on an address, by the relay that readers' copies go by.

    With the name of a digest it is the edition that preview shows of it, which need not be there yet; where that has
    no post, so that readers would get none, it is the newest that has.

    \b
    Examples:
      solacefeed editions test weekly me@example.org
      solacefeed editions test weekly/2026-11-23 me@example.org --categories housing
    """
    app = options.app
    try:
        address = email_address(address)
    except ValueError as error:
        raise UsageError(f"ADDRESS {address!r} {error}") from error
    with app.deciding() as store:
        sent = app.mail.send_test(store, which, address, slugs)
    options.console.tell(
        {
            "edition": sent.edition_id,
            "letter": sent.letter,
            "instead_of": sent.instead_of,
            "is_nothing": sent.is_nothing,
        }
    )
    options.console.say(sent.line(address))


@editions.command("new")
@click.argument("digest")
@click.option(
    "--notice",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="A text file: its first line is the subject, empty lines part paragraphs.",
)
@click.option("--categories", "slugs", type=SlugsParam(), help="Only for readers of these.  [default: all readers]")
@common
@pass_options
def new(options: Options, digest: str, notice: Path, slugs: tuple[str, ...] | None) -> None:
    """Begin a notice: a mail to a digest's readers between closings.

    It waits for what the digest's editions wait for, be it nothing or your approval.
    """
    app = options.app
    try:
        words = notice.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--notice: {notice} can't be read as UTF-8 text") from error
    with app.deciding() as store:
        edition = app.mail.begin_notice(store, digest, words, slugs)
    options.console.tell(edition)
    options.console.say(f"editions: {edition.id} is begun; `solacefeed editions show {edition.id}`")


@editions.command("desk")
@click.argument("edition_id", metavar="EDITION")
@click.option("--editor", metavar="ADDRESS", required=True, help="Whose link it is: one of [mail] editors.")
@common
@pass_options
def desk(options: Options, edition_id: str, editor: str) -> None:
    """Print a fresh link to an edition's page at the desk, for an editor who has none.

    It acts in the browser in which a button is first pressed, and in no other: hand it on unpressed.

    \b
    Example:
      solacefeed editions desk weekly/2026-11-23 --editor jane@example.org
    """
    with options.app.deciding() as store:
        address = options.app.mail.desk_link(store, edition_id, editor)
    options.console.tell({"edition": edition_id, "editor": editor, "link": address})
    options.console.say(address)


# -- on its way -------------------------------------------------------------------------------------


@editions.command("pause")
@click.argument("edition_id", metavar="ID")
@common
@pass_options
def pause(options: Options, edition_id: str) -> None:
    """Let no further copy of an edition go until it is resumed."""
    _decide(options, lambda store: decisions.pause(store, edition_id))


@editions.command("resume")
@click.argument("edition_id", metavar="ID")
@common
@pass_options
def resume(options: Options, edition_id: str) -> None:
    """Let an edition go on that stands paused, once that is mended, or the rest of one whose canary is out."""
    app = options.app
    _decide(options, lambda store: decisions.resume(store, app.clock, edition_id, app.digest))


@editions.command("cancel")
@click.argument("edition_id", metavar="ID")
@click.option("--make-anew", is_flag=True, help="Let its closing have another edition, for who has none of this.")
@common
@pass_options
def cancel(options: Options, edition_id: str, make_anew: bool) -> None:
    """Let no further copy of an edition go: its closing mails nobody any more.

    What was handed over stays told, and posts that a reader was not handed stand in the edition of their next closing.
    With --make-anew its id is free again, and while its closing may still be answered, the next prepare makes it anew.
    One that has not begun to leave is skipped, and what it had stands in the next one.
    """
    app = options.app
    _decide(options, lambda store: decisions.cancel(store, app.clock, edition_id, make_anew=make_anew))


def _decide(
    options: Options, decide: Callable[..., decisions.Decided | decisions.Resumed | decisions.Cancelled]
) -> None:
    with options.app.deciding() as store:
        result = decide(store)
    options.console.tell(result)
    options.console.say(result.line())
