"""Alarms: the troubles that are watched, what operators were told of them, and what is still to be posted.

watched     a row while a trouble stands, and for a while after
messages    waiting --> accepted     the webhook took it
                    --> expired      it did not within its time
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from solacefeed.models.alarms import AlarmMessage, AlarmState, NewAlarm, PostingState, WatchedTrouble
from solacefeed.store.database import among, upsert
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import alarm_messages, alarms, site_checks

#: As many messages are kept as were told last.
KEPT = 1000

#: The longest time from one try to post to the next.
LONGEST_WAIT = timedelta(hours=1)


def watched(connection: sa.Connection) -> dict[str, WatchedTrouble]:
    """By key."""
    return {row.key: WatchedTrouble(**row._mapping) for row in connection.execute(alarms.select())}


def watch(connection: sa.Connection, rows: Iterable[WatchedTrouble], *, forgotten: Collection[str]) -> None:
    """Writes *rows* over those of their keys, and watches the *forgotten* ones no more."""
    upsert(connection, alarms, [asdict(row) for row in rows], key=("key",))
    for some in among(connection, alarms.c.key, forgotten):
        connection.execute(alarms.delete().where(some))


def note_mended(connection: sa.Connection, key: str) -> None:
    """Somebody has mended it: if it stands at the next look, it is another one, and told at once."""
    connection.execute(alarms.update().where(alarms.c.key == key).values(told_cause=""))


# -- what was told ------------------------------------------------------------------------------------------


def add(
    connection: sa.Connection, told: Sequence[NewAlarm], *, at: datetime, letters: int, is_posted: bool
) -> list[int]:
    """Writes down what is told from *at* on; with *is_posted* each waits for the webhook. Gives their numbers."""
    post = {"post": PostingState.WAITING.value, "next_try_at": at} if is_posted else {"post": None, "next_try_at": None}
    numbers = []
    for each in told:
        row = {**asdict(each), "state": each.state.value, "at": at, "letters": letters, "attempts": 0, **post}
        numbers.append(
            connection.execute(alarm_messages.insert().values(**row).returning(alarm_messages.c.id)).scalar_one()
        )
    _trim(connection)
    return numbers


def _trim(connection: sa.Connection) -> None:
    newest = sa.select(alarm_messages.c.id).order_by(alarm_messages.c.id.desc())
    first_to_go = connection.execute(newest.offset(KEPT).limit(1)).scalar()
    if first_to_go is not None:
        connection.execute(alarm_messages.delete().where(alarm_messages.c.id <= first_to_go))


def tellings(connection: sa.Connection, *, after: datetime, until: datetime) -> int:
    """At how many instants since *after*, and not after *until*, something was told of troubles."""
    lately = (
        (alarm_messages.c.at > after) & (alarm_messages.c.at <= until) & (alarm_messages.c.state != AlarmState.TEST)
    )
    query = sa.select(sa.func.count(sa.distinct(alarm_messages.c.at))).where(lately)
    return connection.execute(query).scalar_one()


def listing(connection: sa.Connection, *, limit: int) -> list[AlarmMessage]:
    """The newest *limit*, newest first."""
    query = alarm_messages.select().order_by(alarm_messages.c.id.desc()).limit(limit)
    return [_message(row) for row in connection.execute(query)]


# -- the webhook ----------------------------------------------------------------------------------------------


def due_posts(connection: sa.Connection, *, at: datetime, limit: int) -> list[AlarmMessage]:
    """What is to be posted now, oldest first; nothing while what was told before it waits for its next try.

    No wait is longer than ``LONGEST_WAIT``: a try that is further away was put off by a clock that ran ahead.
    """
    waits = alarm_messages.c.post == PostingState.WAITING
    query = alarm_messages.select().where(waits).order_by(alarm_messages.c.id).limit(limit)
    found = [_message(row) for row in connection.execute(query)]
    if found and found[0].next_try_at is not None and at < found[0].next_try_at <= at + LONGEST_WAIT:
        return []
    return found


def settle_post(
    connection: sa.Connection, number: int, state: PostingState, *, answer: str, next_try_at: datetime | None = None
) -> None:
    """Writes down what became of posting a message that waits."""
    values = {
        "post": state.value,
        "answer": answer,
        "next_try_at": next_try_at,
        "attempts": alarm_messages.c.attempts + 1,
    }
    waits = (alarm_messages.c.id == number) & (alarm_messages.c.post == PostingState.WAITING)
    connection.execute(alarm_messages.update().where(waits).values(**values))


def _message(row: sa.Row[Any]) -> AlarmMessage:
    known = {"state": as_known(AlarmState, row.state), "post": as_known(PostingState, row.post) if row.post else None}
    return AlarmMessage(**{**row._mapping, **known})


# -- what the site stands on --------------------------------------------------------------------------------


def checked(connection: sa.Connection) -> dict[str, datetime]:
    """When each examination was looked at last, by its name."""
    return {row.name: row.looked_at for row in connection.execute(site_checks.select())}


def check_troubles(connection: sa.Connection) -> dict[str, tuple[tuple[str, str], ...]]:
    """What each has found to be trouble, in words and what to do, by its name."""
    rows = connection.execute(site_checks.select().order_by(site_checks.c.name))
    return {row.name: tuple((words, to_do) for words, to_do in row.troubles) for row in rows if row.troubles}


def note_check(
    connection: sa.Connection, name: str, troubles: Sequence[tuple[str, str]] | None, *, at: datetime
) -> None:
    """Writes down what an examination has found; ``None`` where nobody answered, and what was found before holds."""
    row = {"name": name, "looked_at": at, "troubles": [list(each) for each in troubles or ()]}
    if troubles is None:
        known = site_checks.c.name == name
        if connection.execute(site_checks.update().where(known).values(looked_at=at)).rowcount:
            return
    upsert(connection, site_checks, [row], key=("name",))


def forget_checks(connection: sa.Connection, names: Collection[str]) -> None:
    """Those that are looked at no more."""
    for some in among(connection, site_checks.c.name, names):
        connection.execute(site_checks.delete().where(some))
