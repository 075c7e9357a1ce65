"""What editors and operators are sent: each draft once, a test at once, an alarm once for each cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from jinja2 import Environment

from solacefeed.deeds.editions.drafting import draft
from solacefeed.deeds.editions.editors import (
    SUPERSEDED,
    send_alarm,
    send_draft,
    send_test,
    tell_what_was_taken_out,
)
from solacefeed.deeds.editions.prepare import make
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.delivery.trial import OnlyTo
from solacefeed.digest.drafts import SMALL_CHANGES_AFTER, DraftedEdition, DraftTally
from solacefeed.digest.messages import letter_id
from solacefeed.errors import UsageError
from solacefeed.models.digests import Cadence
from solacefeed.models.editions import Edition, EditionState, Period
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.store import outbox
from solacefeed.store.database import Store
from tests.deeds.world import ENVELOPE, World, environment
from tests.digest.test_drafts import RENDERED, TALLY, a_draft
from tests.support.builders import MONDAY, a_source_post
from tests.support.fakes import Act

NAME = partial(letter_id, sender=ENVELOPE.sender)
A_WEEK = Period(starts=MONDAY - timedelta(days=6), ends=MONDAY + timedelta(days=1))
EDITORS = ("ed@example.org", "eve@example.org")


def told(world: World, draft: DraftedEdition) -> int:
    return send_draft(
        world.store, draft, lambda: TALLY, EDITORS, at=world.clock.now, name=NAME, environment=environment()
    )


def letters(world: World) -> list[Letter]:
    """Oldest first."""
    with world.store.read() as connection:
        return list(reversed(outbox.listing(connection, limit=100)))


def test_each_editor_is_sent_each_draft_once(world: World) -> None:
    assert told(world, a_draft()) == 2
    assert told(world, a_draft()) == 0
    world.deliver()
    assert told(world, a_draft()) == 0
    assert world.got() == ["ed", "eve"]
    assert b"Subject: [Draft] The quiet budget\r\n" in world.relay.mailbox[0].content


def test_a_newer_draft_takes_the_place_of_one_that_has_not_gone(world: World) -> None:
    told(world, a_draft())
    world.clock.forward(minutes=5)
    assert told(world, a_draft(posts=())) == 2
    states = [(letter.email, letter.state.value, letter.answer) for letter in letters(world)]
    assert states == [
        ("ed@example.org", "cancelled", SUPERSEDED),
        ("eve@example.org", "cancelled", SUPERSEDED),
        ("ed@example.org", "pending", None),
        ("eve@example.org", "pending", None),
    ]
    world.deliver()
    assert world.got() == ["ed", "eve"]


def test_a_draft_that_may_have_arrived_is_not_called_cancelled(world: World) -> None:
    told(world, a_draft())
    world.deliver(Act.CUT_AFTER_THE_DOT)
    told(world, a_draft(posts=()))
    assert letters(world)[0].state.value == "uncertain"
    assert letters(world)[0].next_try_at is None


def test_small_changes_come_in_one_mail_after_some_hours(world: World) -> None:
    told(world, a_draft())
    world.deliver()
    for number in range(1, 4):
        world.clock.forward(minutes=30)
        assert told(world, a_draft(rendered=replace(RENDERED, text=f"{number}\n"))) == 0
    world.clock.now = MONDAY + SMALL_CHANGES_AFTER
    assert told(world, a_draft(rendered=replace(RENDERED, text="3\n"))) == 2


class NoTemplates(Environment):
    """Has none to render."""


def test_a_draft_that_is_no_news_counts_renders_and_writes_nothing(world: World) -> None:
    told(world, a_draft())
    before, counted = letters(world), []

    def count() -> DraftTally:
        counted.append(1)
        return TALLY

    told_again = send_draft(world.store, a_draft(), count, EDITORS, at=MONDAY, name=NAME, environment=NoTemplates())
    assert told_again == 0
    assert counted == []
    assert letters(world) == before


def test_the_draft_of_an_edition_made_anew_is_another(world: World) -> None:
    told(world, a_draft())
    anew = a_draft(edition=replace(a_draft().edition, issue=2))
    assert told(world, anew) == 2


def a_test(world: World, address: str, **said: Any) -> int:
    words = LetterWords(subject="[Test] The quiet budget", text="Text\n", html="<p>Html</p>", language="en-GB")
    return send_test(
        world.store,
        words,
        address,
        **{
            "edition_id": "weekly/2026-11-24",
            "only_to": OnlyTo(),
            "at": world.clock.now,
            "name": NAME,
            **said,
        },
    )


def test_a_test_goes_through_the_relay_as_often_as_it_is_asked_for(world: World) -> None:
    a_test(world, "eve@example.org")
    a_test(world, "eve@example.org")
    world.deliver()
    assert world.got() == ["eve", "eve"]
    assert b"Subject: [Test] The quiet budget\r\n" in world.relay.mailbox[0].content


def test_a_test_for_whom_a_trial_does_not_reach_is_refused_at_once(world: World) -> None:
    with pytest.raises(UsageError, match=r"eve@example\.org gets nothing: `\[mail\] only_to` keeps"):
        a_test(world, "eve@example.org", only_to=OnlyTo(allowed=("ed@example.org",)))
    assert letters(world) == []


def test_an_alarm_is_sent_once_for_each_cause(world: World) -> None:
    words = LetterWords(subject="Held", text="It is held.\n", html="<p>It is held.</p>", language="en")

    def alarmed(cause: str) -> int:
        return send_alarm(world.store, words, ("op@example.org",), cause=cause, at=world.clock.now, name=NAME)

    assert [alarmed("held weekly/2026-11-24"), alarmed("held weekly/2026-11-24")] == [1, 0]
    world.clock.forward(hours=1)
    assert alarmed("held weekly/2026-12-01") == 1
    assert letters(world)[0].not_after == MONDAY + timedelta(days=2)


# -- with the deed that makes editions ---------------------------------------------------------------------


def looked(world: World) -> list[str]:
    """One look for due editions, by which editors are told; the subjects of what is new in the outbox."""
    before = {letter.id for letter in letters(world)}

    def tell(store: Store, renderer: Renderer, edition: Edition, cadence: Cadence | None) -> None:
        drafted, count = draft(store, renderer, edition, cadence, world.clock.now, links_to="https://blog.example.org")
        send_draft(store, drafted, count, EDITORS[:1], at=world.clock.now, name=NAME, environment=renderer.environment)

    made_with = replace(
        world.editions_with(lambda edition, reader: f"<{edition}.{reader}@example.org>"), tell_editors=tell
    )
    make(world.store, world.clock, made_with, lambda _: ())
    return [letter.subject for letter in letters(world) if letter.id not in before]


def words_of(world: World, number: int) -> str:
    with world.store.read() as connection:
        number = letters(world)[number].id
        return " ".join(outbox.words(connection, [number])[number].text.split())


def test_an_editor_is_told_of_the_draft_a_day_before_and_again_when_another_post_comes(world: World) -> None:
    world.join("ann", "ben")
    closing = MONDAY - timedelta(hours=1)
    world.appear(a_source_post(id="1", title="The quiet budget", published=closing - timedelta(days=3)))
    world.clock.now = closing - timedelta(hours=20)
    assert looked(world) == ["[Draft] The quiet budget - Weekly digest"]
    assert "Posts: 1 Readers who get it: 2 Versions of it, by what readers chose: 1" in words_of(world, 0)
    assert looked(world) == []
    world.appear(a_source_post(id="2", title="Islands", published=closing - timedelta(hours=19)))
    world.clock.now = closing - timedelta(hours=18)
    assert len(looked(world)) == 1
    assert "Islands" in words_of(world, 1)
    assert "Posts: 2" in words_of(world, 1)


def test_editors_are_told_once_which_posts_an_edition_leaves_without(world: World) -> None:
    tell = partial(tell_what_was_taken_out, world.store, a_draft().edition, to=EDITORS, at=world.clock.now, name=NAME)
    assert (tell(("Islands",)), tell(("Islands",)), tell(("Islands", "The <quiet> budget"))) == (2, 0, 2)
    world.deliver()
    first, *_, last = world.relay.mailbox
    assert b"leaves without 1 post\r\n" in first.content
    assert b"leaves without 2 posts\r\n" in last.content
    assert b"<quiet>" in last.content
    assert b"&lt;quiet&gt;" in last.content


def test_an_editor_is_told_of_an_edition_that_holds_by_itself(world: World) -> None:
    world.digest = replace(world.digest, hold_over=3.0)
    world.join("ann")
    world.appear(a_source_post(id="1", title="The quiet budget", published=MONDAY - timedelta(days=3)))
    looked(world)
    world.join_at_once({f"reader{number}": None for number in range(20)})
    world.clock.now = MONDAY + timedelta(days=5)
    world.appear(a_source_post(id="2", title="Islands", published=MONDAY + timedelta(days=3)))
    world.clock.now = MONDAY + timedelta(days=7)
    told = looked(world)
    assert world.editions()[-1].state is EditionState.HELD
    assert told == ["[Draft] Islands - Weekly digest"]
    assert "It is held, it has 21 readers, and the last one had 1: it goes to nobody" in words_of(world, -1)
