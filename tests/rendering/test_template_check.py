"""``check`` finds what is wrong in a template before a deed meets it: every branch of every template is rendered."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import pytest
from jinja2 import Environment

from solacefeed.app import App
from solacefeed.composition.pages import check
from solacefeed.config import load
from solacefeed.deeds.upkeep.template_check import SHOWN, Shows, check_templates
from solacefeed.errors import ConfigError
from solacefeed.templating import templates
from solacefeed.web.pages import VisitorsPage, visitors_page

SHIPPED = Path(__file__).parents[2] / "templates"
ALL: Mapping[type, Shows] = {**SHOWN, VisitorsPage: visitors_page}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped templates, where one may write in them."""
    return shutil.copytree(SHIPPED, tmp_path / "templates")


def test_the_shipped_templates_are_in_order() -> None:
    check_templates(templates(), ALL)


def test_every_branch_of_every_template_is_tried(folder: Path) -> None:
    """Where this fails, a template asks for something that no sample has yet (``deeds/upkeep/template_check.py``)."""
    branches = {place for file in folder.rglob("*.*") for place in _marked(file, str(file.relative_to(folder)))}
    seen: set[str] = set()
    environment = templates(folder)

    def see(place: str) -> str:
        seen.add(place)
        return ""

    environment.globals["seen"] = see
    check_templates(environment, ALL)
    assert len(branches) > 100
    assert sorted(branches - seen) == []


@pytest.mark.parametrize(
    "name", ["digest/body.html", "digest/subject.txt", "site/parts.html", "site/base.css", "web/page.html"]
)
@pytest.mark.parametrize(
    ("mistake", "problem"),
    [
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ nobody }}", "'nobody' is undefined"),
        ("{% if %}", "Expected an expression, got 'end of statement block'"),
        ("{% include 'nothing' %}", "there is no template nothing"),
        ("\udce9", "not UTF-8 text"),
    ],
)
def test_a_mistake_is_found_with_its_file_and_line(folder: Path, name: str, mistake: str, problem: str) -> None:
    file = folder / name
    before = file.read_text(encoding="utf-8").replace("{% macro maybe(link) -%}\n", "{% macro maybe(link) -%}\nHERE\n")
    before = before if "HERE" in before else f"{before}HERE"
    file.write_text(before.replace("HERE", mistake), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ConfigError) as found:
        check_templates(templates(folder), ALL)
    line = before.partition("HERE")[0].count("\n") + 1
    assert found.value.problems == [f"templates: {file}, line {line}: {problem}"]


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    for name in ("digest/body.txt", "site/index.html", "web/page.html"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("{{ nobody }}")
    with pytest.raises(ConfigError) as found:
        check_templates(templates(folder), ALL)
    assert len(found.value.problems) == 3


def test_a_site_checks_the_templates_of_mails_of_feeds_and_of_its_own_pages(folder: Path) -> None:
    class WithTemplates(App):
        @cached_property
        def environment(self) -> Environment:
            return templates(folder)

    app = WithTemplates(load(SHIPPED.parent / "config.toml", environ={}), as_of=None, folder=folder)
    check(app)
    for name in ("digest/subject.txt", "site/events.html", "web/page.html"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("{{ nobody }}")
    with pytest.raises(ConfigError) as found:
        check(WithTemplates(app.config, as_of=None, folder=folder))
    assert len(found.value.problems) == 3


def _marked(file: Path, name: str) -> list[str]:
    """Puts a mark behind each tag of *file* that opens a branch, and returns the marks."""
    marks: list[str] = []

    def mark(tag: re.Match[str]) -> str:
        marks.append(f"{name} {len(marks)}: {tag[0]}".replace('"', "'"))
        return f'{tag[0]}{{{{ seen("{marks[-1]}") }}}}'

    opening = r"\{%-?\s*(?:if|elif|else|for|macro)\b.*?%\}"
    file.write_text(re.sub(opening, mark, file.read_text(encoding="utf-8")), encoding="utf-8")
    return marks
