"""Which kind of source a site has, found from its address alone, and when to take another.

The kinds, best first, each tried only where the better ones say no:

    rest            WordPress's REST API, where the page announces it, or ?rest_route=
    wordpress.com   WordPress.com's public API, where the host or the page says that the blog is there
    feed            the Atom, RSS or JSON feed that the page announces, else /feed/
    pages           the HTML archives

Laws: a kind works when a source of that kind gives something, not when an address looks right. Nothing is asked but
the site's own host, whatever its page announces, and WordPress.com's. One bad day never costs the better kind: another
is taken only after three failed polls in a row, and a better one is tried again every day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from solacefeed.errors import BrokenOff, CutOff, Refused, SourceError
from solacefeed.http_client.answer import one_line
from solacefeed.http_client.client import HttpClient
from solacefeed.ports import Batch, Known, Source
from solacefeed.sources import answers
from solacefeed.sources.finding_site import Candidates
from solacefeed.sources.found import KINDS, in_use

#: After so many failed polls in a row, and again after as many more, a weaker kind is tried.
PATIENCE: Final = 3
BETTER_AGAIN: Final = timedelta(days=1)

#: A kind, and why it did not work.
Tried = tuple[str, SourceError]


#: Makes the source of one kind at an address.
Kinds = Mapping[str, Callable[[str], Source]]


def _in_order(build: Kinds) -> tuple[str, ...]:
    return tuple(kind for kind in KINDS if kind in build)


def _roads(
    kinds: Iterable[str], addresses: Callable[[str], Iterable[str]], tried: list[Tried]
) -> Iterator[tuple[str, str]]:
    """Yields each kind with each of its *addresses*; why one has none (more) goes to *tried*."""
    for kind in kinds:
        try:
            for address in addresses(kind):
                yield kind, address
        except SourceError as error:
            tried.append((kind, error))


def _nothing_found(url: str, tried: Iterable[Tried]) -> SourceError:
    reasons = "; ".join(f"{kind}: {why}" for kind, why in tried)
    return SourceError(f"{url}: no kind of source works there ({reasons})")


def _resting(error: SourceError, tried: Iterable[Tried]) -> SourceError:
    """*error*, with the longest rest that any kind was asked for: it is one blog."""
    asking = [other for _, other in tried if isinstance(other, Refused) and other.retry_after]
    if not asking or (isinstance(error, Refused) and error.retry_after):
        return error
    return answers.retold(max(asking, key=lambda other: other.retry_after or timedelta()), str(error))


# -- when to take another -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The kind that is in use."""

    kind: str
    address: str
    #: Failed polls in a row.
    failures: int = 0
    #: When the better kinds were last tried.
    looked_at: datetime

    @property
    def is_worn_out(self) -> bool:
        return self.failures > 0 and self.failures % PATIENCE == 0


def kinds_to_try(choice: Choice | None, now: datetime, kinds: Sequence[str] = KINDS) -> tuple[str, ...]:
    """Returns the *kinds* to try in this poll, in that order, until one works.

    As a rule that is the kind in use alone; once a day the better ones come before it, and after every third failed
    poll in a row the weaker ones behind it.
    """
    if choice is None or choice.kind not in kinds:
        return tuple(kinds)
    place = kinds.index(choice.kind)
    rested = not timedelta() <= now - choice.looked_at < BETTER_AGAIN
    return tuple(kinds[0 if rested else place : len(kinds) if choice.is_worn_out else place + 1])


class AutoSource:
    """The site at *url* by the best kind of source that it has; a ``ports.Source``.

    It remembers the kind (``kind``) and where (``address``), its failed polls in a row (``failures``), when the better
    ones were last tried (``looked_at``) and why they were not taken (``tried``); and of each kind what that asked to
    remember, so that none begins anew when it is taken again.
    """

    def __init__(self, client: HttpClient, url: str, build: Kinds) -> None:
        self._client = client
        self._url = url
        self._build = build

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        """Yields what the first kind that works gives.

        Raises ``SourceError`` where none does: that of the kind in use, where there is one. Only that a poll failed is
        remembered then.
        """
        memory, site = _Memory.of(known.memory, self._url), Candidates(self._client, self._url, now)
        kinds = kinds_to_try(memory.choice, now, _in_order(self._build))
        poll = _Poll(self._build, memory.looked(kinds, now), known, now)
        for kind, address in _roads(kinds, lambda kind: memory.addresses(kind, site), poll.tried):
            if (yield from poll.worked(kind, address)):
                return
            if poll.broke_off:
                break
        yield from poll.note_of_failure()
        raise _resting(poll.error or site.out_of_reach or _nothing_found(self._url, poll.tried), poll.tried)


