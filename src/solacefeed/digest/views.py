"""What an edition shows to one selection: from picks and posts to words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from solacefeed.digest.links import tagged
from solacefeed.digest.rendering import EditionView, PostView, PromotionView
from solacefeed.models import Period, Pick, Post, Promotion
from solacefeed.words import day_words, listing, span_words, weekday_words

EVERY_CATEGORY = "every category"

#: A closing in the morning does not cover its own day.
_HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """Who publishes a digest, and for whom: the same in every edition."""

    digest_title: str
    site_title: str
    site_url: str
    organisation: str
    postal_address: str | None
    language: str
    zone: tzinfo
    feeds_url: str


def edition_view(
    imprint: Imprint,
    period: Period,
    picks: Sequence[Pick],
    posts: Mapping[str, Post],
    promotions: tuple[Promotion, ...],
    *,
    wanted: frozenset[str] | None,
    labels: Mapping[str, str],
    utm: Mapping[str, str] | None = None,
    edition_url: str | None = None,
) -> EditionView:
    """*labels* has the name of each category that readers see, by its id, in the order in which they see them.

    *utm* is what booking links say of where they were clicked.
    """
    first, last = covered_days(period, imprint.zone)
    return EditionView(
        digest_title=imprint.digest_title,
        site_title=imprint.site_title,
        site_url=imprint.site_url,
        organisation=imprint.organisation,
        postal_address=imprint.postal_address,
        language=imprint.language,
        closes=weekday_words(period.ends.astimezone(imprint.zone).date(), imprint.language),
        span=span_words(first, last, imprint.language),
        posts=tuple(_post_view(imprint, pick, posts[pick.post_id], labels) for pick in picks),
        promotions=tuple(_promotion_view(imprint, promotion, utm or {}) for promotion in promotions),
        choice=EVERY_CATEGORY if wanted is None else _named(wanted, labels, imprint.language),
        edition_url=edition_url,
        feeds_url=imprint.feeds_url,
    )


def covered_days(period: Period, zone: tzinfo) -> tuple[date, date]:
    """The first and the last local day that an edition speaks of."""
    first = _local(period.starts, zone).date()
    return first, max(first, (_local(period.ends, zone) - _HALF_A_DAY).date())


def _post_view(imprint: Imprint, pick: Pick, post: Post, labels: Mapping[str, str]) -> PostView:
    return PostView(
        title=post.title,
        url=post.url,
        author=post.author,
        role=post.byline.role if post.byline else None,
        published=day_words(_local(post.published, imprint.zone).date(), imprint.language),
        excerpt=post.excerpt,
        categories=tuple(labels[category] for category in labels if category in post.category_ids),
        because=_named(pick.because, labels, imprint.language) if pick.because else None,
    )


def _promotion_view(imprint: Imprint, promotion: Promotion, utm: Mapping[str, str]) -> PromotionView:
    event = promotion.event
    line = f"{promotion.news}, {_lowered(promotion.nearness)}" if promotion.news else promotion.nearness
    book_by = day_words(event.book_by, imprint.language) if event.book_by and promotion.bookable else None
    return PromotionView(
        name=event.name,
        when=promotion.when,
        place=event.place,
        line=line,
        text=event.text,
        url=tagged(event.url, utm) if event.url else None,
        bookable=promotion.bookable,
        book_by=None if book_by and book_by in line else book_by,
        calendar_url=f"{imprint.feeds_url}{event.calendar_path}",
    )


def _lowered(line: str) -> str:
    return line[:1].lower() + line[1:]


def _named(category_ids: frozenset[str] | tuple[str, ...], labels: Mapping[str, str], language: str) -> str:
    return listing((labels[category] for category in labels if category in category_ids), language)


def _local(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone)
