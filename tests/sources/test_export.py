from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.errors import SourceError
from solacefeed.models.blog import Author, CategoryName, Grade, SourcePost, Tag
from solacefeed.ports import Batch, Known
from solacefeed.sources.export import BATCH, ExportSource
from solacefeed.sources.export_file import MOST_CHARACTERS
from solacefeed.sources.export_text import paragraphs
from solacefeed.text.reading import read
from tests.sources.source_world import NOW
from tests.support.builders import a_source_category, category_numbers
from tests.support.steps import patience, steps

NOTHING = Known(memory={}, posts={})
HOME = "https://blog.example.org"

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress/6.1" created="2026-11-20 10:00" -->
<rss version="2.0"
  xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
  <title>Officers &amp; others</title>
  <link>https://blog.example.org</link>
  <description>What they think</description>
  <wp:wxr_version>1.2</wp:wxr_version>
  <wp:base_blog_url>https://blog.example.org</wp:base_blog_url>
"""
PEOPLE = """
  <wp:author><wp:author_id>2</wp:author_id><wp:author_login><![CDATA[jo]]></wp:author_login>
    <wp:author_email>jo@example.org</wp:author_email>
    <wp:author_display_name><![CDATA[Jo &amp; Co]]></wp:author_display_name></wp:author>
  <wp:category><wp:term_id>6</wp:term_id><wp:category_nicename>housing</wp:category_nicename>
    <wp:category_parent></wp:category_parent><wp:cat_name><![CDATA[Housing &amp; homes]]></wp:cat_name></wp:category>
  <wp:category><wp:term_id>4</wp:term_id><wp:category_nicename>repairs</wp:category_nicename>
    <wp:category_parent>housing</wp:category_parent><wp:cat_name><![CDATA[Repairs]]></wp:cat_name></wp:category>
