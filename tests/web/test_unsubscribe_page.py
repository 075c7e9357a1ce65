"""The page behind a mail's unsubscribe link: looking changes nothing, one press ends, and nobody else can."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solacefeed import tokens
from solacefeed.deeds.people.subscribe import DECIDED, end, subscribe
from solacefeed.errors import UsageError
from solacefeed.models.people import Actor
from solacefeed.store.database import Store
from solacefeed.templating import csp_source
from tests.support.builders import A_CONSENT, LONDON, NO_KEY, a_digest
from tests.web.conftest import NOW, SECRET, Visit, a_front, a_link, served
from tests.web.visitors import stands

ONE_CLICK = ("List-Unsubscribe=One-Click", {"Content-Type": "application/x-www-form-urlencoded"})


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_scanner_ends_nothing_however_often_it_looks(visit: Visit, method: str) -> None:
    for _ in range(3):
        assert visit.ask(method, a_link()).status == 200
        assert visit.ask(method, f"{a_link()}?List-Unsubscribe=One-Click").status == 200
    assert visit.is_subscribed()


def test_the_page_asks_and_its_button_posts_back_to_the_same_address(visit: Visit) -> None:
    page = visit.ask("GET", a_link()).body
    assert "<h1>Unsubscribe?</h1>" in page
    assert "The Weekly Digest will not come to you any more" in page
    assert re.findall(r"<form[^>]*>", page) == ['<form method="post">']
    assert "<script" not in page


def test_the_buttons_press_ends_this_one_subscription(visit: Visit) -> None:
    answer = visit.ask("POST", a_link())
    assert (answer.status, "<h1>You are unsubscribed</h1>" in answer.body) == (200, True)
    assert re.findall(r'action="([^"]+)/undo/', answer.body) == ["https://news.example.org"]
    assert (visit.is_subscribed(1), visit.is_subscribed(2)) == (False, True)
    assert "<h1>You are unsubscribed</h1>" in visit.ask("GET", a_link()).body
    assert visit.ask("POST", a_link()).status == 200


def test_a_mail_programs_one_click_ends_it_too(visit: Visit) -> None:
    body, headers = ONE_CLICK
    assert visit.ask("POST", a_link(), body, headers).status == 200
    assert not visit.is_subscribed()


def test_who_unsubscribes_from_what_the_operator_ended_is_brought_back_by_nobody_else(visit: Visit) -> None:
    end(visit.store, lambda: NOW, "weekly", email="ann@example.org", by=Actor.OPERATOR, reason=DECIDED)
    assert visit.ask("POST", a_link(), *ONE_CLICK).status == 200
    with pytest.raises(UsageError, match="it stays ended"):
        subscribe(
            visit.store,
            lambda: NOW,
            a_digest(),
            LONDON,
            email="ann@example.org",
            name=None,
            consent=A_CONSENT,
            key=NO_KEY,
            slugs=None,
        )
    assert not visit.is_subscribed()


def test_looking_at_the_link_of_what_was_ended_makes_it_nobodys_own(visit: Visit) -> None:
    end(visit.store, lambda: NOW, "weekly", email="ann@example.org", by=Actor.OPERATOR, reason=DECIDED)
    visit.ask("GET", a_link())
    assert subscribe(
        visit.store,
        lambda: NOW,
        a_digest(),
        LONDON,
        email="ann@example.org",
        name=None,
        consent=A_CONSENT,
        key=NO_KEY,
        slugs=None,
    )


TOKEN = tokens.for_unsubscribing("weekly", 1, (SECRET,))
FORGED = {
    "another secret": a_link(secret="another secret"),
    "truncated": f"/unsubscribe/{TOKEN[:-1]}",
    "longer": f"/unsubscribe/{TOKEN}A",
    "payload of another": f"/unsubscribe/{TOKEN.replace('d2Vla2x5OjE', 'd2Vla2x5OjI')}",
    "payload alone": f"/unsubscribe/{TOKEN.partition('.')[0]}",
    "another purpose": f"/unsubscribe/{tokens.sign('confirm', 'weekly:1', (SECRET,))}",
    "of no number": "/unsubscribe/1",
    "not ascii": "/unsubscribe/%F0%9F%98%80.%00",
    "a script": "/unsubscribe/%3Cscript%3Ealert(1)",
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", FORGED.values(), ids=FORGED.keys())
def test_a_forged_link_is_not_found_and_ends_nobody(visit: Visit, method: str, path: str) -> None:
    answer = visit.ask(method, path)
    assert answer.status == 404
    assert "<h1>This link does not work</h1>" in answer.body
    assert "alert" not in answer.body
    assert visit.is_subscribed(1)
    assert visit.is_subscribed(2)


@pytest.mark.parametrize("link", [a_link(number=99), a_link(digest="daily")])
def test_a_link_for_what_never_stood_is_answered_like_one_for_what_has_ended(visit: Visit, link: str) -> None:
    for method in ("GET", "POST"):
        answer = visit.ask(method, link)
        assert (answer.status, "You are unsubscribed" in answer.body) == (200, True)


@pytest.mark.parametrize(
    "path", ["/", "/unsubscribe", "/unsubscribe/", f"{a_link()}//", f"/{a_link()}", "/admin", "/%2e%2e/x"]
)
def test_there_is_no_other_page_and_no_redirect(visit: Visit, path: str) -> None:
    for method in ("GET", "POST"):
        answer = visit.ask(method, path)
        assert answer.status == 404
        assert "<h1>There is no such page</h1>" in answer.body
    assert visit.is_subscribed()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_no_other_method_does_anything(visit: Visit, method: str) -> None:
    answer = visit.ask(method, a_link())
    assert (answer.status, "<h1>That can&#39;t be done here</h1>" in answer.body) == (405, True)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert visit.is_subscribed()


@pytest.mark.parametrize("path", [a_link(), "/nowhere", FORGED["truncated"]])
def test_no_answer_is_kept_framed_guessed_at_or_leaks_the_link(visit: Visit, path: str) -> None:
    answer = visit.ask("GET", path)
    headers, (style,) = answer.headers, re.findall("<style>(.*?)</style>", answer.body, re.DOTALL)
    assert headers["cache-control"] == "no-store"
    assert headers["x-robots-tag"] == "noindex"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": csp_source(style),
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "server" not in headers
    assert "set-cookie" not in headers


def test_the_operators_words_are_shown_as_text(shared: Store) -> None:
    with served(shared, a_front(organisation="Smith & <b>Sons</b>", title="<script>alert(1)</script>")) as visit:
        page = visit.ask("GET", a_link()).body
    assert "Smith &amp; &lt;b&gt;Sons&lt;/b&gt;" in page
    assert "<script" not in page
    assert "<b>" not in page


def test_a_trouble_of_ours_is_told_kindly_and_shows_nothing(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    with visit.store.write() as connection:
        connection.exec_driver_sql("DROP TABLE subscriptions")
    answer = visit.ask("GET", a_link())
    assert (answer.status, "<h1>Something went wrong here</h1>" in answer.body) == (503, True)
    assert "sql" not in answer.body.lower()
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(("posts", "said"), [("en-GB", "en-GB"), ("fr", "en")])
def test_the_page_is_in_the_language_of_our_words(shared: Store, posts: str, said: str) -> None:
    with served(shared, a_front(language=posts)) as visit:
        assert f'<html lang="{said}">' in visit.ask("GET", a_link()).body


def test_a_mistake_in_the_template_costs_the_page_its_looks_and_no_visitor_their_answer(
    shared: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mine" / "web").mkdir(parents=True)
    (tmp_path / "mine" / "web" / "page.html").write_text("one\n{{ 1 / 0 }}", encoding="utf-8")
    with served(shared, a_front(title="News & <b>views</b>"), their_templates=tmp_path / "mine") as visit:
        asked = visit.ask("GET", a_link())
        assert (asked.status, "<h1>Unsubscribe?</h1>" in asked.body) == (200, True)
        assert "News &amp; &lt;b&gt;views" in asked.body
        assert '<form method="post"><button type="submit">' in asked.body
        assert "You are unsubscribed" in visit.ask("POST", a_link()).body
        assert visit.ask("GET", "/nowhere").status == 404
    assert not stands(shared, "weekly", 1)
    assert {record.exc_info for record in caplog.records if record.name == "solacefeed.web.pages"} == {None}
    assert "web/page.html, line 2: division by zero; visitors see the shipped page" in caplog.text
