"""``subscribers add``, ``choose``, ``pause``, ``resume``, ``end`` and ``undo``: what people ask the operator for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, tzinfo
from typing import TypeVar

import click

from solacefeed.app import App
from solacefeed.cli.options import MomentParam, Options, SlugsParam, common, pass_options
from solacefeed.config import language_tag
from solacefeed.deeds.people.choose import choose, known_subscriber, pause, resume
from solacefeed.deeds.people.subscribe import BY_MAIL, BY_WORD, DECIDED, end, end_by_number, subscribe, undo_end
from solacefeed.email_addresses import email_address
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.people import Actor, Basis, How, NewConsent, SubscriptionState
from solacefeed.store import consents, subscribers
from solacefeed.store.database import Store
from solacefeed.words import listing, span_in_words

C = TypeVar("C", bound=Callable[..., object])

DIGEST = click.option("--digest", metavar="NAME", help="Which digest, by any of its names.  [default: the only one]")
ANY_DIGEST = click.option(
    "--digest", metavar="NAME", help="Which digest, by any of its names.  [default: all that they have]"
)
OURS = click.option("--ours", is_flag=True, help="It is your decision, not theirs.")


def choice(command: C) -> C:
    """Gives *command* the options by which somebody's choice is said."""
    options = (
        click.option(
            "--categories", "slugs", type=SlugsParam(), help="Only these slugs.  [default: as before, else everything]"
        ),
        click.option("--everything", is_flag=True, help="Every category, whatever was chosen before."),
        click.option(
            "--cadence",
            type=click.Choice([each.value for each in CadenceKind]),
            help="How often it comes.  [default: as before, else as the digest does first]",
        ),
        click.option(
            "--language",
            metavar="TAG",
            help="Of our own words in their mails, such as cy.  [default: as before, else the site's]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("add")
@click.argument("email", metavar="ADDRESS")
@click.option("--name", help="The person's name, for the To line.")
@choice
@click.option(
    "--basis",
    type=click.Choice([each.value for each in Basis]),
    default=Basis.CONSENT.value,
    show_default=True,
    help="Why they may be mailed.",
)
@click.option("--evidence", metavar="TEXT", help="What shows it, such as where the form lies.  [default: your word]")
@DIGEST
@common
@pass_options
def add(
    options: Options,
    email: str,
    basis: str,
    evidence: str | None,
    name: str | None,
    slugs: tuple[str, ...] | None,
    everything: bool,
    cadence: str | None,
    language: str | None,
    digest: str | None,
) -> None:
    """Enter somebody who asked for it, or change their name or choice.

    The subscription is confirmed by your word, and that is written down as their consent. Who ended one stays away:
    only they can come back, and so it is of who was erased. Whom you, the list or the end of a digest has ended can be
    entered again.

    \b
    Examples:
      solacefeed subscribers add ann@example.org --name Ann --categories housing
      solacefeed subscribers add ann@example.org --everything
    """
    app = options.app
    wanted = app.digest(digest)
    _take_one(slugs, everything)
    try:
        address = email_address(email)
    except ValueError as error:
        raise UsageError(f"ADDRESS {email!r} {error}") from error
    keeps = not (slugs or everything)
    with app.deciding(create=True) as store:
        key = app.audience(store).serve(wanted)[0].key
        new = subscribe(
            store,
            app.clock,
            wanted,
            app.site(store).zone,
            email=address,
            name=name,
            slugs=slugs,
            keeps_choice=keeps,
            cadence=_kind(cadence),
            language=_language(language),
            consent=_consent(basis, evidence, app.clock()),
            key=app.fingerprints,
        )
        paused, claimed = _stands(store, address, key)
    options.console.tell({"email": address, "digest": key, "changed": new})
    still = f"; paused, until `solacefeed subscribers resume {address}`" if paused else ""
    shown = "; the consent is claimed, by your word: --evidence says what shows it" if new and claimed else ""
    options.console.say(f"subscribers: {address} gets {wanted.name}{'' if new else ', as before'}{still}{shown}")


def _consent(basis: str, evidence: str | None, at: datetime) -> NewConsent:
    return NewConsent(basis=Basis(basis), at=at, how=How.OPERATOR, evidence=evidence, claimed=evidence is None)


@click.command("choose")
@click.argument("email", metavar="ADDRESS")
@choice
@OURS
@DIGEST
@common
@pass_options
def choose_of_it(
    options: Options,
    email: str,
    slugs: tuple[str, ...] | None,
    everything: bool,
    cadence: str | None,
    language: str | None,
    ours: bool,
    digest: str | None,
) -> None:
    """Change what somebody gets, as they asked you.

    What is not said stays. A category that is added counts from the start of the period in which it is, so that nobody
    gets a back-catalogue; what waited at one cadence comes at the next closing of the other.

    \b
    Examples:
      solacefeed subscribers choose ann@example.org --cadence daily
      solacefeed subscribers choose ann@example.org --categories housing,education
    """
    app = options.app
    wanted = app.digest(digest)
    _take_one(slugs, everything)
    if not (slugs or everything or cadence or language):
        raise UsageError("say what changes: --categories, --everything, --cadence or --language")
    by, reason = _whose(ours)
    with app.deciding() as store:
        new = choose(
            store,
            app.clock,
            wanted,
            app.site(store).zone,
            who=email,
            slugs=slugs,
            everything=everything,
            cadence=_kind(cadence),
            language=_language(language),
            by=by,
            reason=reason,
        )
    options.console.tell({"email": email, "digest": wanted.key, "changed": new})
    options.console.say(f"subscribers: {email} gets {wanted.name} as chosen" + ("" if new else ", as before"))


@click.command("pause")
@click.argument("email", metavar="ADDRESS")
@click.option("--until", type=MomentParam(), help="When it ends, such as 2027-01-04.  [default: when it is resumed]")
@OURS
@ANY_DIGEST
@common
@pass_options
def pause_it(options: Options, email: str, until: date | None, ours: bool, digest: str | None) -> None:
    """Let no mail go to somebody for a while, as they asked you.

    What comes meanwhile stands in their first edition after it, by its titles alone.

    \b
    Example:
      solacefeed subscribers pause ann@example.org --until 2027-01-04
    """
    app = options.app
    by, reason = _whose(ours)
    with app.deciding() as store:
        zone = app.site(store).zone
        moment, theirs = _instant(until, zone), _standing(app, store, email, digest)
        new = [
            each.key
            for each in theirs
            if pause(store, app.clock, each, zone, who=email, until=moment, by=by, reason=reason)
        ]
    options.console.tell({"email": email, "digests": [each.key for each in theirs], "until": moment, "changed": new})
    ends = f"until {span_in_words(moment, moment, zone)}" if moment else "until it is resumed"
    before = "" if new else ", as before"
    options.console.say(f"subscribers: {email} has {_called(theirs)} paused {ends}{before}")


def _instant(said: date | None, zone: tzinfo) -> datetime | None:
    """A day begins by the site's clock."""
    return said if said is None or isinstance(said, datetime) else datetime.combine(said, time(), zone)


@click.command("resume")
@click.argument("email", metavar="ADDRESS")
@OURS
@ANY_DIGEST
@common
@pass_options
def resume_it(options: Options, email: str, ours: bool, digest: str | None) -> None:
    """End somebody's pause, as they asked you."""
    app = options.app
    by, reason = _whose(ours)
    with app.deciding() as store:
        theirs = _standing(app, store, email, digest)
        new = [each.key for each in theirs if resume(store, app.clock, each, who=email, by=by, reason=reason)]
    options.console.tell({"email": email, "digests": [each.key for each in theirs], "changed": new})
    options.console.say(f"subscribers: {email} gets {_called(theirs)} " + ("again" if new else "without a pause"))


def _standing(app: App, store: Store, email: str, digest: str | None) -> list[Digest]:
    """Those of the config's digests that somebody has; the one that is named in any case."""
    if digest is not None:
        return [app.digest(digest)]
    with store.read() as connection:
        person = known_subscriber(connection, email)
        had = {each.digest for each in subscribers.of_one(connection, person.id) if each.state != "ended"}
    found = [each for each in (table.digest() for table in app.config.digests) if each.key in had]
    if not found:
        raise UsageError(f"{email} gets no digest: `solacefeed subscribers show {email}` says why")
    return found


@click.command("end")
@click.argument("who", metavar="ADDRESS_OR_TOKEN")
@click.option("--ours", is_flag=True, help="It is your decision, not theirs: you may enter them again.")
@ANY_DIGEST
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
            key, number = _by_token(app, store, who)
            whose, keys = f"subscriber {number}", [key]
            ended = keys if end_by_number(store, app.clock, key, number, reason=BY_MAIL) else []
    options.console.tell({"digest": ", ".join(keys), "changed": bool(ended)})
    called = listing(names.get(key, key) for key in keys)
    options.console.say(f"subscribers: {whose} gets {called} no more" + ("" if ended else ", as before"))


def _by_token(app: App, store: Store, said: str) -> tuple[str, int]:
    """The digest's key and the reader's number in a link's token, or in the subject that has it."""
    from solacefeed.tokens import unsubscribing

    token = said.strip().rpartition(" ")[2]
    if "." not in token:
        raise UsageError(f"{said!r} is neither an address nor a link's token")
    return unsubscribing(token, app.keys(store))


def _end_by_address(app: App, store: Store, who: str, digest: str | None, *, ours: bool) -> list[str]:
    """The keys of the digests whose subscription was ended."""
    by, reason = (Actor.OPERATOR, DECIDED) if ours else (Actor.READER, BY_WORD)
    keys = app.audience(store).keys_to_end(digest) or [app.digest(digest).key]
    return [key for key in keys if end(store, app.clock, key, email=who, by=by, reason=reason)]


@click.command("undo")
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


# -- what was said --------------------------------------------------------------------------------------


def _take_one(slugs: tuple[str, ...] | None, everything: bool) -> None:
    if slugs and everything:
        raise UsageError("--categories and --everything: take one of them")


def _kind(cadence: str | None) -> CadenceKind | None:
    return CadenceKind(cadence) if cadence else None


def _language(said: str | None) -> str | None:
    try:
        return language_tag(said) if said is not None else None
    except ValueError as error:
        raise UsageError(f"--language {said!r} {error}") from error


def _whose(ours: bool) -> tuple[Actor, str]:
    """By whose word it is, and why."""
    return (Actor.OPERATOR, DECIDED) if ours else (Actor.READER, BY_WORD)


def _stands(store: Store, email: str, digest: str) -> tuple[bool, bool]:
    """Whether somebody's subscription is paused, and whether it stands by the operator's word alone."""
    with store.read() as connection:
        person = known_subscriber(connection, email)
        there = subscribers.subscription(connection, person.id, digest)
        consent = consents.find(connection, there.consent_id) if there and there.consent_id else None
    paused = there is not None and there.state is SubscriptionState.PAUSED
    return paused, consent is not None and consent.claimed and consent.how is How.OPERATOR


def _called(digests: list[Digest]) -> str:
    return listing(each.name for each in digests)


COMMANDS = (add, choose_of_it, pause_it, resume_it, end_subscription, undo)
