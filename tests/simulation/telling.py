"""The vocabulary of the model's own tests: facts written by hand, of one weekly digest in London."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from tests.simulation.facts import (
    Cancelled,
    Configured,
    DeliveryBegins,
    Edited,
    Fact,
    Looked,
    Offered,
    RefusalsTaken,
    Restored,
    SentAgain,
    Shown,
    Told,
    Wished,
)
from tests.simulation.known import Breach
from tests.simulation.mails import Mail
from tests.simulation.model import Model
from tests.simulation.rules import CadenceRule, ClosingRule, DigestRule, Kind, Rules
from tests.support.fakes import Act

#: A Tuesday; the digest closes on Mondays at seven.
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
WEEK = timedelta(days=7)
FIRST, SECOND, THIRD = (f"weekly-{MONDAY + n * WEEK:%Y-%m-%d}" for n in range(3))

SEVEN = ClosingRule(at=time(7))
CLOSINGS = {
    "weekly": replace(SEVEN, weekday=0),
    "daily": SEVEN,
    "monthly": replace(SEVEN, weekday=0, ordinal=1),
    "at-once": SEVEN,
}


def rules(*kinds: Kind, **values: object) -> Rules:
    cadences = tuple(CadenceRule(kind=kind, closings=(CLOSINGS[kind],)) for kind in kinds or ("weekly",))
    digest = replace(DigestRule(name="weekly", cadences=cadences), **values)  # type: ignore[arg-type]
    return Rules(
        zone="Europe/London", digests=(digest,), parents={"housing": None, "homelessness": "housing", "scotland": None}
    )


@dataclass
class Telling:
    """Facts as they are told, one after the other."""

    rules: Rules = field(default_factory=rules)
    now: datetime = TUESDAY
    facts: list[Fact] = field(default_factory=list)
    posts: dict[int, Shown] = field(default_factory=dict)

    def at(self, now: datetime) -> Telling:
        assert now >= self.now
        self.now = now
        return self

    def poll(self, *numbers: int, categories: tuple[str, ...] = ("housing",), **changed: object) -> Telling:
        """A good poll, which tells these posts, new or with what has changed of them."""
        for number in numbers:
            known = self.posts.get(number) or self._new(number, categories)
            self.posts[number] = replace(known, **changed)  # type: ignore[arg-type]
        told = {number: self.posts[number] for number in numbers}
        self.facts += [Told(at=self.now, first=False, posts=told, gone=frozenset()), self._looked("poll")]
        return self

    def fail(self) -> Telling:
        """The blog can't be read."""
        self.facts.append(replace(self._looked("poll"), well=False))
        return self

    def gone(self, *numbers: int) -> Telling:
        self.facts += [Told(at=self.now, first=False, posts={}, gone=frozenset(numbers)), self._looked("poll")]
        return self

    def cancel(self, edition: str) -> Telling:
        self.facts.append(Cancelled(at=self.now, edition=edition))
        return self

    def send_again(self, edition: str, to: Literal["rejected", "expired"]) -> Telling:
        """The operator does, for two days."""
        self.facts.append(SentAgain(at=self.now, edition=edition, to=to, until=self.now + timedelta(days=2)))
        return self

    def edit(self, what: str, edition: str, post: int | None = None) -> Telling:
        """An editor does so to the edition."""
        edited = Edited(at=self.now, digest="weekly", edition=edition, what=what, post=post)  # type: ignore[arg-type]
        self.facts.append(edited)
        return self

    def configure(self, changed: Rules) -> Telling:
        self.facts.append(Configured(at=self.now, rules=changed))
        return self

    def wish(self, what: str, reader: str = "ann", **values: object) -> Telling:
        values = {"digest": "weekly", "categories": None, **values}
        self.facts.append(Wished(at=self.now, reader=reader, what=what, **values))  # type: ignore[arg-type]
        return self

    def look(self, *mails: Offered, whole: bool = True) -> Telling:
        """The machine prepares, and delivers these."""
        self.facts += [self._looked("prepare"), DeliveryBegins(at=self.now)]
        self.facts += [replace(mail, at=self.now) for mail in mails]
        self.facts.append(replace(self._looked("deliver"), whole=whole))
        return self

    def take_refusals(self, *readers: str) -> Telling:
        """These are suppressed when what the relay refused is looked at."""
        self.facts.append(RefusalsTaken(at=self.now, readers=frozenset(readers)))
        return self

    def restore(self, reader: str) -> Telling:
        """The operator lets them be mailed again."""
        self.facts.append(Restored(at=self.now, reader=reader))
        return self

    def breaches(self) -> list[str]:
        return [breach.law for breach in self.all()]

    def all(self) -> Sequence[Breach]:
        model = Model(self.rules, before=TUESDAY - timedelta(hours=1))
        # An edition has gone before.
        model.begun.add("weekly")
        return model.meet(self.facts)

    def _new(self, number: int, categories: tuple[str, ...]) -> Shown:
        return Shown(
            number=number,
            title=f"Post {number}",
            text="Words.",
            url=f"https://blog.example.org/post-{number}/",
            categories=categories,
            tags=(),
            published=self.now,
            modified=self.now,
        )

    def _looked(self, deed: Literal["poll", "prepare", "deliver"]) -> Looked:
        return Looked(at=self.now, deed=deed, well=True)


def a_mail(
    edition: str, *posts: int, reader: str = "ann", act: Act = Act.ACCEPT, titles: dict[int, str] | None = None
) -> Offered:
    """How it arrives is what the relay's *act* makes of it."""
    dotted = act in (Act.ACCEPT, Act.CUT_AFTER_THE_DOT, Act.DEFER_AFTER_THE_DOT)
    mail = Mail(
        to=f"{reader}@example.org",
        message_id=f"<{edition}.{len(reader)}@example.org>",
        digest=edition.partition("-")[0],
        subject="Posts",
        titles={number: f"Post {number}" for number in posts} | (titles or {}),
        in_text=frozenset(posts),
    )
    arrived = act in (Act.ACCEPT, Act.CUT_AFTER_THE_DOT)
    return Offered(at=TUESDAY, mail=mail, act=act, dotted=dotted, arrived=arrived, mark=f"{edition} {posts}")
