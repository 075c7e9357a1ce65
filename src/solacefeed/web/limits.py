"""How much a request may hold, and how many may come: forms are read whole before anything acts on them.

The home of limits. Its storage in memory (5.8) forgets what it has counted for a key, and keeps the key for ever.
"""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

#: NUL, which PostgreSQL keeps in no text, and halves of surrogates, which no encoding has.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

#: What a form holds, by field, in the order in which it came.
Form = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLimits:
    """What a form may hold at most; more is refused, and nothing of it is done."""

    #: In bytes.
    body: int = 64 * 1024
    fields: int = 500
    #: In characters.
    name: int = 100
    #: In characters.
    value: int = 10_000


def first(form: Form, name: str) -> str:
    """What was filled in first as *name*; empty for nothing."""
    return next(iter(form.get(name, ())), "")


async def read_form(request: Request, limits: FormLimits) -> Form:
    """The fields of the request's form, in either encoding; empty for a body that is none.

    Raises ``HTTPException``: 413 for more than *limits*, or for a file; 400 for what can't be read.
    """
    body = await read_body(request, limits.body)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    parsers = {"application/x-www-form-urlencoded": _urlencoded, "multipart/form-data": _multipart}
    if kind not in parsers:
        return {}
    form: dict[str, tuple[str, ...]] = {}
    for name, value in await parsers[kind](request, body, limits):
        if len(name) > limits.name or len(value) > limits.value:
            raise HTTPException(413)
        form[name] = (*form.get(name, ()), value)
    return form


async def read_body(request: Request, most: int) -> bytes:
    """The request's body; raises ``HTTPException`` 413 as soon as it is known to be more than *most* bytes.

    400 where its sender leaves before it has come whole: nobody reads that answer, and it is no fault of ours.
    """
    if int(request.headers.get("content-length", "0")) > most:
        raise HTTPException(413)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise HTTPException(413)
    except ClientDisconnect as error:
        raise HTTPException(400) from error
    return bytes(body)


async def _urlencoded(request: Request, body: bytes, limits: FormLimits) -> list[tuple[str, str]]:
    parser = FormParser(request.headers, _once(body), max_fields=limits.fields, max_part_size=limits.body)
    return await _parsed(parser)


async def _multipart(request: Request, body: bytes, limits: FormLimits) -> list[tuple[str, str]]:
    parser = MultiPartParser(
        request.headers, _once(body), max_files=0, max_fields=limits.fields, max_part_size=limits.body
    )
    return await _parsed(parser)


async def _parsed(parser: FormParser | MultiPartParser) -> list[tuple[str, str]]:
    try:
        found = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(413 if "Maximum" in error.message else 400) from error
    except (ValueError, KeyError) as error:
        raise HTTPException(400) from error
    return [(name, _storable(value)) for name, value in found.multi_items() if isinstance(value, str)]


def _storable(value: str) -> str:
    """*value* with U+FFFD for what no store and no mail can hold, as HTML has it for NUL (section 13.2.5)."""
    return _UNSTORABLE.sub("\ufffd", value)


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
    yield b""


class FormCounts:
    """What was counted in the last hour; other ``Rates`` than those that counted it may go on with it."""

    def __init__(self) -> None:
        self.counted = MemoryStorage()
        # What is asked and what is counted belong together.
        self.lock = threading.Lock()


class _PerHour(RateLimitItemPerHour):
    """A rate whose count is the same whatever its amount is: one that is changed does not begin anew."""

    def key_for(self, *identifiers: bytes | str | float) -> str:
        return "/".join(map(str, identifiers))


class Rates:
    """How many of each form may come in an hour, from one network and in all; from any thread.

    Each form has its own: who floods the one keeps nobody from complaining by another.

    Only those that are let through are counted, and what is counted is forgotten after its hour: so nobody fills the
    memory, and a network that asks too often may ask again as soon as its first one is an hour ago.
    """

    #: Networks that are remembered, whether anything is counted of them still or not.
    MOST_NETWORKS = 10_000

    def __init__(self, counts: FormCounts, *, per_network: int, in_all: int) -> None:
        self._counts = counts
        self._per_network = _PerHour(per_network)
        self._in_all = _PerHour(in_all)
        self._window = MovingWindowRateLimiter(counts.counted)

    def allows(self, form: str, network: str) -> bool:
        """Counts one *form* from this *network*, unless that would be too many."""
        with self._counts.lock:
            self._forget()
            counted = [(self._in_all, f"all {form}"), (self._per_network, f"{form} of {network}")]
            allowed = all(self._window.test(limit, name) for limit, name in counted)
            return allowed and all(self._window.hit(limit, name) for limit, name in counted)

    def _forget(self) -> None:
        """Lets go of the networks of which nothing is counted any more."""
        counted = self._counts.counted
        if len(counted.events) > self.MOST_NETWORKS:
            for key in [key for key, events in counted.events.items() if not events]:
                counted.clear(key)
