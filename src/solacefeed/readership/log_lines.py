"""A line of a web server's log, as nginx and Apache write it ("combined", also with the host before it), or Caddy.

Sources: Apache's mod_log_config ("combined", "vhost_combined"), nginx's ngx_http_log_module ("combined"), Caddy's
access logs (JSON).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from ipaddress import ip_address
from typing import Any

from solacefeed.addresses import parsed

#: Characters of a path, and of a host's name.
_LONGEST_PATH, _LONGEST_HOST = 1000, 255

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
#: What stands behind the day's bracket: the time, the request, the status, the size, the Referer, the User-Agent.
_REST = re.compile(
    r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] "
    rf"{_QUOTED} (\d{{3}}) (?:\d+|-) {_QUOTED} {_QUOTED}"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """What a line tells of a request."""

    #: By UTC.
    day: date
    #: Of the client: an IP address, or the name that the server has looked up for it.
    address: str
    method: str
    #: As it was asked for, without a query.
    path: str
    status: int
    user_agent: str
    #: By which name the server was asked, in lower case; ``None`` where the line does not say.
    host: str | None = None


def logged(line: str) -> LoggedRequest | None:
    """What *line* tells; ``None`` where it is no line of a format that we know."""
    return _of_json(line) if line.startswith("{") else _of_combined(line)


# -- combined ----------------------------------------------------------------------------------------------


def _of_combined(line: str) -> LoggedRequest | None:
    who, bracket, rest = line.partition(" [")
    found = _REST.match(rest) if bracket else None
    words = who.split(" ", 2)
    if found is None or len(words) < 3 or found[2] not in _MONTHS:
        return None
    named = words[1] != "-" and _is_address(words[1]) and not _is_address(words[0])
    address, host = (words[1], _host(words[0])) if named else (words[0], None)
    asked = found[10].split(" ")
    at = _instant(found)
    if at is None or len(asked) not in (2, 3) or len(address) > _LONGEST_HOST:
        return None
    return _request(
        at, address=address, method=asked[0], target=asked[1], status=int(found[11]), agent=found[13], host=host
    )


def _instant(found: re.Match[str]) -> datetime | None:
    ahead = timedelta(hours=int(found[8]), minutes=int(found[9]))
    try:
        zone = timezone(-ahead if found[7] == "-" else ahead)
        month = _MONTHS.index(found[2]) + 1
        return datetime(
            int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), min(int(found[6]), 59), tzinfo=zone
        )
    except ValueError:
        return None


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


def _host(said: str) -> str:
    name, colon, port = said.rpartition(":")
    return (name if colon and port.isdigit() else said).casefold()


# -- Caddy's JSON ------------------------------------------------------------------------------------------


def _of_json(line: str) -> LoggedRequest | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    asked = told.get("request") if isinstance(told, dict) else None
    if not isinstance(asked, dict):
        return None
    at, status = _told_instant(told.get("ts")), told.get("status")
    address = asked.get("client_ip") or asked.get("remote_ip")
    method, target, host = asked.get("method"), asked.get("uri"), asked.get("host")
    if at is None or type(status) is not int or not isinstance(address, str) or len(address) > _LONGEST_HOST:
        return None
    if not isinstance(method, str) or not isinstance(target, str):
        return None
    return _request(
        at,
        address=address,
        method=method,
        target=target,
        status=status,
        agent=_told_agent(asked.get("headers")),
        host=_host(host) if isinstance(host, str) else None,
    )


def _told_instant(told: object) -> datetime | None:
    """Seconds since 1970, or words as RFC 3339 has them."""
    try:
        if isinstance(told, (int, float)) and not isinstance(told, bool):
            return datetime.fromtimestamp(told, UTC)
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return at if at is not None and at.tzinfo is not None else None


def _told_agent(headers: Any) -> str:
    said = headers.get("User-Agent") if isinstance(headers, Mapping) else None
    first = said[0] if isinstance(said, list) and said else None
    return first if isinstance(first, str) else ""


# -- both --------------------------------------------------------------------------------------------------


def _request(
    at: datetime, *, address: str, method: str, target: str, status: int, agent: str, host: str | None
) -> LoggedRequest | None:
    path = target.partition("?")[0].partition("#")[0]
    if not path.startswith("/"):
        # The absolute form (RFC 9112 section 3.2.2).
        asked = parsed(path)
        path, host = asked.path, asked.host or host
    try:
        day = at.astimezone(UTC).date()
    except OverflowError:
        return None
    if not path.startswith("/") or len(path) > _LONGEST_PATH:
        return None
    return LoggedRequest(day=day, address=address, method=method, path=path, status=status, user_agent=agent, host=host)
