"""Which copies are an edition's canary, how long the rest waits for it, and what of it stops the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from math import floor

from solacefeed.models.canaries import CanaryCounts, CanaryRules

#: Fewer cases than these stop nothing, whatever share they are: a mailbox or two may be full in any fifty, and one
#: reader may press the wrong button.
LEAST_REFUSALS = 4
LEAST_BOUNCES = 4
LEAST_COMPLAINTS = 2

#: Of the time that an edition still has so much may be waited.
LONGEST_PART = 4


def sample(copies: Iterable[tuple[int, str]], share: float) -> Iterator[int]:
    """The numbers of a *share* of *copies*, each a number with its address, in the order of numbers.

    Each domain has its part in it, and in each domain the readers of all times have theirs: of a hundredth it is every
    hundredth copy of a domain, from one on that the domain's name draws. The same copies give the same sample in any
    process.
    """
    counted: defaultdict[str, float] = defaultdict(float)
    for number, address in copies:
        domain = address.rpartition("@")[2].lower()
        before = counted[domain] or _beginning(domain)
        counted[domain] = before + share
        if floor(before + share) > floor(before):
            yield number


def _beginning(domain: str) -> float:
    """Between 0 and 1."""
    return int.from_bytes(sha256(domain.encode()).digest()[:6]) / 2**48


def wait(rules: CanaryRules, now: datetime, ends: datetime) -> timedelta:
    """For how long the rest waits from *now* on, when the edition's time *ends* then: for a quarter of it at most."""
    return max(min(rules.wait, (ends - now) / LONGEST_PART), timedelta())


def too_much(counts: CanaryCounts, rules: CanaryRules) -> str | None:
    """What stops the rest, in words; ``None`` where nothing does."""
    answered = counts.taken + counts.refused
    for what, cases, of, most, least in (
        ("were refused", counts.refused, answered, rules.refusals, LEAST_REFUSALS),
        ("came back", counts.bounced, counts.taken, rules.bounces, LEAST_BOUNCES),
        ("were called spam", counts.complained, counts.taken, rules.complaints, LEAST_COMPLAINTS),
    ):
        if cases >= least and cases > of * most:
            return f"{cases} of its first {of} copies {what}, more than {most * 100:g}%"
    return None
