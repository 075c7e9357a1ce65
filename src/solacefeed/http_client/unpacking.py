"""A body as it came over the wire, and as it was packed, bounded."""

from __future__ import annotations

import zlib

import httpx

from solacefeed.errors import RequestError
from solacefeed.http_client.answer import one_line
from solacefeed.http_client.guard import named


class Plain:
    """A body as it comes."""

    whole = True

    def feed(self, chunk: bytes, most: int) -> bytes:
        return chunk[:most]


class Gzip:
    """A compressed body, never unpacked beyond what is asked for: httpx would unpack a chunk whole."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def whole(self) -> bool:
        return self._stream.eof

    def feed(self, chunk: bytes, most: int) -> bytes:
        return self._stream.decompress(chunk, most)


def unpacker(url: httpx.URL, encoding: str) -> Plain | Gzip:
    match encoding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip":
            return Gzip()
        case _:
            raise RequestError(f"{named(url)}: answered in the encoding {one_line(encoding)!r}, which we did not offer")
