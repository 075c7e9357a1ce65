"""An IMAP server of our own on a loopback port: it has some mails, and answers as IMAP wants, or as a test scripts it.

An answer of a script is sent in the place of ours to that command, with its tag for ``{tag}``; ``None`` hangs up.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from socket import SHUT_RDWR, create_server, socket
from threading import Thread
from types import TracebackType
from typing import BinaryIO, Self

from tests.mail.fake_relay import TLS


class FakeImap:
    """Serves *mails*, by their numbers, to whoever logs in as ``bounces`` with ``swordfish``."""

    def __init__(
        self,
        mails: Mapping[int, bytes] | None = None,
        *,
        validity: int = 7,
        script: Mapping[str, bytes | None] | None = None,
        tls: bool = False,
        plain: bool = True,
    ) -> None:
        self.mails = dict(mails or {})
        self.validity = validity
        self.script = dict(script or {})
        #: What clients have said, but for passwords.
        self.said: list[str] = []
        #: After so many mails it hangs up.
        self.fails_after: int | None = None
        self._plain = plain
        self._listener = create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._wires: list[socket] = []
        self._context = _context() if tls else None
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for wire in (self._listener, *self._wires):
            with suppress(OSError):
                wire.shutdown(SHUT_RDWR)
            wire.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            self._wires.append(wire)
            with suppress(OSError, ValueError):
                self._converse(self._context.wrap_socket(wire, server_side=True) if self._context else wire)
            with suppress(OSError):
                wire.close()

    def _converse(self, wire: socket) -> None:
        with wire, wire.makefile("rb") as lines:
            if not self._send(wire, "GREETING", b"* OK ready\r\n"):
                return
            while line := lines.readline().decode("ascii", "replace"):
                tag, _, command = line.strip().partition(" ")
                word = command.removeprefix("UID ").partition(" ")[0].upper()
                word = "NUMBERS" if command.startswith("FETCH") else word
                self.said.append(command if word not in ("LOGIN", "AUTHENTICATE") else word)
                done = f"{tag} OK done\r\n".encode()
                if not self._send(wire, word, self._answer(word, command, wire, lines) + done, tag):
                    return

    def _send(self, wire: socket, word: str, ours: bytes, tag: str = "") -> bool:
        answer = self.script.get(word, ours)
        if answer is not None:
            wire.sendall(answer.replace(b"{tag}", tag.encode()))
        return answer is not None and word != "LOGOUT"

    def _answer(self, word: str, command: str, wire: socket, lines: BinaryIO) -> bytes:
        if word == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1" + (b" AUTH=PLAIN" if self._plain else b"") + b"\r\n"
        if word == "AUTHENTICATE":
            wire.sendall(b"+ \r\n")
            lines.readline()
            return b""
        if word == "EXAMINE":
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] valid\r\n" % (len(self.mails), self.validity)
        if word == "NUMBERS":
            first, _, last = command.split()[1].replace("*", str(len(self.mails))).partition(":")
            places = range(int(first), int(last or first) + 1)
            uids = [*self.mails][places.start - 1 : places.stop - 1]
            return b"".join(b"* %d FETCH (UID %d)\r\n" % found for found in zip(places, uids, strict=False))
        if word == "FETCH":
            fetched = sum("UID FETCH" in each for each in self.said)
            if self.fails_after is not None and fetched > self.fails_after:
                raise ConnectionAbortedError
            uid, most = re.findall(r"FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command)[0]
            mail = self.mails.get(int(uid), b"")[: int(most)]
            return b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (uid.encode(), len(mail), mail) if mail else b""
        return b"* BYE\r\n" if word == "LOGOUT" else b""


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem")
    return context


def mailboxes_said(said: Sequence[str]) -> list[str]:
    """The commands that could change something."""
    return [each for each in said if re.match(r"(UID )?(STORE|SELECT|EXPUNGE|COPY|MOVE|APPEND|DELETE|CLOSE)", each)]
