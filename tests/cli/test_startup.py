"""A command loads what it does and no more: that is held here by name, and timed by benchmarks/bench_startup.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.site import Site

#: Runs a command, and tells last which modules it has loaded.
TELLING = """
import json, sys
from solacefeed.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted(sys.modules)))
"""

CONFIG_AND_STORE = {"click", "email_validator", "pydantic", "pysqlite3", "sqlalchemy"}
#: What a real question to a blog takes: the client, and what reads names and titles.
ASKING = {"brotli", "httpx", "lxml", "nh3"}

#: Every library that has a home in this house, by the command that has use for it.
LIBRARIES: dict[str, set[str]] = {
    "--version": {"click"},
    "--help": {"click"},
    "subscribers --help": CONFIG_AND_STORE - {"pysqlite3"},
    "subscribers add dora@example.org": CONFIG_AND_STORE,
    "subscribers list --json": CONFIG_AND_STORE,
    "status": CONFIG_AND_STORE,
    "prepare": CONFIG_AND_STORE,
    "deliver": CONFIG_AND_STORE,
    "publish": CONFIG_AND_STORE,
    "poll": CONFIG_AND_STORE | ASKING,
    "run": CONFIG_AND_STORE | ASKING,
}

#: The rooms of ours that ``--version`` loads, all of them.
OF_THE_VERSION = {"", "addresses", "cli", "cli.options", "cli.root", "errors", "signals"}

#: Rooms that are large, by the commands that may load them.
LARGE = {
    "composition.mail_parts": set[str](),
    "deeds.editions.freeze": set(),
    "deeds.events.remake": set(),
    "deeds.publishing.build": set(),
    "delivery.smtp": set(),
    "digest.rendering": set(),
    "events.merging": set(),
    "http_client.client": {"poll", "run"},
    "publish.gate": set(),
    "publish.redirects": set(),
    "sources.feed": set(),
    "sources.pages": set(),
    "templating": set(),
    "text.reading": set(),
    "web.pages": set(),
}


def loaded(site: Site, words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", TELLING, *words.split()],
        cwd=site.folder,
        env=os.environ | site.environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def libraries() -> set[str]:
    from tests.house.test_floors import HOMES

    return {library for library in HOMES if library not in sys.stdlib_module_names}


@pytest.mark.parametrize("words", LIBRARIES)
def test_a_command_that_finds_nothing_to_do_loads_these_libraries_and_no_other(
    done: Site, libraries: set[str], words: str
) -> None:
    modules = loaded(done, words)
    assert modules & libraries - {"pydantic_core"} == LIBRARIES[words]
    ours = {name.removeprefix("solacefeed").lstrip(".") for name in modules if name.partition(".")[0] == "solacefeed"}
    assert {room for room in LARGE if room in ours and words not in LARGE[room]} == set()
    if words == "--version":
        assert ours <= OF_THE_VERSION
