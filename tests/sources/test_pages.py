"""A blog's web pages as a source, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from solacefeed.errors import Refused, SourceError
from solacefeed.models.blog import CategoryName
from solacefeed.sources.pages import Bounds
from solacefeed.text.reading import read
from tests.sources.pages_world import FEW, PagesReader, a_long_blog, add_post
from tests.sources.source_world import HOME, Reader
from tests.support.blog import faults
from tests.support.blog.answers import SampleAnswer, answer
from tests.support.blog.faults import Spoil
from tests.support.blog.server import Serving, serve

THEMES = ("2012", "today")


@pytest.fixture(params=THEMES)
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def serving(theme: str) -> Iterator[Serving]:
    """Twenty-five posts of one day each, numbered from 1 as they were written."""
    with serve(a_long_blog(theme=theme)) as serving:
        yield serving


@pytest.fixture
def reader(serving: Serving) -> PagesReader:
    return PagesReader(serving)


@pytest.fixture
def regular(reader: PagesReader) -> PagesReader:
    """Somebody who knows the blog as it was at the test's beginning."""
    reader.poll()
    return reader


def only_2012(serving: Serving) -> None:
    serving.blog.theme = "2012"


def in_html(change: Callable[[str], str]) -> Spoil:
    def spoil(answer: SampleAnswer) -> SampleAnswer:
        return replace(answer, body=change(answer.body.decode()).encode())

    return spoil


# -- the first crawl ----------------------------------------------------------------------------------


def test_every_post_is_found_on_the_home_page_and_on_the_older_ones(reader: PagesReader) -> None:
    reader.poll()
    assert reader.posts.keys() == {str(post.id) for post in reader.serving.blog.public_posts()}
    assert reader.complete
    assert reader.unreadable == {}


def test_a_post_says_the_same_as_through_the_api(reader: PagesReader) -> None:
    reader.poll()
    by_api = Reader(reader.serving)
    by_api.poll()
    categories = {category.number: category for category in by_api.categories}
    for number, there in by_api.posts.items():
        here = reader.posts[number]
        assert here.content is not None
        assert there.content is not None
        assert read(here.title, here.content, url=here.url) == read(there.title, there.content, url=there.url)
        assert (here.url, here.published, here.day_only) == (there.url, there.published, False)
        assert here.author_name == by_api.authors[str(there.author_id)].name
        filed = [categories[number] for number in there.category_numbers or ()]
        assert here.category_names == tuple(CategoryName(slug=each.slug, name=each.name) for each in filed)


def test_the_site_is_named_as_on_its_home_page(reader: PagesReader) -> None:
    reader.poll()
    assert reader.site is not None
    assert (reader.site.title, reader.site.description) == ("Officers & others", "What we think")
    assert reader.site.url == f"{HOME}/"


def test_whole_posts_cost_one_question_a_page(reader: PagesReader) -> None:
    only_2012(reader.serving)
    assert reader.asked_in_a_poll() == ["/", "/page/2/", "/page/3/"]


def test_an_excerpt_costs_a_question_more(serving: Serving) -> None:
    serving.blog.theme = "today"
    asked = PagesReader(serving).asked_in_a_poll()
    assert len(asked) == 3 + 25
    assert len(set(asked)) == len(asked)


def test_a_protected_post_is_known_and_its_text_is_not(reader: PagesReader) -> None:
    reader.serving.blog.protect(7, at=datetime(2026, 11, 1, tzinfo=UTC))
    reader.poll()
    post = reader.posts["7"]
    assert post.protected
    assert post.title == "Post &amp; number 7"
    assert post.content == ""
    assert post.excerpt is None
    assert not reader.posts["8"].protected


def test_a_post_that_is_not_public_is_not_met(reader: PagesReader) -> None:
    reader.serving.blog.unpublish(7, at=datetime(2026, 11, 1, tzinfo=UTC))
    reader.poll()
    assert "7" not in reader.posts


# -- later polls --------------------------------------------------------------------------------------


def test_a_quiet_poll_asks_for_the_home_page_alone(regular: PagesReader) -> None:
    assert regular.asked_in_a_poll() == ["/"]


def test_a_new_post_is_noticed(regular: PagesReader) -> None:
    number = add_post(regular.serving.blog, 40)
    assert regular.poll() == [str(number)]


