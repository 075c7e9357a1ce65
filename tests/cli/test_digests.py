"""A digest is renamed, lost, given up and taken up again: readers and addresses go on as they were."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from solacefeed.app import App
from solacefeed.cli.options import Options
from solacefeed.errors import ConfigError
from tests.cli.prompt import NOW, WEEK_LATER, at, files, mails, set_line, tokens, well
from tests.support.site import Site, copied_site

NAMED = 'name = "weekly"'
RENAMED = 'name = "briefing"'
TIED = f'{RENAMED}\nformer_names = ["weekly"]'
LOST = (
    "this store serves the digest weekly, and the config has briefing: write "
    'former_names = ["weekly"] in its [[digests]] if it is the same, or give weekly up: `solacefeed digests end weekly`'
)


def given_up(site: Site) -> None:
    """The config has another digest, and weekly is given up."""
    set_line(site, NAMED, RENAMED)
    well(site, "digests", "end", "weekly")


def states(site: Site) -> dict[str, str]:
    """Each reader's state in weekly."""
    listed = at(site, "subscribers", "list", "--json").data
    return {each["subscriber"]["email"]: each["state"] for each in listed if each["digest"] == "weekly"}


def headers(site: Site, path: str) -> dict[str, str]:
    mail = message_from_bytes((site.folder / "var" / "mail" / path).read_bytes())
    return {name: re.sub(r"\\s+", " ", mail[name]) for name in ("List-Id", "Message-ID", "List-Unsubscribe")}


# -- the config that a process has read, and the file --------------------------------------------------


@pytest.mark.more
def test_who_goes_by_an_older_config_says_so_before_anything_else_and_status_tells_that_it_refused(done: Site) -> None:
    config = done.folder / "config.toml"

    def read() -> App:
        return Options(config_file=str(config), as_of=datetime.fromisoformat(NOW)).app

    daemons = read()
    more = '[[digests]]\nname = "extra"\ntitle = "The Extra"\ncloses = "tue 07:00"\n'
    set_line(done, '[[digests]]\nname = "weekly"', f'{more}[[digests]]\nname = "weekly"')
    well(done, "prepare", "--as-of", NOW)
    with daemons.store() as store:
        with pytest.raises(ConfigError, match=r"^the config's file was changed .*`systemctl reload sol"):
            daemons.mail.prepare(store)
        said = at(done, "status", "--as-of", NOW)
        assert said.code == 1
        assert "the last prepare did not work: the config's file was changed since it was read: `systemctl" in said.out
        read().mail.prepare(store)
    assert "did not work" not in at(done, "status", "--as-of", NOW).out


# -- renamed ------------------------------------------------------------------------------------------


def test_a_renamed_digest_goes_on_under_its_first_name_to_its_readers_alone(done: Site) -> None:
    well(done, "subscribers", "add", "dave@example.org")
    well(done, "subscribers", "end", tokens(done)["bob@example.org"])
    before = done.published()
    first = headers(done, "weekly-2026-11-23/alice@example.org.eml")
    set_line(done, NAMED, TIED)
    said = well(done, "run", "--as-of", NOW)
    assert "0 files changed, 0 removed" in said
    assert done.published() == before
    said = well(done, "run", "--as-of", WEEK_LATER)
    assert "prepare: weekly/2026-11-30 skipped: no new posts\n" in said
    assert states(done) == {
        "alice@example.org": "confirmed",
        "bob@example.org": "ended",
        "carol@example.org": "confirmed",
        "dave@example.org": "confirmed",
    }
    assert {each["digest"] for each in at(done, "subscribers", "list", "--json").data} == {"weekly"}
    assert first["List-Id"] == '"The Weekly Digest" <weekly.example.org>'


