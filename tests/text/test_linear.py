"""Reading a post costs in proportion to its length, whatever stands in it again and again: counted, not timed.

What is repeated stands in one box, leads to one place, or shares one picture: each element of so many might look at all.
"""

from __future__ import annotations

import pytest

from solacefeed.text.reading import read
from tests.support.steps import steps

# Lines are counted one by one.
pytestmark = pytest.mark.slow

_WORDS = "<p>" + "Some words of the author. " * 60 + "</p>"
#: What stands before, what is repeated, and what stands behind.
REPEATED = {
    "marks of one note": (f"{_WORDS}<p>", "<a href='#n'>1</a>", "</p><div id='n'>A note.</div>"),
    "ways back in a paragraph": ("<p>x", "<a href='#r'>↩</a>", "</p>"),
    "ways back in an item": ("<ol><li>1 x", "<a href='#r'>1</a>", "</li></ol>"),
    "notes that are typed": ("", "<p>[1] See the report.</p>", ""),
    "forms in an advertisement": (
        f"{_WORDS}<div>Join us at the conference on 5 May 2027. Register <a href='/x'>here</a>",
        "<form></form>",
        "</div>",
    ),
    "boxes in a box": (f"{_WORDS}<div>words", "<div class='sharedaddy'>x</div>", "</div>"),
    "faces in a box": ("<div><p>words</p>", "<img class='avatar' src='/a.png'>", "</div>"),
    "pictures of one picture": ("<picture>", "<source srcset='/a.png 1x'><img src='/b.png'>", "</picture>"),
    "links in a row": ("<p>", "<a href='/x'>x</a>", "</p>"),
    "items of a list of links": ("<ul>", "<li><a href='/x'>x</a></li>", "</ul>"),
    "items that end with a colon": ("", "<ul><li>x:</li></ul>", ""),
    "shortcodes": (_WORDS, "[embed]https://youtu.be/abcdefghijk[/embed]", ""),
    "paragraphs in links in links": ("<a href='/x'><div>" * 40, "<p>x y</p>", ""),
    "notes in a list": ("<p>x<a href='#n'>1</a></p><ol id='n'>", "<li>x <a href='#r'>↩</a></li>", "</ol>"),
}
_FEW = 60


def test_a_link_is_not_looked_at_in_every_box_around_it() -> None:
    def costs(depth: int) -> int:
        html = "<div>" * depth + "<p><a href='/x'>x</a></p>" * 300 + "</div>" * depth
        return steps(lambda: read("A title", html, url="https://blog.example.org/a-post/"))

    assert costs(200) < 3 * costs(50)


@pytest.mark.parametrize("name", REPEATED)
def test_reading_costs_in_proportion_to_what_is_repeated(name: str) -> None:
    before, piece, behind = REPEATED[name]

    def costs(number: int) -> int:
        html = before + piece * number + behind
        read("A title", html, url="https://blog.example.org/a-post/")
        return steps(lambda: read("A title", html, url="https://blog.example.org/a-post/"))

    assert costs(8 * _FEW) < 10 * costs(_FEW)
