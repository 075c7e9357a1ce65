"""Five years of a site: what is kept for a time goes, what stays is what the docs say, and room comes back.

The rows are made up, month by month; what lets them go is what a look at the mail does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.app import App
from solacefeed.config import load
from solacefeed.deeds.people.subscribe import subscribe
from solacefeed.models.alarms import AlarmState, NewAlarm
from solacefeed.store import alarms, records, rewriting, schema
from solacefeed.store.database import Store, open_store
from solacefeed.store.home_log import LogKind
from tests.cli.prompt import WEEKLY, rehearsed
from tests.support.builders import A_CONSENT, LONDON, NO_KEY, a_digest
from tests.support.fakes import SettableClock

BEGIN = datetime(2026, 12, 1, 3, tzinfo=UTC)
YEARS, MONTH, DAY = 5, timedelta(days=30), timedelta(days=1)
MONTHS = YEARS * 12
#: Of each month.
EDITIONS, READERS, LETTERS, BOUNCES, FORMS, POLLS, TOLD = 4, 10, 40, 6, 20, 20, 30
A_MAIL = "x" * 4000


def many(store: Store, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    with store.write() as connection:
        connection.execute(table.insert(), rows)


def editions_of(store: Store, month: int, begins: datetime) -> None:
    ends = [begins + n * timedelta(days=7) for n in range(EDITIONS)]
    names = [f"weekly/{month:02}-{n}" for n in range(EDITIONS)]
    common = {"digest": "weekly", "cadence": "weekly", "state": "done"}
    many(
        store,
        schema.editions,
        [
            {"id": name, "starts": at - 7 * DAY, "ends": at, "prepared_at": at, **common}
            for name, at in zip(names, ends, strict=True)
        ],
    )
    variant = {"selection": "*", "revision": 1, "picks": [], "event_ids": [], "subject": "", "text": A_MAIL}
    many(store, schema.variants, [{"edition_id": name, "html": A_MAIL, **variant} for name in names])
    copy = {"selection": "*", "attempts": 1, "doubts": 0, "message_id": "", "state": "accepted", "answer": "250 taken"}
    many(
        store,
        schema.deliveries,
        [
            {"edition_id": name, "subscriber_id": reader, "email": f"{reader}@example.org", "changed_at": at, **copy}
            for name, at in zip(names, ends, strict=True)
            for reader in range(1, READERS + 1)
        ],
    )


def mail_of(store: Store, month: int, begins: datetime) -> None:
    at = [begins + n * MONTH / LETTERS for n in range(LETTERS)]
    letter: dict[str, Any] = {
        "kind": "confirmation",
        "email": "ann@example.org",
        "subject": "",
        "text": A_MAIL,
        "html": A_MAIL,
    }
    letter |= {"language": "en", "state": "accepted", "attempts": 1, "doubts": 0, "message_id": ""}
    many(store, schema.outbox, [{**letter, "created_at": each, "changed_at": each, "not_after": each} for each in at])
    back = {"source": "mail", "kind": "hard", "words": "550 no such user", "outcome": "counted", "spent": False}
    many(
        store,
        schema.bounces,
        [
            {**back, "mark": f"{month}/{n}", "delivery_id": n, "canonical": "bob@example.org", "at": at[n]}
            for n in range(BOUNCES)
        ],
    )
    form = {"kind": "subscribe", "address_key": "", "nonce": "", "state": "answered", "network": "192.0.2.0/24"}
    many(
        store,
        schema.sign_ups,
        [{**form, "email": "cid@example.org", "at": each, "changed_at": each} for each in at[:FORMS]],
    )


def watching_of(store: Store, begins: datetime) -> None:
    with store.write() as connection:
        for n in range(POLLS):
            number = records.begin(connection, "poll", at=begins + n * MONTH / POLLS)
            records.finish(connection, number, at=begins, ok=True, summary="poll: 1 new", counts={"new": 1})
        for n in range(TOLD):
            at = begins + n * MONTH / TOLD
            told = NewAlarm(key="failed:poll", state=AlarmState.FIRING, words="no answer", ends_by="a poll", since=at)
            alarms.add(connection, [told], at=at, letters=1, is_posted=False)


def readers_of(store: Store, begins: datetime) -> None:
    days = [(begins + n * DAY).date().isoformat() for n in range(30)]
    many(
        store,
        schema.document_readers,
        [{"day": day, "path": "all.atom", "readers": 40, "sketch": b"s" * 500} for day in days],
    )
    stated = {"path": "all.atom", "aggregator": "Reader", "feed": "1", "subscribers": 9}
    many(store, schema.document_subscribers, [{"day": day, **stated} for day in days])
    many(store, schema.reader_salts, [{"day": day, "salt": b"salt"} for day in days])


def rows_of(store: Store) -> dict[str, int]:
    with store.read() as connection:
        return {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in schema.metadata.sorted_tables
        }


def count(store: Store, column: sa.Column[Any], condition: sa.ColumnElement[bool]) -> int:
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count(column)).where(condition)).scalar_one()


@pytest.mark.slow
def test_over_five_years_what_is_kept_for_a_time_goes_and_what_stays_is_what_the_docs_say(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", more=WEEKLY)
    config = load(site.folder / "config.toml", environ={})
    url = f"sqlite:///{site.folder}/var/solacefeed.db"
    by_year: list[Mapping[str, int]] = []
    sizes: list[int] = []
    log = site.folder / "var" / "solacefeed.db.home.log"
    with closing(open_store(url)) as store:
        subscribe(
            store,
            SettableClock(BEGIN),
            a_digest(),
            LONDON,
            email="ann@example.org",
            consent=A_CONSENT,
            key=NO_KEY,
            name=None,
            slugs=None,
        )
        for month in range(MONTHS):
            begins = BEGIN + month * MONTH
            editions_of(store, month, begins)
            mail_of(store, month, begins)
            watching_of(store, begins)
            readers_of(store, begins)
            # The last look of the month, and those of each day's count.
            app = App(config, as_of=begins + MONTH, folder=site.folder)
            home = app.home(store)
            home.log.add(LogKind.COPIES, range(20_000), at=begins, of=f"weekly/{month:02}-0")
            assert app.privacy.look(store)[1] == ()
            assert app.backups.note_people(store) == ()
            if month % 12 == 11:
                by_year.append(rows_of(store))
                sizes.append(log.stat().st_size)
        end = BEGIN + MONTHS * MONTH
        # For a time: the same after four years and after five, and as long as the docs say.
        for name, most in {
            "outbox": 90 / 30 * LETTERS,
            "bounces": 366 / 30 * BOUNCES + BOUNCES,
            "sign_ups": 30 / 30 * FORMS,
            "records": 500 + 10,
            "alarm_messages": 1000,
            "document_readers": 3 * 366 + 1,
            "document_subscribers": 3 * 366 + 1,
            "reader_counts": 3 * 366 * 7,
            "reader_salts": 3,
        }.items():
            assert 0 < by_year[-1][name] <= most or name == "reader_salts", (name, by_year[-1][name])
            assert by_year[-1][name] == by_year[-2][name] <= most, name
        # For good: what says who has got what, and how it read.
        for name, each_month in {
            "editions": EDITIONS,
            "variants": EDITIONS,
            "deliveries": EDITIONS * READERS,
            "edition_sums": EDITIONS,
        }.items():
            assert MONTHS * each_month - EDITIONS <= by_year[-1][name] <= MONTHS * each_month, name
        grown = {name for name in by_year[-1] if by_year[-1][name] > by_year[-2][name]}
        assert grown == {"editions", "variants", "deliveries", "edition_sums"}
        # Of copies nobody's address for longer than a year; of forms none for longer than a week.
        old = schema.deliveries.c.changed_at < end - 366 * DAY - 7 * DAY
        assert count(store, schema.deliveries.c.id, old & (schema.deliveries.c.email != "")) == 0
        assert count(store, schema.deliveries.c.id, schema.deliveries.c.email != "") > 0
        assert count(store, schema.sign_ups.c.email, schema.sign_ups.c.at < end - 7 * DAY) == 0
        with store.read() as connection:
            sketches = connection.execute(
                sa.select(schema.document_readers.c.day).where(schema.document_readers.c.sketch.is_not(None))
            )
            assert {date.fromisoformat(day) for day in sketches.scalars()} <= {(end - n * DAY).date() for n in range(3)}
        # Of the log beside the store a few months at most.
        assert sizes[-1] <= 2 * sizes[0]
        # Room comes back, and nothing else goes with it.
        large, before = os.path.getsize(site.folder / "var/solacefeed.db"), rows_of(store)
        with store.write() as connection:
            connection.execute(schema.variants.delete().where(schema.variants.c.edition_id < "weekly/48"))
        rewriting.rewrite(store)
        gone = 48 * EDITIONS
        assert os.path.getsize(site.folder / "var/solacefeed.db") < large - gone * 2 * len(A_MAIL) * 0.9
        assert rows_of(store) == before | {"variants": before["variants"] - gone, "facts": before["facts"] + 1}
