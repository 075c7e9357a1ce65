"""A relay that takes every message but where its story has something else for a reader, and is dead for hours."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from solacefeed.models.deliveries import Message
from solacefeed.ports import nothing_follows
from tests.simulation.facts import Offered
from tests.simulation.mails import read
from tests.support.fakes import Act, ScriptedRelay


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySpell:
    """The relay is not as it should be: nobody answers, or it puts off what it has not met, or refuses us."""

    starts: datetime
    ends: datetime
    what: str


class Relay(ScriptedRelay):
    """*on_offered* is told of each message that is begun with, and what became of it."""

    def __init__(
        self,
        now: Callable[[], datetime],
        addresses: Mapping[str, int],
        on_offered: Callable[[Offered], object],
    ) -> None:
        super().__init__()
        self._now = now
        self._addresses = addresses
        self._on_offered = on_offered
        #: When letters came to each reader.
        self.letters: dict[str, list[datetime]] = defaultdict(list)
        #: The last message that each reader got.
        self.last: dict[str, Message] = {}
        self.spells: list[RelaySpell] = []
        #: What it has put off once.
        self._met: set[bytes] = set()
        #: What readers do while their next message is in hand, before its mark.
        self.meanwhile: dict[str, deque[Callable[[], object]]] = defaultdict(deque)
        #: What it does with the next messages to a reader.
        self.acts: dict[str, deque[Act]] = defaultdict(deque)

    def hand_over(
        self, message: Message, mark: Callable[[], bool], following: Callable[[], Message | None] = nothing_follows
    ) -> str:
        if b"\r\nList-Id:" not in message.content:
            return self._letter(message, mark, following)
        act, marked, before = self._act(message), False, len(self.mailbox)

        def noted() -> bool:
            nonlocal marked
            doing = self.meanwhile[message.recipient.partition("@")[0]]
            while doing:
                doing.popleft()()
            marked = mark()
            return marked

        self.script = [act]
        try:
            return super().hand_over(message, noted, following)
        finally:
            if arrived := self._has_come(message, before):
                self.last[message.recipient.partition("@")[0]] = message
            offered = Offered(
                at=self._now(),
                mail=read(message.content, self._addresses),
                act=act,
                dotted=marked,
                arrived=arrived,
                mark=sha256(message.content).hexdigest()[:12],
            )
            self._on_offered(offered)

    def _letter(self, message: Message, mark: Callable[[], bool], following: Callable[[], Message | None]) -> str:
        """One that stands in no edition; what arrives of them is kept for whoever waits for it."""
        self.script = [self._act(message)]
        before = len(self.mailbox)
        try:
            return super().hand_over(message, mark, following)
        finally:
            if self._has_come(message, before):
                self.letters[message.recipient.partition("@")[0]].append(self._now())

    def _has_come(self, message: Message, before: int) -> bool:
        """This one, not what another machine has handed over while this one was in hand."""
        return any(each is message for each in self.mailbox[before:])

    def _act(self, message: Message) -> Act:
        spells = {spell.what for spell in self.spells if spell.starts <= self._now() < spell.ends}
        if "relay dead" in spells:
            return Act.CUT_BEFORE_THE_DOT
        if "relay refuses us" in spells:
            return Act.REFUSE_US
        if "relay greylists" in spells and message.content not in self._met:
            self._met.add(message.content)
            return Act.DEFER
        mine = self.acts[message.recipient.partition("@")[0]]
        return mine.popleft() if mine else Act.ACCEPT
