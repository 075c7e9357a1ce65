"""The manners of every command: help, exit codes, one line for what is wrong, and words for people or for programs."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import termios
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from solacefeed.cli.root import SECTIONS, ListedCommand, root
from tests.cli.prompt import NOW, at, mails, set_line, tokens, typed, well
from tests.support import warm
from tests.support.site import Site


def commands(group: click.Group = root, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group with its words."""
    for name, command in sorted(group.commands.items()):
        words = (*above, name)
        yield words, command
        if isinstance(command, click.Group):
            yield from commands(command, words)


EVERY = dict(commands())
#: The options that every command takes.
COMMON = {"config", "as_of", "json", "quiet", "verbose"}


# -- help -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_explains_itself_and_each_of_its_options(words: tuple[str, ...]) -> None:
    command = EVERY[words]
    assert command.help
    assert command.help.splitlines()[0].endswith(".")
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    said = typed(*words, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: solacefeed {' '.join(words)} ")
    assert typed(*words, "-h") == said


@pytest.mark.parametrize("words", [words for words in EVERY if not isinstance(EVERY[words], click.Group)], ids=" ".join)
def test_every_command_takes_the_common_options(words: tuple[str, ...]) -> None:
    assert {param.name for param in EVERY[words].params} >= COMMON


def test_the_help_lists_every_command_once_in_the_order_of_need() -> None:
    listed = re.findall(r"^  ([a-z]+(?:-[a-z]+)*)  ", typed("--help").out, re.M)
    assert sorted(listed) == sorted(root.commands)
    assert listed == [name for entries in SECTIONS.values() for name in entries]


@pytest.mark.parametrize(
    "entry", [(name, entry) for each in SECTIONS.values() for name, entry in each.items()], ids=str
)
def test_the_help_says_of_a_command_what_it_says_of_itself(entry: tuple[str, ListedCommand]) -> None:
    name, listed = entry
    assert root.commands[name].get_short_help_str(limit=80) == listed.summary


def test_the_version_is_told() -> None:
    assert typed("--version").out == f"solacefeed {version('solacefeed')}\n"


def test_solacefeed_alone_says_what_to_do_next(done: Site, tmp_path: Path) -> None:
    here = done.do()
    assert (here.returncode, here.stdout.splitlines()[0]) == (0, "config.toml is here. What next?")
    nowhere = Site(tmp_path).do()
    assert (nowhere.returncode, nowhere.stdout.splitlines()[0]) == (0, "There is no config.toml here. What next?")
    for said in (here, nowhere):
        named = re.findall(r"^  solacefeed(?: --config FILE)? (\w[\w-]*)", said.stdout, re.M)
        assert set(named) <= root.commands.keys()
        assert said.stderr == ""


# -- what is wrong, in one line -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nonsense"], "no such command 'nonsense'. See `solacefeed --help`"),
        (["complaint"], "no such command 'complaint'. Did you mean 'complaints'? See `solacefeed --help`"),
        (
            ["subscriber"],
            "no such command 'subscriber'. Did you mean one of: 'subscribers', 'unsubscribes'? See `solacefeed --help`",
        ),
        (["posts", "find"], "no such command 'find'. See `solacefeed posts --help`"),
        (["posts", "show"], "missing argument 'ID'. See `solacefeed posts show --help`"),
        (["publish", "--jsn"], "no such option '--jsn'. Did you mean '--json'? See `solacefeed publish --help`"),
        (["poll", "now"], "got unexpected extra argument (now). See `solacefeed poll --help`"),
        (["posts", "list", "--limit", "0"], "invalid value for '--limit': 0 is not in the range 1<=x<=100000."),
        (["deliveries", "list", "--state", "sent"], "invalid value for '--state': 'sent' is not one of 'pending',"),
        (["deliveries", "show", "one"], "invalid value for 'ID': 'one' is not a valid integer."),
        (["--config"], "option '--config' requires an argument."),
        (["--config", "/", "poll"], "invalid value for '--config': File '/' is a directory."),
    ],
)
def test_a_wrong_word_is_told_in_one_line_with_the_way_to_the_right_one(words: Sequence[str], line: str) -> None:
    said = typed(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"solacefeed: {line}")
    assert said.err.endswith("--help`\n")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["posts", "show", "9"], "there is no post 9: `solacefeed posts list`"),
        (["events", "show", "gala"], "there is no event gala: `solacefeed events list`"),
        (
            ["editions", "show", "weekly/2026-11-22"],
            "there is no edition weekly/2026-11-22: `solacefeed editions list`",
        ),
        (["deliveries", "show", "9"], "there is no delivery 9: `solacefeed deliveries list`"),
    ],
)
def test_an_unknown_id_is_told_with_the_list_of_the_known_ones(done: Site, words: Sequence[str], line: str) -> None:
    said = at(done, *words)
    assert (said.code, said.out, said.err) == (2, "", f"solacefeed: {line}\n")


@pytest.mark.parametrize(
    "group",
    [
        words
        for words, command in EVERY.items()
        if isinstance(command, click.Group) and not command.invoke_without_command
    ],
    ids=" ".join,
)
def test_a_group_without_its_command_shows_what_there_is(group: tuple[str, ...]) -> None:
    said = typed(*group)
    assert (said.code, said.out) == (2, "")
    assert said.err == typed(*group, "--help").out


# -- options before and after ---------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--as-of", NOW, "preview"], ["preview", "--as-of", NOW], ["preview"]])
def test_an_option_stands_before_the_command_or_after_it(done: Site, words: Sequence[str]) -> None:
    assert "weekly/2026-11-23: 5 posts" in well(done, *words)


