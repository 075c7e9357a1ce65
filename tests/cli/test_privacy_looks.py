"""What a run does beside its deeds for people's privacy: each part of it, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from solacefeed.store.database import sqlite_module
from tests.cli.prompt import at, set_line, tokens, well
from tests.support.site import Site

#: A trigger stands for whatever keeps a statement from its work.
FAIL = "BEGIN SELECT RAISE(ABORT, 'out of order'); END"


def a_mailbox(site: Site, who: str) -> Path:
    """One into which somebody has written to be sent no more."""
    path = site.folder / "unsubscribe.mbox"
    subject = f"unsubscribe {tokens(site)[f'{who}@example.org']}"
    mail = f"From {who} Mon Nov 23 09:00:00 2026\nFrom: {who}@example.org\nSubject: {subject}\n\nPlease.\n"
    path.write_text(mail, encoding="utf-8")
    return path


def read_mailboxes(site: Site, *paths: Path) -> None:
    listed = ", ".join(f'"{path}"' for path in paths)
    set_line(site, "unsubscribe_mailbox =", f"unsubscribe_files = [{listed}]\nunsubscribe_mailbox =")


def asked(site: Site, *statements: str) -> list[Any]:
    """What the last of some statements finds in the store."""
    with closing(sqlite_module().connect(site.folder / "var" / "solacefeed.db")) as connection:
        found = [connection.execute(each).fetchall() for each in statements][-1]
        connection.commit()
    return list(found)


@pytest.fixture
def waiting(done: Site) -> Site:
    """Alice has written, Bob waits to be erased, and Carol's consent has its network longer than it may."""
    read_mailboxes(done, a_mailbox(done, "alice"))
    asked(
        done,
        "INSERT INTO erasures (subscriber_id, actor, at) SELECT id, 'reader', '2026-11-23 08:00:00.000000' "
        "FROM subscribers WHERE email = 'bob@example.org'",
        "UPDATE consents SET network = '192.0.2.0/24', recorded_at = '2026-01-01 08:00:00.000000' "
        "WHERE subscriber_id = (SELECT id FROM subscribers WHERE email = 'carol@example.org')",
    )
    return done


def _mailbox(site: Site) -> None:
    set_line(site, "unsubscribe_files = [", f'unsubscribe_files = ["{site.folder / "gone" / "no.mbox"}", ')


def _retention(site: Site) -> None:
    asked(site, f"CREATE TRIGGER broken BEFORE UPDATE OF network ON consents {FAIL}")


def _erasing(site: Site) -> None:
    asked(site, f"CREATE TRIGGER broken BEFORE INSERT ON fingerprints {FAIL}")


def _rewriting(site: Site) -> None:
    emptied = "WHEN NEW.name = 'erased_since' AND NEW.value = ''"
    asked(site, f"CREATE TRIGGER broken BEFORE UPDATE ON facts {emptied} {FAIL}")


@pytest.mark.more
@pytest.mark.parametrize(
    ("name", "fails", "undone"),
    [
        ("unsubscribes", _mailbox, set()),
        ("retention", _retention, {"network"}),
        ("erase", _erasing, {"bob"}),
        ("rewrite", _rewriting, {"file"}),
    ],
)
def test_what_does_not_work_stops_nothing_else(
    waiting: Site, name: str, fails: Callable[[Site], None], undone: set[str]
) -> None:
    fails(waiting)
    said = at(waiting, "run")
    assert said.code == 1
    assert [line.split(": ")[1] for line in said.err.splitlines()] == [name]
    assert set(_left(waiting)) == undone


def _left(site: Site) -> Iterator[str]:
    """What a run should have done and has not."""
    if asked(
        site,
        "SELECT 1 FROM subscriptions JOIN subscribers s ON s.id = subscriber_id "
        "WHERE s.email = 'alice@example.org' AND state <> 'ended'",
    ):
        yield "alice"
    if asked(site, "SELECT 1 FROM consents WHERE network IS NOT NULL"):
        yield "network"
    if asked(site, "SELECT 1 FROM erasures"):
        yield "bob"
    if asked(site, "SELECT 1 FROM facts WHERE name = 'erased_since' AND value <> ''"):
        yield "file"


@pytest.mark.more
def test_who_has_written_to_be_sent_no_more_has_no_copy_of_the_edition_that_is_prepared_then(fresh: Site) -> None:
    well(fresh, "run", "--as-of", "2026-11-16T08:00Z")
    read_mailboxes(fresh, a_mailbox(fresh, "alice"))
    well(fresh, "run")
    copies = asked(fresh, "SELECT email FROM deliveries WHERE edition_id = 'weekly/2026-11-23' ORDER BY email")
    assert copies == [("bob@example.org",), ("carol@example.org",)]


def test_networks_go_by_chunks_until_none_is_left(done: Site) -> None:
    row = (
        "INSERT INTO consents (subscriber_id, digest, basis, at, how, claimed, network, recorded_at) "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001) "
        "SELECT 1, 'weekly', 'consent', '2026-01-01 08:00:00.000000', 'page', 0, '192.0.2.0/24', "
        "CASE i WHEN 1 THEN '2026-11-22 08:00:00.000000' ELSE '2026-01-01 08:00:00.000000' END FROM n"
    )
    asked(done, row)
    well(done, "run")
    assert asked(done, "SELECT count(*) FROM consents WHERE network IS NOT NULL") == [(1,)]


def test_a_site_that_has_neither_pages_nor_a_digest_any_more_keeps_nothing_longer(waiting: Site) -> None:
    path = waiting.folder / "config.toml"
    config = path.read_text(encoding="utf-8")
    digest, people = config.index("[[digests]]"), config.index("[mail]")
    path.write_text(config[:digest] + config[people:].partition("[[subscribers]]")[0], encoding="utf-8")
    well(waiting, "digests", "end", "weekly")
    well(waiting, "run")
    assert set(_left(waiting)) == set()
