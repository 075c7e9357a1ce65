"""DKIM: signs mail under the sender's domain (RFC 6376), by RSA and by Ed25519 (RFC 8463). The home of cryptography.

    v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=solacefeed-rsa; t=1795417200; bh=...; h=from:from:...; b=...

The law: the same mail, instant and keys give the same bytes, for both algorithms are deterministic; all fields that a
reader or a mail program goes by are covered, and those that a second one of could deceive are named once more than
there are (oversigned, section 8.15); the whole body is covered, for there is no ``l=``.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from solacefeed.delivery.signed_mail import chosen, name_of, parts, relaxed, simple_body
from solacefeed.mail_lines import joined

#: Fields that are covered, and named once more than there are, so that nobody adds one.
SEALED = (
    *("from", "to", "cc", "reply-to", "subject", "date", "message-id"),
    *("mime-version", "content-type", "content-transfer-encoding"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post", "list-help", "list-owner", "list-archive"),
)
#: Covered where they are there; some relays add one of their own.
COVERED = ("feedback-id", "auto-submitted", "content-language")

#: RFC 8301 section 3.2: every verifier takes these; a longer one's record is too large for many name servers.
_LEAST_BITS, _MOST_BITS = 2048, 4096
_BITS = 2048
#: Characters of a line of the field.
_LINE = 72
#: RFC 1035 section 3.3: octets of one string of a TXT record.
_LONGEST_STRING = 255


class Algorithm(StrEnum):
    """As ``a=`` names it."""

    RSA = "rsa-sha256"
    ED25519 = "ed25519-sha256"

    @property
    def key_type(self) -> str:
        """As ``k=`` of a record names it."""
        return self.value.partition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord:
    """A TXT record by which receivers verify."""

    #: ``solacefeed-rsa._domainkey.example.org``
    name: str
    text: str

    def in_zone_file(self) -> str:
        """RFC 1035 section 5.1, in strings of at most 255 octets."""
        strings = (self.text[at : at + _LONGEST_STRING] for at in range(0, len(self.text), _LONGEST_STRING))
        return f"{self.name}. IN TXT ( " + " ".join(f'"{each}"' for each in strings) + " )"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key, with the name of its record."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> Algorithm:
        return Algorithm.RSA if isinstance(self.private, RSAPrivateKey) else Algorithm.ED25519

    def signature(self, data: bytes) -> bytes:
        """Of *data*; Ed25519 signs its SHA-256 (RFC 8463 section 3)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, PKCS1v15(), SHA256())
        return self.private.sign(sha256(data).digest())

    def has_signed(self, data: bytes, signature: bytes) -> bool:
        try:
            if isinstance(self.private, RSAPrivateKey):
                self.private.public_key().verify(signature, data, PKCS1v15(), SHA256())
            else:
                self.private.public_key().verify(signature, sha256(data).digest())
        except InvalidSignature:
            return False
        return True

    def record(self) -> DnsRecord:
        """RFC 6376 section 3.6.1; of Ed25519 the bare key (RFC 8463 section 4)."""
        public = self.private.public_key()
        if self.algorithm is Algorithm.RSA:
            written = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            written = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        text = f"v=DKIM1; k={self.algorithm.key_type}; p={_base64(written)}"
        return DnsRecord(name=f"{self.selector}._domainkey.{self.domain}", text=text)


def generated(algorithm: Algorithm) -> bytes:
    """A new private key, as a PEM file holds it."""
    private = (
        generate_private_key(public_exponent=65537, key_size=_BITS)
        if algorithm is Algorithm.RSA
        else Ed25519PrivateKey.generate()
    )
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def loaded(pem: bytes, algorithm: Algorithm, *, domain: str, selector: str) -> SigningKey:
    """The key in a PEM file; raises ``ValueError`` with what is wrong with it, and never with what is in it."""
    try:
        private = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("is encrypted, and nobody is there to open it; write it without a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is no private key in PEM") from None
    if algorithm is Algorithm.RSA and isinstance(private, RSAPrivateKey):
        if not _LEAST_BITS <= private.key_size <= _MOST_BITS:
            raise ValueError(f"has {private.key_size} bits; RSA wants {_LEAST_BITS} to {_MOST_BITS} (RFC 8301)")
        return SigningKey(domain=domain, selector=selector, private=private)
    if algorithm is Algorithm.ED25519 and isinstance(private, Ed25519PrivateKey):
        return SigningKey(domain=domain, selector=selector, private=private)
    raise ValueError(f"is no key for {algorithm}")


def signed(content: bytes, keys: Sequence[SigningKey], instant: datetime) -> bytes:
    """*content* below a signature by each of *keys*, which was made at *instant* as far as anybody is told.

    A mail of CRLF lines in, one out. The instant is the edition's, so that each try has the same bytes.
    """
    mail = parts(content)
    there = [name_of(field) for field in mail.fields]
    names = [name for name in (*SEALED, *COVERED) for _ in range(there.count(name) + (name in SEALED))]
    fields = b"".join([relaxed(field) + b"\r\n" for field in chosen(mail.fields, names)])
    # Copies begin alike, but the hash of a whole body takes a twelfth of what RSA takes: none is kept half made.
    body_hash = _base64(sha256(simple_body(mail.body)).digest())
    said = f"t={int(instant.timestamp())};\r\n bh={body_hash};\r\n h={_folded(names)};\r\n b="
    return joined([*(_field(key, said, fields) for key in keys), content])


def _field(key: SigningKey, said: str, fields: bytes) -> bytes:
    unsigned = f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/simple; d={key.domain};\r\n s={key.selector}; {said}"
    written = _base64(key.signature(fields + relaxed(unsigned.encode())))
    value = "\r\n ".join(written[at : at + _LINE] for at in range(0, len(written), _LINE))
    return f"{unsigned}{value}\r\n".encode()


def _folded(names: Sequence[str]) -> str:
    """``from:from:to``, in lines that are short enough."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) >= _LINE:
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n  ".join(lines).removesuffix(":")


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