class _Poll:
    """One poll, by one kind after another."""

    def __init__(self, build: Kinds, memory: _Memory, known: Known, now: datetime) -> None:
        self._build = build
        self._memory = memory
        self._known = known
        self._now = now
        #: Nothing was found before.
        self._is_first = memory.choice is None
        self.tried: list[Tried] = []
        #: Of the kind in use, or of the first that a site asked to rest.
        self.error: SourceError | None = None
        #: The first kind ever found gave something, and then failed, or the site asks for rest: nothing weaker shall
        #: have the first word.
        self.broke_off = False

    def worked(self, kind: str, address: str) -> Generator[Batch, None, bool]:
        """Yields what the kind gives, and returns whether that is all of it."""
        begun = False
        try:
            for batch in self._batches(kind, address):
                begun = True
                yield batch
        except (BrokenOff, CutOff):
            if begun and self._is_first:
                self._memory = self._memory.chosen(kind, address, self._now)
            yield Batch(memory=self._memory.written())
            raise
        except SourceError as error:
            self.tried.append((kind, error))
            self.broke_off = self._is_first and (begun or answers.asks_for_rest(error))
            if self.broke_off and begun:
                self._memory = self._memory.chosen(kind, address, self._now)
            if self.broke_off or (self._memory.choice and self._memory.choice.kind == kind):
                self.error = self.error or error
            return False
        return True

    def note_of_failure(self) -> Iterator[Batch]:
        if self._memory.choice:
            yield Batch(memory=self._memory.failed().written())

    def _batches(self, kind: str, address: str) -> Iterator[Batch]:
        """The batches of one kind, each with all that this source remembers."""
        complete = self._known.complete and kind in self._memory.whole
        known = replace(self._known, memory=self._memory.shares.get(kind, {}), complete=complete)
        for batch in self._build[kind](address).changes(known, self._now):
            if batch.memory is not None:
                # Also where the kind fails later: what it has read is not read anew.
                self._memory = self._memory.with_share(kind, batch.memory)
                if self._memory.choice is None:
                    # Whatever ends this poll: it has given something, and goes on by it.
                    self._memory = self._memory.chosen(kind, address, self._now)
            if batch.complete:
                self._memory = self._memory.chosen(kind, address, self._now).completed(self.tried)
            remembers = batch.complete or batch.memory is not None
            memory = self._memory.written() if remembers else batch.memory
            yield replace(batch, back_catalogue=not complete, memory=memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """All that an ``AutoSource`` remembers."""

    home: str
    choice: Choice | None = None
    #: Why no better kind was taken at the last good poll.
    tried: tuple[tuple[str, str], ...] = ()
    #: The kinds whose first crawl was once complete.
    whole: frozenset[str] = frozenset()
    #: What each kind asked to remember.
    shares: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Mapping[str, str], home: str) -> Self:
        """Reads it back; of another site nothing is remembered."""
        if told.get("home") != home:
            return cls(home=home)
        shares: dict[str, dict[str, str]] = {}
        for name, value in told.items():
            kind, separator, own_name = name.partition(":")
            if separator:
                shares.setdefault(kind, {})[own_name] = value
        memory = cls(home=home, whole=frozenset(told["whole"].split()), shares=shares)
        found = in_use(told)
        if found is None:
            return memory
        choice = Choice(
            kind=found.kind,
            address=found.address,
            failures=int(told["failures"]),
            looked_at=datetime.fromisoformat(told["looked_at"]),
        )
        return replace(memory, choice=choice, tried=found.tried)

    def written(self) -> dict[str, str]:
        words = {"home": self.home, "whole": " ".join(sorted(self.whole))}
        if self.choice:
            words |= {
                "kind": self.choice.kind,
                "address": self.choice.address,
                "failures": str(self.choice.failures),
                "looked_at": self.choice.looked_at.isoformat(),
                "tried": json.dumps(self.tried),
            }
        return words | {f"{kind}:{name}": value for kind, own in self.shares.items() for name, value in own.items()}

    def addresses(self, kind: str, site: Candidates) -> Iterator[str]:
        """Where this kind may be: that in use where it was, and when it failed too often elsewhere as well."""
        used = self.choice.address if self.choice and self.choice.kind == kind else None
        if used:
            yield used
        if used is None or (self.choice and self.choice.is_worn_out):
            yield from (address for address in site.addresses(kind) if address != used)

    def looked(self, kinds: Sequence[str], now: datetime) -> Self:
        """After a poll that tried *kinds*, whose first is not the one in use when better ones were due."""
        if self.choice is None or kinds[0] == self.choice.kind:
            return self
        return replace(self, choice=replace(self.choice, looked_at=now))

    def chosen(self, kind: str, address: str, now: datetime) -> Self:
        looked_at = self.choice.looked_at if self.choice else now
        tried = self.tried if self.choice and self.choice.kind == kind else ()
        return replace(self, choice=Choice(kind=kind, address=address, looked_at=looked_at), tried=tried)

    def completed(self, tried: Iterable[Tried]) -> Self:
        assert self.choice is not None
        better = tuple((kind, one_line(str(why))) for kind, why in tried)
        return replace(self, tried=better or self.tried, whole=self.whole | {self.choice.kind})

    def failed(self) -> Self:
        assert self.choice is not None
        return replace(self, choice=replace(self.choice, failures=self.choice.failures + 1))

    def with_share(self, kind: str, share: Mapping[str, str]) -> Self:
        return replace(self, shares={**self.shares, kind: share})
