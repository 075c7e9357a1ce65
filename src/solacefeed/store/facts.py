"""Single facts about the store itself: whose ids it keeps, which clock it lives by, its signing key."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from solacefeed.errors import OtherClock, StoreError
from solacefeed.store.compiled import Compiled, given
from solacefeed.store.database import Store, insert_missing, upsert
from solacefeed.store.schema import editions, facts, feeds, posts

TAG_AUTHORITY = "tag_authority"
CLOCK = "clock"
#: The newest instant at which the clock was believed.
CLOCK_SURE = "clock_sure"
#: Of the last refresh of events: its mark, when it was, and when time alone asks for the next.
EVENTS_REFRESHED = "events_refreshed"
#: A mark of all that a refresh goes by, as it was when one found nothing new to understand.
EVENTS_UNCHANGED = "events_unchanged"
#: By which rules, and after how many writes, no post was left with a paragraph that recurs (``deeds.posts.reread``).
RECURRING_LIFTED = "recurring_lifted"
#: Since when the file may hold bytes of somebody who was erased; empty when it was written anew since.
ERASED_SINCE = "erased_since"
#: By which the key of fingerprints is known again.
FINGERPRINT_CHECK = "fingerprint_check"
#: Where the store is at home (``store.home``): the home's id, how often something was done there, and which database
#: of PostgreSQL that was.
HOME = "home"
HOME_COUNT = "home_count"
HOME_CLUSTER = "home_cluster"
#: How often a store was taken for being at home.
HOME_SETTLED = "home_settled"
#: Where the store is now, and of which move (``store.moved_away``); empty where it was taken back.
MOVED = "moved"
#: Of a store that was adopted: what of its mail is in doubt, and of which editions that was seen to.
ADOPTION = "adoption"
#: Which config the daemon goes by (``store.config_read``), empty where that can't be told; and below it, by machine and
#: number, each other process that runs for good.
CONFIG_READ = "config_read"
#: By what the keys are known again that the daemon's machine takes links by.
LINK_KEYS = "link_keys"
SECRET = "secret"  # noqa: S105  # the fact's name, not its value

LIVE = "live"
REHEARSED = "rehearsed"

# Asked several times by each deed: built once.
_NAME = given("the_name", sa.Text)
_VALUE = Compiled(lambda _dialect: sa.select(facts.c.value).where(facts.c.name == _NAME))
_VALUES = sa.select(facts.c.name, facts.c.value).where(facts.c.name.in_(sa.bindparam("names", expanding=True)))

_NUMBER = sa.cast(facts.c.value, sa.Integer)
_COUNT_UP = facts.update().where(facts.c.name == sa.bindparam("the_name")).values(value=sa.cast(_NUMBER + 1, sa.Text))
_EXCHANGE = (
    facts.update()
    .where(facts.c.name == sa.bindparam("the_name"), facts.c.value == sa.bindparam("before"))
    .values(value=sa.bindparam("anew"))
)


def read(connection: sa.Connection, name: str) -> str | None:
    value: str | None = _VALUE.execute(connection, {_NAME.key: name}).scalar()
    return value


def several(connection: sa.Connection, *names: str) -> dict[str, str]:
    """Those of the facts that are known, by name, in one question."""
    return {row.name: row.value for row in connection.execute(_VALUES, {"names": names})}


def names(connection: sa.Connection, beginning: str) -> list[str]:
    """The names of the facts that begin so."""
    query = sa.select(facts.c.name).where(facts.c.name.startswith(beginning, autoescape=True))
    return list(connection.execute(query.order_by(facts.c.name)).scalars())


def put(connection: sa.Connection, name: str, value: str, *, for_good: bool = False) -> str:
    """Writes a fact, and returns what holds: one that is *for good* stays as it was first written, by whomever."""
    write = insert_missing if for_good else upsert
    write(connection, facts, [{"name": name, "value": value}], key=("name",))
    return (read(connection, name) or value) if for_good else value


def forget(connection: sa.Connection, name: str) -> None:
    connection.execute(facts.delete().where(facts.c.name == name))


def count_up(connection: sa.Connection, name: str) -> None:
    """One more, of a fact that is a number and stands there: of two that count at once, each is counted."""
    connection.execute(_COUNT_UP, {"the_name": name})


def exchange(connection: sa.Connection, name: str, before: str, value: str) -> bool:
    """Writes a fact where it stands as *before*, and says whether it did; it stands so until the transaction ends."""
    return connection.execute(_EXCHANGE, {"the_name": name, "before": before, "anew": value}).rowcount == 1


def settled(store: Store, name: str, value: str) -> str:
    """What holds for good of a fact: *value*, unless it is settled already; then no write is asked for."""
    with store.read_at_once() as connection:
        held = read(connection, name)
    if held is not None:
        return held
    with store.write() as connection:
        return put(connection, name, value, for_good=True)


def settle_tag_authority(store: Store, wanted: str) -> None:
    """Lets ids stand under *wanted*; raises ``StoreError`` when they stand under another authority already.

    While nothing is kept that has an id, as after a first poll that did not work, the last word counts.
    """
    with store.read() as connection:
        held = read(connection, TAG_AUTHORITY)
        free = held is None or (held != wanted and not _has_ids(connection))
    if free:
        with store.write() as connection:
            put(connection, TAG_AUTHORITY, wanted)
        return
    _same_authority(held, wanted)


def check_tag_authority(connection: sa.Connection, wanted: str) -> None:
    """Raises what ``settle_tag_authority`` would, and settles nothing."""
    held = read(connection, TAG_AUTHORITY)
    if held != wanted and _has_ids(connection):
        _same_authority(held, wanted)


def _has_ids(connection: sa.Connection) -> bool:
    """Whether anything is kept of which readers may know an id."""
    return any(connection.execute(sa.select(table).limit(1)).first() is not None for table in (posts, feeds, editions))


def _same_authority(held: str | None, wanted: str) -> None:
    if held is not None and held != wanted:
        raise StoreError(
            f'[site] tag_authority is "{wanted}", but this store\'s ids stand under "{held}": put that back, '
            "or every reader would see every entry as new; if nobody has read it yet, remove the store and begin anew"
        )


def settle_clock(store: Store, *, rehearsed: bool) -> None:
    """Raises ``OtherClock`` when a deed comes with the other clock than the store's first one did."""
    _same_clock(settled(store, CLOCK, REHEARSED if rehearsed else LIVE), rehearsed=rehearsed)


def check_clock(connection: sa.Connection, *, rehearsed: bool) -> None:
    """Raises what ``settle_clock`` would, and settles nothing."""
    _same_clock(read(connection, CLOCK), rehearsed=rehearsed)


def _same_clock(held: str | None, *, rehearsed: bool) -> None:
    if rehearsed and held == LIVE:
        raise OtherClock(
            "--as-of (or as_of in the config) is for rehearsals: this store is live; use another [store] url"
        )
    if not rehearsed and held == REHEARSED:
        raise OtherClock(
            "this store is rehearsed (its deeds were done --as-of an instant): give --as-of, or start a live one "
            "with another [store] url"
        )


def signing_key(store: Store) -> str:
    """The key of signed links, made at first need."""
    return settled(store, SECRET, secrets.token_urlsafe(32))


def signing_keys(store: Store, configured: tuple[str, ...]) -> tuple[str, ...]:
    """The *configured* keys, and behind them the store's own, where it has signed links by itself; else that alone."""
    if not configured:
        return (signing_key(store),)
    with store.read() as connection:
        own = read(connection, SECRET)
    # Mails that are out bear links of it: whoever goes over to a key of their own would void all of them.
    return configured if own is None or own in configured else (*configured, own)