def test_more_new_posts_than_one_page_holds_are_all_noticed(regular: PagesReader) -> None:
    numbers = [str(add_post(regular.serving.blog, 60 + day)) for day in range(12)]
    assert sorted(regular.poll()) == sorted(numbers)


def test_an_edit_on_the_first_page_is_noticed_and_moves_no_other_post(regular: PagesReader) -> None:
    before = dict(regular.posts)
    edited = "<p>Something else entirely, and <em>more</em> of it.</p>"
    regular.serving.blog.edit(24, at=datetime(2026, 11, 1, tzinfo=UTC), content=edited)
    assert regular.poll() == ["24"]
    assert regular.posts["24"].content == edited
    assert {**regular.posts, "24": None} == {**before, "24": None}


def test_a_post_filed_anew_is_noticed(regular: PagesReader) -> None:
    regular.serving.blog.recategorise(24, "Health & Wellbeing", at=datetime(2026, 11, 1, tzinfo=UTC))
    assert regular.poll() == ["24"]
    wellbeing = (CategoryName(slug="health-wellbeing", name="Health & Wellbeing"),)
    assert regular.posts["24"].category_names == wellbeing


def test_absence_proves_nothing(regular: PagesReader) -> None:
    regular.serving.blog.delete(25)
    regular.poll()  # Every batch is seen to bury nothing.
    assert "25" in regular.posts


def test_what_changes_at_every_request_in_the_mark_up_is_no_change(reader: PagesReader) -> None:
    tokens = iter(range(1000))
    fresh = in_html(lambda html: html.replace("<p>This", f'<p data-token="{next(tokens)}">This'))
    reader.serving.faults.add(fresh)
    reader.poll()
    assert reader.poll() == []


# -- bounds -------------------------------------------------------------------------------------------


def test_a_long_crawl_is_done_in_several_polls_and_loses_no_post(reader: PagesReader) -> None:
    for number in range(26, 90):
        add_post(reader.serving.blog, number)
    reader.bounds = FEW
    polls = 0
    while not reader.complete:
        assert len(reader.asked_in_a_poll()) <= 1 + FEW.pages + FEW.posts
        assert bool(reader.cut_off) is not reader.complete
        polls += 1
        assert polls < 30
    assert len(reader.posts) == 89
    assert all(post.content for post in reader.posts.values())
    assert reader.asked_in_a_poll() == ["/"]


def test_a_crawl_that_broke_off_goes_on_where_it_was(reader: PagesReader) -> None:
    reader.serving.faults.add(faults.status(503, retry_after=600), match="^/page/3/")
    with pytest.raises(Refused, match="asks to come back in 600 s"):
        reader.poll()
    reader.serving.faults.clear()
    asked = reader.asked_in_a_poll()
    assert [target for target in asked if not target.startswith("/2026/")] == ["/", "/page/2/", "/page/3/"]
    assert len(reader.posts) == 25
    assert reader.complete


def test_a_crawl_that_took_all_questions_goes_on_where_it_was(reader: PagesReader) -> None:
    reader.requests = 6
    polls = [reader.asked_in_a_poll()]
    while not reader.complete:
        assert reader.cut_off.startswith("the poll was cut off after 6 questions; what was read is kept")
        polls.append(reader.asked_in_a_poll())
        assert len(polls) < 12
    assert len(reader.posts) == 25
    assert sum(map(len, polls)) < 25 + 4 * len(polls)


def test_a_filing_that_takes_all_questions_is_not_begun_anew_in_each_poll(serving: Serving) -> None:
    only_2012(serving)
    serving.faults.add(in_html(without_filing))
    reader = PagesReader(serving, requests=3)
    reader.poll()
    assert reader.cut_off
    reader.requests = 100
    assert not [target for target in reader.asked_in_a_poll() if target.startswith("/category/")]
    assert (len(reader.posts), reader.complete) == (25, True)


def test_more_news_than_a_later_poll_may_ask_for_waits_for_the_next(regular: PagesReader) -> None:
    numbers = {str(add_post(regular.serving.blog, 60 + day)) for day in range(12)}
    regular.bounds = Bounds(later=1)
    assert len(regular.poll()) == 10
    regular.poll()
    assert numbers <= regular.posts.keys()
    assert regular.poll() == []


