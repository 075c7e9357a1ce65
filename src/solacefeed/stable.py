"""A hash of a value that every process, Python and release computes alike: what marks that are kept are made of.

The law: the same value has the same hash, whatever order a set or a mapping was filled in, whatever its class is called
and wherever its fields stand; and other values have others. Two liberties make it outlive a release:

- a dataclass's field that is empty by default, and empty, is left out: a new field of that kind moves no mark;
- a tuple and a list of the same things are one, and an enum's member is its value.

A field that gets another name, or another meaning under its old one, moves every mark in which it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum
from functools import cache, lru_cache, partial
from hashlib import sha256
from operator import attrgetter
from pathlib import PurePath
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

C = TypeVar("C", bound=type)

#: Of each class that is ``shared``, how many of its values are kept as they were written.
_MOST_KEPT = 1024

_shared: set[type] = set()


def stable_hash(value: object) -> str:
    """64 hexadecimal digits; raises ``TypeError`` for what has no one way to be written down."""
    return sha256(_written(value)).hexdigest()


def shared(kind: C) -> C:
    """Says of a frozen dataclass that its values stand in many others, as a post does in many variants of an edition.

    Each of them is written once, for all that are equal: so none may hold what equals another and is written otherwise,
    as ``1`` and ``True`` do.
    """
    _shared.add(kind)
    return kind


def _written(value: object) -> bytes:
    """*value* in bytes that no other value is written in."""
    kind: Any = type(value)
    return _writer(kind)(value)


@cache
def _writer(kind: type) -> Callable[[Any], bytes]:
    """How values of that class are written."""
    if issubclass(kind, Enum):
        return lambda value: _written(value.value)
    if is_dataclass(kind):
        told = [(each.name, _written(each.name), each) for each in sorted(fields(kind), key=attrgetter("name"))]
        write: Callable[[Any], bytes] = partial(_record, told)
        return lru_cache(maxsize=_MOST_KEPT)(write) if kind in _shared else write
    for known, write in _WRITERS.items():
        if issubclass(kind, known):
            return write
    raise TypeError(f"a {kind.__qualname__} has no stable hash")


def _record(told: Sequence[tuple[str, bytes, Field[object]]], value: object) -> bytes:
    """*told* are its fields: what each is called, and that as it is written."""
    parts: list[bytes] = []
    for name, written, each in told:
        part = getattr(value, name)
        # Most fields hold something, which is all that is asked of them.
        if part or not _is_empty_by_default(each, part):
            parts += written, _written(part)
    return _joined("record", parts)


def _is_empty_by_default(told: Field[object], value: object) -> bool:
    """Of what holds nothing."""
    if isinstance(value, Enum):
        return False
    if told.default is not MISSING:
        default = told.default
    elif told.default_factory is not MISSING:
        default = told.default_factory()
    else:
        return False
    return _is_empty(default) and type(value) is type(default) and value == default


def _is_empty(value: object) -> bool:
    return not value and not isinstance(value, Enum)


def _tagged(tag: str, content: bytes) -> bytes:
    """Its length stands before it, so that no two contents can be taken for others when they are joined."""
    return b"%s %d:%s" % (tag.encode(), len(content), content)


def _text(tag: str, text: str) -> bytes:
    return _tagged(tag, text.encode("utf-8", "surrogatepass"))


def _joined(tag: str, parts: Iterable[bytes]) -> bytes:
    return _tagged(tag, b"".join(parts))


def _pair(name: object, value: object) -> bytes:
    return _written(name) + _written(value)


def _mapping(value: Mapping[object, object]) -> bytes:
    return _joined("mapping", sorted(_pair(name, part) for name, part in value.items()))


def _set(value: AbstractSet[object]) -> bytes:
    return _joined("set", sorted(map(_written, value)))


def _datetime(value: datetime) -> bytes:
    if value.tzinfo is None:
        return _text("clock", value.isoformat())
    return _text("instant", value.astimezone(UTC).replace(tzinfo=None).isoformat())


def _time(value: time) -> bytes:
    return _joined("time", (_text("clock", value.replace(tzinfo=None).isoformat()), _written(value.tzinfo)))


def _zone(value: ZoneInfo) -> bytes:
    if value.key is None:
        raise TypeError("a zone without a name has no stable hash")
    return _text("zone", value.key)


#: How each kind is written; the first that fits, so a bool before an int and a datetime before a date.
_WRITERS: Mapping[type | tuple[type, ...], Callable[..., bytes]] = {
    type(None): lambda _: _tagged("none", b""),
    bool: lambda value: _text("bool", str(value)),
    int: lambda value: _text("int", str(int(value))),
    float: lambda value: _text("float", value.hex()),
    str: lambda value: _text("text", str(value)),
    bytes: lambda value: _tagged("bytes", value),
    datetime: _datetime,
    date: lambda value: _text("day", value.isoformat()),
    time: _time,
    timedelta: lambda value: _text("span", f"{value.days} {value.seconds} {value.microseconds}"),
    ZoneInfo: _zone,
    timezone: lambda value: _joined("offset", (_written(value.utcoffset(None)),)),
    PurePath: lambda value: _text("path", value.as_posix()),
    Mapping: _mapping,
    AbstractSet: _set,
    (tuple, list): lambda value: _joined("list", map(_written, value)),
}
