"""What a relay offers, and whether it takes us: all of a session but a mail. Nothing is handed over."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from solacefeed.delivery.refusals import Stage
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.delivery.smtp_session import Session
from solacefeed.errors import Deferred


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayAnswers:
    """What a relay has said to our greeting, our login and our return paths."""

    #: What it announces, in upper case: ``PIPELINING``, ``8BITMIME``.
    features: frozenset[str]
    #: Octets of the largest mail that it takes (RFC 1870); ``None`` where it does not say.
    largest: int | None
    #: ``TLSv1.3``; ``None`` in the clear.
    tls: str | None
    #: When its certificate ends; ``None`` in the clear.
    certificate_ends: datetime | None
    #: Why it refuses a sender, by its address.
    refused: Mapping[str, str]


class RelayProbe(SmtpTransport):
    """Asks as a delivery does, and goes before a recipient is named."""

    def ask(self, senders: Sequence[str]) -> RelayAnswers:
        """What the relay says, also of each of *senders*, by MAIL FROM and RSET.

        Raises ``Deferred`` where there is no session, and ``SenderRefused`` where the login is refused.
        """
        self.connect()
        session = self._session
        if session is None:
            raise Deferred(f"{self._relay}: no session", connection_lost=True)
        session.allow(self._timeout)
        features = {name.upper(): value for name, value in session.esmtp_features.items()}
        size = features.get("SIZE", "").strip()
        return RelayAnswers(
            features=frozenset(features),
            largest=int(size) or None if size.isascii() and size.isdigit() and len(size) < 19 else None,
            tls=_tls_version(session),
            certificate_ends=_certificate_end(session),
            refused=self._refused(session, senders),
        )

    def _refused(self, session: Session, senders: Sequence[str]) -> dict[str, str]:
        refused = {}
        try:
            for sender in dict.fromkeys(senders):
                (reply,) = session.converse([f"MAIL FROM:<{sender}>"])
                if error := self._refusal(Stage.MAIL, 2, reply):
                    refused[sender] = str(error)
                    if isinstance(error, Deferred) and error.connection_lost:
                        self._drop()
                        return refused
                session.rset()
        except OSError as error:
            raise self._cut_off(error) from error
        return refused


def _tls_version(session: Session) -> str | None:
    return session.sock.version() if isinstance(session.sock, ssl.SSLSocket) else None


def _certificate_end(session: Session) -> datetime | None:
    told = session.sock.getpeercert() if isinstance(session.sock, ssl.SSLSocket) else None
    end = (told or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None
