"""``subscribers import`` and ``export``: lists that come and go, at a prompt."""

from __future__ import annotations

import csv
import json
import re
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from solacefeed.store import subscribers
from solacefeed.store.database import Store, open_to_look
from tests.cli.prompt import PEOPLE, at, set_line, well
from tests.spreadsheets.workbook import a_workbook
from tests.support.site import Site, copied_site

LISTED = """\
Email;Name;Opt-in time;Tags
ann@example.org;=Ann;2025-01-01 10:00;Housing
Alice@example.org;Alice;2025-01-01 10:00;Housing
nobody;No;2025-01-01 10:00;Housing
dora@example.org;Dora;;Cooking
"""


def listed(site: Site, text: str = LISTED) -> str:
    path = site.folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_list_is_looked_at_first_and_entered_with_do(done: Site) -> None:
    file = listed(done)
    said = well(done, "subscribers", "import", file, "--column-categories", "Tags")
    assert said.splitlines()[:5] == [
        "people.csv: UTF-8, separated by semicolons",
        "Email        the address",
        "Name         the name",
        "Opt-in time  when they agreed",
        "Tags         the categories",
    ]
    assert said.endswith(
        "import: 1 new (1 whose consent is shown, 0 claimed), 1 known, 2 refused; nobody is taken in without --do\n"
    )
    assert at(done, "subscribers", "show", "ann@example.org").code == 2
    did = well(done, "subscribers", "import", file, "--column-categories", "Tags", "--do")
    assert did.endswith("import: 1 new (1 whose consent is shown, 0 claimed), 1 known, 2 refused\n")
    assert "=Ann" in well(done, "subscribers", "show", "ann@example.org")


def test_a_list_of_which_nobody_could_be_taken_in_is_no_success(done: Site) -> None:
    file = listed(done, "Email\nann@example.org\nfrank@example.org\n")
    assert at(done, "subscribers", "import", file).code == 0, "it was looked at, as was asked for"
    said = at(done, "subscribers", "import", file, "--do")
    assert (said.code, said.out.splitlines()[-1]) == (1, "import: 0 new, 2 refused")


def test_the_first_look_says_what_is_left_unused_and_which_option_would_help(done: Site) -> None:
    file = listed(done, "Email;Opt-in time;Shoe size;Tags\nann@example.org;3/4/2025;41;Housing\n")
    said = well(done, "subscribers", "import", file)
    assert re.search(r"^Shoe size +not used$", said, re.M)
    assert re.search(r"^Tags +not used; --column-categories Tags takes it for what each chose; without", said, re.M)
    assert "when they agreed can't be read; --dates says whether the day or the month comes first" in said
    said = well(done, "subscribers", "import", file, "--column-categories", "Tags", "--dates", "day-first")
    assert "import: 1 new" in said
    assert "--" not in said.replace("without --do", "")
    claimed = listed(done, "Email\nann@example.org\n")
    assert "nothing in it shows that they agreed; --claimed with --evidence says that you know it" in well(
        done, "subscribers", "import", claimed
    )


def test_rows_that_were_not_taken_stand_in_a_private_file_and_can_be_mended_there(done: Site) -> None:
    well(done, "subscribers", "import", listed(done))
    path = done.folder / "people.refused.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0] == ["line", "reason", "Email", "Name", "Opt-in time", "Tags"]
    assert [(row[0], row[2]) for row in rows[1:]] == [("4", "nobody"), ("5", "dora@example.org")]
    mended = path.read_text(encoding="utf-8-sig").replace("nobody", "nobody@example.org")
    path.write_text(mended, encoding="utf-8")
    words = ("--do", "--claimed", "--evidence", "by telephone", "--refused", str(done.folder / "again.csv"))
    said = well(done, "subscribers", "import", str(path), *words)
    assert said.endswith("import: 2 new (1 whose consent is shown, 1 claimed)\n")
    assert not (done.folder / "again.csv").exists()


def test_a_consent_that_was_claimed_says_so_beside_what_was_said_of_it(done: Site) -> None:
    file = listed(done, "Email\nann@example.org\n")
    well(done, "subscribers", "import", file, "--do", "--claimed", "--evidence", "paper forms of 2024")
    assert ", claimed: paper forms of 2024" in well(done, "subscribers", "show", "ann@example.org")


def test_what_cant_be_done_is_told_in_one_line(done: Site) -> None:
    file = listed(done)
    (done.folder / "empty.csv").write_bytes(b"")
    for words, cause in (
        ((file, "--claimed"), "--claimed wants --evidence"),
        ((file, "--evidence", "x"), "say --claimed as well"),
        ((file, "--categories", "cooking"), "--categories: the blog has no category cooking"),
        ((file, "--cadence", "daily"), "weekly has no cadence daily"),
        ((file, "--language", "Welsh!"), "--language 'Welsh!' must be a language tag"),
        ((file, "--column-categories", "Town"), "no column is called Town"),
        ((file, "--refused", str(done.folder / "no" / "r.csv")), "can't be written"),
        ((str(done.folder / "nothing.csv"),), "can't be read: No such file"),
        ((str(done.folder),), "can't be read: Is a directory"),
        ((str(done.folder / "empty.csv"),), "is empty"),
    ):
        said = at(done, "subscribers", "import", *words)
        assert (said.code, said.out, said.err.count("\n")) == (2, "", 1), words
        assert cause in said.err


