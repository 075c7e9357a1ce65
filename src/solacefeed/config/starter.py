"""A config file with every key explained above it, in the words of ``tables``.

``tables`` is the one source: what stands in the file is given, and what is left out stands there behind a ``#``, at
its default or as an example. Law: reading the file and writing what was read gives the same file.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from solacefeed.addresses import parsed
from solacefeed.config import checks, toml
from solacefeed.config.advice import PLACEHOLDER
from solacefeed.config.tables import REPEATED, TABLES, WITHIN, Config, example, header, keys

_WIDTH = 100
_THIS_MACHINE = ("localhost", "127.0.0.1")

_PREFACE = """\
# The config of solacefeed. docs/configuration.md has the same words, and more of them.
#
# A key behind a "#" is left out: what stands there is its default, or else an example.
# Paths begin at the folder of this file. Durations are like "90s", "15m", "48h" or "7d".
# Passwords and secrets never stand here. Try any change with: solacefeed check
"""


def typed_source(value: str) -> str:
    """A blog's address as people type it: https where it says nothing of that, but on this machine. Raises
    ``ValueError`` for none."""
    if "://" in value or not value or value == "sample:":
        return checks.source_url(value)
    here = parsed(f"http://{value}").host in _THIS_MACHINE
    return checks.source_url(f"{'http' if here else 'https'}://{value}")


def starter(source_url: str, *, tag_authority: str, pages: str | None = None) -> str:
    """The config for a new site that reads the blog at *source_url*; mails are rehearsed until it says otherwise.

    *pages* is the address at which its own pages are reached; without it there are none.
    """
    return written(
        {
            "source": {"url": source_url},
            "site": {
                "base_url": "https://feeds.example.org",
                "tag_authority": tag_authority,
                "organisation": PLACEHOLDER,
            },
            "mail": {"pictures": "own"},
            "digests": [{"name": "weekly", "title": "The weekly digest", "closes": "mon 07:00"}],
            "web": {} if pages is None else {"base_url": pages, "listen": _listening(pages)},
        }
    )


def _listening(pages: str) -> str:
    """Where *pages* are served: at their own port where they are of this machine, else behind another web server."""
    address = parsed(pages)
    return f"127.0.0.1:{address.port or 80}" if address.host in _THIS_MACHINE else "127.0.0.1:8025"


def written(document: Mapping[str, Any]) -> str:
    """*document*, as ``tomllib`` would give it, as a file in which every key is explained."""
    blocks = [_PREFACE, _explained(Config, document)]
    for name, table in TABLES.items():
        given = document.get(name, [] if name in REPEATED else {})
        blocks += _entries(name, table, given) if name in REPEATED else [_table(name, table, given), *_within(name)]
    return "\n".join(blocks)


def brief(document: Mapping[str, Any]) -> str:
    """*document*, as ``tomllib`` would give it, as a file with nothing but what it says."""
    blocks = []
    for name, given in document.items():
        tables = given if name in REPEATED else [given]
        blocks += ["\n".join([header(name), *(toml.assignment(*pair) for pair in table.items())]) for table in tables]
    return "\n\n".join(blocks) + "\n"


def default(field: FieldInfo) -> str:
    """What holds where the key *field* is left out, in TOML or in words; empty where it must be written."""
    if isinstance(field.json_schema_extra, dict):
        return str(field.json_schema_extra["otherwise"])
    return "" if field.is_required() else toml.literal(field.default)


def _entries(name: str, table: type[BaseModel], entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The first entry explained, the others plain; an example behind ``#`` where there is none."""
    if not entries:
        yield _table(name, table, {}, mark="# ")
        yield from _within(name)
        return
    yield _table(name, table, entries[0])
    yield from _within(name)
    for entry in entries[1:]:
        yield "\n".join([header(name), *(toml.assignment(*pair) for pair in entry.items())]) + "\n"


def _within(name: str) -> Iterator[str]:
    """The tables within *name*, explained behind ``#``: what is given of them stands in its keys."""
    return (_table(each, WITHIN[each], {}, mark="# ") for each in WITHIN if each.startswith(f"{name}."))


def _table(name: str, table: type[BaseModel], given: Mapping[str, Any], *, mark: str = "") -> str:
    return f"{_comment(inspect.getdoc(table) or '')}{mark}{header(name)}\n{_explained(table, given)}"


def _explained(table: type[BaseModel], given: Mapping[str, Any]) -> str:
    return "".join(
        _comment(f"{field.description} {_default_sentence(field)}") + _assigned(key, field, given)
        for key, field in keys(table).items()
    )


def _default_sentence(field: FieldInfo) -> str:
    return f"Default: {default(field)}." if default(field) else "Required."


def _assigned(key: str, field: FieldInfo, given: Mapping[str, Any]) -> str:
    if key in given:
        return toml.assignment(key, given[key]) + "\n"
    has_plain_default = not field.is_required() and not field.json_schema_extra
    return f"# {toml.assignment(key, field.default if has_plain_default else example(field))}\n"


def _comment(text: str) -> str:
    lines = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)
