"""What a server answered, and when it wants to be asked again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from solacefeed.errors import LONGEST_REST

_MOST_DIGITS: Final = 9


def one_line(text: str, most: int = 200) -> str:
    """Returns foreign *text* fit for an error: one line, no control characters, at most *most* characters."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said, whatever its status."""

    status: int
    #: As it was asked for after redirects; never the address that was connected to.
    url: str
    #: Names in lower case; fields given several times are joined by commas.
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty when none was given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def date(self) -> datetime | None:
        """When the server answered, by its own clock (RFC 9110 section 6.6.1); ``None`` where it does not say."""
        try:
            return _instant(self.headers.get("date", ""))
        except (ValueError, OverflowError):
            return None

    @property
    def server_time(self) -> datetime | None:
        """The server's time when this answer came: its date, and its age in caches (RFC 9111 section 5.1)."""
        age = self.headers.get("age", "").strip()
        waited = timedelta(seconds=int(age)) if re.fullmatch(r"\d{1,9}", age) else timedelta()
        try:
            return self.date + waited if self.date else None
        except OverflowError:
            return None

    def retry_after(self, now: datetime) -> timedelta | None:
        """How long the server asks to be left alone (RFC 9110 section 10.2.3), a day at most.

        A date is counted from the server's own, which its clock also wrote; from *now* where it does not say.
        """
        asked = self.headers.get("retry-after", "").strip()
        try:
            wait = _seconds(asked) if asked.isascii() and asked.isdigit() else _until(asked, self.date or now)
        except (ValueError, OverflowError):
            return None
        return min(wait, LONGEST_REST)


def _seconds(asked: str) -> timedelta:
    return LONGEST_REST if len(asked) > _MOST_DIGITS else timedelta(seconds=int(asked))


def _until(date: str, now: datetime) -> timedelta:
    return max(_instant(date) - now, timedelta())


def _instant(date: str) -> datetime:
    when = parsedate_to_datetime(date)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when
