"""``corrections`` and ``editions why``: what is told of posts after they were mailed, and why who got what."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from solacefeed.store import posts
from solacefeed.store.database import open_store
from tests.cli.prompt import at, well
from tests.support.site import Site

BUILD = "1311"


def added(site: Site, words: str = "The second table was of 2024.") -> str:
    """The beginning of the key under which these words are told."""
    said = well(site, "corrections", "add", BUILD, "--words", words, "--as-of", "2026-11-23T09:00:00Z")
    found = re.search(r"corrections drop (\w+)", said)
    assert found
    return found[1]


def withdrawn(site: Site) -> None:
    """The blog has removed a post that was mailed."""
    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    with store.write() as connection:
        posts.bury(connection, {BUILD: "deleted (404)"}, at=datetime(2026, 11, 23, 7, 30, tzinfo=UTC))
    store.close()


def test_where_nothing_has_changed_there_is_nothing_to_correct(done: Site) -> None:
    assert well(done, "corrections", "list") == "nothing to correct\n"


def test_an_editors_words_are_listed_with_the_editions_that_brought_the_post(done: Site) -> None:
    key = added(done)
    row = well(done, "corrections", "list").splitlines()[1]
    assert re.split(r"\s{2,}", row) == [
        key,
        BUILD,
        "Build the homes & keep the people: The second table was of 2024.",
        "weekly/2026-11-23",
        "yes",
    ]


def test_what_is_dropped_is_told_to_nobody_and_can_be_told_after_all(done: Site) -> None:
    key = added(done)
    assert well(done, "corrections", "drop", key[:6]).endswith("nobody is told of it from now on\n")
    assert well(done, "corrections", "list").rstrip().endswith(" no")
    assert well(done, "corrections", "tell", key).endswith("whoever has got it is told in their next edition\n")
    assert well(done, "corrections", "list").rstrip().endswith(" yes")


def test_status_hints_at_what_waits_for_the_editors_word(done: Site) -> None:
    assert "correction" not in well(done, "status")
    withdrawn(done)
    assert "1 correction of posts that were mailed, told on your word alone" in at(done, "status").out
    (row,) = well(done, "corrections", "list").splitlines()[1:]
    assert row.endswith("not yet: tell or drop it")
    well(done, "corrections", "drop", row.split()[0])
    assert "on your word alone" not in at(done, "status").out


def test_for_programs_a_correction_has_its_whole_key(done: Site) -> None:
    key = added(done)
    (told,) = at(done, "corrections", "list", "--json").data
    assert told["correction"]["key"].startswith(key)
    assert len(told["correction"]["key"]) == 64
    assert (told["told"], told["edition_ids"]) == (True, ["weekly/2026-11-23"])


def test_a_key_that_there_is_not_and_a_post_that_nobody_got_are_refused(done: Site) -> None:
    said = at(done, "corrections", "tell", "abc")
    assert (said.code, said.err) == (
        2,
        "solacefeed: there is no correction that begins with abc: `solacefeed corrections list`\n",
    )
    said = at(done, "corrections", "add", "1201", "--words", "Wrong.")
    assert (said.code, said.err) == (
        2,
        "solacefeed: no edition has brought post 1201 lately: `solacefeed editions list`\n",
    )


def test_why_tells_each_post_in_a_line_with_what_decided_it(done: Site) -> None:
    said = well(done, "editions", "why", "weekly/2026-11-23", "carol@example.org").splitlines()
    assert said[0].split(maxsplit=1) == ["edition", "weekly/2026-11-23 (weekly, weekly cadence), done"]
    assert any(re.match(r"choice +Scotland \(from 2026-11-16 07:00 UTC\)", line) for line in said)
    kinds = {re.split(r"\s{2,}", line)[-2] for line in said if line.startswith("out ")}
    assert {"not chosen", "protected"} <= kinds


def test_why_tells_all_posts_where_there_are_not_too_many(done: Site) -> None:
    asked = ("editions", "why", "weekly/2026-11-30", "carol@example.org")
    assert well(done, *asked) == well(done, *asked, "--all")


def test_why_answers_programs_with_all_that_it_knows(done: Site) -> None:
    told = at(done, "editions", "why", "weekly/2026-11-23", "alice@example.org", "--json").data
    assert (told["edition_id"], told["state"], told["nothing"]) == ("weekly/2026-11-23", "done", None)
    assert [line["post_id"] for line in told["lines"] if line["brought"]] == ["1311", "1303", "1298", "1291", "1284"]


def test_why_of_an_unknown_address_is_refused(done: Site) -> None:
    said = at(done, "editions", "why", "weekly/2026-11-23", "dan@example.org")
    assert (said.code, said.err) == (
        2,
        "solacefeed: dan@example.org is nobody's address here: `solacefeed subscribers list`\n",
    )
