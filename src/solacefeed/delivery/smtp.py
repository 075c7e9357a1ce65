"""The session with a relay: a transaction for each copy, and the mark before the final dot.

What an outcome means for the copy, by where it came:

    connect, TLS            anything but success    Deferred, on a new connection
    login                   4xx                     Deferred, on a new connection
                            5xx                     SenderRefused
    MAIL FROM               4xx                     Deferred
                            5xx                     SenderRefused
    RCPT TO, DATA, answer   4xx                     Deferred
                            5xx                     Rejected or SenderRefused, as ``refusals`` understands it
    anywhere                421                     Deferred, on a new connection
    before the final dot    cut off, or no mark     Deferred, on a new connection
    after the final dot     cut off                 Uncertain (RFC 1047)
                            2xx                     accepted

This is smtplib's home. It connects, greets, starts TLS and logs in; the transaction is ours, since ``sendmail`` knows
neither pipelining (RFC 2920) nor a moment between body and dot. Its ``getreply`` takes as many continuation lines as
a relay cares to drip, and its timeout begins anew with every octet: ``_Session`` reads and writes in its place.
"""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from solacefeed.delivery.refusals import About, Stage, about, alike
from solacefeed.errors import ConfigError, Deferred, Rejected, SenderRefused, TransportError, Uncertain
from solacefeed.models.deliveries import Message

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_log = logging.getLogger(__name__)

Tls = Literal["starttls", "implicit", "none"]

#: Seconds for the answer to the final dot: who gives up earlier makes duplicates (RFC 5321 section 4.5.3.2.6).
PATIENCE = 600.0

_SECONDS_TO_QUIT = 5.0
#: Of one write, so that the deadline is looked at between them; also a TLS record's most.
_CHUNK = 16384
#: Of one reply with all its lines; RFC 5321 section 4.5.3.1.5 gives a line 512.
_LONGEST_REPLY = 16384
_LONGEST_TEXT = 300
_REPLY_LINE = re.compile(rb"[2-5]\d\d(?:[ -][^\n]*)?\r?\n")
_PATH = re.compile(r"[^\s<>@]+@[^\s<>@]+")
#: What goes well is answered so: the first digit.
_STAGES = ((Stage.MAIL, 2), (Stage.RCPT, 2), (Stage.DATA, 3))
#: Where the operator looks when the relay refuses us.
_SEE = {Stage.LOGIN: "; see [mail] username", Stage.MAIL: "; see [mail] return_path"}


