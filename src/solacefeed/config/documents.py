"""The parsed config file as rules read it, before any of it is a value; and what of it breaks one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solacefeed.config.lines import Path

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong."""

    #: The table or the key; it need not stand in the file.
    where: Path
    says: str


def table_in(document: Document, name: str) -> Mapping[str, Any]:
    return found if isinstance(found := document.get(name), dict) else {}


def tables_in(document: Document, name: str) -> list[Mapping[str, Any]]:
    found = document.get(name)
    return [each if isinstance(each, dict) else {} for each in found] if isinstance(found, list) else []


def texts_in(found: object) -> list[str]:
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
