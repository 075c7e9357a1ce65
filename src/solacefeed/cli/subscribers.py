"""``subscribers``: who gets the digest, and by whose word."""

from __future__ import annotations

import click

from solacefeed.app import App
from solacefeed.cli.options import Options, SlugsParam, common, pass_options
from solacefeed.config import email_address
from solacefeed.deeds.people.subscribe import BY_MAIL, BY_WORD, DECIDED, end, end_by_number, subscribe, undo_end
from solacefeed.errors import UsageError
from solacefeed.models.people import Actor, Subscription
from solacefeed.models.posts import CategoryId
from solacefeed.store import categories
from solacefeed.store import subscribers as subscriber_store
from solacefeed.store.database import Store
from solacefeed.store.subscription_changes import SubscriptionChange, history
from solacefeed.words import counted, instant_words, listing

DIGEST = click.option("--digest", metavar="NAME", help="Which digest, by any of its names.  [default: the only one]")


@click.group
def subscribers() -> None:
    """Add, end and look at subscribers."""


@subscribers.command("add")
@click.argument("email", metavar="ADDRESS")
@click.option("--name", help="The person's name, for the To line.")
@click.option(
    "--categories", "slugs", type=SlugsParam(), help="Only these slugs.  [default: as before, else everything]"
)
@click.option("--everything", is_flag=True, help="Every category, whatever was chosen before.")
@DIGEST
@common
@pass_options
def add(
    options: Options, email: str, name: str | None, slugs: tuple[str, ...] | None, everything: bool, digest: str | None
) -> None:
    """Enter somebody who asked for it, or change their name or choice.

    The subscription is confirmed by your word. Who ended one stays away: only they can come back. Whom you, the list or
    the end of a digest has ended can be entered again.

    \b
    Examples:
      solacefeed subscribers add ann@example.org --name Ann --categories housing
      solacefeed subscribers add ann@example.org --everything
    """
    app = options.app
    wanted = app.digest(digest)
    if slugs and everything:
        raise UsageError("--categories and --everything: take one of them")
    try:
        address = email_address(email)
    except ValueError as error:
        raise UsageError(f"ADDRESS {email!r} {error}") from error
    keeps = not (slugs or everything)
    with app.deciding(create=True) as store:
        key = app.audience(store).serve(wanted).key
        new = subscribe(
            store, app.clock, wanted, app.site(store).zone, email=address, name=name, slugs=slugs, keeps_choice=keeps
        )
    options.console.tell({"email": address, "digest": key, "changed": new})
    options.console.say(f"subscribers: {address} gets {wanted.name}" + ("" if new else ", as before"))


@subscribers.command("end")
@click.argument("who", metavar="ADDRESS_OR_TOKEN")
@click.option("--ours", is_flag=True, help="It is your decision, not theirs: you may enter them again.")
@DIGEST
@common
@pass_options
def end_subscription(options: Options, who: str, ours: bool, digest: str | None) -> None:
    """End somebody's subscription, as they asked you.

    By address, or by the token in the subject of a mail that asks for it: give the subject or the token. It is taken
    for their own wish, so only they can come back; a mistake can be undone within the hour.

    \b
    Examples:
      solacefeed subscribers end ann@example.org
      solacefeed subscribers end "unsubscribe d2Vla2x5OjE.Vw3yJ..."
    """
    app = options.app
    with app.deciding() as store:
        names = app.audience(store).names()
        if "@" in who:
            whose, ended = who, _end_by_address(app, store, who, digest, ours=ours)
            keys = ended or app.audience(store).keys_to_end(digest)
        else:
            from solacefeed.tokens import unsubscribing

            key, number = unsubscribing(who.strip().rpartition(" ")[2], app.secret(store))
            whose, keys = f"subscriber {number}", [key]
            ended = keys if end_by_number(store, app.clock, key, number, reason=BY_MAIL) else []
    options.console.tell({"digest": ", ".join(keys), "changed": bool(ended)})
    called = listing(names.get(key, key) for key in keys)
    options.console.say(f"subscribers: {whose} gets {called} no more" + ("" if ended else ", as before"))


def _end_by_address(app: App, store: Store, who: str, digest: str | None, *, ours: bool) -> list[str]:
    """The keys of the digests whose subscription was ended."""
    by, reason = (Actor.OPERATOR, DECIDED) if ours else (Actor.READER, BY_WORD)
    keys = app.audience(store).keys_to_end(digest) or [app.digest(digest).key]
    return [key for key in keys if end(store, app.clock, key, email=who, by=by, reason=reason)]


