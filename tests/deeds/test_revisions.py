"""Each variant is rendered once, however many copies it has; and what changes meanwhile is in no later copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, count, cycle, islice
from pathlib import Path
from threading import current_thread

import pytest
import sqlalchemy as sa

from solacefeed.deeds.editions.revisions import Revisions
from solacefeed.deeds.events.decisions import dismiss
from solacefeed.deeds.events.known_events import events_to_promote, known_events
from solacefeed.errors import StoreError
from solacefeed.models.blog import SourceCategory
from solacefeed.models.editions import Variant
from solacefeed.models.events import Event
from solacefeed.models.posts import CategoryId
from solacefeed.ports import Batch
from solacefeed.store import events
from solacefeed.store.database import open_store
from solacefeed.store.variants import newest_variants
from solacefeed.template_files import content_mark
from solacefeed.templating import templates
from tests.deeds.event_world import EventWorld, a_blurb
from tests.deeds.world import World
from tests.support.builders import LONDON, WEDNESDAY, a_source_category, a_source_post, an_event, category_ids
from tests.support.counting import what_is_asked
from tests.support.fakes import Act, WatchedTemplates

SEVEN = tuple(map(str, range(1, 8)))
#: Every choice of some of seven categories: 127. Most tests take the first few.
CHOICES = [choice for size in SEVEN for choice in combinations(category_ids(*SEVEN), int(size))]
QUIET = a_source_post(id="1", title="The quiet budget", category_numbers=SEVEN)
ISLANDS = a_source_post(id="2", title="Islands", category_numbers=SEVEN, published=WEDNESDAY + timedelta(hours=1))
#: In no edition: it appeared after the closing.
LATE = a_source_post(id="9", title="Late", category_numbers=SEVEN, published=datetime(2026, 11, 23, 7, 30, tzinfo=UTC))


def prepared(world: World, copies: int, choices: Iterable[tuple[CategoryId, ...]] = CHOICES) -> None:
    """An edition of two posts that has so many copies, and a variant for each of the choices."""
    world.recategorise(*_seven())
    world.join_at_once({f"reader{number}": choice for number, choice in enumerate(islice(cycle(choices), copies))})
    world.appear(QUIET, ISLANDS)
    world.prepare()


def _seven() -> Iterator[SourceCategory]:
    for number in SEVEN:
        yield a_source_category(number=number, slug=f"section-{number}", name=f"Section {number}")


def at_copy(world: World, number: int, happens: Callable[[], object]) -> None:
    """When the copy of that *number* has its mark, this happens."""
    world.relay.at_dot = lambda: happens() if world.relay.tried == number else None


def before_the_mark_of(world: World, number: int, happens: Callable[[], object]) -> None:
    """When the relay has the body of the copy of that *number*, this happens."""
    world.relay.at_mark = lambda: happens() if world.relay.tried == number else None


def saying(world: World, words: str) -> list[bool]:
    """Whether each mail says that, in the order in which they went."""
    return [words.encode() in mail.content for mail in world.relay.mailbox]


def revisions(world: World) -> set[int]:
    return {variant.revision for variant in world.variants().values()}


# -- once, while nothing changes ------------------------------------------------------------------------


def check_that_each_is_rendered_once_and_read_in_a_few_journeys(world: World, variants: int) -> None:
    prepared(world, 2 * variants, CHOICES[:variants])
    assert world.templates.rendered == len(world.variants()) == variants
    with what_is_asked(world.store) as asked:
        assert world.deliver().accepted == 2 * variants
    assert (world.templates.rendered, world.sheets.made) == (variants, variants)
    assert 0 < len([words for words in asked if "FROM variants" in words]) <= variants // 6


def test_connections_wait_for_no_variant_of_what_was_claimed(world: World) -> None:
    prepared(world, 40, CHOICES[:20])
    by_whom: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_more: object) -> None:
        if "FROM variants" in text:
            by_whom.append(current_thread().name)

    sa.event.listen(world.store.engine, "before_cursor_execute", note)
    world.deliver(*[Act.CUT_AFTER_THE_DOT, Act.DEFER, *[Act.ACCEPT] * 38])
    world.clock.forward(hours=1)
    # One that may have arrived says what it said, the other what is newest.
    world.deliver()
    assert set(world.states().values()) == {"accepted"}
    assert world.templates.rendered == 20
    assert set(by_whom) == {current_thread().name}


@pytest.mark.more
def test_24_variants_are_rendered_once_for_48_copies_and_read_in_a_few_journeys(world: World) -> None:
    check_that_each_is_rendered_once_and_read_in_a_few_journeys(world, 24)


@pytest.mark.slow
def test_127_variants_are_rendered_once_for_254_copies_and_read_in_a_few_journeys(world: World) -> None:
    check_that_each_is_rendered_once_and_read_in_a_few_journeys(world, 127)


@pytest.mark.slow
def test_41_variants_are_rendered_once_for_3000_copies(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/solacefeed.db")
    world = World(store)
    prepared(world, 3000, CHOICES[:41])
    assert world.deliver().accepted == 3000
    assert (world.templates.rendered, world.sheets.made) == (41, 41)
    store.close()


def test_while_nothing_changes_a_round_asks_once_what_its_mails_are_made_of(world: World) -> None:
    prepared(world, 60, CHOICES[:5])
    asked: list[datetime] = []

    def promotable(_: sa.Connection, now: datetime) -> tuple[Event, ...]:
        asked.append(now)
        return ()

    world.promotable = promotable
    assert world.deliver().accepted == 60
    assert len(asked) == 1


def test_a_later_round_renders_nothing_again(world: World) -> None:
    prepared(world, 3)
    world.deliver(*[Act.DEFER] * 3)
    world.clock.forward(hours=1)
    assert world.deliver().accepted == 3
    assert world.templates.rendered == 3


@pytest.mark.more
def test_a_change_that_no_mail_shows_renders_nothing(world: World) -> None:
    prepared(world, 20)
    at_copy(world, 8, lambda: world.appear(LATE))
    assert world.deliver().accepted == 20
    assert world.templates.rendered == 20
    assert revisions(world) == {1}


# -- what changes in mid-round --------------------------------------------------------------------------


def test_a_post_withdrawn_in_mid_round_is_in_no_later_copy(world: World) -> None:
    prepared(world, 40, CHOICES[:25])
    at_copy(world, 12, lambda: world.vanish("2"))
    assert world.deliver().accepted == 40
    assert saying(world, "Islands") == [True] * 12 + [False] * 28
    assert world.templates.rendered == 25 + 25


def test_a_withdrawn_post_goes_to_nobody_even_where_telling_of_it_fails_once(world: World) -> None:
    prepared(world, 5)
    told: list[tuple[str, ...]] = []

    def tell(titles: tuple[str, ...]) -> None:
        told.append(titles)
        if len(told) == 1:
            raise StoreError("the store is held")

    revisions = Revisions(world.store, world.clock, world.renderer, world.the_edition(), tell)
    with world.store.read() as connection:
        key = min(each.selection for each in newest_variants(connection, world.the_edition().id))
        revisions.look(connection)
    assert "Islands" in shown(revisions.newest(key))
    world.vanish("2")
    with world.store.read() as connection:
        revisions.look(connection)
    with pytest.raises(StoreError):
        revisions.newest(key)
    assert "Islands" not in shown(revisions.newest(key))
    assert told == [("Islands",)] * 2


def shown(variant: Variant | None) -> str:
    assert variant is not None
    return variant.text


@pytest.mark.more
def test_what_is_taken_out_of_an_edition_that_leaves_is_told_once(world: World) -> None:
    prepared(world, 5)
    at_copy(world, 2, lambda: world.vanish("2"))
    world.deliver()
    assert world.taken_out == [("weekly/2026-11-23", ("Islands",))]


@pytest.mark.more
def test_after_a_change_only_variants_that_are_still_used_are_rendered_again(world: World) -> None:
    prepared(world, 30, CHOICES[:27])
    at_copy(world, 20, lambda: world.vanish("2"))
    world.deliver()
    assert world.templates.rendered == 27 + 10
    assert sorted(variant.revision for variant in world.variants().values()) == [1] * 17 + [2] * 10


@pytest.mark.more
def test_what_is_withdrawn_and_comes_back_in_mid_round_is_rendered_as_often_as_it_changed(world: World) -> None:
    world.join("ann", "ben", "cat", "dan")
    world.appear(QUIET, ISLANDS)
    world.prepare()
    at_copy(world, 2, lambda: world.vanish("2"))
    world.deliver(Act.ACCEPT, Act.ACCEPT, Act.ACCEPT, Act.DEFER)
    world.blog_says(Batch(posts=(ISLANDS,)))
    world.clock.forward(hours=1)
    world.deliver()
    assert saying(world, "Islands") == [True, True, False, True]
    assert world.templates.rendered == 3


def test_when_all_of_its_posts_go_in_mid_round_the_rest_of_the_copies_is_cancelled(world: World) -> None:
    prepared(world, 5)
    at_copy(world, 2, lambda: world.vanish("1", "2"))
    result = world.deliver()
    assert (result.accepted, result.cancelled) == (2, 3)
    assert world.templates.rendered == 5


def test_a_copy_that_was_in_hand_before_the_change_goes_again_as_it_was(world: World) -> None:
    world.join("ann", "ben")
    world.appear(QUIET, ISLANDS)
    world.prepare()
    at_copy(world, 1, lambda: world.vanish("2"))
    world.deliver(Act.CUT_AFTER_THE_DOT)
    world.clock.forward(hours=1)
    world.deliver()
    assert [mail.recipient[:3] for mail in world.relay.mailbox] == ["ann", "ben", "ann"]
    assert saying(world, "Islands") == [True, False, True]
    assert {name: copy.revision for name, copy in world.copies().items()} == {"ann": 1, "ben": 2}


@pytest.mark.more
def test_a_renamed_category_is_named_so_in_every_later_copy(world: World) -> None:
    prepared(world, 3)
    renamed = [replace(each, name="Roofs") if each.number == "1" else each for each in _seven()]
    at_copy(world, 1, lambda: world.recategorise(*renamed))
    world.deliver()
    assert saying(world, "Roofs") == [False, True, True]


def test_a_copy_without_its_mark_is_offered_anew_when_its_words_changed(world: World) -> None:
    prepared(world, 10, CHOICES[:2])
    before_the_mark_of(world, 4, lambda: world.vanish("2"))
    assert world.deliver().accepted == 10
    assert saying(world, "Islands") == [True] * 3 + [False] * 7
    assert world.relay.tried == 11
    assert {copy.attempts for copy in world.copies().values()} == {1}


def test_a_copy_without_its_mark_goes_on_when_what_changed_is_no_part_of_it(world: World) -> None:
    prepared(world, 10, CHOICES[:2])
    before_the_mark_of(world, 4, lambda: world.blog_says(Batch(posts=(LATE,))))
    assert world.deliver().accepted == 10
    assert (world.relay.tried, revisions(world)) == (10, {1})


def test_a_copy_that_has_nothing_left_to_say_at_its_mark_does_not_go(world: World) -> None:
    prepared(world, 3)
    before_the_mark_of(world, 2, lambda: world.vanish("1", "2"))
    result = world.deliver()
    assert (result.accepted, result.cancelled) == (1, 2)
    assert world.relay.tried == 2


@pytest.mark.more
def test_what_changes_with_each_copy_that_is_offered_is_put_off_at_last(world: World) -> None:
    prepared(world, 2, CHOICES[:1])
    world.events = (an_event(),)
    names = map(str, count())

    def rename() -> None:
        world.recategorise(*(replace(each, name=f"Section {next(names)}") for each in _seven()))

    world.relay.at_mark = rename
    assert world.deliver().accepted == 0
    assert set(world.states().values()) == {"pending"}
    world.relay.at_mark = lambda: None
    assert world.deliver().accepted == 2


# -- what time alone changes ----------------------------------------------------------------------------


def test_an_event_that_is_over_in_mid_round_is_in_no_later_copy(world: World) -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    world.events = (an_event(id="briefing", name="Morning Briefing", starts=at, ends=at + timedelta(hours=1)),)
    prepared(world, 16, CHOICES[:5])
    at_copy(world, 8, lambda: world.clock.forward(hours=2))
    assert world.deliver().accepted == 16
    assert saying(world, "Morning Briefing") == [True] * 8 + [False] * 8
    assert world.templates.rendered == 5 + 5


@pytest.mark.more
def test_at_midnight_an_event_comes_nearer_in_every_later_copy(world: World) -> None:
    world.events = (an_event(starts=date(2026, 11, 25)),)
    prepared(world, 16, CHOICES[:5])
    world.clock.forward(hours=15)
    at_copy(world, 8, lambda: world.clock.forward(hours=2))
    world.deliver()
    assert saying(world, "In two days") == [True] * 8 + [False] * 8
    assert saying(world, "Tomorrow") == [False] * 8 + [True] * 8
    assert world.templates.rendered == 5 + 5


def test_an_event_that_the_operator_dismisses_in_mid_round_is_in_no_later_copy(telling_anywhere: EventWorld) -> None:
    telling, world = telling_anywhere, telling_anywhere.world

    def promotable(connection: sa.Connection, now: datetime) -> tuple[Event, ...]:
        return events_to_promote(known_events(connection, (), now, LONDON), (), events.rows(connection), now)

    world.promotable = promotable
    world.join("ann", "ben", "cat")
    telling.at(WEDNESDAY)
    telling.post("1", a_blurb("The Chief Officers' Summit is in Harrogate on 13 to 15 April 2027. Book here."))
    telling.refresh()
    telling.at(WEDNESDAY + timedelta(days=5))
    (event,) = telling.known()
    world.prepare()
    at_copy(world, 1, lambda: dismiss(world.store, world.clock, event))
    world.deliver()
    assert saying(world, "Harrogate") == [True, False, False]
    assert world.templates.rendered == 2


# -- from process to process, and from release to release -----------------------------------------------


@pytest.mark.more
def test_a_variant_of_an_older_release_keeps_its_revision_and_is_marked_when_it_is_asked_first(world: World) -> None:
    prepared(world, 3)
    with world.store.write() as connection:
        connection.execute(sa.text("UPDATE variants SET made_of = NULL"))
    world.deliver(*[Act.DEFER] * 3)
    assert (world.templates.rendered, revisions(world)) == (3 + 3, {1})
    world.clock.forward(hours=1)
    world.deliver()
    assert (world.templates.rendered, revisions(world)) == (3 + 3, {1})


@pytest.mark.more
def test_other_templates_that_say_the_same_make_no_new_revision(world: World) -> None:
    prepared(world, 1)
    world.templates_mark = "another"
    world.deliver(Act.DEFER)
    assert (world.templates.rendered, revisions(world)) == (2, {1})
    world.clock.forward(hours=1)
    world.deliver()
    assert world.templates.rendered == 2


def test_a_template_that_the_operator_changed_is_that_of_every_later_copy(world: World, tmp_path: Path) -> None:
    world.templates_mark = content_mark("digest/")
    prepared(world, 2, CHOICES[:1])
    world.deliver(Act.ACCEPT, Act.DEFER)
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest" / "subject.txt").write_text("Another subject")
    world.templates = WatchedTemplates(templates(tmp_path))
    world.templates_mark = content_mark("digest/", tmp_path)
    world.clock.forward(hours=1)
    world.deliver()
    assert saying(world, "Subject: Another subject") == [False, True]
