"""What the documents and the shipped files say of a key is what the code does with it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from solacefeed.config import load
from solacefeed.config.starter import default, starter, written
from solacefeed.config.tables import (
    HEARTBEAT,
    IMAP_PASSWORD,
    REPEATED,
    SECRET,
    SMTP_PASSWORD,
    STORE_URL,
    TABLES,
    WEBHOOK,
    WEBHOOK_SECRET,
    WITHIN,
    Config,
    example,
    header,
    keys,
)
from tests.config.files import MAILING, SMALLEST, loaded, problems

HOUSE = Path(__file__).resolve().parents[2]
SHIPPED = HOUSE / "config.toml"
BOOK = (HOUSE / "docs" / "configuration.md").read_text(encoding="utf-8")

MODELS: dict[str, type[BaseModel]] = {"": Config, **TABLES, **WITHIN}
KEYS = [(name, key) for name, model in MODELS.items() for key in keys(model)]
#: Those of which the default is a value.
PLAIN = [
    (name, key)
    for name, key in KEYS
    if not (keys(MODELS[name])[key].is_required() or keys(MODELS[name])[key].json_schema_extra)
]
EXAMPLES: list[str] = re.findall(r"```toml\n(.*?)```", BOOK, re.DOTALL)
FAULTY = re.search(r"```toml\n(?P<config>[^`]*)```\n\nIt has three problems:\n\n```\n(?P<said>[^`]*)```", BOOK)


def chapter(name: str) -> str:
    """What the book says about the table *name*."""
    title = f"{'###' if name in WITHIN else '##'} `{header(name)}`" if name else "## The top of the file"
    return re.split(r"\n###? `?\[?", BOOK.partition(f"\n{title}\n")[2], maxsplit=1)[0]


def block(text: str, name: str) -> str:
    """What a config file has in its first table *name*, on one line and without the ``#``."""
    top, *rest = re.split(r"^(?:# )?\[{1,2}([\w.]+)\]{1,2}$", text, flags=re.MULTILINE)
    bodies = [body for found, body in zip(rest[::2], rest[1::2], strict=True) if found == name] if name else [top]
    return " ".join(re.sub(r"^# ?", "", bodies[0], flags=re.MULTILINE).split())


