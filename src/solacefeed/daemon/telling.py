"""How deeds that are done for good say what they did: what is news, and what is wrong once."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from solacefeed.deeds.execution import Result
from solacefeed.logs import Log
from solacefeed.words import without_instants

if TYPE_CHECKING:
    from solacefeed.deeds.delivering.outcome import DeliverResult

_EDITION = re.compile(r"(?<![\w-])[a-z0-9][a-z0-9-]*+/\d{4}-\d{2}-\d{2}[a-z0-9.-]*")


class DeedTeller:
    """Several looks may tell at once. *why_gone* asks why nothing is kept in their store any more; ``None`` if it is.

    While that is so, it is said once, and by none of the deeds that find it out as well.
    """

    def __init__(self, log: Log, why_gone: Callable[[], str | None] = lambda: None) -> None:
        self._log = log
        self._why_gone = why_gone
        self._turn = threading.Lock()
        #: What each deed, or each of its parts, has complained of when it was done last, as it is compared.
        self._told: dict[tuple[str, str], tuple[str, ...]] = {}
        #: Why each deed did not work the last time, where it did not.
        self._failing: dict[str, str] = {}
        #: Why nothing is kept any more, as it was said.
        self._gone: str | None = None

    def forget(self) -> None:
        """What is wrong is said again."""
        with self._turn:
            self._told.clear()
            self._failing.clear()
            self._gone = None

    def say_works(self, deed: str) -> None:
        """Says it of one that did not work the last time."""
        with self._turn:
            failed = self._failing.pop(deed, None) is not None
        if failed:
            self._log.news(deed, f"{deed}: works again")

    def say_fails(self, deed: str, why: str) -> None:
        """Once, and not at each look, as long as it is for the same reason, whatever time that tells."""
        if self._is_of_a_store_that_is_gone(why):
            return
        about = without_instants(why)
        with self._turn:
            is_known, self._failing[deed] = self._failing.get(deed) == about, about
        if not is_known:
            self._log.trouble(deed, why)

    def say_all(self, deed: str, done: tuple[str, ...], amiss: tuple[str, ...]) -> None:
        for line in done:
            self._log.news(deed, line)
        self.complain_of(deed, amiss)

    def say_deliveries(self, done: DeliverResult, began: float, *, of: str = "") -> None:
        """What is left is complained of, and told but once."""
        self._say("deliver", done, done.news(), began)
        waits = done.waits()
        self.complain_of(
            "deliver",
            (*done.troubles, *done.left()),
            of=of,
            about=lambda trouble: _said_alike(trouble) if trouble in waits else without_instants(trouble),
        )

    def say_news(self, deed: str, done: Result, began: float) -> None:
        self._say(deed, done, done.line(), began)
        self.complain_of(deed, done.troubles)

    def _say(self, deed: str, done: Result, line: str, began: float) -> None:
        if done.has_news():
            seconds = round(time.monotonic() - began, 3)
            self._log.news(deed, line, **_editions(line), **_counts(done), seconds=seconds)

    def complain_of(
        self, deed: str, amiss: tuple[str, ...], *, of: str = "", about: Callable[[str], str] | None = None
    ) -> None:
        """A look comes every minute: what it said before it need not say again, whatever time that tells.

        Of a deed that is done by parts, what one *of* them complains of another does not take back. *about* gives what
        two lines have in common that are about the same.
        """
        about = about or without_instants
        found = {about(each): each for each in amiss if not self._is_of_a_store_that_is_gone(each)}
        # Known before it is said: whoever comes meanwhile finds it told.
        with self._turn:
            told = self._told.pop((deed, of), ())
            if found:
                self._told[deed, of] = tuple(found)
        for same, trouble in found.items():
            if same not in told:
                self._log.trouble(deed, trouble, **_editions(trouble))

    def store_is_gone(self) -> bool:
        """Whether nothing is kept any more, which is said if it is news."""
        why = self._why_gone()
        with self._turn:
            before, self._gone = self._gone, why
        if why and why != before:
            self._log.trouble("store", why)
        elif before and not why:
            self._log.news("store", "store: its file is there again")
        return why is not None

    def _is_of_a_store_that_is_gone(self, trouble: str) -> bool:
        """Whether *trouble* says no more than that; each deed would say the same."""
        why = self._why_gone()
        return why is not None and why in trouble and self.store_is_gone()


def _said_alike(trouble: str) -> str:
    # Where a relay has said something it is loaded.
    from solacefeed.delivery.refusals import alike

    return alike(trouble)


def _editions(words: str) -> dict[str, Any]:
    found = list(dict.fromkeys(_EDITION.findall(words)))
    return {"edition" if len(found) == 1 else "editions": found if len(found) > 1 else found[0]} if found else {}


def _counts(done: Result) -> dict[str, Any]:
    """What was counted, and is not nothing."""
    told = {each.name: getattr(done, each.name) for each in fields(done)}
    return {name: value for name, value in told.items() if isinstance(value, (int, float)) and value}
