"""``check`` finds what is wrong in a template before a deed meets it: every branch of every template is rendered."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from jinja2 import Environment

from solacefeed.app import App
from solacefeed.brand import PLAIN
from solacefeed.composition.pages import check, every_view
from solacefeed.config import load
from solacefeed.deeds.upkeep.template_check import Shows, check_shipped_templates, check_templates, looks_to_try
from solacefeed.errors import ConfigError
from solacefeed.templating import templates

SHIPPED = Path(__file__).parents[2] / "templates"
ALL: Mapping[type, Shows] = every_view()
#: The room whose views are shown by what is in a folder of templates.
ROOMS = {"digest": "solacefeed.digest", "site": "solacefeed.publish", "web": "solacefeed.web"}


def shown_by(name: str) -> Mapping[type, Shows]:
    """What is shown by the template *name*, or by those that stand beside it."""
    room = ROOMS[name.partition("/")[0]]
    found = {view: show for view, show in ALL.items() if view.__module__.startswith(f"{room}.")}
    assert found
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped templates, where one may write in them."""
    return shutil.copytree(SHIPPED, tmp_path / "templates")


@pytest.mark.more
def test_the_shipped_templates_are_in_order() -> None:
    check_templates(looks_to_try(None, PLAIN), ALL)


def test_every_branch_of_every_template_is_tried(folder: Path) -> None:
    """Where this fails, a template asks for something that no sample has yet (``deeds/upkeep/template_check.py``)."""
    branches = {place for file in folder.rglob("*.*") for place in _marked(file, str(file.relative_to(folder)))}
    seen: set[str] = set()
    environments = list(looks_to_try(folder, PLAIN))

    def see(place: str) -> str:
        seen.add(place)
        return ""

    for environment in environments:
        environment.globals["seen"] = see
    check_templates(environments, ALL, folder)
    assert len(branches) > 100
    assert sorted(branches - seen) == []


#: What a template may say, and what is told of it.
MISTAKES = {
    "{{ 1 / 0 }}": "division by zero",
    "{{ nobody }}": "'nobody' is undefined",
    "{% if %}": "Expected an expression, got 'end of statement block'",
    "{% include 'nothing' %}": "there is no template nothing",
    "\udce9": "not UTF-8 text",
}


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        # Of what one is in itself, and of what others include and import.
        *(("digest/body.html", mistake) for mistake in MISTAKES),
        *(("site/parts.html", mistake) for mistake in MISTAKES),
        ("digest/subject.txt", "{{ nobody }}"),
        ("site/base.css", "{{ nobody }}"),
        ("web/layout.html", "{{ nobody }}"),
    ],
)
def test_a_mistake_is_found_with_its_file_and_line(tmp_path: Path, name: str, mistake: str) -> None:
    file = tmp_path / name
    file.parent.mkdir()
    before = (
        (SHIPPED / name)
        .read_text(encoding="utf-8")
        .replace("{% macro maybe(link) -%}\n", "{% macro maybe(link) -%}\nHERE\n")
    )
    before = before if "HERE" in before else f"{before}HERE"
    file.write_text(before.replace("HERE", mistake), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ConfigError) as found:
        check_templates([templates(tmp_path)], shown_by(name), tmp_path)
    line = before.partition("HERE")[0].count("\n") + 1
    assert found.value.problems == [f"templates: {file}, line {line}: {MISTAKES[mistake]}"]


