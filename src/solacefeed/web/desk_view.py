"""The desk's pages in words: what stands on them, for their templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from jinja2 import Environment

from solacefeed.catalogue import gettext
from solacefeed.digest.draft_versions import written
from solacefeed.models.desk import DeskAct
from solacefeed.models.editions import Edition, EditionState
from solacefeed.site import Site
from solacefeed.web.desk_matters import CorrectionRow, DeskEvent, correction_rows, desk_events
from solacefeed.web.desk_outcome import DeskSaid, still_waits
from solacefeed.web.desk_words import (
    act_words,
    canary_words,
    closing_words,
    copies_words,
    leaves_words,
    nothing_words,
    state_words,
    when_words,
    who_words,
)

if TYPE_CHECKING:
    from solacefeed.deeds.editions.desk import DeskCounts, DeskSight, DroppedPost
    from solacefeed.digest.drafts import DraftPost
    from solacefeed.models.posts import Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who looks, and what they may do."""

    #: Of the link.
    token: str
    #: Of the page's forms; empty for who may not act.
    form: str
    #: The address that the link was made for.
    editor: str
    may_act: bool
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """A number beside the last edition's."""

    name: str
    now: str
    before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    id: str
    title: str
    url: str
    can_go_up: bool
    can_go_down: bool
    #: An editor has put it where it stands.
    is_placed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutRow:
    """A post that was dropped, and by which edition where that was an earlier one."""

    id: str
    title: str
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow:
    number: str
    at: str
    who: str
    what: str
    #: Who took it back and when; ``None`` while it stands.
    undone: str | None
    can_be_undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    name: str
    closed: str
    state: str
    readers: str | None
    copies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChoice:
    slug: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """An edition's page; plain text throughout."""

    #: BCP 47, of our words.
    language: str
    organisation: str
    #: The digest's, and when the edition closes.
    title: str
    closing: str
    edition_id: str
    state: str
    #: When it leaves, and by which rule.
    leaves: str
    #: Why it is held, or was skipped.
    reason: str | None
    #: How its copies came out, or stand.
    copies: tuple[str, ...]
    #: Why something was not done, or what was.
    problem: DeskSaid | None
    done: DeskSaid | None
    #: Where forms post, and what they carry.
    here: str
    form: str
    seen: str
    #: Whose link it is.
    editor: str
    #: Who came second by a link only reads.
    reads_only: bool
    is_over: bool
    can_approve: bool
    can_hold: bool
    can_release: bool
    #: What it says can be changed.
    can_change: bool
    #: What was done of it can be taken back.
    can_undo: bool
    #: Something of it can be done: by who may act, until it is over.
    can_act: bool
    #: Whether there is a mail to be seen.
    is_shown: bool
    subject: str | None
    counts: tuple[CountRow, ...]
    posts: tuple[PostRow, ...]
    is_placed: bool
    left_out: tuple[LeftOutRow, ...]
    opening: str
    own_subject: str
    notices: str
    is_notice: bool
    corrections: tuple[CorrectionRow, ...]
    #: Of earlier editions, for those who lack them.
    late: tuple[PostRow, ...]
    #: Posts of which an editor may say something to those who got them.
    mailed: tuple[PostRow, ...]
    events: tuple[DeskEvent, ...]
    acts: tuple[ActRow, ...]
    past: tuple[PastRow, ...]
    categories: tuple[CategoryChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskText:
    """The text part of a mail."""

    language: str
    organisation: str
    back: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskDoorPage:
    """Where editors ask for a link."""

    language: str
    organisation: str
    #: What is said to who has asked; ``None`` before.
    said: str | None
    #: Its form's token.
    form: str


def desk_page(page: DeskPage, environment: Environment) -> str:
    return environment.get_template("web/desk.html", globals={"language": page.language}).render(page=page)


def desk_text(page: DeskText, environment: Environment) -> str:
    return environment.get_template("web/desk_text.html", globals={"language": page.language}).render(page=page)


def desk_door(page: DeskDoorPage, environment: Environment) -> str:
    return environment.get_template("web/desk_door.html", globals={"language": page.language}).render(page=page)


def page_of(
    sight: DeskSight,
    visitor: Visitor,
    said: DeskSaid | None,
    *,
    zone: tzinfo,
    now: datetime,
    language: str,
    site: Site,
) -> DeskPage:
    edition, acts = sight.edition, visitor.may_act and not visitor.is_over
    editing = edition.editing
    waits = edition.state in (EditionState.DRAFT, EditionState.HELD)
    is_frozen = edition.counts is not None
    return DeskPage(
        language=language,
        organisation=site.organisation,
        title=sight.digest.title,
        closing=closing_words(edition, zone, language),
        edition_id=edition.id,
        state=state_words(edition.state, language),
        leaves=_leaves(sight, zone, now, language),
        reason=edition.reason
        if edition.state in (EditionState.HELD, EditionState.SKIPPED, EditionState.DRAFT)
        else None,
        copies=tuple(copies_words(sight.copies, language)),
        problem=said if said and said.is_problem else None,
        done=said if said and not said.is_problem else None,
        here=visitor.token,
        form=visitor.form,
        seen=written(sight.version) if sight.version else "",
        editor=who_words(visitor.editor, language),
        reads_only=not visitor.may_act,
        is_over=visitor.is_over,
        can_approve=acts and waits,
        can_hold=acts and (edition.state in (EditionState.DRAFT, EditionState.APPROVED) or _waits_frozen(edition)),
        can_release=acts and edition.state is EditionState.HELD,
        can_change=acts and waits and not is_frozen,
        can_undo=acts and sight.is_open,
        can_act=acts,
        is_shown=sight.shown is not None,
        subject=sight.shown.subject if sight.shown else None,
        counts=tuple(_counts(sight.now, sight.before, language)),
        posts=tuple(_posts(sight.posts, editing.order)),
        is_placed=bool(editing.order),
        left_out=tuple(_left_out(sight.left_out, edition.id)) if edition.cadence else (),
        opening=editing.opening or "",
        own_subject=editing.subject or "",
        notices="\n\n".join(editing.notices),
        is_notice=edition.cadence is None,
        corrections=tuple(correction_rows(sight, language)),
        late=tuple(_beside(sight.now.late)),
        mailed=tuple(_beside(sight.mailed)),
        events=tuple(desk_events(sight, zone, now, language)),
        acts=tuple(_acts(sight, acts, zone, now, language)),
        past=tuple(_past(sight, zone, language)),
        categories=tuple(CategoryChoice(slug=slug, label=label) for slug, label in sight.categories),
    )


def _leaves(sight: DeskSight, zone: tzinfo, now: datetime, language: str) -> str:
    if _is_empty(sight):
        return nothing_words(language)
    if sight.canary:
        return canary_words(sight.canary, zone, now, language)
    return leaves_words(sight.edition, sight.approval, zone, now, language)


def _is_empty(sight: DeskSight) -> bool:
    """Whether it would go to nobody as it is, and waits for its first post."""
    empty = not sight.now.posts and not sight.now.at_most and not (sight.now.events and sight.digest.events_alone)
    return sight.edition.state is EditionState.DRAFT and sight.edition.cadence is not None and empty


def _waits_frozen(edition: Edition) -> bool:
    return edition.state is EditionState.PREPARING and edition.counts is not None


def _counts(now: DeskCounts, before: DeskCounts | None, language: str) -> Iterator[CountRow]:
    names = {
        "readers": gettext("Readers", language),
        "posts": gettext("Posts", language),
        "events": gettext("Events", language),
    }
    for field, name in names.items():
        value = getattr(now, field)
        if value is None:
            continue
        told = f"{value:,}"
        if field == "readers" and now.at_most:
            told = gettext("up to %(number)s", language, number=told)
        last = getattr(before, field) if before else None
        yield CountRow(name=name, now=told, before=None if last is None else f"{last:,}")


def _posts(shown: Sequence[DraftPost], order: Sequence[str]) -> Iterator[PostRow]:
    for number, post in enumerate(shown):
        yield PostRow(
            id=post.id,
            title=post.title,
            url=post.url,
            can_go_up=number > 0,
            can_go_down=number < len(shown) - 1,
            is_placed=post.id in order,
        )


def _beside(found: Iterable[DraftPost | Post]) -> Iterator[PostRow]:
    """Posts whose place nobody chooses."""
    for post in found:
        yield PostRow(id=post.id, title=post.title, url=post.url, can_go_up=False, can_go_down=False, is_placed=False)


def _left_out(found: Sequence[DroppedPost], edition_id: str) -> Iterator[LeftOutRow]:
    for each in found:
        by = None if each.edition_id == edition_id else each.edition_id
        yield LeftOutRow(id=each.post.id, title=each.post.title, by=by)


def _acts(sight: DeskSight, may: bool, zone: tzinfo, now: datetime, language: str) -> Iterator[ActRow]:
    for act in sight.acts:
        yield ActRow(
            number=str(act.id),
            at=when_words(act.at, zone, now, language),
            who=who_words(act.editor, language),
            what=act_words(act, language),
            undone=_undone(act, zone, now, language),
            can_be_undone=may and sight.is_open and act.undone_at is None and still_waits(act, sight.tests_waiting),
        )


def _undone(act: DeskAct, zone: tzinfo, now: datetime, language: str) -> str | None:
    if act.undone_at is None:
        return None
    who, at = who_words(act.undone_by or "", language), when_words(act.undone_at, zone, now, language)
    return gettext("undone by %(who)s, %(time)s", language, who=who, time=at)


def _past(sight: DeskSight, zone: tzinfo, language: str) -> Iterator[PastRow]:
    for each in sight.past:
        edition = each.edition
        yield PastRow(
            name=edition.id,
            closed=closing_words(edition, zone, language),
            state=state_words(edition.state, language),
            readers=f"{edition.counts.readers:,}" if edition.counts else None,
            copies=tuple(copies_words(each.copies, language)),
        )
