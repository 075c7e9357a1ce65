"""A mailbox on an IMAP server, read and never changed: mails are fetched by their numbers, and not even marked as seen.

The home of imaplib. It takes whatever length a server announces, and waits for ever where one sends a byte now and
then: so each answer has a bound here, and a time, and the whole session an end. TLS is verified.

A search for all that is new would be answered with every number at once, in a line that imaplib does not take where a
mailbox is large. So numbers are listed by pages, and where the first page begins is found by halving.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from solacefeed.delivery.mailboxes import MOST_BYTES, StoredMail
from solacefeed.errors import ConfigError, SolacefeedError

#: Seconds for one look; the next one reads on. A session that lasts longer is cut.
LONGEST = 120.0

#: Mails whose numbers are listed at once.
PAGE = 500

#: Of one answer, with the mail that was asked for.
_LONGEST_ANSWER = 2 * MOST_BYTES + 256 * 1024

_LISTED = re.compile(rb"(\d{1,10}) \(.*?\bUID (\d{1,10})\b")
_UNLISTED = "its mails can't be listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapPlace:
    """Up to which mail a mailbox was read."""

    #: RFC 9051 section 2.3.1.1: where it is another one, all numbers are.
    validity: int
    uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapMailbox:
    """Where mails lie, and by which name they are read."""

    host: str
    port: int
    tls: Literal["starttls", "implicit", "none"]
    username: str
    password: str
    folder: str = "INBOX"
    ca_file: Path | None = None
    #: Seconds for each answer.
    timeout: float = 30.0

    @property
    def name(self) -> str:
        return f"imap://{self.username}@{self.host}:{self.port}/{self.folder}"

    def mails(
        self, after: ImapPlace | None, on_rest: Callable[[], object] = lambda: None
    ) -> Generator[tuple[StoredMail, ImapPlace], None, None]:
        """The mails behind *after*, the oldest first; each with the place up to which it is.

        *on_rest* is told where ``LONGEST`` was over before the last one.

        Raises ``SolacefeedError`` where the server can't be reached, refuses us or says what is no IMAP, and
        ``ConfigError`` when *ca_file* can't be used.
        """
        with self._told():
            yield from self._mails(after, on_rest)

    def count(self) -> int:
        """How many mails lie in the folder, which shows that it can be read; raises as ``mails`` does."""
        with self._told(), self._selected() as (_, exists):
            return exists

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except imaplib.IMAP4.error as error:
            raise SolacefeedError(f"{self._server}: {_in_words(error)}") from error
        except (OSError, EOFError) as error:
            raise SolacefeedError(f"{self._server}: {_reason(error)}") from error
        except ValueError as error:
            raise SolacefeedError(f"{self._server}: answered what is no IMAP") from error

    @property
    def _server(self) -> str:
        return f"{self.host}:{self.port}"

    @contextmanager
    def _selected(self) -> Iterator[tuple[_Bounded, int]]:
        """A session on the folder, which it can't change, and how many mails lie there."""
        session = self._connected()
        try:
            self._log_in(session)
            told = _done(session.select(_quoted(self.folder), readonly=True), f"there is no folder {self.folder}")
            yield session, int(told[0] or 0)
        finally:
            with suppress(imaplib.IMAP4.error, OSError, EOFError):
                session.logout()
            with suppress(OSError):
                session.shutdown()

    def _mails(
        self, after: ImapPlace | None, on_rest: Callable[[], object]
    ) -> Generator[tuple[StoredMail, ImapPlace], None, None]:
        end = time.monotonic() + LONGEST
        with self._selected() as (session, exists):
            validity = _validity(session)
            last = after.uid if after is not None and after.validity == validity else 0
            for uid in _behind(session, last) if exists else ():
                if time.monotonic() > end:
                    on_rest()
                    return
                session.begin_answer()
                asked = _done(session.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST_BYTES}>)"), "a mail can't be read")
                content = next((bytes(each[1]) for each in asked if isinstance(each, tuple)), None)
                # Somebody may have removed it since.
                if content is not None:
                    yield StoredMail(content=content), ImapPlace(validity=validity, uid=uid)

    def _connected(self) -> _Bounded:
        if self.tls == "none":
            return _Bounded(self.host, self.port, timeout=self.timeout)
        context = _verifying(self.ca_file)
        if self.tls == "implicit":
            return _BoundedTls(self.host, self.port, ssl_context=context, timeout=self.timeout)
        session = _Bounded(self.host, self.port, timeout=self.timeout)
        try:
            session.starttls(context)
        except BaseException:
            session.shutdown()
            raise
        return session

    def _log_in(self, session: imaplib.IMAP4) -> None:
        try:
            if "AUTH=PLAIN" in session.capabilities:
                # RFC 4616: in UTF-8, which LOGIN is not.
                secret = f"\0{self.username}\0{self.password}".encode()
                session.authenticate("PLAIN", lambda _: secret)
            else:
                session.login(_quoted(self.username), self.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            # What the server says may repeat the name; the password never stands in it, nor here.
            raise SolacefeedError(f"{self._server} refuses the login; see [bounces] username") from error


def _behind(session: _Bounded, last: int) -> Iterator[int]:
    """The numbers of the mails behind *last* that are there now, in their order."""
    ((newest, newest_uid),) = _listed(session, "*").items()
    while last < newest_uid:
        first = max(1, newest - PAGE + 1)
        page = _listed(session, f"{first}:{newest}")
        if first > 1 and min(page.values()) > last + 1:
            first = _first_behind(session, last, first)
            page = _listed(session, f"{first}:{min(first + PAGE - 1, newest)}")
        some = sorted(uid for uid in page.values() if uid > last)
        if not some:
            # Though there are: else it would go on for ever.
            raise imaplib.IMAP4.error(_UNLISTED)
        yield from some
        last = some[-1]
        if last < newest_uid:
            # Somebody may have removed mails meanwhile: those behind them have other places then.
            ((newest, newest_uid),) = _listed(session, "*").items()


def _first_behind(session: _Bounded, last: int, before: int) -> int:
    """The place of the first mail behind *last*, which is *before* that place or at it."""
    low, high = 1, before
    while low < high:
        middle = (low + high) // 2
        if _listed(session, str(middle)).get(middle, 0) > last:
            high = middle
        else:
            low = middle + 1
    return low


def _listed(session: _Bounded, places: str) -> dict[int, int]:
    """The numbers of the mails at these places, by their places; raises where there is none."""
    session.begin_answer()
    answered = _done(session.fetch(places, "(UID)"), _UNLISTED)
    found = [_LISTED.match(each) for each in answered if isinstance(each, bytes)]
    listed = {int(each[1]): int(each[2]) for each in found if each}
    if not listed or (places == "*" and len(listed) > 1):
        raise imaplib.IMAP4.error(_UNLISTED)
    return listed


class _Bounded(imaplib.IMAP4):
    _end: threading.Timer | None = None
    _room = _LONGEST_ANSWER

    def open(self, *where: Any, **how: Any) -> None:
        super().open(*where, **how)
        self._end = threading.Timer(LONGEST + 30.0, self._cut)
        self._end.daemon = True
        self._end.start()

    def _cut(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def shutdown(self) -> None:
        if self._end is not None:
            self._end.cancel()
        super().shutdown()

    def begin_answer(self) -> None:
        """What is read from now on is of another answer."""
        self._room = _LONGEST_ANSWER

    def read(self, size: int) -> bytes:
        """A literal; raises where it is longer than any that was asked for."""
        if size > 2 * MOST_BYTES:
            raise self.abort(f"it announces {size} bytes at once")
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise self.abort("its answer has no end")


class _BoundedTls(_Bounded, imaplib.IMAP4_SSL):
    """From its first byte on."""


def _verifying(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError([f"{ca_file}: no PEM file with certificates"]) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _done(answer: tuple[str, list[Any]], otherwise: str) -> list[Any]:
    kind, found = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(otherwise)
    return found


def _validity(session: imaplib.IMAP4) -> int:
    _, told = session.response("UIDVALIDITY")
    return int(told[0]) if told and told[0] is not None else 0


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _in_words(error: Exception) -> str:
    said = error.args[0] if error.args else error
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(words.split())[:200] or "ended the session"


def _reason(error: OSError | EOFError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate can't be verified: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return getattr(error, "strerror", None) or "cut off"
