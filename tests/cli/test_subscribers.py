"""``subscribers``: who gets the digest, and who no longer."""

from __future__ import annotations

import re
from typing import Any

import pytest

from solacefeed.store.database import open_store
from tests.cli.prompt import NOW, WEEK_LATER, at, mails, set_line, tokens, typed, well
from tests.support.site import Site


def people(site: Site) -> dict[str, tuple[str, Any]]:
    """Each address with its state and choice."""
    listed = at(site, "subscribers", "list", "--json").data
    return {each["subscriber"]["email"]: (each["state"], each["category_ids"]) for each in listed}


def test_somebody_is_entered_once_and_may_choose_anew(done: Site) -> None:
    assert well(done, "subscribers", "add", "dave@example.org") == (
        "subscribers: dave@example.org gets weekly; "
        "the consent is claimed, by your word: --evidence says what shows it\n"
    )
    shown = well(done, "subscribers", "add", "erin@example.org", "--evidence", "a card")
    assert shown == "subscribers: erin@example.org gets weekly\n"
    assert well(done, "subscribers", "add", "DAVE@example.org").endswith(" gets weekly, as before\n")
    assert people(done)["dave@example.org"] == ("confirmed", None)
    assert well(done, "subscribers", "add", "dave@example.org", "--categories", "scotland, housing").startswith(
        "subscribers: dave@example.org gets weekly;"
    )
    state, chosen = people(done)["dave@example.org"]
    assert (state, len(chosen)) == ("confirmed", 2)
    assert len(people(done)) == 5


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("dave@",), "ADDRESS 'dave@' must be an email address"),
        (("",), "ADDRESS '' must be an email address"),
        (("dave@example.org\nBcc: eve@example.org",), "must be an email address"),
        (
            ("dave@example.org", "--categories", "cooking"),
            "dave@example.org: the blog has no category cooking; there are",
        ),
        (("dave@example.org", "--categories", ","), "names no category; leave it out for everything"),
        (("dave@example.org", "--digest", "daily"), "there is no digest daily; the config has weekly"),
    ],
)
def test_who_cant_be_entered_is_told_why_and_nobody_is(done: Site, words: tuple[str, ...], cause: str) -> None:
    said = at(done, "subscribers", "add", *words)
    assert (said.code, said.out) == (2, "")
    assert cause in said.err
    assert said.err.count("\n") == 1
    assert len(people(done)) == 3


@pytest.mark.more
def test_categories_are_known_after_the_first_poll(fresh: Site) -> None:
    said = at(fresh, "subscribers", "add", "dave@example.org", "--categories", "housing")
    assert (said.code, "there are none yet: `solacefeed poll` first" in said.err) == (2, True)
    well(fresh, "subscribers", "add", "dave@example.org")
    assert "for 4 subscribers" in well(fresh, "run")


def test_who_has_ended_stays_ended(done: Site) -> None:
    assert (
        well(done, "subscribers", "end", "alice@example.org") == "subscribers: alice@example.org gets weekly no more\n"
    )
    assert well(done, "subscribers", "end", "Alice@Example.org").endswith(" gets weekly no more, as before\n")
    said = at(done, "subscribers", "add", "alice@example.org")
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "solacefeed: alice@example.org ended this subscription on 23 November 2026; it stays ended "
        "(`solacefeed subscribers undo alice@example.org` takes a mistake back, within the hour)\n"
    )
    # The config still lists her.
    well(done, "run", "--as-of", WEEK_LATER)
    assert people(done)["alice@example.org"][0] == "ended"


def test_nothing_is_decided_by_another_clock_than_the_stores(done: Site) -> None:
    well(done, "subscribers", "end", "alice@example.org")
    set_line(done, f"as_of = {NOW}\n", "")
    for words in (
        ("subscribers", "undo", "alice@example.org"),
        ("subscribers", "add", "dora@example.org"),
        ("subscribers", "end", "bob@example.org"),
        ("subscribers", "held", "accept"),
        ("posts", "removals", "accept"),
        ("status", "--acknowledge"),
    ):
        said = at(done, *words)
        assert (said.code, said.out) == (1, ""), words
        assert said.err.startswith("solacefeed: this store is rehearsed"), words


