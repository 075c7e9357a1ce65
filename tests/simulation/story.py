"""What may happen to a simulated site, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal

from tests.simulation.facts import Deed
from tests.simulation.rules import Rules
from tests.support.fakes import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An author does something to a post; what can't be done as it stands then is not done."""

    at: datetime
    post: int
    what: Literal["write", "title", "text", "address", "touch", "refile", "withdraw", "republish", "protect", "open"]
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: Where it is not when it was written: an import.
    published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A reader does something about a subscription."""

    at: datetime
    reader: str
    digest: str
    what: Literal["join", "choose", "turn", "pause", "resume", "leave", "undo"]
    #: Slugs; ``None`` for everything.
    categories: tuple[str, ...] | None = None
    cadence: str | None = None
    #: Of a pause.
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """A reader leaves, or pauses, while the relay has their next mail in hand and its final dot is not written yet."""

    at: datetime
    reader: str
    digest: str
    what: Literal["leave", "pause"]


SpellKind = Literal[
    "blog down",
    "blog half down",
    "blog lies",
    "blog slow",
    "machine off",
    "relay dead",
    "relay greylists",
    "relay refuses us",
    "clock leapt",
    "disk full",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Something is not as it should be for a while."""

    at: datetime
    until: datetime
    what: SpellKind
    #: Of a full disk: how many bytes a file may have while it lasts.
    room: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the relay does with the next messages to a reader."""

    at: datetime
    reader: str
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """The next process that looks dies in a deed, in the transaction of this number."""

    at: datetime
    deed: Deed
    transaction: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KillAtFile:
    """The next process that publishes is killed, as by ``kill -9``, when it touches a file for so many times."""

    at: datetime
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A second daemon, or cron, does all that it may before a transaction of the next process that does *deed*."""

    at: datetime
    deed: Deed
    transaction: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandsStill:
    """Before a transaction of the next process that does *deed* its machine is frozen for longer than its leases.

    Another machine leads meanwhile, and from then on; with the *connections* of the frozen one its locks go.
    """

    at: datetime
    deed: Deed
    transaction: int
    span: timedelta
    connections: Literal["ended", "kept"] = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreaksOff:
    """The connection of the next process that does *deed* breaks amid a commit: nobody hears whether it was *kept*."""

    at: datetime
    deed: Deed
    transaction: int
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """Another machine leads from now on."""

    at: datetime
    #: Its number among them.
    machine: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Somebody who has not got a digest asks for it on the form, and presses the letter's button some time later."""

    at: datetime
    reader: str
    digest: str
    categories: tuple[str, ...] | None
    cadence: str
    confirms_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """The last mail that a reader got comes back, since there is no such mailbox any more, or is called spam."""

    at: datetime
    reader: str
    what: Literal["no such mailbox", "spam"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """The operator lets a reader be mailed again whose mail came back."""

    at: datetime
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """The operator stops the program and begins it anew."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """The blog's owner calls a category otherwise: by another slug, or another name alone."""

    at: datetime
    #: The slug that it had first.
    category: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The blog moves to another host, and every address with it."""

    at: datetime
    home: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Configure:
    """The operator changes when a digest closes, or how long its posts settle, and restarts the program."""

    at: datetime
    digest: str
    #: A local time, and by how many days a weekday moves.
    closes_at: time | None = None
    days: int = 0
    settle: timedelta | None = None

    def changed(self, rules: Rules) -> Rules:
        digest = rules.digest(self.digest)
        if self.settle is not None:
            digest = replace(digest, settle=self.settle)
        if self.closes_at is not None:
            cadences = tuple(each.moved(self.closes_at, self.days) for each in digest.cadences)
            digest = replace(digest, cadences=cadences)
        return rules.with_digest(digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """An editor looks at the draft that stands, or at what is held, and does something about it."""

    at: datetime
    digest: str
    what: Literal["approve", "hold", "release", "drop", "keep"]
    #: What is dropped, or kept after all.
    post: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """The operator cancels whatever edition is on its way, to be made anew."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAgain:
    """The operator sends the newest edition again that has copies which stand so, to whom they were for."""

    at: datetime
    to: Literal["rejected", "expired"]


#: What befalls the next process that does a deed.
Befalls = Kill | KillAtFile | Beside | StandsStill | BreaksOff

Step = (
    Posting
    | Wish
    | Meanwhile
    | Spell
    | Answers
    | Kill
    | KillAtFile
    | Beside
    | StandsStill
    | BreaksOff
    | Leads
    | Form
    | Bounce
    | Lift
    | Restart
    | Rename
    | Move
    | Configure
    | Edit
    | Cancel
    | SendAgain
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    #: How it is told apart.
    name: str
    rules: Rules
    starts: datetime
    ends: datetime
    #: By their instants.
    steps: tuple[Step, ...]
    #: By how much the clock of each of its machines is apart; of several, which share a PostgreSQL.
    machines: tuple[timedelta, ...] = (timedelta(0),)

    def with_steps(self, steps: tuple[Step, ...]) -> Story:
        return replace(self, steps=steps)


def in_words(step: Step) -> str:
    """One line: ``2026-11-24 09:12 UTC  ann choose weekly: housing``."""
    match step:
        case Posting():
            filed = f" in {', '.join(step.categories) or 'no category'}" if step.what in ("write", "refile") else ""
            tagged = f", tagged {', '.join(step.tags)}" if step.tags else ""
            dated = f", dated {step.published:%Y-%m-%d}" if step.published else ""
            words = f"post {step.post}: {step.what}{filed}{tagged}{dated}"
        case Wish():
            chosen = "everything" if step.categories is None else ", ".join(step.categories)
            choice = f": {chosen}" if step.what in ("join", "choose") else ""
            cadence = f" by {step.cadence}" if step.cadence else ""
            until = f" until {step.until:%Y-%m-%d %H:%M}" if step.until else ""
            words = f"{step.reader} {step.what} {step.digest}{choice}{cadence}{until}"
        case Meanwhile():
            words = f"{step.reader} does {step.what} of {step.digest} while the next mail to them is in hand"
        case Spell():
            words = f"{step.what} until {step.until:%Y-%m-%d %H:%M}"
        case KillAtFile():
            words = f"the next publish is killed at file {step.step}"
        case Beside():
            words = f"a second daemon is quicker before transaction {step.transaction} of the next {step.deed}"
        case StandsStill():
            where = f"before transaction {step.transaction} of the next {step.deed}"
            words = f"a machine stands still for {step.span} {where}, its connections {step.connections}"
        case BreaksOff():
            kept = "is kept" if step.kept else "is not kept"
            words = f"the connection breaks amid transaction {step.transaction} of the next {step.deed}, which {kept}"
        case Leads():
            words = f"machine {step.machine} leads"
        case Form():
            chosen = "everything" if step.categories is None else ", ".join(step.categories)
            asked = f"{step.reader} asks on the form for {step.digest}: {chosen} by {step.cadence}"
            words = f"{asked}, and confirms after {step.confirms_after}"
        case Bounce():
            words = f"the last mail to {step.reader} comes back: {step.what}"
        case Lift():
            words = f"the operator lets {step.reader} be mailed again"
        case Restart():
            words = "the operator restarts the program"
        case Rename():
            words = f"the category {step.category} is called {step.name!r}, {step.slug}"
        case Move():
            words = f"the blog moves to {step.home}"
        case Kill():
            words = f"the next {step.deed} dies in its transaction {step.transaction}"
        case Configure():
            moved = f"closes at {step.closes_at:%H:%M}, {step.days:+} days" if step.closes_at else ""
            words = f"the config says of {step.digest}: {moved or f'settle {step.settle}'}"
        case Edit():
            words = f"an editor does {step.what} of {step.digest}{f': post {step.post}' if step.post else ''}"
        case Cancel():
            words = "the operator cancels what is on its way"
        case SendAgain():
            words = f"the operator sends again what is {step.to}"
        case Answers():
            words = f"the relay to {step.reader}: {', '.join(act.name for act in step.acts)}"
    return f"{step.at:%Y-%m-%d %H:%M} UTC  {words}"
