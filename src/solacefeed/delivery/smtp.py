"""The session with a relay: a transaction for each copy, and the mark before the final dot.

What an outcome means for the copy, by where it came:

    connect, TLS            anything but success    Deferred, on a new connection
    login                   4xx                     Deferred, on a new connection
                            5xx                     SenderRefused
    before MAIL FROM        not to be asked         Unaddressable: no command, or none that it knows, holds the address
    MAIL FROM               4xx                     Deferred
                            5xx                     SenderRefused
    RCPT TO, DATA, answer   4xx                     Deferred
                            5xx                     Rejected or SenderRefused, as ``refusals`` understands it
    anywhere                421                     Deferred, on a new connection
    before the final dot    cut off, or no mark     Deferred, on a new connection
    after the final dot     cut off                 Uncertain (RFC 1047)
                            2xx                     accepted

smtplib connects, greets, starts TLS and logs in; the transaction is ours, since ``sendmail`` knows neither pipelining
(RFC 2920) nor a moment between body and dot.
"""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self

from solacefeed.delivery.event_loop import Apart
from solacefeed.delivery.refusals import About, Stage, about
from solacefeed.delivery.relay_answers import RelayRefusal, refused, said
from solacefeed.delivery.smtp_session import Reply, Session, TlsSession, in_lines, reason_of, reply_of
from solacefeed.errors import ConfigError, Deferred, Rejected, SenderRefused, TransportError, Unaddressable, Uncertain
from solacefeed.mail_lines import for_the_wire
from solacefeed.models.deliveries import Message
from solacefeed.ports import nothing_follows

_log = logging.getLogger(__name__)

Tls = Literal["starttls", "implicit", "none"]

#: Seconds for the answer to the final dot: who gives up earlier makes duplicates (RFC 5321 section 4.5.3.2.6).
PATIENCE = 600.0

_SECONDS_TO_QUIT = 5.0
#: Of both sides, as far as a command can hold them.
_PATHS = re.compile(r"[^\s<>@]+@[^\s<>@]+ [^\s<>@]+@[^\s<>@]+")
#: What goes well is answered so: the first digit.
_STAGES = ((Stage.MAIL, 2), (Stage.RCPT, 2), (Stage.DATA, 3))


