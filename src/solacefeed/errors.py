"""Everything that can go wrong on purpose; anything else is a bug and keeps its traceback.

SolacefeedError          what went wrong, with whom, and why
├── ConfigError          the config can't be used: all its problems at once (exit 2)
├── UsageError           the command can't be carried out as it was given (exit 2)
├── SourceError          the blog could not be read; nothing was changed. Later.
│   └── Refused          it answers, and says no. Later, or an operator must act.
├── StoreError           the store can't be used as it is
│   ├── MissingStore     nothing was ever kept here
│   └── Busy             another process does this deed now. Later.
├── PrepareError         an edition could not be frozen, since what it is made of kept changing. Later.
├── PublishError         a document could not be built or written; the live ones stay
└── TransportError       a copy was not handed over
    ├── Deferred         the relay said later (4xx), or could not be reached before the final dot
    ├── Rejected         the relay said never (5xx)
    └── Uncertain        cut off between the final dot and the answer: perhaps already (RFC 1047)
"""

from __future__ import annotations

from datetime import timedelta


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


class SourceError(SolacefeedError):
    """The blog could not be read; nothing was changed."""


class Refused(SourceError):
    """The blog answers, and says no."""

    def __init__(
        self, message: str, *, status: int, code: str | None = None, retry_after: timedelta | None = None
    ) -> None:
        self.status = status
        #: How long it asks not to be asked again.
        self.retry_after = retry_after
        #: WordPress's own word for it, such as ``rest_post_invalid_id``.
        self.code = code
        super().__init__(message)


class StoreError(SolacefeedError):
    """The store can't be used as it is."""


class MissingStore(StoreError):
    """Nothing was ever kept here."""


class Busy(StoreError):
    """Another process does this deed now."""


class PrepareError(SolacefeedError):
    """An edition could not be frozen, since what it is made of kept changing; nothing of it was kept."""


class PublishError(SolacefeedError):
    """A document could not be built or written; the live ones stay."""


class TransportError(SolacefeedError):
    """A copy was not handed over."""


class Deferred(TransportError):
    """Not now; ``connection_lost`` tells that the next copy needs a new connection."""

    def __init__(self, message: str, *, connection_lost: bool = False) -> None:
        self.connection_lost = connection_lost
        super().__init__(message)


class Rejected(TransportError):
    """Never, says the relay."""


class Uncertain(TransportError):
    """Perhaps already: the final dot was written, and no answer came (RFC 1047)."""
