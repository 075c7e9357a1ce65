"""What keeps a store: backups, another database, bringing one back, and taking a copy as the store that sends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.deeds.execution import beside
from solacefeed.errors import Busy, StoreError, UsageError
from solacefeed.store import home
from solacefeed.store.database import Store
from solacefeed.store.locks import only_one

if TYPE_CHECKING:
    from solacefeed.deeds.upkeep.adopt import Adopted, AdoptionLook, AdoptSettings
    from solacefeed.deeds.upkeep.backup import BackupDone, BackupSettings
    from solacefeed.deeds.upkeep.move import StoreMoved
    from solacefeed.deeds.upkeep.restore import Restored


def _never() -> bool:
    """Nobody stops it."""
    return False


class Backups:
    def __init__(self, base: Base) -> None:
        self._base = base

    # -- backups ---------------------------------------------------------------------------------

    def back_up(
        self, store: Store, to: Path | None, keep: int | None, *, stop: Callable[[], bool] = _never
    ) -> BackupDone:
        """Raises ``UsageError`` where neither the caller nor the config says where to, and what the deed raises."""
        from solacefeed.deeds.upkeep.backup import back_up

        return back_up(store, self._base.clock, self._where(store, to, keep), stop=stop)

    def _where(self, store: Store, to: Path | None, keep: int | None) -> BackupSettings:
        from solacefeed.deeds.upkeep.backup import BackupSettings, words_for_postgres

        configured = self._base.config.backup
        to = to or configured.dir
        if to is None and store.file is None:
            raise UsageError(words_for_postgres(store))
        if to is None:
            raise UsageError("say where to: `solacefeed backup DIR`, or [backup] dir in the config")
        is_configured = configured.dir is not None and to.absolute() == configured.dir.absolute()
        return BackupSettings(
            to=to,
            is_folder=is_configured or to.is_dir() or not to.suffix,
            keep=keep or (configured.keep if is_configured else None),
            home=self._base.home(store),
            rehearsed=self._base.rehearsed,
        )

    def not_in_backups(self) -> list[str]:
        """What a site needs besides its store, one line each, where it stands as files."""
        config = self._base.config
        keys = (config.privacy.fingerprint_key_file, config.dkim.rsa_key_file, config.dkim.ed25519_key_file)
        secrets = (config.mail.secret_file, config.mail.password_file, config.bounces.password_file)
        there = [str(each) for each in (*keys, *secrets) if each is not None and each.exists()]
        named = f"keys and secrets ({', '.join(there)})" if there else ""
        return [*filter(None, ("the config, with templates and catalogues of yours", named))]

    def look(self, store: Store, stop: Callable[[], bool] = _never) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Makes a backup where the config wants one and it is time: what was done, a line each, and what went wrong."""
        from solacefeed.deeds.upkeep.backup import is_due

        wanted = self._base.config.backup
        if wanted.dir is None or store.file is None or not is_due(store, self._base.clock(), wanted.every):
            return (), ()
        try:
            done = self.back_up(store, None, None, stop=stop)
        except Busy:
            return (), ()
        return (done.line(),), done.troubles

    def newest(self) -> Path | None:
        """The newest that lies where the config wants them; ``None`` where none does, or it can't be seen."""
        from solacefeed.deeds.upkeep.backup import backups

        folder = self._base.config.backup.dir
        with suppress(StoreError):
            return next(iter(backups(folder)), None) if folder else None
        return None

    def note_people(self, store: Store) -> tuple[str, ...]:
        """Lets the log beside the store know who has left or was erased; what did not work."""

        def work() -> None:
            # Of two that write at once, one could put an end behind what came after it.
            with only_one(store, "home-log"):
                self._keep_log(store)

        trouble = beside(store, self._base.clock, "home-log", work)
        return (trouble,) if trouble else ()

    def _keep_log(self, store: Store) -> None:
        where, at = self._base.home(store), self._base.clock()
        home.note_people(store, where, at=at)
        where.log.let_go(at)

    # -- another database ------------------------------------------------------------------------

    def move(self, source: str, target: str, *, told: Callable[[int], None]) -> StoreMoved:
        """Both as ``[store] url`` has them; raises ``UsageError`` for others, and what the deed does."""
        from solacefeed.deeds.upkeep.move import move

        addresses = (self._address("FROM", source), self._address("TO", target))
        return move(*addresses, self._base.clock, self._base.home_otherwise, told=told)

    def _address(self, which: str, url: str) -> str:
        """With a file's path from the config's folder."""
        from solacefeed.config.store_addresses import store_url

        try:
            kind, separator, file = store_url(url).partition("sqlite:///")
        except ValueError as error:
            raise UsageError(f"{which}: a store's address {error}") from error
        return f"{separator}{self._base.folder / file}" if separator else kind

    # -- bringing one back -----------------------------------------------------------------------

    def restore(self, source: Path) -> Restored:
        from solacefeed.deeds.upkeep.restore import restore

        return restore(self._base.config.store.url, source, self._base.clock)

    def look_at_adopting(self, store: Store, logs: Sequence[Path], erased: Path | None) -> AdoptionLook:
        from solacefeed.deeds.upkeep.adopt import look

        return look(store, self._base.clock, self._adopting(store, logs, erased))

    def adopt(self, store: Store, logs: Sequence[Path], erased: Path | None) -> Adopted:
        """Takes the store as the one that sends, and erases at once who was erased before."""
        from solacefeed.deeds.upkeep.adopt import adopt

        return adopt(store, self._base.clock, self._adopting(store, logs, erased))

    def _adopting(self, store: Store, logs: Sequence[Path], erased: Path | None) -> AdoptSettings:
        from solacefeed.deeds.upkeep.adopt import AdoptSettings
        from solacefeed.delivery.relay_log import mails_taken

        return AdoptSettings(
            home=self._base.home(store),
            key=self._base.fingerprints,
            repeat_uncertain=self._base.config.mail.on_uncertain == "retry",
            zone=self._base.site(store).zone,
            mails=mails_taken(logs),
            erased=_addresses(erased) if erased else (),
        )


def _addresses(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--erased {file} can't be read: {getattr(error, 'strerror', None) or 'no text'}") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