class SmtpTransport:
    """A ``Transport`` over one connection, opened for the first message and again whenever it was lost.

    *timeout* is in seconds and twofold: for connecting with TLS and login, and for a transaction up to its final dot,
    each as a whole. *patience* seconds are for the answer to that dot. TLS is verified, by *context* (``verifying``) or
    else by the system's authorities.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls: Tls,
        context: ssl.SSLContext | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout: float = 60.0,
        patience: float = PATIENCE,
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._context = None if tls == "none" else context or verifying(None)
        self._login = (username, password or "") if username else None
        self._timeout = timeout
        self._patience = patience
        self._relay = f"{host}:{port}"
        self._session: Session | None = None
        #: Whose envelope went behind the last dot, and its replies were not read yet.
        self._announced: _Announced | None = None
        #: Whether nothing was offered over it yet.
        self._is_new = False
        #: The connection that is about to be made; and whether none is to be made any more.
        self._connecting: Apart[Session] | None = None
        self._is_broken_off = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            self._session.allow(_SECONDS_TO_QUIT)
            if self._announced is None:
                with suppress(OSError):
                    self._session.quit()
            self._drop()

    def connect(self) -> None:
        """Connects, unless there is a connection that is alive as far as can be told: an idle one may have ended.

        Raises ``Deferred`` or ``SenderRefused``.
        """
        if self._session is not None and self._announced is None and not self._session.is_quiet():
            self._drop()
        if self._session is None:
            self._begin_session()
            self._is_new = True

    def break_off(self) -> None:
        """Hangs up under another thread's hands, which then finds itself cut off; it connects no more."""
        self._is_broken_off = True
        session, connecting = self._session, self._connecting
        if connecting is not None:
            connecting.give_up(ConnectionAbortedError("broken off"))
        if session is not None:
            session.hang_up()

    def hand_over(
        self, message: Message, mark: Callable[[], bool], following: Callable[[], Message | None] = nothing_follows
    ) -> str:
        """Offers *message* to the relay, and returns its answer, such as ``250 2.0.0 Ok: queued as 4ABCD``.

        The envelope of what is *following* goes with the final dot where the relay knows PIPELINING (RFC 2920 section
        3.1). Raises what the table above says. Nothing that happens here leaves a connection in the middle of a message
        but for one which was announced so, and is handed over next or costs the connection.
        """
        body = message.on_the_wire or for_the_wire(message.content)
        try:
            session = self._open(message)
            self._write(session, body)
            if not mark():
                raise self._gone("left before the final dot, since the copy must no longer go")
            return self._end(session, following)
        except BaseException as error:
            if not _goes_on_after(error):
                self._drop()
            raise

    # -- the transaction, in its order ----------------------------------------------------------

    def _open(self, message: Message) -> Session:
        """A session that awaits *message*'s body; an idle connection may have ended, which costs nothing."""
        if self._session is not None and not self._is_new:
            try:
                return self._announce(self._session, message)
            except Deferred as deferred:
                if _goes_on_after(deferred):
                    raise
                self._drop()
        session = self._session or self._begin_session()
        self._is_new = False
        return self._announce(session, message)

    def _announce(self, session: Session, message: Message) -> Session:
        announced, self._announced = self._announced, None
        if announced and announced.message is message:
            commands = announced.commands
        else:
            commands = _envelope(message, session)
            if announced and announced.commands != commands:
                raise self._gone("another copy was announced to it")
        session.allow(self._timeout)
        if announced and session.was_let_go_on():
            return session
        refusal: TransportError | None = None
        replies = session.replies(commands) if announced else session.converse(commands)
        try:
            for (stage, wanted), reply in zip(_STAGES, replies, strict=False):
                refusal = refusal or self._refusal(stage, wanted, reply)
            if refusal and _goes_on_after(refusal):
                session.abandon(data_is_open=reply.code == 354)
        except OSError as error:
            session.close()
            raise refusal or self._cut_off(error) from error
        if refusal:
            raise refusal
        return session

    def _write(self, session: Session, body: bytes) -> None:
        """Writes all but the final dot; whatever the relay says before that is its end of the conversation."""
        try:
            session.send(body)
        except OSError as error:
            raise self._cut_off(error) from error
        self._listen(session)

    def _listen(self, session: Session) -> None:
        try:
            if session.has_spoken():
                raise ConnectionAbortedError(f"it broke in with {session.reply()}")
        except OSError as error:
            raise self._cut_off(error) from error

    def _end(self, session: Session, following: Callable[[], Message | None]) -> str:
        dot = b".\r\n" + self._announcement(session, following)
        # How long the mark took is our own affair.
        session.allow(self._patience)
        # While it was written: what is said before the dot is no answer to it.
        self._listen(session)
        try:
            session.send(dot)
            reply = session.reply()
            if reply.code // 100 == 3:
                raise ConnectionAbortedError(f"it answered {reply}")
        except OSError as error:
            raise Uncertain(
                f"{self._relay}: cut off after the final dot ({reason_of(error)}); it may have the copy"
            ) from error
        refusal = self._refusal(Stage.MESSAGE, 2, reply)
        if refusal:
            raise refusal
        return str(reply)

    def _announcement(self, session: Session, following: Callable[[], Message | None]) -> bytes:
        """The envelope of what is *following*, where it may stand behind a dot."""
        message = following() if session.pipelines else None
        if message is None:
            return b""
        try:
            self._announced = _Announced(message, _envelope(message, session))
        except Unaddressable:
            # What no command can hold is told when it is its turn.
            return b""
        return in_lines(self._announced.commands)

    # -- the connection -------------------------------------------------------------------------

    def _begin_session(self) -> Session:
        session = self._session = self._connect()
        if self._is_broken_off:
            # Between the thread that made it and this one: it was known to nobody then.
            self._drop()
            raise self._gone("no session: broken off")
        return session

    def _connect(self) -> Session:
        self._connecting = Apart(self._opened, unwanted=Session.close)
        try:
            if self._is_broken_off:
                raise ConnectionAbortedError("broken off")
            session = self._connecting.wait()
        except smtplib.SMTPAuthenticationError as error:
            raise self._login_refused(error) from error
        except (smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
            raise self._not_let_in(reply_of(error)) from error
        except OSError as error:
            raise self._gone(f"no session: {reason_of(error)}") from error
        except ValueError:
            # Not chained: the error may carry the password. smtplib raises it for ours, and for what it can't decode.
            raise self._gone(self._why_unspoken()) from None
        finally:
            self._connecting = None
        _log.info("relay %s:%d: connected, tls %s", self._host, self._port, self._tls)
        return session

    def _opened(self) -> Session:
        session = self._dial()
        try:
            self._prepare(session)
            session.begin_transactions()
        except BaseException:
            session.close()
            raise
        return session

    def _dial(self) -> Session:
        if self._tls == "implicit":
            return TlsSession(self._host, self._port, timeout=self._timeout, context=self._context)
        return Session(self._host, self._port, timeout=self._timeout)

    def _prepare(self, session: Session) -> None:
        session.ehlo_or_helo_if_needed()
        if self._tls == "starttls":
            session.starttls(context=self._context)
            session.ehlo_or_helo_if_needed()
        if self._login:
            session.login(*self._login)

    def _why_unspoken(self) -> str:
        """Why smtplib came to no end with what was said."""
        if self._login and not "".join(self._login).isascii():
            return "user name and password must be ASCII for its kind of login"
        return "no session: it said what no relay says at login"

    def _drop(self) -> None:
        self._announced = None
        if self._session is not None:
            self._session.close()
            self._session = None

    # -- what an answer means -------------------------------------------------------------------

    def _refusal(self, stage: Stage, wanted: int, reply: Reply) -> TransportError | None:
        """What *reply* at *stage* means for the copy; ``None`` where its first digit is the *wanted* one."""
        kind = reply.code // 100
        if kind == wanted:
            return None
        if reply.code == 421 or kind < 4:
            return Deferred(said(self._relay, stage, str(reply)), connection_lost=True, reply=str(reply))
        return self._meaning(stage, reply)

    def _meaning(self, stage: Stage, reply: Reply) -> TransportError:
        return refused(self._relay, RelayRefusal(stage, reply.code, reply.text))

    def _login_refused(self, error: smtplib.SMTPAuthenticationError) -> TransportError:
        reply = reply_of(error)
        if about(Stage.LOGIN, reply.code, reply.text) is About.SENDER:
            return self._meaning(Stage.LOGIN, reply)
        return self._gone(f"refuses the login: {reply}; see [mail] username")

    def _not_let_in(self, reply: Reply) -> TransportError:
        if about(Stage.CONNECT, reply.code, reply.text) is About.SENDER:
            return self._meaning(Stage.CONNECT, reply)
        return self._gone(f"no session: {reply}")

    def _cut_off(self, error: OSError) -> Deferred:
        return self._gone(f"cut off before the final dot: {reason_of(error)}")

    def _gone(self, what: str) -> Deferred:
        return Deferred(f"{self._relay}: {what}", connection_lost=True)


# -- what is said to a relay --------------------------------------------------------------------------


def verifying(ca_file: Path | None) -> ssl.SSLContext:
    """What knows the authorities of *ca_file*, or else the system's; raises ``ConfigError`` when that can't be used."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigError([f"[mail] ca_file: {ca_file}: no certificates to read there ({reason_of(error)})"]) from error


class _Announced(NamedTuple):
    """A message, and the envelope that was made of it."""

    message: Message
    commands: list[str]


def _envelope(message: Message, session: Session) -> list[str]:
    """MAIL, RCPT and DATA; with SMTPUTF8 (RFC 6531) only if there is need of it."""
    paths = f"{message.sender} {message.recipient}"
    if not (_PATHS.fullmatch(paths) and paths.isprintable()):
        raise Unaddressable(f"{message.message_id}: an address that no SMTP command can hold")
    international = not (paths.isascii() and (message.on_the_wire is not None or message.content.isascii()))
    if international and not session.has_extn("smtputf8"):
        raise Unaddressable(f"{message.message_id}: an address beyond ASCII, and the relay has no SMTPUTF8")
    options = " BODY=8BITMIME SMTPUTF8" if international else ""
    return [f"MAIL FROM:<{message.sender}>{options}", f"RCPT TO:<{message.recipient}>", "DATA"]


def _goes_on_after(error: BaseException) -> bool:
    """Whether it is about this copy alone, and the conversation goes on."""
    about_the_copy = isinstance(error, Unaddressable | Rejected | SenderRefused)
    return about_the_copy or (isinstance(error, Deferred) and not error.connection_lost)