@subscribers.command("undo")
@click.argument("email", metavar="ADDRESS")
@DIGEST
@common
@pass_options
def undo(options: Options, email: str, digest: str | None) -> None:
    """Take back somebody's end that was a mistake, within the hour.

    A copy that was cancelled meanwhile stays cancelled.
    """
    app = options.app
    wanted = app.digest(digest)
    with app.deciding() as store:
        undo_end(store, app.clock, wanted.key, email=email)
    options.console.tell({"email": email, "digest": wanted.key, "changed": True})
    options.console.say(f"subscribers: {email} gets {wanted.name} again")


@subscribers.command("list")
@common
@pass_options
def list_subscribers(options: Options) -> None:
    """Everyone, by address, with the word by which it is so."""
    app = options.app
    with app.looking() as store:
        called = app.audience(store).names()
        with store.read() as connection:
            found = subscriber_store.listing(connection)
            names = {category.id: category.name for category in categories.everything(connection)}
    options.console.tell(found)
    rows = (
        (
            s.subscriber.email,
            s.subscriber.name,
            called.get(s.digest, s.digest),
            s.state,
            _choice(s.category_ids, names),
            s.changed_at,
            s.changed_by,
            s.reason,
        )
        for s in found
    )
    headings = ("address", "name", "digest", "state", "categories", "since", "by", "because")
    options.console.table(headings, rows, "nobody yet: `solacefeed subscribers add ADDRESS`")


@subscribers.command("show")
@click.argument("email", metavar="ADDRESS")
@common
@pass_options
def show(options: Options, email: str) -> None:
    """One subscriber, and who entered, changed and ended each subscription."""
    app = options.app
    with app.looking() as store:
        called = app.audience(store).names()
        with store.read() as connection:
            person = subscriber_store.find(connection, email)
            if person is None:
                raise UsageError(f"{email} is not a subscriber: `solacefeed subscribers list` shows who is")
            found = subscriber_store.of_one(connection, person.id)
            changes = {each.digest: history(connection, person.id, each.digest) for each in found}
            names = {category.id: category.name for category in categories.everything(connection)}
    options.console.tell({"subscriber": person, "subscriptions": found, "changes": changes})
    pairs = [(f"digest {called.get(s.digest, s.digest)}", _told(s, changes[s.digest], names)) for s in found]
    options.console.sheet(
        [("address", person.email), ("name", person.name), ("known since", person.created_at), *pairs]
    )


def _told(subscription: Subscription, changes: list[SubscriptionChange], names: dict[CategoryId, str]) -> str:
    entered, chosen = subscription.entered_by or "not known", subscription.chosen_by or "not known"
    now = f"{subscription.state}: {_choice(subscription.category_ids, names)}"
    lines = [f"{now} (entered by: {entered}; chosen by: {chosen})"]
    return "\n".join([*lines, *(_change(each, names) for each in changes)])


def _change(change: SubscriptionChange, names: dict[CategoryId, str]) -> str:
    why = f", {change.reason}" if change.reason else ""
    words = f"{change.state}: {_choice(change.category_ids, names)}"
    return f"{instant_words(change.at)}  {words} ({change.actor}{why})"


def _choice(category_ids: tuple[CategoryId, ...] | None, names: dict[CategoryId, str]) -> str:
    if category_ids is None:
        return "everything"
    return ", ".join(names.get(category, category) for category in category_ids)


# -- the list ---------------------------------------------------------------------------------------


@subscribers.group
def held() -> None:
    """Readers whom the config lists no more, too many at once to be believed."""


@held.command("list")
@common
@pass_options
def list_held(options: Options) -> None:
    """Who is held back; they get their mail."""
    app = options.app
    with app.looking() as store:
        found = app.audience(store).outlook().held
    options.console.tell(found)
    rows = ((each.subscriber.email, each.subscriber.name, each.changed_at) for each in found)
    options.console.table(("address", "name", "since"), rows, "nobody is held back")


@held.command("accept")
@common
@pass_options
def accept(options: Options) -> None:
    """Believe the config: their subscriptions end."""
    with options.app.deciding() as store:
        count = options.app.audience(store).accept_held()
    options.console.tell({"subscriptions": count})
    options.console.say(f"held: {counted(count, 'subscription')} ended")


@held.command("refuse")
@common
@pass_options
def refuse(options: Options) -> None:
    """Let them stay, as if you had entered them by hand."""
    with options.app.deciding() as store:
        count = options.app.audience(store).refuse_held()
    options.console.tell({"subscriptions": count})
    options.console.say(f"held: {counted(count, 'subscription')} stay")