class SmtpTransport:
    """A ``Transport`` over one connection, opened for the first message and again whenever it was lost.

    *timeout* is in seconds and twofold: for connecting with TLS and login, and for a transaction up to its final dot,
    each as a whole. *patience* seconds are for the answer to that dot. TLS is verified, by *ca_file* or else by the
    system's authorities. Raises ``ConfigError`` when *ca_file* can't be used.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls: Tls,
        ca_file: Path | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout: float = 60.0,
        patience: float = PATIENCE,
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._context = None if tls == "none" else _verifying(ca_file)
        self._login = (username, password or "") if username else None
        self._timeout = timeout
        self._patience = patience
        self._relay = f"{host}:{port}"
        self._session: _Session | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session.allow(_SECONDS_TO_QUIT)
            with suppress(OSError):
                self._session.quit()
            self._drop()

    def hand_over(self, message: Message, mark: Callable[[], bool]) -> str:
        """Offers *message* to the relay, and returns its answer, such as ``250 2.0.0 Ok: queued as 4ABCD``.

        Raises what the table above says. Nothing that happens here leaves a connection in the middle of a message.
        """
        body = _dot_stuffed(message.content)
        try:
            session = self._open(message)
            self._write(session, body)
            if not mark():
                raise self._gone("left before the final dot, since the copy must no longer go")
            return self._end(session)
        except BaseException as error:
            if not _is_refusal(error):
                self._drop()
            raise

    # -- the transaction, in its order ----------------------------------------------------------

    def _open(self, message: Message) -> _Session:
        """A session that awaits *message*'s body; an idle connection may have ended, which costs nothing."""
        if self._session is not None:
            try:
                return self._announce(self._session, message)
            except Deferred as deferred:
                if _is_refusal(deferred):
                    raise
                self._drop()
        self._session = self._connect()
        return self._announce(self._session, message)

    def _announce(self, session: _Session, message: Message) -> _Session:
        commands = _envelope(message, session)
        refusal: TransportError | None = None
        session.allow(self._timeout)
        try:
            for (stage, wanted), reply in zip(_STAGES, session.converse(commands), strict=False):
                refusal = refusal or self._refusal(stage, wanted, reply)
            if _is_refusal(refusal):
                session.abandon(data_is_open=reply.code == 354)
        except OSError as error:
            session.close()
            raise refusal or self._cut_off(error) from error
        if refusal:
            raise refusal
        return session

    def _write(self, session: _Session, body: bytes) -> None:
        """Writes all but the final dot; whatever the relay says meanwhile is its end of the conversation."""
        try:
            session.send(body)
            if session.has_spoken():
                raise ConnectionAbortedError(f"it broke in with {session.reply()}")
        except OSError as error:
            raise self._cut_off(error) from error

    def _end(self, session: _Session) -> str:
        try:
            session.allow(self._patience)
            session.send(b".\r\n")
            reply = session.reply()
            if reply.code // 100 == 3:
                raise ConnectionAbortedError(f"it answered {reply}")
        except OSError as error:
            raise Uncertain(
                f"{self._relay}: cut off after the final dot ({_reason(error)}); it may have the copy"
            ) from error
        refusal = self._refusal(Stage.MESSAGE, 2, reply)
        if refusal:
            raise refusal
        return str(reply)

    # -- the connection -------------------------------------------------------------------------

    def _connect(self) -> _Session:
        try:
            session = self._dial()
            try:
                session.sends_at_once()
                self._prepare(session)
            except BaseException:
                session.close()
                raise
        except smtplib.SMTPAuthenticationError as error:
            raise self._login_refused(error) from error
        except UnicodeError:
            # Not chained: the error would carry the password.
            raise self._gone("user name and password must be ASCII for its kind of login") from None
        except OSError as error:
            raise self._gone(f"no session: {_reason(error)}") from error
        _log.info("relay %s:%d: connected, tls %s", self._host, self._port, self._tls)
        return session

    def _dial(self) -> _Session:
        if self._tls == "implicit":
            return _TlsSession(self._host, self._port, timeout=self._timeout, context=self._context)
        return _Session(self._host, self._port, timeout=self._timeout)

    def _prepare(self, session: _Session) -> None:
        session.ehlo_or_helo_if_needed()
        if self._tls == "starttls":
            session.starttls(context=self._context)
            session.ehlo_or_helo_if_needed()
        if self._login:
            session.login(*self._login)

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    # -- what an answer means -------------------------------------------------------------------

    def _refusal(self, stage: Stage, wanted: int, reply: _Reply) -> TransportError | None:
        """What *reply* at *stage* means for the copy; ``None`` where its first digit is the *wanted* one."""
        kind = reply.code // 100
        if kind == wanted:
            return None
        if reply.code == 421 or kind < 4:
            return self._gone(f"answered {stage} with {reply}")
        return self._meaning(stage, reply)

    def _meaning(self, stage: Stage, reply: _Reply) -> TransportError:
        said = f"answered {stage} with {reply}"
        match about(stage, reply.code, reply.text):
            case About.MOMENT:
                return Deferred(f"{self._relay}: {said}")
            case About.SENDER:
                return SenderRefused(f"{self._relay} refuses us, not the reader: {said}{_SEE.get(stage, '')}")
            case About.READER:
                return Rejected(f"{self._relay}: {said}")
            case About.EITHER:
                return Rejected(f"{self._relay}: {said}", alike=f"{stage} {reply.code} {alike(reply.text)}")

    def _login_refused(self, error: smtplib.SMTPAuthenticationError) -> TransportError:
        reply = _reply_of(error)
        if about(Stage.LOGIN, reply.code, reply.text) is About.SENDER:
            return self._meaning(Stage.LOGIN, reply)
        return self._gone(f"refuses the login: {reply}; see [mail] username")

    def _cut_off(self, error: OSError) -> Deferred:
        return self._gone(f"cut off before the final dot: {_reason(error)}")

    def _gone(self, what: str) -> Deferred:
        return Deferred(f"{self._relay}: {what}", connection_lost=True)


# -- the wire -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reply:
    code: int
    #: On one line, and fit for a record.
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()


