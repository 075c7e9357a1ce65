"""The blurb: lifted out where it advertises an event, left alone where a post only talks of one."""

from __future__ import annotations

import pytest

from solacefeed.models.posts import Blurb
from solacefeed.text.reading import read

_STORY = "<p>Councils keep their promises.</p>"
_URL = "https://blog.example.org/2026/11/a-post/"


@pytest.mark.parametrize(
    "blurb",
    [
        'The Chief Officers’ Summit is in Harrogate on 13-15th April 2027. How to book is told <a href="/b">here</a>.',
        'Join us at the annual conference in Leeds on 3 March. <a href="/b">Book now</a>.',
        'Our housing seminar takes place on 1st to 2nd May in Anytown. <a href="/b">More information</a>.',
        'Tickets are available: Festival of Ideas, April 3, Saltby Town Hall, <a href="/b">reserve your place</a>.',
        'Register now for the free webinar on 12/03/2027: <a href="/b">here</a>.',
        'The next Coastal Forum is on Thursday 4th June. <em>To register, follow <a href="/b">this link</a>.</em>',
        'Registration is open: Digital Workshop, Northmere, 2027-03-04: <a href="/b">events.example.org</a>',
    ],
)
def test_a_blurb_leaves_the_post_with_its_links(blurb: str) -> None:
    reading = read("", f"{_STORY}<p>{blurb}</p><p>Filed under: Housing</p>", url=_URL)
    assert reading.content == _STORY
    assert [found.links for found in reading.blurbs] == [("https://blog.example.org/b",)]
    assert "<" not in reading.blurbs[0].text


def test_a_blurb_in_two_paragraphs_is_one() -> None:
    html = f'{_STORY}<p>The Summit will be in Harrogate on 13 April.</p><p><a href="/b">How to book</a>.</p>'
    reading = read("", html, url=_URL)
    assert reading.blurbs == (
        Blurb(text="The Summit will be in Harrogate on 13 April. How to book.", links=("https://blog.example.org/b",)),
    )
    assert reading.content == _STORY


def test_two_blurbs_are_two_in_their_order() -> None:
    blurbs = [f"Book now for the conference on {day} May." for day in (1, 2)]
    assert [
        blurb.text for blurb in read("", _STORY + "".join(f"<p>{b}</p>" for b in blurbs), url=_URL).blurbs
    ] == blurbs


@pytest.mark.parametrize(
    "paragraph",
    [
        "The housing conference in Leeds on 3 May was held in the rain.",
        'At last week’s summit in Harrogate we heard of three councils. <a href="/b">More information</a>.',
        'The minister spoke at the conference on 3 May; the full details are <a href="/b">here</a>.',
        "We should book a place in history, and register our doubts.",
        'More information on the new rules is <a href="/b">here</a>.',
        "The next conference will be the place to say so.",
        'Details of the consultation, which will close on 3 May, are <a href="/b">here</a>.',
        "Everyone at the forum on 3 May booked early, and left early.",
        "The summit in Harrogate on 13 April will be remembered.",
        "The Book Festival will be on 3 May.",
    ],
)
def test_a_paragraph_that_only_mentions_an_event_stays(paragraph: str) -> None:
    html = f"{_STORY}<p>{paragraph}</p>"
    assert read("", html, url=_URL).blurbs == ()
    assert paragraph.split("<")[0].strip() in read("", html, url=_URL).content


def test_a_blurb_far_from_the_end_stays() -> None:
    html = "<p>Book now for the conference on 1 May.</p>" + 5 * _STORY
    assert read("", html, url=_URL).blurbs == ()


def test_a_post_that_is_itself_the_announcement_is_not_emptied() -> None:
    html = "<p>Book now for the conference on 1 May.</p>"
    reading = read("Our conference", html, url=_URL)
    assert reading.blurbs == ()
    assert reading.content == html


BARE = '<p>Chief Officers’ Summit, Harrogate, <a href="/b">13-15 April 2027</a></p>'


def test_a_last_paragraph_that_says_little_is_a_blurb_where_it_recurs() -> None:
    once = read("", _STORY + BARE, url=_URL)
    assert (once.blurbs, once.ending) == ((), "Chief Officers’ Summit, Harrogate, 13-15 April 2027")
    assert once.ending is not None
    again = read("", _STORY + BARE, url=_URL, recurring={once.ending})
    assert again.content == _STORY
    assert again.blurbs == (Blurb(text=once.ending, links=("https://blog.example.org/b",)),)
    # It still ends the post, so that it goes on to be counted.
    assert again.ending == once.ending


@pytest.mark.parametrize(
    "last",
    [
        '<p>Follow us: <a href="/b">here</a></p>',
        "<p>The views expressed are those of the author, and of no conference.</p>",
        "<p>The conference took place on 3 May.</p>",
        '<ul><li>Summit, <a href="/b">13-15 April 2027</a></li></ul>',
    ],
)
def test_what_tells_of_no_event_to_come_is_no_blurb_however_often_it_recurs(last: str) -> None:
    assert read("", _STORY + last, url=_URL).ending is None


def test_a_post_is_not_emptied_by_what_recurs() -> None:
    assert read("", BARE, url=_URL, recurring={"Chief Officers’ Summit, Harrogate, 13-15 April 2027"}).content
