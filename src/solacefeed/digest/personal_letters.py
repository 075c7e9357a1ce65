"""Letters to people about what they do by themselves, in words: a view, one pair of templates, and what each says.

The law: nothing that a visitor has typed stands in a letter to an address that has not confirmed it, neither a name nor
a word; digests and categories are called as we call them. A link stands unsigned in a letter (``tokens.LATER``), and is
signed when that is handed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from solacefeed.catalogue import N_, gettext
from solacefeed.digest.rendering import disarmed, inlined, without_gaps
from solacefeed.models.letters import LetterWords, OutboxKind
from solacefeed.models.people import ReaderComplaint
from solacefeed.words import day_words, direction, interface, listing, weekday_words

if TYPE_CHECKING:
    from jinja2 import Environment

    from solacefeed.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLink:
    """Where a letter leads."""

    words: str
    #: Of a page of ours; its token is signed when the letter is handed over.
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterItem:
    """A digest, and what of it comes how often."""

    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalLetter:
    """A letter to one person, as its templates are given it; plain text throughout."""

    #: BCP 47, of our own words.
    language: str
    direction: str
    #: For what it is, for a template that tells them apart.
    kind: OutboxKind
    #: BCP 47, of what the site calls its digests and itself.
    site_language: str
    organisation: str
    #: Lines of it, where the config has one.
    postal_address: str | None
    heading: str
    #: Before the button.
    opening: tuple[str, ...] = ()
    items: tuple[LetterItem, ...] = ()
    #: The one thing to do.
    button: LetterLink | None = None
    #: Behind it: until when it works, and what to do for who did not ask.
    closing: tuple[str, ...] = ()
    #: At the foot.
    links: tuple[LetterLink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """By whom letters are written, and in which language."""

    site: Site
    postal_address: str | None
    environment: Environment
    #: BCP 47, as the letter's reader or the page has it; ``None`` for the site's.
    language: str | None = None

    @property
    def speaks(self) -> str:
        """The language of our own words."""
        return interface(self.language, self.site.language)

    def day(self, instant: datetime) -> str:
        """``Monday 30 November 2026``, by the site's clock."""
        return weekday_words(instant.astimezone(self.site.zone).date(), self.speaks)

    def write(
        self,
        kind: OutboxKind,
        subject: str,
        heading: str,
        *,
        opening: Sequence[str] = (),
        items: Sequence[LetterItem] = (),
        button: LetterLink | None = None,
        closing: Sequence[str] = (),
        links: Sequence[LetterLink] = (),
    ) -> LetterWords:
        letter = PersonalLetter(
            language=self.speaks,
            direction=direction(self.speaks),
            kind=kind,
            site_language=self.site.language,
            organisation=self.site.organisation,
            postal_address=self.postal_address,
            heading=heading,
            opening=tuple(opening),
            items=tuple(items),
            button=button,
            closing=tuple(closing),
            links=tuple(links),
        )
        text, page = (shown(letter, part, self.environment) for part in ("txt", "html"))
        line = " ".join(disarmed(subject).split())
        return LetterWords(subject=line, text=without_gaps(text), html=inlined(page), language=self.speaks)


def shown(letter: PersonalLetter, part: str, environment: Environment) -> str:
    """The letter's part ``txt`` or ``html``."""
    template = environment.get_template(f"outbox/letter.{part}", globals={"language": letter.language})
    return template.render(letter=_safe(letter))


def _safe(letter: PersonalLetter) -> PersonalLetter:
    """*letter*, of which only our own links are signed: no word in it is taken for what is to be."""
    told = disarmed(letter)
    links = tuple(replace(each, url=own.url) for each, own in zip(told.links, letter.links, strict=True))
    button = replace(told.button, url=letter.button.url) if told.button and letter.button else None
    return replace(told, links=links, button=button)


# -- what each says -----------------------------------------------------------------------------------


def confirmation_words(writer: Writer, items: Sequence[LetterItem], url: str, *, until: datetime) -> LetterWords:
    """Asks whether a sign-up was meant."""
    of, site = writer.speaks, writer.site.organisation
    what = listing((each.name for each in items), of)
    return writer.write(
        OutboxKind.CONFIRMATION,
        gettext("Please confirm: %(what)s", of, what=what),
        gettext("Please confirm your subscription", of),
        opening=(gettext("Somebody has asked %(site)s to mail this to you. We hope that it was you.", of, site=site),),
        items=items,
        button=LetterLink(words=gettext("Yes, send it to me", of), url=url),
        closing=(
            gettext("Nothing is sent until you confirm it. The link works until %(day)s.", of, day=writer.day(until)),
            gettext("You did not ask for it? Then do nothing: this mail is all that came of it.", of),
        ),
    )


