"""``preview``: an edition for eyes only, at any instant."""

from __future__ import annotations

import re
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from solacefeed.deeds.editions.preview import Preview, for_nobody
from solacefeed.models.editions import Period, Variant
from tests.cli.prompt import NOW, PEOPLE, WEEK_LATER, WEEKLY, at, mails, rehearsed, set_line, tokens, well
from tests.cli.test_status import dump
from tests.support.site import Site

A_VARIANT = Variant(
    edition_id="weekly/2026-11-23", selection="*", revision=1, picks=(), event_ids=(), subject="", text="", html=""
)
A_WEEK = Period(starts=datetime(2026, 11, 16, 7, tzinfo=UTC), ends=datetime(2026, 11, 23, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "weekly/2026-11-23: 5 posts, 1 event"),
        (("--digest", "weekly"), "weekly/2026-11-23: 5 posts, 1 event"),
        (("--categories", "scotland"), "weekly/2026-11-23: 2 posts, 1 event"),
        (("--categories", " housing , education "), "weekly/2026-11-23: 4 posts, 1 event"),
        (("--to", "Carol@example.org"), "weekly/2026-11-23: 2 posts, 1 event"),
        (("--next",), "weekly/2026-11-30: 0 posts, 1 event; without a post it would be skipped"),
        (("--as-of", "2026-11-20T12:00Z"), "weekly/2026-11-23: 5 posts, 1 event"),
        (("--as-of", "2026-11-12T12:00Z"), "weekly/2026-11-16: "),
        (("--as-of", "2031-01-04T00:00Z"), "weekly/2031-01-06: 0 posts, 0 events; without a post it would be skipped"),
        (("--as-of", "1912-01-01T00:00Z"), "weekly/1912-01-01: 0 posts, 0 events; without a post it would be skipped"),
    ],
)
def test_any_edition_can_be_looked_at_from_anywhere_in_time(done: Site, words: tuple[str, ...], line: str) -> None:
    before = dump(done), mails(done)
    first, html, text, mail, sizes = well(done, "preview", *words).splitlines()
    assert first.startswith(f"preview: {line}")
    assert (dump(done), mails(done)) == before
    assert Path(html.strip()).read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert Path(text.strip()).read_text(encoding="utf-8").startswith("Subject: ")
    assert BytesParser(policy=policy.default).parsebytes(Path(mail.strip()).read_bytes()).get_body(("html",))
    assert re.fullmatch(r" +html \d+ kB, text \d+ kB, whole mail \d+ kB", sizes)