def test_a_change_of_all_posts_is_no_reason_to_go_through_all_pages(regular: PagesReader) -> None:
    only_2012(regular.serving)
    regular.poll()
    regular.bounds = Bounds(later=2)
    regular.serving.blog.rename_author("jo", "Jo Brown")
    assert regular.asked_in_a_poll() == ["/", "/page/2/"]
    assert regular.posts["25"].author_name == "Jo Brown"
    assert regular.asked_in_a_poll() == ["/"]


def test_older_posts_without_end_end_at_the_bounds(serving: Serving) -> None:
    only_2012(serving)

    def one_more(given: SampleAnswer) -> SampleAnswer:
        number = len(serving.requests)
        body = (
            f'<html><body><div class="hentry post-{1000 + number}"><h2><a href="/post-{number}/">Ever on</a></h2>'
            '<abbr class="published" title="2012-05-17T10:00:00+01:00"></abbr>'
            '<div class="entry-content"><p>And on, <em>and on</em>.</p></div></div>'
            f'<a href="/page/{number + 2}/">Older posts</a></body></html>'
        )
        return replace(given, status=200, body=body.encode())

    serving.faults.add(one_more, match=r"^/(page/\d+/)?$")
    reader = PagesReader(serving, bounds=Bounds(pages=40, depth=12))
    assert len(reader.asked_in_a_poll()) == 12
    assert reader.complete
    assert reader.cut_off == f"{HOME}/: leads back more than 12 pages; what is behind them is not read"


@pytest.mark.parametrize(
    "link",
    ["/page/1/", "/", "/page/2/?replytocom=7", "https://elsewhere.example/page/2/", "//blog.example.org:8080/page/2/"],
)
def test_a_loop_a_trap_or_another_host_is_not_followed(serving: Serving, link: str) -> None:
    only_2012(serving)
    serving.faults.add(in_html(lambda html: html.replace(f"{HOME}/page/2/", link)), match="^/$")
    reader = PagesReader(serving)
    assert reader.asked_in_a_poll() == ["/"]
    assert len(reader.posts) == 10


def test_a_blog_that_shows_the_same_page_under_every_number_is_read_once(serving: Serving) -> None:
    only_2012(serving)
    first = answer(serving.blog, "/").body.decode()

    def the_first_again(given: SampleAnswer) -> SampleAnswer:
        older = f"/page/{len(serving.requests) + 2}/"
        return replace(given, status=200, body=first.replace("/page/2/", older).encode())

    serving.faults.add(the_first_again, match="^/page/")
    assert PagesReader(serving).asked_in_a_poll() == ["/", "/page/2/"]


def test_no_address_from_a_text_is_asked_for(serving: Serving) -> None:
    trap = f'<a href="{HOME}/category/traps/" rel="category tag">this</a>'
    older = f'<a href="{HOME}/page/2/" rel="next">that</a> and <a href="{HOME}/2026/10/">October</a>'
    serving.blog.minor_edit(25, f"<p>See {trap}, {older}. {'Councils build homes. ' * 20}</p>")
    for number in range(1, 20):
        serving.blog.delete(number)
    asked = PagesReader(serving).asked_in_a_poll()
    assert "/category/traps/" not in asked
    assert "/page/2/" not in asked
    assert "/2026/10/" not in asked


# -- what can't be believed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (faults.status(503, retry_after=600), "answered 503 .*; maintenance, .*; asks to come back in 600 s"),
        (faults.status(500), "answered 500"),
        (faults.challenge(), "answered 403"),
        (faults.status(404), "answered 404"),
        (faults.content_type("application/json"), "application/json instead of a web page"),
        (faults.cut(3000), "the page has no end"),
        (faults.content("<html><body>Gr\u00fc\u00dfe</body></html>".encode("latin-1")), "is not written in utf-8 as"),
        (faults.page_instead(), "no posts are found on this page"),
        (faults.drop(), "broke off"),
        (faults.redirect(302, "https://elsewhere.example/"), "elsewhere"),
    ],
)
def test_a_home_page_that_can_not_be_believed_changes_nothing(regular: PagesReader, fault: Spoil, line: str) -> None:
    before = (dict(regular.posts), dict(regular.memory))
    regular.serving.faults.add(fault)
    with pytest.raises(SourceError, match=line) as raised:
        regular.poll()
    assert "\n" not in str(raised.value)
    assert (regular.posts, regular.memory) == before
    regular.serving.faults.clear()
    assert regular.poll() == []


