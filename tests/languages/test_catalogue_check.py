"""What ``check`` says of the operator's catalogues."""

from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.deeds.upkeep.catalogue_check import check_catalogues
from solacefeed.errors import ConfigError
from tests.languages.catalogue_files import ARABIC, Messages, a_catalogue
from tests.languages.updating import CATALOGUES
from tests.support.site import Site

POSTS = ("%(number)s post", "%(number)s posts")


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        check_catalogues(folder)
    return [problem.partition(".po: ")[2] for problem in caught.value.problems]


def test_a_site_without_catalogues_of_its_own_has_nothing_to_say() -> None:
    assert check_catalogues(None) == []


def test_it_is_said_how_much_of_a_language_is_missing_and_what_nobody_says_any_more(folder: Path) -> None:
    a_catalogue(folder, "de.po", {"midnight": "Mitternacht", "noon": "Mittag"})
    missing, unknown = check_catalogues(folder)
    assert "messages are missing" in missing
    assert 'the first one "%(day)s, %(begins)s to %(ends)s"' in missing
    assert unknown.endswith('de.po: 1 messages are not said any more, the first one "noon"')


def test_a_whole_catalogue_has_nothing_missing(folder: Path) -> None:
    (folder / "cy.po").write_text((CATALOGUES / "cy.po").read_text(encoding="utf-8"), encoding="utf-8")
    assert check_catalogues(folder) == []


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ({"%(day)s, %(time)s": "%(dag)s"}, '"%(day)s, %(time)s": %(dag)s is not a place of the message'),
        ({"%(day)s, %(time)s": "%(time)s"}, '"%(day)s, %(time)s": %(day)s is missing'),
        ({"midnight": "100 %"}, '"midnight": a per cent sign that is not part of a place is written %%'),
        ({POSTS: ("ein Beitrag",)}, '"%(number)s post": it has 1 forms, and the language has 2'),
    ],
)
def test_a_translation_that_would_break_a_sentence_is_an_error(folder: Path, messages: Messages, said: str) -> None:
    a_catalogue(folder, "de.po", messages)
    assert problems(folder)[0] == said


@pytest.mark.parametrize(
    ("name", "plural", "said"),
    [
        (
            "de.po",
            "nplurals=2; plural=(n > 2);",
            "its plural rule has different forms for 0 and 3, and the language has one",
        ),
        ("ar.po", "nplurals=2; plural=(n==1 ? 0 : n);", "its plural rule has no form for 2"),
        (
            "cy.po",
            "nplurals=4; plural=(n==1 ? 0 : n==2 ? 1 : n==8 ? 2 : 3);",
            "its plural rule has different forms for 4 and 8, and the language has one",
        ),
    ],
)
def test_a_plural_rule_that_is_not_the_languages_is_an_error(folder: Path, name: str, plural: str, said: str) -> None:
    a_catalogue(folder, name, {}, plural=plural)
    assert problems(folder) == [said]


@pytest.mark.parametrize("name", ["ar.po", "tlh.po"])
def test_a_rule_that_is_the_languages_or_of_one_that_nobody_knows_is_none(folder: Path, name: str) -> None:
    a_catalogue(folder, name, {}, plural=ARABIC)
    assert all("messages are missing" in said for said in check_catalogues(folder))


def test_all_mistakes_are_told_together(folder: Path) -> None:
    a_catalogue(folder, "de.po", {"midnight": "100 %"})
    (folder / "fr.po").write_text("nonsense\n")
    assert len(problems(folder)) == 2


def test_the_command_says_it(tmp_path: Path) -> None:
    site = Site.begun(tmp_path, source="sample:", more='catalogues = "words"')
    (tmp_path / "words").mkdir()
    a_catalogue(tmp_path / "words", "de.po", {"midnight": "Mitternacht"})
    assert "messages are missing" in site.told("check")
    a_catalogue(tmp_path / "words", "de.po", {"midnight": "100 %"})
    done = site.do("check")
    assert (done.returncode, "a per cent sign" in done.stderr) == (2, True)
