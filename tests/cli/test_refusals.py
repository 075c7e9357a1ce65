"""What would harm is refused before anything is done: the other clock, another tag authority."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.cli.prompt import NOW, at, rehearsed, set_line, well
from tests.support.site import Site

DEEDS = ("poll", "publish", "prepare", "deliver", "run")


@pytest.mark.parametrize("deed", DEEDS)
def test_a_live_store_refuses_a_rehearsal(live: Site, deed: str) -> None:
    said = at(live, deed, "--as-of", NOW)
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "solacefeed: --as-of (or as_of in the config) is for rehearsals: this store is live; use another [store] url\n"
    )


@pytest.mark.parametrize("deed", [*DEEDS, "daemon"])
def test_a_rehearsed_store_refuses_the_real_clock(done: Site, deed: str) -> None:
    set_line(done, f"as_of = {NOW}\n", "")
    said = at(done, deed)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("solacefeed: this store is rehearsed")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("words", [("--as-of", NOW, "daemon"), ("daemon", "--as-of", NOW)])
def test_the_daemon_takes_no_instant(live: Site, words: Sequence[str]) -> None:
    said = at(live, *words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("solacefeed: the daemon lives by the real clock: take as_of out")


@pytest.mark.parametrize("words", [("status",), ("posts", "list"), ("run",), ("check",), ("preview",)])
def test_a_changed_tag_authority_is_refused_by_every_command(done: Site, words: Sequence[str]) -> None:
    set_line(done, "example.org,2012", "example.org,2013")
    said = at(done, *words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith('solacefeed: [site] tag_authority is "example.org,2013", but this store\'s ids stand')
    assert said.err.count("\n") == 1


def test_put_back_the_tag_authority_does_no_harm(done: Site) -> None:
    before = done.published()
    set_line(done, "example.org,2012", "example.org,2013")
    assert at(done, "run").code == 1
    set_line(done, "example.org,2013", "example.org,2012")
    assert "0 files changed" in well(done, "run")
    assert done.published() == before


@pytest.mark.parametrize("value", ["1850-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_instant_at_the_calendars_end_is_refused(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    site = rehearsed(tmp_path_factory.mktemp("site"))
    set_line(site, NOW, value)
    for words in (("run",), ("preview", "--as-of", value)):
        said = at(site, *words)
        assert (said.code, said.out) == (2, "")
        assert said.err.endswith("is no instant of a blog: take one from 1900 to 2999\n")