@pytest.mark.parametrize("subject", ["{token}", "unsubscribe {token}", " Re: unsubscribe  {token} "])
def test_the_token_of_a_rehearsed_mail_ends_its_readers_subscription_alone(done: Site, subject: str) -> None:
    token = tokens(done)["bob@example.org"]
    said = well(done, "subscribers", "end", subject.format(token=token))
    assert re.fullmatch(r"subscribers: subscriber \d gets weekly no more\n", said)
    assert well(done, "subscribers", "end", token).endswith(", as before\n")
    assert {who: state for who, (state, _) in people(done).items()} == {
        "alice@example.org": "confirmed",
        "bob@example.org": "ended",
        "carol@example.org": "confirmed",
    }


@pytest.mark.more
def test_after_the_end_the_next_edition_does_not_go_to_them(fresh: Site) -> None:
    assert "deliver: 3 accepted\n" in well(fresh, "run", "--as-of", "2026-11-16T08:00Z")
    well(fresh, "subscribers", "end", tokens(fresh)["alice@example.org"])
    assert "deliver: 2 accepted\n" in well(fresh, "run")
    newest = [path for path in mails(fresh) if path.startswith("weekly-2026-11-23/")]
    assert newest == [f"weekly-2026-11-23/{who}@example.org.eml" for who in ("bob", "carol")]


def test_who_ends_between_preparation_and_delivery_gets_nothing(published: Site) -> None:
    well(published, "prepare")
    well(published, "subscribers", "end", "carol@example.org")
    assert well(published, "deliver") == "deliver: 2 accepted, 1 cancelled\n"
    assert len(mails(published)) == 2


@pytest.mark.parametrize("said", ["", "garbage", "d2Vla2x5OjE", "not at all"])
def test_what_is_neither_an_address_nor_a_token_is_told_as_that(done: Site, said: str) -> None:
    told = at(done, "subscribers", "end", said)
    assert (told.code, told.out) == (2, "")
    assert told.err == f"solacefeed: {said!r} is neither an address nor a link's token\n"


@pytest.mark.parametrize("forged", ["d2Vla2x5OjE.", "d2Vla2x5OjE.AAAA", "{token}x", "x{token}"])
def test_a_forged_token_ends_nobody(done: Site, forged: str) -> None:
    token = forged.format(token=tokens(done)["alice@example.org"])
    said = at(done, "subscribers", "end", token)
    assert (said.code, said.out) == (2, "")
    assert said.err == "solacefeed: unsubscribe: this link is not one of ours, or not all of it was copied\n"
    assert all(state == "confirmed" for state, _ in people(done).values())


def test_a_stranger_cant_be_ended(done: Site) -> None:
    said = at(done, "subscribers", "end", "nobody@example.org")
    assert (said.code, said.out) == (2, "")
    assert "nobody@example.org is not a subscriber: `solacefeed subscribers list` shows who is" in said.err


def test_the_list_shows_each_choice_in_words(done: Site) -> None:
    lines = well(done, "subscribers", "list").splitlines()
    headings = ["address", "name", "digest", "state", "categories", "cadence", "since", "by", "because"]
    assert lines[0].split() == headings
    assert [line.split("  ")[0] for line in lines[1:]] == ["alice@example.org", "bob@example.org", "carol@example.org"]
    assert ["everything" in lines[1], "Education, Housing" in lines[2], "Scotland" in lines[3]] == [True] * 3


def test_a_name_is_changed_and_the_choice_stays_until_another_is_given(done: Site) -> None:
    assert well(done, "subscribers", "add", "bob@example.org", "--name", "Bob").endswith("gets weekly\n")
    assert len(people(done)["bob@example.org"][1]) == 2
    assert "Bob" in well(done, "subscribers", "list")
    well(done, "subscribers", "add", "bob@example.org", "--everything")
    assert people(done)["bob@example.org"][1] is None
    both = at(done, "subscribers", "add", "bob@example.org", "--everything", "--categories", "housing")
    assert (both.code, "take one of them" in both.err) == (2, True)


