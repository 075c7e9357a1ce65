"""What posts announce in their own text becomes events of the store."""

from __future__ import annotations

from datetime import UTC, date, datetime

from solacefeed.models.blog import SourcePost
from solacefeed.models.events import EventStatus
from solacefeed.models.posts import Blurb, Reading
from solacefeed.models.sightings import Certainty
from solacefeed.ports import Batch
from solacefeed.store import posts
from solacefeed.text.reading import read
from tests.deeds.event_world import EventWorld, a_blurb, listed
from tests.support.builders import MONDAY, a_source_post

FAIR = (
    "<p>Spring is here.</p>"
    "<p>Our Harvest Fair takes place on Saturday 10 April 2027, 11am to 4pm, at the Mill, Ely.</p>"
)


def by_the_rules(post: SourcePost) -> Reading:
    return read(post.title, post.content or "", url=post.url)


def says(telling: EventWorld, number: str, title: str, content: str) -> None:
    """A post with this text, or the first one edited."""
    published = MONDAY if number == "1" else telling.now
    post = a_source_post(id=number, title=title, content=content, published=published, modified=telling.now)
    telling.world.blog_says(Batch(posts=(post,)), read=by_the_rules)


def test_an_event_that_a_post_announces_itself_is_known_and_shown(telling_anywhere: EventWorld) -> None:
    telling = telling_anywhere
    says(telling, "1", "Harvest Fair", FAIR)
    assert telling.refresh() == 1
    row = telling.row()
    assert (row.id, row.shown, row.told["place"]) == ("harvest-fair-2027", True, "Mill, Ely")
    assert row.told["starts"] == datetime(2027, 4, 10, 10, tzinfo=UTC)
    assert row.told["certainty"] == Certainty.CERTAIN
    assert telling.refresh() == 0


def test_the_announcement_stays_in_the_text_of_its_post(telling: EventWorld) -> None:
    says(telling, "1", "Harvest Fair", FAIR)
    with telling.world.store.read() as connection:
        (post,) = posts.listing(connection, limit=10)
    assert "Harvest Fair takes place" in post.content
    assert not post.advertises


def test_what_a_post_and_a_calendar_tell_of_is_one_event_under_its_first_id(telling: EventWorld) -> None:
    says(telling, "1", "Harvest Fair", FAIR)
    telling.refresh()
    telling.answers["town"] = [listed(name="Harvest Fair", starts=date(2027, 4, 10), place="The Mill", url=None)]
    assert list(telling.tell()) == ["harvest-fair-2027"]


def test_a_paragraph_and_the_text_of_one_post_tell_of_one_event(telling: EventWorld) -> None:
    telling.post("1", a_blurb("The Harvest Fair will be in Ely on Saturday 10 April 2027. Book here."))
    telling.refresh()
    says(telling, "2", "Harvest Fair", FAIR)
    telling.refresh()
    assert list(telling.rows()) == ["harvest-fair-2027"]


def test_an_announcement_that_is_edited_moves_its_event_under_the_same_id(telling: EventWorld) -> None:
    says(telling, "1", "Harvest Fair", FAIR)
    telling.refresh()
    telling.world.clock.forward(days=1)
    says(telling, "1", "Harvest Fair", FAIR.replace("Saturday 10 April", "Saturday 17 April"))
    telling.refresh()
    row = telling.row()
    assert (row.id, row.sequence) == ("harvest-fair-2027", 1)
    assert row.told["starts"] == datetime(2027, 4, 17, 10, tzinfo=UTC)


def test_a_post_that_speaks_of_other_days_makes_no_event(telling: EventWorld) -> None:
    says(telling, "1", "News", "<p>The Housing Forum welcomed it. The consultation closes on Friday 12 March 2027.</p>")
    telling.refresh()
    assert telling.rows() == {}


def test_an_announcement_called_off_is_not_promoted(telling: EventWorld) -> None:
    says(telling, "1", "Harvest Fair", FAIR)
    telling.refresh()
    telling.world.clock.forward(days=1)
    off = "<p>The Harvest Fair on Saturday 10 April 2027 has been cancelled.</p>"
    says(telling, "2", "Harvest Fair cancelled", off)
    telling.refresh()
    assert {row.told["standing"] for row in telling.rows().values()} == {EventStatus.CANCELLED}


def test_the_lines_of_a_post_are_kept_as_they_were_read(telling: EventWorld) -> None:
    says(telling, "1", "Harvest Fair", FAIR)
    with telling.world.store.read() as connection:
        (told,) = posts.telling(connection, until=telling.now)
    assert (told.title, told.published, told.blurbs) == ("Harvest Fair", MONDAY, ())
    assert told.announcement == Blurb(
        text="Spring is here.\nOur Harvest Fair takes place on Saturday 10 April 2027, 11am to 4pm, at the Mill, Ely."
    )
