from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from solacefeed.brand import branded, typeface
from solacefeed.digest.long_words import COLUMNS, wrapped
from solacefeed.errors import ConfigError, SolacefeedError
from solacefeed.palette import palette
from solacefeed.template_files import content_mark, shipped
from solacefeed.templating import clip, templates, web

CHECKOUT = Path(__file__).parents[2]
SHIPPED = {"digest/subject.txt", "digest/body.txt", "digest/body.html", "site/index.html"}


def test_a_checkout_finds_its_templates() -> None:
    environment = templates()
    assert set(environment.list_templates()) >= SHIPPED
    assert environment.get_template("site/index.html").filename == str(CHECKOUT / "templates/site/index.html")


@pytest.fixture
def wheel_contents(tmp_path: Path) -> Path:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    return tmp_path / "installed"


@pytest.mark.more
def test_a_wheel_finds_its_templates(wheel_contents: Path, tmp_path: Path) -> None:
    look = "from solacefeed.templating import templates; print(templates().get_template('digest/body.html').filename)"
    env = os.environ | {"PYTHONPATH": str(wheel_contents)}
    found = subprocess.run(
        [sys.executable, "-c", look], cwd=tmp_path, env=env, check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == str(wheel_contents / "solacefeed/_templates/digest/body.html")


def test_missing_templates_are_told_with_the_places_where_they_were_looked_for(tmp_path: Path) -> None:
    places = [tmp_path / "here", tmp_path / "there"]
    with pytest.raises(ConfigError, match=r"looked in .*here and .*there"):
        shipped(places)


def test_a_missing_folder_of_the_operator_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no folder .*mine"):
        templates(tmp_path / "mine")


def test_an_operator_replaces_one_template_and_keeps_the_others(tmp_path: Path) -> None:
    a_template(tmp_path, "digest/subject.txt", "Ours: {{ subject }}")
    environment = templates(tmp_path)
    assert environment.get_template("digest/subject.txt").render(subject="news") == "Ours: news"
    assert environment.get_template("digest/body.txt").filename == str(CHECKOUT / "templates/digest/body.txt")


def test_a_file_is_compiled_once_for_every_language_and_look() -> None:
    english = compiled(templates(), "web/page.html")
    yellow = templates(None, branded(palette("#ffd500"), typeface("sans"), None))
    assert compiled(yellow, "web/page.html") is english
    welsh = yellow.get_template("web/page.html", globals={"language": "cy"})
    assert welsh.root_render_func.__code__ is english


def test_a_file_that_has_changed_is_compiled_anew(tmp_path: Path) -> None:
    for word in ("sun", "moon", "sun"):
        a_template(tmp_path, "mine.txt", word)
        assert templates(tmp_path).get_template("mine.txt").render() == word


def test_what_was_compiled_where_all_is_ours_is_none_for_the_sandbox(tmp_path: Path) -> None:
    """There a file of ours counts its steps, too."""
    ours = compiled(templates(), "web/page.html")
    assert compiled(templates(tmp_path), "web/page.html") is not ours
    assert compiled(templates(), "web/page.html") is ours


def compiled(environment: Environment, name: str) -> CodeType:
    return environment.get_template(name).root_render_func.__code__


@pytest.mark.parametrize(
    ("source", "line", "problem"),
    [
        ("{{ nobody }}", 1, "'nobody' is undefined"),
        ("one\ntwo {{ word.meaning }}", 2, "no attribute 'meaning'"),
        ("one\n\n{% if word %}", 3, "Unexpected end of template"),
        ("{{ word | shout }}", 1, "No filter named 'shout'"),
        ("one\n{% include 'nothing.txt' %}", 2, "there is no template nothing.txt"),
        ("one\n{{ 1 / 0 }}", 2, "division by zero"),
        ("{% for sun in 3 %}{% endfor %}", 1, "'int' object is not iterable"),
        ("one\n\n{{ word | wrap('wide') }}", 3, "can't multiply sequence"),
        ("one\n{% include 'mine.txt' %}", 2, "recursion"),
        ("one\n{{ word.index('x') }}", 2, "substring not found"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_its_file_and_line(
    tmp_path: Path, source: str, line: int, problem: str
) -> None:
    file = a_template(tmp_path, "mine.txt", source)
    with pytest.raises(ConfigError, match=rf"{re.escape(str(file))}, line {line}: .*{re.escape(problem)}"):
        templates(tmp_path).get_template("mine.txt").render(word="sun")


def test_a_template_that_is_no_text_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    file = a_template(tmp_path, "mine.txt", "")
    file.write_bytes(b"one\ncaf\xe9")
    with pytest.raises(ConfigError, match=rf"{re.escape(str(file))}, line 2: not UTF-8 text"):
        templates(tmp_path).get_template("mine.txt")


def test_a_template_that_is_not_there_is_told_unless_it_may_be_missing(tmp_path: Path) -> None:
    a_template(tmp_path, "mine.txt", "{% include 'yours.txt' ignore missing %}sun")
    environment = templates(tmp_path)
    assert environment.get_template("mine.txt").render() == "sun"
    with pytest.raises(ConfigError, match=r"there is no template yours\.txt"):
        environment.get_template("yours.txt")


def test_what_was_told_already_is_told_as_it_was(tmp_path: Path) -> None:
    def refuse() -> None:
        raise SolacefeedError("the sun is down")

    a_template(tmp_path, "mine.txt", "{{ refuse() }}")
    with pytest.raises(SolacefeedError, match=r"^the sun is down$"):
        templates(tmp_path).get_template("mine.txt").render(refuse=refuse)


def test_only_html_is_escaped(tmp_path: Path) -> None:
    for name in ("mine.txt", "mine.html"):
        a_template(tmp_path, name, "{{ word }}")
    environment = templates(tmp_path)
    assert environment.get_template("mine.txt").render(word="<b> & 'c'") == "<b> & 'c'"
    assert environment.get_template("mine.html").render(word="<b> & 'c'") == "&lt;b&gt; &amp; &#39;c&#39;"


WORD = st.text("abcdé-", min_size=1, max_size=90)


@given(st.lists(WORD), st.integers(0, 8))
def test_wrapped_text_keeps_every_word_whole_and_fits_the_columns(words: list[str], indent: int) -> None:
    text = wrapped(" ".join(words), indent)
    assert text.split() == words
    assert all(len(line) <= COLUMNS or len(line.split()) == 1 for line in text.splitlines())
    assert all(line.startswith(" " * indent) for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "width", "clipped"),
    [
        ("A home is more than a target", 40, "A home is more than a target"),
        ("A home is more than a housing target", 36, "A home is more than a housing target"),
        ("A home is more than a housing target", 35, "A home is more than a housing…"),
        ("A home is more than money, or a target", 33, "A home is more than money, or a…"),
        ("A home is more than the money - or a target", 33, "A home is more than the money…"),
        ("A home is more than a housing target", 5, "A home is more than a housing…"),
        ("Donaudampfschifffahrtsgesellschaftskapitän", 32, "Donaudampfschifffahrtsgesellsch…"),
    ],
)
def test_a_title_is_cut_after_a_word_and_never_to_a_stub(text: str, width: int, clipped: str) -> None:
    assert clip(text, width) == clipped


@given(st.text(), st.integers(1, 200))
def test_a_clipped_title_is_never_longer_than_it_may_be(text: str, width: int) -> None:
    assert len(clip(text, width)) <= max(width, 32)


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://blog.example.org/a?b=1", True),
        ("HTTP://blog.example.org", True),
        ("http://[broken", False),
        ("javascript:alert(1)//https://", False),
        ("\x01https://blog.example.org", False),
        ("data:text/html,https://", False),
        ("//blog.example.org", False),
        ("", False),
    ],
)
def test_a_link_leads_to_the_web_or_nowhere(url: str, linked: bool) -> None:
    assert web(url) == (url if linked else "")


def test_a_template_of_the_operator_moves_the_mark_of_its_folder_and_no_other(tmp_path: Path) -> None:
    a_template(tmp_path, "site/index.html", "Welcome")
    marks = [(content_mark("site/", own), content_mark("digest/", own)) for own in (None, tmp_path, tmp_path)]
    assert marks[0][0] != marks[1][0]
    assert marks[0][1] == marks[1][1]
    assert marks[1] == marks[2]


def test_what_a_template_names_moves_its_mark_wherever_it_stands(tmp_path: Path) -> None:
    a_template(tmp_path, "digest/body.html", "{% extends 'ours/page.html' %}")
    a_template(tmp_path, "ours/page.html", '{%- import "ours/parts.html" as parts -%}')
    a_template(tmp_path, "ours/other.html", "Nobody names this")
    before = content_mark("digest/", tmp_path)
    a_template(tmp_path, "ours/other.html", "still")
    assert content_mark("digest/", tmp_path) == before
    a_template(tmp_path, "ours/parts.html", "{% macro line() %}{% endmacro %}")
    assert content_mark("digest/", tmp_path) != before


def test_a_template_in_a_folder_that_is_a_link_moves_the_mark_too(tmp_path: Path) -> None:
    own, elsewhere = tmp_path / "own", tmp_path / "shared"
    a_template(elsewhere, "body.html", "Welcome")
    a_template(own, "index.html", "Welcome")
    (own / "digest").symlink_to(elsewhere)
    # A link to a folder around it leads to nothing new.
    (elsewhere / "again").symlink_to(own)
    before = content_mark("digest/", own)
    a_template(elsewhere, "body.html", "Welcome all")
    assert content_mark("digest/", own) != before


def test_the_colours_of_a_site_stand_in_its_styles_as_they_are(tmp_path: Path) -> None:
    brand = branded(palette("#ffd500"), typeface("Trebuchet MS, serif"), None)
    style = "<style>a { color: {{ brand.dark.accent }}; font: {{ brand.typeface.text }} }</style>"
    a_template(tmp_path, "mine.html", style)
    for folder in (None, tmp_path):
        assert '--text: "Trebuchet MS", serif;' in templates(folder, brand).get_template("site/base.css").render()
    said = templates(tmp_path, brand).get_template("mine.html").render()
    assert said == '<style>a { color: #ffd500; font: "Trebuchet MS", serif }</style>'


def a_template(folder: Path, name: str, source: str) -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(source)
    return file