def test_a_copy_under_the_new_name_is_the_one_that_the_old_name_would_have_sent(fresh: Site, tmp_path: Path) -> None:
    well(fresh, "run", "--as-of", "2026-11-16T08:00Z")
    other = Site(tmp_path / "other")
    copied_site(fresh.folder, other.folder)
    set_line(fresh, NAMED, TIED)
    for site in (fresh, other):
        well(site, "run")
    assert len(mails(fresh)) == 6
    both = [
        {path: content for path, (content, *_) in files(site.folder / "var" / "mail").items()}
        for site in (fresh, other)
    ]
    assert both[0] == both[1]
    assert fresh.published() == other.published()


@pytest.mark.more
def test_copies_that_waited_go_out_after_a_renaming(fresh: Site) -> None:
    for deed in ("poll", "prepare"):
        well(fresh, deed)
    set_line(fresh, NAMED, TIED)
    assert well(fresh, "deliver") == "deliver: 3 accepted\n"


def test_an_old_link_ends_the_subscription_under_the_new_name(done: Site) -> None:
    token = tokens(done)["alice@example.org"]
    set_line(done, NAMED, TIED)
    assert well(done, "subscribers", "end", token).endswith(" gets briefing no more\n")
    assert states(done)["alice@example.org"] == "ended"


@pytest.mark.parametrize("name", ["weekly", "briefing"])
def test_either_name_is_understood_and_the_new_one_said(done: Site, name: str) -> None:
    set_line(done, NAMED, TIED)
    said = well(done, "subscribers", "add", "dave@example.org", "--digest", name)
    assert said.startswith("subscribers: dave@example.org gets briefing; the consent is claimed")
    assert well(done, "subscribers", "end", "dave@example.org", "--digest", name).endswith(" gets briefing no more\n")
    assert well(done, "preview", "--digest", name).startswith("preview: weekly/2026-11-23: ")
    assert at(done, "subscribers", "add", "dave@example.org", "--digest", "daily").err.endswith(
        "the config has briefing\n"
    )
    assert "digest briefing" in well(done, "status")


def test_each_reader_is_listed_under_the_new_name(done: Site) -> None:
    set_line(done, NAMED, TIED)
    well(done, "prepare")
    lines = well(done, "subscribers", "list").splitlines()[1:]
    assert all(" briefing " in line for line in lines)
    (row,) = well(done, "digests", "list").splitlines()[1:]
    assert row.split() == ["briefing", "weekly", "served", "3", "weekly/2026-11-23"]


# -- lost ---------------------------------------------------------------------------------------------


def test_a_digest_that_the_config_lost_lets_no_mail_go_and_nothing_else_wait(done: Site) -> None:
    well(done, "subscribers", "end", "bob@example.org")
    before = done.published()
    set_line(done, NAMED, RENAMED)
    said = at(done, "run", "--as-of", WEEK_LATER)
    assert (said.code, said.err) == (1, f"solacefeed: {LOST}\n")
    assert ["poll: 0 new" in said.out, "publish: " in said.out] == [True, True]
    assert "0 removed" in said.out
    assert done.published() == before
    for deed in ("prepare", "deliver"):
        assert (at(done, deed).code, at(done, deed).err) == (2, f"solacefeed: {LOST}\n")
    troubles = at(done, "status", "--json").data["troubles"]
    # The deeds were not begun, so they did not fail either.
    assert [(trouble["key"].partition(":")[0], trouble["words"]) for trouble in troubles] == [("audience", LOST)]
    assert LOST in well(done, "check")
    assert [each["digest"] for each in at(done, "subscribers", "list", "--json").data] == ["weekly"] * 3
    assert len(mails(done)) == 3


def test_without_any_digest_in_the_config_the_one_that_is_served_is_missed(done: Site) -> None:
    before = done.published()
    table = (done.folder / "config.toml").read_text().partition("[[digests]]")[2].partition("[mail]")[0]
    set_line(done, f"[[digests]]{table}", "")
    said = at(done, "run", "--as-of", WEEK_LATER)
    assert (said.code, "the config has none: put it back, or give it up" in said.err) == (1, True)
    assert done.published() == before
    well(done, "subscribers", "end", "bob@example.org")
    assert states(done)["bob@example.org"] == "ended"
    well(done, "digests", "end", "weekly")
    assert "publish: " in well(done, "run", "--as-of", WEEK_LATER)


