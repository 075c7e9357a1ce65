"""What the documents say is what the code does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click

from solacefeed.cli.root import root
from solacefeed.config import load
from solacefeed.config.tables import PrivacyConfig
from solacefeed.daemon.reading_again import KEPT
from solacefeed.deeds.people import erasing, preferences, sign_up_retention
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.people import SubscriptionState
from solacefeed.models.posts import PostState
from solacefeed.store import records
from tests.support.site import Site

HOUSE = Path(__file__).resolve().parents[2]
DOCS = HOUSE / "docs"


def commands(group: click.Group, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}"


def test_the_readme_shows_what_make_run_prints(tmp_path: Path) -> None:
    shutil.copy(HOUSE / "config.toml", tmp_path)
    site = Site(tmp_path)
    shown = re.search(r"<!-- output of: make run -->\n```\n(.*?)```", (HOUSE / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    assert site.told("run") + site.told("preview") == shown[1]


def test_the_pages_can_be_tried_by_the_commands_of_the_readme(tmp_path: Path) -> None:
    shown = re.search(r"<!-- try the pages -->\n```\n(.*?)```", (HOUSE / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    _path, *commands, daemon = shown[1].splitlines()
    assert daemon == "solacefeed daemon"
    (tmp_path / "checkout").mkdir()
    script = "\n".join(["set -e", *commands])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path}
    subprocess.run(["sh", "-c", script], cwd=tmp_path / "checkout", env=environ, check=True, capture_output=True)
    web = load(tmp_path / "trial" / "config.toml", environ={}).web
    assert (web.base_url, web.listen) == ("http://localhost:8025", "127.0.0.1:8025")
    assert "http://localhost:8025/subscribe" in (tmp_path / "trial" / "feeds" / "index.html").read_text()


def test_make_run_is_what_the_readme_says_it_is() -> None:
    recipe = (HOUSE / "Makefile").read_text().partition("\nrun:")[2].partition("\n\n")[0]
    assert re.findall(r"solacefeed (\w+)", recipe) == ["run", "preview"]


def test_a_second_run_changes_no_byte_and_writes_no_mail(tmp_path: Path) -> None:
    shutil.copy(HOUSE / "config.toml", tmp_path)
    site = Site(tmp_path)
    site.told("run")
    made = {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted([*site.feeds.rglob("*"), *(tmp_path / "var" / "mail").rglob("*")])
        if path.is_file()
    }
    assert sum(path.suffix == ".eml" for path in made) == 3
    site.told("run")
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in made} == made
    assert len(list((tmp_path / "var" / "mail").rglob("*.eml"))) == 3


def test_every_command_stands_in_the_operators_book() -> None:
    book = (DOCS / "operating.md").read_text()
    assert [command for command in sorted(commands(root)) if not stands_in(book, command)] == []


def stands_in(book: str, command: str) -> bool:
    group, _, name = command.rpartition(" ")
    return (f"`{group or name}" in book or f"`{group} {name}`" in book) and (f"{name}`" in book or f"{name} " in book)


def test_the_operators_book_names_all_that_a_restart_alone_changes() -> None:
    book = (DOCS / "operating.md").read_text(encoding="utf-8")
    of_reload = book[book.index("- **SIGHUP**") : book.index("until a restart")]
    assert [name for name in KEPT if f"`{name}`" not in of_reload] == []


def test_every_command_and_option_says_what_it_is_for() -> None:
    assert [command for command in sorted(commands(root)) if not explains_itself(command)] == []


def explains_itself(command: str) -> bool:
    found: click.Command = root
    for word in command.split():
        assert isinstance(found, click.Group)
        found = found.commands[word]
    return bool(found.help) and all(option.help for option in found.params if isinstance(option, click.Option))


def test_every_state_stands_in_the_concepts() -> None:
    book = (DOCS / "concepts.md").read_text()
    states = [*DeliveryState, *EditionState, *PostState, *SubscriptionState]
    assert [state for state in states if not re.search(rf"\b{state}\b", book)] == []


def test_every_link_of_a_document_leads_somewhere() -> None:
    documents = sorted([HOUSE / "README.md", *DOCS.glob("*.md")])
    links = [
        (document, link)
        for document in documents
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text())
        if not re.match(r"[a-z]+:", link)
    ]
    assert len(links) > 20
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_every_file_that_a_document_names_is_there() -> None:
    rooms = "cli|config|deeds|delivery|digest|events|publish|sources|store|text|web"
    named = {
        f"{document.name}: {name}": HOUSE / "src" / "solacefeed" / name
        for document in sorted(DOCS.glob("*.md"))
        for name in re.findall(rf"`((?:{rooms})/\w+\.py)`", document.read_text())
    }
    assert len(named) > 20
    assert [name for name, file in named.items() if not file.exists()] == []


KINDS = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
    "opml": "text/x-opml",
    "ics": "text/calendar",
}


def test_the_settings_for_servers_and_the_book_know_every_kind_of_document() -> None:
    nginx, caddy = ((HOUSE / "deploy" / name).read_text() for name in ("nginx.conf", "Caddyfile"))
    book = (DOCS / "feeds.md").read_text()
    for ending, kind in KINDS.items():
        assert re.search(rf"^ +{re.escape(kind)} +{ending};$", nginx, re.MULTILINE), ending
        matched = re.search(rf'^\theader @(\w+) Content-Type "{re.escape(kind)}; charset=utf-8"$', caddy, re.MULTILINE)
        assert matched is not None, ending
        assert re.search(rf"@{matched[1]} (?:{{\s+)?path \*\.{ending}$", caddy, re.MULTILINE), ending
        assert f"`{kind}`" in book, ending


def test_every_promise_of_the_readme_is_shown_by_tests_that_are_there() -> None:
    page = (DOCS / "promises.md").read_text()
    promised = re.findall(r"^(\d+)\. ", (HOUSE / "README.md").read_text(), re.MULTILINE)
    assert re.findall(r"^(\d+)\. ", page, re.MULTILINE) == promised
    there = set(re.findall(r"^def (test_\w+)", "".join(map(Path.read_text, HOUSE.glob("tests/**/*.py"))), re.MULTILINE))
    assert set(re.findall(r"`(test_\w+)`", page)) - there == set()


def test_the_readmes_main_job_is_the_same_on_either_database(tmp_path: Path, store_url: str) -> None:
    (tmp_path / "site").mkdir()
    shutil.copy(HOUSE / "config.toml", tmp_path / "site")
    site = Site(tmp_path / "site", environ={"SOLACEFEED_STORE_URL": store_url})
    assert "3 accepted" in site.told("run")
    assert "0 files changed" in site.told("run")
    shutil.copy(HOUSE / "config.toml", tmp_path)
    by_default = Site(tmp_path)
    by_default.told("run")
    assert site.published() == by_default.published()


def test_the_times_in_the_page_on_privacy_are_those_of_the_code_and_of_the_config() -> None:
    page = re.sub(r"\s+", " ", (DOCS / "privacy.md").read_text(encoding="utf-8"))
    config, days = PrivacyConfig.model_fields, counted_days
    told = (
        f"to ask whether it was meant | {days(sign_up_retention.LASTS)}, confirmed or not |",
        f"so that nobody can flood a mailbox through the form | {days(sign_up_retention.COUNTED)} |",
        f"they typed | to ask there whether it was meant | {days(sign_up_retention.COUNTED)}, confirmed or not;",
        f"until the next look for mail, {days(sign_up_retention.COUNTED)} at most |",
        f"`[privacy] keep_networks`, {spelt(config['keep_networks'].default)} |",
        f"`[privacy] keep_letters`, {spelt(config['keep_letters'].default)} after they were written |",
        f"`[privacy] keep_copies`, {spelt(config['keep_copies'].default)} after the edition closed |",
        f"| {records.KEPT} of each |",
        f"at once up to {erasing.SOON_WRITTEN // 1024**2} MB, else between three and four in the morning",
    )
    assert [each for each in told if each not in page] == []
    assert erasing.QUIET_HOUR == 3
    assert timedelta(hours=1) == preferences.AN_HOUR
    assert "that is mailed to the present address and works for an hour" in page


def counted_days(length: timedelta) -> str:
    return {7: "seven days"}.get(length.days, f"{length.days} days")


def spelt(default: str) -> str:
    return f"{default.removesuffix('d')} days"