def test_a_workbook_is_taken_as_a_list_is(done: Site) -> None:
    rows = [["Email", "Consent date"], ["ann@example.org", "date:45000"], ["bob@example.org", "date:45000"]]
    file = a_workbook(done.folder / "people.xlsx", {"People": rows})
    told = at(done, "subscribers", "import", str(file), "--do", "--json").data
    assert (told["done"], told["fates"]["new"], told["fates"]["known"]) == (True, 1, 1)
    assert told["consents"] == {"shown": 1, "claimed": 0}


@pytest.mark.more
def test_what_is_exported_can_be_imported_elsewhere_and_is_the_same_there(done: Site, tmp_path: Path) -> None:
    well(done, "subscribers", "import", listed(done), "--column-categories", "Tags", "--do")
    well(done, "subscribers", "pause", "bob@example.org", "--until", "2027-01-04")
    well(done, "subscribers", "end", "carol@example.org")
    file = tmp_path / "readers.csv"
    assert well(done, "subscribers", "export", "--to", str(file)) == f"export: 4 subscriptions in {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "'=Ann" in file.read_text(encoding="utf-8-sig")
    other = Site(copied_site(done.folder, tmp_path / "other"))
    # A site that never had a store.
    for path in (other.folder / "var").glob("solacefeed.db*"):
        path.unlink()
    set_line(other, PEOPLE, "")
    well(other, "poll")
    said = well(other, "subscribers", "import", str(file), "--do")
    assert said.endswith("import: 3 new (1 whose consent is shown, 2 claimed), 1 not subscribed there\n")
    kept = ("address", "name", "digest", "state", "categories", "cadence", "language", "paused_until")
    consent = ("basis", "consent_at", "claimed", "evidence")

    def everyone(site: Site) -> list[dict[str, object]]:
        rows = json.loads(well(site, "subscribers", "export", "--format", "json"))
        return [{name: row[name] for name in (*kept, *consent)} for row in rows if row["state"] != "ended"]

    assert everyone(other) == everyone(done)
    assert len(everyone(other)) == 3


@pytest.mark.slow
def test_an_import_that_was_killed_ends_in_the_same_state_when_it_is_done_again(done: Site, tmp_path: Path) -> None:
    people = "".join(f"reader{number}@example.org;Reader;2025-01-01 10:00;Housing\n" for number in range(20_000))
    words = ("subscribers", "import", listed(done, LISTED + people), "--do", "--column-categories", "Tags")
    whole = Site(copied_site(done.folder, tmp_path / "whole"))
    well(whole, *words)
    process = subprocess.Popen(done.command(*words), cwd=done.folder, stdout=subprocess.DEVNULL)
    store = open_to_look(f"sqlite:///{done.folder / 'var' / 'solacefeed.db'}")
    while _readers(store) < 3000 and process.poll() is None:
        """Each look takes its time."""
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert 3000 <= _readers(store) < 20_000
    store.close()
    assert "known, 2 refused" in well(done, *words)
    kept = (
        *("address", "name", "digest", "state", "categories", "cadence", "language", "counts from"),
        *("paused until", "basis", "consent at", "how", "claimed", "evidence"),
    )

    def everyone(site: Site) -> list[str]:
        rows = csv.DictReader(well(site, "subscribers", "export").splitlines())
        return ["|".join(row[name] for name in kept) for row in rows]

    assert everyone(done) == everyone(whole)


def _readers(store: Store) -> int:
    with store.read() as connection:
        return subscribers.count_confirmed(connection, "weekly")


def test_an_export_is_of_those_who_are_asked_for_in_lines_that_a_program_reads(done: Site) -> None:
    said = well(done, "subscribers", "export", "--search", "alice")
    rows = list(csv.DictReader(said.splitlines()))
    assert [(row["address"], row["categories"], row["how"]) for row in rows] == [("alice@example.org", "*", "list")]
    found = json.loads(well(done, "subscribers", "export", "--category", "housing", "--json"))
    assert [(row["address"], row["categories"]) for row in found] == [("bob@example.org", ["education", "housing"])]
    assert json.loads(well(done, "subscribers", "export", "--state", "ended", "--format", "json")) == []
    both = at(done, "subscribers", "export", "alice@example.org", "--to", "alice.csv")
    assert (both.code, both.out) == (2, "")
    assert "all that is kept of that person" in both.err