@pytest.mark.parametrize("words", [["-q", "run"], ["run", "-q"], ["run", "--quiet"]])
def test_quiet_is_quiet_wherever_it_stands(done: Site, words: Sequence[str]) -> None:
    assert well(done, *words) == ""


LOOKING = [
    ("status",),
    ("check",),
    ("posts", "list"),
    ("posts", "show", "1291"),
    ("events", "list"),
    ("editions", "list"),
    ("editions", "show", "weekly/2026-11-23"),
    ("deliveries", "list"),
    ("deliveries", "show", "1"),
    ("subscribers", "list"),
]


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_each_look_speaks_to_people_to_programs_or_not_at_all(done: Site, words: Sequence[str]) -> None:
    assert len(well(done, *words)) > 40
    assert json.loads(well(done, *words, "--json"))
    assert well(done, *words, "-q") == ""


def test_a_list_that_was_cut_says_so(done: Site) -> None:
    assert well(done, "posts", "list", "--limit", "3").endswith("these are the newest 3: --limit 30 shows more\n")
    assert "--limit" not in well(done, "posts", "list")


# -- where the words go ---------------------------------------------------------------------------------------


@pytest.mark.more
def test_a_pipe_that_closes_stops_no_deed(published: Site) -> None:
    read, write = os.pipe()
    os.close(read)
    run = published.command("run")
    done = subprocess.run(run, cwd=published.folder, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(mails(published)) == 3


@pytest.mark.more
def test_a_full_disk_behind_stdout_is_told_and_stops_no_deed(published: Site) -> None:
    run = published.command("run")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(run, cwd=published.folder, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"solacefeed: stdout can't be written: No space left on device\n")
    assert len(mails(published)) == 3


@pytest.mark.more
def test_a_terminal_that_lacks_a_letter_gets_its_number(done: Site) -> None:
    done.environ["PYTHONIOENCODING"] = "ascii"
    assert "a family\\u2019s year" in done.told("posts", "list")
    listed = at(done, "posts", "list", "--json")
    assert listed.out.isascii(), "for programs it has no letter that a terminal could lack"
    assert "What a temporary home does to a family’s year" in [post["title"] for post in listed.data]


def test_a_pipe_gets_whole_lines_without_colour(done: Site) -> None:
    done.environ["COLUMNS"] = "40"
    lines = done.told("deliveries", "list").splitlines()
    assert len(lines) == 4
    assert all(line == line.rstrip() and "\x1b" not in line for line in lines)


def in_terminal(site: Site, columns: int, *words: str) -> list[str]:
    """The lines that a terminal of this width gets."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    command = warm.Command(words, site.folder, os.environ | site.environ, out=theirs, err=theirs)
    os.close(theirs)
    got = b""
    # Linux says EIO when the last process has let go of the terminal.
    with suppress(OSError):
        while part := os.read(ours, 65536):
            got += part
    assert command.wait() == 0
    os.close(ours)
    return got.decode().replace("\r\n", "\n").splitlines()


def words_of(told: str) -> list[str]:
    """All but how much of the disk is free, which others write on meanwhile."""
    return re.sub(r"disk\s+[\d.]+", "disk ...", " ".join(told.split())).split()


@pytest.mark.parametrize("columns", [44, 60, 80])
def test_in_a_narrow_terminal_words_stay_whole_and_values_under_one_another(done: Site, columns: int) -> None:
    lines = in_terminal(done, columns, "status")
    assert max(map(len, lines)) <= columns
    assert words_of(" ".join(lines)) == words_of(done.told("status"))
    assert {line[:13].strip() for line in lines} >= {"store", "poll", "digest weekly", "to do"}


def test_in_a_narrow_terminal_a_time_stays_on_its_line_and_no_cell_is_cut_off(done: Site) -> None:
    done.environ["TERM"] = "dumb"
    lines = in_terminal(done, 60, "posts", "list", "--limit", "1")
    assert max(map(len, lines)) <= 60
    assert "2026-11-20 16:45 UTC" in lines[1]
    assert "…" not in "".join(lines)


# -- what -v tells --------------------------------------------------------------------------------------------


def test_verbose_tells_what_was_asked_written_and_handed_over_and_nobodys_address(fresh: Site) -> None:
    said = fresh.do("-v", "run")
    assert said.returncode == 0
    assert said.stdout.splitlines()[0].startswith("poll: 20 new")
    for line in (
        r"solacefeed\.http_client: GET https://blog\.example\.org/wp-json/wp/v2/posts\?\S+: 200, \d+ bytes",
        r"solacefeed\.deeds\.posts\.take_over: a batch is kept: 20 posts read, 0 gone",
        r"solacefeed\.files: \S+/feeds/category/housing\.atom: \d+ bytes written",
        r"solacefeed\.deeds\.delivering\.edition_copies: weekly/2026-11-23, copy \d: accepted",
    ):
        assert re.search(f"^{line}$", said.stderr, re.M), line
    assert "@" not in said.stderr


def test_twice_verbose_tells_how_an_error_came_about_and_no_token(done: Site) -> None:
    held = tokens(done).values()
    assert len(held) == 3
    set_line(done, "example.org,2012", "example.org,2013")
    said = done.do("-vv", "run")
    assert said.returncode == 1
    assert "Traceback" in said.stderr
    assert said.stderr.splitlines()[-1].startswith("solacefeed: [site] tag_authority is ")
    assert not any(token in said.stderr for token in held)


def test_without_verbose_nothing_is_logged(fresh: Site) -> None:
    assert fresh.do("run").stderr == ""
