"""How the store's database stands, who is at work on it, and what of the config it does not bear out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from solacefeed.deeds.upkeep.doctor.examinations import SiteFinding, note, ok, trouble
from solacefeed.deeds.upkeep.link_keys import SIGN_ALIKE, signs_otherwise
from solacefeed.store.database import Store
from solacefeed.store.job_tables import standing
from solacefeed.store.locks import DAEMON, holder
from solacefeed.store.soundness import PostgresSoundness, SqliteSoundness, soundness
from solacefeed.tokens import Keys

#: Seconds for reading the whole of an SQLite file.
LONGEST_CHECK = 20.0

#: What has a lock of its own.
LOCKED = ("poll", "events", "publish", "prepare", "answer", "deliver")

#: What PostgreSQL must say of each setting, and what is lost else.
_SETTINGS: Mapping[str, tuple[str, str]] = {
    "fsync": ("on", "a power cut may leave nothing that can be read"),
    "full_page_writes": ("on", "a power cut may leave pages that are half written"),
}
#: That a commit waits for its own disk; ``on`` and what is stricter.
_WAITING_COMMITS = {"on", "remote_write", "remote_apply", "local"}
#: That it waits for a standby too, where one is named.
_WAITING_FOR_STANDBYS = _WAITING_COMMITS - {"local"}

#: The oldest PostgreSQL that still gets corrections.
_OLDEST_POSTGRES = 14
#: Of all connections, how large a share in use is many.
_MANY = 0.8


def database_findings(store: Store, *, seconds: float = LONGEST_CHECK) -> Iterator[SiteFinding]:
    """Whether the database keeps what it was given."""
    found = soundness(store, seconds=seconds)
    yield from _of_sqlite(found, seconds) if isinstance(found, SqliteSoundness) else _of_postgres(found)


def _of_sqlite(found: SqliteSoundness, seconds: float) -> Iterator[SiteFinding]:
    if found.faults:
        yield trouble(f"the store's file is damaged: {'; '.join(found.faults)}", "stop all deeds, and restore a backup")
    elif found.is_checked:
        yield ok(f"SQLite {found.version} finds the store's file sound")
    else:
        yield note(f"the store's file is too large to be read through in {seconds:g} s", "look at a copy of a backup")
    if not found.has_sound_wal:
        yield note(
            f"SQLite {found.version} has a WAL that can lose data, so a slower rollback journal is used",
            "install pysqlite3 where it has a wheel",
        )
    elif found.journal != "wal":
        yield note(f"the store's journal is {found.journal}, and the next deed makes it wal")


def _of_postgres(found: PostgresSoundness) -> Iterator[SiteFinding]:
    if found.no_writes:
        yield trouble(f"nothing can be written: {found.no_writes.words}", found.no_writes.to_do)
    for name, (wanted, lost) in _SETTINGS.items():
        if found.settings[name] != wanted:
            yield trouble(f"PostgreSQL's {name} is {found.settings[name]}: {lost}", f"set {name} = {wanted}")
    commits = found.settings["synchronous_commit"]
    if commits not in _WAITING_COMMITS:
        yield trouble(
            f"PostgreSQL's synchronous_commit is {commits}: what was recorded may be gone after a power cut, and mail "
            "goes twice",
            "set synchronous_commit = on, for this user at least",
        )
    waits = commits in _WAITING_FOR_STANDBYS and found.settings["synchronous_standby_names"]
    if found.standbys and not waits:
        yield note(
            "a standby follows PostgreSQL, and no commit waits for it: where it takes over, mail that went last is not "
            "known as gone, and nothing is sent until `solacefeed adopt`",
            "name it in synchronous_standby_names, and let synchronous_commit be on",
        )
    if int(found.version.partition(".")[0]) < _OLDEST_POSTGRES:
        yield note(f"PostgreSQL {found.version} gets no corrections any more", "upgrade it")
    if found.connections > _MANY * found.most_connections:
        yield note(
            f"{found.connections} of {found.most_connections} connections of PostgreSQL are in use",
            "raise max_connections",
        )
    yield ok(f"PostgreSQL {found.version}, {found.connections} of {found.most_connections} connections in use")


def lock_findings(store: Store) -> Iterator[SiteFinding]:
    """Who is at work, and holds which lock."""
    daemon = holder(store, DAEMON)
    if daemon:
        yield ok(f"a daemon runs: {daemon}")
    held = {deed: who for deed in LOCKED if (who := holder(store, deed))}
    for deed, who in held.items():
        yield ok(f"{deed}: {who} does it now")
    if not held:
        yield ok("no deed is under way" if daemon else "nobody is at work: no lock is held")


def queue_findings(store: Store, configured: Keys) -> Iterator[SiteFinding]:
    """Who takes turns at queued mail, which daemon leads, and whether this machine signs as that one does."""
    with store.read() as connection:
        found = standing(connection)
    leader = holder(store, "daemon")
    yield ok(f"{leader} leads") if leader else trouble("no daemon leads", "start `solacefeed daemon` on one machine")
    yield ok(f"{len(found.workers)} at work on the queue, {found.waiting} turns waiting, {found.under_way} under way")
    if why := signs_otherwise(store, configured):
        yield trouble(why, SIGN_ALIKE)


def config_findings(said: Sequence[str], *, well: str) -> Iterator[SiteFinding]:
    """What is worth a look, as ``check`` says it too."""
    for line in said:
        yield note(line)
    if not said:
        yield ok(well)
