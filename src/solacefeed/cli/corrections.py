"""``corrections``: what readers are told of posts that they were mailed, and what the operator decides of it."""

from __future__ import annotations

from datetime import datetime

import click

from solacefeed.app import App
from solacefeed.cli.options import Options, common, pass_options
from solacefeed.deeds.editions import correcting
from solacefeed.deeds.editions.correcting import Proposal
from solacefeed.digest.corrections import may_be_told_since
from solacefeed.models.digests import Corrections

#: So much of a key is shown: it tells any two apart that one will ever see beside one another.
SHOWN = 12

POST = click.argument("post_id", metavar="POST")
KEY = click.argument("key", metavar="KEY")


@click.group
def corrections() -> None:
    """Look at what is told of posts after they were mailed, and decide of it.

    A post whose title changed, or that was withdrawn, is told in a line of the next edition to those who got it.
    """


@corrections.command("list")
@common
@pass_options
def list_corrections(options: Options) -> None:
    """What there is to tell of posts of the last editions, and whether it is."""
    app = options.app
    with app.looking() as store, store.read() as connection:
        found = correcting.proposals(connection, since=_since(app))
    policies = {table.digest().corrections for table in app.config.digests}
    options.console.tell(found)
    rows = (
        (each.correction.key[:SHOWN], each.correction.post_id, what(each), each.edition_ids, _told(each, policies))
        for each in found
    )
    options.console.table(("key", "post", "what", "mailed in", "told"), rows, "nothing to correct")


@corrections.command("tell")
@KEY
@common
@pass_options
def tell(options: Options, key: str) -> None:
    """Let readers who got the post be told: in their next edition, never by a mail of its own."""
    _decide(options, key, told=True)


@corrections.command("drop")
@KEY
@common
@pass_options
def drop(options: Options, key: str) -> None:
    """Let nobody be told, from the next edition on."""
    _decide(options, key, told=False)


@corrections.command("add")
@POST
@click.option("--words", required=True, help="What readers are told, in a line, behind the post's title.")
@common
@pass_options
def add(options: Options, post_id: str, words: str) -> None:
    """Tell those who got a post what was wrong with it.

    \b
    Example:
      solacefeed corrections add 123 --words "The figures in the second table were those of 2024."
    """
    app = options.app
    with app.deciding() as store:
        key = correcting.say(store, app.clock, post_id, words, since=_since(app))
    options.console.tell({"key": key, "post": post_id, "told": True})
    options.console.say(
        f"corrections: whoever has got post {post_id} is told in their next edition; "
        f"`solacefeed corrections drop {key[:SHOWN]}` takes it back"
    )


def _decide(options: Options, key: str, *, told: bool) -> None:
    app = options.app
    with app.deciding() as store:
        decided = correcting.decide(store, app.clock, key, told=told, since=_since(app))
    options.console.tell(decided)
    whom = "whoever has got it is told in their next edition" if told else "nobody is told of it from now on"
    options.console.say(f"corrections: {what(decided)}: {whom}")


def _since(app: App) -> datetime:
    return may_be_told_since(app.clock(), (table.digest() for table in app.config.digests))


def what(proposal: Proposal) -> str:
    """A correction in words, for the operator alone: of a withdrawn post readers are told no title."""
    correction = proposal.correction
    if correction.new_title is None:
        return f"withdrawn: {proposal.title}"
    if correction.words is not None:
        return f"{correction.new_title}: {correction.words}"
    return f"{correction.old_title} -> {correction.new_title}"


def _told(proposal: Proposal, policies: set[Corrections]) -> str:
    if policies <= {Corrections.NEVER}:
        return 'no: corrections = "never"'
    if proposal.told is not None:
        return "yes" if proposal.told else "no"
    return (
        "yes, unless you drop it" if policies <= {Corrections.ALWAYS, Corrections.NEVER} else "not yet: tell or drop it"
    )
