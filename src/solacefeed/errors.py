"""Everything that can go wrong on purpose; anything else is a bug: one line of it is told, and -v shows its traceback.

SolacefeedError          what went wrong, with whom, and why
├── ConfigError          the config can't be used: all its problems at once (exit 2)
├── UsageError           the command can't be carried out as it was given (exit 2)
├── RequestError         a question over the web has no answer: out of reach, too slow, broken off. Later.
│   ├── NotPublic        the name leads to an address that is not of the Internet
│   ├── TooLarge         what answers is larger than may be taken
│   └── Unfinished       what answers did not come to its end: too slow, or broken off
├── ResolverError        a question to the name system has no answer: no resolver, or a silent or failing one. Later.
├── HubError             the hub was not told of what is published: it is out of reach, or says no. Later.
├── WebhookError         whoever watches over the site was not told: they are out of reach, or say no. Later.
├── SourceError          the blog could not be read; nothing was changed. Later.
│   ├── Unanswered       it was asked, and gave no whole answer: too slow, too large, broken off. Later, or for less.
│   └── Refused          it answers, and says no. Later, or an operator must act.
│       └── BrokenAnswer it answers well, and what it says can't be read: empty, cut off, spoilt. Later, or for less.
├── BrokenOff            whoever waits for it wants it to end; what was read is kept. Later.
├── CutOff               a poll has reached its bounds; what was read is kept, and the next goes on there
├── StoreError           the store can't be used as it is
│   ├── MissingStore     nothing was ever kept here
│   ├── LostStore        something was kept here, and is not there any more; nothing is begun in its place
│   ├── ClockDoubt       the time can't be right, or nothing bears it out; nothing was done
│   ├── StoreHeld        another program writes it, and whoever asks waits no longer. Later.
│   ├── OlderStore       an older release made it; the next deed brings it up to date, a look does not
│   ├── OtherClock       it lives by the other clock than the deed that comes
│   ├── NotAtHome        it was copied or restored, and sends nothing until it is adopted
│   └── Busy             another process does this deed now. Later.
│       ├── AnotherDaemon  another daemon holds the store (exit 3)
│       ├── DeposedDaemon  another daemon took the store over, since this one gave no sign of life
│       └── NotDeposed     another daemon gives no sign of life, and the server does not end its connections
├── PublishError         a document could not be built or written; the live ones stay
└── TransportError       a copy was not handed over
    ├── Deferred         the relay said later (4xx), or could not be reached before the final dot
    ├── KeptBack         it is for somebody whom a trial shall not reach: the relay was not even asked
    ├── Unaddressable    no mail can be addressed so, or not over this relay: it was not even asked. Never.
    ├── Rejected         the relay said never (5xx), and not because of us
    ├── SenderRefused    the relay said never (5xx), and means us: it would say so of every copy
    └── Uncertain        cut off between the final dot and the answer: perhaps already (RFC 1047)
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

#: However long somebody asks to be left alone, they are looked at once a day.
LONGEST_REST: Final = timedelta(days=1)

#: The status by which a server says that it is in maintenance, or has too much to do.
MAINTENANCE: Final = 503

#: The letters of a bug's message that are told; its traceback has all.
MOST_TOLD = 300


class SolacefeedError(Exception):
    """Something that a person can act on; ``str()`` is one line with the subject, the cause and what to do."""


class ConfigError(SolacefeedError):
    """The config can't be used.

    ``problems`` holds one line each, in the order of the file.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class UsageError(SolacefeedError):
    """The command can't be carried out as it was given."""


class RequestError(SolacefeedError):
    """A question over the web has no answer; who asked says what that means."""


class NotPublic(RequestError):
    """The name leads to an address that is not of the Internet."""


class TooLarge(RequestError):
    """What answers is larger than may be taken."""


class Unfinished(RequestError):
    """What answers did not come to its end."""


class LedAway(RequestError):
    """What answers leads to another host."""


class ResolverError(SolacefeedError):
    """A question to the name system has no answer; that is not the answer that there is nothing."""


class HubError(SolacefeedError):
    """The hub was not told of what is published."""


class WebhookError(SolacefeedError):
    """Whoever watches over the site was not told of it."""


class SourceError(SolacefeedError):
    """The blog could not be read; nothing was changed."""


class Unanswered(SourceError):
    """The blog was asked, and gave no whole answer; it may have one to a smaller question."""


class Refused(SourceError):
    """The blog answers, and says no."""

    def __init__(
        self, message: str, *, status: int, code: str | None = None, retry_after: timedelta | None = None
    ) -> None:
        self.status = status
        #: How long it asks not to be asked again; a day at most.
        self.retry_after = None if retry_after is None else min(retry_after, LONGEST_REST)
        #: WordPress's own word for it, such as ``rest_post_invalid_id``.
        self.code = code
        super().__init__(message)


