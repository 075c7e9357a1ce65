"""The desk: the links by which editors come to it, and what was done there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

#: Who does what at the prompt; everybody else has an address.
OPERATOR = "operator"


class LinkKind(StrEnum):
    """How a link to the desk came to its editor."""

    #: In the mails about a draft, the same in all of them.
    DRAFT = "draft"
    #: Mailed because somebody asked for one at the desk's door.
    ASKED = "asked"
    #: Printed for the operator, who hands it on; or opened from another edition's page.
    GIVEN = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskLink:
    """A link to an edition's page at the desk."""

    id: int
    edition_id: str
    #: The editor's address, as the config has it.
    editor: str
    kind: LinkKind
    made_at: datetime
    #: A hash of the cookie of the browser that acts by it; ``None`` until one does.
    browser: str | None = None


class ActKind(StrEnum):
    """What can be done of an edition before it leaves; ``deeds.editions.undoing`` knows how each is undone."""

    APPROVED = "approved"
    HELD = "held"
    RELEASED = "released"
    #: Changed in several things at once.
    EDITED = "edited"
    DROPPED = "dropped"
    KEPT = "kept"
    ORDERED = "ordered"
    LED = "led"
    OPENING = "opening"
    SUBJECT = "subject"
    NOTICES = "notices"
    #: A notice to a digest's readers, a draft of its own.
    BEGUN = "begun"
    #: Of a correction: readers are told, or are not.
    TOLD = "told"
    UNTOLD = "untold"
    #: A correction in an editor's words.
    SAID = "said"
    TESTED = "tested"
    #: Of an event.
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    MENDED = "mended"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAct:
    """Something that was done of an edition, before it is written down."""

    edition_id: str
    #: An address, or ``OPERATOR``.
    editor: str
    kind: ActKind
    #: The id of the post, event, correction or letter that it was done to; ``None`` for the edition itself.
    about: str | None = None
    #: What that was called then.
    title: str | None = None
    #: What it changed, as it was and as it is: what an undoing goes by.
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAct:
    """Something that was done of an edition."""

    id: int
    edition_id: str
    editor: str
    kind: ActKind
    about: str | None
    title: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    at: datetime
    undone_at: datetime | None
    undone_by: str | None
