"""What a new release would make of a store that an older one has left, tried on a copy."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.errors import MissingStore, UsageError
from solacefeed.store import facts, lost, migrations
from solacefeed.store.database import open_store, unopened_store
from solacefeed.store.trouble import trouble_told

if TYPE_CHECKING:
    from solacefeed.composition.publishing import Publishing
    from solacefeed.deeds.publishing.publish import Forecast


class Upgrading:
    def __init__(self, base: Base, publishing: Publishing) -> None:
        self._base = base
        self._publishing = publishing

    def revision(self) -> str:
        """The store's; raises ``MissingStore``, and ``StoreError`` for one that this release does not know."""
        with closing(unopened_store(self._base.config.store.url, looking=True)) as store:
            if store.file and not store.file.exists():
                lost.must_not_be_lost(f"the store {store.file} is not there", lost.home_beside(store.file))
                raise MissingStore(f"there is no store at {store.file} yet: `solacefeed run` makes it")
            with trouble_told(store.file):
                found = migrations.known(migrations.current(store.engine))
        if found is None:
            raise MissingStore("the store is empty yet: `solacefeed run` fills it")
        return found

    def forecast(self) -> Forecast | None:
        """What a publish would do after the upgrade; ``None`` before the first crawl is complete.

        A copy is brought up to date for it, and the store is not touched.

        Raises ``UsageError`` on PostgreSQL, of which no copy is made here.
        """
        from solacefeed.scratch import scratch_folder
        from solacefeed.store import copying

        with closing(unopened_store(self._base.config.store.url, looking=True)) as store:
            if store.file is None:
                raise UsageError(
                    "a copy of PostgreSQL's store is made by its own tools: createdb another one, pg_restore a dump "
                    "into it, and try `solacefeed upgrade`, then `publish --check`, with SOLACEFEED_STORE_URL naming it"
                )
            file = store.file
        with scratch_folder("solacefeed-upgrade-") as folder:
            copying.copy_used_file(file, folder / "solacefeed.db")
            with closing(open_store(f"sqlite:///{folder / 'solacefeed.db'}", create=False)) as copy:
                with copy.read() as connection:
                    facts.check_tag_authority(connection, self._base.config.site.tag_authority)
                return self._publishing.forecast(copy) if self._base.crawled(copy) else None
