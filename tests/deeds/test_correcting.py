"""Readers are told in a line of their next edition that a post which they got has another title, or was withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.deeds.editions import correcting, decisions
from solacefeed.deeds.editions.correcting import Proposal
from solacefeed.errors import UsageError
from solacefeed.models.digests import Corrections
from solacefeed.models.editions import Correction
from solacefeed.ports import Batch
from tests.deeds.world import World
from tests.support.builders import MONDAY, WEDNESDAY, WEEK, a_digest, a_source_post
from tests.support.fakes import Act

BUDGET = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
TRAMS = a_source_post(id="2", title="Trams again", category_numbers=("3",), published=WEDNESDAY + WEEK)
MONTH_AGO = MONDAY - timedelta(days=30)


@pytest.fixture
def world(world: World) -> World:
    """A site that tells of every change unless an editor says otherwise."""
    world.digest = replace(a_digest(), corrections=Corrections.ALWAYS)
    return world


def a_week_later(world: World, post: str = "2") -> None:
    """The next edition is made and delivered; there is one post for everybody."""
    world.clock.forward(days=7)
    published = world.clock.now - timedelta(days=4)
    world.appear(a_source_post(id=post, title=f"Post {post}", category_numbers=("1", "3"), published=published))
    world.prepare()
    world.deliver()


def retitle(world: World, title: str) -> None:
    """The blog calls the budget otherwise from now on."""
    world.blog_says(Batch(posts=(replace(BUDGET, title=title, modified=world.clock.now),)))


def told(world: World, edition_id: str = "weekly/2026-11-30") -> dict[str, list[Correction]]:
    """What each reader is told by their copy."""
    copies = {name: copy for name, copy in world.copies().items() if copy.edition_id == edition_id}
    variants = world.variants(edition_id)
    return {name: list(variants[copy.selection].corrections) for name, copy in copies.items()}


def proposed(world: World) -> list[Proposal]:
    with world.store.read() as connection:
        return correcting.proposals(connection, since=world.clock.now - timedelta(days=30))


def mailed(world: World) -> None:
    """Ann, who has chosen housing, has got the budget; Ben, who has chosen Scotland, has not."""
    world.join("ann", categories=("housing",))
    world.join("ben", categories=("scotland",))
    world.appear(BUDGET)
    world.prepare()
    world.deliver()


def test_who_got_a_post_is_told_its_new_title_and_nobody_else_is(world: World) -> None:
    mailed(world)
    retitle(world, "The loud budget")
    a_week_later(world)
    (line,) = told(world)["ann"]
    assert (line.old_title, line.new_title, line.post_id) == ("The quiet budget", "The loud budget", "1")
    assert told(world)["ben"] == []


def test_it_is_told_once(world: World) -> None:
    mailed(world)
    retitle(world, "The loud budget")
    a_week_later(world)
    a_week_later(world, "3")
    assert told(world, "weekly/2026-12-07")["ann"] == []


@pytest.mark.more
def test_who_was_not_reached_by_the_edition_that_told_it_is_told_by_the_next(world: World) -> None:
    mailed(world)
    retitle(world, "The loud budget")
    world.clock.forward(days=7)
    world.appear(replace(TRAMS, category_numbers=BUDGET.category_numbers))
    world.prepare()
    world.deliver(Act.REJECT)
    assert world.states()["ann"] == "rejected"
    a_week_later(world, "3")
    (line,) = told(world, "weekly/2026-12-07")["ann"]
    assert line.new_title == "The loud budget"


def test_a_post_that_is_on_its_way_is_corrected_once_it_has_come_and_not_before(world: World) -> None:
    world.digest = replace(world.digest, max_late=timedelta(days=20))
    world.join("ann", categories=("housing",))
    world.appear(BUDGET)
    world.prepare()
    world.deliver(Act.DEFER)
    retitle(world, "The loud budget")
    world.clock.forward(days=7)
    world.appear(replace(TRAMS, category_numbers=BUDGET.category_numbers))
    world.prepare()
    assert told(world)["ann"] == []
    world.deliver()
    a_week_later(world, "3")
    (line,) = told(world, "weekly/2026-12-07")["ann"]
    assert (line.old_title, line.new_title) == ("The quiet budget", "The loud budget")


def test_what_is_told_by_a_mail_on_its_way_is_not_told_again(world: World) -> None:
    world.digest = replace(world.digest, max_late=timedelta(days=20))
    mailed(world)
    retitle(world, "The loud budget")
    world.clock.forward(days=7)
    world.appear(replace(TRAMS, category_numbers=BUDGET.category_numbers))
    world.prepare()
    world.deliver(Act.DEFER, Act.DEFER)
    assert len(told(world)["ann"]) == 1
    a_week_later(world, "3")
    assert told(world, "weekly/2026-12-07")["ann"] == []


def test_a_withdrawal_is_told_without_any_title(world: World) -> None:
    mailed(world)
    world.vanish("1")
    a_week_later(world)
    (line,) = told(world)["ann"]
    assert (line.old_title, line.new_title, line.url) == ("", None, None)


@pytest.mark.more
def test_a_title_is_not_told_any_more_when_its_post_is_withdrawn_before_the_copy_leaves(world: World) -> None:
    mailed(world)
    retitle(world, "The loud budget")
    world.clock.forward(days=7)
    world.appear(a_source_post(id="2", title="Trams again", category_numbers=("1", "3"), published=WEDNESDAY + WEEK))
    world.prepare()
    world.vanish("1")
    world.deliver()
    assert not any(b"loud budget" in mail.content for mail in world.relay.mailbox)
    assert told(world)["ann"] == []
    # Instead the next edition tells of the withdrawal.
    a_week_later(world, "3")
    assert [line.new_title for line in told(world, "weekly/2026-12-07")["ann"]] == [None]


def test_a_correction_is_never_a_mail_by_itself(world: World) -> None:
    mailed(world)
    retitle(world, "The loud budget")
    world.clock.forward(days=7)
    world.appear(TRAMS)
    world.prepare()
    assert [copy.edition_id for copy in world.copies().values()] == ["weekly/2026-11-23", "weekly/2026-11-30"]
    assert told(world) == {"ben": []}
    a_week_later(world, "3")
    assert [line.new_title for line in told(world, "weekly/2026-12-07")["ann"]] == ["The loud budget"]


def cancelled(world: World) -> None:
    """The edition of the budget goes to nobody any more."""
    decisions.cancel(world.store, world.clock, "weekly/2026-11-23")


def test_of_a_post_that_nobody_was_mailed_there_is_nothing_to_correct(world: World) -> None:
    world.digest = replace(world.digest, corrections=Corrections.ASK)
    world.join("ann", categories=("housing",))
    world.appear(BUDGET)
    world.prepare()
    retitle(world, "The loud budget")
    cancelled(world)
    assert proposed(world) == []
    with world.store.read() as connection:
        assert correcting.waiting(connection, [world.digest], world.clock.now) == 0
    with pytest.raises(UsageError, match="nobody has got post 1 "):
        correcting.say(world.store, world.clock, "1", "A table was wrong.", since=MONTH_AGO)


def test_a_post_that_may_have_come_is_corrected_whatever_became_of_its_copy(world: World) -> None:
    world.join("ann", categories=("housing",))
    world.appear(BUDGET)
    world.prepare()
    world.deliver(Act.CUT_AFTER_THE_DOT)
    assert world.states()["ann"] == "uncertain"
    retitle(world, "The loud budget")
    assert [each.correction.new_title for each in proposed(world)] == ["The loud budget"]


def test_of_an_edition_that_brought_a_post_to_nobody_who_was_reached_the_post_is_not_corrected(world: World) -> None:
    world.join("ann", categories=("housing",))
    world.join("ben", categories=("scotland",))
    world.appear(BUDGET)
    world.appear(replace(TRAMS, published=BUDGET.published))
    world.prepare()
    world.deliver(Act.REJECT)
    assert (world.states()["ann"], world.states()["ben"]) == ("rejected", "accepted")
    retitle(world, "The loud budget")
    assert proposed(world) == []
    world.blog_says(Batch(posts=(replace(TRAMS, title="Trams once more", modified=world.clock.now),)))
    assert [each.correction.post_id for each in proposed(world)] == ["2"]


def test_a_post_that_was_withdrawn_before_any_copy_was_handed_over_is_not_told_to_be(world: World) -> None:
    world.join("ann", categories=("housing",))
    world.appear(BUDGET)
    world.appear(replace(TRAMS, category_numbers=BUDGET.category_numbers, published=BUDGET.published))
    world.prepare()
    world.vanish("1")
    world.deliver()
    assert world.states()["ann"] == "accepted"
    assert proposed(world) == []


def test_what_a_copy_brought_before_it_was_sent_again_is_corrected(world: World) -> None:
    mailed(world)
    world.vanish("1")
    with world.store.write() as connection:
        connection.exec_driver_sql(
            "UPDATE deliveries SET got_before = 1, got_revision = revision, revision = 9, state = 'cancelled'"
        )
    assert [each.correction.new_title for each in proposed(world)] == [None]


@pytest.mark.more
def test_after_thirty_days_nothing_is_told(world: World) -> None:
    mailed(world)
    for post in "3456":
        a_week_later(world, post)
    retitle(world, "The loud budget")
    a_week_later(world, "7")
    assert told(world, "weekly/2026-12-28")["ann"] == []


@pytest.mark.more
def test_a_digest_that_asks_tells_nobody_until_the_editor_says_so(world: World) -> None:
    world.digest = replace(world.digest, corrections=Corrections.ASK)
    mailed(world)
    retitle(world, "The loud budget")
    (proposal,) = proposed(world)
    assert (proposal.told, proposal.edition_ids) == (None, ("weekly/2026-11-23",))
    a_week_later(world)
    assert told(world)["ann"] == []
    correcting.decide(world.store, world.clock, proposal.correction.key[:8], told=True, since=MONTH_AGO)
    a_week_later(world, "3")
    assert [line.new_title for line in told(world, "weekly/2026-12-07")["ann"]] == ["The loud budget"]


@pytest.mark.more
def test_what_the_editor_drops_is_told_to_nobody(world: World) -> None:
    mailed(world)
    retitle(world, "The loud budget")
    (proposal,) = proposed(world)
    assert (
        correcting.decide(world.store, world.clock, proposal.correction.key, told=False, since=MONTH_AGO).told is False
    )
    a_week_later(world)
    assert told(world)["ann"] == []
    assert [each.told for each in proposed(world)] == [False]


def test_a_digest_that_never_tells_tells_nothing(world: World) -> None:
    world.digest = replace(world.digest, corrections=Corrections.NEVER)
    mailed(world)
    retitle(world, "The loud budget")
    a_week_later(world)
    assert told(world)["ann"] == []


@pytest.mark.more
def test_an_editors_words_are_told_to_who_got_the_post(world: World) -> None:
    world.digest = replace(world.digest, corrections=Corrections.ASK)
    mailed(world)
    world.clock.forward(hours=2)
    words = "  The second table\nwas of 2024. "
    key = correcting.say(world.store, world.clock, "1", words, since=MONTH_AGO)
    a_week_later(world)
    (line,) = told(world)["ann"]
    assert (line.key, line.words, line.new_title) == (key, "The second table was of 2024.", "The quiet budget")
    assert told(world)["ben"] == []
    a_week_later(world, "3")
    assert told(world, "weekly/2026-12-07")["ann"] == []


def test_words_that_were_dropped_and_let_be_told_again_keep_their_time(world: World) -> None:
    mailed(world)
    world.clock.forward(hours=2)
    key = correcting.say(world.store, world.clock, "1", "A table was wrong.", since=MONTH_AGO)
    for told_ in (False, True):
        world.clock.forward(hours=2)
        correcting.decide(world.store, world.clock, key, told=told_, since=MONTH_AGO)
    a_week_later(world)
    assert [line.words for line in told(world)["ann"]] == ["A table was wrong."]


@pytest.mark.parametrize(
    ("post_id", "words", "complaint"),
    [
        ("1", "  ", "say it in 1 to 300 characters"),
        ("1", "x" * 301, "say it in 1 to 300 characters"),
        ("9", "Wrong.", "no edition has brought post 9 lately"),
    ],
)
def test_words_that_can_be_told_to_nobody_are_refused(world: World, post_id: str, words: str, complaint: str) -> None:
    mailed(world)
    with pytest.raises(UsageError, match=complaint):
        correcting.say(world.store, world.clock, post_id, words, since=MONTH_AGO)


def test_of_a_post_that_was_withdrawn_no_words_are_taken(world: World) -> None:
    mailed(world)
    world.vanish("1")
    with pytest.raises(UsageError, match="not public"):
        correcting.say(world.store, world.clock, "1", "Wrong.", since=MONTH_AGO)


def test_a_key_that_is_none_or_more_than_one_is_refused(world: World) -> None:
    mailed(world)
    with pytest.raises(UsageError, match="there is no correction that begins with abc"):
        correcting.decide(world.store, world.clock, "abc", told=True, since=MONTH_AGO)
    world.clock.forward(hours=1)
    for words in ("One thing.", "Another."):
        correcting.say(world.store, world.clock, "1", words, since=MONTH_AGO)
    with pytest.raises(UsageError, match="2 corrections begin with"):
        correcting.decide(world.store, world.clock, "", told=True, since=MONTH_AGO)