class _Session(smtplib.SMTP):
    """smtplib's session under one deadline, with replies of bounded size.

    Whatever breaks these bounds is an ``OSError``, like any other end of a connection.
    """

    _unread = b""

    def __init__(self, host: str, port: int, *, timeout: float, **more: Any) -> None:
        self.allow(timeout)
        super().__init__(host, port, timeout=timeout, **more)

    def allow(self, seconds: float) -> None:
        """All that follows must be over within *seconds*."""
        self._deadline = monotonic() + seconds

    def sends_at_once(self) -> None:
        """Without it the final dot waits for the body's acknowledgement: 40 ms a copy, by Nagle's algorithm."""
        self._wire().setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)

    def converse(self, commands: list[str]) -> Iterator[_Reply]:
        """The replies to *commands*: all of them with PIPELINING (RFC 2920), else up to the first that refuses."""
        pipelined = self.has_extn("pipelining")
        for batch in [commands] if pipelined else [[command] for command in commands]:
            self.send("".join(f"{command}\r\n" for command in batch).encode())
            for _ in batch:
                reply = self.reply()
                yield reply
            if reply.code >= 400:
                return

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

    def reply(self) -> _Reply:
        code, text = self.getreply()
        return _Reply(code, _shown(text))

    def has_spoken(self) -> bool:
        """Whether the relay has said something, or hung up, without being asked."""
        wire = self._wire()
        wire.settimeout(0)
        with suppress(BlockingIOError, ssl.SSLWantReadError):
            self._unread += wire.recv(_CHUNK)
            return True
        return bool(self._unread)

    def send(self, s: ReadableBuffer | str) -> None:
        """In smtplib's place: writes all of *s* before the deadline."""
        data = s.encode("ascii") if isinstance(s, str) else bytes(s)
        for start in range(0, len(data), _CHUNK):
            self._wire().sendall(data[start : start + _CHUNK])

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
            more = self._wire().recv(_CHUNK)
            if not more:
                raise ConnectionResetError("the relay hung up")
            self._unread += more
        line, end, self._unread = self._unread.partition(b"\n")
        return line + end

    def _wire(self) -> socket:
        """The socket, for as long as the deadline leaves."""
        if self.sock is None:
            raise ConnectionResetError("the relay hung up")
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        self.sock.settimeout(left)
        return self.sock


class _TlsSession(_Session, smtplib.SMTP_SSL):
    """TLS from the first octet."""


def _verifying(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigError([f"[mail] ca_file: {ca_file}: no certificates to read there ({_reason(error)})"]) from error


def _envelope(message: Message, session: _Session) -> list[str]:
    """MAIL, RCPT and DATA; with SMTPUTF8 (RFC 6531) only if there is need of it."""
    if not all(_PATH.fullmatch(path) and path.isprintable() for path in (message.sender, message.recipient)):
        raise Rejected(f"{message.message_id}: an address that no SMTP command can hold")
    international = not f"{message.sender}{message.recipient}".isascii() or not message.content.isascii()
    if international and not session.has_extn("smtputf8"):
        raise Rejected(f"{message.message_id}: an address beyond ASCII, and the relay has no SMTPUTF8")
    options = " BODY=8BITMIME SMTPUTF8" if international else ""
    return [f"MAIL FROM:<{message.sender}>{options}", f"RCPT TO:<{message.recipient}>", "DATA"]


def _dot_stuffed(content: bytes) -> bytes:
    """*content* as it goes over the wire (RFC 5321 section 4.5.2), without the final dot.

    A bare CR or LF is a bug, and refused: relays differ on it, and some see a second message (SMTP smuggling).
    """
    if not content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r"):
        raise ValueError("a message with a bare CR or LF")
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _is_refusal(error: BaseException | None) -> bool:
    """Whether the relay said no to this copy, and the conversation goes on."""
    return isinstance(error, Rejected | SenderRefused) or (isinstance(error, Deferred) and not error.connection_lost)


def _reply_of(error: smtplib.SMTPResponseException) -> _Reply:
    text = error.smtp_error
    return _Reply(error.smtp_code, _shown(text if isinstance(text, bytes) else text.encode()))


def _reason(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return str(_reply_of(error))
    return _shown(str(error).encode(errors="backslashreplace")) or type(error).__name__


def _shown(said: bytes) -> str:
    """What a relay said, on one line of printable characters, and cut."""
    line = " ".join(said.decode("utf-8", "backslashreplace").split())
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return safe if len(safe) <= _LONGEST_TEXT else f"{safe[:_LONGEST_TEXT]}…"
