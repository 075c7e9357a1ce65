"""A body as it came over the wire, and as it was packed, bounded."""

from __future__ import annotations

import zlib

import httpx

from solacefeed.errors import RequestError
from solacefeed.http_client.answer import one_line
from solacefeed.http_client.guard import named

#: Of an error that repeats what a server has said.
IN_AN_ENCODING = "answered in the encoding "


class Plain:
    """A body as it comes."""

    whole = True

    def feed(self, chunk: bytes, most: int) -> bytes:
        return chunk[:most]


#: How each member of a gzip stream begins.
_BEGINS = b"\x1f\x8b"


class Gzip:
    """A compressed body, never unpacked beyond what is asked for: httpx would unpack a chunk whole.

    It may have several members, one behind another (RFC 1952, section 2.2); what else stands behind one is passed over.
    """

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._is_over = False

    @property
    def whole(self) -> bool:
        return self._stream.eof

    def feed(self, chunk: bytes, most: int) -> bytes:
        body = bytearray()
        while chunk and len(body) < most and not self._is_over:
            if self._stream.eof:
                self._is_over = chunk[:2] != _BEGINS[: len(chunk)]
                self._stream = self._stream if self._is_over else zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            else:
                body += self._stream.decompress(chunk, most - len(body))
                chunk = self._stream.unused_data
        return bytes(body)


def unpacker(url: httpx.URL, encoding: str) -> Plain | Gzip:
    match encoding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip":
            return Gzip()
        case _:
            said = one_line(encoding)
            raise RequestError(f"{named(url)}: {IN_AN_ENCODING}{said!r}, which we did not offer")
