"""A site goes over from SQLite to PostgreSQL: what waited goes from there, once."""

from __future__ import annotations

from pathlib import Path

from tests.cli.prompt import PEOPLE, WEEKLY, at, rehearsed, set_line, well
from tests.support.databases import Databases
from tests.support.site import Site

FILE, MOVED_TO = "sqlite:///var/solacefeed.db", "postgresql+psycopg://solacefeed@/test_"


def states(site: Site) -> dict[str, str]:
    return {each["email"]: each["state"] for each in at(site, "deliveries", "list", "--json").data}


def mails(site: Site) -> int:
    return len(list((site.folder / "var/mail").rglob("*.eml")))


def test_what_waited_goes_from_the_new_store_and_nothing_from_the_old_one(tmp_path: Path, databases: Databases) -> None:
    site = rehearsed(tmp_path / "site", more=WEEKLY + PEOPLE + f'[store]\nurl = "{FILE}"\n')
    for deed in ("poll", "prepare"):
        well(site, deed)
    waiting = states(site)
    with databases.migrated() as address:
        said = well(site, "migrate-store", FILE, address)
        assert "counts and hashes are the same" in said
        assert f'[store]\nurl = "{MOVED_TO}' in said
        for words in (("deliver",), ("run",), ("subscribers", "add", "dora@example.org")):
            refused = at(site, *words)
            assert refused.code == 1
            assert f"the store was moved to {MOVED_TO}" in refused.err
            assert "let [store] url name that" in refused.err
        told = at(site, "status", "--json").data["troubles"]
        assert [each["key"] for each in told if "was moved to" in each["words"]] == ["home"]
        set_line(site, FILE, address)
        assert states(site) == waiting
        well(site, "run")
        assert set(states(site).values()) == {"accepted"}
        assert mails(site) == len(waiting)
        # As `status` says, also where no folder is named.
        assert "pg_dump --format=custom" in at(site, "backup").err