"""
FOOT = "</channel>\n</rss>\n"
FILED = '<category domain="category" nicename="housing"><![CDATA[Housing &amp; homes]]></category>'
GIVEN = {
    "title": "Damp",
    "link": f"{HOME}/2012/05/18/damp/",
    "pubDate": "Fri, 18 May 2012 09:00:00 +0000",
    "dc:creator": "jo",
    "guid": f"{HOME}/?p=7",
    "content:encoded": "One.\n\nTwo.",
    "wp:post_id": "7",
    "wp:post_date": "2012-05-18 10:00:00",
    "wp:post_date_gmt": "2012-05-18 09:00:00",
    "wp:post_modified_gmt": "2012-05-19 08:00:00",
    "wp:status": "publish",
    "wp:post_password": "",
    "wp:post_type": "post",
}


def an_item(more: str = FILED, /, **texts: str | None) -> str:
    """An item; a name in *texts* stands without its prefix, and with ``None`` its element is left out."""
    full = {name: name.rpartition(":")[2] for name in [*GIVEN, "excerpt:encoded"] if name != "content:encoded"}
    full["content:encoded"] = "content"
    said = {name: texts.get(short, GIVEN.get(name)) for name, short in full.items()}
    assert texts.keys() <= set(full.values())
    fields = (f"<{name}><![CDATA[{text}]]></{name}>" for name, text in said.items() if text is not None)
    return f"<item>{''.join(fields)}{more}</item>\n"


def an_export(*items: str, head: str = HEAD, people: str = PEOPLE) -> str:
    return f"{head}{people}{''.join(items)}{FOOT}"


Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str | bytes) -> Path:
        path = tmp_path / "export.xml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def polled(path: Path, known: Known = NOTHING) -> list[Batch]:
    return list(ExportSource(path).changes(known, NOW))


def posts_in(path: Path) -> list[SourcePost]:
    return [post for batch in polled(path) for post in batch.posts]


# -- what is taken over -------------------------------------------------------------------------------


def test_a_post_arrives_as_the_file_has_it(write: Write) -> None:
    assert posts_in(write(an_export(an_item()))) == [
        SourcePost(
            number="7",
            guid=f"{HOME}/?p=7",
            url=f"{HOME}/2012/05/18/damp/",
            title="Damp",
            content="<p>One.</p>\n<p>Two.</p>",
            published=datetime(2012, 5, 18, 9, tzinfo=UTC),
            modified=datetime(2012, 5, 19, 8, tzinfo=UTC),
            author_id="2",
            author_name="Jo & Co",
            category_numbers=category_numbers("6"),
            category_names=(CategoryName(slug="housing", name="Housing & homes"),),
            tags=(),
        )
    ]


def test_the_blog_itself_comes_first_with_its_people_and_its_tree_of_categories(write: Write) -> None:
    first, *_ = polled(write(an_export(an_item())))
    assert first.site is not None
    assert (first.site.title, first.site.description, first.site.url) == ("Officers & others", "What they think", HOME)
    assert first.authors == (Author(id="2", name="Jo & Co"),)
    assert first.categories == (
        a_source_category(number="6", slug="housing", name="Housing & homes"),
        a_source_category(number="4", slug="repairs", name="Repairs", parent_number="6"),
    )


def test_everything_in_a_file_has_the_grade_of_an_export(write: Write) -> None:
    assert {batch.grade for batch in polled(write(an_export(an_item())))} == {Grade.EXPORT}


@pytest.mark.parametrize(
    "kept_back",
    [
        {"status": "draft"},
        {"status": "private"},
        {"status": "pending"},
        {"status": "future"},
        {"status": "trash"},
        {"status": None},
        {"post_type": "page"},
        {"post_type": "attachment"},
        {"post_type": "revision"},
        {"post_type": None},
    ],
)
def test_only_published_posts_are_taken(write: Write, kept_back: dict[str, str | None]) -> None:
    assert posts_in(write(an_export(an_item(**kept_back)))) == []


def test_the_text_behind_a_password_stays_behind_it(write: Write) -> None:
    (post,) = posts_in(write(an_export(an_item(post_password="sesame", encoded="An own excerpt"))))
    assert (post.protected, post.content, post.excerpt) == (True, "", None)


def test_an_excerpt_of_the_author_s_own_is_kept(write: Write) -> None:
    (post,) = posts_in(write(an_export(an_item(encoded="In <em>short</em>"))))
    assert post.excerpt == "In <em>short</em>"


def test_tags_and_other_taxonomies_are_no_categories(write: Write) -> None:
    terms = '<category domain="post_tag" nicename="t">T</category><category domain="series" nicename="s">S</category>'
    (post,) = posts_in(write(an_export(an_item(terms))))
    assert (post.category_names, post.category_numbers) == ((), ())
    assert post.tags == (Tag(number=None, slug="t", name="T"),)


def test_a_category_without_a_number_in_the_file_keeps_its_name(write: Write) -> None:
    (post,) = posts_in(write(an_export(an_item(), people="")))
    assert post.category_numbers is None
    assert post.category_names == (CategoryName(slug="housing", name="Housing & homes"),)


def test_categories_from_before_there_were_tags_have_names_alone(write: Write) -> None:
    (post,) = posts_in(write(an_export(an_item("<category>Housing</category>"))))
    assert post.category_names == (CategoryName(slug=None, name="Housing"),)


def test_a_login_that_nobody_in_the_file_has_names_no_author(write: Write) -> None:
    (post,) = posts_in(write(an_export(an_item(creator="stranger"))))
    assert (post.author_id, post.author_name) == (None, None)


def test_an_author_whose_number_is_left_out_still_has_a_name(write: Write) -> None:
    people = PEOPLE.replace("<wp:author_id>2</wp:author_id>", "")
    first, *_ = batches = polled(write(an_export(an_item(), people=people)))
    assert first.authors is None
    assert [(post.author_id, post.author_name) for batch in batches for post in batch.posts] == [(None, "Jo & Co")]


def test_version_1_0_names_authors_outright_and_numbers_no_category(write: Write) -> None:
    people = PEOPLE.replace("<wp:term_id>6</wp:term_id>", "").partition("<wp:category>")
    first, *rest = polled(
        write(
            an_export(
                an_item(f"<category>Housing</category>{FILED}", creator="Jo Bloggs"),
                head=HEAD.replace("1.2", "1.0"),
                people=f"{people[1]}{people[2]}",
            )
        )
    )
    (post,) = [post for batch in rest for post in batch.posts]
    assert (first.authors, first.categories) == (None, None)
    assert (post.author_id, post.author_name, post.category_numbers) == (None, "Jo Bloggs", None)
    assert post.category_names == (CategoryName(slug="housing", name="Housing & homes"),)


def test_wordpress_com_s_own_namespaces_are_understood(write: Write) -> None:
    export = an_export(an_item(), head=HEAD.replace("http://wordpress.org", "https://wordpress.org"))
    assert [post.number for post in posts_in(write(export))] == ["7"]


def test_a_file_that_does_not_say_where_its_blog_is_describes_none(write: Write) -> None:
    head = HEAD.replace("https://blog.example.org", "")
    first, *_ = batches = polled(write(an_export(an_item(), head=head)))
    assert first.site is None
    assert [post.number for batch in batches for post in batch.posts] == ["7"]


def test_any_prefix_does_for_a_namespace(write: Write) -> None:
    export = an_export(an_item()).replace("xmlns:wp", "xmlns:blog").replace("wp:", "blog:")
    assert [post.number for post in posts_in(write(export))] == ["7"]


@pytest.mark.parametrize(
    ("dates", "published", "day_only"),
    [
        ({}, datetime(2012, 5, 18, 9, tzinfo=UTC), False),
        ({"post_date_gmt": "0000-00-00 00:00:00"}, datetime(2012, 5, 18, 9, tzinfo=UTC), False),
        (
            {"post_date_gmt": "0000-00-00 00:00:00", "pubDate": "Fri, 18 May 2012 10:00:00 +0100"},
            datetime(2012, 5, 18, 9, tzinfo=UTC),
            False,
        ),
        (
            {"post_date_gmt": "0000-00-00 00:00:00", "pubDate": "Wed, 30 Nov -0001 00:00:00 +0000"},
            datetime(2012, 5, 18, tzinfo=UTC),
            True,
        ),
        ({"post_date_gmt": None, "pubDate": None}, datetime(2012, 5, 18, tzinfo=UTC), True),
    ],
)
def test_a_date_is_as_exact_as_the_file_has_it(
    write: Write, dates: dict[str, str | None], published: datetime, day_only: bool
) -> None:
    (post,) = posts_in(write(an_export(an_item(**dates))))
    assert (post.published, post.day_only) == (published, day_only)


def test_a_relative_link_is_meant_on_the_blog(write: Write) -> None:
    (post,) = posts_in(write(an_export(an_item(link="/2012/05/18/damp/"))))
    assert post.url == f"{HOME}/2012/05/18/damp/"


def test_without_a_link_the_guid_is_the_address(write: Write) -> None:
    (post,) = posts_in(write(an_export(an_item(link=""))))
    assert post.url == f"{HOME}/?p=7"


def test_what_a_post_does_not_say_is_nowhere_guessed(write: Write) -> None:
    (post,) = posts_in(
        write(an_export(an_item(post_id="0", guid="", post_modified_gmt=None, creator=None, content=None)))
    )
    assert (post.number, post.guid, post.modified, post.author_name, post.content) == (None, None, None, None, None)


# -- one bad post -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"post_date": "soon", "post_date_gmt": "", "pubDate": ""}, "it has no date"),
        ({"link": "javascript:alert(1)", "guid": "7"}, "its link is no http or https address"),
    ],
)
def test_one_bad_post_never_stops_the_others(write: Write, broken: dict[str, str], reason: str) -> None:
    assert_set_aside_alone(write, broken, reason)


def test_a_post_without_end_never_stops_the_others(write: Write) -> None:
    without_end = {"content": "x" * (MOST_CHARACTERS + 1)}
    assert_set_aside_alone(write, without_end, "it has more than 8000000 characters")


def assert_set_aside_alone(write: Write, broken: dict[str, str], reason: str) -> None:
    batches = polled(write(an_export(an_item(**{"guid": "bad", **broken}), an_item())))
    assert [post.number for batch in batches for post in batch.posts] == ["7"]
    assert [why for batch in batches for why in batch.unreadable.values()] == [reason]


def test_control_characters_inside_a_post_cost_nothing_but_themselves(write: Write) -> None:
    (post,) = posts_in(write(an_export(an_item(title="Ver\x0btical\x07", content="bell\x07\x00 \ufffe"))))
    assert (post.title, post.content) == ("Ver tical", "<p>bell</p>")


def test_bytes_that_are_no_utf_8_cost_one_character_each(write: Write) -> None:
    export = an_export(an_item(title="Caf~")).encode().replace(b"Caf~", b"Caf\xe9")
    (post,) = posts_in(write(export))
    assert post.title == "Caf\ufffd"


def test_a_script_in_an_export_never_reaches_a_reader(write: Write) -> None:
    hostile = "<script>steal()</script>Text\n\n<img src=x onerror=steal()>\n\n<pre><script>steal()</script></pre>"
    (post,) = posts_in(write(an_export(an_item(title="<script>steal()</script>T", content=hostile))))
    reading = read(post.title, post.content or "", url=post.url)
    assert "steal" not in reading.content
    assert "script" not in reading.content


# -- the file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["\n\n  ", "\ufeff", "\ufeff\n"])
def test_what_plugins_write_before_the_first_line_is_passed_over(write: Write, before: str) -> None:
    assert len(posts_in(write(f"{before}{an_export(an_item())}"))) == 1


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-16"])
def test_a_file_in_another_encoding_says_so_and_is_read(write: Write, encoding: str) -> None:
    export = an_export(an_item(title="Café")).replace("UTF-8", encoding)
    assert [post.title for post in posts_in(write(export.encode(encoding)))] == ["Café"]


def test_a_gzipped_file_is_read_as_it_is(write: Write) -> None:
    assert len(posts_in(write(gzip.compress(an_export(an_item()).encode())))) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (an_export(an_item())[:-20], "it ends in its midst"),
        (an_export(an_item()).partition("One.")[0], "it ends in its midst"),
        (an_export(an_item()).replace("</item>", ""), "broken XML at line"),
        (an_export(an_item()) + "<p>", "broken XML at line"),
        ("", "it ends in its midst"),
        ("Not XML", "broken XML at line 1"),
        ("<html><body>Log in</body></html>", "begins with <html>"),
        ("<rss><channel><title>A feed</title></channel></rss>", "not an export of WordPress"),
        (an_export().replace(">1.2<", ">abc<"), "not an export of WordPress"),
        ("<!DOCTYPE html><html></html>", "has a document type"),
        (
            HEAD.replace("<rss", '<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>\n<rss') + FOOT,
            "has a document type",
        ),
        (HEAD.replace("<rss", '<!DOCTYPE r SYSTEM "file:///etc/passwd">\n<rss') + FOOT, "has a document type"),
        (HEAD.replace("UTF-8", "klingon") + FOOT, "its encoding can't be read"),
        (HEAD.replace("UTF-8", "zlib") + FOOT, "its encoding can't be read"),
        (b"PK\x03\x04rest of a zip", "a zip archive; unzip it"),
        (gzip.compress(an_export(an_item()).encode())[:-9], "the gzip stream is broken"),
        (b"\x1f\x8b\x08\x00nonsense that is no gzip", "the gzip stream is broken"),
    ],
)
def test_a_file_that_is_no_whole_export_is_refused_before_its_first_post(
    write: Write, content: str | bytes, says: str
) -> None:
    assert_refused(write(content), says)


def test_a_file_with_one_tag_without_end_is_refused_before_its_first_post(write: Write) -> None:
    assert_refused(write(f"{HEAD}<!--{'x' * 3 * MOST_CHARACTERS}-->{FOOT}"), "has one tag of more than")


def assert_refused(path: Path, says: str) -> None:
    taken: list[Batch] = []
    with pytest.raises(SourceError) as refused:
        taken.extend(ExportSource(path).changes(NOTHING, NOW))
    assert str(refused.value).startswith(f"{path}: ")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert taken == []


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.xml: can't be read \(No such file"):
        polled(tmp_path / "gone.xml")


def test_a_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"can't be read \(Is a directory"):
        polled(tmp_path)


def test_ten_thousand_tags_inside_one_another_cost_nothing(write: Write) -> None:
    nest = f"{'<x>' * 10_000}{'</x>' * 10_000}"
    assert len(posts_in(write(an_export(nest, an_item(f"{FILED}{nest}"))))) == 1


# -- polls --------------------------------------------------------------------------------------------


def test_years_of_history_come_a_hundred_posts_at_a_time(write: Write) -> None:
    batches = polled(write(an_export(*(an_item(post_id=str(number)) for number in range(1, 2 * BATCH + 6)))))
    assert [len(batch.posts) for batch in batches] == [0, BATCH, BATCH, 5, 0]
    assert [batch.complete for batch in batches] == [False, False, False, False, True]


def test_long_posts_come_fewer_at_a_time(write: Write) -> None:
    batches = polled(
        write(an_export(*(an_item(content="word " * 500_000, post_id=str(number)) for number in (1, 2, 3))))
    )
    assert [len(batch.posts) for batch in batches] == [0, 2, 1, 0]


def test_a_file_that_was_taken_over_is_not_read_again_until_it_changes(write: Write) -> None:
    path = write(an_export(an_item()))
    *_, last = polled(path)
    assert last.memory is not None
    known = replace(NOTHING, memory=last.memory, complete=True)
    assert [(batch.posts, batch.complete) for batch in polled(path, known)] == [((), True)]
    assert sum(len(batch.posts) for batch in polled(write(an_export(an_item(), an_item(post_id="8"))), known)) == 2


def test_a_number_that_stands_twice_in_a_file_is_said_and_the_first_one_counts(write: Write) -> None:
    path = write(an_export(an_item(), an_item(title="Another", guid=f"{HOME}/another")))
    (_, batch, _) = polled(path)
    assert [post.title for post in batch.posts] == ["Damp"]
    assert batch.unreadable == {f"{HOME}/another": "its number 7 stands twice in the file; the first one counts"}


def test_a_file_never_proves_that_a_post_is_gone(write: Write) -> None:
    assert not any(batch.gone for batch in polled(write(an_export(an_item()))))


# -- plain text made paragraphs -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("", ""),
        ("One", "<p>One</p>"),
        ("One\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("One\r\n\r\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("One\n \t\n\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("One\nTwo", "<p>One<br>\nTwo</p>"),
        ("One<br />\nTwo", "<p>One<br />\nTwo</p>"),
        ("<p>One</p>\n\n<p>Two</p>", "<p>One</p>\n<p>Two</p>"),
        ("One\n<h2>Two</h2>\nThree", "<p>One</p>\n<h2>Two</h2>\n<p>Three</p>"),
        ("<ul>\n<li>One</li>\n<li>Two</li>\n</ul>", "<ul>\n<li>One</li>\n<li>Two</li>\n</ul>"),
        ("<blockquote>One</blockquote>", "<blockquote><p>One</p></blockquote>"),
        ("<blockquote>One\n\nTwo</blockquote>", "<blockquote><p>One</p>\n<p>Two</p></blockquote>"),
        ("<div>One\n\nTwo</div>Three", "<div><p>One</p>\n<p>Two</p></div>\n<p>Three</p>"),
        ("One<hr>Two", "<p>One</p>\n<hr><p>Two</p>"),
        ("<pre>a\n\nb</pre>\nOne", "<pre>a\n\nb</pre>\n<p>One</p>"),
        ("One\n<PRE>a\n\nb", "<p>One</p>\n<PRE>a\n\nb"),
        ('<a\nhref="/x">One</a>', '<p><a href="/x">One</a></p>'),
        ("3 < 4\n\nand 5 > 4", "<p>3 < 4</p>\n<p>and 5 > 4</p>"),
        ("One\n\n<!--more-->\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("<strong>One</strong> and\n\n<em>two</em>", "<p><strong>One</strong> and</p>\n<p><em>two</em></p>"),
        ("<param-like>One</param-like>", "<p><param-like>One</param-like></p>"),
        ("<!-- wp:paragraph -->\n<p>One</p>\n\n<!-- /wp:paragraph -->", None),
        ('<!-- wp:html -->\nOne\n\nTwo\n<!-- /wp:html -->', None),
    ],
)  # fmt: skip
def test_text_as_it_was_typed_becomes_paragraphs(typed: str, html: str | None) -> None:
    assert paragraphs(typed) == (typed if html is None else html)


@given(st.text(alphabet="a \n<>/p[]"))
def test_no_word_is_lost_in_making_paragraphs(text: str) -> None:
    assert paragraphs(text).count("a") == text.count("a")


@pytest.mark.parametrize("poison", ["<", "<pre>", "<!--", "<p ", "</p ", "<a\n", " ", "\n", " \n x", "<br>\n", "<div>"])
def test_paragraphs_are_made_in_steps_linear_in_the_text(poison: str) -> None:
    assert steps(lambda: paragraphs(poison * 8_000)) <= 8 * steps(lambda: paragraphs(poison * 1_000)) + 1_000
    with patience():
        paragraphs(poison * 100_000)
