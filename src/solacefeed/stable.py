"""A hash of a value that is the same in each process, Python and release.

Sets and mappings count by what is in them, not by their order; dataclasses by their fields, of which an empty one
counts as little as one that is not there, so that a new field changes no hash; datetimes by their instant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from hashlib import sha256
from typing import Any


def stable_hash(value: object) -> str:
    """SHA-256 in hexadecimal; raises ``TypeError`` for a value that has no meaning beyond its process."""
    return sha256(_written(value).encode()).hexdigest()


def _written(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=True, separators=(",", ":"))


def _plain(value: object) -> Any:
    """*value* as JSON has it; what JSON has no type for bears its kind in front."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return {"set": sorted(_written(each) for each in value)}
    if isinstance(value, Mapping):
        return {"mapping": sorted([_written(key), _plain(each)] for key, each in value.items())}
    if is_dataclass(value) and not isinstance(value, type):
        said = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(each) for name, each in sorted(said.items()) if not _is_empty(each)}
    return {type(value).__name__: _as_text(value)}


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | tuple | list | set | frozenset | Mapping) and not value)


def _as_text(value: object) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return repr(value.total_seconds())
    if isinstance(value, tzinfo):
        return str(value)
    raise TypeError(f"no stable hash of {type(value).__name__}")
