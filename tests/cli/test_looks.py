"""Looking changes nothing: no row, no byte, no schema. A store that can't be used is one line, whatever is asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
import pytest

from solacefeed.cli.root import root
from solacefeed.store import migrations
from tests.cli.prompt import WEEKLY, at, rehearsed, well
from tests.support.limits import bits_bind, no_room
from tests.support.older import REVISION, made_by_an_older_release
from tests.support.site import Site

#: What a look is called.
LOOKING = ("check", "status", "list", "show", "preview", "redirects")
#: Stands for a post's id.
POST = "POST"
#: What some of them want to know.
WORDS = {
    ("redirects",): ("nginx",),
    ("posts", "show"): (POST,),
    ("posts", "quarantine", "show"): ("1",),
    ("events", "show"): ("summit-2027",),
    ("editions", "show"): ("weekly/2026-11-23",),
    ("deliveries", "show"): ("1",),
    ("subscribers", "show"): ("alice@example.org",),
}
#: It looks at the clock that a live store lives by; these are rehearsed.
OF_LIVE_STORES = {("clock", "check")}


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name)


LOOKS = [
    *((*path, *WORDS.get(path, ())) for path in _commands(root) if path[-1] in LOOKING and path not in OF_LIVE_STORES),
    ("publish", "--check"),
    ("publish", "--check", "--all"),
]


def held(site: Site) -> dict[str, bytes]:
    """The store, and everything that stands beside it, but for what ``preview`` writes."""
    return {path.name: path.read_bytes() for path in (site.folder / "var").iterdir() if path.is_file()}


@pytest.mark.more
def test_no_look_changes_a_byte_of_the_store_or_leaves_anything_beside_it(done: Site) -> None:
    newest = at(done, "posts", "list", "--json").data[0]["id"]
    before = held(done)
    for look in LOOKS:
        said = at(done, *(newest if word == POST else word for word in look))
        assert said.code == 0 or "is not in quarantine" in said.err, look
        assert held(done) == before, look


@pytest.fixture
def older(tmp_path: Path) -> Site:
    """A site whose store an older release has left."""
    site = rehearsed(tmp_path / "site", more=WEEKLY)
    made_by_an_older_release(f"sqlite:///{site.folder}/var/solacefeed.db")
    return site


def test_a_look_leaves_a_store_of_an_older_release_as_it_is_and_says_so(older: Site) -> None:
    before = held(older)
    for look in LOOKS:
        if look != ("check",):
            said = at(older, *look)
            assert (said.code, said.out) == (1, ""), look
            assert said.err == (
                f"solacefeed: the store is of an older release (revision {REVISION}, this one has {migrations.HEAD}): "
                "back it up, then `solacefeed run`; the next deed brings it up to date, and nothing brings it back\n"
            )
        assert held(older) == before, look


@pytest.mark.more
def test_check_says_what_the_next_deed_would_make_of_an_older_store(older: Site) -> None:
    before = held(older)
    lines = well(older, "check").splitlines()
    assert lines[-1].endswith(f"store at revision {REVISION}; the next deed brings it to {migrations.HEAD}")
    assert any("the store is of an older release" in line and "back it up" in line for line in lines)
    assert held(older) == before
    well(older, "poll")
    assert well(older, "check").splitlines()[-1].endswith(f"; store at revision {migrations.HEAD}")


def test_check_makes_no_store(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site")
    assert well(site, "check").endswith("; no store yet\n")
    assert [path.name for path in site.folder.iterdir()] == ["config.toml"]


def test_check_asks_whether_a_store_stands_elsewhere_where_there_are_documents_and_none(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site")
    well(site, "run")
    config = site.folder / "config.toml"
    config.write_text(config.read_text() + '[store]\nurl = "sqlite:///vra/solacefeed.db"\n')
    first, *_, last = well(site, "check").splitlines()
    assert first.startswith("check: worth a look: [store] url: ")
    assert "vra/solacefeed.db has no store, and " in first
    assert last.endswith("; no store yet")


# -- trouble ----------------------------------------------------------------------------------------------


def _mode(path: str, mode: int) -> Callable[[Site], None]:
    return lambda site: (site.folder / path).chmod(mode)


def _folder_instead(site: Site) -> None:
    _without_store(site)
    (site.folder / "var" / "solacefeed.db").mkdir()


def _without_store(site: Site) -> None:
    for path in (site.folder / "var").glob("solacefeed.db*"):
        path.unlink()


def _unmakeable(site: Site) -> None:
    _without_store(site)
    (site.folder / "var").chmod(0o555)


def _diary(site: Site) -> None:
    (site.folder / "var" / "solacefeed.db").write_text("Dear diary, " * 1000)


#: What may be wrong with a site's files, for which commands, and the exit code.
TROUBLES: dict[str, tuple[Callable[[Site], None], Sequence[str], int]] = {
    "a folder that may not be entered": (_mode("var", 0o000), ("check", "status", "run", "publish --check"), 1),
    "a folder that may not be written": (_mode("var", 0o555), ("check", "status", "run", "subscribers list"), 1),
    "no store, and none can be made": (_unmakeable, ("poll", "run", "subscribers add x@example.org"), 1),
    "a store that may not be read": (_mode("var/solacefeed.db", 0o000), ("check", "status", "run"), 1),
    "a store that may not be written": (
        _mode("var/solacefeed.db", 0o444),
        ("poll", "run", "subscribers add x@example.org"),
        1,
    ),
    "a folder in its place": (_folder_instead, ("check", "status", "run"), 1),
    "a file that is no database": (_diary, ("check", "status", "run"), 1),
    "feeds that may not be entered": (_mode("feeds", 0o000), ("publish", "publish --check", "redirects nginx"), 1),
    "a config that may not be read": (_mode("config.toml", 0o000), ("check", "status", "run"), 2),
    "a site that may not be entered": (_mode(".", 0o000), ("check", "status", "run", ""), 2),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_whatever_is_wrong_with_the_files_is_one_line(done: Site, name: str) -> None:
    spoil, commands, code = TROUBLES[name]
    spoil(done)
    with bits_bind():
        told = {command: at(done, *command.split()) for command in commands}
    for folder, _, _ in os.walk(done.folder):
        Path(folder).chmod(0o755)
    assert {command: said.code for command, said in told.items()} == dict.fromkeys(commands, code)
    assert {command: said.err.count("\n") for command, said in told.items()} == dict.fromkeys(commands, 1)


def test_a_folder_that_may_not_be_entered_gets_no_site(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o000)
    with bits_bind():
        said = at(Site(tmp_path / "shut" / "site"), "init", str(tmp_path / "shut" / "site"))
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert said.err.endswith("can't be looked at: Permission denied\n")


@pytest.mark.parametrize("deed", ["poll", "publish --all", "run", "subscribers add x@example.org", "posts reread"])
def test_a_disk_without_room_is_one_line_and_costs_nothing_that_was_kept(done: Site, deed: str) -> None:
    before = well(done, "posts", "list"), done.published()
    with no_room():
        said = at(done, *deed.split())
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert (well(done, "posts", "list"), done.published()) == before
