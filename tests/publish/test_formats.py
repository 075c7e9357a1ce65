"""What is written is held to the numbers of ``publish.formats``: another release tells by them what to make anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import solacefeed
from solacefeed.publish.formats import LIBRARIES, NUMBERS, TEMPLATED, written_by
from tests.publish import writing
from tests.publish.writing import Written

ROOT = Path(__file__).parents[2]
RENEW = "what is written has changed, and nothing is to be raised; renew it: python -m tests.publish.writing"


def test_bytes_change_only_under_another_number(tmp_path: Path) -> None:
    kept, now = writing.kept(), writing.written(tmp_path)
    assert list(writing.unraised(kept, now)) == []
    assert now == kept, RENEW


def test_the_filled_store_has_documents_of_every_format() -> None:
    kept = writing.kept()
    assert kept.keys() == {*NUMBERS, writing.REFRESHED}
    assert [name for name, made in kept.items() if not made.documents] == []


PAGE = Written(number=2, templates="ab", documents={"all/index.html": "1", "gone/index.html": "2"})


@pytest.mark.parametrize(
    "now",
    [
        PAGE,
        replace(PAGE, number=3, documents={"all/index.html": "9"}),
        replace(PAGE, templates="cd", documents={"all/index.html": "9"}),
    ],
    ids=["the same", "raised", "other templates"],
)
def test_what_is_raised_or_has_other_templates_may_be_kept(now: Written) -> None:
    assert list(writing.unraised({"page": PAGE}, {"page": now})) == []


@pytest.mark.parametrize(
    ("documents", "what"),
    [({"all/index.html": "9", "gone/index.html": "2"}, "all/index.html"), ({"all/index.html": "1"}, "missing")],
)
def test_it_is_said_which_number_is_to_be_raised(documents: dict[str, str], what: str) -> None:
    (problem,) = writing.unraised({"page": PAGE}, {"page": replace(PAGE, documents=documents)})
    assert what in problem
    assert 'raise NUMBERS["page"] in publish/formats.py to 3' in problem


def test_each_format_says_what_writes_it() -> None:
    told = written_by(lambda library: {"babel": "2.17", "icalendar": "7"}.get(library, "1"), "ab12")
    assert told["calendar"] == f"{NUMBERS['calendar']}, babel 2.17, icalendar 7"
    assert told["sitemap"] == f"{NUMBERS['sitemap']}"
    assert {name for name, words in told.items() if "templates ab12" in words} == TEMPLATED
    assert LIBRARIES.keys() == NUMBERS.keys()


#: A word of a module, another one, and what is to be raised for it.
OTHER_WORDS = [
    ("words.py", ' to {day_words(ends)}"', ' until {day_words(ends)}"', 'NUMBERS["edition page"]'),
    ("publish/describing.py", "Every post of %(site)s by", "All posts of %(site)s by", 'NUMBERS["opml"]'),
    ("site.py", "self.base_url}/{path}", "self.base_url}//{path}", 'NUMBERS["sitemap"]'),
    ("deeds/events/known_events.py", "certainty=Certainty.CERTAIN", "certainty=Certainty.TENTATIVE", "REFRESHING"),
]


@pytest.mark.parametrize(("module", "old"), [(module, old) for module, old, _, _ in OTHER_WORDS])
def test_the_words_that_are_changed_to_see_whether_it_is_noticed_stand_there(module: str, old: str) -> None:
    assert old in (Path(solacefeed.__file__).parent / module).read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(("module", "old", "new", "raised"), OTHER_WORDS)
def test_one_other_word_in_any_room_is_noticed(tmp_path: Path, module: str, old: str, new: str, raised: str) -> None:
    assert f"raise {raised}" in told_by_a_program_with(tmp_path, module, old, new)


def told_by_a_program_with(folder: Path, module: str, old: str, new: str) -> str:
    """What is to be done where a copy of the program has other words in one module."""
    shutil.copytree(Path(solacefeed.__file__).parent, folder / "src/solacefeed")
    shutil.copytree(ROOT / "templates", folder / "templates")
    path = folder / "src/solacefeed" / module
    before = path.read_text(encoding="utf-8")
    assert old in before
    path.write_text(before.replace(old, new), encoding="utf-8")
    (folder / "site").mkdir()
    program = (
        "import sys, pathlib; from tests.publish import writing; "
        "now = writing.written(pathlib.Path(sys.argv[1])); print(*writing.unraised(writing.kept(), now), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / "site")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(folder / "src"), str(ROOT)])},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
