"""Why a reader gets a post, or does not, in the operator's words: what ``verdict`` and ``why_not`` decided, said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from solacefeed.digest.eligibility import Candidate, LeftOut, Reason
from solacefeed.digest.selection import Outcome, Verdict, Wishes
from solacefeed.models.digests import Digest
from solacefeed.models.people import EVERY
from solacefeed.models.posts import CategoryId
from solacefeed.words import instant_words, listing

#: What a category is called.
Naming = Callable[[CategoryId], str]


def words_of_reason(reason: Reason, digest: Digest) -> str:
    """Why an edition brings a post to nobody."""
    at = instant_words(reason.at) if reason.at else ""
    return {
        LeftOut.GONE: "it was withdrawn",
        LeftOut.PROTECTED: "it is behind a password",
        LeftOut.UNSETTLED: f"it settles {at}, not before the closing: it waits for the next edition",
        LeftOut.BACK_DATED: f"it was published {at}, more than {digest.max_age.days} days before it was first seen",
        LeftOut.TOO_OLD: f"it could be mailed until {at}, {digest.mail_within.days} days after it was first seen",
        LeftOut.MARKED: f"its author keeps it out: {reason.mark}",
        LeftOut.OTHER_CATEGORIES: f"{digest.name} is of {', '.join(digest.categories or ())}",
        LeftOut.DROPPED: "an editor dropped it",
    }[reason.kind]


def words_of_verdict(verdict: Verdict, candidate: Candidate, wishes: Wishes, naming: Naming) -> str:
    """Why a reader gets a post that an edition may bring, or does not; by which copy they got it is not known here."""
    settled = instant_words(candidate.settled_at)
    since = instant_words(verdict.since) if verdict.since else ""
    if verdict.outcome is Outcome.NOT_CHOSEN:
        return f"it is filed under {_named(candidate.filed, naming)}, which is not chosen"
    if verdict.outcome is Outcome.BEFORE_THE_CHOICE:
        matching = [category_id for category_id, _ in wishes.since if category_id in candidate.filed]
        return f"it settled {settled}, and {_chosen(matching, naming)} counts from {since}"
    if verdict.outcome is Outcome.GOT:
        return "it was got before"
    away = ", by its title: it came in a pause" if verdict.away else ""
    return f"{_chosen(verdict.because, naming)} counts from {since}, and it settled {settled}{away}"


def words_of_choice(wishes: Wishes, naming: Naming) -> str:
    """What a reader has chosen, and from when each counts."""
    parts = [
        f"{'everything' if category_id == EVERY else naming(category_id)} (from {instant_words(since)})"
        for category_id, since in wishes.since
        if wishes.category_ids is not None or category_id == EVERY
    ]
    return listing(parts) or "nothing"


def _chosen(category_ids: Sequence[CategoryId], naming: Naming) -> str:
    return f"the choice of {listing(map(naming, category_ids)) if category_ids else 'everything'}"


def _named(category_ids: Iterable[CategoryId], naming: Naming) -> str:
    return listing(sorted(map(naming, category_ids))) or "nothing"