def link_words(writer: Writer, url: str, *, has_already: Sequence[str] = ()) -> LetterWords:
    """Leads to what somebody gets; to who asked for digests that they *have already*, it says so."""
    of, site = writer.speaks, writer.site.organisation
    said = (
        gettext("You have asked for %(what)s, and it comes to you already.", of, what=listing(has_already, of))
        if has_already
        else gettext("Here is the link that you asked for. It leads to all that %(site)s mails to you.", of, site=site)
    )
    return writer.write(
        OutboxKind.LINK,
        gettext("What you get from %(site)s", of, site=site),
        gettext("What you get", of),
        opening=(said,),
        button=LetterLink(words=gettext("Change what you get", of), url=url),
        closing=(
            gettext("Choose what comes, and how often, pause it, or stop it. Keep the link to yourself.", of),
            gettext("You did not ask for it? Then do nothing: nothing has changed.", of),
        ),
    )


def new_link_words(writer: Writer, url: str, *, reply_to: str) -> LetterWords:
    """Brings the link that holds when all earlier ones were made void."""
    of, site = writer.speaks, writer.site.organisation
    return writer.write(
        OutboxKind.LINK,
        gettext("Your new link: %(site)s", of, site=site),
        gettext("Your links are new", of),
        opening=(gettext("All earlier links to the page of what you get have ended. This one takes their place.", of),),
        button=LetterLink(words=gettext("Change what you get", of), url=url),
        closing=(
            gettext("The links by which you unsubscribe work as before, in every mail.", of),
            gettext("It was not you? Then write to %(address)s.", of, address=reply_to),
        ),
    )


#: What a link that holds for an hour does: its subject, and its button.
_HOUR = {
    "export": (N_("A copy of all that we keep of you"), N_("Get the copy")),
    "erase": (N_("Forget me"), N_("Go on, and be forgotten")),
    "move": (N_("Another address"), N_("Say the new address")),
}


def hour_words(writer: Writer, purpose: str, url: str, *, until: datetime) -> LetterWords:
    """Leads to what only a fresh link may do."""
    of, site = writer.speaks, writer.site.organisation
    heading, button = (gettext(each, of) for each in _HOUR[purpose])
    at = f"{until.astimezone(writer.site.zone):%H:%M %Z}"
    return writer.write(
        OutboxKind.LINK,
        f"{heading}: {site}",
        heading,
        opening=(gettext("You asked for this on the page of what you get from %(site)s.", of, site=site),),
        button=LetterLink(words=button, url=url),
        closing=(
            gettext("The link works for one hour, until %(time)s.", of, time=at),
            gettext("You did not ask for it? Then do nothing: nothing has changed.", of),
        ),
    )


def welcome_words(
    writer: Writer,
    items: Sequence[LetterItem],
    *,
    comes: str | None,
    last_edition: str | None,
    preferences: str,
    feed: str,
    unsubscribe: str | None,
) -> LetterWords:
    """What a new reader gets first; *comes* is the day of the next edition, in words."""
    of, site = writer.speaks, writer.site.organisation
    what = listing((each.name for each in items), of)
    opening = [gettext("Thank you for subscribing. This is what %(site)s sends you from now on:", of, site=site)]
    closing = [gettext("The next one comes on %(day)s.", of, day=comes)] if comes else []
    closing += [gettext("At the foot of every mail you can change what comes, pause it or stop it.", of)]
    links = [
        LetterLink(words=gettext("Change what you get", of), url=preferences),
        LetterLink(words=gettext("Follow in a feed reader", of), url=feed),
    ]
    if unsubscribe:
        links.append(LetterLink(words=gettext("Unsubscribe", of), url=unsubscribe))
    button = (
        LetterLink(words=gettext("Read the last edition", of), url=last_edition)
        if last_edition
        else LetterLink(words=gettext("Change what you get", of), url=preferences)
    )
    return writer.write(
        OutboxKind.WELCOME,
        gettext("Welcome: %(what)s", of, what=what),
        gettext("Welcome", of),
        opening=opening,
        items=items,
        button=button,
        closing=closing,
        links=links,
    )


