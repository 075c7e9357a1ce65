"""DKIM as a config wants it: its keys, what they sign, and what a mail's signatures are worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from solacefeed.composition.base import Base
from solacefeed.config import Config
from solacefeed.errors import ConfigError, UsageError
from solacefeed.files import make_private

if TYPE_CHECKING:
    from solacefeed.delivery.signature_check import CheckedSignature
    from solacefeed.delivery.signing import DnsRecord, SigningKey

#: A mail's content with the signatures of that instant above it.
Sign: TypeAlias = Callable[[bytes, datetime], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKeys:
    """New keys on disk."""

    #: As the config names them: the file of each by its key there.
    table: dict[str, str]
    files: tuple[Path, ...]
    records: tuple[DnsRecord, ...]


class Signing:
    def __init__(self, base: Base) -> None:
        self._base = base

    def make_keys(self, folder: Path, domain: str, selector: str) -> MadeKeys:
        """Makes an RSA and an Ed25519 key in *folder*; raises ``UsageError`` where one is there already.

        Their selectors begin with *selector*.
        """
        from solacefeed.delivery.signing import Algorithm, generated, loaded

        table, files, records = {"domain": domain}, [], []
        wanted = {each: folder / f"{selector}-{each.key_type}.pem" for each in Algorithm}
        for path in wanted.values():
            if path.exists():
                raise UsageError(f"{path} is there already: say another name by --selector, such as {selector}-2")
        try:
            for algorithm, path in wanted.items():
                make_private(path, generated(algorithm))
                # What stands on disk counts, whoever else made it in this moment.
                key = loaded(path.read_bytes(), algorithm, domain=domain, selector=path.stem)
                table[f"{algorithm.key_type}_selector"] = path.stem
                table[f"{algorithm.key_type}_key_file"] = self._as_named(path)
                files.append(path)
                records.append(key.record())
        except OSError as error:
            raise UsageError(f"{folder}: {error.strerror}") from error
        return MadeKeys(table=table, files=tuple(files), records=tuple(records))

    def _as_named(self, path: Path) -> str:
        """*path* as the config finds it: from its own folder, where it lies below that."""
        home, whole = self._base.folder.resolve(), path.resolve()
        return str(whole.relative_to(home) if whole.is_relative_to(home) else whole)

    def records(self) -> tuple[DnsRecord, ...]:
        """Of the config's keys; raises ``UsageError`` where it has none."""
        found = tuple(key.record() for key in keys_of(self._base.config))
        if not found:
            raise UsageError("[dkim] names no key: `solacefeed dkim keygen` makes them, and says what to write there")
        return found

    def check(self, content: bytes) -> tuple[CheckedSignature, ...]:
        """What the signatures of a mail are worth, those of the config's own keys without asking the network."""
        from solacefeed.delivery.signature_check import check

        return check(content, keys_of(self._base.config))


def signer(config: Config) -> Sign | None:
    """What signs all mail; ``None`` without keys. Raises ``ConfigError`` for a key that can't be used."""
    keys = keys_of(config)
    if not keys:
        return None
    from solacefeed.delivery.signing import signed

    return lambda content, instant: signed(content, keys, instant)


def keys_of(config: Config) -> tuple[SigningKey, ...]:
    """Those that the config names, RSA first; raises ``ConfigError`` for a file that holds no such key."""
    if config.dkim.domain is None:
        return ()
    return tuple(_loaded(config, config.dkim.domain))


def _loaded(config: Config, domain: str) -> Iterator[SigningKey]:
    # cryptography is loaded where there is something to sign.
    from solacefeed.delivery.signing import Algorithm, loaded

    dkim = config.dkim
    wanted = (
        ("rsa_key_file", Algorithm.RSA, dkim.rsa_selector, dkim.rsa_key_file),
        ("ed25519_key_file", Algorithm.ED25519, dkim.ed25519_selector, dkim.ed25519_key_file),
    )
    for name, algorithm, selector, path in wanted:
        if path is None:
            continue
        try:
            yield loaded(path.read_bytes(), algorithm, domain=domain, selector=selector)
        except OSError as error:
            raise ConfigError([f"[dkim] {name}: {path}: {error.strerror}"]) from error
        except ValueError as error:
            raise ConfigError([f"[dkim] {name}: {path} {error}"]) from error