def test_an_end_by_mistake_is_undone_and_all_of_it_is_shown(done: Site) -> None:
    well(done, "subscribers", "end", "bob@example.org")
    assert well(done, "subscribers", "undo", "bob@example.org") == "subscribers: bob@example.org gets weekly again\n"
    assert len(people(done)["bob@example.org"][1]) == 2
    shown = well(done, "subscribers", "show", "bob@example.org").splitlines()
    assert any(line.endswith("confirmed: Education, Housing (entered by: list; chosen by: list)") for line in shown)
    assert [line.strip().partition("UTC  ")[2] for line in shown[-3:]] == [
        "confirmed: Education, Housing (list, the config lists them)",
        "ended: Education, Housing (reader, as they asked you)",
        "confirmed: Education, Housing (operator, ended by mistake, and undone)",
    ]
    late = at(done, "subscribers", "undo", "bob@example.org")
    assert (late.code, "has not ended weekly, so there is nothing to undo" in late.err) == (2, True)
    assert at(done, "subscribers", "show", "nobody@example.org").code == 2


def test_an_end_that_is_the_operators_decision_is_the_operators_to_take_back(done: Site) -> None:
    well(done, "subscribers", "end", "alice@example.org", "--ours")
    well(done, "run", "--as-of", WEEK_LATER)
    assert people(done)["alice@example.org"][0] == "ended"
    well(done, "subscribers", "add", "alice@example.org")
    assert people(done)["alice@example.org"][0] == "confirmed"


@pytest.mark.more
def test_who_is_taken_out_of_the_config_gets_the_next_edition_no_more_and_is_back_by_it(fresh: Site) -> None:
    assert "deliver: 3 accepted\n" in well(fresh, "run", "--as-of", "2026-11-16T08:00Z")
    line = '[[subscribers]]\nemail = "carol@example.org"\ncategories = ["scotland"]\n'
    set_line(fresh, line, "")
    assert "deliver: 2 accepted\n" in well(fresh, "run")
    assert people(fresh)["carol@example.org"][0] == "ended"
    assert well(fresh, "subscribers", "list").rstrip().endswith("  list  the config lists them no more")
    (fresh.folder / "config.toml").write_text((fresh.folder / "config.toml").read_text() + line)
    well(fresh, "run")
    assert people(fresh)["carol@example.org"][0] == "confirmed"


def test_one_unknown_category_leaves_its_reader_out_and_nobody_else(published: Site) -> None:
    set_line(published, '"housing", "education"', '"housng", "education"')
    said = at(published, "run")
    words = "[[subscribers]] bob@example.org is left out: the blog has no category housng; did you mean housing?"
    assert (said.code, "deliver: 2 accepted\n" in said.out) == (1, True)
    assert f"solacefeed: {words}\n" in said.err
    assert at(published, "prepare").code == 1
    assert words in [trouble["words"] for trouble in at(published, "status", "--json").data["troubles"]]
    assert words.replace(" is left out", "") in well(published, "check")
    set_line(published, "housng", "housing")
    assert well(published, "prepare") == "prepare: no edition is due; 1 reader entered\n"
    assert people(published)["bob@example.org"][0] == "confirmed"


@pytest.mark.more
def test_a_list_emptied_by_a_slip_ends_nobody_until_it_is_believed(published: Site) -> None:
    more = "".join(f'[[subscribers]]\nemail = "r{number}@example.org"\n' for number in range(3))
    config = published.folder / "config.toml"
    config.write_text(config.read_text() + more)
    well(published, "prepare")
    config.write_text(config.read_text().partition("[[subscribers]]")[0])
    words = "[[subscribers]] names 6 readers no more, too many at once to be believed"
    said = at(published, "prepare")
    assert (said.code, f"solacefeed: {words}" in said.err) == (1, True)
    assert any(line.startswith(words) for line in at(published, "status", "--json").data["advice"])
    assert len(at(published, "subscribers", "held", "list", "--json").data) == 6
    assert {state for state, _ in people(published).values()} == {"confirmed"}
    assert well(published, "subscribers", "held", "refuse") == "held: 6 subscriptions stay\n"
    assert well(published, "subscribers", "held", "list") == "nobody is held back\n"
    assert well(published, "prepare") == "prepare: no edition is due\n"