def new_address_words(writer: Writer, url: str, *, until: datetime) -> LetterWords:
    """Asks the new address whether it is to be one."""
    of, site = writer.speaks, writer.site.organisation
    return writer.write(
        OutboxKind.CONFIRMATION,
        gettext("Please confirm your new address: %(site)s", of, site=site),
        gettext("Shall it come to this address?", of),
        opening=(gettext("A reader of %(site)s has asked that their mail come here from now on.", of, site=site),),
        button=LetterLink(words=gettext("Yes, use this address", of), url=url),
        closing=(
            gettext(
                "The link works for one hour, until %(time)s.",
                of,
                time=f"{until.astimezone(writer.site.zone):%H:%M %Z}",
            ),
            gettext("You did not ask for it? Then do nothing: this mail is all that came of it.", of),
        ),
    )


def address_taken_words(writer: Writer, preferences: str) -> LetterWords:
    """Tells an address that has a subscription of its own why no other one is moved to it."""
    of, site = writer.speaks, writer.site.organisation
    return writer.write(
        OutboxKind.LINK,
        gettext("Nothing was moved: %(site)s", of, site=site),
        gettext("This address has its own subscription", of),
        opening=(
            gettext("A reader of %(site)s has asked that their mail come here from now on.", of, site=site),
            gettext("Mail comes here already, so nothing was moved. Here you choose what comes.", of),
        ),
        button=LetterLink(words=gettext("Change what you get", of), url=preferences),
        closing=(gettext("The other address can be stopped by the link in any mail to it.", of),),
    )


def moved_words(writer: Writer, *, masked: str, reply_to: str) -> LetterWords:
    """Tells the old address that it is none any more."""
    of, site = writer.speaks, writer.site.organisation
    return writer.write(
        OutboxKind.RECEIPT,
        gettext("Your address was changed: %(site)s", of, site=site),
        gettext("Your address was changed", of),
        opening=(
            gettext("What came to this address goes to %(address)s from now on.", of, address=masked),
            gettext("Nothing more is sent here, and the links in earlier mails have ended.", of),
        ),
        closing=(gettext("It was not you? Then write to %(address)s.", of, address=reply_to),),
    )


def acknowledgement_words(writer: Writer, *, at: datetime, due: datetime, number: int | None = None) -> LetterWords:
    """Tells whoever complained that it has come; without its *number* to an address that nobody has shown to be theirs.

    It stands as it is for whoever reads mail there: it says when, and nothing of what was written.
    """
    of, site = writer.speaks, writer.site.organisation
    came, answered = writer.day(at), due.astimezone(writer.site.zone).date()
    return writer.write(
        OutboxKind.ACKNOWLEDGEMENT,
        gettext("We have your complaint: %(site)s", of, site=site),
        gettext("We have your complaint", of),
        opening=(
            gettext("It came on %(day)s.", of, day=came)
            if number is None
            else gettext("It came on %(day)s, and has the number %(number)s.", of, day=came, number=number),
            gettext("Somebody reads it, and answers you by %(day)s at the latest.", of, day=day_words(answered, of)),
        ),
        closing=(
            gettext("To add something, answer this mail.", of),
            *(
                (gettext("You did not complain? Then do nothing: this mail is all that came of it.", of),)
                if number is None
                else ()
            ),
        ),
    )


def complaint_words(
    writer: Writer, complaint: ReaderComplaint, *, email: str | None, said: str | None, digest: str | None
) -> LetterWords:
    """Tells whoever answers complaints of a new one: in English, as all that is told to operators.

    *email* is the address of who came by a link of ours; *said*, the one that somebody without a link has typed.
    """
    due = day_words(complaint.due.astimezone(writer.site.zone))
    who, words = email or "Somebody without a link of ours, whose words may say how to answer them", complaint.words
    if email is None and said is not None:
        who = f"Somebody without a link of ours, who has typed the address {said} (that it is theirs, nobody knows)"
        words = words.removeprefix(f"{said}:")
    about = f", about {digest}" if digest else ""
    ours = replace(writer, language="en")
    return ours.write(
        OutboxKind.COMPLAINT,
        f"[Complaint {complaint.id}] to be answered by {due}",
        f"A reader complains{about}",
        opening=(f"{who} wrote:", *(line for line in words.splitlines() if line.strip())),
        closing=(
            f"It has to be answered by {due} (Data (Use and Access) Act 2025).",
            f"When it is: solacefeed complaints answered {complaint.id}",
        ),
    )
