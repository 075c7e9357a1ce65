"""Fakes of our own for the seams: a clock that is set, a blog and a relay that do what a script says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import Enum, auto
from types import TracebackType
from typing import Any, Self

from jinja2 import Environment, Template

from solacefeed.delivery import relay_answers
from solacefeed.delivery.refusals import Stage
from solacefeed.delivery.relay_answers import RelayRefusal
from solacefeed.errors import Deferred, TransportError, Unaddressable, Uncertain
from solacefeed.models.deliveries import Message
from solacefeed.ports import Batch, Known, nothing_follows


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing of ours catches it."""


class SettableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class WatchedTemplates(Environment):
    """The templates of another environment; counts the mails that are rendered from them."""

    def __init__(self, behind: Environment) -> None:
        super().__init__(loader=behind.loader)  # nothing is rendered by this one
        self._behind = behind
        #: How often a mail's html was rendered.
        self.rendered = 0
        #: Done before each.
        self.at_rendering: Callable[[], object] = lambda: None

    def get_template(self, name: str | Template, *args: Any, **kwargs: Any) -> Template:
        if name == "digest/body.html":
            self.rendered += 1
            self.at_rendering()
        return self._behind.get_template(name, *args, **kwargs)


class ScriptedSource:
    """Yields what it is told, and keeps what it was asked; an exception in between is raised there."""

    def __init__(self, *steps: Batch | BaseException) -> None:
        self._steps = steps
        self.asked: list[Known] = []

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:  # noqa: ARG002  # the seam has it
        self.asked.append(known)
        for step in self._steps:
            if isinstance(step, BaseException):
                raise step
            yield step


class Act(Enum):
    """What the relay does with one message, or what befalls us meanwhile."""

    ACCEPT = auto()
    DEFER = auto()
    DEFER_AFTER_THE_DOT = auto()
    REJECT = auto()
    #: It can't be addressed so: the relay is not asked.
    CAN_NOT_BE_ADDRESSED = auto()
    REFUSE_US = auto()
    REFUSE_US_AFTER_THE_DOT = auto()
    #: For whatever reason: it may be about the reader or about us.
    REFUSE = auto()
    REFUSE_AFTER_THE_DOT = auto()
    REFUSE_OTHERWISE = auto()
    CUT_BEFORE_THE_DOT = auto()
    CUT_AFTER_THE_DOT = auto()
    KILL_BEFORE_THE_MARK = auto()
    KILL_BEFORE_THE_DOT = auto()
    KILL_AFTER_THE_DOT = auto()


#: Whose name holds what in a reply would be a status, or a word that one is understood by.
RELAY = "10.5.1.1.full-rate.example:587"


def refused(stage: Stage, code: int, text: str) -> TransportError:
    """As our session understands it."""
    return relay_answers.refused(RELAY, RelayRefusal(stage, code, text))


_BEFORE_THE_MARK: dict[Act, BaseException] = {
    Act.DEFER: refused(Stage.RCPT, 450, "4.2.0 greylisted"),
    Act.CAN_NOT_BE_ADDRESSED: Unaddressable("an address beyond ASCII"),
    Act.REJECT: refused(Stage.RCPT, 550, "5.1.1 no such mailbox"),
    Act.REFUSE_US: refused(Stage.MAIL, 554, "5.7.1 <ann@example.org>: Relay access denied"),
    Act.REFUSE: refused(Stage.RCPT, 554, "5.7.1 not today"),
    Act.REFUSE_OTHERWISE: refused(Stage.RCPT, 554, "5.6.0 not this"),
    Act.CUT_BEFORE_THE_DOT: Deferred("connection refused", connection_lost=True),
    Act.KILL_BEFORE_THE_MARK: Killed(),
}
_BEFORE_THE_DOT: dict[Act, BaseException] = {Act.KILL_BEFORE_THE_DOT: Killed()}
_AFTER_THE_DOT: dict[Act, BaseException] = {
    Act.DEFER_AFTER_THE_DOT: refused(Stage.MESSAGE, 451, "4.3.0 try later"),
    Act.REFUSE_US_AFTER_THE_DOT: refused(Stage.MESSAGE, 550, "5.4.5 Daily user sending limit exceeded"),
    Act.REFUSE_AFTER_THE_DOT: refused(Stage.MESSAGE, 554, "5.7.1 not today"),
    Act.CUT_AFTER_THE_DOT: Uncertain("connection reset after the final dot"),
    Act.KILL_AFTER_THE_DOT: Killed(),
}
#: Final dots after which the copy is in nobody's mailbox all the same.
_NOT_TAKEN = {Act.DEFER_AFTER_THE_DOT, Act.REFUSE_US_AFTER_THE_DOT, Act.REFUSE_AFTER_THE_DOT}


class ScriptedRelay:
    """A transport whose relay does with each message what the script says, and then accepts all."""

    def __init__(self, *script: Act) -> None:
        self.script = list(script)
        #: What stands in mailboxes: the worst case wherever nobody can know.
        self.mailbox: list[Message] = []
        #: How often a message was begun with.
        self.tried = 0
        #: Done before the durable mark is asked for.
        self.at_mark: Callable[[], object] = lambda: None
        #: Done between the mark and the final dot's answer.
        self.at_dot: Callable[[], object] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open between messages."""

    def connect(self) -> None:
        """It is there."""

    def break_off(self) -> None:
        """Nobody waits for it."""

    def hand_over(
        self,
        message: Message,
        mark: Callable[[], bool],
        following: Callable[[], Message | None] = nothing_follows,  # noqa: ARG002  # one after the other
    ) -> str:
        self.tried += 1
        act = self.script.pop(0) if self.script else Act.ACCEPT
        _raise_if_any(_BEFORE_THE_MARK.get(act))
        self.at_mark()
        if not mark():
            raise Deferred("the copy must no longer go")
        self.at_dot()
        _raise_if_any(_BEFORE_THE_DOT.get(act))
        if act not in _NOT_TAKEN:
            self.mailbox.append(message)
        _raise_if_any(_AFTER_THE_DOT.get(act))
        return "250 2.0.0 queued"

    def recipients(self) -> list[str]:
        return [message.recipient for message in self.mailbox]


def _raise_if_any(error: BaseException | None) -> None:
    if error is not None:
        raise error
