"""Events that posts tell of, and those of the config, as one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from solacefeed.deeds.events.known_events import events_to_promote, known_events, sightings_of_posts, understood
from solacefeed.deeds.events.refresh import refresh_events
from solacefeed.events.understanding import announcing
from solacefeed.models.blog import SourcePost
from solacefeed.models.events import Event
from solacefeed.models.posts import Blurb, Reading, Telling
from solacefeed.models.sightings import Certainty, KnownEvent
from solacefeed.ports import Batch
from solacefeed.store import events
from solacefeed.text.reading import read
from tests.deeds.world import World
from tests.support.builders import LONDON, WEDNESDAY, a_reading, a_source_post, an_event

ADVERTISED = Blurb(
    text="All this will be discussed at the Chief Officers' Summit in Harrogate on 13-15th April. "
    "Details of how to book are available here.",
    links=("https://events.example.org/summit/",),
)


def advertising(*blurbs: Blurb) -> object:
    def read(post: SourcePost) -> Reading:
        return replace(a_reading(post), blurbs=blurbs)

    return read


def known(world: World, *configured: Event, now: datetime = WEDNESDAY + timedelta(days=30)) -> tuple[KnownEvent, ...]:
    refresh_events(world.store, lambda: now, configured, LONDON)
    with world.store.read() as connection:
        return known_events(connection, configured, now, LONDON)


def a_year_of_posts() -> tuple[SourcePost, ...]:
    weeks = range(40)
    return tuple(a_source_post(id=str(week), published=WEDNESDAY + timedelta(weeks=week)) for week in weeks)


def test_a_paragraph_under_a_year_of_posts_is_one_event(world: World) -> None:
    world.blog_says(Batch(posts=a_year_of_posts()), read=advertising(ADVERTISED))  # type: ignore[arg-type]
    (event,) = known(world, now=WEDNESDAY + timedelta(weeks=50))
    assert (event.name, event.place) == ("Chief Officers' Summit", "Harrogate")
    assert (event.starts, event.ends) == (date(2027, 4, 13), date(2027, 4, 15))
    assert event.id == "chief-officers-summit-2027"


def test_an_event_of_the_config_and_of_posts_is_one_and_the_config_wins(world: World) -> None:
    world.blog_says(Batch(posts=a_year_of_posts()[:2]), read=advertising(ADVERTISED))  # type: ignore[arg-type]
    by_hand = an_event(id="summit", name="Chief Officers' Summit", starts=date(2027, 4, 14), ends=date(2027, 4, 15))
    (event,) = known(world, by_hand)
    assert (event.id, event.starts) == ("summit", date(2027, 4, 14))
    (promoted,) = events_to_promote((event,), (by_hand,), {}, WEDNESDAY)
    assert promoted.id == "summit"


def test_an_event_that_no_refresh_has_met_yet_is_as_new_as_the_refresh_will_find_it(world: World) -> None:
    by_hand, now = an_event(id="gala", name="Gala Dinner"), WEDNESDAY + timedelta(days=30)
    with world.store.read() as connection:
        before = events_to_promote(known_events(connection, (by_hand,), now, LONDON), (by_hand,), {}, now)
    found = known(world, by_hand, now=now)
    with world.store.read() as connection:
        after = events_to_promote(found, (by_hand,), events.rows(connection), now)
    assert before == after
    assert [event.known_since for event in before] == [now]


def test_what_a_later_post_will_tell_is_not_known_before(world: World) -> None:
    world.blog_says(Batch(posts=a_year_of_posts()[5:6]), read=advertising(ADVERTISED))  # type: ignore[arg-type]
    assert known(world, now=WEDNESDAY) == ()


def test_an_uncertain_event_is_known_and_not_promoted(world: World) -> None:
    vague = Blurb(text="Come to the Finance Forum in Leeds next spring. Details of how to book are here.", links=())
    world.blog_says(Batch(posts=a_year_of_posts()[:1]), read=advertising(vague))  # type: ignore[arg-type]
    found = known(world)
    assert all(event.starts is None for event in found)
    assert events_to_promote(found, (), {}, WEDNESDAY) == ()


def test_the_event_of_a_removed_post_is_forgotten(world: World) -> None:
    world.blog_says(Batch(posts=a_year_of_posts()[:1]), read=advertising(ADVERTISED))  # type: ignore[arg-type]
    world.vanish("0")
    assert known(world) == ()


def test_an_editor_can_try_a_wording() -> None:
    wording = "<p>Join us at the Finance Forum in Leeds on 3rd and 4th March 2027. Book <a href='https://x.example/f'>now</a>.</p>"
    (event,) = understood(wording, published=datetime(2026, 11, 1, tzinfo=UTC), zone=UTC)
    assert (event.name, event.place, event.starts) == ("Finance Forum", "Leeds", date(2027, 3, 3))
    assert event.url == "https://x.example/f"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Data", "<p>The Data Conference will be held in Leeds on 05/06/2027.</p>"),
        ("News", "<p>The Finance Forum was a joy. Members meet on 18 May 2027 at 7pm.</p>"),
        ("News", "<p>The rules change on 18 May 2027, and will be explained.</p>"),
        ("Summit &amp; dinner", "<p>Join us at the Finance Forum in Leeds on 3rd March 2027.</p><p>Be there.</p>"),
    ],
)
@pytest.mark.parametrize("tag", ["en", "en-GB", None])
def test_an_editor_is_shown_what_a_poll_understands(title: str, text: str, tag: str | None) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    reading = announcing(read(title, text, url="https://blog.example.org/post/"))
    post = Telling(
        post_id="1",
        title=reading.title,
        published=at,
        language=tag,
        blurbs=reading.blurbs,
        announcement=reading.announcement,
    )
    polled = [one.told for one in sightings_of_posts([post], UTC, language="en-GB").values()]
    assert polled == list(understood(text, published=at, zone=UTC, title=title, language=tag, site="en-GB"))


def test_a_post_of_the_sites_language_has_its_days_as_the_site_writes_them() -> None:
    lines = Blurb(text="The Data Conference will be held in Leeds on 05/06/2027.")
    post = Telling(
        post_id="1", title="Data", published=datetime(2026, 11, 1, tzinfo=UTC), language="en", announcement=lines
    )
    (event,) = sightings_of_posts([post], UTC, language="en-GB").values()
    assert (event.told.starts, event.told.certainty) == (date(2027, 6, 5), Certainty.CERTAIN)
