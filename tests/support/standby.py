"""Two PostgreSQL servers, of which the second one follows the first, and takes its place: a real failover.

A commit waits for both as long as both are there (``synchronous_standby_names``), so that nothing is lost with the
first one. Where it is told to wait for one alone, what the other has not got yet is lost.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg

from tests.support import postgres
from tests.support.postgres import Cluster

#: Seconds that a standby is waited for.
_PATIENCE = 60


@dataclass(kw_only=True)
class Pair:
    """*leads* takes writes; *follows* is its standby."""

    leads: Cluster
    follows: Cluster
    #: Whether commits wait for the standby too.
    waits_for_both: bool
    #: Of both, with ``{}`` where a database's name goes: whoever connects finds the one that takes writes.
    address: str

    def follow(self) -> None:
        """The second one is made anew from the first, and from now on follows it."""
        data = self.follows.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        source = ("-h", self.leads.folder, "-U", "solacefeed")
        self.follows.run("pg_basebackup", "-D", data, *source, "-R", "-X", "stream", "-c", "fast")
        self.follows.start()
        if self.waits_for_both:
            self._let_commits_wait("*")

    def leave_behind(self) -> None:
        """From now on the second one hears of nothing, until it takes the first one's place."""
        self.follows.stop_now()

    def fail_over(self) -> None:
        """The first one is gone from one moment to the next, and the second one takes its place, alone."""
        self.leads.stop_now()
        self.leads, self.follows = self.follows, self.leads
        if not self.leads.runs:
            self.leads.start()
        self.leads.promote()

    def restart_now(self) -> None:
        self.leads.restart_now()

    def _let_commits_wait(self, names: str) -> None:
        with closing(self._connected()) as connection:
            # What is promoted later has the setting of its own copy: it waits for nobody.
            connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
            connection.execute("SELECT pg_reload_conf()")

    def _connected(self) -> psycopg.Connection:
        words = {"host": str(self.leads.folder), "user": "solacefeed", "dbname": "postgres"}
        return psycopg.connect(**words, autocommit=True, connect_timeout=_PATIENCE)  # type: ignore[arg-type]


@contextmanager
def paired(more: str = "", *, waits_for_both: bool = True) -> Iterator[Pair]:
    """Both of them, the second one following, with *more* settings for each."""
    with postgres.clusters(2, more) as (one, other):
        one.make()
        one.start()
        address = f"{postgres.address_of(one, other)}&target_session_attrs=read-write"
        pair = Pair(leads=one, follows=other, waits_for_both=waits_for_both, address=address)
        try:
            pair.follow()
            yield pair
        finally:
            for each in (pair.follows, pair.leads):
                if each.runs:
                    each.stop_now()