def test_those_held_back_end_when_it_is_believed(published: Site) -> None:
    more = "".join(f'[[subscribers]]\nemail = "r{number}@example.org"\n' for number in range(3))
    config = published.folder / "config.toml"
    config.write_text(config.read_text() + more)
    well(published, "prepare")
    config.write_text(config.read_text().partition("[[subscribers]]")[0])
    assert well(published, "subscribers", "held", "accept") == "held: 6 subscriptions ended\n"
    assert {state for state, _ in people(published).values()} == {"ended"}


def test_nobody_yet_is_said_in_words(published: Site) -> None:
    assert well(published, "subscribers", "list") == "nobody yet: `solacefeed subscribers add ADDRESS`\n"
    assert at(published, "subscribers", "list", "--json").data == []


def test_without_a_config_nobody_is_entered() -> None:
    assert typed("subscribers", "add", "dave@example.org", "--config", "/dev/null/config.toml").code == 2


# -- choices, pauses and their history -----------------------------------------------------------------------

FURTHER = (
    '[[digests.cadences]]\ncloses = "daily 07:00"\n[[digests]]\nname = "jobs"\ntitle = "Jobs"\ncloses = "daily 07:00"\n'
)


@pytest.fixture
def several(done: Site) -> Site:
    """The site with a further cadence, and another digest."""
    set_line(done, "[mail]\n", f"{FURTHER}[mail]\n")
    return done


def test_what_somebody_gets_is_changed_as_they_asked_and_what_is_not_said_stays(several: Site) -> None:
    said = well(several, "subscribers", "choose", "bob@example.org", "--digest", "weekly", "--cadence", "daily")
    assert said == "subscribers: bob@example.org gets weekly as chosen\n"
    again = well(several, "subscribers", "choose", "bob@example.org", "--digest", "weekly", "--cadence", "daily")
    assert again.endswith(" as chosen, as before\n")
    well(several, "subscribers", "choose", "bob@example.org", "--digest", "weekly", "--language", "cy", "--ours")
    (bob,) = [
        each for each in at(several, "subscribers", "list", "--json").data if "bob" in each["subscriber"]["email"]
    ]
    assert (len(bob["category_ids"]), bob["cadence"], bob["language"]) == (2, "daily", "cy")
    assert (bob["chosen_by"], sorted(bob["since"])) == ("operator", bob["category_ids"])


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("choose", "bob@example.org", "--everything"), "there are several digests: say which by --digest, one of"),
        (("add", "bob@example.org"), "there are several digests: say which by --digest, one of weekly, jobs"),
        (("undo", "bob@example.org"), "there are several digests: say which by --digest, one of weekly, jobs"),
        (("choose", "bob@example.org", "--digest", "weekly"), "say what changes: --categories, --everything,"),
        (
            ("choose", "bob@example.org", "--digest", "jobs", "--everything"),
            "bob@example.org does not get jobs",
        ),
        (
            ("choose", "bob@example.org", "--digest", "weekly", "--cadence", "monthly"),
            "weekly has no cadence monthly; it comes weekly or daily",
        ),
        (
            ("choose", "bob@example.org", "--digest", "weekly", "--language", "Welsh!"),
            "--language 'Welsh!' must be a language tag (BCP 47)",
        ),
        (("pause", "bob@example.org", "--until", "2026-11-01"), "a pause until 2026-11-01 00:00 UTC is over already"),
        (("pause", "nobody@example.org"), "nobody@example.org is not a subscriber"),
        (("resume", "bob@example.org", "--digest", "jobs"), "bob@example.org does not get jobs"),
        (("history", "nobody@example.org"), "nobody@example.org is not a subscriber"),
    ],
)
def test_what_cant_be_changed_is_told_in_a_line(several: Site, words: tuple[str, ...], cause: str) -> None:
    said = at(several, "subscribers", *words)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert cause in said.err