@pytest.mark.more
def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    for name in ("digest/body.txt", "site/index.html", "web/layout.html"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("{{ nobody }}")
    with pytest.raises(ConfigError) as found:
        check_templates([templates(folder)], ALL, folder)
    assert len(found.value.problems) == 3


@pytest.mark.more
def test_a_site_checks_the_templates_of_mails_of_feeds_and_of_its_own_pages(folder: Path) -> None:
    app = a_site(folder.parent)
    assert check(app) == []
    for name in ("digest/subject.txt", "site/events.html", "web/layout.html"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("{{ nobody }}")
    with pytest.raises(ConfigError) as found:
        check(app)
    assert len(found.value.problems) == 3


@pytest.mark.more
def test_a_mistake_that_only_a_site_with_a_logo_would_meet_is_found(tmp_path: Path) -> None:
    file = tmp_path / "templates/web/page.html"
    file.parent.mkdir(parents=True)
    file.write_text("{% if brand.logo %}{% if not brand.logo.width %}\n{{ brand.logo.size }}{% endif %}{% endif %}")
    with pytest.raises(ConfigError) as found:
        check(a_site(tmp_path))
    (problem,) = found.value.problems
    assert problem.startswith(f"templates: {file}, line 2: ")
    assert "no attribute 'size'" in problem


@pytest.mark.more
def test_a_file_that_takes_no_templates_place_is_told_with_the_name_that_was_meant(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    for name, source in {
        "digest/bodi.html": "Hello",
        "digest/body.txt": "{{ unsubscribe }} {% include 'ours/foot.txt' %}",
        "ours/foot.txt": "{% from 'ours/lines.txt' import line %}{{ line }}",
        "ours/lines.txt": "{% set line = 'Anytown' %}",
        "ours/unasked-for.txt": "{{ nobody }}",
        ".hidden/notes.txt": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source)
    assert check(a_site(tmp_path)) == [
        f"templates: {folder}/digest/bodi.html: no template has that name; did you mean digest/body.html?",
        f"templates: {folder}/ours/unasked-for.txt: no template has that name",
    ]


@pytest.mark.parametrize(
    ("name", "source", "problem"),
    [
        ("digest/subject.txt", "{# nothing #}", "says nothing"),
        ("digest/body.txt", "Hello", "lets nobody out; write {{ unsubscribe }} as a link"),
        ("digest/body.html", "<p>Hello</p>", "lets nobody out; write {{ unsubscribe }} as a link"),
        (
            "site/feed.html",
            '<!doctype html><meta charset="utf-8"><title>{{ page.parent.text if page.parent }}</title>Hello',
            "page: title is missing or empty",
        ),
        ("site/index.html", '<meta charset="utf-8"><title>a</title>Hello', "page: no <!doctype html> at its beginning"),
    ],
)
def test_what_would_never_leave_the_house_is_told_before(tmp_path: Path, name: str, source: str, problem: str) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(source, encoding="utf-8")
    with pytest.raises(ConfigError) as found:
        check_templates([templates(tmp_path)], shown_by(name), tmp_path)
    assert found.value.problems == [f"templates: {name}: {problem}"]


def a_site(folder: Path) -> App:
    """One whose own templates are in its folder."""
    shipped = (SHIPPED.parent / "config.toml").read_text(encoding="utf-8")
    config = shipped.replace('# templates = "mytemplates"', 'templates = "templates"')
    (folder / "config.toml").write_text(config, encoding="utf-8")
    return App(load(folder / "config.toml", environ={}), as_of=None, folder=folder)


def _marked(file: Path, name: str) -> list[str]:
    """Puts a mark behind each tag of *file* that opens a branch, and returns the marks."""
    marks: list[str] = []

    def mark(tag: re.Match[str]) -> str:
        marks.append(f"{name} {len(marks)}: {tag[0]}".replace('"', "'"))
        return f'{tag[0]}{{{{ seen("{marks[-1]}") }}}}'

    opening = r"\{%-?\s*(?:if|elif|else|for|macro)\b.*?%\}"
    file.write_text(re.sub(opening, mark, file.read_text(encoding="utf-8")), encoding="utf-8")
    return marks


def test_each_view_is_shown_once_by_the_templates_of_the_release_and_all_that_does_not_fit_is_told() -> None:
    seen: Counter[type] = Counter()

    def show(view: object, _environment: Environment) -> None:
        seen[type(view)] += 1
        raise ConfigError([f"templates: {type(view).__name__}: does not fit"])

    with pytest.raises(ConfigError) as raised:
        check_shipped_templates(templates(), dict.fromkeys(ALL, show))
    assert seen == Counter(list(ALL))
    assert raised.value.problems == [f"templates: {view.__name__}: does not fit" for view in ALL]
