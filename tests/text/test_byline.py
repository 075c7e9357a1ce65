"""By-lines: found where a post names its author, absent where it does not."""

from __future__ import annotations

import pytest

from solacefeed.models.posts import Byline
from solacefeed.text import clean, tree
from solacefeed.text.byline import find
from solacefeed.text.reading import read

_STORY = "<p>The first paragraph tells the story, in more words than any name or role could have, so that nobody "
_STORY += "would take it for a signature, and so it goes on and on until the end of the line.</p>"


def byline_of(html: str) -> Byline | None:
    body = tree.parse(html)
    clean.tidy(body, "https://blog.example.org/")
    return find(body).byline


@pytest.mark.parametrize(
    ("first", "name", "role"),
    [
        ("<em>Jo Bloggs, Chief Executive of Anytown, writes on bins.</em>", "Jo Bloggs", "Chief Executive of Anytown"),
        ("Jo Bloggs, Chief Executive of Anytown, writes on bins.", "Jo Bloggs", "Chief Executive of Anytown"),
        (
            "<b>Siân Llŵyd, Director of Education at Glanrhyd argues for letters.</b>",
            "Siân Llŵyd",
            "Director of Education at Glanrhyd",
        ),
        (
            "<em>Ann Lee, Leader of Saltby and Chair of the Coastal Posts Network posts on the sea.</em>",
            "Ann Lee",
            "Leader of Saltby and Chair of the Coastal Posts Network",
        ),
        (
            "<i>Màiri NicRath, Head of blogs at Northmere, asks who reads.</i>",
            "Màiri NicRath",
            "Head of blogs at Northmere",
        ),
        (
            "<strong>Dr Ann O’Brien-Lee CBE, the interim Joint Managing Director, reflects.</strong>",
            "Dr Ann O’Brien-Lee CBE",
            "the interim Joint Managing Director",
        ),
        (
            "<em>Iain MacGille-Mhìcheil, chief executive of Eilean Beag, who writes each month</em>",
            "Iain MacGille-Mhìcheil",
            "chief executive of Eilean Beag",
        ),
        ("<em>Jan van den Berg, policy adviser</em>", "Jan van den Berg", "policy adviser"),
        ("<em>J. R. Hartley is the Deputy Mayor of Anytown.</em>", "J. R. Hartley", "Deputy Mayor of Anytown"),
        ("By Jo Bloggs", "Jo Bloggs", None),
        ("By Jo Bloggs.", "Jo Bloggs", None),
        ("by Jo Bloggs, Leader of Saltby Council", "Jo Bloggs", "Leader of Saltby Council"),
        ("Guest post by Jo Bloggs (Director, Think Tank)", "Jo Bloggs", "Director, Think Tank"),
        (
            "<em>Jo Bloggs and Ann Lee, Leaders of Saltby, write together.</em>",
            "Jo Bloggs and Ann Lee",
            "Leaders of Saltby",
        ),
    ],
)
def test_a_standfirst_names_the_author(first: str, name: str, role: str | None) -> None:
    assert byline_of(f"<p>{first}</p>{_STORY}") == Byline(name=name, role=role)
    assert byline_of(f"<p><strong>A Heading of Its Own</strong></p><p>{first}</p>{_STORY}") == Byline(
        name=name, role=role
    )


@pytest.mark.parametrize(
    ("last", "name", "role"),
    [
        ("<p>By Jo Bloggs, Chief Executive of Anytown</p>", "Jo Bloggs", "Chief Executive of Anytown"),
        ("<p>Guest post by Jo Bloggs (Chair, Anytown)</p>", "Jo Bloggs", "Chair, Anytown"),
        ("<p>Jo Bloggs</p><p>Chair, Chief Officers (Anytown)</p>", "Jo Bloggs", "Chair, Chief Officers (Anytown)"),
        ("<p>Jo Bloggs<br>Chief Executive<br>Anytown Council</p>", "Jo Bloggs", "Chief Executive, Anytown Council"),
        (
            "<p><strong>Jo Bloggs</strong></p><p><em>Chief Executive, Anytown</em></p>",
            "Jo Bloggs",
            "Chief Executive, Anytown",
        ),
        ("<p>– Jo Bloggs,</p><p>Director of Housing</p><p>Anytown</p>", "Jo Bloggs", "Director of Housing, Anytown"),
        ("<p>Jo Bloggs, Leader, Anytown</p>", "Jo Bloggs", "Leader, Anytown"),
        (
            "<p>Jo Bloggs</p><p>Leader of Anytown</p><p>@jobloggs</p><p>Email: jo@example.org</p>",
            "Jo Bloggs",
            "Leader of Anytown",
        ),
        ("<p>It works.</p><p>Sir Jo Bloggs</p><p>Vice-Chancellor</p><hr>", "Sir Jo Bloggs", "Vice-Chancellor"),
        ("<p>Jo Bloggs</p><p>Leader, A</p><p>Ann Lee</p><p>Leader, B</p>", "Jo Bloggs and Ann Lee", None),
        ("Loose at the end\n\nJo Bloggs\n\nLeader, A", "Jo Bloggs", "Leader, A"),
    ],
)
def test_a_signature_names_the_author(last: str, name: str, role: str | None) -> None:
    assert byline_of(_STORY + last) == Byline(name=name, role=role)


