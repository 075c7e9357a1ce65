"""Values as TOML writes them; only what a config holds. Law: ``tomllib`` reads back the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def assignment(key: str, value: Any) -> str:
    """``key = value`` on one line."""
    return f"{name(key)} = {literal(value)}"


def literal(value: Any) -> str:
    """A text, number, truth, date, date-time with an offset, or a list or table of them, on one line."""
    if isinstance(value, str):
        # A JSON string is a TOML basic string but for the DELETE character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return _braced([assignment(key, each) for key, each in value.items()])
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    return str(value.isoformat())


def name(key: str) -> str:
    """A key or table, in quotes where it has to be."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else literal(key)


def _braced(assignments: list[str]) -> str:
    return f"{{ {', '.join(assignments)} }}" if assignments else "{}"
