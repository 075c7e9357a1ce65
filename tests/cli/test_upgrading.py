"""``upgrade``: what a new release would change is told before, on a copy; then it is done once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from solacefeed.store import migrations
from tests.cli.prompt import WEEKLY, at, rehearsed, well
from tests.store.releases import rows
from tests.support.older import made_by_an_older_release
from tests.support.site import Site


def test_what_waits_is_told_and_the_store_is_left_as_it_is(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", more=WEEKLY)
    file = site.folder / "var/solacefeed.db"
    made_by_an_older_release(f"sqlite:///{file}", "0037")
    before = hashlib.sha256(file.read_bytes()).digest()
    said = well(site, "upgrade", "--check")
    assert "upgrade: 0038 canaries" in said
    assert f"upgrade: {int(migrations.HEAD) - 37} migrations wait" in said
    assert hashlib.sha256(file.read_bytes()).digest() == before
    assert well(site, "upgrade") == f"upgrade: the store was at revision 0037, and is at {migrations.HEAD}\n"
    assert well(site, "upgrade") == f"upgrade: the store is at revision {migrations.HEAD}, the newest\n"


@pytest.mark.more
def test_what_readers_would_see_again_is_told_of_a_filled_store(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    config = (rows.HERE / rows.kept()[-1] / "config.toml").read_text(encoding="utf-8")
    (folder / "config.toml").write_text(config, encoding="utf-8")
    site = Site(folder)
    rows.load(rows.kept()[-1], f"sqlite:///{folder}/var/solacefeed.db")
    said = at(site, "upgrade", "--check", "--json")
    assert said.code == 0, said
    assert said.data["migrations"][0]["revision"] == "0005"
    assert said.data["differences"]
    assert not (folder / "feeds").exists()


@pytest.mark.more
def test_of_a_site_as_it_is_nothing_would_change(done: Site) -> None:
    said = well(done, "upgrade", "--check")
    assert "upgrade: no document would change" in said
    assert "upgrade: 0 migrations wait" in said


def test_where_no_store_is_it_says_so(tmp_path: Path) -> None:
    said = at(rehearsed(tmp_path / "site"), "upgrade", "--check")
    assert (said.code, said.out) == (1, "")
    assert "there is no store at" in said.err
