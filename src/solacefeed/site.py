"""What a site is called, speaks and lives by: said once, and held by the settings of every room beside its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    title: str
    #: The blog, for people.
    url: str
    #: Where the feeds' folder is served; without a slash at its end.
    base_url: str
    #: RFC 4151: of every id, for good.
    tag_authority: str
    #: BCP 47, of the posts.
    language: str
    organisation: str
    #: Of the clock that days and times are told by.
    zone: tzinfo

    @property
    def domain(self) -> str:
        """The host of the tag authority, which outlives the site's addresses."""
        return self.tag_authority.partition(",")[0].rpartition("@")[2]

    def tag(self, name: str) -> str:
        """The permanent id of what is called *name* here (RFC 4151)."""
        return f"tag:{self.tag_authority}:{name}"

    def published_at(self, path: str) -> str:
        """The address of the document at *path* below the folder."""
        return f"{self.base_url}/{path}"


def zone_named(name: str) -> tzinfo:
    """The zone of this name, or of a bare offset such as ``UTC+01:00``, where a blog has no better; UTC for no zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        match = re.fullmatch(r"UTC([+-])(\d\d):(\d\d)", name)
        if match is None:
            return UTC
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(offset if match[1] == "+" else -offset)
