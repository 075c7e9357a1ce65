"""What the desk says to who has just pressed one of its buttons."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from solacefeed.catalogue import gettext
from solacefeed.digest.draft_versions import DraftChange
from solacefeed.models.desk import ActKind, DeskAct
from solacefeed.models.editions import Edition
from solacefeed.models.letters import OutboxKind
from solacefeed.store import desk, outbox
from solacefeed.store.database import Store
from solacefeed.web.desk_words import act_words

#: Stands for an act where a press has changed nothing: no act has it.
NOTHING = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSaid:
    """What was just done, or why it was not."""

    sentence: str
    lines: tuple[str, ...] = ()
    is_problem: bool = False
    #: The number of the act that can be undone.
    undo: str | None = None

    @classmethod
    def problem(cls, sentence: str, lines: tuple[str, ...] = ()) -> DeskSaid:
        return cls(sentence=sentence, lines=lines, is_problem=True)


def said_of(store: Store, edition: Edition, number: int, language: str) -> DeskSaid | None:
    """What an act of the edition did, as it is said to who has just done it."""
    if number == NOTHING:
        return DeskSaid(sentence=gettext("All was so already; nothing has changed.", language))
    with store.read() as connection:
        act = desk.find_act(connection, edition.id, number)
        tests = outbox.not_yet_gone(connection, edition.id, OutboxKind.TEST)
    if act is None:
        return None
    if act.kind is ActKind.TESTED:
        return _said_of_test(act, tests, language)
    done = act_words(act, language)
    if act.undone_at is not None:
        return DeskSaid(sentence=gettext("Undone: %(what)s.", language, what=done))
    return DeskSaid(sentence=gettext("Done: %(what)s.", language, what=done), undo=str(act.id))


def _said_of_test(act: DeskAct, waiting: Collection[int], language: str) -> DeskSaid:
    if act.undone_at is not None:
        return DeskSaid(sentence=gettext("The test was taken back before it left.", language))
    if not still_waits(act, waiting):
        return DeskSaid(sentence=gettext("The test has left for your address.", language))
    return DeskSaid(sentence=gettext("A test is on its way to your address.", language), undo=str(act.id))


def changed_words(what: DraftChange, title: str, language: str) -> str:
    """What of a draft is otherwise than it was seen."""
    said = {
        DraftChange.CAME: gettext("It has another post: ‘%(title)s’.", language, title=title),
        DraftChange.WENT: gettext("A post is gone: ‘%(title)s’.", language, title=title),
        DraftChange.READS_OTHERWISE: gettext("A post reads otherwise: ‘%(title)s’.", language, title=title),
        DraftChange.ORDER: gettext("Its posts stand in another order.", language),
        DraftChange.SUBJECT: gettext("Its subject is another.", language),
        DraftChange.OPENING: gettext("Its opening line is another.", language),
        DraftChange.NOTICES: gettext("Its notices are others.", language),
        DraftChange.EVENTS: gettext("Its events are others.", language),
        DraftChange.TOLD: gettext("What readers are told of earlier posts is something else.", language),
        DraftChange.WORDING: gettext("Some of its wording is another.", language),
    }
    return said[what]


def still_waits(act: DeskAct, tests: Collection[int]) -> bool:
    """Whether a test is there to be taken back; true of all else."""
    return act.kind is not ActKind.TESTED or act.after["letter"] in tests
