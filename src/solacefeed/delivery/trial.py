"""A trial: mail goes to the addresses that the config allows, and to nobody else, whatever is to be sent to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from solacefeed.email_addresses import canonical
from solacefeed.errors import KeptBack
from solacefeed.models.deliveries import Message
from solacefeed.ports import Transport, nothing_follows

#: What stands as the answer of mail that ended so.
KEPT_BACK = "only_to keeps mail to others back"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyTo:
    """Whom mail may go to."""

    #: Addresses, and domains with their ``@``; everybody where there is none.
    allowed: tuple[str, ...] = ()

    def reaches(self, address: str) -> bool:
        """An allowed domain is that domain alone, not what lies below it."""
        if not self.allowed:
            return True
        mailbox = canonical(address)
        domain = "@" + mailbox.rpartition("@")[2]
        return any(canonical(each) in (mailbox, domain) for each in self.allowed)


class OnlyToThem:
    """A ``Transport`` in front of another, which all messages pass: what is for others never reaches that."""

    def __init__(self, transport: Transport, only_to: OnlyTo) -> None:
        self._transport = transport
        self._only_to = only_to

    def __enter__(self) -> Self:
        self._transport.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.__exit__(kind, error, trace)

    def connect(self) -> None:
        self._transport.connect()

    def hand_over(
        self, message: Message, mark: Callable[[], bool], following: Callable[[], Message | None] = nothing_follows
    ) -> str:
        """Hands *message* over as the transport behind does; raises ``KeptBack`` where it is for somebody else."""
        if not self._only_to.reaches(message.recipient):
            raise KeptBack(KEPT_BACK)
        return self._transport.hand_over(message, mark, lambda: self._reaching(following()))

    def _reaching(self, message: Message | None) -> Message | None:
        return message if message and self._only_to.reaches(message.recipient) else None

    def break_off(self) -> None:
        self._transport.break_off()
