"""What software set around a text goes whole, and what an author wrote stays, however alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.models.posts import Byline, Reading
from solacefeed.text.reading import read
from tests.support.generated import examples
from tests.text.furniture import FURNITURE, URL, WRITTEN

_FIRST = "<p>Councils in the north are changing how they build homes, and the first results are in.</p>"
_SECOND = "<p>The second paragraph tells of the money that was found and how it was spent over two years.</p>"
_SIGNED = "<p><strong>Jo Bloggs</strong><br>Chief Executive, Anytown Council</p>"
_BLURB = (
    "<p>The Chief Officers’ Summit will be held in Harrogate on 16-18 March 2027. Find out more and "
    '<a href="https://events.example.org/summit">how to book</a>.</p>'
)
_BARE = _FIRST + _SECOND + _SIGNED + _BLURB


def told(reading: Reading) -> tuple[object, ...]:
    return (
        reading.content,
        reading.excerpt,
        reading.byline,
        reading.blurbs,
        reading.minutes,
        reading.lead_image,
        reading.ending,
    )


def test_the_bare_text_says_all_that_is_compared() -> None:
    bare = read("", _BARE, url=URL)
    assert bare.byline == Byline(name="Jo Bloggs", role="Chief Executive, Anytown Council")
    assert len(bare.blurbs) == 1
    assert bare.excerpt.startswith("Councils in the north")


@pytest.mark.parametrize("furniture", FURNITURE.values(), ids=FURNITURE)
def test_furniture_leaves_no_trace_before_and_behind_a_text(furniture: str) -> None:
    bare = told(read("", _BARE, url=URL))
    assert told(read("", furniture + _BARE, url=URL)) == bare
    assert told(read("", _BARE + furniture, url=URL)) == bare


@pytest.mark.parametrize("written", WRITTEN)
def test_what_an_author_wrote_stays_where_it_stands(written: str) -> None:
    assert read("", f"{_FIRST}{written}{_SECOND}", url=URL).content == f"{_FIRST}\n{written}\n{_SECOND}"


_WRAPPED = st.sampled_from([
    "{}", "<div>{}</div>", "<section>{}</section>", "<aside>{}</aside>", '<div class="wp-block-group"><div>{}</div></div>',
    "<div><div><div>{}</div></div></div>", '<div class="wp-block-columns"><div class="wp-block-column">{}</div></div>', "{}\n\n",
    "<header>{}</header>", "<footer>{}</footer>",
])  # fmt: skip
_PIECE = st.builds(
    lambda wrapping, piece: wrapping.format(piece), _WRAPPED, st.sampled_from(sorted(FURNITURE.values()))
)
_PIECES = st.lists(_PIECE, max_size=4).map("".join)
_PARTS = st.lists(st.sampled_from([*WRITTEN, _FIRST, _SECOND]), max_size=5)


@settings(max_examples=examples(150))
@given(before=_PIECES, between=_PIECES, behind=_PIECES, whole=_WRAPPED)
def test_a_text_in_any_furniture_reads_as_the_bare_text(before: str, between: str, behind: str, whole: str) -> None:
    furnished = read("", before + whole.format(_FIRST + between + _SECOND + _SIGNED + _BLURB) + behind, url=URL)
    bare = read("", whole.format(_BARE), url=URL)
    assert told(furnished)[1:] == told(bare)[1:]
    assert furnished.content.replace("\n", "") == bare.content.replace("\n", "")


@settings(max_examples=examples(100))
@given(before=_PIECES, parts=_PARTS, behind=_PIECES)
def test_reading_again_what_was_read_changes_nothing(before: str, parts: list[str], behind: str) -> None:
    once = read("", before + "".join(parts) + behind, url=URL)
    again = read("", once.content, url=URL)
    assert (again.content, again.excerpt, again.minutes) == (once.content, once.excerpt, once.minutes)
    # A line that was set aside may be the only one that names the author.
    assert again.byline in (once.byline, None)


_NAMES = st.sampled_from(
    ["sharedaddy", "related-posts", "toc", "author-box", "newsletter-signup", "ad-container", "nav", "comments-area"]
)


@given(names=st.lists(_NAMES, min_size=1, max_size=2), sentences=st.integers(60, 90))
def test_prose_stays_whatever_name_its_box_bears(names: list[str], sentences: int) -> None:
    html = f'{_FIRST}<div class="{" ".join(names)}"><p>{"The council kept its word. " * sentences}</p></div>'
    assert read("", html, url=URL).content.count("kept its word") == sentences


@given(name=_NAMES)
def test_a_whole_post_in_a_box_of_any_name_stays(name: str) -> None:
    assert read("", f'<div class="{name}">{_FIRST}{_SECOND}</div>', url=URL).excerpt.startswith("Councils in the north")


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<div class="social-share"><p>We have moved to new offices in Leeds.</p></div>', "new offices"),
        ('<div class="social-share"><p>We have moved.</p></div><div class="toc">New offices.</div>', "moved"),
        ("<p>No comment</p>", "No comment"),
    ],
)
def test_what_is_all_there_is_stays_however_short(html: str, words: str) -> None:
    assert words in read("", html, url=URL).content


def test_a_post_of_a_picture_alone_does_without_what_software_set_around_it() -> None:
    picture = '<p><img src="https://blog.example.org/hall.jpg" alt=""></p>'
    around = '<div class="social-share"><p>Share this post</p></div><p>No comments yet</p>'
    assert "<p>" not in read("", picture + around, url=URL).content.replace("<p><img", "")


def test_what_a_plugin_labels_its_own_goes_also_where_it_is_all_there_is() -> None:
    links = '<ul><li><a href="https://www.facebook.com/sharer?u=x">Facebook</a></li></ul>'
    assert read("", f'<div class="sharedaddy"><h3>Share this:</h3>{links}</div>', url=URL).content == ""
