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
        f"<section><header><h2>Chief Officers’ Summit, Harrogate</h2><h4>16–18 March 2027</h4></header>"
        f"<p>The three days that count.</p>{_BUTTON}</section>",
        f"<p><strong>Chief Officers’ Summit</strong><br>16–18 March 2027<br>Harrogate<br>"
        f'<a href="{_LINK}">Tickets and programme</a></p>',
        f'<div class="kt-accordion-pane"><button class="kt-blocks-accordion-header"><span>Chief Officers’ Summit</span>'
        f'</button><div><p>Harrogate, 16–18 March 2027. <a href="{_LINK}">Book your place</a>.</p></div></div>',
        f'<p>Join us for the Chief Officers’ Summit, Harrogate, 16.03.2027. <a href="{_LINK}">Book here</a>.</p>',
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


@pytest.mark.parametrize(
    "kind",
    [
        "concert", "book fair", "training course", "hackathon", "AGM", "exhibition", "open evening", "retreat",
        "panel discussion", "book launch", "play", "carol service", "eisteddfod", "ceilidh", "gala dinner",
        "charity run", "walking tour", "drop-in session", "town hall", "reading group", "market", "coffee morning",
        "quiz night", "performance", "fête", "briefing", "course", "meeting",
    ],
)  # fmt: skip
def test_whatever_kind_of_event_it_advertises_a_blurb_is_one(kind: str) -> None:
    told = f"Our next {kind} will be held at the Guildhall, Saltby, on 14 March 2027."
    reading = read("", f'{_STORY}<p>{told} <a href="/b">Book your place here</a>.</p>', url=_URL)
    assert reading.content == _STORY
    recurring = f'{told} More on <a href="/b">our site</a>.'
    assert read("", f"{_LONGER}<p>{recurring}</p>", url=_URL).ending


@pytest.mark.parametrize(
    "paragraph",
    [
        'Councils will play a part from 1 April 2027; to register an interest <a href="/m">write to us</a>.',
        'A fair settlement will be announced on 14 March. To sign up for news of it, <a href="/m">see here</a>.',
        'The market for care will change on 1 April 2027. To register a view <a href="/m">write to us</a>.',
        'The Assembly will be in recess on 14 March 2027. To register a petition, use <a href="/m">this form</a>.',
        'The challenge is on every council before 1 April. You can sign up to the pledge <a href="/m">here</a>.',
        'The consultation runs until 14 March 2027; to sign up for updates, <a href="/m">click here</a>.',
        'You can book a test on 14 March at the clinic in Leeds; <a href="/m">book here</a>.',
        'Of course, nothing is settled before 14 March. More information on it is <a href="/m">here</a>.',
        'In the long run it will cost more. To register by 1 April, <a href="/m">write to the board</a>.',
        'The Housing Market Challenge will report on 14 March. Further details are <a href="/m">here</a>.',
        'They met each day until 14 March, and more information will come <a href="/m">here</a>.',
    ],
)
def test_a_word_that_is_no_event_where_it_stands_advertises_none(paragraph: str) -> None:
    assert read("", f"{_LONGER}<p>{paragraph}</p>", url=_URL).blurbs == ()


@pytest.mark.parametrize(
    "last",
    [
        'Cynhelir ein cynhadledd flynyddol yng Nghaerdydd ar 14 Mawrth 2027. <a href="/e">Archebwch le yma</a>.',
        'Unsere nächste Jahrestagung findet am 14. März 2027 in Köln statt. <a href="/e">Jetzt anmelden</a>.',
        "Notre prochain colloque aura lieu le 14 mars 2027 à Lyon.",
        "Nuestra próxima jornada se celebrará el 14 de marzo de 2027 en Madrid.",
        'Ons volgende congres is in Utrecht. <a href="/e">Meld je hier aan</a>.',
        'Il prossimo convegno si terrà a Roma. <a href="/e">Iscriviti qui</a>.',
    ],
)
def test_in_other_languages_what_advertises_is_told_by_recurring(last: str) -> None:
    html = f"{_LONGER}<p>{last}</p>"
    once = read("", html, url=_URL)
    assert not once.blurbs
    assert once.ending is not None
    again = read("", html, url=_URL, recurring=[once.ending])
    assert again.content == _LONGER.replace("</p><p>", "</p>\n<p>")
    assert [blurb.text for blurb in again.blurbs] == [once.ending]


_BANNER = '<figure class="wp-block-image">{}</figure>'
_POSTER = '<img src="https://blog.example.org/b.png" alt="{}">'
_LINKED = f'<a href="{_LINK}">{_POSTER}</a>'


@pytest.mark.parametrize(
    ("picture", "links"),
    [
        (_LINKED.format("Chief Officers’ Summit, Harrogate, 16–18 March. Book your place now"), (_LINK,)),
        (_LINKED.format("Chief Officers’ Summit, Harrogate, 16–18 March 2027"), (_LINK,)),
        (_POSTER.format("Chief Officers’ Summit, 16–18 March 2027: register now"), ()),
    ],
)
def test_an_advertisement_that_is_only_a_picture_is_read_by_its_words(picture: str, links: tuple[str, ...]) -> None:
    reading = read("", f"{_LONGER * 2}{_BANNER.format(picture)}", url=_URL)
    assert "<img" not in reading.content
    assert reading.lead_image is None
    assert [(blurb.links, "16–18 March" in blurb.text) for blurb in reading.blurbs] == [(links, True)]


@pytest.mark.parametrize("alt", ["Delegates at the summit", "A map of Harrogate", "The summit of 16 March 2027", ""])
def test_a_picture_of_an_event_alone_stays(alt: str) -> None:
    assert "<img" in read("", f"{_LONGER * 2}{_BANNER.format(_POSTER.format(alt))}", url=_URL).content


@pytest.mark.parametrize("leads", ["https://blog.example.org/b.png", "https://news.example.org/story"])
def test_a_photograph_of_an_event_that_leads_to_no_event_stays(leads: str) -> None:
    photograph = _POSTER.format("The Chief Officers’ Summit on 16 March 2027")
    html = f'{_LONGER * 2}<p><a href="{leads}">{photograph}</a></p>'
    assert "<img" in read("", html, url=_URL).content


def test_the_poster_of_a_post_that_is_hardly_more_stays() -> None:
    poster = _BANNER.format(_LINKED.format("Summer Fayre, 14 March 2027. Book your table"))
    assert "<img" in read("", f"<p>Come along, and bring a friend.</p>{poster}", url=_URL).content


def test_prices_and_tags_behind_a_blurb_are_its_own() -> None:
    html = f"{_LONGER}<h2>Events</h2><p>{_SAID}</p><p>Tickets: from £90 + VAT</p><p>#Summit27</p>"
    assert read("", html, url=_URL).content == _LONGER.replace("</p><p>", "</p>\n<p>")
