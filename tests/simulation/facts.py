"""What came of a story, in order: all that the model and the laws go by. Nothing in here is the product's own word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tests.simulation.documents import FeedDocument
from tests.simulation.mails import Mail
from tests.simulation.rules import Rules
from tests.support.fakes import Act

Deed = Literal["poll", "prepare", "publish", "deliver"]
#: What became of a process amid a deed.
Dying = Literal["died", "stood still", "broke off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A post as the blog shows it."""

    number: int
    title: str
    text: str
    url: str
    #: Slugs.
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    published: datetime
    modified: datetime
    protected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The blog's answer, as far as it was taken over."""

    at: datetime
    #: It was the first crawl: what it told is the back-catalogue.
    first: bool
    posts: Mapping[int, Shown]
    gone: frozenset[int]
    #: Of each category that was told: the slug that it has now, by the one that it had first.
    slugs: Mapping[str, str] = field(default_factory=dict)
    #: And the name, which readers see.
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A deed was done."""

    at: datetime
    deed: Deed
    #: Whether it came to its end.
    well: bool
    #: Of a delivery: whether everything that was due had its turn.
    whole: bool = True
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """The process was killed or stood still for long, or its connection broke.

    What the relay answered last may not have been written down.
    """

    at: datetime
    deed: Deed
    what: Dying = "died"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The operator has cancelled an edition; its posts are free, and its closing is to have another."""

    at: datetime
    #: As Message-IDs have it.
    edition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAgain:
    """The operator lets copies of an edition go again that came to nothing."""

    at: datetime
    #: As Message-IDs have it.
    edition: str
    #: How they stood.
    to: Literal["rejected", "expired"]
    #: When their time is over.
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The operator has changed the config, and begun the program anew."""

    at: datetime
    #: As they are from here on.
    rules: Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """An editor has done something about an edition, and was not refused."""

    at: datetime
    digest: str
    #: As Message-IDs have it.
    edition: str
    what: Literal["approve", "hold", "release", "drop", "keep"]
    post: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A mail to a reader has come back for good, or was called spam, and that was read."""

    at: datetime
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalsTaken:
    """What the relay has refused was looked at, and these readers are never mailed from here on."""

    at: datetime
    readers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The operator has taken that back: the address takes mail again."""

    at: datetime
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryBegins:
    """What waits too long, or for nobody, is given up now."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What a reader did about one subscription, and the product took on."""

    at: datetime
    reader: str
    digest: str
    what: Literal["join", "choose", "turn", "pause", "resume", "leave", "undo"]
    #: Slugs; ``None`` for everything.
    categories: tuple[str, ...] | None = None
    cadence: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A message was begun with at the relay."""

    at: datetime
    mail: Mail
    act: Act
    #: Whether its final dot was written.
    dotted: bool
    #: Whether the reader has it, or may have it.
    arrived: bool
    #: A stable mark of its bytes.
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What stood in the folder of feeds after a publish, be it that it came to its end or not."""

    at: datetime
    #: What the machine took for now.
    clock: datetime
    #: By their paths.
    documents: Mapping[str, FeedDocument]


Fact = (
    Told
    | Looked
    | Died
    | Cancelled
    | SentAgain
    | Configured
    | Edited
    | Suppressed
    | RefusalsTaken
    | Restored
    | DeliveryBegins
    | Wished
    | Offered
    | Published
)
