"""Asks over real HTTP, by a client that is not the project's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from typing import Any

from tests.support.blog.server import Serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """An answer as it came over the wire."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def connect(serving: Serving) -> HTTPConnection:
    return HTTPConnection(serving.origin.removeprefix("http://"), timeout=10)


def ask(serving: Serving, target: str, *, method: str = "GET", headers: dict[str, str] | None = None) -> Got:
    connection = connect(serving)
    try:
        connection.request(method, target, headers=headers or {})
        response = connection.getresponse()
        return Got(status=response.status, headers=response.headers, body=response.read())
    finally:
        connection.close()
