"""What could not simply be taken over, and what the operator decides of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

import pytest

from solacefeed.deeds.events.calendars import CalendarsResult
from solacefeed.deeds.posts.decisions import accept_removals, refuse_removals, retry_quarantined
from solacefeed.deeds.posts.poll import PollSettings, poll, reread_all
from solacefeed.deeds.posts.reread import lift_recurring, reread
from solacefeed.errors import Busy
from solacefeed.models.blog import SourcePost
from solacefeed.models.posts import Post, PostState, Reading
from solacefeed.ports import Batch
from solacefeed.store import posts, quarantine, removals, sources
from solacefeed.store.locks import only_one
from solacefeed.store.posts import Raw
from solacefeed.text.reading import read
from tests.deeds.world import BLOG, World
from tests.support.builders import a_reading, a_source_post
from tests.support.counting import what_is_asked
from tests.support.fakes import ScriptedSource

MANY = tuple(a_source_post(id=str(number), title=f"Post {number}") for number in range(1, 21))
HALF_GONE = {str(post.number): "deleted (404)" for post in MANY[:10]}


def states(world: World) -> dict[str, PostState]:
    with world.store.read() as connection:
        return {post.id: post.state for post in posts.listing(connection, limit=100)}


def held(world: World) -> list[removals.Removal]:
    with world.store.read() as connection:
        return removals.held(connection)


def quarantined(world: World) -> dict[str, str]:
    with world.store.read() as connection:
        return {each.key: each.reason for each in quarantine.everything(connection)}


def test_removals_held_back_wait_for_the_operator_and_go_when_he_accepts(world: World) -> None:
    world.blog_says(Batch(posts=MANY))
    world.blog_says(Batch(gone=HALF_GONE))
    assert {removal.post_id for removal in held(world)} == set(HALF_GONE)
    assert accept_removals(world.store, world.clock) == 10
    assert {post_id for post_id, state in states(world).items() if state is PostState.GONE} == set(HALF_GONE)
    assert held(world) == []


def test_removals_that_the_operator_refuses_are_never_believed(world: World) -> None:
    world.blog_says(Batch(posts=MANY))
    world.blog_says(Batch(gone=HALF_GONE))
    assert refuse_removals(world.store) == 10
    result = world.blog_says(Batch(gone=HALF_GONE))
    assert (result.gone, result.held) == (0, 0)
    assert PostState.GONE not in states(world).values()


def test_a_post_that_the_blog_shows_again_is_no_removal_any_more(world: World) -> None:
    world.blog_says(Batch(posts=MANY))
    world.blog_says(Batch(gone=HALF_GONE))
    world.blog_says(Batch(posts=(MANY[0],)))
    assert {removal.post_id for removal in held(world)} == set(HALF_GONE) - {"1"}


def test_a_post_that_cannot_be_read_is_set_aside_with_its_reason_and_the_others_go_on(world: World) -> None:
    result = world.blog_says(Batch(posts=MANY[:2], unreadable={"99": "title is missing"}))
    assert (result.new, result.unreadable) == (2, 1)
    assert quarantined(world) == {"99": "title is missing"}


def test_a_post_on_which_reading_breaks_costs_no_other(world: World) -> None:
    def read(post: SourcePost) -> Reading:
        if post.number == "1":
            raise RecursionError("too deep")
        return a_reading(post)

    result = world.blog_says(Batch(posts=MANY[:3]), read=read)
    assert (result.new, result.unreadable) == (2, 1)
    assert "too deep" in quarantined(world)["1"]


def test_a_post_that_can_be_read_again_leaves_the_quarantine(world: World) -> None:
    world.blog_says(Batch(posts=MANY[:1], unreadable={"2": "date is missing"}))
    world.blog_says(Batch(posts=(MANY[1],)))
    assert quarantined(world) == {}


def test_a_retry_makes_the_next_poll_ask_for_everything_that_is_not_known(world: World) -> None:
    world.blog_says(Batch(posts=MANY[:1], unreadable={"2": "?"}, memory={"gap": "1", "watermark": "x"}, complete=True))
    assert retry_quarantined(world.store, BLOG) == 1
    with world.store.read() as connection:
        assert sources.notes(connection, BLOG).memory == {"watermark": "x", "retry": "yes"}


def test_posts_are_read_again_by_better_rules_without_asking_the_blog(world: World) -> None:
    world.blog_says(Batch(posts=MANY))
    done = reread(
        world.store,
        world.clock,
        lambda raw: replace(a_reading(MANY[0]), title=raw.title.upper(), content=raw.content or ""),
        on_chunk=lambda _: None,
    )
    assert done.posts == 20
    with world.store.read() as connection:
        assert {post.title for post in posts.listing(connection, limit=100)} == {f"POST {n}" for n in range(1, 21)}


def test_reading_again_by_the_same_rules_changes_nothing(world: World) -> None:
    world.blog_says(Batch(posts=MANY[:3]))
    titles = {post.title: post for post in MANY}
    done = reread(world.store, world.clock, lambda raw: a_reading(titles[raw.title]), on_chunk=lambda _: None)
    assert (done.posts, done.changed) == (3, 0)


def test_a_post_that_cant_be_read_again_stays_as_it_was_and_the_others_are_read(world: World) -> None:
    world.blog_says(Batch(posts=MANY[:3]))

    def anew(raw: Raw) -> Reading:
        if raw.post_id == "2":
            raise RecursionError("too deep")
        return replace(a_reading(MANY[0]), title=raw.title.upper())

    done = reread(world.store, world.clock, anew, on_chunk=lambda _: None)
    assert (done.posts, done.changed) == (3, 2)
    assert quarantined(world).keys() == {"reading 2"}
    with world.store.read() as connection:
        assert {post.title for post in posts.listing(connection, limit=9)} == {"POST 1", "Post 2", "POST 3"}
    reread(world.store, world.clock, lambda _: a_reading(MANY[0]), on_chunk=lambda _: None)
    assert quarantined(world) == {}


ENDING = '<p>Chief Officers’ Summit, Harrogate, <a href="https://events.example.org/">13-15 April 2027</a></p>'


def by_the_rules(world: World) -> Callable[[SourcePost | Raw], Reading]:
    """How posts are read today, by what is known of their endings."""
    with world.store.read() as connection:
        recurring = posts.recurring_endings(connection) | posts.recurring_beginnings(connection)
    return lambda post: read(post.title, post.content or "", url=post.url, recurring=recurring)


def test_a_paragraph_that_turns_out_to_recur_is_lifted_out_of_the_posts_before_too(world: World) -> None:
    for number in ("1", "2", "3"):
        post = a_source_post(id=number, content=f"<p>Story {number}.</p>{ENDING}")
        world.blog_says(Batch(posts=(post,)), read=by_the_rules(world))
        assert lift_recurring(world.store, world.clock, by_the_rules(world)) == (3 if number == "3" else 0)
    assert lift_recurring(world.store, world.clock, by_the_rules(world)) == 0
    world.blog_says(Batch(posts=(a_source_post(id="4", content=f"<p>Story 4.</p>{ENDING}"),)), read=by_the_rules(world))
    with world.store.read() as connection:
        contents = [post.content for post in posts.listing(connection, limit=100)]
        told = posts.telling(connection, until=world.clock.now)
    assert sorted(contents) == [f"<p>Story {number}.</p>" for number in (1, 2, 3, 4)]
    assert {blurb.text for telling in told for blurb in telling.blurbs} == {
        "Chief Officers’ Summit, Harrogate, 13-15 April 2027"
    }


def test_what_recurs_is_sought_again_only_where_something_was_written(world: World) -> None:
    for number in ("1", "2"):
        world.blog_says(Batch(posts=(a_source_post(id=number, content=f"<p>Story {number}.</p>{ENDING}"),)))
    anew = by_the_rules(world)
    assert lift_recurring(world.store, world.clock, anew) == 0
    with what_is_asked(world.store) as asked:
        assert lift_recurring(world.store, world.clock, anew) == 0
    assert asked
    assert not [text for text in asked if "posts" in text]


def test_a_post_that_can_not_be_read_without_what_recurs_is_tried_at_each_look(world: World) -> None:
    for number in ("1", "2", "3"):
        post = a_source_post(id=number, content=f"<p>Story {number}.</p>{ENDING}")
        world.blog_says(Batch(posts=(post,)), read=by_the_rules(world))
    anew = by_the_rules(world)

    def all_but_one(raw: SourcePost | Raw) -> Reading:
        if "Story 2" in (raw.content or ""):
            raise RecursionError("too deep")
        return anew(raw)

    lifted = [lift_recurring(world.store, world.clock, all_but_one) for _ in range(3)]
    assert lifted == [3, 1, 1]
    assert lift_recurring(world.store, world.clock, anew) == 1
    assert lift_recurring(world.store, world.clock, anew) == 0


def test_a_poll_that_brings_no_post_looks_for_nothing_that_recurs(world: World) -> None:
    settings = PollSettings(
        url=BLOG,
        source=lambda _store: nullcontext(ScriptedSource(Batch(memory={"watermark": "1"}, complete=True))),
        read=lambda _post, _recurring: a_reading(MANY[0]),
        calendars=lambda _store, _on_batch: CalendarsResult(asked=0, changed=0, troubles=()),
        refresh=lambda _store: (),
        rehearsed=False,
    )
    poll(world.store, world.clock, settings, lambda _: None)
    with what_is_asked(world.store) as asked:
        poll(world.store, world.clock, settings, lambda _: None)
    assert not [text for text in asked if "posts.ending" in text or "posts.beginning" in text]


BEFORE = '<div><p>Welcome to our blog. <a href="https://blog.example.org/about/">Who we are</a></p></div>'


def test_a_box_that_half_of_the_posts_begin_with_is_taken_out_of_those_before_too(world: World) -> None:
    for number in range(1, 6):
        post = a_source_post(id=str(number), content=f"{BEFORE}<p>Story {number} is told.</p>")
        world.blog_says(Batch(posts=(post,)), read=by_the_rules(world))
        assert lift_recurring(world.store, world.clock, by_the_rules(world)) == (5 if number == 5 else 0)
    revised = {post.id: post.revised for post in shown(world)}
    assert lift_recurring(world.store, world.clock, by_the_rules(world)) == 0
    later = a_source_post(id="6", content=f"{BEFORE}<p>Story 6 is told.</p>")
    world.blog_says(Batch(posts=(later,)), read=by_the_rules(world))
    assert sorted(post.content for post in shown(world)) == [
        f"<p>Story {number} is told.</p>" for number in range(1, 7)
    ]
    assert {post.id: post.revised for post in shown(world)} | revised == {
        post.id: post.revised for post in shown(world)
    }


def test_what_few_of_the_posts_begin_with_stays(world: World) -> None:
    for number in range(1, 13):
        before = BEFORE if number <= 5 else ""
        post = a_source_post(id=str(number), content=f"{before}<p>Story {number} is told.</p><p>It ends.</p>")
        world.blog_says(Batch(posts=(post,)), read=lambda post: read(post.title, post.content or "", url=post.url))
    assert lift_recurring(world.store, world.clock, by_the_rules(world)) == 0


def shown(world: World) -> list[Post]:
    with world.store.read() as connection:
        return posts.listing(connection, limit=100)


def test_what_older_rules_left_in_texts_goes_and_shows_no_reader_an_old_post_again(world: World) -> None:
    """A store of before: its posts were read as if nothing were set aside."""
    furniture = '<p>4 min read</p><p>Story.</p><p>More of it.</p><ol class="footnotes"><li id="n1">A source.</li></ol>'
    world.blog_says(
        Batch(posts=(a_source_post(id="1", content=furniture), a_source_post(id="2", content="<p>Plain.</p>"))),
        read=lambda post: replace(a_reading(post), content=post.content or "", excerpt="4 min read", minutes=1),
    )
    before = {post.id: post for post in shown(world)}
    reread(world.store, world.clock, by_the_rules(world), on_chunk=lambda _: None)
    after = {post.id: post for post in shown(world)}
    contents = sorted(post.content for post in after.values())
    assert contents == ["<p>Plain.</p>", "<p>Story.</p>\n<p>More of it.</p>\n<ol><li>A source.</li></ol>"]
    for post_id, post in after.items():
        known = before[post_id]
        assert (post.revised, post.updated, post.seen, post.url) == (
            known.revised,
            known.updated,
            known.seen,
            known.url,
        )
    assert reread(world.store, world.clock, by_the_rules(world), on_chunk=lambda _: None).changed == 0


def test_nothing_is_read_again_beside_a_poll_whose_news_would_be_lost(world: World) -> None:
    settings = PollSettings(
        url="https://blog.example.org",
        source=lambda _: nullcontext(ScriptedSource()),
        read=lambda _post, _recurring: Reading(title="", content="", excerpt="", byline=None, first_published=None),
        calendars=lambda _store, _on_batch: CalendarsResult(asked=0, changed=0, troubles=()),
        refresh=lambda _: (),
        rehearsed=True,
    )
    with only_one(world.store, "poll"), pytest.raises(Busy):
        reread_all(world.store, world.clock, settings, lambda _: None)
