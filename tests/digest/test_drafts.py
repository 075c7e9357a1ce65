"""The draft of an edition, as its editors are sent it: what it says, and when it is worth another mail."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from jinja2 import Environment
from lxml import html as lxml_html

from solacefeed.digest.drafts import (
    LEAST_TIME,
    SMALL_CHANGES_AFTER,
    DraftCounts,
    DraftedEdition,
    DraftPost,
    DraftTally,
    as_sample,
    draft_key,
    draft_words,
    is_news,
)
from solacefeed.digest.rendering import Rendered
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.digests import Approval
from solacefeed.models.editions import Editing, Edition, EditionState, Period
from solacefeed.models.letters import Letter
from solacefeed.templating import templates
from tests.support.builders import LONDON, MONDAY, WEEK, a_digest

EDITOR = "ed@example.org"
CLOSES = MONDAY + timedelta(days=1)
RENDERED = Rendered(
    subject="The quiet budget",
    text="The quiet budget\n\nYou follow @@CHOICE@@. It went to @@RECIPIENT@@. Unsubscribe: @@UNSUBSCRIBE@@\n",
    html='<!doctype html><html lang="cy"><head><title>x</title></head><body class="page"><h1>Weekly</h1>'
    '<p>@@CHOICE@@ for @@RECIPIENT@@ <a href="@@UNSUBSCRIBE@@">Stop</a></p></body></html>',
)


def an_edition(**said: Any) -> Edition:
    edition = Edition(
        id="weekly/2026-11-24",
        digest="weekly",
        period=Period(starts=CLOSES - WEEK, ends=CLOSES),
        state=EditionState.DRAFT,
        reason=None,
        prepared_at=MONDAY,
    )
    return replace(edition, **said)


TALLY = DraftTally(
    now=DraftCounts(posts=4, readers=1204, variants=31, empty=12, suppressed=3),
    before=DraftCounts(posts=5, readers=1190, variants=29, empty=9, suppressed=3),
)


def a_draft(**said: Any) -> DraftedEdition:
    draft = DraftedEdition(
        edition=an_edition(),
        digest=a_digest(),
        rendered=RENDERED,
        zone=LONDON,
        language="en-GB",
        approval=Approval.HOLD,
        editing=Editing(),
        posts=(
            DraftPost(id="1", title="The quiet budget", url="https://blog.example.org/1", marks=("pinned",)),
            DraftPost(id="2", title="<b>Roofs</b> & floors", url="https://blog.example.org/2"),
        ),
        links_to="https://blog.example.org",
    )
    return replace(draft, **said)


def told_of(draft: DraftedEdition) -> Letter:
    """The letter by which the editor was told of *draft*, on Monday."""
    return Letter(
        id=1,
        kind="draft",
        email=EDITOR,
        name=None,
        subscriber_id=None,
        edition_id=draft.edition.id,
        subject="",
        once=draft_key(draft, EDITOR),
        state=DeliveryState.ACCEPTED,
        attempts=1,
        doubts=0,
        next_try_at=None,
        answer=None,
        message_id="<1@example.org>",
        created_at=MONDAY,
        not_after=CLOSES,
        changed_at=MONDAY,
    )


@pytest.fixture(scope="module")
def environment() -> Environment:
    return templates()


def shown_in(html: str) -> str:
    return flat(shown_by(lxml_html.fromstring(html)))


def shown_by(element: lxml_html.HtmlElement) -> str:
    return str(element.xpath("string()"))


def flat(text: str) -> str:
    return " ".join(text.split())


# -- what it says ----------------------------------------------------------------------------------------


def test_a_draft_is_the_edition_itself_under_a_block_that_says_what_it_is(environment: Environment) -> None:
    words = draft_words(a_draft(), TALLY, EDITOR, environment)
    assert words.subject == "[Draft] The quiet budget"
    assert words.text.endswith(
        "The quiet budget\n\n"
        "You follow every category. It went to ed@example.org. Unsubscribe: https://blog.example.org\n"
    )
    body = lxml_html.fromstring(words.html).find("body")
    assert body is not None
    block, heading, paragraph = body
    assert "Draft: Weekly digest, Tuesday 24 November 2026" in flat(shown_by(block))
    assert (heading.tag, shown_by(paragraph)) == ("h1", "every category for ed@example.org Stop")
    assert words.html.startswith('<!doctype html><html lang="cy"><head><title>x</title><style>')
    assert '</style>\n</head><body class="page">' in words.html


def test_the_block_has_its_own_looks_in_the_dark_whatever_the_edition_has(environment: Environment) -> None:
    words = draft_words(a_draft(), TALLY, EDITOR, environment, "https://news.example.org/desk/x")
    head, _, body = words.html.partition("</head>")
    assert re.search(r"\.draft \.go \{[^}]*!important[^}]*color: #2b2410 !important", head)
    assert "<style" not in body
    assert '<a class="go" href="https://news.example.org/desk/x"' in body


def test_an_editor_with_a_desk_is_told_nothing_that_only_a_prompt_understands(environment: Environment) -> None:
    words = draft_words(a_draft(), TALLY, EDITOR, environment, "https://news.example.org/desk/x")
    for told in (words.text, shown_in(words.html)):
        assert "weekly/2026-11-24" not in told
        assert "solacefeed" not in told
        assert not re.search("variant|suppress|skipped|frozen", told, re.IGNORECASE)
    assert "- The quiet budget [pinned]" in words.text


def test_the_block_is_of_its_own_language_and_brings_no_second_heading(environment: Environment) -> None:
    block = re.search(r"<div.*?</div>", draft_words(a_draft(), TALLY, EDITOR, environment).html, re.DOTALL)
    assert block is not None
    assert block[0].startswith('<div lang="en" dir="ltr"')
    assert "<h1" not in block[0]
    assert "<table role=" in block[0]


def test_both_parts_have_the_numbers_beside_the_last_editions(environment: Environment) -> None:
    words = draft_words(a_draft(), TALLY, EDITOR, environment)
    shown = shown_in(words.html)
    for line in (
        "Posts: 4 (last time: 5)",
        "Readers who get it: 1,204 (last time: 1,190)",
        "Versions of it, by what readers chose: 31 (last time: 29)",
        "Readers who get none, since nothing is new for them: 12 (last time: 9)",
        "Addresses that we never mail: 3 (last time: 3)",
    ):
        assert line in flat(words.text)
        assert line in shown


def test_the_first_edition_has_none_to_be_held_against(environment: Environment) -> None:
    words = draft_words(a_draft(), replace(TALLY, before=None), EDITOR, environment)
    assert "Readers who get it: 1,204\n" in words.text
    assert "last time" not in words.html


def test_a_draft_with_nothing_for_anybody_says_what_would_become_of_it(environment: Environment) -> None:
    nobody = DraftTally(now=DraftCounts(posts=0, readers=0, variants=0, empty=7))
    words = draft_words(a_draft(posts=()), nobody, EDITOR, environment)
    assert "nothing in it for anybody: as it is, nobody gets it." in flat(words.text)
    assert "nobody gets it" not in draft_words(a_draft(), TALLY, EDITOR, environment).text


def test_posts_stand_in_their_order_with_their_marks_and_a_title_is_never_markup(environment: Environment) -> None:
    words = draft_words(a_draft(), TALLY, EDITOR, environment)
    assert "1 The quiet budget [pinned]\n2 <b>Roofs</b> & floors\n" in words.text
    assert "&lt;b&gt;Roofs&lt;/b&gt;" in words.html
    assert "<b>Roofs" not in words.html


@pytest.mark.parametrize(
    ("said", "leaves", "commands"),
    [
        (
            {"approval": Approval.NONE},
            "It leaves on Tuesday 24 November 2026, 08:00, by itself.",
            ["hold", "edit", "test"],
        ),
        (
            {"approval": Approval.HOLD},
            "It leaves on Tuesday 24 November 2026, 08:00, unless you hold it.",
            ["approve", "hold", "edit", "test"],
        ),
        (
            {"approval": Approval.REQUIRED},
            "It leaves when you approve it, and not before Tuesday 24 November 2026, 08:00.",
            ["approve", "hold", "edit", "test"],
        ),
        (
            {"edition": an_edition(state=EditionState.APPROVED)},
            "It is approved, and leaves on Tuesday 24 November 2026, 08:00.",
            ["hold", "edit", "test"],
        ),
        (
            {"edition": an_edition(state=EditionState.HELD, reason="4 times as many readers")},
            (
                "It is held, 4 times as many readers: it goes to nobody until you release or approve it. "
                "It closes on Tuesday 24 November 2026, 08:00."
            ),
            ["release", "approve", "edit", "test"],
        ),
    ],
)
def test_it_says_when_it_leaves_by_which_rule_and_what_can_be_done(
    environment: Environment, said: dict[str, Any], leaves: str, commands: list[str]
) -> None:
    words = draft_words(a_draft(**said), TALLY, EDITOR, environment)
    assert leaves in flat(words.text)
    assert leaves in shown_in(words.html)
    assert re.findall(r"^  solacefeed editions (\w+) weekly/2026-11-24", words.text, re.MULTILINE) == commands


def test_a_sample_leaves_no_placeholder_and_escapes_what_it_puts_into_html() -> None:
    rendered = Rendered(
        subject="s",
        text="@@CHOICE@@ @@PREFERENCES@@#pause @@RECIPIENT@@",
        html="@@CHOICE@@ @@UNSUBSCRIBE@@ @@RECIPIENT@@",
    )
    shown = as_sample(rendered, "a&b@example.org", links_to="https://x.example/?a&b", choice="homes & roads")
    assert shown.text == "homes & roads https://x.example/?a&b#pause a&b@example.org"
    assert shown.html == "homes &amp; roads https://x.example/?a&amp;b a&amp;b@example.org"


# -- when it is worth a mail -------------------------------------------------------------------------------


SMALL = [
    {"rendered": replace(RENDERED, text="Another word\n")},
    {"rendered": replace(RENDERED, subject="The loud budget")},
]
LARGE = [
    {"posts": ()},
    {"posts": (DraftPost(id="1", title="The quiet budget", url="https://blog.example.org/1"),)},
    {"edition": an_edition(state=EditionState.HELD, reason="too many")},
    {"edition": an_edition(issue=2)},
    {"editing": Editing(opening="Good morning.")},
    {"approval": Approval.REQUIRED},
]


def test_nobody_is_told_twice_of_the_same_draft() -> None:
    assert is_news(None, a_draft(), MONDAY)
    assert not is_news(told_of(a_draft()), a_draft(), MONDAY + 2 * WEEK)


@pytest.mark.parametrize("said", SMALL)
def test_what_is_small_is_told_after_some_hours(said: dict[str, Any]) -> None:
    draft = a_draft(**said)
    assert not is_news(told_of(a_draft()), draft, MONDAY + SMALL_CHANGES_AFTER - timedelta(seconds=1))
    assert is_news(told_of(a_draft()), draft, MONDAY + SMALL_CHANGES_AFTER)


@pytest.mark.parametrize("said", LARGE)
def test_what_is_large_is_told_at_once(said: dict[str, Any]) -> None:
    assert is_news(told_of(a_draft()), a_draft(**said), MONDAY)


def test_each_editor_has_a_key_of_their_own() -> None:
    assert draft_key(a_draft(), EDITOR) != draft_key(a_draft(), "eve@example.org")


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ({}, CLOSES),
        ({"approval": Approval.REQUIRED}, CLOSES + timedelta(hours=48)),
        ({"edition": an_edition(state=EditionState.HELD)}, CLOSES + timedelta(hours=48)),
    ],
)
def test_a_mail_about_it_is_of_use_as_long_as_something_can_be_done(said: dict[str, Any], until: Any) -> None:
    assert a_draft(**said).of_use_until(MONDAY) == until
    assert a_draft(**said).of_use_until(until) == until + LEAST_TIME
