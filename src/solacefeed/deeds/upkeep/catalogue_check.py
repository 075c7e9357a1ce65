"""Looks over the operator's catalogues, before a reader meets a mistake in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from solacefeed.catalogue import TEMPLATE, faults, is_said, misrules, read
from solacefeed.errors import ConfigError

if TYPE_CHECKING:
    from babel.messages import Catalog, Message

#: A message is named by so many of its first letters.
_NAMED = 50


def check_catalogues(folder: Path | None) -> list[str]:
    """What is missing in the catalogues of *folder*; raises ``ConfigError`` with all mistakes in them."""
    paths = sorted(folder.glob("*.po")) if folder else []
    problems = [problem for path in paths for problem in _problems(path)]
    if problems:
        raise ConfigError(problems)
    return [said for path in paths for said in _gaps(path)]


def _problems(path: Path) -> Iterator[str]:
    try:
        catalogue = read(path)
    except ConfigError as error:
        yield from error.problems
        return
    if rule := misrules(catalogue):
        yield f"catalogues: {path}: {rule}"
    for message in _messages(catalogue):
        found = faults(message, catalogue.num_plurals) if is_said(message) else []
        yield from (f"catalogues: {path}: {_name(message)}: {why}" for why in found)


def _gaps(path: Path) -> Iterator[str]:
    """What stays English, and what is not said any more."""
    catalogue, wanted = read(path), {_key(message): message for message in _messages(read(TEMPLATE))}
    known = {_key(message) for message in _messages(catalogue) if is_said(message)}
    if missing := [_name(message) for key, message in wanted.items() if key not in known]:
        yield (
            f"catalogues: {path}: {len(missing)} of {len(wanted)} messages are missing, or only guessed, "
            f"the first one {missing[0]}; what no catalogue has is said in English"
        )
    if unknown := [_name(message) for message in _messages(catalogue) if _key(message) not in wanted]:
        yield f"catalogues: {path}: {len(unknown)} messages are not said any more, the first one {unknown[0]}"


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _key(message: Message) -> tuple[str, str | None]:
    return _first(message), message.context


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _name(message: Message) -> str:
    """Its beginning, in quotes."""
    text = _first(message)
    return f'"{text}"' if len(text) <= _NAMED else f'"{text[:_NAMED]}…"'
