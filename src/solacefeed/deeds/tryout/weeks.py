"""Which editions are shown to who looks at a blog for the first time, and to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from solacefeed.deeds.editions.preview import Preview
from solacefeed.deeds.tryout.report import CategoryReport
from solacefeed.digest.periods import next_closing
from solacefeed.models.digests import Digest
from solacefeed.models.posts import Category, Post

#: Editions of the past that are shown, the newest that have any posts.
PAST = 4
#: Readers of one category alone as whom the newest of these is shown besides, where they get something of it.
READERS = 2
#: Behind a closing, when the edition is due that closed then.
SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionShown:
    """An edition as one reader would get it."""

    #: What its files are called.
    name: str
    preview: Preview
    #: The one category of its reader; ``None`` for a reader of everything.
    category: Category | None = None
    #: It is still being collected.
    is_coming: bool = False

    @property
    def html_path(self) -> str:
        return f"digests/{self.name}.html"

    @property
    def text_path(self) -> str:
        return f"digests/{self.name}.txt"


def instants_to_look_at(posts: Sequence[Post], digest: Digest, zone: tzinfo, now: datetime) -> list[datetime]:
    """When the last editions were due that may have had some of these *posts*, the newest first."""
    closings = digest.first.closings
    # A post that was published right before a closing settles behind it.
    moments = (at for post in posts for at in (post.published, post.published + digest.settle))
    due = {next_closing(at, closings, zone) + SOON for at in moments}
    return sorted((at for at in due if at <= now), reverse=True)


def readers_to_show(categories: Sequence[CategoryReport], posts: Iterable[Post], edition: Preview) -> list[Category]:
    """Of which single categories readers may be shown: of several, those of its posts, as *categories* has them."""
    brought = {pick.post_id for pick in edition.variant.picks}
    filed = {each for post in posts if post.id in brought for each in post.category_ids}
    return [each.category for each in categories if each.category.id in filed] if len(categories) > 1 else []
