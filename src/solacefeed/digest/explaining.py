"""Why a reader gets a post, or does not, in the operator's words: what ``verdict`` and ``why_not`` decided, said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from solacefeed.digest.eligibility import Candidate, Obstacle, Reason
from solacefeed.digest.selection import PostOutcome, PostVerdict, Wishes
from solacefeed.models.digests import Digest
from solacefeed.models.people import EVERY
from solacefeed.models.posts import CategoryId
from solacefeed.words import instant_words, listing

#: What categories and followed tags are called; those that readers don't see are told by their ids.
Labels = Mapping[CategoryId, str]


def words_of_reason(reason: Reason, digest: Digest) -> str:
    """Why an edition brings a post to nobody."""
    at = instant_words(reason.at) if reason.at else ""
    return {
        Obstacle.GONE: "it was withdrawn",
        Obstacle.PROTECTED: "it is behind a password",
        Obstacle.UNSETTLED: f"it settles {at}, not before the closing: it waits for the next edition",
        Obstacle.BACK_DATED: f"it was published {at}, more than {digest.max_age.days} days before it was first seen",
        Obstacle.TOO_OLD: f"it could be mailed until {at}, {digest.mail_within.days} days after it was first seen",
        Obstacle.MARKED: f"its author keeps it out: {reason.mark}",
        Obstacle.OTHER_CATEGORIES: f"{digest.name} is of {', '.join(digest.categories or ())}",
        Obstacle.DROPPED: "an editor dropped it",
    }[reason.kind]


def words_of_verdict(verdict: PostVerdict, candidate: Candidate, wishes: Wishes, labels: Labels, at: datetime) -> str:
    """Why a reader gets a post that an edition may bring, or does not, told *at* that instant; by which copy they got
    it is not known here."""
    settled = f"{'settled' if candidate.settled_at <= at else 'settles'} {instant_words(candidate.settled_at)}"
    since = instant_words(verdict.since) if verdict.since else ""
    if verdict.outcome is PostOutcome.NOT_CHOSEN:
        return f"it is filed under {_named(candidate.filed, labels)}, which is not chosen"
    if verdict.outcome is PostOutcome.BEFORE_THE_CHOICE:
        matching = [category_id for category_id, _ in wishes.since if category_id in candidate.filed]
        return f"it {settled}, and {_chosen(matching, labels)} counts from {since}"
    if verdict.outcome is PostOutcome.GOT:
        return "it was got before"
    away = ", by its title: it came in a pause" if verdict.away else ""
    return f"{_chosen(verdict.because, labels)} counts from {since}, and it {settled}{away}"


def words_of_choice(wishes: Wishes, labels: Labels) -> str:
    """What a reader has chosen, and from when each counts."""
    parts = [
        f"{_called(category_id, labels)} (from {instant_words(since)})"
        for category_id, since in wishes.since
        if wishes.category_ids is not None or category_id == EVERY
    ]
    return listing(parts) or "nothing"


def _called(category_id: CategoryId, labels: Labels) -> str:
    return "everything" if category_id == EVERY else labels.get(category_id, category_id)


def _chosen(category_ids: Iterable[CategoryId], labels: Labels) -> str:
    return f"the choice of {listing(_called(each, labels) for each in category_ids) or 'everything'}"


def _named(category_ids: Iterable[CategoryId], labels: Labels) -> str:
    return listing(sorted(_called(each, labels) for each in category_ids)) or "nothing"
