"""What may be asked of a collection, and how WordPress refuses the rest.

Its own order of refusing: the paging is checked first, everything else only when that holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

#: A query as PHP reads it: the last value of a name, or a list where the name ends in ``[]``.
Params = Mapping[str, str | list[str]]


class RestError(Exception):
    """WordPress says no, in its own words; ``body`` is the JSON."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        self.status = status
        self.body = {"code": code, "message": message, "data": {"status": status, **data}}
        super().__init__(f"{status} {code}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What was asked of a collection; ``None`` and empty mean that it was not asked."""

    orderby: str
    order: str
    page: int = 1
    per_page: int = 10
    include: tuple[int, ...] = ()
    categories: tuple[int, ...] = ()
    #: The four instants are naive where they were given without an offset: the blog's local time.
    after: datetime | None = None
    before: datetime | None = None
    modified_after: datetime | None = None
    modified_before: datetime | None = None


def params_of(query: str) -> Params:
    """Reads a query string as PHP does."""
    params: dict[str, str | list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        plain, bracket, _ = name.partition("[")
        before = params.get(plain)
        if bracket:
            params[plain] = [*before, value] if isinstance(before, list) else [value]
        else:
            params[plain] = value
    return params


class _ParameterError(Exception):
    def __init__(self, code: str, message: str, data: Any = None) -> None:
        self.message = message
        self.details = {"code": code, "message": message, "data": data}
        super().__init__(message)


_Parser = Callable[[str, str | list[str]], Any]


def _whole(name: str, value: str | list[str]) -> int:
    if isinstance(value, list) or not re.fullmatch(r"\s*-?[0-9]{1,18}\s*", value):
        raise _ParameterError("rest_invalid_type", f"{name} is not of type integer.", {"param": name})
    return int(value)


def _page(name: str, value: str | list[str]) -> int:
    if (page := _whole(name, value)) < 1:
        raise _ParameterError("rest_out_of_bounds", f"{name} must be greater than or equal to 1")
    return page


def _per_page(name: str, value: str | list[str]) -> int:
    if not 1 <= (size := _whole(name, value)) <= 100:
        raise _ParameterError("rest_out_of_bounds", f"{name} must be between 1 (inclusive) and 100 (inclusive)")
    return size


def listed(value: str | list[str]) -> list[str]:
    """The members of a list, written ``a,b`` or as ``[]`` parameters."""
    return value if isinstance(value, list) else [part for part in re.split(r"[\s,]+", value) if part]


def _ids(name: str, value: str | list[str]) -> tuple[int, ...]:
    return tuple(_whole(f"{name}[{place}]", part) for place, part in enumerate(listed(value)))


def _instant(name: str, value: str | list[str]) -> datetime:  # noqa: ARG001  (a _Parser)
    shape = r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d(:?\d\d)?)?"
    try:
        if isinstance(value, list) or not re.fullmatch(shape, value):
            raise ValueError
        return datetime.fromisoformat(value).replace(microsecond=0)
    except ValueError:
        raise _ParameterError("rest_invalid_date", "Invalid date.") from None


def _one_of(*choices: str) -> _Parser:
    allowed = f"{', '.join(choices[:-1])}{',' if len(choices) > 2 else ''} and {choices[-1]}"

    def parse(name: str, value: str | list[str]) -> str:
        if value not in choices:
            raise _ParameterError("rest_not_in_enum", f"{name} is not one of {allowed}.")
        return str(value)

    return parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What one collection understands."""

    default: Query
    filters: Mapping[str, _Parser]
    paging: Mapping[str, _Parser] = field(default_factory=lambda: {"page": _page, "per_page": _per_page})

    def read(self, params: Params) -> Query:
        """Checks *params*; raises ``RestError`` with every parameter that WordPress would name."""
        query = replace(self.default, **_checked(params, self.paging) | _checked(params, self.filters))
        if query.orderby == "include" and not query.include:
            raise RestError(
                400,
                "rest_orderby_include_missing_include",
                "You need to define an include parameter to order by include.",
            )
        return query


def _checked(params: Params, parsers: Mapping[str, _Parser]) -> dict[str, Any]:
    good: dict[str, Any] = {}
    bad: dict[str, _ParameterError] = {}
    for name, parse in parsers.items():
        try:
            if name in params:
                good[name] = parse(name, params[name])
        except _ParameterError as problem:
            bad[name] = problem
    if bad:
        raise RestError(
            400,
            "rest_invalid_param",
            f"Invalid parameter(s): {', '.join(bad)}",
            params={name: problem.message for name, problem in bad.items()},
            details={name: problem.details for name, problem in bad.items()},
        )
    return good


_ORDER = _one_of("asc", "desc")

POSTS = Collection(
    default=Query(orderby="date", order="desc"),
    filters={
        "after": _instant,
        "modified_after": _instant,
        "before": _instant,
        "modified_before": _instant,
        "include": _ids,
        "order": _ORDER,
        "orderby": _one_of(
            *("author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs"), "title"
        ),
        "categories": _ids,
    },
)
CATEGORIES = Collection(
    default=Query(orderby="name", order="asc"),
    filters={
        "include": _ids,
        "order": _ORDER,
        "orderby": _one_of(*("id", "include", "name", "slug", "include_slugs", "term_group", "description"), "count"),
    },
)
TAGS = Collection(
    default=Query(orderby="name", order="asc"),
    filters={
        "include": _ids,
        "order": _ORDER,
        "orderby": _one_of(*("id", "include", "name", "slug", "include_slugs", "term_group", "description"), "count"),
    },
)
USERS = Collection(
    default=Query(orderby="name", order="asc"),
    filters={
        "include": _ids,
        "order": _ORDER,
        "orderby": _one_of(*("id", "include", "name", "registered_date", "slug", "include_slugs", "email"), "url"),
    },
)
