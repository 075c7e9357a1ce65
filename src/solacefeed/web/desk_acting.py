"""What the buttons of the desk do, by the word that each posts: a verb, and what it is done to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from typing import TYPE_CHECKING, TypeVar

from solacefeed.addresses import is_web
from solacefeed.catalogue import gettext
from solacefeed.deeds.editions import desk_acts
from solacefeed.deeds.editions.correcting import MOST_WORDS
from solacefeed.deeds.editions.decisions import HELD
from solacefeed.deeds.editions.desk import drafted_now
from solacefeed.deeds.editions.desk_links import AtDesk, go_on_to
from solacefeed.deeds.editions.notice import MOST
from solacefeed.deeds.editions.undoing import ChangedSince, EditionFrozen, LeftAlready, undo
from solacefeed.deeds.events.decisions import Note, confirm, dismiss, edit, find
from solacefeed.digest.approved_drafts import approved
from solacefeed.digest.corrections import may_be_told_since
from solacefeed.digest.draft_versions import Version, differences, read, version_of
from solacefeed.digest.drafts import DraftedEdition
from solacefeed.digest.placing import led_by, moved
from solacefeed.errors import UsageError
from solacefeed.models.desk import ActKind
from solacefeed.models.editions import Editing
from solacefeed.models.sightings import Edits, KnownEvent
from solacefeed.store import posts
from solacefeed.text.characters import one_line
from solacefeed.web.desk_outcome import NOTHING, DeskSaid, changed_words
from solacefeed.web.limits import Form, first
from solacefeed.web.typed import day, time_of_day, whole_number

if TYPE_CHECKING:
    from solacefeed.web.desk import Desk

T = TypeVar("T")

#: Characters of an opening line, of a subject, and of why an edition is held.
MOST_OPENING, MOST_SUBJECT, MOST_REASON = 1000, 200, 200


class NotDone(Exception):
    """Nothing was done; why, stands on the page that is shown again."""

    def __init__(self, said: DeskSaid) -> None:
        super().__init__(said.sentence)
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """Where a browser goes on after something was done."""

    #: The part of the page.
    place: str = "top"
    query: str = ""
    #: Of another edition's page; ``None`` for the same one.
    token: str | None = None

    @classmethod
    def after(cls, act: int | None, place: str) -> Went:
        """On to *place*, where what this press has done is told; ``None`` where it has changed nothing."""
        return cls(place=place, query=f"?done={act or NOTHING}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """An editor who has pressed a button."""

    part: Desk
    at: AtDesk
    cookie: str
    form: Form
    language: str

    @property
    def edition_id(self) -> str:
        return self.at.edition.id

    @property
    def by(self) -> str:
        return self.at.link.editor

    @property
    def now(self) -> datetime:
        return self.part.clock()

    @property
    def since(self) -> datetime:
        """Since when what was mailed can be corrected."""
        return may_be_told_since(self.now, [self.part.find_digest(self.at.edition.digest)])

    @property
    def zone(self) -> tzinfo:
        return self.part.pages.front.site.zone

    def field(self, name: str) -> str:
        return first(self.form, name)

    def line(self, name: str, most: int) -> str | None:
        """A field in one line; ``None`` where nothing stands in it."""
        words = one_line(self.field(name))
        if len(words) > most:
            raise self.refused(gettext("Say it in %(number)s characters at most.", self.language, number=most))
        return words or None

    def refused(self, sentence: str) -> NotDone:
        return NotDone(DeskSaid.problem(sentence))

    def draft(self) -> DraftedEdition | None:
        edition = self.at.edition
        renderer = self.part.renderer(self.part.find_digest(edition.digest))
        drafted = drafted_now(self.part.store, renderer, edition, self.now)
        return drafted[0] if drafted else None

    def edit(self, kind: ActKind | None, change: Callable[[Editing], Editing], about: str | None = None) -> int | None:
        """Returns the number of the act; ``None`` where all was so already."""
        title = self.title_of(about) if about else None
        part = self.part
        return desk_acts.edit(
            part.store, part.clock, self.edition_id, change, by=self.by, kind=kind, about=about, title=title
        ).act

    def title_of(self, post_id: str) -> str:
        """Raises ``UsageError`` for a post that there is not."""
        with self.part.store.read() as connection:
            found = posts.some(connection, [post_id])
        if not found:
            raise UsageError(f"there is no post {post_id}")
        return found[0].title


# -- whether it goes --------------------------------------------------------------------------------


def _approve(acting: Acting, _about: str) -> Went:
    """Approves what was seen, and nothing else."""
    part, drafted = acting.part, acting.draft()
    if drafted is not None:
        _check_it_was_seen(acting, version_of(drafted))
    seen = approved(drafted) if drafted else None
    done = desk_acts.approve(part.store, part.clock, acting.edition_id, by=acting.by, seen=seen)
    return Went.after(done.act, "top")


def _check_it_was_seen(acting: Acting, now: Version) -> None:
    seen = read(acting.field("seen"))
    found = list(differences(seen, now)) if seen else []
    if seen and not found:
        return
    with acting.part.store.read() as connection:
        about = {each.id: each.title for each in posts.some(connection, [each for _, each in found if each])}
    raise NotDone(
        DeskSaid.problem(
            gettext("It was not approved: it has changed since you looked. Look once more.", acting.language),
            tuple(changed_words(what, about.get(post_id or "", ""), acting.language) for what, post_id in found),
        )
    )


def _hold(acting: Acting, _about: str) -> Went:
    part, reason = acting.part, acting.line("reason", MOST_REASON) or HELD
    done = desk_acts.hold(part.store, part.clock, acting.edition_id, reason=reason, by=acting.by)
    return Went.after(done.act, "top")


def _release(acting: Acting, _about: str) -> Went:
    part, drafted = acting.part, acting.draft()
    seen = approved(drafted) if drafted else None
    done = desk_acts.release(part.store, part.clock, acting.edition_id, part.find_digest, by=acting.by, seen=seen)
    return Went.after(done.act, "top")


def _undo(acting: Acting, about: str) -> Went:
    part = acting.part
    try:
        act = undo(part.store, part.clock, acting.edition_id, whole_number(about) or 0, by=acting.by)
    except ChangedSince:
        words = gettext("What that changed was changed again since: undo the later change first.", acting.language)
        raise acting.refused(words) from None
    except EditionFrozen:
        words = gettext("The edition is frozen: what was done of it stays.", acting.language)
        raise acting.refused(words) from None
    except LeftAlready:
        words = gettext("The test has left already, and can't be taken back.", acting.language)
        raise acting.refused(words) from None
    if act.kind in (ActKind.CONFIRMED, ActKind.DISMISSED, ActKind.MENDED):
        part.refresh()
    return Went.after(act.id, "acts")


def _test(acting: Acting, _about: str) -> Went:
    part = acting.part
    try:
        number = part.send_test(acting.edition_id, acting.by)
    except UsageError as error:
        words = gettext("No test can go to you just now: this site mails to a few addresses alone.", acting.language)
        raise acting.refused(words) from error
    return Went.after(desk_acts.note_test(part.store, part.clock, acting.edition_id, number, by=acting.by), "mail")


# -- its posts and its words ------------------------------------------------------------------------


def _drop(acting: Acting, about: str) -> Went:
    part, title = acting.part, acting.title_of(about)
    done = desk_acts.drop(part.store, part.clock, acting.edition_id, about, title, by=acting.by)
    return Went.after(done.act, "posts")


def _keep(acting: Acting, about: str) -> Went:
    part, title = acting.part, acting.title_of(about)
    done = desk_acts.keep(part.store, part.clock, acting.edition_id, about, title, by=acting.by)
    return Went.after(done.act, "posts")


def _move(by: int) -> Callable[[Acting, str], Went]:
    def move(acting: Acting, about: str) -> Went:
        drafted = acting.draft()
        shown = [post.id for post in drafted.posts] if drafted else []
        act = acting.edit(
            ActKind.ORDERED,
            lambda editing: replace(editing, order=moved(shown, editing.order, about, by)),
            about,
        )
        return Went.after(act, "posts")

    return move


def _lead(acting: Acting, about: str) -> Went:
    act = acting.edit(ActKind.LED, lambda editing: replace(editing, order=led_by(editing.order, about)), about)
    return Went.after(act, "posts")


def _by_date(acting: Acting, _about: str) -> Went:
    return Went.after(acting.edit(ActKind.ORDERED, lambda editing: replace(editing, order=())), "posts")


def _words(acting: Acting, _about: str) -> Went:
    opening, subject = acting.line("opening", MOST_OPENING), acting.line("subject", MOST_SUBJECT)
    notices = _paragraphs(acting, "notices")
    act = acting.edit(None, lambda editing: replace(editing, opening=opening, subject=subject, notices=notices))
    return Went.after(act, "words")


def _paragraphs(acting: Acting, name: str) -> tuple[str, ...]:
    """A field's paragraphs, which empty lines part."""
    words = acting.field(name).replace("\r\n", "\n")
    if len(words) > MOST:
        raise acting.refused(gettext("Say it in %(number)s characters at most.", acting.language, number=MOST))
    return tuple(filter(None, map(one_line, words.split("\n\n"))))