def test_a_standfirst_goes_before_a_signature() -> None:
    html = f"<p>By Ann Lee</p>{_STORY}<p>Jo Bloggs</p><p>Chair, Chief Officers</p>"
    assert byline_of(html) == Byline(name="Ann Lee")


@pytest.mark.parametrize(
    "html",
    [
        "",
        _STORY,
        "<p>Jo Bloggs</p>",
        f"{_STORY}<p>Jo Bloggs</p>",
        f"{_STORY}<p>Next Steps</p><p>Chair the meeting</p>",
        f"{_STORY}<p>Further Reading</p><p>Director of Housing, Anytown: annual report</p>",
        f"{_STORY}<p>Local Government</p><p>Chief Executive</p>",
        f"{_STORY}<p>Kind Regards</p><p>Chief Executive</p>",
        f"{_STORY}<p>Jo Bloggs</p><p>He was the chair. It did not last.</p>",
        f"{_STORY}<ul><li>Jo Bloggs</li><li>Chair, Chief Officers</li></ul>",
        f"{_STORY}<p>Jo Bloggs</p><p>Chair, Chief Officers</p>{_STORY}",
        f"{_STORY}<table><tr><td>Jo Bloggs</td></tr><tr><td>Chair, Chief Officers</td></tr></table>",
        f"{_STORY}<p>Jo Bloggs is the Deputy Mayor of Anytown.</p>",
        f"<p>Jo Bloggs, Chief Executive of Anytown, asked whether councils were bold enough.</p>{_STORY}",
        f"<p>Jo Bloggs, Chief Executive of Anytown, asks whether councils are bold enough.</p>{_STORY}",
        f"<p>Jo Bloggs, Chief Executive of Anytown, was the first to speak.</p>{_STORY}",
        f"<p>Jo Bloggs, who lives in Anytown, writes on bins.</p>{_STORY}",
        f"<p>By Monday Evening</p>{_STORY}",
        f"<p>By and large, councils cope.</p>{_STORY}",
        f"<p><em>Local Government Finance, chief among our worries, asks much.</em></p>{_STORY}",
        f"{_STORY}<p><em>Jo Bloggs, Chief Executive of Anytown, writes on bins.</em></p>{_STORY}",
        f"<p><em>To be, or not to be, writes the Bard</em></p>{_STORY}",
    ],
)
def test_a_byline_is_absent_rather_than_guessed(html: str) -> None:
    assert byline_of(html) is None


@pytest.mark.parametrize(
    ("around", "name", "role"),
    [
        ("<p>By Jo Bloggs | 4 min read</p>", "Jo Bloggs", None),
        ("<p>3 March 2026 · by Jo Bloggs · 2 comments</p>", "Jo Bloggs", None),
        ("<p>Posted on 3 March 2026 by Jo Bloggs</p>", "Jo Bloggs", None),
        ('<div class="author-info"><p>Jo Bloggs</p><p>Chief Executive, Anytown</p></div>', "Jo Bloggs", "Chief Executive, Anytown"),
        ('<div class="author-card"><h4>About the author</h4><p>Jo Bloggs, Chair of Anytown</p></div>', "Jo Bloggs", "Chair of Anytown"),
    ],
)  # fmt: skip
def test_a_line_that_is_set_aside_names_the_author_too(around: str, name: str, role: str | None) -> None:
    for html in (around + _STORY, _STORY + around):
        reading = read("", html, url="https://blog.example.org/a/")
        assert reading.byline == Byline(name=name, role=role)
        assert "Jo Bloggs" not in reading.content


@pytest.mark.parametrize(
    "around",
    [
        "<p>By the web team | 4 min read</p>",
        "<p>By Web Team | 4 min read</p>",
        '<div class="author-info"><p>About the author</p><p>View all posts</p></div>',
    ],
)
def test_what_names_nobody_while_it_is_set_aside_makes_no_byline(around: str) -> None:
    assert read("", around + _STORY, url="https://blog.example.org/a/").byline is None