def test_a_warning_before_the_page_does_no_harm(reader: PagesReader) -> None:
    reader.serving.faults.add(faults.junk())
    reader.poll()
    assert len(reader.posts) == 25


def test_a_post_whose_own_page_is_away_keeps_its_excerpt(serving: Serving) -> None:
    serving.blog.theme = "today"
    serving.faults.add(faults.status(404), match="/post-9/")
    reader = PagesReader(serving)
    reader.poll()
    assert len(reader.posts) == 25
    assert reader.posts["9"].content is None
    assert (reader.posts["9"].excerpt or "").startswith("<p>This is the text of post 9.")


def test_a_post_whose_own_page_fails_costs_itself_alone_and_is_asked_for_again(serving: Serving) -> None:
    serving.blog.theme = "today"
    serving.faults.add(faults.status(500), match="/post-24/")
    reader = PagesReader(serving)
    reader.poll()
    assert reader.posts.keys() == {str(number) for number in range(1, 26)} - {"24"}
    assert "answered 500" in reader.unreadable["24"]
    serving.faults.clear()
    assert reader.poll() == ["24"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_blog_that_asks_for_rest_is_asked_for_no_other_posts_page(serving: Serving, status: int) -> None:
    serving.blog.theme = "today"
    serving.faults.add(faults.status(status, retry_after=60), match="/post-")
    reader = PagesReader(serving)
    with pytest.raises(Refused, match=f"answered {status} .*; asks to come back in 60 s"):
        reader.poll()
    assert sum("/post-" in asked.target for asked in serving.requests) == 1
    serving.faults.clear()
    reader.poll()
    assert len(reader.posts) == 25


def test_a_title_that_a_list_shortens_is_taken_from_the_posts_own_page(serving: Serving) -> None:
    serving.blog.theme = "today"
    serving.faults.add(in_html(lambda html: html.replace("number 24", "num&hellip;")), match="^/$")
    reader = PagesReader(serving)
    reader.poll()
    assert reader.posts["24"].title == "Post &amp; number 24"


def test_a_page_of_another_post_is_not_taken_for_the_post(serving: Serving) -> None:
    serving.blog.theme = "today"
    other = answer(serving.blog, serving.blog.permalink(serving.blog.posts[8]).removeprefix(HOME))
    serving.faults.add(faults.content(other.body), match="/post-9/")
    reader = PagesReader(serving)
    reader.poll()
    assert reader.unreadable == {"9": "another post answers at its address"}
    assert "post 8" in (reader.posts["8"].content or "")


def test_an_excerpt_is_never_taken_for_the_text(serving: Serving) -> None:
    serving.blog.theme = "today"
    unknown = in_html(lambda html: html.replace("entry-content wp-block-post-content", "words"))
    serving.faults.add(unknown, match="/post-9/")
    reader = PagesReader(serving)
    reader.poll()
    assert reader.unreadable == {"9": "its text is not found on its own page"}
    assert "9" not in reader.posts


def test_an_empty_post_is_a_post(reader: PagesReader) -> None:
    reader.serving.blog.minor_edit(9, "")
    reader.poll()
    assert reader.posts["9"].content == ""
    assert reader.unreadable == {}


def test_a_blog_whose_posts_all_fail_is_out_of_order(serving: Serving) -> None:
    serving.blog.theme = "today"
    serving.faults.add(faults.status(500), match="^/2026/")
    with pytest.raises(Refused, match="answered 500"):
        PagesReader(serving).poll()


# -- poison -------------------------------------------------------------------------------------------


def test_ten_thousand_nested_tags_cost_one_post(reader: PagesReader) -> None:
    reader.serving.blog.minor_edit(24, "<div>" * 10_000 + "deep" + "</div>" * 10_000)
    reader.poll()
    assert reader.posts.keys() | {"24"} == {str(number) for number in range(1, 26)}
    assert all(post.content for number, post in reader.posts.items() if number != "24")
    assert reader.complete


def test_tags_left_open_cost_no_other_post(reader: PagesReader) -> None:
    reader.serving.blog.minor_edit(24, "<div><div><div><div><p>Never closed, <em>and more</em>.")
    reader.poll()
    assert reader.posts.keys() == {str(number) for number in range(1, 26)}
    assert "number 23" in reader.posts["23"].title
    assert "post 23" in (reader.posts["23"].content or "")
    assert "post 23" not in (reader.posts["24"].content or "")
    assert reader.poll() == []


def test_a_post_forged_in_a_text_is_not_believed(reader: PagesReader) -> None:
    forged = (
        '<div id="post-999" class="post-999 post hentry"><h2 class="entry-title"><a href="/forged/">Resign!</a></h2>'
        '<abbr class="published" title="2026-11-01T10:00:00+00:00"></abbr><div class="entry-content"><p>All of you.</p>'
        f"</div></div><p>{'Councils build homes. ' * 20}</p>"
    )
    reader.serving.blog.minor_edit(24, forged)
    reader.poll()
    assert reader.posts.keys() == {str(number) for number in range(1, 26)}
    assert all("Resign" not in post.title for post in reader.posts.values())


# -- categories ---------------------------------------------------------------------------------------


def without_filing(html: str) -> str:
    """A theme that says nowhere in a box what a post is filed under, and links all categories beside."""
    lines = [line for line in html.split("\n") if "Filed under" not in line]
    links = "".join(
        f'<li><a href="{HOME}/category/{slug}/">{slug}</a></li>' for slug in ("housing", "health-wellbeing")
    )
    return "\n".join(lines).replace(" category-", " filed-").replace("</body>", f"<ul>{links}</ul></body>")


def test_where_posts_do_not_say_it_the_pages_of_categories_tell_what_is_filed_there(serving: Serving) -> None:
    only_2012(serving)
    serving.blog.recategorise(3, "Housing", "Health & Wellbeing", at=datetime(2026, 11, 1, tzinfo=UTC))
    serving.blog.recategorise(4, "Uncategorized", at=datetime(2026, 11, 1, tzinfo=UTC))
    serving.faults.add(in_html(without_filing))
    reader = PagesReader(serving)
    reader.poll()
    filed = {number: {each.slug for each in post.category_names or ()} for number, post in reader.posts.items()}
    assert filed["2"] == {"housing"}
    assert filed["3"] == {"housing", "health-wellbeing"}
    assert reader.posts["4"].category_names is None
    assert len(reader.posts) == 25


def test_a_filing_that_was_not_read_to_its_end_is_not_told(serving: Serving) -> None:
    only_2012(serving)
    serving.faults.add(in_html(without_filing))
    reader = PagesReader(serving, bounds=Bounds(filing=2))
    reader.poll()
    assert {post.category_names for post in reader.posts.values()} == {None}


def test_the_names_of_the_box_tell_the_categories_without_a_question(serving: Serving) -> None:
    only_2012(serving)
    serving.faults.add(in_html(lambda html: without_filing(html).replace(" filed-", " category-")))
    reader = PagesReader(serving)
    assert reader.asked_in_a_poll() == ["/", "/page/2/", "/page/3/"]
    assert {post.category_names for post in reader.posts.values()} == {(CategoryName(slug="housing", name="housing"),)}


# -- a home page without posts ------------------------------------------------------------------------


def test_a_blog_with_another_front_page_is_read_by_months_and_categories(serving: Serving) -> None:
    front = (
        '<html><body><div class="page hentry" id="post-77"><p class="entry-content">Welcome.</p></div>'
        f'<a href="{HOME}/2026/09/">September</a> <a href="{HOME}/category/housing/">Housing</a></body></html>'
    )
    serving.faults.add(faults.content(front.encode()), match="^/$")
    reader = PagesReader(serving)
    numbers = reader.poll()
    assert sorted(map(int, numbers)) == list(range(1, 26))
    assert reader.complete
    assert reader.poll() == []


def test_what_was_remembered_of_another_blog_counts_for_nothing(regular: PagesReader) -> None:
    regular.memory["home"] = "https://other.example/"
    assert len(regular.poll()) == 25