def _notice(acting: Acting, _about: str) -> Went:
    """Begins a notice, and goes on to its own page."""
    part = acting.part
    subject, paragraphs = acting.line("subject", MOST_SUBJECT), _paragraphs(acting, "notice")
    if subject is None or not paragraphs:
        raise acting.refused(gettext("A notice needs a subject, and something to say.", acting.language))
    begun = desk_acts.begin_notice(
        part.store,
        part.clock,
        acting.edition_id,
        part.find_digest(acting.at.edition.digest),
        acting.zone,
        words="\n\n".join((subject, *paragraphs)),
        slugs=acting.form.get("for"),
        by=acting.by,
    )
    token = go_on_to(part.store, part.door, acting.at.link, acting.cookie, begun.outcome.id, at=acting.now)
    return replace(Went.after(begun.act, "top"), token=token)


# -- corrections ------------------------------------------------------------------------------------


def _tell(told: bool) -> Callable[[Acting, str], Went]:
    def tell(acting: Acting, about: str) -> Went:
        part = acting.part
        act = desk_acts.decide_correction(
            part.store, part.clock, acting.edition_id, about, told=told, since=acting.since, by=acting.by
        )
        return Went.after(act, "corrections")

    return tell


def _say(acting: Acting, _about: str) -> Went:
    part, post_id = acting.part, acting.field("post")
    words = acting.line("correction", MOST_WORDS)
    if words is None or not post_id:
        raise acting.refused(gettext("Choose a post, and write what its readers are to be told.", acting.language))
    title = acting.title_of(post_id)
    act = desk_acts.say_correction(
        part.store, part.clock, acting.edition_id, post_id, words, title, since=acting.since, by=acting.by
    )
    return Went.after(act, "corrections")


