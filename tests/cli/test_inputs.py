"""Whatever an operator types, and whatever stands in their files and folders: a clear line, and no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.prompt import NOW, WEEKLY, at, lend_a_store, rehearsed, set_line, typed, well
from tests.support.site import Site

# -- words ------------------------------------------------------------------------------------------

HUGE = "9" * 24


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["deliveries", "show", HUGE], f"there is no delivery {HUGE}: `solacefeed deliveries list`"),
        (["deliveries", "show", str(2**63)], f"there is no delivery {2**63}: `solacefeed deliveries list`"),
        (["deliveries", "show", "0"], "there is no delivery 0: `solacefeed deliveries list`"),
        (["posts", "show", HUGE], f"there is no post {HUGE}: `solacefeed posts list`"),
        (["posts", "show", ""], "there is no post : `solacefeed posts list`"),
        (["editions", "show", HUGE], f"there is no edition {HUGE}: `solacefeed editions list`"),
        (["editions", "show", "weekly/../.."], "there is no edition weekly/../..: `solacefeed editions list`"),
        (["events", "show", HUGE], f"there is no event {HUGE}: `solacefeed events list`"),
    ],
)
def test_an_odd_id_is_one_that_is_not_there(done: Site, words: list[str], line: str) -> None:
    said = at(done, *words)
    assert (said.code, said.out, said.err) == (2, "", f"solacefeed: {line}\n")


@pytest.mark.parametrize(
    "words",
    [
        ["posts", "show", "caf\udce9"],
        ["editions", "show", "caf\udce9"],
        ["deliveries", "list", "--edition", "caf\udce9"],
        ["subscribers", "add", "ann@example.org", "--name", "caf\udce9"],
        ["subscribers", "end", "caf\udce9@example.org"],
        ["events", "edit", "summit-2027", "--name", "caf\udce9"],
        ["preview", "--out", "caf\udce9"],
        ["init", "caf\udce9"],
        ["posts", "show", "caf\0"],
    ],
    ids=" ".join,
)
def test_a_word_that_is_no_text_is_refused_before_anything_is_done(words: list[str]) -> None:
    said = typed(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("solacefeed: caf\\")
    assert said.err.endswith(": not UTF-8 text; write it in UTF-8, as this terminal's locale should\n")


def test_no_number_of_rows_is_too_large_to_be_refused(done: Site) -> None:
    said = at(done, "posts", "list", "--limit", HUGE)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


# -- files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"The Summit in caf\xe9", "not UTF-8 text; save the file as UTF-8"), (None, "Is a directory")],
)
def test_a_paragraph_that_cant_be_read_is_told(tmp_path: Path, content: bytes | None, line: str) -> None:
    file = tmp_path / "paragraph.txt"
    file.mkdir() if content is None else file.write_bytes(content)
    said = typed("events", "read", str(file))
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert str(file) in said.err
    assert line in said.err


@pytest.mark.parametrize("name", ["x" * 300, "config.toml"])
def test_a_folder_that_cant_be_begun_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.toml").symlink_to("config.toml")
    said = typed("init", str(tmp_path / name))
    assert said.code in (1, 2)
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert name in said.err


def test_a_config_that_leads_to_itself_is_there_already_for_init(tmp_path: Path) -> None:
    (tmp_path / "config.toml").symlink_to("config.toml")
    said = typed("init", str(tmp_path))
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "is there already; it stays as it is" in said.err


@pytest.fixture
def pipe(done: Site) -> Path:
    """What is no file though it is there, and who reads it waits for ever."""
    path = done.folder / "pipe"
    os.mkfifo(path)
    return path


def test_a_calendar_that_is_a_pipe_holds_no_poll(done: Site, pipe: Path) -> None:
    set_line(done, "[[digests]]", f'[[calendars]]\nname = "clinics"\nfile = "{pipe.name}"\n[[digests]]')
    said = at(done, "poll")
    assert (said.code, said.err) == (1, f"solacefeed: calendar clinics: {pipe}: is no file\n")


def test_an_export_that_is_a_pipe_is_refused(done: Site, pipe: Path) -> None:
    said = at(done, "posts", "import", str(pipe))
    assert (said.code, said.err) == (1, f"solacefeed: {pipe}: is no file; save the export as one\n")


def test_a_lock_that_cant_be_opened_is_told(done: Site) -> None:
    (done.folder / "var" / "solacefeed.db.publish.lock").unlink()
    (done.folder / "var" / "solacefeed.db.publish.lock").mkdir()
    said = at(done, "publish")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(
        f"solacefeed: publish: {done.folder}/var/solacefeed.db.publish.lock can't be opened: Is a dir"
    )
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("url", ["sqlite:///" + "x" * 300, "postgresql+psycopg://127.0.0.1:1/x"])
def test_a_store_that_cant_be_is_told(tmp_path: Path, url: str) -> None:
    site = rehearsed(tmp_path / "site", more=f'{WEEKLY}\n[store]\nurl = "{url}"\n')
    for words in (["run"], ["status"], ["check"]):
        said = at(site, *words)
        assert said.code in (0, 1)
        assert said.err.count("\n") == said.code


# -- folders ----------------------------------------------------------------------------------------


def a_circle(path: Path) -> None:
    """What stands at *path* becomes a link to itself."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(path.name)


