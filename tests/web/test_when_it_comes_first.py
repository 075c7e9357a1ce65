"""A new reader is told the day of the edition that they get: of none whose readers are settled, or that may stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.editions import desk_acts
from solacefeed.models.digests import Approval
from solacefeed.store.database import Store
from tests.deeds.people_world import People, text_of
from tests.deeds.world import World
from tests.support.builders import MONDAY, WEEK, a_source_post
from tests.web.visitors import Visitors

THIS = "weekly/2026-11-30"
CLOSING = MONDAY.replace(hour=7) + WEEK
COMES_NOW = "he next one comes on Monday 30 November 2026."
COMES_A_WEEK_LATER = "he next one comes on Monday 7 December 2026."


def drafted(store: Store, folder: Path, approval: Approval) -> Visitors:
    """On the day before a closing its edition is a draft, and ben is one of its readers."""
    world = World(store)
    world.digest = replace(world.digest, cadences=(replace(world.digest.first, approval=approval),))
    world.had_an_edition()
    world.join("ben")
    world.appear(a_source_post(id="1", published=MONDAY + timedelta(days=2)))
    world.clock.now = CLOSING - timedelta(hours=18)
    world.prepare()
    return Visitors(People(world, folder))


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Visitors:
    return drafted(store, tmp_path, Approval.HOLD)


def approve(site: Visitors) -> None:
    site.people.world.approve(THIS)


def told(site: Visitors, who: str) -> tuple[str, str]:
    """What the page says and what the welcome, to who confirms now."""
    site.people.ask(who)
    site.people.mail()
    page = site.press(site.open(f"/confirm/{site.people.link(who, 'confirm')}"), "Yes, subscribe me").text
    site.people.deliver()
    return page, text_of(site.people.mailbox(who)[-1])


def test_who_confirms_while_it_is_a_draft_is_told_its_day_and_gets_it(site: Visitors) -> None:
    assert all(COMES_NOW in said for said in told(site, "ann"))
    approve(site)
    site.people.world.prepare()
    assert "ann" in site.people.world.copies()


def test_who_confirms_between_its_approval_and_its_freezing_is_told_its_day_and_gets_it(site: Visitors) -> None:
    approve(site)
    assert all(COMES_NOW in said for said in told(site, "ann"))
    site.people.world.prepare()
    assert "ann" in site.people.world.copies()


def test_who_confirms_when_its_readers_are_settled_is_told_the_day_of_the_one_after_it(site: Visitors) -> None:
    approve(site)
    site.people.world.prepare()
    assert all(COMES_A_WEEK_LATER in said for said in told(site, "ann"))
    assert "ann" not in site.people.world.copies()


@pytest.mark.more
def test_who_has_a_copy_of_it_and_presses_again_is_told_its_day(site: Visitors) -> None:
    told(site, "ann")
    approve(site)
    site.people.world.prepare()
    page = site.open(f"/confirm/{site.people.link('ann', 'confirm')}")
    assert COMES_NOW in site.press(page, "Show what I can do now").text


def test_no_day_is_promised_of_one_that_is_held(site: Visitors) -> None:
    desk_acts.hold(site.people.world.store, site.people.clock, THIS, reason="for the vote")
    page, welcome = told(site, "ann")
    assert "Weekly digest comes every Monday." in page
    assert "next one" not in page + welcome


def test_no_day_is_promised_where_an_editor_has_to_approve_each(sqlite_store: Store, tmp_path: Path) -> None:
    page, welcome = told(drafted(sqlite_store, tmp_path, Approval.REQUIRED), "ann")
    assert "Weekly digest comes every Monday." in page
    assert "next one" not in page + welcome
