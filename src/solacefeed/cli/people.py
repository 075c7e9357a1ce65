"""``subscribers``: who gets the digest."""

from __future__ import annotations

import click

from solacefeed.cli.root import Slugs, Wishes, common, pass_wishes
from solacefeed.config import email_address
from solacefeed.deeds.subscribing import end, end_by_number, subscribe
from solacefeed.errors import UsageError
from solacefeed.store import categories, subscribers
from solacefeed.tokens import unsubscribing

DIGEST = click.option("--digest", metavar="NAME", help="Which digest.  [default: the only one]")


def add_to(root: click.Group) -> None:
    root.add_command(people)


@click.group("subscribers")
def people() -> None:
    """Add, end and look at subscribers."""


@people.command("add")
@click.argument("email", metavar="ADDRESS")
@click.option("--name", help="The person's name, for the To line.")
@click.option("--categories", "slugs", type=Slugs(), help="Only these slugs.  [default: everything]")
@DIGEST
@common
@pass_wishes
def add(wishes: Wishes, email: str, name: str | None, slugs: tuple[str, ...] | None, digest: str | None) -> None:
    """Enter somebody who asked for it, or change their choice.

    The subscription is confirmed by your word. Who ended one stays away: only they can come back.

    \b
    Example:
      solacefeed subscribers add ann@example.org --name Ann --categories housing
    """
    app = wishes.app
    wanted = app.digest(digest).name
    try:
        address = email_address(email)
    except ValueError as error:
        raise UsageError(f"ADDRESS {email!r} {error}") from error
    with app.store() as store:
        new = subscribe(store, app.clock, wanted, email=address, name=name, slugs=slugs)
    wishes.voice.tell({"email": address, "digest": wanted, "changed": new})
    wishes.voice.say(f"subscribers: {address} gets {wanted}" + ("" if new else ", as before"))


@people.command("end")
@click.argument("who", metavar="ADDRESS_OR_TOKEN")
@DIGEST
@common
@pass_wishes
def end_subscription(wishes: Wishes, who: str, digest: str | None) -> None:
    """End somebody's subscription.

    By address, or by the token in the subject of a mail that asks for it: give the subject or the token.

    \b
    Examples:
      solacefeed subscribers end ann@example.org
      solacefeed subscribers end "unsubscribe d2Vla2x5OjE.Vw3yJ..."
    """
    app = wishes.app
    with app.store(create=False) as store:
        if "@" in who:
            whose, name = who, app.digest(digest).name
            ended = end(store, app.clock, name, email=who)
        else:
            name, number = unsubscribing(who.strip().rpartition(" ")[2], app.secret(store))
            whose, ended = f"subscriber {number}", end_by_number(store, app.clock, name, number)
    wishes.voice.tell({"digest": name, "changed": ended})
    wishes.voice.say(f"subscribers: {whose} gets {name} no more" + ("" if ended else ", as before"))


@people.command("list")
@common
@pass_wishes
def list_subscribers(wishes: Wishes) -> None:
    """Everyone, by address."""
    with wishes.app.looking() as store, store.read() as connection:
        found = subscribers.listing(connection)
        names = {category.id: category.name for category in categories.everything(connection)}
    wishes.voice.tell(found)
    rows = (
        (s.subscriber.email, s.subscriber.name, s.digest, s.state, _choice(s.category_ids, names), s.changed_at)
        for s in found
    )
    headings = ("address", "name", "digest", "state", "categories", "since")
    wishes.voice.table(headings, rows, "nobody yet: `solacefeed subscribers add ADDRESS`")


def _choice(category_ids: tuple[str, ...] | None, names: dict[str, str]) -> str:
    if category_ids is None:
        return "everything"
    return ", ".join(names.get(category, category) for category in category_ids)