def test_the_book_says_of_each_key_what_the_code_says() -> None:
    rows = {name: re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", chapter(name), re.MULTILINE) for name in MODELS}
    told = {
        (name, key): (says.replace("`", ""), otherwise.replace("`", ""))
        for name, found in rows.items()
        for key, says, otherwise in found
    }
    meant = {(name, key): keys(MODELS[name])[key] for name, key in KEYS}
    wrong = {
        where: (field.description, default(field) or "**required**")
        for where, field in meant.items()
        if told.get(where) != (field.description, default(field) or "**required**")
    }
    assert wrong == {}


def test_the_book_knows_no_key_that_the_code_does_not_and_has_them_in_its_order() -> None:
    assert {name: re.findall(r"^\| `(\w+)` \|", chapter(name), re.MULTILINE) for name in MODELS} == {
        name: list(keys(model)) for name, model in MODELS.items()
    }


def test_the_book_names_each_variable_of_the_environment() -> None:
    variables = (STORE_URL, SMTP_PASSWORD, IMAP_PASSWORD, SECRET, WEBHOOK_SECRET)
    assert [variable for variable in variables if f"| `{variable}` |" not in BOOK] == []
    assert [variable for variable in (WEBHOOK, HEARTBEAT) if f"`{variable}`" not in BOOK] == []


@pytest.mark.parametrize("file", ["shipped", "starter"])
def test_each_key_stands_in_the_shipped_and_in_the_starter_config(file: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8") if file == "shipped" else starter("sample:", tag_authority="a.org,2026")
    assert [where for where in KEYS if not stands_there(text, *where)] == []


def stands_there(text: str, table: str, key: str) -> bool:
    field = keys(MODELS[table])[key]
    otherwise = f"Default: {default(field)}." if default(field) else "Required."
    return f"{field.description} {otherwise} {key} = " in block(text, table)


def test_the_shipped_config_is_what_would_be_written_today() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert written(tomllib.loads(text)) == text


def test_the_shipped_config_is_in_order_and_mails_nobody() -> None:
    config = load(SHIPPED, environ={})
    assert config.source.url == "sample:"
    assert config.mail.transport == "rehearsal"


def test_a_new_site_begins_with_a_config_that_is_in_order(tmp_path: Path) -> None:
    config = loaded(tmp_path, starter("https://blog.example.org", tag_authority="blog.example.org,2026"))
    assert config.source.url == "https://blog.example.org"
    assert config.site.tag_authority == "blog.example.org,2026"
    assert config.mail.transport == "rehearsal"
    assert config.subscribers == ()


#: What has to stand beside a key.
_BESIDE: dict[str, dict[str, Any]] = {
    "engine": {"url": "postgresql+psycopg://localhost/solacefeed"},
    "logo_size": {"logo": "https://www.example.org/logo.png"},
    "question": {"answers": ["councils"]},
    "answers": {"question": "What do we look after?"},
    "imap": {"username": "bounces"},
    "password_file": {"username": "digest"},
    "domain": {"rsa_key_file": "file"},
    "rsa_key_file": {"domain": "example.org"},
    "ed25519_key_file": {"domain": "example.org", "rsa_key_file": "file"},
}


@pytest.mark.more
def test_the_example_of_each_key_may_be_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("swordfish")
    (tmp_path / "file").chmod(0o600)
    (tmp_path / "catalogues").mkdir()
    everything = f'{MAILING}username = "digest"\n[web]\nbase_url = "https://news.example.org"\n'
    wrong = {}
    for table, key in KEYS:
        value = "file" if key.endswith("_file") else example(keys(MODELS[table])[key])
        config = _with(everything, table, _BESIDE.get(key, {}) | {key: value})
        wrong[table, key] = problems(tmp_path, config, {SMTP_PASSWORD: "swordfish", IMAP_PASSWORD: "herring"})
    assert {where: said for where, said in wrong.items() if said} == {}


@pytest.mark.more
def test_writing_a_default_changes_nothing(tmp_path: Path) -> None:
    left_out = {table: loaded(tmp_path, _with(SMALLEST, table, {})) for table, _ in PLAIN}
    for table, key in PLAIN:
        value = tomllib.loads(f"value = {default(keys(MODELS[table])[key])}")["value"]
        assert loaded(tmp_path, _with(SMALLEST, table, {key: value})) == left_out[table], f"[{table}] {key}"


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_of_the_book_are_in_order(tmp_path: Path, text: str) -> None:
    assert FAULTY is not None
    if text == FAULTY["config"]:
        assert problems(tmp_path, text) == FAULTY["said"].splitlines()
        return
    (tmp_path / "var" / "dkim").mkdir(parents=True)
    for secret in ("smtp-password", "var/dkim/solacefeed-rsa.pem", "var/dkim/solacefeed-ed25519.pem"):
        (tmp_path / secret).write_text("swordfish")
        (tmp_path / secret).chmod(0o600)
    document = tomllib.loads(SMALLEST) | tomllib.loads(text)
    assert problems(tmp_path, written(document)) == []


def _with(text: str, table: str, given: dict[str, Any]) -> str:
    """The config *text* with what is *given* for a table, and with examples of what else that must have."""
    document: dict[str, Any] = tomllib.loads(text)
    needed = {key: example(field) for key, field in keys(MODELS[table]).items() if field.is_required()}
    if table == "calendars" and "file" not in given:
        needed["url"] = "https://events.example.org/calendar.ics"
    if table == "tags" and given.keys() != {"follow"}:
        needed["follow"] = [*given.get("hide", ()), *given.get("labels", ())]
    if given.keys() & {"most_a_day", "morning"}:
        needed["closes"] = "at once"
    if not table:
        return written(document | given)
    if table in WITHIN:
        outer, _, inner = table.partition(".")
        return _with(text, outer, {inner: [needed | given] if table in REPEATED else given})
    if table in REPEATED:
        return written(document | {table: [needed | given]})
    return written(document | {table: document.get(table, {}) | needed | given})
