"""What readers are told of posts that they got, by the words of docs/digests.md: once, and nobody else.

A correction is decided when its edition is frozen, by what each reader has, or may have, then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.approved import Approved
from tests.simulation.delivery_laws import PatientModel
from tests.simulation.facts import Offered, Told
from tests.simulation.known import Copy
from tests.simulation.mails import Mail
from tests.simulation.rules import Rules
from tests.support.fakes import Act

#: How long after a post was brought it is told of; a margin of a day for when that was.
WITHIN = timedelta(days=29)
#: After which a reader has nothing, though the final dot was written.
_ANSWERED = {Act.DEFER_AFTER_THE_DOT, Act.REFUSE_US_AFTER_THE_DOT}


@dataclass(slots=True)
class Had:
    """A mail that a reader has, or may have."""

    mail: Mail
    frozen_at: datetime
    #: Since when they may have it, and since when they have it.
    at: datetime
    arrived_at: datetime | None = None

    def titles(self) -> Mapping[int, str]:
        """What it tells posts to be called."""
        return {**self.mail.titles, **{number: new for _, number, new in self.mail.renamed}}


class CorrectingModel(PatientModel):
    """The model, which also looks at what is told of posts that were mailed before."""

    def __init__(self, rules: Rules, *, before: datetime) -> None:
        super().__init__(rules, before=before)
        #: Of each reader, by Message-ID.
        self._had: dict[str, dict[str, Had]] = defaultdict(dict)
        #: How posts were called when a copy was frozen, and whether they were public.
        self._as_frozen: dict[int, tuple[Copy, Mapping[int, tuple[str, bool]]]] = {}
        #: Posts that were public no more at some time.
        self._ever_hidden: set[int] = set()

    def _told(self, fact: Told) -> None:
        super()._told(fact)
        self._ever_hidden |= {number for number in (*fact.posts, *fact.gone) if not self.posts[number].public}

    def _promise(self, *args: Any, **values: Any) -> None:
        super()._promise(*args, **values)
        copy = self.copies[-1]
        if self.rules.digest(copy.digest).corrections and copy.edition is not None:
            shown = {number: (post.shown.title, post.public) for number, post in self.posts.items()}
            if (approved := self._approved_of(copy)) is not None:
                # Of what is otherwise since then readers hear by the next mail.
                shown = {n: told if approved.titles.get(n) == told else (told[0], False) for n, told in shown.items()}
            self._as_frozen[id(copy)] = copy, shown

    def _approved_of(self, copy: Copy) -> Approved | None:
        return self.approved.get(((copy.digest, copy.kind), self._day(copy.closes)))

    def _offered(self, fact: Offered) -> None:
        super()._offered(fact)
        if self._last is None or self._last.reader != fact.mail.reader:
            return
        copy, mine = self._last, self._had[fact.mail.reader]
        is_first = fact.mail.message_id not in mine
        if not fact.dotted or fact.act in _ANSWERED:
            return
        if is_first:
            self._look_at(copy, fact, list(mine.values()))
            mine[fact.mail.message_id] = Had(fact.mail, copy.frozen_at, fact.at)
        if fact.arrived and mine[fact.mail.message_id].arrived_at is None:
            mine[fact.mail.message_id].arrived_at = fact.at

    def _look_at(self, copy: Copy, fact: Offered, had: list[Had]) -> None:
        before = sorted((each for each in had if each.at <= copy.frozen_at), key=lambda each: each.frozen_at)
        shown = self._as_frozen.get(id(copy), (copy, None))[1]
        said: dict[int, list[str]] = defaultdict(list)
        for each in before:
            for number, title in each.titles().items():
                said[number].append(title)
        for old, number, new in fact.mail.renamed:
            self._is_right(fact, old, number, new, said.get(number, []), shown)
        hidden = self._ever_hidden & {number for each in before for number in each.mail.titles}
        told = sum(each.mail.withdrawn for each in had) + fact.mail.withdrawn
        if fact.mail.withdrawn and told > len(hidden):
            words = f"{told} are told to be withdrawn, and {len(hidden)} were"
            self._breach("corrected though not got", fact.at, fact.mail.reader, frozenset(hidden), words)
        if shown is not None:
            self._is_all(copy, fact, before, shown)

    def _is_right(
        self,
        fact: Offered,
        old: str,
        number: int,
        new: str,
        said: list[str],
        shown: Mapping[int, tuple[str, bool]] | None,
    ) -> None:
        reader, posts = fact.mail.reader, frozenset({number})
        if not said:
            self._breach("corrected though not got", fact.at, reader, posts, f"{old!r} was in no mail before")
        elif old not in said:
            self._breach("a correction that says otherwise", fact.at, reader, posts, f"{old!r} was never told: {said}")
        elif said[-1] == new:
            self._breach("corrected twice", fact.at, reader, posts, f"{new!r} was told before")
        if shown is not None and shown[number][0] != new:
            self._breach(
                "a correction that says otherwise", fact.at, reader, posts, f"it was called {shown[number][0]!r}"
            )

    def _is_all(self, copy: Copy, fact: Offered, before: list[Had], shown: Mapping[int, tuple[str, bool]]) -> None:
        """Whoever has a post for certain is told of its other title by the next mail."""
        told = {number for _, number, _ in fact.mail.renamed}
        for number, title in self._certain(copy, before):
            there = number in shown and shown[number][1] and self.posts[number].public
            if there and shown[number][0] != title and number not in told:
                words = f"{copy.edition} had to tell that {title!r} is called {shown[number][0]!r}"
                self._breach("not corrected", fact.at, copy.reader, frozenset({number}), words)

    def _certain(self, copy: Copy, before: list[Had]) -> Iterator[tuple[int, str]]:
        """What is known to have been told last, where no mail is on its way that may tell more."""
        mine = [each for each in self.copies if each.reader == copy.reader and each is not copy]
        if any(each.state not in ("got", "rejected", "expired", "cancelled") for each in mine):
            return
        last: dict[int, str] = {}
        for each in before:
            last |= each.titles()
        for number, title in last.items():
            brought = [each for each in before if number in each.mail.titles]
            sure = all(each.arrived_at is not None and each.arrived_at <= copy.frozen_at for each in brought)
            if brought and sure and all(copy.frozen_at - each.frozen_at < WITHIN for each in brought):
                yield number, title
