"""One conversation with a relay, bounded in time and in size.

This is smtplib's home. It connects, greets, starts TLS and logs in. Its ``getreply`` takes as many continuation lines
as a relay cares to drip, and its timeout begins anew with every octet: ``Session`` reads and writes in its place.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import suppress
from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY, socket
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from solacefeed.delivery.event_loop import Wire
from solacefeed.delivery.own_names import own_name

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: Of one read; also a TLS record's most.
_CHUNK = 16384
#: Of one write, so that the deadline is looked at between them.
_MOST_WRITTEN = 256 * 1024
#: Of one reply with all its lines; RFC 5321 section 4.5.3.1.5 gives a line 512.
_LONGEST_REPLY = 16384
_LONGEST_TEXT = 300
_PLAIN_LINE = re.compile(rb"([2-5]\d\d) ([!-~]+(?: [!-~]+)*)\r\n")
#: To MAIL, RCPT and DATA, a line each.
_GO_ON = re.compile(rb"2\d\d [^\r\n]*\r\n2\d\d [^\r\n]*\r\n3\d\d [^\r\n]*\r\n")
_REPLY_LINE = re.compile(rb"[2-5]\d\d(?:[ -][^\n]*)?\r?\n")


class Reply(NamedTuple):
    code: int
    #: On one line, and fit for a record.
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()


class Session(smtplib.SMTP):
    """smtplib's session under one deadline, with replies of bounded size.

    Whatever breaks these bounds is an ``OSError``, like any other end of a connection.
    """

    _unread = b""
    #: Whether it may be told several commands at once (RFC 2920), by what it said before transactions begin.
    pipelines = False
    #: While smtplib connects, which knows only a socket that keeps its thread waiting.
    _blocks = True
    #: By which it is waited from then on, in the thread that first does.
    _wire: Wire | None = None

    def __init__(self, host: str, port: int, *, timeout: float, **more: Any) -> None:
        # smtplib asks the resolver for it with each connection, for as long as that takes.
        more.setdefault("local_hostname", own_name())
        self.allow(timeout)
        super().__init__(host, port, timeout=timeout, **more)

    def allow(self, seconds: float) -> None:
        """All that follows must be over within *seconds*."""
        self._deadline = monotonic() + seconds

    def begin_transactions(self) -> None:
        """From here on whoever waits for the relay lets others go on, where there are others (``event_loop``)."""
        wire = self._open_socket()
        # Without it the final dot waits for the body's acknowledgement: 40 ms a copy, by Nagle's algorithm.
        wire.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        wire.setblocking(False)
        self._blocks = False
        self.pipelines = self.has_extn("pipelining")

    def converse(self, commands: list[str]) -> Iterator[Reply]:
        """The replies to *commands*: all of them with PIPELINING (RFC 2920), else up to the first that refuses."""
        for batch in [commands] if self.pipelines else [[command] for command in commands]:
            self.send(in_lines(batch))
            for reply in self.replies(batch):
                yield reply
            if reply.code >= 400:
                return

    def replies(self, commands: list[str]) -> Iterator[Reply]:
        """The replies to *commands* that were sent already."""
        for _ in commands:
            yield self.reply()

    def abandon(self, *, data_is_open: bool) -> None:
        """Makes room for the next transaction.

        A relay may ask for the body though it took no recipient: it gets a lone dot (RFC 2920 section 3.1).
        """
        if data_is_open:
            self.send(b".\r\n")
            self.reply()
        self.rset()

    def starttls(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        """As smtplib's, and sure that nothing said in the clear is taken for an answer under TLS."""
        answer = super().starttls(*args, **options)
        if self._unread:
            raise ConnectionAbortedError("it went on in the clear after STARTTLS")
        return answer

    def was_let_go_on(self) -> bool:
        """Whether the replies to an envelope that was sent already say so, all of it; else they are left unread."""
        # Nearly all do, and have come with the answer to the dot that the envelope was sent with.
        found = _GO_ON.match(self._unread, 0, _LONGEST_REPLY)
        if found:
            self._unread = self._unread[found.end() :]
        return found is not None

    def reply(self) -> Reply:
        if not self._unread:
            self._hear()
        # Nearly each is one short line of plain words, which is fit for a record as it stands.
        if found := _PLAIN_LINE.match(self._unread, 0, _LONGEST_TEXT):
            self._unread = self._unread[found.end() :]
            return Reply(int(found[1]), found[2].decode("ascii"))
        code, text = self.getreply()
        return Reply(code, _shown(text))

    def is_quiet(self) -> bool:
        """Whether the connection is there, and the relay has neither said anything nor hung up without being asked."""
        try:
            return not self.has_spoken()
        except OSError:
            return False

    def hang_up(self) -> None:
        """Under another thread's hands: what that waits for comes to its end."""
        wire = self.sock
        if wire is not None:
            with suppress(OSError):
                # Not TLS's own, which takes its state away while the other thread reads.
                socket.shutdown(wire, SHUT_RDWR)

    def has_spoken(self) -> bool:
        """Whether the relay has said something, or hung up, without being asked."""
        wire = self._wire
        if wire is not None and not wire.may_have_news:
            return bool(self._unread)
        wire = wire or self._watched()
        if wire.may_have_news:
            with suppress(BlockingIOError, ssl.SSLWantReadError):
                self._unread += self._read_now(wire)
                return True
        return bool(self._unread)

    def send(self, s: ReadableBuffer | str) -> None:
        """In smtplib's place: writes all of *s* before the deadline."""
        whole = s.encode("ascii") if isinstance(s, str) else s
        if isinstance(whole, bytes) and len(whole) <= _MOST_WRITTEN:
            # Of nearly each mail there is room for all, at once: then no time is to be looked at.
            try:
                written = (self.sock if self._wire and self.sock else self._open_socket()).send(whole)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                written = 0
            if written == len(whole):
                return
            whole = memoryview(whole)[written:]
        left = memoryview(whole)
        while left:
            left = left[self._write_some(left[:_MOST_WRITTEN]) :]

    def getreply(self) -> tuple[int, bytes]:
        """In smtplib's place: one reply, whole, before the deadline."""
        try:
            return self._reply_within(_LONGEST_REPLY)
        except OSError:
            self.close()
            raise

    def _reply_within(self, room: int) -> tuple[int, bytes]:
        texts = []
        while True:
            line = self._line(room)
            room -= len(line)
            if not _REPLY_LINE.fullmatch(line):
                raise ConnectionAbortedError(f"no SMTP reply: {_shown(line)}")
            texts.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(texts)

    def _line(self, room: int) -> bytes:
        while b"\n" not in self._unread[:room]:
            if len(self._unread) >= room:
                raise ConnectionAbortedError(f"a reply of over {_LONGEST_REPLY} octets")
            self._hear()
        line, end, self._unread = self._unread.partition(b"\n")
        return line + end

    def _hear(self) -> None:
        more = self._read()
        if not more:
            raise ConnectionResetError("the relay hung up")
        self._unread += more

    def _read(self) -> bytes:
        """What has come, as soon as there is something, before the deadline; nothing at the end."""
        wire = self._wire or self._watched()
        while True:
            if not wire.may_have_news:
                wire.await_news(self._deadline)
            try:
                return self._read_now(wire)
            except (BlockingIOError, ssl.SSLWantReadError):
                # Outside a loop nobody has looked whether there is something.
                wire.await_news(self._deadline)
            except ssl.SSLWantWriteError:
                wire.await_room(self._deadline)

    def _read_now(self, wire: Wire) -> bytes:
        """Raises ``BlockingIOError`` or ``ssl.SSLWantReadError`` where there is nothing.

        What has come in time is read, however late that is: what kept us is not the relay's fault.
        """
        try:
            if self.sock is not None and not self._blocks and wire.may_have_news:
                return self.sock.recv(_CHUNK)
            return self._open_socket().recv(_CHUNK)
        finally:
            wire.was_read()

    def _write_some(self, some: memoryview | bytes) -> int:
        """How much of it was written, as soon as there is room for any, before the deadline."""
        while True:
            try:
                return self._open_socket().send(some)
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._watched().await_room(self._deadline)
            except ssl.SSLWantReadError:
                self._watched().await_news(self._deadline)

    def _open_socket(self) -> socket:
        """For as long as the deadline leaves."""
        if self.sock is None:
            raise ConnectionResetError("the relay hung up")
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        if self._blocks:
            self.sock.settimeout(left)
        return self.sock

    def _watched(self) -> Wire:
        if self._wire is not None:
            return self._wire
        wire = Wire(self._open_socket())
        if not self._blocks:
            self._wire = wire
        return wire

    def close(self) -> None:
        if self._wire is not None:
            self._wire.leave()
            self._wire = None
        super().close()


def in_lines(commands: list[str]) -> bytes:
    return "\r\n".join([*commands, ""]).encode()


class TlsSession(Session, smtplib.SMTP_SSL):
    """TLS from the first octet."""


def reply_of(error: smtplib.SMTPResponseException) -> Reply:
    text = error.smtp_error
    return Reply(error.smtp_code, _shown(text if isinstance(text, bytes) else text.encode()))


def reason_of(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return str(reply_of(error))
    return _shown(str(error).encode(errors="backslashreplace")) or type(error).__name__


def _shown(said: bytes) -> str:
    """What a relay said, on one line of printable characters, and cut."""
    line = " ".join(said.decode("utf-8", "backslashreplace").split())
    # Of each reply: what needs no escape, and nearly none does, is not looked at letter by letter.
    safe = line if line.isprintable() else "".join(map(_escaped, line))
    return safe if len(safe) <= _LONGEST_TEXT else f"{safe[:_LONGEST_TEXT]}…"


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()
