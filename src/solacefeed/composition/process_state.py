"""What is the process's, and not the config's: a config that is read again goes on with it.

Else a reload would begin it anew: pages would ring a bell that nobody hears, who has asked too often might ask again,
and counters would fall to nothing.
"""

from __future__ import annotations

from functools import cached_property
from threading import Event as Signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solacefeed.web.limits import FormCounts
    from solacefeed.web.request_counts import RequestCounts


class ProcessState:
    """One for each process; what only pages need is made when they are put together."""

    def __init__(self) -> None:
        #: Set when a page has something for the mail: whoever delivers in this process need not wait for its look.
        self.woken = Signal()
        #: What is wrong with templates, and the mark of those that were looked at.
        self.templates_amiss: tuple[str, tuple[str, ...]] | None = None

    @cached_property
    def requests(self) -> RequestCounts:
        """How many were answered."""
        from solacefeed.web.request_counts import RequestCounts

        return RequestCounts()

    @cached_property
    def visitors_forms(self) -> FormCounts:
        """What came by the forms of visitors and readers in the last hour."""
        from solacefeed.web.limits import FormCounts

        return FormCounts()

    @cached_property
    def desk_forms(self) -> FormCounts:
        """What came by the desk's: a flood of sign-ups keeps no editor out."""
        from solacefeed.web.limits import FormCounts

        return FormCounts()
