"""Stories written by hand, of what once went wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Literal

import pytest

from solacefeed.store.database import Store
from tests.simulation.cast import BEGINNING, DEEDS
from tests.simulation.facts import Deed, Died, Fact, Looked, Offered
from tests.simulation.laws import breaches
from tests.simulation.rules import DigestRule, Rules
from tests.simulation.story import (
    Answers,
    Beside,
    Bounce,
    Cancel,
    Configure,
    Edit,
    Form,
    KillAtFile,
    Lift,
    Meanwhile,
    Move,
    Posting,
    Rename,
    Spell,
    SpellKind,
    Step,
    Story,
    Wish,
)
from tests.simulation.test_kernel import held
from tests.simulation.world import MINUTE as MINUTE_OF_LOOKS
from tests.simulation.world import World
from tests.simulation.worlds import PARENTS, cadences
from tests.support.fakes import Act

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: A Monday on which a weekly digest closes at seven; and the days before it, of the weekend.
MONDAY = datetime.fromisoformat("2026-11-30T07:00:00+00:00")
WEEKEND = MONDAY - timedelta(days=2)


def a_story(*steps: Step, digests: tuple[DigestRule, ...]) -> Story:
    rules = Rules(zone="Europe/London", digests=digests, parents=PARENTS)
    in_order = tuple(sorted(steps, key=lambda step: step.at))
    return Story(name="by hand", rules=rules, starts=BEGINNING, ends=MONDAY + timedelta(days=3), steps=in_order)


def joins(reader: str, digest: str, cadence: str) -> Wish:
    at = BEGINNING + timedelta(days=1)
    return Wish(at=at, reader=reader, digest=digest, what="join", cadence=cadence)


def writes(post: int, at: datetime) -> Posting:
    return Posting(at=at, post=post, what="write", categories=("housing",))


@pytest.mark.slow
def test_an_edition_that_waited_for_the_blog_leaves_though_it_is_asked_again_and_again(
    sqlite_store: Store, tmp_path: Path
) -> None:
    weekly = DigestRule(name="weekly", cadences=cadences("weekly"), settle=90 * MINUTE)
    story = a_story(
        joins("ann", "weekly", "weekly"),
        writes(1, WEEKEND),
        Spell(at=MONDAY - timedelta(days=9), until=MONDAY + 10 * HOUR, what="blog down"),
        digests=(weekly,),
    )
    held(story, sqlite_store, tmp_path)


@pytest.mark.slow
def test_who_waited_for_an_edition_that_was_cancelled_gets_its_posts_by_another(
    sqlite_store: Store, tmp_path: Path
) -> None:
    weekly = DigestRule(name="weekly", cadences=cadences("weekly"))
    story = a_story(
        joins("ann", "weekly", "weekly"),
        joins("bob", "weekly", "weekly"),
        writes(1, WEEKEND),
        Answers(at=WEEKEND, reader="ann", acts=(Act.DEFER,)),
        Cancel(at=MONDAY + 30 * MINUTE),
        digests=(weekly,),
    )
    world = World(story, sqlite_store, tmp_path)
    facts = world.play()
    assert breaches(story, facts, sqlite_store, world.why, world.blog.addresses) == []
    arrived = {(f.mail.reader, f.mail.edition) for f in facts if isinstance(f, Offered) and f.arrived}
    assert arrived == {("bob", "weekly-2026-11-30"), ("ann", "weekly-2026-11-30.2")}


@pytest.mark.slow
def test_a_morning_at_once_has_its_place_among_closings_of_the_same_instant(
    sqlite_store: Store, tmp_path: Path
) -> None:
    first = DigestRule(name="weekly", cadences=cadences("weekly", "at-once"))
    second = DigestRule(name="places", cadences=cadences("daily"))
    story = a_story(
        joins("ann", "weekly", "at-once"),
        joins("ann", "places", "daily"),
        *(writes(number, MONDAY - 40 * MINUTE) for number in range(1, 7)),
        digests=(first, second),
    )
    held(story, sqlite_store, tmp_path)


# -- what befalls a machine, its blog, its relay and its readers ---------------------------------------

#: Of one weekly digest and one reader, with a post a day before it closes.
WEEKLY = DigestRule(name="weekly", cadences=cadences("weekly"))


def a_week(*steps: Step) -> Story:
    return a_story(joins("ann", "weekly", "weekly"), writes(1, WEEKEND), *steps, digests=(WEEKLY,))


def spell(what: SpellKind, at: datetime, hours: float, *, room: int = 0) -> Spell:
    return Spell(at=at, until=at + hours * HOUR, what=what, room=room)


def played(story: Story, store: Store, folder: Path) -> tuple[World, list[Fact]]:
    """Plays *story*, which breaks no law."""
    world = World(story, store, folder)
    facts = world.play()
    assert [str(each) for each in breaches(story, facts, store, world.why, world.blog.addresses)] == []
    return world, facts


def arrivals(facts: list[Fact]) -> list[tuple[str, datetime]]:
    return [(fact.mail.edition, fact.at) for fact in facts if isinstance(fact, Offered) and fact.arrived]


def failures(facts: list[Fact]) -> set[str]:
    return {fact.deed for fact in facts if isinstance(fact, Looked) and not fact.well}


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 4096, 40_000])
def test_a_disk_that_is_full_holds_up_all_and_spoils_nothing(sqlite_store: Store, tmp_path: Path, room: int) -> None:
    full = spell("disk full", MONDAY - HOUR, 5, room=room)
    _, facts = played(a_week(writes(2, MONDAY - 2 * HOUR), full), sqlite_store, tmp_path)
    assert failures(facts)
    ((edition, at),) = arrivals(facts)
    assert (edition, at >= MONDAY + 4 * HOUR) == ("weekly-2026-11-30", True)


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 5, 10, 20, 40, 80])
def test_a_publish_that_is_killed_at_any_file_leaves_whole_feeds(
    sqlite_store: Store, tmp_path: Path, step: int
) -> None:
    _, facts = played(a_week(KillAtFile(at=WEEKEND - MINUTE, step=step)), sqlite_store, tmp_path)
    assert [fact.deed for fact in facts if isinstance(fact, Died)] == ["publish"]


@pytest.mark.slow
@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("transaction", [1, 2, 3])
def test_two_daemons_do_each_thing_once(sqlite_store: Store, tmp_path: Path, deed: Deed, transaction: int) -> None:
    company = [Beside(at=at - MINUTE, deed=deed, transaction=transaction) for at in (WEEKEND, MONDAY)]
    _, facts = played(a_week(*company), sqlite_store, tmp_path)
    assert [edition for edition, _ in arrivals(facts)] == ["weekly-2026-11-30"]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["relay greylists", "relay refuses us", "relay dead"])
def test_a_relay_that_will_not_take_a_copy_gets_it_later(sqlite_store: Store, tmp_path: Path, what: SpellKind) -> None:
    _, facts = played(a_week(spell(what, MONDAY - HOUR, 5)), sqlite_store, tmp_path)
    ((edition, at),) = arrivals(facts)
    assert (edition, at > MONDAY + HOUR) == ("weekly-2026-11-30", True)


@pytest.mark.slow
def test_a_blog_that_says_that_nearly_all_is_gone_is_not_believed(sqlite_store: Store, tmp_path: Path) -> None:
    more = [writes(number, WEEKEND - number * HOUR) for number in range(2, 9)]
    world, facts = played(a_week(*more, spell("blog lies", WEEKEND + HOUR, 20)), sqlite_store, tmp_path)
    assert len(world.documents.look()["all.atom"].entries) == 8
    assert len(arrivals(facts)) == 1


@pytest.mark.slow
def test_a_blog_that_takes_half_an_hour_to_answer_is_read_all_the_same(sqlite_store: Store, tmp_path: Path) -> None:
    slow = spell("blog slow", WEEKEND - HOUR, 30)
    more = [writes(number, WEEKEND + number * HOUR) for number in range(2, 5)]
    world, facts = played(a_week(*more, slow), sqlite_store, tmp_path)
    assert any(fact.at.minute > MINUTE_OF_LOOKS for fact in facts if isinstance(fact, Looked) and fact.deed == "poll")
    assert len(world.documents.look()["all.atom"].entries) == 4
    assert [edition for edition, _ in arrivals(facts)] == ["weekly-2026-11-30"]


@pytest.mark.slow
def test_a_blog_that_moves_is_the_same_blog(sqlite_store: Store, tmp_path: Path) -> None:
    moves = Move(at=MONDAY + HOUR, home="https://moved.example.org")
    world, facts = played(a_week(moves), sqlite_store, tmp_path)
    (entry,) = world.documents.look()["all.atom"].entries
    assert entry.url.startswith("https://moved.example.org/")
    assert len(arrivals(facts)) == 1


@pytest.mark.slow
def test_a_category_that_is_called_otherwise_is_the_same_feed_and_the_same_choice(
    sqlite_store: Store, tmp_path: Path
) -> None:
    joined = replace(joins("bob", "weekly", "weekly"), categories=("housing",))
    renamed = Rename(at=WEEKEND - HOUR, category="housing", slug="homes", name="Homes")
    world, facts = played(a_week(joined, writes(2, WEEKEND - 2 * HOUR), renamed), sqlite_store, tmp_path)
    assert "category/homes.atom" in world.documents.look()
    assert len(arrivals(facts)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("what", ["no such mailbox", "spam"])
def test_who_is_said_to_be_gone_gets_no_mail_until_the_operator_says_so(
    sqlite_store: Store, tmp_path: Path, what: Literal["no such mailbox", "spam"]
) -> None:
    second = MONDAY + timedelta(weeks=1)
    steps = (
        Bounce(at=MONDAY + HOUR, reader="ann", what=what),
        writes(2, MONDAY + 2 * HOUR),
        Lift(at=second + HOUR, reader="ann"),
    )
    story = replace(a_week(*steps), ends=MONDAY + timedelta(weeks=2, days=1))
    _, facts = played(story, sqlite_store, tmp_path)
    assert [edition for edition, _ in arrivals(facts)] == ["weekly-2026-11-30", "weekly-2026-12-14"]


@pytest.mark.slow
@pytest.mark.parametrize(("after", "editions"), [(20 * HOUR, ["weekly-2026-11-30"]), (9 * 24 * HOUR, [])])
def test_who_asks_on_the_form_is_a_reader_once_the_letter_is_confirmed_within_a_week(
    sqlite_store: Store, tmp_path: Path, after: timedelta, editions: list[str]
) -> None:
    asks = Form(
        at=WEEKEND - 5 * HOUR, reader="zoe", digest="weekly", categories=None, cadence="weekly", confirms_after=after
    )
    story = replace(a_week(asks), ends=MONDAY + timedelta(weeks=1))
    _, facts = played(story, sqlite_store, tmp_path)
    assert [f.mail.edition for f in facts if isinstance(f, Offered) and f.mail.reader == "zoe"] == editions


# -- what editors and the operator decide ----------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("what", ["leave", "pause"])
def test_whoever_goes_while_their_mail_is_in_hand_gets_no_final_dot(
    sqlite_store: Store, tmp_path: Path, what: Literal["leave", "pause"]
) -> None:
    goes = Meanwhile(at=MONDAY - HOUR, reader="ann", digest="weekly", what=what)
    _, facts = played(a_week(goes), sqlite_store, tmp_path)
    offered = [fact for fact in facts if isinstance(fact, Offered)]
    assert [(fact.dotted, fact.arrived) for fact in offered] == [(False, False)]


def an_edited_week(approval: Literal["hold", "required"], *steps: Step) -> Story:
    """Of a digest that editors look at, with two closings."""
    story = a_story(
        joins("ann", "weekly", "weekly"),
        writes(1, WEEKEND),
        *steps,
        digests=(replace(WEEKLY, approval=approval),),
    )
    return replace(story, ends=MONDAY + timedelta(weeks=1, days=1))


def edits(what: Literal["approve", "hold", "release", "drop"], at: datetime, post: int | None = None) -> Edit:
    return Edit(at=at, digest="weekly", what=what, post=post)


@pytest.mark.slow
def test_what_an_editor_holds_goes_when_it_is_let_go_or_with_the_next(sqlite_store: Store, tmp_path: Path) -> None:
    hold, release = edits("hold", MONDAY - 5 * HOUR), edits("release", MONDAY + 60 * HOUR)
    _, facts = played(an_edited_week("hold", hold, release), sqlite_store, tmp_path)
    ((edition, at),) = arrivals(facts)
    assert (edition, at > release.at) == ("weekly-2026-11-30", True)


@pytest.mark.slow
def test_what_nobody_approves_stands_in_the_next_edition_that_somebody_does(
    sqlite_store: Store, tmp_path: Path
) -> None:
    approved = edits("approve", MONDAY + timedelta(days=7, hours=1))
    _, facts = played(an_edited_week("required", approved), sqlite_store, tmp_path)
    ((edition, at),) = arrivals(facts)
    assert (edition, at >= MONDAY + timedelta(days=7)) == ("weekly-2026-12-07", True)


@pytest.mark.slow
def test_what_settles_after_the_approval_waits_for_the_next_edition(sqlite_store: Store, tmp_path: Path) -> None:
    steps = (edits("approve", MONDAY - 10 * HOUR), writes(2, MONDAY - 8 * HOUR))
    _, facts = played(an_edited_week("hold", *steps), sqlite_store, tmp_path)
    held_by = {fact.mail.edition: set(fact.mail.posts) for fact in facts if isinstance(fact, Offered) and fact.arrived}
    assert held_by == {"weekly-2026-11-30": {1}, "weekly-2026-12-07": {2}}


@pytest.mark.slow
def test_what_an_editor_drops_comes_by_no_edition(sqlite_store: Store, tmp_path: Path) -> None:
    steps = (writes(2, WEEKEND + HOUR), edits("drop", MONDAY - 10 * HOUR, 1))
    _, facts = played(an_edited_week("hold", *steps), sqlite_store, tmp_path)
    assert [set(fact.mail.posts) for fact in facts if isinstance(fact, Offered) and fact.arrived] == [{2}]


@pytest.mark.slow
def test_a_closing_that_is_put_off_takes_its_edition_along(sqlite_store: Store, tmp_path: Path) -> None:
    moved = Configure(at=MONDAY - 20 * HOUR, digest="weekly", closes_at=time(15), days=0)
    _, facts = played(a_week(moved), sqlite_store, tmp_path)
    ((edition, at),) = arrivals(facts)
    assert (edition, at >= MONDAY + 8 * HOUR) == ("weekly-2026-11-30", True)
