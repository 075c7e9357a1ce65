"""A template of the operator's shows what its view has, and can do nothing else, wherever it was copied from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from solacefeed.errors import ConfigError
from solacefeed.models.feeds import FeedKind
from solacefeed.template_sandbox import Sandbox
from solacefeed.templating import templates
from solacefeed.web.views import VisitorsPage
from tests.rendering.rendering_views import a_post

STEPS = 2_000
HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A view with everything that views have."""

    title: str = HOSTILE
    kind: FeedKind = FeedKind.DIGEST
    posts: tuple[object, ...] = (a_post(), a_post())

    @property
    def short(self) -> str:
        return self.title[:3]

    def thrown_away(self) -> str:
        return "gone"


def shown(folder: Path, source: str, name: str = "mine.html") -> str:
    (folder / name).write_text(source, encoding="utf-8")
    environment = templates(folder)
    assert isinstance(environment, Sandbox)
    environment.most_steps = STEPS
    return environment.get_template(name).render(book=Book(), data={"a": 1})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ book.short }}", "&lt;sc"),
        ("{{ book.kind }} {{ book.kind.name }} {{ book.kind == 'digest' }}", "digest DIGEST True"),
        ("{{ book.title.upper() | length }}", "25"),
        ("{% for p in book.posts %}{{ loop.index }}/{{ loop.length }}{{ loop.last }}{% endfor %}", "1/2False2/2True"),
        ("{% for post in book.posts if not post.title %}{% else %}none{% endfor %}", "none"),
        ("{% for name, number in data.items() %}{{ name }}{{ number }}{% endfor %}", "a1"),
        ("{% macro twice(it) %}{{ it }}{{ it }}{% endmacro %}{{ twice('a') }}", "aa"),
        ("{% set a = namespace(n=0) %}{% for i in range(3) %}{% set a.n = a.n + i %}{% endfor %}{{ a.n }}", "3"),
        ("{{ book.posts | map(attribute='author') | join(' and ') }}", "Jo Carver and Jo Carver"),
        ("{{ '%s!' | format(book.short) }}{{ '{}?'.format(book.short) }}", "&lt;sc!&lt;sc?"),
        ("{{ '<br>' | safe }}{{ 2 * 3 }}{{ 2 ** 10 }}{{ '-' * 3 }}", "<br>61024---"),
        ("{{ brand.light.accent }} {{ brand.typeface.headings }}", '#17594c Georgia, "Times New Roman", serif'),
    ],
)  # fmt: skip
def test_what_templates_are_written_with_works_as_ever(tmp_path: Path, source: str, said: str) -> None:
    assert shown(tmp_path, source) == said


@pytest.mark.parametrize(
    "source",
    [
        "{{ book.__class__ }}",
        "{{ book['__class__'] }}",
        "{{ book | attr('__class__') }}",
        "{{ book.posts | map(attribute='__class__') | join }}",
        "{{ book.title.__class__.__mro__ }}",
        "{{ book.thrown_away() }}",
        "{{ book.__dataclass_fields__ }}",
        "{{ book.title.encode() }}",
        "{{ book.title.ljust(10) }}",
        "{{ book.title.translate({}) }}",
        "{{ '{0.__class__}'.format(book) }}",
        "{{ data.update({'b': 2}) }}",
        "{{ data.clear() }}",
        "{{ [].append(1) }}",
        "{{ brand.light.accent.join.__self__ }}",
        "{{ (1).bit_length() }}",
        "{{ web.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ cycler.__init__ }}",
    ],
)
def test_a_template_reaches_nothing_but_what_its_view_says(tmp_path: Path, source: str) -> None:
    with pytest.raises(ConfigError, match=r"mine\.html, line 2: .*(unsafe|undefined|no attribute)"):
        shown(tmp_path, f"one\n{source}")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{% for a in range(1000) %}{% for b in range(2000) %}{% endfor %}{% endfor %}", "might never end"),
        ("{% macro a(n) %}{% if n %}{{ a(n - 1) ~ a(n - 1) }}{% endif %}{% endmacro %}{{ a(30) }}", "might never end"),
        ("{% for a in [1, 2] recursive %}{{ loop([1, 2]) if loop.depth < 30 }}{% endfor %}", "might never end"),
        ("{% for a in range(10 ** 9) %}{% endfor %}", "Range too big"),
        ("{{ '-' * 10 ** 9 }}", "a repetition of more than"),
        ("{{ 10 ** 9 * [1] }}", "a repetition of more than"),
        ("{{ 9 ** 9 ** 9 }}", "a power of more than"),
        ("{{ lipsum(10 ** 9) }}", "'lipsum' is undefined"),
    ],
)  # fmt: skip
def test_a_template_that_would_not_end_is_ended_and_told(tmp_path: Path, source: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=rf"mine\.html, line 2: .*{problem}"):
        shown(tmp_path, f"one\n{source}")


def test_each_rendering_has_all_its_steps(tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("{% for a in range(1000) %}{% endfor %}")
    environment = templates(tmp_path)
    assert isinstance(environment, Sandbox)
    # The turns, and the call of range.
    environment.most_steps = 1_001
    assert [environment.get_template("mine.html").render() for _ in range(3)] == [""] * 3


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ book.title | safe }}", "safe may stand behind a text in quotes alone"),
        ("{{ (book.title ~ '') | safe }}", "safe may stand behind a text in quotes alone"),
        ("{% filter safe %}{{ book.title }}{% endfilter %}", "safe may stand behind a text in quotes alone"),
        ("{{ [book.title] | map('safe') | join }}", "No filter named 'safe'"),
        ("{% autoescape false %}{{ book.title }}{% endautoescape %}", "autoescape can't be changed"),
    ],
)
def test_no_template_lets_content_stand_unescaped(tmp_path: Path, source: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=rf"mine\.html, line 2: {problem}"):
        shown(tmp_path, f"one\n{source}")


@pytest.mark.parametrize(("name", "escaped"), [("a.html", True), ("a.htm", True), ("a", True), ("a.txt", False)])
def test_what_is_not_for_plain_text_is_escaped_whatever_it_is_called(tmp_path: Path, name: str, escaped: bool) -> None:
    assert (HOSTILE not in shown(tmp_path, "{{ book.title }}", name)) is escaped


def test_a_template_builds_upon_the_one_whose_place_it_takes(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "site").mkdir()
    said = '{% extends "shipped/web/page.html" %}{% block foot %}<p>Charity 1234567</p>{% endblock %}'
    (tmp_path / "web/page.html").write_text(said)
    (tmp_path / "site/base.css").write_text('{% include "shipped/site/base.css" %}\nh1 { font-weight: 700; }')
    page = VisitorsPage(
        language="en",
        title="Unsubscribe?",
        sentence="",
        organisation="The Society",
        site_title="Officers",
        site_url="https://www.example.org/",
        home="/",
        complain="/complain",
    )
    shown = templates(tmp_path).get_template("web/page.html").render(page=page)
    assert "<p>Charity 1234567</p></footer>" in shown
    assert "border-radius: 2px; }\nh1 { font-weight: 700; }" in shown
