"""What each look has to freeze for whom, by the closings and the editors' words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tests.simulation.approved import Approved, reads
from tests.simulation.closings import last_closing, next_closing
from tests.simulation.due import Due
from tests.simulation.known import Copy
from tests.simulation.rules import CadenceRule, DigestRule


class Promising(Due):
    """What is promised to readers by editions, and by mails at once."""

    def _prepare(self, now: datetime) -> None:
        for there in self.subscriptions.values():
            if there.state == "paused" and there.paused_until is not None and there.paused_until <= now:
                self._resume(there, there.paused_until)
        closing = [
            (due, order, digest, cadence)
            for order, digest in enumerate(self.rules.digests)
            for cadence in digest.cadences
            for due in (self._closing_due(digest, cadence, now), self._approved_early(digest, cadence, now))
            if due is not None
        ]
        for (closes, until), order, digest, cadence in sorted(closing, key=lambda each: (each[0][0], each[1])):
            self._fold(digest, cadence, closes)
            self._prepare_at_once(now, before=min(closes, now), order=order)
            if cadence.kind != "at-once" and self._is_a_draft_again(digest, cadence, closes, until):
                continue
            self.closed[digest.name, cadence.kind] = closes
            if cadence.kind != "at-once":
                self.begun.add(digest.name)
                self.dated.add(((digest.name, cadence.kind), self._day(closes)))
                self.waiting.pop((digest.name, cadence.kind), None)
                self._place(digest, cadence, closes, until)
            for reader in self._readers(digest, cadence):
                posts = self._of_what_was_approved(digest, cadence, closes, self.due(reader, digest, until))
                if posts:
                    self._promise(reader, digest, cadence, closes, now, posts, least=len(posts))
        self._prepare_at_once(now)
        self._last_prepared = now

    def _closing_due(self, digest: DigestRule, cadence: CadenceRule, now: datetime) -> tuple[datetime, datetime] | None:
        """The newest closing, with the instant before which its posts settled; ``None`` where it has no edition now.

        One that is over, or too late, has none; nor has a cadence that nobody ever had. Where the blog could not be
        read all through the period it waits until it can, and then as long as what it tells takes to settle.
        """
        key = (digest.name, cadence.kind)
        closes = last_closing(cadence, self.rules.zone, now)
        if self.waiting.get(key, closes) < closes:
            # What still waited then is skipped, and was the digest's all the same.
            del self.waiting[key]
            self.begun.add(digest.name)
        word, said = self.words.get((key, self._day(closes)), (None, closes))
        # Who keeps it back for days, and lets it go then, was not late.
        late = now - max(closes, said) > digest.max_late
        if late or closes <= self.closed[key] or (key, self._day(closes)) in self.dated:
            return None
        if key not in self.had_readers and not self._readers(digest, cadence):
            return None
        if cadence.kind == "at-once":
            return self._morning_due(key, closes, now)
        self.had_readers.add(key)
        # Let go before it closes, it is a draft again.
        is_approved = word == "approve" or (word == "release" and said >= closes)
        if word == "hold" or (digest.approval == "required" and not is_approved):
            self.waiting[key] = closes
            return None
        begins = last_closing(cadence, self.rules.zone, closes - timedelta(seconds=1))
        worked = not self.polls_fail or any(begins <= poll <= now for poll in self.good_polls)
        by_an_editor = word is not None and said >= closes
        if by_an_editor or (self.held.get(key) != closes and worked):
            return closes, closes
        self.held[key] = self.waiting[key] = closes
        works = any(poll >= closes for poll in self.good_polls)
        return (closes, now) if works and (self.news is None or now >= self.news + digest.settle) else None

    def _approved_early(
        self, digest: DigestRule, cadence: CadenceRule, now: datetime
    ) -> tuple[datetime, datetime] | None:
        """What an editor has approved is frozen at once, with what would settle by its closing if nobody touched it."""
        if cadence.kind == "at-once":
            return None
        closes, key = next_closing(cadence, self.rules.zone, now), (digest.name, cadence.kind)
        word, _ = self.words.get((key, self._day(closes)), (None, closes))
        if closes <= self.closed[key] or word != "approve":
            return None
        self.had_readers.add(key)
        return closes, closes

    # -- what was approved ---------------------------------------------------------------------------

    def _approve(self, digest: DigestRule, cadence: CadenceRule, closes: datetime) -> None:
        """What stands in the draft now is what goes."""
        may = [number for number in self.posts if self.why_nobody(digest, number, closes) is None]
        self.approved[(digest.name, cadence.kind), self._day(closes)] = Approved(
            posts={number: reads(self.posts[number].shown, self.names) for number in may},
            own=frozenset(may) - self._placed(digest, cadence),
            titles={number: (post.shown.title, post.public) for number, post in self.posts.items()},
        )

    def _approval(self, digest: DigestRule, cadence: CadenceRule, closes: datetime) -> Approved | None:
        return self.approved.get(((digest.name, cadence.kind), self._day(closes)))

    def _is_a_draft_again(self, digest: DigestRule, cadence: CadenceRule, closes: datetime, until: datetime) -> bool:
        """Whether what was approved, and may go still, reads otherwise by now: then nobody has approved it."""
        approved = self._approval(digest, cadence, closes)
        if approved is None:
            return False
        own = (number for number in approved.own if self.why_nobody(digest, number, until) is None)
        if not approved.edited and all(self._reads_as(approved, number) for number in own):
            return False
        key = (digest.name, cadence.kind), self._day(closes)
        del self.words[key], self.approved[key]
        return True

    def _reads_as(self, approved: Approved, number: int) -> bool:
        return approved.posts.get(number) == reads(self.posts[number].shown, self.names)

    def _of_what_was_approved(
        self, digest: DigestRule, cadence: CadenceRule, closes: datetime, posts: frozenset[int]
    ) -> frozenset[int]:
        """What came since waits for the next edition, and so does an older post that was rewritten."""
        approved = self._approval(digest, cadence, closes)
        return posts if approved is None else frozenset(n for n in posts if self._reads_as(approved, n))

    def _place(self, digest: DigestRule, cadence: CadenceRule, closes: datetime, until: datetime) -> None:
        may = frozenset(number for number in self.posts if self.why_nobody(digest, number, until) is None)
        may = self._of_what_was_approved(digest, cadence, closes, may) - self._placed(digest, cadence)
        self.placed[digest.name, cadence.kind][self._named(digest, cadence, closes)] = may

    def _placed(self, digest: DigestRule, cadence: CadenceRule) -> frozenset[int]:
        return frozenset().union(*self.placed[digest.name, cadence.kind].values())

    # -- the closings --------------------------------------------------------------------------------

    def _fold(self, digest: DigestRule, cadence: CadenceRule, closes: datetime) -> None:
        """What an editor still keeps back leaves its posts to the edition of the next closing."""
        for copy in self.copies:
            is_of_it = (copy.digest, copy.kind) == (digest.name, cadence.kind)
            if is_of_it and copy.held_back and copy.state == "waits" and copy.closes < closes:
                self._end(copy, "cancelled")
                self.placed[digest.name, cadence.kind].pop(str(copy.edition), None)

    def _end(self, copy: Copy, state: str) -> None:
        """What may have arrived counts as got."""
        copy.state = "got" if copy.doubts else state

    def _morning_due(self, key: tuple[str, str], closes: datetime, now: datetime) -> tuple[datetime, datetime] | None:
        """A cadence at once begins with the first look that finds a reader; what settled before is the morning's."""
        if key in self.had_readers:
            return closes, closes
        self.had_readers.add(key)
        self.closed[key], self._last_prepared = closes, now
        return None

    def _readers(self, digest: DigestRule, cadence: CadenceRule) -> list[str]:
        return [
            reader
            for (reader, name), there in self.subscriptions.items()
            if name == digest.name and there.state == "confirmed" and there.cadence == cadence.kind
        ]

    def _prepare_at_once(self, now: datetime, *, before: datetime | None = None, order: int = 0) -> None:
        """What has just settled has to go, as far as there is room; what waits for the morning, why ever, may.

        With *before*, what settled before that closing of the digest in that place alone, and has to go.
        """
        self._wait_for_the_morning()
        for place, digest in enumerate(self.rules.digests):
            cadence = digest.cadence("at-once")
            if cadence.kind != "at-once":
                continue
            closes = now if before is None else before + (place < order) * timedelta(microseconds=1)
            for reader in self._readers(digest, cadence):
                posts = self.due(reader, digest, closes)
                fresh = sorted(
                    (n for n in posts if self._is_fresh(digest, n, now)),
                    key=lambda n: (self.posts[n].settled_at(digest.settle), str(n)),
                )
                fresh = fresh[: self._room(reader, digest, cadence, now)]
                posts = posts if before is None else frozenset(fresh)
                if posts:
                    self._promise(reader, digest, cadence, closes, now, posts, least=len(fresh))

    def _wait_for_the_morning(self) -> None:
        """Of what an earlier look might have sent, and did not have to, nothing was promised."""
        for copy in self.copies:
            if copy.edition is None and copy.state == "waits" and not copy.least:
                copy.state = "waits for the morning"

    def _room(self, reader: str, digest: DigestRule, cadence: CadenceRule, now: datetime) -> int:
        """How many mails more there may be that day."""
        day = self._day(now)
        promised = sum(
            each.least
            for each in self.copies
            if (each.reader, each.digest, each.edition, each.state) == (reader, digest.name, None, "waits")
            and not each.is_mornings
            and self._day(each.frozen_at) == day
        )
        return max(cadence.most_a_day - self.at_once[reader, digest.name, day] - promised, 0)

    def _is_fresh(self, digest: DigestRule, number: int, now: datetime) -> bool:
        """Whether it settled since the last look, and not so long ago that it waits for the morning."""
        settled = self.posts[number].settled_at(digest.settle)
        return self._last_prepared <= settled and now - settled <= digest.max_late

    def _promise(
        self,
        reader: str,
        digest: DigestRule,
        cadence: CadenceRule,
        closes: datetime,
        now: datetime,
        posts: frozenset[int],
        *,
        least: int,
    ) -> None:
        titles = {number: self.posts[number].shown.title for number in posts}
        edition = None
        if cadence.kind != "at-once":
            edition = self._named(digest, cadence, closes)
            self.editions[edition] = {(digest.name, cadence.kind): closes}
        copy = Copy(reader, digest.name, cadence.kind, edition, closes, now, posts, titles, least)
        copy.is_mornings = cadence.kind == "at-once" and self.closed[digest.name, cadence.kind] == closes
        self.copies.append(copy)

    def _named(self, digest: DigestRule, cadence: CadenceRule, closes: datetime) -> str:
        kind = "" if cadence is digest.first else f"{cadence.kind}-"
        before = self.issues[(digest.name, cadence.kind), closes]
        issue = f".{before + 1}" if before else ""
        return f"{digest.name}-{kind}{self._day(closes).isoformat()}{issue}"

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()
