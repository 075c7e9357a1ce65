"""``subscribers sync``: an export of a membership database, as a file that somebody has saved."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.prompt import at, set_line, well
from tests.spreadsheets.workbook import Sheet, a_workbook
from tests.support.site import Site

SOURCE = """
[[sync]]
name = "members"
member = "Membership number"
email = "E-mail"
names = ["First", "Last"]
interests = "Interests"
basis = "soft-opt-in"
evidence = "the form"
[sync.words]
"Homes & rents" = "housing"
"""

EXPORT = """Membership number;First;Last;E-mail;Interests
007;Ann;Other;ann@example.net;Homes & rents, Scotland
8;;;ben@example.net;
9;;;not an address;
;Nobody;;cat@example.net;
"""


@pytest.fixture
def site(done: Site) -> Site:
    set_line(done, "[mail]\n", f"{SOURCE}[mail]\n")
    return done


def saved(site: Site, text: str, name: str = "members.csv") -> str:
    (site.folder / name).write_text(text, encoding="utf-8-sig")
    return str(site.folder / name)


def people(site: Site) -> dict[str, tuple[str | None, str, int | None]]:
    """Those whom the source has brought: name, state, and how many categories."""
    found = at(site, "subscribers", "list", "--entered-by", "sync", "--json").data
    return {
        each["subscriber"]["email"]: (
            each["subscriber"]["name"],
            each["state"],
            None if each["category_ids"] is None else len(each["category_ids"]),
        )
        for each in found
    }


def test_every_row_stands_in_one_number_also_that_of_somebody_who_is_here_by_another_way(site: Site) -> None:
    rows = "Membership number;First;Last;E-mail;Interests\n1;;;alice@example.org;\n2;;;new@example.net;\n3;;;nobody;\n"
    file = saved(site, rows)
    counts = "sync: 1 new, 1 here already, 1 left alone, 0 as before"
    assert well(site, "subscribers", "sync", file, "--dry-run").endswith(f"{counts}; nothing was written\n")
    told = well(site, "subscribers", "sync", file)
    assert "why it is left alone" in told
    assert told.splitlines()[-1] == counts
    assert well(site, "subscribers", "sync", file).endswith("sync: 0 new, 1 left alone, 2 as before\n")
    assert "alice@example.org" not in people(site)


def test_an_export_is_looked_at_and_then_taken_as_it_is_saved(site: Site) -> None:
    file = saved(site, EXPORT)
    told = well(site, "subscribers", "sync", file, "--source", "members", "--dry-run").splitlines()
    assert told[-1] == "sync: 2 new, 2 left alone, 0 as before; nothing was written"
    assert people(site) == {}
    told = well(site, "subscribers", "sync", file).splitlines()
    assert told[0].split() == ["line", "member", "why", "it", "is", "left", "alone"]
    assert told[1].startswith('4     9       must be an email address, such as "digest@example.org"')
    assert told[2].endswith("has no number, by which members are known")
    assert told[-1] == "sync: 2 new, 2 left alone, 0 as before"
    assert people(site) == {
        "ann@example.net": ("Ann Other", "confirmed", 2),
        "ben@example.net": (None, "confirmed", None),
    }
    assert well(site, "subscribers", "sync", file).splitlines()[-1] == "sync: 0 new, 2 left alone, 2 as before"
    assert "member         007 of members" in well(site, "subscribers", "show", "ann@example.net")


def test_a_fall_is_held_back_with_a_1_until_one_says_yes(site: Site) -> None:
    heading = "Membership number,First,Last,E-mail,Interests\n"
    rows = [f"{number},,,r{number}@example.net,\n" for number in range(8)]
    well(site, "subscribers", "sync", saved(site, heading + "".join(rows)))
    less = saved(site, heading + "".join(rows[4:]))
    held = at(site, "subscribers", "sync", less)
    assert (held.code, held.out) == (1, "sync: 0 new, 4 gone (held back), 4 as before\n")
    assert held.err == (
        "solacefeed: the export has 4 members no more, too many at once to be believed: "
        "look, and say --yes where it is so\n"
    )
    assert {state for _, state, _ in people(site).values()} == {"confirmed"}
    less_still = at(site, "subscribers", "sync", saved(site, heading + "".join(rows[5:])))
    assert (less_still.code, "the export has 5 members no more" in less_still.err) == (1, True)
    (told,) = (each for each in at(site, "status", "--json").data["troubles"] if each["key"] == "sync:members")
    assert told["words"] == (
        "the sync of members is held back since 2026-11-23 08:00 UTC: "
        "the export has 5 members no more, too many at once to be believed"
    )
    assert "`solacefeed subscribers sync FILE --source members --yes`" in told["ends_by"]
    saved(site, heading + "".join(rows[4:]))
    assert well(site, "subscribers", "sync", less, "--yes") == (
        "sync: 0 new, 4 gone (4 subscriptions ended), 4 as before\n"
    )
    assert "sync:members" not in at(site, "status", "--json").out


def test_a_workbook_is_read_as_well(site: Site) -> None:
    rows: Sheet = [["Membership number", "First", "Last", "E-mail", "Interests"], [7, "Ann", "", "ann@example.net", ""]]
    a_workbook(site.folder / "members.xlsx", {"Members": rows})
    well(site, "subscribers", "sync", str(site.folder / "members.xlsx"))
    assert people(site) == {"ann@example.net": ("Ann", "confirmed", None)}
    assert "7 of members" in well(site, "subscribers", "show", "ann@example.net")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "is empty, and has no headings: nothing was done"),
        ("Membership no,First,Last,E-mail,Interests\n", "has no column Membership number; did you mean Membership no?"),
    ],
)
def test_what_is_no_such_export_is_refused_and_nothing_is_done(site: Site, text: str, cause: str) -> None:
    said = at(site, "subscribers", "sync", saved(site, text))
    assert (said.code, said.out, cause in said.err) == (2, "", True)


def test_a_member_with_two_addresses_is_not_taken_and_stays_a_member(site: Site) -> None:
    heading = "Membership number,First,Last,E-mail,Interests\n"
    well(site, "subscribers", "sync", saved(site, heading + "1,,,ann@example.net,\n"))
    both = saved(site, heading + "1,,,ann@example.net,\n1,,,anna@example.net,\n1,,,anna@example.net,\n")
    told = well(site, "subscribers", "sync", both)
    assert "stands on line 2 with another address, so that neither is taken" in told
    assert people(site) == {"ann@example.net": (None, "confirmed", None)}


def test_without_a_source_in_the_config_it_says_what_is_lacking(done: Site, tmp_path: Path) -> None:
    said = at(done, "subscribers", "sync", str(tmp_path / "members.csv"))
    assert (said.code, "the config has no [[sync]]" in said.err) == (2, True)


def test_a_source_that_there_is_not_is_refused(site: Site) -> None:
    said = at(site, "subscribers", "sync", saved(site, EXPORT), "--source", "staff")
    assert (said.code, "there is no source staff; the config has members" in said.err) == (2, True)


# -- what became of them -----------------------------------------------------------------------------------


def test_the_database_is_told_what_became_of_its_members_and_goes_on_from_there(site: Site) -> None:
    well(site, "subscribers", "sync", saved(site, EXPORT.replace("Ann;Other", "=1+1;")))
    well(site, "subscribers", "end", "ben@example.net")
    rows = list(csv.DictReader(io.StringIO(well(site, "subscribers", "changes", "--source", "members"))))
    told = [(each["what"], each["member"], each["address"], each["by"]) for each in rows]
    assert told == [
        ("came", "007", "ann@example.net", "sync"),
        ("came", "8", "ben@example.net", "sync"),
        ("left", "8", "ben@example.net", "reader"),
    ]
    assert (rows[0]["name"], rows[0]["categories"], rows[0]["because"]) == (
        "'=1+1",
        "Housing, Scotland",
        "members lists them",
    )
    behind = well(site, "subscribers", "changes", "--since", rows[1]["cursor"], "--source", "members")
    assert [each["what"] for each in csv.DictReader(io.StringIO(behind))] == ["left"]
    end = at(site, "subscribers", "changes", "--since", rows[2]["cursor"], "--json").data
    assert end == {"changes": [], "cursor": rows[2]["cursor"]}


def test_a_database_is_told_of_nobody_whom_it_has_not_and_need_not_read_past_them_again(site: Site) -> None:
    well(site, "subscribers", "sync", saved(site, EXPORT))
    well(site, "subscribers", "end", "bob@example.org")
    everybody = at(site, "subscribers", "changes", "--json").data
    theirs = at(site, "subscribers", "changes", "--source", "members", "--json").data
    assert "bob@example.org" in str(everybody)
    assert {each["address"] for each in theirs["changes"]} == {"ann@example.net", "ben@example.net"}
    assert {each["member"] for each in theirs["changes"]} == {"007", "8"}
    assert theirs["cursor"] == everybody["cursor"]


def test_json_says_the_same_of_a_change_as_the_table_with_the_number_of_one_source_alone(site: Site) -> None:
    other = saved(site, EXPORT)
    well(site, "subscribers", "sync", other)
    well(site, "subscribers", "end", "ben@example.net")
    for of_source in ((), ("--source", "members")):
        rows = list(csv.DictReader(io.StringIO(well(site, "subscribers", "changes", *of_source))))
        told = at(site, "subscribers", "changes", *of_source, "--format", "json").data
        assert [{name: cell or "" for name, cell in each.items()} for each in told["changes"]] == rows
        assert told["cursor"] == rows[-1]["cursor"]


def test_as_json_the_database_is_told_what_it_is_told_as_csv(site: Site) -> None:
    well(site, "subscribers", "sync", saved(site, EXPORT))
    well(site, "subscribers", "end", "ben@example.net")
    for more in ([], ["--source", "members"]):
        rows = list(csv.DictReader(io.StringIO(well(site, "subscribers", "changes", *more))))
        told = at(site, "subscribers", "changes", "--format", "json", *more).data["changes"]
        assert [{name: "" if value is None else value for name, value in each.items()} for each in told] == rows
    assert [each["member"] for each in told] == ["007", "8", "8"]


def test_changes_are_told_from_a_day_on(site: Site) -> None:
    assert len(at(site, "subscribers", "changes", "--since", "2026-11-23", "--json").data["changes"]) == 3
    assert at(site, "subscribers", "changes", "--since", "2026-11-24", "--json").data["changes"] == []
    first = at(site, "subscribers", "changes", "--limit", "1", "--format", "json").data
    assert (first["changes"][0]["what"], first["cursor"]) == ("came", "1-0")
    assert at(site, "subscribers", "changes", "--since", "yesterday").code == 2