def test_nobody_is_entered_while_a_digest_is_lost_and_everybody_may_leave(done: Site) -> None:
    set_line(done, NAMED, RENAMED)
    said = at(done, "subscribers", "add", "dave@example.org")
    assert (said.code, said.err) == (2, f"solacefeed: {LOST}\n")
    assert well(done, "subscribers", "end", "alice@example.org").endswith("gets weekly no more\n")
    assert well(done, "subscribers", "end", "carol@example.org", "--digest", "weekly").endswith("gets weekly no more\n")
    assert states(done) == {
        "alice@example.org": "ended",
        "bob@example.org": "confirmed",
        "carol@example.org": "ended",
    }


def test_put_back_or_tied_to_its_new_name_it_goes_on(done: Site) -> None:
    set_line(done, NAMED, RENAMED)
    assert at(done, "prepare").code == 2
    set_line(done, RENAMED, TIED)
    assert well(done, "prepare") == "prepare: no edition is due\n"
    set_line(done, TIED, NAMED)
    assert well(done, "prepare") == "prepare: no edition is due\n"


# -- given up -----------------------------------------------------------------------------------------


def test_a_digest_in_the_config_is_not_given_up(done: Site) -> None:
    said = at(done, "digests", "end", "weekly")
    assert (said.code, "weekly stands in the config: take its [[digests]] out, then end it" in said.err) == (2, True)
    assert set(states(done).values()) == {"confirmed"}
    assert at(done, "digests", "end", "daily").err.startswith("solacefeed: this store has never served a digest daily")


@pytest.mark.more
def test_given_up_its_readers_and_copies_end_and_its_pages_stay(fresh: Site) -> None:
    for deed in ("poll", "prepare", "publish"):
        well(fresh, deed)
    before = fresh.published()
    set_line(fresh, NAMED, RENAMED)
    assert well(fresh, "digests", "end", "weekly") == (
        "digests: weekly is given up; 3 subscriptions ended, 3 waiting copies cancelled\n"
    )
    assert set(states(fresh).values()) == {"ended"}
    assert "digest  the digest was given up" in " ".join(well(fresh, "subscribers", "list").split("\n"))
    copies = at(fresh, "deliveries", "list", "--json").data
    assert {(copy["state"], copy["answer"]) for copy in copies} == {("cancelled", "the digest was given up")}
    said = well(fresh, "run")
    assert "deliver: 3 accepted" in said
    kept = {path: content for path, content in before.items() if path.startswith("digest/weekly")}
    assert len(kept) == 5
    assert {path: content for path, content in fresh.published().items() if path in kept} == kept
    assert "given up 2026-11-23" in well(fresh, "digests", "list")


def test_a_link_of_a_digest_that_is_given_up_still_works(done: Site) -> None:
    token = tokens(done)["alice@example.org"]
    given_up(done)
    assert well(done, "subscribers", "end", token).endswith("gets weekly no more, as before\n")
    shown = well(done, "subscribers", "show", "alice@example.org")
    assert "ended: everything (reader, by a mail to you)" in shown


def test_a_digest_given_up_is_taken_up_again_by_the_operators_word_alone(done: Site) -> None:
    given_up(done)
    set_line(done, RENAMED, NAMED)
    said = at(done, "run")
    assert (said.code, "the digest weekly was given up on 23 November 2026" in said.err) == (1, True)
    assert set(states(done).values()) == {"ended"}
    assert well(done, "digests", "resume", "weekly") == "digests: weekly is taken up again, with 3 subscriptions\n"
    well(done, "run")
    assert set(states(done).values()) == {"confirmed"}


def test_before_the_first_preparation_there_is_none(fresh: Site) -> None:
    well(fresh, "poll")
    assert well(fresh, "digests", "list") == "no digest yet: the first prepare begins it\n"
