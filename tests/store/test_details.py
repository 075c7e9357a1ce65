"""What is learnt of posts beside their text makes none of them news."""

from __future__ import annotations

from dataclasses import replace

from solacefeed.models.blog import PostDetails
from solacefeed.models.posts import Image
from solacefeed.store import changes, details, posts
from solacefeed.store.database import Store
from tests.store.rows import keep, written
from tests.support.builders import a_reading, a_source_post

HALL = Image(url="https://blog.example.org/hall.jpg", alt="The town hall", width=1024, height=683)
IN_TEXT = Image(url="https://blog.example.org/a.jpg", alt="")
POST = a_source_post(id="1")


def listed(store: Store) -> list[str]:
    """The posts that are to be published."""
    with store.read() as connection:
        return [each.post_id for each in changes.pending(connection)]


def test_a_picture_that_is_learnt_leads_and_moves_no_date(store: Store) -> None:
    written(store, lambda c: keep(c, POST, replace(a_reading(POST), lead_image=IN_TEXT), seen=POST.published))
    with store.read() as connection:
        (before,) = posts.some(connection, ["1"])
    told = {"1": PostDetails(picture=HALL, picture_known=True, language="cy"), "77": PostDetails(language="gd")}
    assert written(store, lambda c: details.learn(c, told)) == 1
    with store.read() as connection:
        (after,) = posts.some(connection, ["1"])
    assert before.lead_image == IN_TEXT
    assert after == replace(before, lead_image=HALL, featured=HALL, language="cy")
    assert listed(store) == ["1"]
    assert written(store, lambda c: details.learn(c, told)) == 0


def test_what_is_not_known_stays_and_what_is_known_to_be_none_goes(store: Store) -> None:
    pictured = replace(POST, picture=HALL, picture_known=True, language="cy")
    written(store, lambda c: keep(c, pictured, a_reading(POST), seen=POST.published))
    assert written(store, lambda c: details.learn(c, {"1": PostDetails()})) == 0
    # A poll that could not ask for pictures takes none away.
    written(store, lambda c: keep(c, POST, a_reading(POST), seen=POST.published))
    with store.read() as connection:
        (post,) = posts.some(connection, ["1"])
    assert (post.featured, post.language) == (HALL, "cy")
    assert written(store, lambda c: details.learn(c, {"1": PostDetails(picture_known=True)})) == 1
    with store.read() as connection:
        (post,) = posts.some(connection, ["1"])
    assert (post.featured, post.lead_image) == (None, None)
