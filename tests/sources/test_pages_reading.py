"""Pages as themes write them, read one by one."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.models.blog import CategoryName
from solacefeed.sources.pages_dates import Dated, in_address, machine, spoken
from solacefeed.sources.pages_links import Home, is_category, is_month, next_page, paged
from solacefeed.sources.pages_reading import read_page, read_post
from solacefeed.sources.pages_shown import BlogPage, Shown
from tests.support.steps import patience

HOME = Home("https://blog.example.org/")
URL = "https://blog.example.org/2012/05/count-what-counts/"
TEXT = "<p>Councils are steeped in targets, <em>all of them</em> from above.</p>"
LONG = f"<p>{'Councils are steeped in targets. ' * 30}</p>"


def page(body: str, *, at: str = HOME.url) -> BlogPage:
    return read_page(f"<!DOCTYPE html><html><head></head><body>{body}</body></html>", at, HOME)


def only(body: str) -> Shown:
    (shown,) = page(body).posts
    return shown


def a_box(inside: str = "", *, text: str = TEXT, number: int = 7) -> str:
    return (
        f'<div id="post-{number}" class="post-{number} post type-post hentry">'
        f'<h2 class="entry-title"><a href="{URL}" rel="bookmark">Count what counts</a></h2>'
        f'{inside}<div class="entry-content">{text}</div></div>'
    )


# -- the shapes of a post -----------------------------------------------------------------------------

SHAPES = {
    "2010": f"""
        <div id="post-7" class="post-7 post type-post hentry category-housing">
        <h2 class="entry-title"><a href="{URL}" rel="bookmark">Count <em>what</em> counts</a></h2>
        <div class="entry-meta">Posted on
        <a href="{URL}" title="9:00 am" rel="bookmark"><span class="entry-date">May 17, 2012</span></a>
        by <span class="author vcard"><a class="url fn n" href="/author/jo/">Jo Bloggs</a></span></div>
        <div class="entry-content">{TEXT}</div>
        <div class="entry-utility">Posted in <a href="/category/housing/" rel="category tag">Housing</a> |
        <a href="/tag/data/" rel="tag">data</a></div></div>""",
    "kubrick": f"""
        <div class="post" id="post-7"><h2><a href="{URL}" rel="bookmark">Count <em>what</em> counts</a></h2>
        <small class="date">May 17th, 2012 <!-- by Jo Bloggs --></small><div class="entry">{TEXT}</div>
        <p class="postmetadata"><span class="author">Jo Bloggs</span> Posted in
        <a href="/category/housing/" rel="category">Housing</a></p></div>""",
    "html5": f"""
        <article class="post post-7 hentry"><header>
        <h1 class="entry-title"><a href="{URL}">Count <em>what</em> counts</a></h1>
        <time class="entry-date" datetime="2012-05-17">17 May</time>
        <span class="byline"> by <a rel="author" href="/author/jo/">Jo Bloggs</a></span></header>
        <div class="entry-content">{TEXT}</div>
        <footer><span class="cat-links">in <a href="/category/housing/">Housing</a></span></footer></article>""",
    "microformats2": f"""
        <article class="h-entry" id="post-7"><a class="u-url" href="{URL}">
        <h1 class="p-name">Count <em>what</em> counts</h1></a>
        <time class="dt-published" datetime="2012-05-17">then</time> <span class="p-author">Jo Bloggs</span>
        <div class="e-content">{TEXT}</div><a href="/category/housing/">Housing</a></article>""",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_post_is_read_whatever_the_theme(shape: str) -> None:
    shown = only(SHAPES[shape])
    assert (shown.number, shown.url, shown.title) == ("7", URL, "Count <em>what</em> counts")
    assert shown.content == TEXT
    assert not shown.cut
    assert shown.published == Dated(datetime(2012, 5, 17, tzinfo=UTC), True)
    assert shown.author == "Jo Bloggs"
    assert shown.categories == (CategoryName(slug="housing", name="Housing"),)


def test_what_is_not_shown_is_none() -> None:
    shown = only('<article class="hentry"><div class="entry-content"><p>An <em>aside</em>.</p></div></article>')
    unsaid = {part.name for part in fields(Shown) if getattr(shown, part.name) is None}
    assert unsaid == {part.name for part in fields(Shown)} - {"content", "cut", "protected"}


@pytest.mark.parametrize(
    "box",
    [
        '<div id="post-0" class="post error404"><h1 class="entry-title">Not found</h1></div>',
        '<div id="post-5" class="post-5 page type-page hentry"><div class="entry-content">About us</div></div>',
        '<div id="post-5" class="post-5 page hentry"><div class="entry-content">About us</div></div>',
        '<article class="post-5 attachment type-attachment hentry">A picture</article>',
        '<div class="post-navigation">Older</div>',
        '<li class="comment" id="comment-7"><div class="comment-body">Well said</div></li>',
    ],
)
def test_what_is_no_post_is_left_alone(box: str) -> None:
    assert page(box).posts == ()


# -- whole, or the beginning alone --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (TEXT, False),
        (f'{TEXT}<p><a class="more-link" href="{URL}#more-7">Continue reading</a></p>', True),
        (f'<p>Councils are&hellip; <a href="{URL}">Read more</a></p>', True),
        ("<p>Councils are steeped in targets [&hellip;]</p>", True),
        # All of it, or all that an excerpt leaves of it: only the post's own page can tell.
        ("<p>Councils are steeped in targets.</p>", True),
        (LONG, False),
        (f'<p>Read more of {"the same " * 80} in <a href="https://elsewhere.example/">Read more</a>.</p>', False),
    ],
)
def test_a_beginning_is_told_from_a_whole_text(text: str, cut: bool) -> None:
    assert only(a_box(text=text)).cut is cut


def test_where_one_post_is_an_excerpt_its_neighbours_are_too() -> None:
    excerpt = a_box(text="<p>Councils are [&hellip;]</p>")
    short = a_box(text=TEXT, number=8)
    assert [shown.cut for shown in page(excerpt + short).posts] == [True, True]


def test_a_beginning_that_the_author_chose_says_nothing_of_its_neighbours() -> None:
    teaser = a_box(text=f'{TEXT}<a class="more-link" href="{URL}#more-7">Continue reading</a>')
    assert [shown.cut for shown in page(teaser + a_box(number=8)).posts] == [True, False]


def test_a_text_of_nothing_but_signs_that_it_goes_on_is_read_in_a_moment() -> None:
    with patience():
        assert not page(a_box(text=f"<p>{'[&hellip;]' * 100_000}x</p>") + a_box(text=LONG, number=8)).posts[1].cut


# -- a text is data -----------------------------------------------------------------------------------


def test_nothing_is_taken_from_a_text() -> None:
    text = (
        '<time class="published" datetime="1999-01-01T00:00:00Z">then</time><span class="fn">Nobody</span>'
        '<a href="/category/traps/" rel="category tag">Traps</a><a href="/page/2/">Older posts</a>'
        '<h2 class="entry-title">Another title</h2>' + TEXT
    )
    found = page(a_box(text=text))
    (shown,) = found.posts
    assert (shown.title, shown.published, shown.author, shown.categories) == ("Count what counts", None, None, None)
    assert found.links == (URL,)
    assert found.categories == {}


def test_a_post_in_a_text_is_told_by_its_number_alone() -> None:
    found = page(a_box(text=TEXT + a_box(number=8)))
    assert [shown.number for shown in found.posts] == ["7"]
    assert found.hidden == ("8",)
    assert found.posts[0].cut


def test_of_a_page_that_nests_too_deep_the_numbers_are_told() -> None:
    found = page(a_box() + a_box(text="<div>" * 1000, number=8) + a_box(number=9))
    assert found.posts == ()
    assert found.hidden == ("7", "8", "9")


@given(st.text(alphabet="<>/\"'= \ndivlarticlepostentry-0123456789&;#x", max_size=300))
def test_no_page_raises(soup: str) -> None:
    for html in (soup, a_box(text=soup), a_box(inside=soup), f"<{soup}{a_box()}"):
        assert read_page(html, HOME.url, HOME).url == HOME.url
        read_post(html, URL, HOME, "7")


# -- a post's own page --------------------------------------------------------------------------------

HEAD = (
    f'<link rel="canonical" href="{URL}" /><link rel="shortlink" href="https://blog.example.org/?p=7" />'
    '<meta property="article:published_time" content="2012-05-17T09:00:00+00:00" />'
    '<meta property="article:modified_time" content="2012-05-18T09:00:00+00:00" />'
)


def test_the_head_of_a_page_tells_what_its_body_does_not() -> None:
    body = f'<main><h1 class="wp-block-post-title">Count what counts</h1><div class="entry-content">{TEXT}</div></main>'
    shown = read_post(f"<html><head>{HEAD}</head><body>{body}</body></html>", URL, HOME, None)
    assert shown == Shown(
        number="7",
        url=URL,
        title="Count what counts",
        content=TEXT,
        published=Dated(datetime(2012, 5, 17, 9, tzinfo=UTC), False),
        modified=Dated(datetime(2012, 5, 18, 9, tzinfo=UTC), False),
    )


def test_the_posts_that_a_page_recommends_are_not_the_post() -> None:
    html = f"<html><head>{HEAD}</head><body>{a_box(number=8, text='<p>Another.</p>')}{a_box()}</body></html>"
    shown = read_post(html, URL, HOME, "7")
    assert shown is not None
    assert (shown.number, shown.content) == ("7", TEXT)


def test_comments_are_no_part_of_a_text_that_swallowed_them() -> None:
    comments = '<div id="comments" class="comments-area"><p>Rubbish!</p></div>'
    html = f"<html><body>{a_box(text=TEXT + '<div>' + comments)}</body></html>"
    shown = read_post(html, URL, HOME, "7")
    assert shown is not None
    assert "Rubbish" not in (shown.content or "")
    assert "steeped" in (shown.content or "")


def test_a_page_that_shows_no_post_is_told_apart_from_an_empty_post() -> None:
    nothing = "<html><body><main><h1>Just a moment</h1></main></body></html>"
    assert read_post(nothing, URL, HOME, None) is None
    empty = read_post(f"<html><head>{HEAD}</head><body><main><h1>Empty</h1></main></body></html>", URL, HOME, "7")
    assert empty is not None
    assert empty.content is None


# -- dates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("May 17, 2012", (2012, 5, 17)),
        ("Thursday, 17th May 2012 at 10:00", (2012, 5, 17)),
        ("Posted on 1st of June, 2012 by Jo", (2012, 6, 1)),
        ("Sept. 3, 2012", (2012, 9, 3)),
        ("17 May", (2012, 5, 17)),
        ("2012-05-17", (2012, 5, 17)),
        ("17 June", None),  # The address says May: which year June was in, nobody says.
        ("05/06/2012", None),
        ("31 February 2012", None),
        ("mai 17, 2012", None),
        ("117 May 2012", None),
        ("mayor 17, 2012", None),
        ("", None),
    ],
)
def test_a_date_in_words_is_a_day_or_nothing(said: str, day: tuple[int, int, int] | None) -> None:
    assert spoken(said, URL) == (day and Dated(datetime(*day, tzinfo=UTC), True))


@pytest.mark.parametrize(
    ("said", "dated"),
    [
        ("2012-05-17T10:00:00+01:00", Dated(datetime(2012, 5, 17, 9, tzinfo=UTC), False)),
        ("2012-05-17T10:00:00Z", Dated(datetime(2012, 5, 17, 10, tzinfo=UTC), False)),
        ("2012-05-17T10:00:00+0100", Dated(datetime(2012, 5, 17, 9, tzinfo=UTC), False)),
        ("2012-05-17T23:30:00", Dated(datetime(2012, 5, 17, tzinfo=UTC), True)),
        ("2012-05-17", Dated(datetime(2012, 5, 17, tzinfo=UTC), True)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
    ],
)
def test_a_moment_without_its_offset_is_a_day(said: str, dated: Dated | None) -> None:
    assert machine(said) == dated


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2199, 12, 31)))
def test_the_day_in_an_address_is_that_day(day: date) -> None:
    dated = in_address(f"https://blog.example.org/{day:%Y/%m/%d}/a-post/")
    assert dated is not None
    assert (dated.at.date(), dated.day_only) == (day, True)


def test_an_exact_date_wins_over_a_day() -> None:
    inside = '<span class="published">May 16, 2012</span><time datetime="2012-05-17T10:00:00+01:00">then</time>'
    assert only(a_box(inside)).published == Dated(datetime(2012, 5, 17, 9, tzinfo=UTC), False)


def test_the_moment_of_an_update_is_not_that_of_publication() -> None:
    inside = (
        '<time class="updated" datetime="2013-01-01T00:00:00Z"></time><time class="published" datetime="2012-05-17">'
    )
    shown = only(a_box(f"{inside}</time>"))
    assert shown.published == Dated(datetime(2012, 5, 17, tzinfo=UTC), True)
    assert shown.modified == Dated(datetime(2013, 1, 1, tzinfo=UTC), False)


# -- addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("here", "older"),
    [
        ("/", "/page/2/"),
        ("/page/2/", "/page/3/"),
        ("/", "/index.php/page/2/"),
        ("/category/housing/", "/category/housing/page/2/"),
        ("/2012/05/page/9/", "/2012/05/page/10/"),
        ("/?cat=3", "/?paged=2&cat=3"),
        ("/", "/?query-0-page=2&cst"),
    ],
)
def test_the_next_page_is_known_by_its_number(here: str, older: str) -> None:
    base = "https://blog.example.org"
    others = [f"{base}{path}" for path in ("/", "/page/1/", "/page/7/", "/category/x/page/2/", "/?paged=2&s=x")]
    assert next_page([*others, base + older], base + here) == base + older


@pytest.mark.parametrize("link", ["/page/2/?replytocom=3", "/page/2/feed/", "/?s=x&paged=2", "/2012/page/2/"])
def test_a_trap_is_no_next_page(link: str) -> None:
    assert next_page([f"https://blog.example.org{link}"], "https://blog.example.org/") is None


@pytest.mark.parametrize(
    ("href", "own"),
    [
        ("/page/2/#top", "https://blog.example.org/page/2/"),
        ("http://blog.example.org/x/", "https://blog.example.org/x/"),
        ("https://BLOG.example.org:443/x/", "https://blog.example.org/x/"),
        ("https://blog.example.org:8443/x/", None),
        ("https://blog.example.org.evil.example/x/", None),
        ("https://evil.example/blog.example.org/", None),
        ("https://blog.example.org:99999/", None),
        ("javascript:alert(1)", None),
        ("mailto:jo@blog.example.org", None),
        ("", None),
    ],
)
def test_only_what_lies_on_the_blogs_host_is_its_own(href: str, own: str | None) -> None:
    assert HOME.own(href, HOME.url) == own


def test_a_blog_in_a_folder_owns_that_folder_alone() -> None:
    home = Home("https://www.example.org/blog")
    assert home.own("/blog/page/2/", home.url) == "https://www.example.org/blog/page/2/"
    assert home.own("/blogger/", home.url) is None
    assert home.own("/", home.url) is None


@pytest.mark.parametrize(
    ("path", "category", "month"),
    [
        ("/category/housing/", True, False),
        ("/category/housing/social-care/", True, False),
        ("/category/feed-the-world/", True, False),
        ("/category/housing/page/2/", False, False),
        ("/category/housing/feed/", False, False),
        ("/category/housing/?orderby=title", False, False),
        ("/?cat=3", True, False),
        ("/tag/data/", False, False),
        ("/2012/05/", False, True),
        ("/2012/", False, False),
        ("/2012/05/17/", False, False),
        ("/2012/05/?m=1", False, False),
    ],
)
def test_archives_are_known_by_wordpress_own_addresses(path: str, category: bool, month: bool) -> None:
    address = f"https://blog.example.org{path}"
    assert (is_category(address), is_month(address)) == (category, month)


@given(st.text(max_size=80))
def test_no_address_raises(text: str) -> None:
    for href in (text, f"/{text}", f"https://blog.example.org/{text}", f"https://{text}/"):
        own = HOME.own(href, HOME.url)
        if own is not None:
            assert own.startswith(HOME.url)
            assert HOME.own(own, HOME.url) == own
            paged(own)


@pytest.mark.parametrize("href", ["http://[oops", "https://a\u2100b/#respond"])
def test_a_broken_link_is_no_link_and_costs_no_post(href: str) -> None:
    links = f'<a class="more-link" href="{href}">Continue reading</a><a href="{href}">Leave a comment</a>'
    (shown,) = read_page(f"<body>{a_box(text=f'{TEXT}{links}')}{links}</body>", HOME.url, HOME).posts
    assert shown.number == "7"
    assert shown.comments_url is None


# -- comments -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fragment", ["respond", "comments"])
def test_a_link_to_its_comments_tells_where_they_stand(fragment: str) -> None:
    link = f'<p class="comment-number"><a href="{URL}#{fragment}">Leave a comment</a></p>'
    assert only(a_box(link)).comments_url == f"{URL}#comments"


@pytest.mark.parametrize(
    "link",
    [
        f'<a href="{URL}">Read on</a>',
        f'<a href="{URL}#more-7">Continue</a>',
        '<a href="https://blog.example.org/2012/05/another/#respond">Leave a comment there</a>',
    ],
)
def test_a_link_elsewhere_tells_of_no_comments(link: str) -> None:
    assert only(a_box(f"<p>{link}</p>")).comments_url is None


def test_a_link_in_its_text_tells_of_no_comments() -> None:
    assert only(a_box(text=f'<p>See <a href="{URL}#comments">what you said</a>.</p>')).comments_url is None
