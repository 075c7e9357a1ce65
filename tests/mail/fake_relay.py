"""A relay of our own on a loopback port: it answers as SMTP wants, or as a test scripts it.

An answer is a reply's text, or something done to the connection, after which that connection is over.
"""

from __future__ import annotations

import ssl
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY, create_server, socket
from threading import Condition, Event, Thread
from types import TracebackType
from typing import Self

TLS = Path(__file__).with_name("tls")
AUTHORITY = TLS / "authority.pem"

Answer = str | Callable[[socket, Event], None]

_REPLIES = {
    "GREETING": "220 relay.example.org",
    "HELO": "250 relay.example.org",
    "STARTTLS": "220 go",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go",
    "DOT": "250 2.0.0 queued as 4ABCD",
    "RSET": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}


def cut(wire: socket, over: Event) -> None:
    """Hangs up."""


def silence(wire: socket, over: Event) -> None:
    """Says nothing until the other side has had enough."""
    while wire.recv(65536):
        pass


def drip(wire: socket, over: Event) -> None:
    """A reply that never ends, one octet at a time: each comes soon enough."""
    while not over.wait(0.01):
        wire.sendall(b"2")


def crawl(wire: socket, over: Event) -> None:
    """Wants the message, and reads it so slowly that nobody lives to see its end."""
    wire.sendall(b"354 go\r\n")
    while not over.wait(0.01) and wire.recv(1):
        pass


def endless(wire: socket, over: Event) -> None:
    """Continuation lines as fast as they are taken."""
    while not over.is_set():
        wire.sendall(b"250-and another thing\r\n")


class Relay:
    """A context manager; what it heard may be read while it runs and afterwards."""

    def __init__(
        self, *, features: tuple[str, ...] = ("PIPELINING",), implicit_tls: bool = False, patient: bool = False
    ) -> None:
        self.features = features
        #: Says nothing to MAIL and RCPT until it has read DATA: only pipelining gets on.
        self.patient = patient
        #: What comes next at a stage; then the ordinary reply again.
        self.script: defaultdict[str, list[Answer]] = defaultdict(list)
        #: Every command, over all connections.
        self.heard: list[str] = []
        #: Each body as it came over the wire, with its final dot.
        self.bodies: list[bytes] = []
        #: Of those, what was not refused: the worst case wherever nobody can know.
        self.taken: list[bytes] = []
        #: What came behind each final dot with it.
        self.behind: list[bytes] = []
        self.connections = 0
        #: Seconds from a final dot to its answer.
        self.thinks = 0.0
        self._pending = b""
        self._news = Condition()
        self._implicit_tls = implicit_tls
        self._over = Event()
        self._listener = create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._wires: list[socket] = []
        self._threads: list[Thread] = []

    def at(self, stage: str, *answers: Answer) -> None:
        self.script[stage].extend(answers)

    def verbs(self) -> list[str]:
        return [command.partition(" ")[0].upper() for command in self.heard]

    def note(self, pending: bytes) -> None:
        with self._news:
            self._pending = pending
            self._news.notify_all()

    def has_just(self, pending: bytes) -> bool:
        """Whether *pending*, and no octet more, is all that came and waits for its end."""
        with self._news:
            return self._news.wait_for(lambda: self._pending == pending, timeout=5)

    def has_let_in(self, connections: int) -> bool:
        """Whether so many connections have come, before long."""
        with self._news:
            return self._news.wait_for(lambda: self.connections >= connections, timeout=20)

    def __enter__(self) -> Self:
        self._start(self._welcome)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._hang_up_everywhere()
        for thread in self._threads:
            thread.join()
        self._hang_up_everywhere()

    def hang_up_now(self) -> None:
        """Ends every connection without a word, and takes new ones."""
        for wire in self._wires:
            _hang_up(wire)

    def _hang_up_everywhere(self) -> None:
        for wire in (self._listener, *self._wires):
            _hang_up(wire)

    def _start(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _welcome(self) -> None:
        while True:
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            wire.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            with self._news:
                self.connections += 1
                self._news.notify_all()
            self._wires.append(wire)
            self._start(partial(self._serve, wire))

    def _serve(self, wire: socket) -> None:
        try:
            if self._implicit_tls:
                wire = self.secured(wire)
            _Conversation(self, wire, self._over).hold()
        except OSError:
            pass
        finally:
            _hang_up(wire)

    def secured(self, wire: socket) -> socket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "localhost.pem")
        secured = context.wrap_socket(wire, server_side=True)
        self._wires.append(secured)
        return secured


class _Conversation:
    def __init__(self, relay: Relay, wire: socket, over: Event) -> None:
        self.relay, self.wire, self.over = relay, wire, over
        self.unread = b""
        self.owed = ""

    def hold(self) -> None:
        self.answer("GREETING")
        while True:
            command = self.until(b"\r\n").decode().removesuffix("\r\n")
            self.relay.heard.append(command)
            verb = command.partition(" ")[0].upper()
            reply = self.answer(verb)
            if verb == "DATA" and reply.startswith("354"):
                self.take_body()
            elif verb == "STARTTLS" and reply == _REPLIES["STARTTLS"]:
                self.wire = self.relay.secured(self.wire)
            elif verb == "QUIT":
                return

    def answer(self, stage: str) -> str:
        script = self.relay.script[stage]
        answer = script.pop(0) if script else self.ordinary(stage)
        if not isinstance(answer, str):
            answer(self.wire, self.over)
            raise ConnectionAbortedError
        self.owed += answer + "\r\n"
        if not (self.relay.patient and stage in ("MAIL", "RCPT")):
            self.wire.sendall(self.owed.encode())
            self.owed = ""
        return answer

    def ordinary(self, stage: str) -> str:
        if stage != "EHLO":
            return _REPLIES[stage]
        lines = ("relay.example.org", *self.relay.features)
        return "\r\n".join(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines)

    def take_body(self) -> None:
        self.unread = b"\r\n" + self.unread  # so that a lone dot ends an empty body
        body = self.until(b"\r\n.\r\n").removeprefix(b"\r\n")
        self.relay.bodies.append(body)
        self.relay.taken.append(body)
        self.relay.behind.append(self.unread)
        self.over.wait(self.relay.thinks)
        if self.answer("DOT")[:1] in "45":
            self.relay.taken.remove(body)

    def until(self, end: bytes) -> bytes:
        while end not in self.unread:
            more = self.wire.recv(65536)
            if not more:
                raise ConnectionAbortedError
            self.unread += more
            self.relay.note(self.unread)
        size = self.unread.index(end) + len(end)
        taken, self.unread = self.unread[:size], self.unread[size:]
        return taken


def _hang_up(wire: socket) -> None:
    try:
        wire.shutdown(SHUT_RDWR)
    except OSError:
        pass
    finally:
        wire.close()
