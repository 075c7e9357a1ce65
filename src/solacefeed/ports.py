"""The seams: what a deed needs from outside, declared by those who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from solacefeed.models.blog import Author, BlogInfo, Grade, PostDetails, SourceCategory, SourcePost, Stamp
from solacefeed.models.deliveries import Message

#: The present instant, aware and in UTC.
Clock = Callable[[], datetime]

#: Waits so long, for a person who waits too.
Pause = Callable[[timedelta], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of a source when a poll begins."""

    #: What the source asked us to remember at the last commit; empty before the first crawl.
    memory: Mapping[str, str]
    #: Every post not gone that the blog has a number for, by that number; also those that were set aside of late.
    posts: Mapping[str, Stamp]
    #: As the blog listed them last.
    categories: tuple[SourceCategory, ...] = ()
    authors: Mapping[str, Author] = field(default_factory=dict)
    #: Whether a first crawl was once completed.
    complete: bool = False
    #: Numbers of which it is to be decided whose they are: the source looks at all posts, and tells these anew.
    in_doubt: frozenset[str] = frozenset()
    #: What posts are called (``posts.identity.called``) that were set aside, and are to be told anew, changed or not.
    again: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One step of a crawl, to be committed whole; ``None`` means "not asked", never "none there"."""

    site: BlogInfo | None = None
    #: How well this source knows what it says.
    grade: Grade = Grade.API
    #: All of the blog's categories.
    categories: tuple[SourceCategory, ...] | None = None
    authors: tuple[Author, ...] | None = None
    posts: tuple[SourcePost, ...] = ()
    #: What was asked for of posts beside their text, by the blog's numbers; it makes no post news.
    details: Mapping[str, PostDetails] = field(default_factory=dict)
    #: Part of a first crawl by a source that was never asked before: its posts count as seen when they were published.
    back_catalogue: bool = False
    #: All numbers that stand on the blog now, and those of them whose posts are as they were known.
    listed: frozenset[str] | None = None
    unchanged: frozenset[str] = frozenset()
    #: More than was told by now will not be told of which posts stand there: what is in doubt is decided from here on.
    last_word: bool = False
    #: The blog's numbers of posts with evidence of their removal, and that evidence in words.
    gone: Mapping[str, str] = field(default_factory=dict)
    #: Why posts that the blog listed could not be taken over, by id; they stay as they were.
    unreadable: Mapping[str, str] = field(default_factory=dict)
    #: Ids under which something could not be read before and is no more.
    read_again: tuple[str, ...] = ()
    #: Why categories that the blog listed could not be read, by number; those that are known stay as they were.
    unreadable_categories: Mapping[str, str] = field(default_factory=dict)
    #: To be remembered with this batch, and given back as ``Known.memory``.
    memory: Mapping[str, str] | None = None
    #: The crawl is whole with this batch.
    complete: bool = False


class Source(Protocol):
    """Where posts come from."""

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        """Yields what changed since *known* in batches, the last one complete.

        Raises ``SourceError`` at the first answer that can't be believed; what was yielded before holds.
        """
        ...


def nothing_follows() -> None:
    """What comes next is not known yet."""


class Transport(Protocol):
    """What takes messages: a relay, or a folder in a rehearsal. Used as a context manager.

    Several take turns in one thread: what waits for the other side waits by ``delivery.event_loop`` (``Wire``,
    ``Apart``), else all others wait with it. A refusal's error carries what the other side answered as its ``reply``,
    by which alone it is judged.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def connect(self) -> None:
        """Sees to it that there is somebody to hand messages to; raises ``Deferred`` or ``SenderRefused``."""
        ...

    def hand_over(
        self, message: Message, mark: Callable[[], bool], following: Callable[[], Message | None] = nothing_follows
    ) -> str:
        """Hands *message* over and returns the relay's answer.

        *mark* is called after the body and before the final dot; when it returns false the message must not go,
        and ``Deferred`` is raised. *following* is asked, after the mark, which message comes next, if that is known
        already: what can be said of it at once goes with the dot. Raises ``Deferred``, ``Unaddressable``, ``Rejected``,
        ``SenderRefused`` or ``Uncertain``.
        """
        ...

    def break_off(self) -> None:
        """Ends what another thread waits for, which is told that it was cut off."""
        ...
