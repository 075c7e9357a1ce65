"""A name server of our own on a loopback port, over UDP and TCP: it has some records, and may fail or be silent."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from socket import AF_INET, SHUT_RDWR, SOCK_DGRAM, create_server, socket
from threading import Thread
from types import TracebackType
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

#: Octets of an answer over UDP, where the question names no more (RFC 1035 section 4.2.1).
_SHORT = 512


def txt(text: str) -> str:
    """A TXT record's data, in strings of at most 255 octets."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))


class NameServer:
    """Serves *records*: by name and type their data as a zone file has it; all other names do not exist.

    What stands in *silent* is not answered, what stands in *failing* is answered by SERVFAIL, and what stands in
    *refused* is refused.
    """

    def __init__(self, records: Mapping[tuple[str, str], Sequence[str]]) -> None:
        self.records = dict(records)
        self.silent: set[str] = set()
        self.failing: set[str] = set()
        #: Questions, as ``AAAA example.org``.
        self.refused: set[str] = set()
        #: Every question, as ``TXT example.org``.
        self.asked: list[str] = []
        self._datagrams, self._listener = _both()
        self.port: int = self._listener.getsockname()[1]
        self._threads = [Thread(target=self._over_udp), Thread(target=self._over_tcp)]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket(AF_INET, SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        with suppress(OSError):
            self._listener.shutdown(SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()
        self._datagrams.close()

    def _over_udp(self) -> None:
        while True:
            question, sender = self._datagrams.recvfrom(65535)
            if not question:
                return
            answer = self._answer(question, short=True)
            if answer:
                self._datagrams.sendto(answer, sender)

    def _over_tcp(self) -> None:
        while True:
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            with wire, suppress(OSError, struct.error):
                wire.settimeout(5)
                (size,) = struct.unpack("!H", _exactly(wire, 2))
                answer = self._answer(_exactly(wire, size), short=False)
                if answer:
                    wire.sendall(struct.pack("!H", len(answer)) + answer)

    def _answer(self, wire: bytes, *, short: bool) -> bytes | None:
        question = dns.message.from_wire(wire)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.question[0].rdtype)
        self.asked.append(f"{kind} {name}")
        if name in self.silent:
            return None
        reply = dns.message.make_response(question, recursion_available=True)
        if name in self.failing:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif f"{kind} {name}" in self.refused:
            reply.set_rcode(dns.rcode.REFUSED)
        elif data := self.records.get((name, kind)):
            reply.answer.append(dns.rrset.from_text_list(question.question[0].name, 300, "IN", kind, data))
        elif not any(known == name or known.endswith(f".{name}") for known, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        try:
            return reply.to_wire(max_size=_SHORT if short else 65535)
        except dns.exception.TooBig:
            # The rest is to be asked for by TCP.
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            return reply.to_wire()


def _both() -> tuple[socket, socket]:
    """One port of both kinds that nobody else has."""
    while True:
        listener = create_server(("127.0.0.1", 0))
        datagrams = socket(AF_INET, SOCK_DGRAM)
        try:
            datagrams.bind(listener.getsockname())
        except OSError:
            datagrams.close()
            listener.close()
        else:
            return datagrams, listener


def _exactly(wire: socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        more = wire.recv(size - len(got))
        if not more:
            raise ConnectionResetError
        got += more
    return got
