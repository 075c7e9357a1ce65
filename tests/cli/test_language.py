"""Posts in one language, our words in another: each says which it is, on pages, in mails and in feeds."""

from __future__ import annotations

import json
import re
from email import message_from_bytes, policy

import pytest
from babel import Locale

from tests.cli.prompt import PEOPLE, WEEKLY, at, mails, rehearsed, set_line, well
from tests.rendering.feed_world import parsed
from tests.support.site import Site

FRENCH = Locale("fr")
#: Months and days that are no English words.
FRENCH_WORDS = {
    name
    for names in (
        FRENCH.months["format"]["wide"],
        FRENCH.months["format"]["abbreviated"],
        FRENCH.days["format"]["wide"],
    )
    for name in names.values()
} - {"mars", "mai", "juin"}


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = rehearsed(
        tmp_path_factory.mktemp("site"), more=f"{WEEKLY}{PEOPLE}[feeds]\nauthors = true\nevent_line = true\n"
    )
    set_line(site, 'language = "en-GB"', 'language = "fr"')
    assert at(site, "run").code == 0
    return site


def pages(site: Site) -> dict[str, bytes]:
    return {path: content for path, content in site.published().items() if path.endswith(".html")}


def words_in(text: str) -> set[str]:
    return set(re.findall(r"\w+\.?", text))


def test_every_page_is_in_one_language_and_says_so(french: Site) -> None:
    shown = pages(french)
    assert {"index.html", "events/index.html", "digest/weekly/2026-11-23.html", "category/housing/index.html"} <= set(
        shown
    )
    for path, content in shown.items():
        page = parsed(content)
        assert page.get("lang") == "en", path
        assert not words_in(page.text_content()) & FRENCH_WORDS, path


def test_what_is_the_blogs_own_on_a_page_is_said_to_be_in_its_language(french: Site) -> None:
    shown = pages(french)
    for path, what in (
        ("category/housing/index.html", "//h1 | //article/h3 | //p[@class='labels'] | //p[@class='excerpt']"),
        ("digest/weekly/2026-11-23.html", "//h1 | //article/h3 | //section[@class='coming']//h3"),
        ("events/index.html", "//article//h2"),
        ("index.html", "//li[@class='feed main']//ul/li | //aside//h3"),
    ):
        found = parsed(shown[path]).xpath(what)
        assert found, path
        assert {each.get("lang") for each in found} == {"fr"}, path
    # That of all posts has a name of ours.
    assert parsed(shown["all/index.html"]).xpath("//h1/@lang") == []


@pytest.mark.more
def test_a_mail_is_in_one_language_and_says_so(french: Site) -> None:
    sent = [french.folder / "var" / "mail" / path for path in mails(french)]
    assert len(sent) == 3
    for path in sent:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert message["Content-Language"] == "en"
        html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
        assert html is not None
        assert text is not None
        mail = parsed(html.get_content().encode())
        assert mail.get("lang") == "en"
        assert set(mail.xpath("//h1/@lang | //h2/@lang")) == {"fr"}
        assert not words_in(mail.text_content() + text.get_content()) & FRENCH_WORDS
        assert "23 November 2026" in text.get_content()


def test_feeds_are_in_the_language_of_the_posts_and_our_own_entries_say_that_they_are_not(french: Site) -> None:
    published = french.published()
    for path in ("all.atom", "category/housing.atom", "events.atom", "digest/weekly.atom"):
        assert b'xml:lang="fr"' in published[path].partition(b"<entry")[0], path
    entries = {path: re.findall(rb"<entry[^>]*>", content) for path, content in published.items()}
    assert set(entries["all.atom"]) == {b"<entry>"}
    assert set(entries["digest/weekly.atom"] + entries["events.atom"]) == {b'<entry xml:lang="en">'}
    assert b"<language>fr</language>" in published["all.rss"]
    told = json.loads(published["digest/weekly.json"])
    assert (told["language"], {item["language"] for item in told["items"]}) == ("fr", {"en"})
    assert "23 November 2026" in published["digest/weekly.atom"].decode()


def test_check_says_once_that_our_words_are_english(french: Site) -> None:
    said = [line for line in well(french, "check").splitlines() if "language" in line]
    assert len(said) == 1
    assert said[0].startswith(
        "check: worth a look: [site] language: there is no catalogue of it, so our own words on pages and in mails are "
        "English"
    )


def test_in_any_english_nothing_is_marked(done: Site) -> None:
    for path, content in done.published().items():
        if path.endswith(".html"):
            page = parsed(content)
            assert page.get("lang") == "en-GB"
            assert page.xpath("//body//@lang") == [], path
        assert b"<entry xml:lang" not in content
