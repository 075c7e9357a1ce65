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
class Death:
    """Nobody answers at the relay's address for a while."""

    starts: datetime
    ends: datetime


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
        self.deaths: list[Death] = []
        #: What it does with the next messages to a reader.
        self.acts: dict[str, deque[Act]] = defaultdict(deque)

    def hand_over(
        self, message: Message, mark: Callable[[], bool], following: Callable[[], Message | None] = nothing_follows
    ) -> str:
        act, marked, before = self._act(message), False, len(self.mailbox)

        def noted() -> bool:
            nonlocal marked
            marked = mark()
            return marked

        self.script = [act]
        try:
            return super().hand_over(message, noted, following)
        finally:
            offered = Offered(
                at=self._now(),
                mail=read(message.content, self._addresses),
                act=act,
                dotted=marked,
                arrived=len(self.mailbox) > before,
                mark=sha256(message.content).hexdigest()[:12],
            )
            self._on_offered(offered)

    def is_dead(self) -> bool:
        return any(death.starts <= self._now() < death.ends for death in self.deaths)

    def _act(self, message: Message) -> Act:
        if self.is_dead():
            return Act.CUT_BEFORE_THE_DOT
        mine = self.acts[message.recipient.partition("@")[0]]
        return mine.popleft() if mine else Act.ACCEPT
