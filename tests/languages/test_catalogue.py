"""Our words in other languages, by the files of the operator's and our own."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.catalogue import gettext, look_in, mark, ngettext, read
from solacefeed.errors import ConfigError
from solacefeed.templating import templates
from solacefeed.words import direction, interface, marked, short_weekday_words, span_in_words, theirs
from tests.languages.catalogue_files import ARABIC, Messages, a_catalogue

BUDGETS = ("%(number)s budget", "%(number)s budgets")


def test_english_says_what_stands_in_the_code_and_loads_no_catalogue() -> None:
    program = (
        "import sys; from solacefeed.catalogue import *; print(ngettext('%(number)s x', '%(number)s xs', 3, 'en'))"
    )
    told = subprocess.run(
        [sys.executable, "-c", f"{program}; print('babel' in sys.modules)"], capture_output=True, text=True, check=True
    )
    assert told.stdout.split("\n")[:2] == ["3 xs", "False"]


def test_one_more_language_is_spoken_by_a_file(folder: Path) -> None:
    assert (interface("de-AT"), marked("de-AT")) == ("en", "en")
    a_catalogue(folder, "de.po", {"midnight": "Mitternacht"})
    assert (interface("de-AT"), marked("de-AT")) == ("de-AT", None)
    assert gettext("midnight", "de-AT") == "Mitternacht"


def test_a_language_says_what_it_has_then_what_is_above_it_has_and_the_rest_in_english(folder: Path) -> None:
    a_catalogue(folder, "pt.po", {"midnight": "meia-noite", "Over": "Terminou", "noon": ""})
    a_catalogue(folder, "pt_BR.po", {"Over": "Acabou"})
    assert [gettext(each, "pt-BR") for each in ("Over", "midnight", "noon")] == ["Acabou", "meia-noite", "noon"]
    assert gettext("Over", "pt-PT") == "Terminou"


@pytest.mark.parametrize("tag", ["zh-Hant-TW", "ZH-hant", "zh_Hant", "zh-x-ours"])
def test_a_language_is_looked_up_as_rfc_4647_has_it(folder: Path, tag: str) -> None:
    a_catalogue(folder, "zh.po", {"midnight": "午夜"})
    assert gettext("midnight", tag) == "午夜"


def test_the_operators_words_come_before_ours_and_ours_fill_their_gaps(folder: Path) -> None:
    ours = gettext("midnight", "cy")
    a_catalogue(folder, "cy.po", {"Over": "Drosodd"})
    assert (gettext("Over", "cy"), gettext("midnight", "cy")) == ("Drosodd", ours)


def test_the_operator_may_change_our_english_too(folder: Path) -> None:
    a_catalogue(folder, "en.po", {"midnight": "12 at night"})
    assert gettext("midnight", "en-GB") == "12 at night"


def test_our_words_are_in_the_first_language_that_we_speak(folder: Path) -> None:
    a_catalogue(folder, "de.po", {"midnight": "Mitternacht"})
    assert interface("tlh", "de", "en-GB") == "de"
    assert interface(None, "en-GB") == "en-GB"
    assert interface("tlh", None) == "en"


def test_a_post_in_the_sites_language_says_so_in_a_mail_whose_words_are_another(folder: Path) -> None:
    assert theirs(None, "en-GB", "cy") == "en-GB"
    assert theirs("cy", "en-GB", "cy") is None


@pytest.mark.parametrize(("number", "words"), [(0, "lā"), (1, "wāḥid"), (2, "ithnān"), (3, "3 few"), (11, "11 many")])
def test_a_plural_has_the_form_of_its_number(folder: Path, number: int, words: str) -> None:
    forms = ("lā", "wāḥid", "ithnān", "%(number)s few", "%(number)s many", "%(number)s other")
    a_catalogue(folder, "ar.po", {BUDGETS: forms}, plural=ARABIC)
    assert ngettext(*BUDGETS, number, "ar") == words


def test_a_number_may_be_told_in_words() -> None:
    assert ngettext(*BUDGETS, 3, "en", number="three") == "three budgets"


BROKEN: dict[str, Messages] = {
    "another place": {"%(day)s, %(time)s": "%(dydd)s"},
    "a missing place": {"%(day)s, %(time)s": "am %(time)s"},
    "a bare per cent sign": {"midnight": "100 % night"},
    "too few forms": {BUDGETS: ("one form",)},
    "a form with another place": {BUDGETS: ("%(number)s", "%(nummer)s")},
}


@pytest.mark.parametrize("messages", BROKEN.values(), ids=BROKEN)
def test_a_translation_that_would_break_is_said_in_english(folder: Path, messages: Messages) -> None:
    a_catalogue(folder, "de.po", messages)
    assert gettext("%(day)s, %(time)s", "de", day="Monday", time="10:00") == "Monday, 10:00"
    assert gettext("midnight", "de") == "midnight"
    assert [ngettext(*BUDGETS, number, "de") for number in (1, 2)] == ["1 budget", "2 budgets"]


def test_what_a_program_guessed_is_not_said(folder: Path) -> None:
    path = a_catalogue(folder, "de.po", {"midnight": "Mittag"})
    path.write_text(path.read_text().replace('msgid "midnight"', '#, fuzzy\nmsgid "midnight"'))
    look_in(folder)
    assert gettext("midnight", "de") == "midnight"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('msgid "midnight"\nmsgstr "x"\nnonsense\n', "line 3"),
        ('msgid "midnight"\nmsgstr[x] "x"', "de.po"),
        (
            'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=nowhere\\n"\n\nmsgid "midnight"\nmsgstr "ä"\n',
            "de.po",
        ),
        ('msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n !!= 1);\\n"\n', "Plural-Forms"),
    ],
    ids=["a line of nothing", "a form of no number", "an unknown charset", "a broken rule"],
)
def test_a_file_that_is_no_catalogue_is_told_with_its_name(folder: Path, content: str, said: str) -> None:
    (folder / "de.po").write_text(content, encoding="utf-8")
    look_in(folder)
    with pytest.raises(ConfigError, match=said):
        gettext("midnight", "de")


def test_a_catalogue_that_is_not_in_its_charset_is_told(folder: Path) -> None:
    (folder / "de.po").write_bytes('msgid "midnight"\nmsgstr "ä"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"de\.po"):
        read(folder / "de.po")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        look_in(tmp_path / "nowhere")


def test_the_mark_of_a_language_changes_with_its_words_and_no_others(folder: Path) -> None:
    before = {language: mark(language) for language in ("en-GB", "cy", "de")}
    a_catalogue(folder, "de.po", {"midnight": "Mitternacht"})
    first = mark("de")
    a_catalogue(folder, "de.po", {"midnight": "um zwölf"})
    assert before["en-GB"] == before["de"] == ""
    assert len({"", first, mark("de")}) == 3
    assert {language: mark(language) for language in ("en-GB", "cy")} == {"en-GB": "", "cy": before["cy"]}


@given(st.text())
def test_any_tag_may_be_asked_for(language: str) -> None:
    assert interface(language) in (language, "en")
    assert gettext("no such message", language) == "no such message"


# -- templates ----------------------------------------------------------------------------------------


def a_template(folder: Path, name: str, text: str) -> None:
    path = folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_template_speaks_the_language_that_it_is_asked_for_in_and_so_does_what_it_takes_in(folder: Path) -> None:
    a_template(folder, "own/parts.html", '{% macro when() %}{{ _("midnight") }}{% endmacro %}')
    a_template(folder, "own/inside.html", "{% trans %}midnight{% endtrans %}")
    a_template(
        folder,
        "own/page.html",
        '{% import "own/parts.html" as parts %}{{ language }} {{ direction }} {{ parts.when() }} '
        '{% include "own/inside.html" %}',
    )
    a_catalogue(folder, "ar.po", {"midnight": "منتصف الليل"}, plural=ARABIC)
    environment = templates(folder / "templates")
    said = [
        environment.get_template("own/page.html", globals={"language": language}).render()
        for language in ("ar", "en-GB", "ar")
    ]
    arabic = "ar rtl منتصف الليل منتصف الليل"
    assert said == [arabic, "en-GB ltr midnight midnight", arabic]
    assert environment.get_template("own/page.html").render() == "en ltr midnight midnight"


def test_what_a_catalogue_says_is_text_in_html_and_as_it_stands_in_text(folder: Path) -> None:
    a_template(folder, "own/page.html", '{{ _("midnight") }} {{ _("%(day)s, %(time)s", day=day, time="<i>") }}')
    a_template(folder, "own/page.txt", '{{ _("midnight") }} {{ _("%(day)s, %(time)s", day=day, time="<i>") }}')
    a_catalogue(folder, "de.po", {"midnight": "<b> & so", "%(day)s, %(time)s": "%(time)s & %(day)s"})
    environment = templates(folder / "templates")
    said = [
        environment.get_template(f"own/page.{kind}", globals={"language": "de"}).render(day="&")
        for kind in ("html", "txt")
    ]
    assert said == ["&lt;b&gt; &amp; so &lt;i&gt; &amp; &amp;", "<b> & so <i> & &"]


def test_a_templates_plural_has_the_form_of_its_number(folder: Path) -> None:
    a_template(
        folder,
        "own/page.txt",
        "{% trans number=n %}{{ number }} budget{% pluralize %}{{ number }} budgets{% endtrans %}",
    )
    forms = ("lā", "wāḥid", "ithnān", "%(number)s few", "%(number)s many", "%(number)s other")
    a_catalogue(folder, "ar.po", {BUDGETS: forms}, plural=ARABIC)
    template = templates(folder / "templates").get_template("own/page.txt", globals={"language": "ar"})
    assert [template.render(n=number) for number in (0, 2, 11, 100)] == ["lā", "ithnān", "11 many", "100 other"]


def test_a_word_that_is_several_elsewhere_is_told_apart_by_its_context(folder: Path) -> None:
    a_template(folder, "own/page.txt", '{{ pgettext("of a month", "May") }} {{ _("May") }}')
    path = a_catalogue(folder, "cy.po", {"May": "Caiff"})
    path.write_text(path.read_text() + '\nmsgctxt "of a month"\nmsgid "May"\nmsgstr "Mai"\n')
    look_in(folder)
    template = templates(folder / "templates").get_template("own/page.txt", globals={"language": "cy"})
    assert template.render() == "Mai Caiff"


# -- dates and times ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-GB", "Tue 8 December"),
        ("cy", "Maw, 8 Rhag"),
        ("de", "Di., 8. Dezember"),
        ("fr", "mar. 8 déc."),
        ("", "Tue 8 December"),
    ],
)
def test_a_day_that_is_near_has_its_weekday_in_short(language: str, words: str) -> None:
    assert short_weekday_words(date(2026, 12, 8), language) == words


@pytest.mark.parametrize(
    ("language", "way"), [("en", "ltr"), ("cy", "ltr"), ("ar-EG", "rtl"), ("he", "rtl"), ("tlh", "ltr")]
)
def test_a_line_begins_where_its_language_begins_it(language: str, way: str) -> None:
    assert direction(language) == way


def test_times_are_told_as_the_language_tells_them(folder: Path) -> None:
    a_catalogue(folder, "fi.po", {"%(day)s, %(begins)s to %(ends)s": "%(day)s klo %(begins)s–%(ends)s"})
    begins, ends = datetime(2026, 12, 8, 9, 5, tzinfo=UTC), datetime(2026, 12, 8, 16, tzinfo=UTC)
    assert span_in_words(begins, ends, UTC, "fi") == "8. joulukuuta 2026 klo 9.05–16.00"
