"""The marks by which an author keeps a post out of a digest's mails: slugs of categories and of tags."""

from __future__ import annotations

from collections.abc import Iterable

from solacefeed.models.digests import Marks


def kept_out(categories: Iterable[str], tags: Iterable[str], marks: Marks) -> str | None:
    """Why a post is kept out that is filed under these slugs; ``None`` where no mark keeps it out."""
    slugs = frozenset([*categories, *tags])
    if told := sorted(slugs & marks.leave_out):
        return f'it is marked "{told[0]}"'
    if marks.only and slugs.isdisjoint(marks.only):
        return f"it has none of the marks {', '.join(sorted(marks.only))}"
    return None
