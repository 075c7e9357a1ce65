"""What our own pages show, in the order in which they show it; plain text throughout, and the templates that do it.

Every page says in which language it is, whose it is and what it is called. Addresses are absolute where they lead off
the page, made of ``[web] base_url`` and of nothing that a visitor sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solacefeed.publish.page import Link

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOption:
    """One of several that can be ticked."""

    #: What the form sends.
    value: str
    text: str
    chosen: bool = False
    #: What helps to choose.
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """What all of them have."""

    #: BCP 47, of our own words.
    language: str
    #: What it is called.
    title: str
    organisation: str
    site_title: str
    #: The blog, for people.
    site_url: str
    #: Where all that one can follow stands.
    home: str
    #: The privacy notice.
    privacy_url: str | None = None
    #: Where one complains.
    complain: str
    #: The same page in other languages.
    languages: tuple[FormOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorsPage(OwnPage):
    """A page of few sentences, and of one button at most."""

    sentence: str
    #: What else is said, a line each.
    points: tuple[str, ...] = ()
    #: What the button says; ``None`` for no button.
    button: str | None = None
    #: Where that posts to; ``None`` for the same address.
    action: str | None = None
    #: Of its form; ``None`` where it needs none.
    token: str | None = None
    #: Where one can go from here.
    links: tuple[Link, ...] = ()
    #: It stands in a frame on another page.
    framed: bool = False


# -- what is asked ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestOption:
    """A digest that can be had."""

    value: str
    title: str
    #: "every Monday"
    often: str
    chosen: bool = False
    #: How often it may come; none where that is not to be chosen.
    cadences: tuple[FormOption, ...] = ()
    #: The name of the field of these.
    cadence_field: str
    #: The last edition, on the web.
    example: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpForm:
    """The form by which one subscribes."""

    #: Where it is posted; none for the page that it stands on.
    action: str | None
    token: str
    email: str
    email_fault: str | None = None
    #: An address that looks mistyped, and that whoever typed it has seen once more.
    sure_of: str | None = None
    name: str
    digests: tuple[DigestOption, ...]
    digest_fault: str | None = None
    #: Whether one of everything is mailed, or of ticked categories alone.
    everything: bool = True
    #: None where there is nothing to choose.
    categories: tuple[FormOption, ...] = ()
    category_fault: str | None = None
    #: In which language mails can be; none where that is not to be chosen.
    languages: tuple[FormOption, ...] = ()
    #: What only a person can answer, where the operator asks it.
    question: str | None = None
    question_fault: str | None = None
    #: The sentence that is agreed to.
    consent: str
    privacy_url: str | None = None

    @property
    def faults(self) -> tuple[Link, ...]:
        """What is to be mended, each with its field."""
        told = {
            "email": self.email_fault,
            "digest": self.digest_fault,
            "category": self.category_fault,
            "answer": self.question_fault,
        }
        return tuple(Link(text=text, href=f"#{field}") for field, text in told.items() if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedView:
    """A category as somebody sees it who may want to follow it."""

    name: str
    #: Its feed's page.
    page: str
    #: The form, with this one ticked; none where nobody can subscribe by themselves.
    subscribe: str | None = None
    #: Its newest post, and the day of that.
    latest: Link | None = None
    day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage(OwnPage):
    """What one can follow."""

    #: None where nobody can subscribe by themselves.
    form: SignUpForm | None
    followed: tuple[FollowedView, ...]
    #: Where who has subscribed already is mailed the link to what they chose.
    find: str | None = None
    #: The page of all feeds; none where nothing was published yet.
    feeds: str | None = None
    #: The page of events, and their calendar.
    events: str | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribePage(OwnPage):
    """The form alone."""

    form: SignUpForm
    #: Why it is shown once more though nothing is wrong with it.
    again: str | None = None
    #: As on the page of all that one can follow.
    find: str | None = None
    #: It stands in a frame on another page.
    framed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionForm:
    """What a reader can choose of one digest."""

    #: What stands in the names of its fields.
    key: str
    title: str
    #: "every Monday"
    often: str
    #: How it stands, in a sentence.
    standing: str
    #: To have it or to pause it; of one that is not had, to have it or not.
    ways: tuple[FormOption, ...]
    #: Whether there is anything to pause.
    can_pause: bool = True
    #: The way that has a day of its own, and that day.
    until_chosen: bool = False
    until: str
    until_fault: str | None = None
    #: To have it no more; none of one that is not had.
    stop: FormOption | None = None
    #: Days between which that may be.
    first_day: str
    last_day: str
    cadences: tuple[FormOption, ...] = ()
    everything: bool = True
    categories: tuple[FormOption, ...] = ()
    category_fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoView:
    """An end that can be taken back for an hour."""

    #: Of the digest.
    title: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesPage(OwnPage):
    """What a reader has chosen, and can choose."""

    #: "a…@example.org"
    address: str
    token: str
    #: What was just changed, a sentence each.
    done: tuple[str, ...] = ()
    undos: tuple[UndoView, ...] = ()
    faults: tuple[Link, ...] = ()
    subscriptions: tuple[SubscriptionForm, ...]
    name: str
    #: Of their mails; those of the page are ``languages``.
    mail_languages: tuple[FormOption, ...] = ()
    #: The sentence that is agreed to, where a digest can be asked for; and by what it is known again.
    consent: str | None = None
    agreed: str | None = None
    #: Whether any digest is theirs, be it paused; else there is nothing to stop.
    gets_any: bool = True
    #: The reader's own feed.
    feed: str
    reads_by_feed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPage(OwnPage):
    """A page that asks for an address."""

    sentence: str
    token: str
    #: What the field is called; none for the visitor's own address.
    label: str | None = None
    email: str
    email_fault: str | None = None
    #: As in the form.
    sure_of: str | None = None
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintPage(OwnPage):
    """A page on which one complains."""

    sentence: str
    token: str
    words: str
    words_fault: str | None = None
    #: Whether the reader is known by their link; else their address is asked.
    is_known: bool
    email: str
    email_fault: str | None = None
    #: As in the form.
    sure_of: str | None = None


#: By which template each is shown.
TEMPLATES: Mapping[type[OwnPage], str] = {
    VisitorsPage: "web/page.html",
    HomePage: "web/home.html",
    SubscribePage: "web/subscribe.html",
    PreferencesPage: "web/preferences.html",
    AddressPage: "web/address.html",
    ComplaintPage: "web/complain.html",
}


def own_page(page: OwnPage, environment: Environment) -> str:
    """The page as html."""
    template = environment.get_template(TEMPLATES[type(page)], globals={"language": page.language})
    return template.render(page=page)
