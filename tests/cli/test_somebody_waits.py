"""Where a person waits, a blog in maintenance is asked once more; one that is asked too often gets its rest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import TextIO

import pytest

from tests.cli.prompt import at, rehearsed, set_line, well
from tests.support.blog import faults
from tests.support.blog.server import Serving
from tests.support.site import Site

POLLED = "poll: 20 new, 0 changed, 0 gone; 7 categories new or changed"


@pytest.fixture
def site(tmp_path: Path, serving: Serving) -> Site:
    return rehearsed(tmp_path / "site", source=serving.origin)


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as screen:
        yield screen
    os.close(ours)


def in_maintenance(serving: Serving, *, status: int = 503, rest: int = 0) -> None:
    """The next answer refuses; whoever asks once more is served."""
    serving.faults.add(faults.status(status, retry_after=rest), count=1)


def test_cron_does_not_wait_for_a_maintenance(site: Site, serving: Serving) -> None:
    in_maintenance(serving)
    said = at(site, "poll")
    assert (said.code, len(serving.requests)) == (1, 1)
    assert "answered 503 (Service Unavailable); maintenance" in said.err


@pytest.mark.more
@pytest.mark.parametrize("deed", ["poll", "run"])
def test_who_says_now_waits_for_a_maintenance_and_is_told_so(site: Site, serving: Serving, deed: str) -> None:
    in_maintenance(serving)
    assert well(site, deed, "--now").splitlines()[:2] == ["poll: in maintenance (503); asked once more in 0 s", POLLED]


@pytest.mark.more
def test_in_a_terminal_somebody_waits(site: Site, serving: Serving, terminal: TextIO) -> None:
    in_maintenance(serving)
    with redirect_stderr(terminal):
        result = _poll(site)
    assert (result, len(serving.requests) > 2) == (0, True)


def _poll(site: Site) -> int:
    from solacefeed.cli import main

    with pytest.raises(SystemExit) as end:
        main(["poll", "-q", "--config", str(site.folder / "config.toml")])
    return int(end.value.code or 0)


@pytest.mark.more
def test_who_says_now_asks_a_blog_that_rests_for_a_maintenance(site: Site, serving: Serving) -> None:
    in_maintenance(serving, rest=600)
    at(site, "poll")
    resting = at(site, "poll")
    assert (resting.code, len(serving.requests)) == (1, 1)
    assert resting.err.endswith(
        "the blog asked not to be asked before 23 November, 08:10 UTC; it is not; "
        "if its maintenance is over: `solacefeed poll --now`\n"
    )
    assert well(site, "poll", "--now") == f"{POLLED}\n"
    # It has answered: it rests no more, and cron need not wait for the end of what it asked for.
    assert well(site, "poll") == "poll: 0 new, 0 changed, 0 gone\n"


def test_who_says_now_gets_nothing_from_a_blog_that_is_asked_too_often(site: Site, serving: Serving) -> None:
    in_maintenance(serving, status=429, rest=600)
    said = at(site, "poll", "--now")
    assert (said.code, said.out, len(serving.requests)) == (1, "", 1)
    resting = at(site, "poll", "--now")
    assert (resting.code, len(serving.requests)) == (1, 1)
    assert resting.err.endswith("the blog asked not to be asked before 23 November, 08:10 UTC; it is not\n")


def test_a_rest_that_an_older_release_wrote_down_is_kept_to(site: Site, serving: Serving) -> None:
    """It did not write down what for."""
    in_maintenance(serving, rest=600)
    at(site, "poll")
    _execute(site, "UPDATE sources SET rests_for = NULL")
    assert at(site, "poll", "--now").code == 1
    assert len(serving.requests) == 1


def _execute(site: Site, statement: str) -> None:
    from solacefeed.store.database import open_store

    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    with store.write() as connection:
        connection.exec_driver_sql(statement)
    store.close()


@pytest.mark.more
def test_a_calendar_that_rests_for_a_maintenance_is_asked_too(site: Site, serving: Serving) -> None:
    set_line(site, "[[digests]]", f'[[calendars]]\nname = "forum"\nurl = "{serving.origin}/forum.ics"\n[[digests]]')
    serving.faults.add(faults.status(503, retry_after=600), match="/forum.ics", count=1)
    assert at(site, "poll").code == 1
    well(site, "poll")
    assert at(site, "poll", "--now").err.endswith("/forum.ics: answered 404 (Not Found); is the address right?\n")