@pytest.mark.parametrize("place", ["", "all.atom", "index.html", "all", "category", "events", "all/2026-11.atom"])
@pytest.mark.parametrize("words", [("publish", "--all"), ("publish", "--check"), ("run",)], ids=" ".join)
def test_a_link_that_leads_to_itself_is_told_with_its_place(done: Site, place: str, words: tuple[str, ...]) -> None:
    a_circle(done.feeds / place)
    said = at(done, *words)
    assert said.code == 1
    assert said.err.startswith(f"solacefeed: {done.feeds / place}")
    assert said.err.endswith("can't be reached: Too many levels of symbolic links; nothing is written there\n")
    assert said.err.count("\n") == 1


def test_a_link_to_the_folder_above_it_holds_up_nothing(done: Site) -> None:
    (done.feeds / "category" / "above").symlink_to("..")
    assert "0 files changed" in well(done, "publish", "--all")


def test_where_feeds_lead_out_of_their_folder_nothing_is_written(done: Site) -> None:
    shutil.rmtree(done.feeds / "category")
    (done.feeds / "category").symlink_to("../..")
    said = at(done, "publish", "--all")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "leads out of" in said.err


@pytest.mark.parametrize("table", ["feeds", "mail"])
def test_a_name_too_long_for_a_folder_is_told(tmp_path: Path, table: str) -> None:
    site = rehearsed(tmp_path / "site", more="")
    set_line(site, "[site]", f'[{table}]\ndir = "{"x" * 300}"\n[site]')
    said = at(site, "run")
    assert said.code == (1 if table == "feeds" else 0)
    assert said.err.count("\n") == said.code


@pytest.mark.more
@pytest.mark.parametrize("spoil", [lambda path: path.write_text(""), a_circle], ids=["a file", "a circle"])
def test_a_mail_folder_that_cant_be_written_to_is_told_like_a_relay_that_is_down(
    published: Site, spoil: Callable[[Path], object]
) -> None:
    mail = published.folder / "var" / "mail"
    spoil(mail)
    said = at(published, "run")
    assert said.code == 1
    assert said.err.startswith(f"solacefeed: deliver: 0 accepted, 2 deferred; the rest waits: {mail}/")
    assert said.err.count("\n") == 1


def test_a_preview_that_cant_be_written_is_told(done: Site) -> None:
    a_circle(done.folder / "var" / "preview")
    said = at(done, "preview")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "Too many levels of symbolic links" in said.err


# -- libraries --------------------------------------------------------------------------------------

#: Its zone is one that icalendar would have to guess, and its rule one of which dateutil would warn.
ODD_CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:clinic
DTSTART;TZID=/freeassociation.sourceforge.net/Europe/London:20261203T130000
DTEND;TZID=/freeassociation.sourceforge.net/Europe/London:20261203T143000
RRULE:FREQ=MONTHLY;COUNT=4;UNTIL=20280101T000000Z
SUMMARY:Finance clinic
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.more
@pytest.mark.parametrize("wanted", [(), ("-v",)], ids=["as a rule", "verbose"])
def test_what_libraries_warn_of_reaches_only_who_asked_for_more(tmp_path: Path, wanted: tuple[str, ...]) -> None:
    more = f'{WEEKLY}\n[[calendars]]\nname = "clinics"\nfile = "clinic.ics"\n'
    site = rehearsed(tmp_path / "site", more=more)
    (site.folder / "clinic.ics").write_text(ODD_CALENDAR.replace("\n", "\r\n"), encoding="utf-8")
    lend_a_store(site)
    done = subprocess.run(
        [sys.executable, "-W", "default", "-m", "solacefeed", "poll", *wanted],
        cwd=site.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "poll: 20 new, 0 changed, 0 gone; 7 categories new or changed\n"
    warned = [line for line in done.stderr.splitlines() if "Warning" in line]
    assert all(line.startswith("py.warnings: ") for line in warned)
    assert bool(done.stderr) == bool(wanted)
    assert "Finance clinic" in well(site, "events", "list", "--as-of", NOW)
