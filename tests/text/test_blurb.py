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


_LONGER = "<p>Councils in the north are changing how they build homes.</p><p>More words here on money.</p>"
_LINK = "https://events.example.org/summit"
_BUTTON = f'<div class="wp-block-buttons"><div class="wp-block-button"><a class="wp-block-button__link" href="{_LINK}">'
_BUTTON += "Book your place</a></div></div>"
_TOLD = "The Chief Officers’ Summit will be held in Harrogate on 16–18 March 2027."
_SAID = f'{_TOLD} <a href="{_LINK}">How to book</a>.'
_PICTURE = '<figure class="wp-block-image"><img src="https://blog.example.org/banner.jpg" alt=""></figure>'


@pytest.mark.parametrize(
    "html",
    [
        f'<div class="wp-block-group"><h3>Chief Officers’ Summit 2027</h3><p>16–18 March 2027, Harrogate</p>{_BUTTON}</div>',
        f"<h3>Chief Officers’ Summit 2027</h3><p>16–18 March 2027, Harrogate</p>{_BUTTON}",
        f"<p><strong>Chief Officers’ Summit 2027</strong></p><p>16–18 March 2027, Harrogate</p><p><a href={_LINK}>Book now</a></p>",
        f'<div class="wp-block-group"><p>{_TOLD}</p>{_BUTTON}</div>',
        f"<p>{_TOLD}</p>{_BUTTON}",
        f"<h3>Chief Officers’ Summit 2027</h3><p>16–18 March 2027, Harrogate</p><p><a href={_LINK}>Book</a></p>",
        f"<h3><a href={_LINK}>Chief Officers’ Summit, 16–18 March 2027</a></h3><p>Find out more and book your place.</p>",
        f"<dl><dt>Chief Officers’ Summit</dt><dd>16 March 2027</dd><dd><a href={_LINK}>Register</a></dd></dl>",
        f"<h2>Join us in Harrogate</h2><p>{_SAID}</p>",
        f"<hr><h4>Don’t miss</h4><p>{_SAID}</p><hr>",
        f"<section><h4>Dates for your diary</h4><p>{_TOLD}</p><p>We look forward to seeing you there.</p>{_BUTTON}</section>",
        '<div class="wp-block-cover"><img src="https://blog.example.org/banner.jpg" alt=""><div><p><strong>Chief Officers’ Summit, '
        f'Harrogate, 16–18 March 2027.</strong></p><p><a href="{_LINK}">How to book</a></p></div></div>',
        f'<div class="wp-block-columns"><div class="wp-block-column"><p>{_TOLD}</p></div><div class="wp-block-column">{_BUTTON}</div></div>',
        f'<div class="wp-block-media-text"><figure><img src="https://blog.example.org/b.jpg" alt="A hall"></figure><div><h3>The Summit</h3>'
        f"<p>{_SAID}</p></div></div>",
        f"<blockquote><p>{_SAID}</p></blockquote>",
        f"<blockquote><p>{_TOLD}</p><p><a href={_LINK}>How to book</a></p><cite>The events team</cite></blockquote>",
        f"<ul><li>Chief Officers’ Summit, Harrogate</li><li>16–18 March 2027</li><li><a href={_LINK}>Book your place</a></li></ul>",
        f"<table><tr><td>{_SAID}</td></tr></table>",
        f"<figure class='wp-block-table'><table><tr><th>Chief Officers’ Summit</th></tr><tr><td>16–18 March 2027</td><td><a href={_LINK}>"
        "Book your place</a></td></tr></table></figure>",
        f"<aside><h3>Chief Officers’ Summit</h3><p>{_SAID}</p></aside>",
        f"<div><div><div><p>{_SAID}</p></div></div></div>",
        f"<details><summary>Chief Officers’ Summit</summary><p>{_SAID}</p></details>",
        f'<p>{_SAID}</p><figure><a href="{_LINK}"><img src="https://blog.example.org/banner.jpg" alt="Chief Officers’ Summit"></a></figure>',
        f"<p>{_SAID}</p>{_PICTURE}",
        f'<p>{_SAID}</p><p><a href="{_LINK}">Book now →</a></p><p><a href="https://events.example.org/programme">See the programme</a></p>',
        f'<p>{_SAID}</p><ol class="wp-block-footnotes"><li id="n1">A source. <a href="#n1-link">↩︎</a></li></ol>',
    ],
)
def test_a_blurb_in_any_shape_is_lifted_whole_with_its_link(html: str) -> None:
    reading = read("", _LONGER + html, url=_URL)
    notes = "<ol><li>A source." in reading.content
    assert reading.content.split("<ol>")[0].strip() == _LONGER.replace("</p><p>", "</p>\n<p>")
    assert notes == ("footnotes" in html)
    assert len(reading.blurbs) == 1
    assert _LINK in reading.blurbs[0].links
    assert reading.lead_image is None
    wrapped = read("", f"<div>{_LONGER}{html}</div>", url=_URL)
    assert "More words here" in wrapped.content
    assert wrapped.blurbs == reading.blurbs


@pytest.mark.parametrize(
    "html",
    [
        "<h3>What comes next</h3><p>The plan is for a year, and then for ever.</p>",
        f"<h3>Read on</h3><p>There is more.</p>{_BUTTON.replace('Book your place', 'Read the report')}",
        "<h3>The forum of 3 May</h3><p>Forty people came. Each of them spoke.</p>",
        "<ul><li>The conference was held on 3 May.</li><li>It was recorded.</li></ul>",
        "<table><tr><td>Event</td><td>Day</td></tr><tr><td>Forum</td><td>3 May</td></tr></table>",
        "<blockquote><p>The next forum will be the place to say so.</p></blockquote>",
        _PICTURE,
    ],
)
def test_an_ending_that_advertises_nothing_stays(html: str) -> None:
    bare = read("", html, url=_URL).content
    reading = read("", _LONGER + html, url=_URL)
    assert reading.blurbs == ()
    assert reading.content.endswith(bare)


@pytest.mark.parametrize(
    "before",
    [
        "<p><strong>Jo Bloggs</strong></p><p>Chief Executive, Anytown</p>",
        "<h3>Jo Bloggs, Leader of Anytown</h3>",
        "<h2>What we found</h2><p>Much.</p>",
        '<p>See the hall.</p><figure><img alt="A hall" src="https://blog.example.org/hall.jpg"></figure>',
    ],
)
def test_what_stands_before_a_blurb_and_is_not_its_own_stays(before: str) -> None:
    alone = read("", _LONGER + before, url=_URL)
    assert read("", f"{_LONGER}{before}<p>{_SAID}</p>", url=_URL).content == alone.content


def test_a_post_that_lists_events_keeps_its_list_whole() -> None:
    days = range(1, 9)
    html = "".join(
        f'<h3>Housing conference {day}</h3><p>{day} May 2027. <a href="/b">Book now</a>.</p>' for day in days
    )
    reading = read("", f"<h2>Events this month</h2>{html}", url=_URL)
    assert reading.blurbs == ()
    assert reading.content.count("<h3>") == len(days)


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
