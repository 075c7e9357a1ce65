"""A notice reaches the readers of a digest, or those of some of its categories, between closings."""

from __future__ import annotations

from solacefeed.deeds.editions.notice import begin_notice
from solacefeed.models.editions import EditionState
from tests.deeds.test_why import asked
from tests.deeds.world import World
from tests.support.builders import LONDON

WORDS = "We move house\n\nFrom Monday on you find us at 2 Market Square."
NOTICE = "weekly/notice-2026-11-23-1"


def give_notice(world: World, *slugs: str) -> None:
    begin_notice(world.store, world.clock, world.digest, LONDON, words=WORDS, slugs=slugs or None)
    world.prepare()
    world.deliver()


def test_a_notice_reaches_every_reader_of_the_digest_once(world: World) -> None:
    world.join("ann", categories=("scotland",))
    world.join("ben")
    give_notice(world)
    world.prepare()
    world.deliver()
    assert world.got() == ["ann", "ben"]
    assert [each.state for each in world.editions() if each.id == NOTICE] == [EditionState.DONE]
    assert all(b"\r\nSubject: We move house\r\n" in mail.content for mail in world.relay.mailbox)


def test_what_an_editor_has_pasted_is_characters_of_text(world: World) -> None:
    pasted = "We \u202emove\x07\n\n\x1b[1mFrom\u202c Monday on."
    begun = begin_notice(world.store, world.clock, world.digest, LONDON, words=pasted, slugs=None)
    assert not any(sign in f"{begun.editing}" for sign in ("\\u202e", "\\x07", "\\x1b"))


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
