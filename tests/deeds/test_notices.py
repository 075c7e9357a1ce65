"""A notice reaches the readers of a digest, or those of some of its categories, between closings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.deeds.editions.notice import begin_notice
from solacefeed.deeds.upkeep.status import site_status
from solacefeed.models.digests import Cadence, CadenceKind
from solacefeed.models.editions import EditionState
from tests.deeds.test_why import asked
from tests.deeds.world import BLOG, World
from tests.support.builders import LONDON, MONDAYS_AT_SEVEN, a_source_post
from tests.support.fakes import Act

WORDS = "We move house\n\nFrom Monday on you find us at 2 Market Square."
NOTICE = "weekly/notice-2026-11-23-1"


def give_notice(world: World, *slugs: str) -> None:
    begin_notice(world.store, world.clock, world.digest, LONDON, words=WORDS, slugs=slugs or None)
    world.prepare()
    world.deliver()


@pytest.mark.more
def test_a_notice_reaches_every_reader_of_the_digest_once(world: World) -> None:
    world.join("ann", categories=("scotland",))
    world.join("ben")
    give_notice(world)
    world.prepare()
    world.deliver()
    assert world.got() == ["ann", "ben"]
    assert [each.state for each in world.editions() if each.id == NOTICE] == [EditionState.DONE]
    assert all(b"\r\nSubject: We move house\r\n" in mail.content for mail in world.relay.mailbox)


def rejected(world: World) -> dict[str, int]:
    """By edition, the rejected copies that ``status`` tells of."""
    standing = site_status(world.store, world.clock.now, BLOG, [world.digest], LONDON)
    return {each.id: each.copies["rejected"] for each in standing.editions if "rejected" in each.copies}


@pytest.mark.more
def test_copies_of_a_notice_that_were_rejected_are_told_of_by_status(world: World) -> None:
    world.join("ann", "ben")
    begin_notice(world.store, world.clock, world.digest, LONDON, words=WORDS, slugs=None)
    world.prepare()
    world.deliver(Act.ACCEPT, Act.REJECT)
    assert world.editions()[-1].state is EditionState.DONE
    assert rejected(world) == {NOTICE: 1}


@pytest.mark.more
def test_those_of_a_further_cadence_are_too_though_the_first_one_has_an_edition(world: World) -> None:
    daily = Cadence(kind=CadenceKind.DAILY, closings=(replace(MONDAYS_AT_SEVEN, weekday=None),))
    world.digest = replace(world.digest, cadences=(*world.digest.cadences, daily))
    world.had_an_edition()
    world.join("ann", cadence=CadenceKind.DAILY)
    world.clock.forward(days=1)
    world.appear(a_source_post(id="1", published=world.clock.now - timedelta(hours=5)))
    world.prepare()
    world.deliver(Act.REJECT)
    assert rejected(world) == {"weekly/daily-2026-11-24": 1}


def test_what_an_editor_has_pasted_is_characters_of_text(world: World) -> None:
    pasted = "We \u202emove\x07\n\n\x1b[1mFrom\u202c Monday on."
    begun = begin_notice(world.store, world.clock, world.digest, LONDON, words=pasted, slugs=None)
    assert not any(sign in f"{begun.editing}" for sign in ("\\u202e", "\\x07", "\\x1b"))


@pytest.mark.more
def test_a_notice_for_a_category_reaches_those_who_get_its_posts(world: World) -> None:
    world.join("ann", categories=("housing",))
    world.join("ben", categories=("homelessness",))
    world.join("cat", categories=("scotland",))
    world.join("dan")
    # Homelessness lies below Housing: who has chosen that gets the posts of both.
    give_notice(world, "homelessness")
    assert world.got() == ["ann", "ben", "dan"]


def test_a_notice_for_a_category_is_not_for_those_who_have_chosen_what_lies_below_it_alone(world: World) -> None:
    world.join("ann", categories=("housing",))
    world.join("ben", categories=("homelessness",))
    give_notice(world, "housing")
    assert world.got() == ["ann"]
    assert asked(world, "ben", NOTICE).nothing == "the notice is for readers of other categories than theirs"
    assert asked(world, "ann", NOTICE).nothing is None
