"""Mails that ask to be unsubscribed, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MailOutcome(StrEnum):
    """What became of a mail in a mailbox that takes unsubscribes."""

    #: It has a token of ours: the subscription ended, or had ended before.
    ENDED = "ended"
    BEFORE = "before"
    #: It asks without a token, which anybody could in another's name: their own link was mailed to that address.
    LINK = "link"
    #: A program wrote it, such as an absence notice.
    AUTOMATIC = "automatic"
    #: It says something else: a person has to read it.
    OTHER = "other"
    #: It can't be read, or its token is not ours: a person has to look.
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRequest:
    """What a mail asks for; neither a token nor an address where it asks for nothing that we know."""

    #: Of a hash that is the same however mailbox programs rewrite it.
    mark: str
    token: str | None = None
    #: Whoever it says to be from, where it asks to be unsubscribed without a token.
    address: str | None = None
    is_automatic: bool = False
    #: It is no mail that can be read.
    is_broken: bool = False