def test_a_pause_is_of_all_that_somebody_has_and_its_history_says_so(several: Site) -> None:
    well(several, "subscribers", "add", "bob@example.org", "--digest", "jobs")
    said = well(several, "subscribers", "pause", "bob@example.org", "--until", "2026-12-24")
    assert said == "subscribers: bob@example.org has weekly and jobs paused until 24 December 2026, 00:00\n"
    assert "paused until 2026-12-24 00:00 UTC" in well(several, "subscribers", "list")
    assert "; paused, until `solacefeed subscribers resume bob@example.org`\n" in well(
        several, "subscribers", "add", "bob@example.org", "--digest", "jobs"
    )
    assert well(several, "subscribers", "resume", "bob@example.org").endswith("gets weekly and jobs again\n")
    assert well(several, "subscribers", "resume", "bob@example.org").endswith(" without a pause\n")
    told = at(several, "subscribers", "history", "bob@example.org", "--json").data
    assert [(each["digest"], each["change"]["state"], each["change"]["actor"]) for each in told] == [
        ("jobs", "confirmed", "operator"),
        ("jobs", "paused", "reader"),
        ("jobs", "confirmed", "reader"),
        ("weekly", "confirmed", "list"),
        ("weekly", "paused", "reader"),
        ("weekly", "confirmed", "reader"),
    ]
    lines = well(several, "subscribers", "history", "bob@example.org", "--digest", "weekly").splitlines()
    assert lines[0].split() == ["at", "digest", "by", "state", "categories", "cadence", "language", "because"]
    assert len(lines) == 4


def test_who_has_ended_has_nothing_to_pause(done: Site) -> None:
    well(done, "subscribers", "end", "bob@example.org")
    said = at(done, "subscribers", "pause", "bob@example.org")
    assert (said.code, "bob@example.org gets no digest: `solacefeed subscribers show" in said.err) == (2, True)


@pytest.mark.more
def test_a_paused_reader_gets_no_edition_until_the_pause_is_over(fresh: Site) -> None:
    assert "deliver: 3 accepted\n" in well(fresh, "run", "--as-of", "2026-11-16T08:00Z")
    well(fresh, "subscribers", "pause", "alice@example.org", "--until", "2026-11-25", "--as-of", "2026-11-16T08:00Z")
    assert "deliver: 2 accepted\n" in well(fresh, "run")
    said = well(fresh, "run", "--as-of", WEEK_LATER)
    assert "1 reader back from a pause" in said
    assert people(fresh)["alice@example.org"][0] == "confirmed"


# -- categories ----------------------------------------------------------------------------------------------


def test_categories_are_listed_with_their_readers_and_moved(done: Site) -> None:
    lines = well(done, "categories", "list").splitlines()
    assert lines[0].split() == ["slug", "name", "state", "readers", "came"]
    readers = {each["slug"]: each["readers"] for each in at(done, "categories", "list", "--json").data}
    assert (readers["housing"], readers["scotland"], readers["homelessness"]) == (1, 1, 0)
    said = well(done, "categories", "move", "scotland", "housing")
    assert said == "categories: 1 subscription moved from scotland to housing\n"
    assert well(done, "categories", "move", "scotland", "housing", "--digest", "weekly").startswith("categories: 0 ")
    refused = at(done, "categories", "move", "scotland", "housng")
    assert (refused.code, "did you mean housing?" in refused.err) == (2, True)


def test_status_counts_whom_a_vanished_category_has_left_with_nothing(done: Site) -> None:
    store = open_store(f"sqlite:///{done.folder}/var/solacefeed.db")
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE categories SET listed = false WHERE slug = 'scotland'")
    store.close()
    said = at(done, "status", "--json").data
    (hint,) = [each for each in said["hints"] if each["key"] == "left-without:weekly"]
    assert hint["words"] == "1 reader of weekly chose only what the blog has no more (scotland)"
    assert "solacefeed categories move OLD NEW" in hint["ends_by"]
    well(done, "categories", "move", "scotland", "housing")
    assert "left-without:weekly" not in [each["key"] for each in at(done, "status", "--json").data["hints"]]


@pytest.mark.parametrize(
    "words", [["subscribers", "pause", "alice@example.org", "--until"], ["subscribers", "changes", "--since"]]
)
def test_who_writes_no_day_is_told_that_a_plain_one_does(done: Site, words: list[str]) -> None:
    said = at(done, *words, "tomorrow")
    assert said.code == 2
    assert "'tomorrow' is no day, such as 2027-04-13, and no instant, as 2027-04-13T08:00Z" in said.err