class BrokenAnswer(Refused):
    """The blog answers well, and what it says can't be read; it may be what one row of many holds."""


class BrokenOff(SolacefeedError):
    """Whoever waits for it wants it to end."""


class CutOff(SolacefeedError):
    """A poll has reached its bounds; what was read is kept, and the next goes on there."""


class StoreError(SolacefeedError):
    """The store can't be used as it is."""


class StoreHeld(StoreError):
    """Another program writes it, and whoever asks is to wait no longer: later, or by somebody who may."""


class MissingStore(StoreError):
    """Nothing was ever kept here."""


class LostStore(StoreError):
    """Something was kept here, as the file *home* beside it says, and it is not there any more; *what* says which."""

    def __init__(self, what: str, home: Path, *, newest: Path | None = None) -> None:
        self.what = what
        self.home = home
        backup = newest or "FILE"
        super().__init__(
            f"{what}, though {home} says that there was one here: nothing is begun in its place. "
            f"`solacefeed restore {backup}` brings a backup back, see docs/recovery.md; to begin anew on purpose, move "
            f"{home} and {home.name}.log away"
        )


class ClockDoubt(StoreError):
    """The time can't be right, or nothing bears it out; nothing was done."""


class OlderStore(StoreError):
    """An older release made it, and a look must not bring it up to date."""

    def __init__(self, message: str, *, revision: str) -> None:
        #: The store's.
        self.revision = revision
        super().__init__(message)


class OtherClock(StoreError):
    """A rehearsal comes to a live store, or a live deed to a rehearsed one."""


class NotAtHome(StoreError):
    """It was copied or restored since mail left last; until it is adopted none leaves."""


class Busy(StoreError):
    """Another process does this deed now; *holder* is that one in words, where it was found so."""

    def __init__(self, message: str, *, holder: str | None = None) -> None:
        self.holder = holder
        super().__init__(message)


class AnotherDaemon(Busy):
    """Another daemon holds the store (exit 3)."""


class DeposedDaemon(Busy):
    """Another daemon took the store over, since this one gave no sign of life."""


class NotDeposed(Busy):
    """Another daemon gives no sign of life, and the server does not end its connections."""


class PublishError(SolacefeedError):
    """A document could not be built or written; the live ones stay."""


class TransportError(SolacefeedError):
    """A copy was not handed over.

    ``reply`` is what the relay said, code and text, as it is to be judged by: ``str()`` also names the relay and the
    stage. ``None`` where nobody answered.
    """

    def __init__(self, message: str, *, reply: str | None = None) -> None:
        self.reply = reply
        super().__init__(message)


class Deferred(TransportError):
    """Not now; ``connection_lost`` tells that the next copy needs a new connection."""

    def __init__(self, message: str, *, connection_lost: bool = False, reply: str | None = None) -> None:
        self.connection_lost = connection_lost
        super().__init__(message, reply=reply)


class KeptBack(TransportError):
    """Never, and no relay was asked: the config keeps mail back from this address."""


class Unaddressable(TransportError):
    """Never, and no relay was asked: such an address can't stand in a mail, or this relay could not take it."""


class Rejected(TransportError):
    """Never, says the relay."""

    def __init__(
        self, message: str, *, reply: str | None = None, alike: str | None = None, for_policy: bool = False
    ) -> None:
        #: It names a policy (5.7.x), which may be one of the reader's domain or one about us.
        self.for_policy = for_policy
        #: What refusals like this one have in common, where it may be about us; ``None`` where it is about the reader.
        self.alike = alike
        super().__init__(message, reply=reply)


class SenderRefused(TransportError):
    """Never, says the relay, and it is about us: our name, our rights, our rate.

    ``alike`` is what it says of every copy, where it was said of one: those before and after it tell whether it is so.
    """

    def __init__(self, message: str, *, reply: str | None = None, alike: str | None = None) -> None:
        self.alike = alike
        super().__init__(message, reply=reply)


class Uncertain(TransportError):
    """Perhaps already: the final dot was written, and no answer came (RFC 1047)."""


def is_a_bug(error: BaseException) -> bool:
    """Whether it went wrong on nobody's purpose, so that the log wants its traceback."""
    return not isinstance(error, SolacefeedError)


def is_about_one(error: BaseException) -> bool:
    """Whether what was worked on may itself be to blame, so that all else goes on; a full disk is nobody's fault."""
    return is_a_bug(error) and not isinstance(error, OSError | MemoryError)


def in_a_line(error: BaseException) -> str:
    """What a person is told of *error*: its own line, or the type and the message of a bug."""
    if not is_a_bug(error):
        return "; ".join(str(error).splitlines())
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return f"a bug of solacefeed: {words[:MOST_TOLD].rstrip(': ')}"
