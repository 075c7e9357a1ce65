"""What had left before a store was brought back, and that store does not know: made anew, it goes to nobody twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.prompt import NOW, PEOPLE, WEEK_LATER, WEEKLY, at, rehearsed, set_line, well
from tests.cli.test_adopting import EDITION, mails, restored, states
from tests.support.site import Site

#: As the sample blog's newest edition is still to close, and days after it, when it is too late for it.
EVE = "2026-11-22T20:00:00Z"
DAYS_LATER = "2026-11-27T10:00:00Z"
NEXT = "weekly/2026-11-30"
APPROVED = WEEKLY.replace('closes = "mon 07:00"', 'closes = "mon 07:00"\napproval = "required"')


def on_the_eve(folder: Path, more: str, then: str = EVE) -> Site:
    """A site with a backup of the evening before the edition closes, or of another instant."""
    site = rehearsed(folder, more=more + PEOPLE)
    it_is(site, NOW, then)
    for words in (("poll",), ("prepare",), ("deliver",)):
        well(site, *words)
    well(site, "backup", str(site.folder / "backups"))
    return site


def it_is(site: Site, before: str, now: str) -> None:
    set_line(site, f"as_of = {before}", f"as_of = {now}")


def edition(site: Site, name: str) -> str:
    shown = at(site, "editions", "show", name, "--json").data["edition"]
    return str(shown["state"])


@pytest.fixture
def approved(tmp_path: Path) -> Site:
    """A site whose backup has a draft, which was approved since and has left."""
    site = on_the_eve(tmp_path / "site", APPROVED)
    assert edition(site, EDITION) == "draft"
    well(site, "editions", "approve", EDITION)
    it_is(site, EVE, NOW)
    well(site, "prepare")
    assert well(site, "deliver") == "deliver: 3 accepted\n"
    return site


def test_of_a_draft_that_was_approved_and_left_since_adopt_says_so(approved: Site) -> None:
    restored(approved)
    assert f"{EDITION}: left since, and had not when this store was copied" in at(approved, "adopt").out


@pytest.mark.parametrize("then", [NOW, DAYS_LATER])
def test_what_was_approved_and_left_waits_for_no_approval_again_and_goes_to_nobody_twice(
    approved: Site, then: str
) -> None:
    gone = mails(approved)
    if then != NOW:
        it_is(approved, NOW, then)
    restored(approved)
    assert "the next prepare makes 1 edition again that left since" in well(approved, "adopt", "--yes")
    well(approved, "prepare")
    well(approved, "deliver")
    assert edition(approved, EDITION) == "done"
    assert set(states(approved).values()) == {"accepted"}
    # When the relay took them, not when that was read in the log.
    assert {each["changed_at"] for each in at(approved, "deliveries", "list", "--json").data} == {NOW}
    it_is(approved, then, WEEK_LATER)
    well(approved, "prepare")
    well(approved, "deliver")
    # The next one is a draft without a post that somebody has got.
    assert mails(approved) == gone
    assert "no new posts" in at(approved, "editions", "show", NEXT).out


@pytest.mark.parametrize("kept", ["hold", "approve"])
def test_what_was_held_or_approved_when_the_store_was_copied_and_left_since_leaves_again(
    tmp_path: Path, kept: str
) -> None:
    site = on_the_eve(tmp_path / "site", APPROVED)
    well(site, "editions", kept, EDITION)
    (first,) = (site.folder / "backups").iterdir()
    first.unlink()
    well(site, "backup", str(site.folder / "backups"))
    if kept == "hold":
        well(site, "editions", "release", EDITION)
        well(site, "editions", "approve", EDITION)
    it_is(site, EVE, NOW)
    well(site, "prepare")
    assert well(site, "deliver") == "deliver: 3 accepted\n"
    restored(site)
    assert f"{EDITION}: left since" in at(site, "adopt").out
    well(site, "adopt", "--yes")
    well(site, "prepare")
    assert well(site, "deliver") == "deliver: 0 accepted\n"
    assert set(states(site).values()) == {"accepted"}


def test_a_draft_that_nobody_approved_waits_for_that_in_a_store_that_was_brought_back_too(tmp_path: Path) -> None:
    site = on_the_eve(tmp_path / "site", APPROVED)
    it_is(site, EVE, NOW)
    well(site, "prepare")
    restored(site)
    assert EDITION not in at(site, "adopt").out
    well(site, "adopt", "--yes")
    well(site, "prepare")
    assert edition(site, EDITION) == "draft"


@pytest.mark.parametrize("taken", [3, 2])
def test_of_an_edition_that_left_days_ago_nobody_gets_a_post_twice_and_whom_it_did_not_reach_gets_them_later(
    tmp_path: Path, taken: int
) -> None:
    site = on_the_eve(tmp_path / "site", WEEKLY)
    it_is(site, EVE, NOW)
    if taken < 3:
        well(site, "subscribers", "pause", "alice@example.org")
    well(site, "prepare")
    assert well(site, "deliver") == f"deliver: {taken} accepted\n"
    it_is(site, NOW, DAYS_LATER)
    gone = mails(site)
    restored(site)
    assert f"{EDITION}: left since, and is not in this store: it is prepared anew" in at(site, "adopt").out
    well(site, "adopt", "--yes")
    well(site, "prepare")
    well(site, "deliver")
    assert sorted(states(site).values()) == sorted(["accepted"] * taken + ["expired"] * (3 - taken))
    assert mails(site) == gone
    it_is(site, DAYS_LATER, WEEK_LATER)
    well(site, "prepare")
    well(site, "deliver")
    # What she lacks stands in the next one, and the others have it.
    assert len(mails(site)) == 3
    assert "all is well" in at(site, "status").out


def test_before_it_is_adopted_it_is_said_which_mails_at_once_would_go_again(tmp_path: Path) -> None:
    on, after = "2026-11-18T13:30:00Z", "2026-11-19T09:00:00Z"
    site = on_the_eve(
        tmp_path / "site", WEEKLY.replace('closes = "mon 07:00"', 'closes = "at once"'), "2026-11-17T20:00:00Z"
    )
    it_is(site, "2026-11-17T20:00:00Z", on)
    well(site, "prepare")
    taken = int(well(site, "deliver").split()[1])
    assert taken > 0
    restored(site)
    # On the day itself each has the name that it had.
    assert "mails at once" not in at(site, "adopt").out
    it_is(site, on, after)
    said = at(site, "adopt").out
    assert f"{taken} copies of mails at once of days before left since" in said
    assert "their posts go again to who had them" in said
    assert "it is prepared anew" not in said


@pytest.mark.parametrize(("policy", "then"), [("retry", "accepted"), ("hold", "uncertain")])
def test_of_an_edition_that_left_what_no_log_has_is_in_doubt_where_the_log_lacks_something(
    tmp_path: Path, policy: str, then: str
) -> None:
    site = on_the_eve(tmp_path / "site", APPROVED)
    set_line(site, "[mail]\n", f'[mail]\non_uncertain = "{policy}"\n')
    well(site, "editions", "approve", EDITION)
    it_is(site, EVE, NOW)
    well(site, "prepare")
    well(site, "deliver")
    log = site.folder / "var/solacefeed.db.home.log"
    lines = log.read_text().splitlines(keepends=True)
    # Alice's is the first one.
    log.write_text("".join(line.replace("\t1 ", "\t") if line.startswith("copies") else line for line in lines))
    (site.folder / "var/solacefeed.db.home.log.gap").touch()
    restored(site)
    well(site, "adopt", "--yes")
    well(site, "prepare")
    well(site, "deliver")
    assert sorted(states(site).values()) == sorted(["accepted", "accepted", then])