# -- events -----------------------------------------------------------------------------------------


def _confirm(acting: Acting, about: str) -> Went:
    part, event = acting.part, find(acting.part.events(), about)
    act = confirm(part.store, part.clock, event, _noting(acting, ActKind.CONFIRMED, event))
    return _told(acting, act)


def _dismiss(acting: Acting, about: str) -> Went:
    part, event = acting.part, find(acting.part.events(), about)
    act = dismiss(part.store, part.clock, event, _noting(acting, ActKind.DISMISSED, event))
    return _told(acting, act)


def _mend(acting: Acting, about: str) -> Went:
    part, event = acting.part, find(acting.part.events(), about)
    edits = _edits(acting, event)
    if edits == Edits():
        return Went.after(None, "events")
    act = edit(part.store, part.clock, event, edits, _noting(acting, ActKind.MENDED, event))
    return _told(acting, act)


def _noting(acting: Acting, kind: ActKind, event: KnownEvent) -> Note:
    return desk_acts.noting(acting.edition_id, kind, event, by=acting.by)


def _told(acting: Acting, act: int | None) -> Went:
    acting.part.refresh()
    return Went.after(act, "events")


def _edits(acting: Acting, event: KnownEvent) -> Edits:
    """What stands otherwise in the form than it is known."""
    name, place = acting.line("name", MOST_SUBJECT), acting.line("place", MOST_SUBJECT)
    url = acting.field("url").strip() or None
    if url is not None and url != event.url and not is_web(url):
        raise acting.refused(gettext("An address to book at begins with https://.", acting.language))
    starts, ends = _moments(acting)
    moved = (starts, ends) != (event.starts, event.ends)
    return Edits(
        name=name if name != event.name else None,
        place=place if place != event.place else None,
        url=url if url != event.url else None,
        starts=starts if moved else None,
        ends=ends if moved else None,
    )


def _moments(acting: Acting) -> tuple[date | datetime | None, date | datetime | None]:
    """Its beginning and its end, by days, or by days and times of the site's clock."""
    first, last = (_read(day, acting, name) for name in ("first", "last"))
    begins, ends = (_read(time_of_day, acting, name) for name in ("begins", "ends"))
    if first is None:
        return None, None
    last = last or first
    if (begins is None) != (ends is None):
        raise acting.refused(gettext("Write when it begins and when it ends, or no times at all.", acting.language))
    if (last, ends or time()) < (first, begins or time()):
        raise acting.refused(gettext("It can't end before it begins.", acting.language))
    if begins is None or ends is None:
        return first, last
    return datetime.combine(first, begins, acting.zone), datetime.combine(last, ends, acting.zone)


def _read(read: Callable[[str], T], acting: Acting, name: str) -> T | None:
    try:
        return read(acting.field(name)) if acting.field(name) else None
    except ValueError:
        raise acting.refused(gettext("That is no day, or no time.", acting.language)) from None


#: What each button posts first.
VERBS: Mapping[str, Callable[[Acting, str], Went]] = {
    "approve": _approve,
    "hold": _hold,
    "release": _release,
    "undo": _undo,
    "test": _test,
    "drop": _drop,
    "keep": _keep,
    "up": _move(-1),
    "down": _move(1),
    "lead": _lead,
    "by-date": _by_date,
    "words": _words,
    "notice": _notice,
    "tell": _tell(True),
    "untell": _tell(False),
    "say": _say,
    "confirm": _confirm,
    "dismiss": _dismiss,
    "mend": _mend,
}