def test_what_a_preview_shows_is_what_the_preparation_freezes_a_moment_later(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", more=WEEKLY + PEOPLE)
    well(site, "poll")
    # Nothing has met this event yet but the config.
    set_line(site, "[[events]]", '[[events]]\nid = "gala"\nname = "Gala Dinner"\nstarts = 2026-12-08\n[[events]]')
    shown = at(site, "preview", "--json").data
    well(site, "prepare")
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db")) as database:
        (frozen,) = database.execute(
            "SELECT v.edition_id, v.subject, v.text, v.html FROM variants v JOIN deliveries d "
            "ON d.edition_id = v.edition_id AND d.variant = v.selection WHERE d.selection = '*'"
        )
    edition_id, subject, text, html = frozen
    assert "Just announced" in text
    assert (shown["edition_id"], shown["subject"]) == (edition_id, subject)
    assert (shown["text"], shown["html"]) == (
        for_nobody(text, "every category"),
        for_nobody(html, "every category"),
    )


def test_a_live_store_is_looked_at_from_any_instant(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:", more=WEEKLY)
    well(site, "poll")
    before = dump(site)
    assert "weekly/2026-11-23: 5 posts" in well(site, "preview", "--as-of", NOW)
    assert dump(site) == before


def test_the_files_go_where_they_are_wanted(done: Site, tmp_path: Path) -> None:
    folder = tmp_path / "to" / "look at"
    told = at(done, "preview", "--out", str(folder), "--json").data
    assert sorted(told["files"]) == sorted(str(path) for path in folder.iterdir())
    assert (told["posts"], told["events"], told["edition_id"]) == (5, 1, "weekly/2026-11-23")
    assert not (done.folder / "var" / "preview").exists()


def test_each_viewer_has_files_of_their_own(done: Site, tmp_path: Path) -> None:
    for words in ((), ("--categories", "housing,scotland"), ("--to", "carol@example.org")):
        well(done, "preview", "--out", str(tmp_path / "seen"), *words)
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == [
        "weekly-2026-11-23-carol@example.org.eml",
        "weekly-2026-11-23-carol@example.org.html",
        "weekly-2026-11-23-carol@example.org.txt",
        "weekly-2026-11-23-housing+scotland.eml",
        "weekly-2026-11-23-housing+scotland.html",
        "weekly-2026-11-23-housing+scotland.txt",
        "weekly-2026-11-23.eml",
        "weekly-2026-11-23.html",
        "weekly-2026-11-23.txt",
    ]


def test_a_preview_says_its_size_and_when_a_mail_program_would_cut_it_short(done: Site) -> None:
    told = at(done, "preview", "--json").data
    assert told["size"] == len(told["html"].encode())
    assert f"5 posts, 1 event, {-(-told['size'] // 1000)} kB\n" in well(done, "preview")
    view = Preview(
        edition_id="weekly/2026-11-23",
        period=A_WEEK,
        posts=113,
        events=0,
        subject="",
        text="",
        html="",
        size=214_001,
        variant=A_VARIANT,
        choice="every category",
        is_nothing=False,
    )
    assert view.line().startswith("weekly/2026-11-23: 113 posts, 0 events, 215 kB; Gmail shows 102 kB of a mail")


def test_any_cadence_can_be_looked_at_and_one_that_the_digest_has_not_is_refused(done: Site) -> None:
    set_line(
        done,
        'closes = "mon 07:00"\n',
        'closes = "mon 07:00"\n[[digests.cadences]]\ncloses = "daily 07:00"\n[[digests]]\n'
        'name = "monthly"\ntitle = "The Month"\ncloses = "first mon of month 07:00"\n',
    )
    asked = ("preview", "--digest", "weekly", "--next", "--cadence")
    assert well(done, *asked, "daily").startswith("preview: weekly/daily-2026-11-24: 0 posts")
    assert well(done, *asked, "weekly").startswith("preview: weekly/2026-11-30: 0 posts")
    assert well(done, "preview", "--digest", "monthly", "--next").startswith("preview: monthly/2026-12-07: ")
    said = at(done, *asked, "monthly")
    assert (said.code, said.err) == (2, "solacefeed: weekly has no cadence monthly; it comes weekly or daily\n")


def test_an_edition_is_looked_at_by_its_id_for_any_choice(done: Site) -> None:
    asked = ("preview", "--edition", "weekly/2026-11-23")
    assert well(done, *asked).startswith("preview: weekly/2026-11-23: 5 posts")
    assert well(done, *asked, "--categories", "scotland", "--as-of", WEEK_LATER).startswith(
        "preview: weekly/2026-11-23: 2 posts"
    )
    said = at(done, "preview", "--edition", "weekly/2026-11-24")
    assert (said.code, said.err) == (
        2,
        "solacefeed: there is no edition weekly/2026-11-24: `solacefeed editions list`\n",
    )
    said = at(done, *asked, "--next")
    assert (said.code, said.err.count("\n")) == (2, 1)


def test_the_whole_mail_is_as_a_reader_gets_it_but_for_their_own_link(done: Site) -> None:
    told = at(done, "preview", "--to", "carol@example.org", "--json").data
    path = next(Path(each) for each in told["files"] if each.endswith(".eml"))
    assert told["mail_size"] == path.stat().st_size
    (own,) = (each for each in mails(done) if each.endswith("/carol@example.org.eml"))
    real, shown = (
        BytesParser(policy=policy.default).parsebytes(each.read_bytes())
        for each in (done.folder / "var" / "mail" / own, path)
    )
    assert [shown[name] for name in ("From", "To", "Subject", "List-Id")] == [
        real[name] for name in ("From", "To", "Subject", "List-Id")
    ]
    token = tokens(done)["carol@example.org"]
    for kind in ("plain", "html"):
        parts = [body.get_content() for mail in (real, shown) if (body := mail.get_body((kind,)))]
        assert parts[0].replace(token, "your-own-link") == parts[1]
    assert token not in path.read_text()


def test_nobody_else_reads_a_preview(done: Site) -> None:
    files = [Path(each) for each in at(done, "preview", "--json").data["files"]]
    files[0].chmod(0o644)
    assert [Path(each) for each in at(done, "preview", "--json").data["files"]] == files
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}


def test_no_placeholder_of_a_recipient_is_left(done: Site) -> None:
    told = at(done, "preview", "--json").data
    for part in (told["text"], told["html"]):
        assert "https://example.org/your-own-link" in part
        assert not any(ord(letter) < 32 and letter not in "\r\n\t" for letter in part)


@pytest.mark.parametrize(
    ("words", "code", "cause"),
    [
        (("--digest", "daily"), 2, "there is no digest daily; the config has weekly"),
        (("--categories", "cooking"), 2, "--categories: the blog has no category cooking; there are childrens-"),
        (("--categories", " , "), 2, "names no category; leave it out for everything"),
        (
            ("--to", "zoe@example.org"),
            2,
            "zoe@example.org does not get weekly: `solacefeed",
        ),
        (("--to", "a@b.org", "--categories", "housing"), 2, "--to goes by the subscriber's own categories"),
        (("--as-of", "2026-11-23"), 2, "has no offset: write 2026-11-23T00:00Z or 2026-11-23T00:00+01:00"),
        (("--as-of", "soon"), 2, "'soon' is not an instant, such as 2012-06-04T08:00+01:00"),
        (("--as-of", "0001-01-01T00:00+01:00"), 2, "is beyond the calendar"),
        (("--out", "/dev/null/here"), 1, "/dev/null/here/weekly-2026-11-23.html can't be written: Not a directory"),
    ],
)
def test_what_cant_be_shown_is_one_line(done: Site, words: tuple[str, ...], code: int, cause: str) -> None:
    said = at(done, "preview", *words)
    assert (said.code, said.out) == (code, "")
    assert cause in said.err
    assert said.err.count("\n") == 1


def test_without_a_store_there_is_nothing_to_preview(fresh: Site) -> None:
    said = at(fresh, "preview")
    assert (said.code, said.out) == (1, "")
    assert "`solacefeed run` makes it" in said.err


def test_without_a_digest_there_is_no_edition(done: Site) -> None:
    set_line(done, '[[digests]]\nname = "weekly"\ntitle = "The Weekly Digest"\ncloses = "mon 07:00"\n', "")
    said = at(done, "preview")
    assert (said.code, said.err) == (2, "solacefeed: the config has no [[digests]], so there is no mail to make\n")
