"""What a site has been through: counted once a day, kept in rows that tell of nobody, and read within bounds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from solacefeed.deeds.upkeep import history
from solacefeed.models.deliveries import DeliveryState, Outcome
from solacefeed.store import copy_decisions, deliveries, doubted_mail, edition_sums, mail_moves, reader_counts, schema
from solacefeed.store.database import Store
from tests.deeds.crossing import Act, crossing
from tests.support.counting import transactions_that_write, what_is_asked

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WEEK = timedelta(weeks=1)


def edition(store: Store, weeks_ago: int, state: str = "done", **copies: int) -> str:
    """An edition that closed so many weeks ago, with so many copies in each state."""
    ends = NOW - WEEK * weeks_ago
    name = f"weekly/{ends:%Y-%m-%d}"
    row = {
        "id": name,
        "digest": "weekly",
        "starts": ends - WEEK,
        "ends": ends,
        "prepared_at": ends,
        "cadence": "weekly",
    }
    with store.write() as connection:
        connection.execute(schema.editions.insert().values(**row, state=state))
        reader = 0
        for kind, count in copies.items():
            for _ in range(count):
                reader += 1
                connection.execute(
                    schema.deliveries.insert().values(
                        edition_id=name,
                        subscriber_id=reader,
                        email=f"r{reader}@example.org",
                        selection="*",
                        state=kind,
                        attempts=1,
                        doubts=0,
                        message_id=f"<{name}.{reader}@example.org>",
                        changed_at=ends,
                    )
                )
    return name


def subscriber(store: Store, number: int, *steps: tuple[datetime, str]) -> None:
    """Somebody whose subscription went through these states, and stands in the last one."""
    with store.write() as connection:
        row = {"id": number, "email": f"r{number}@example.org", "canonical": f"r{number}@example.org"}
        connection.execute(schema.subscribers.insert().values(**row, created_at=steps[0][0]))
        theirs = {"subscriber_id": number, "digest": "weekly"}
        last = {"state": steps[-1][1], "changed_at": steps[-1][0]}
        connection.execute(schema.subscriptions.insert().values(**theirs, **last))
        for at, state in steps:
            change = {**theirs, "at": at, "actor": "reader", "state": state}
            connection.execute(schema.subscription_changes.insert().values(**change))


def kept(store: Store) -> set[str]:
    with store.read() as connection:
        return set(connection.execute(sa.select(schema.edition_sums.c.edition_id)).scalars())


# -- editions ----------------------------------------------------------------------------------------------


def test_an_edition_that_is_over_is_counted_once_and_then_its_copies_are_read_no_more(store: Store) -> None:
    name = edition(store, 2, accepted=5, rejected=1)
    history.note(store, NOW)
    assert kept(store) == {name}
    with what_is_asked(store) as asked:
        (told,) = history.history(store, NOW).editions
    assert dict(told.copies) == {"accepted": 5, "rejected": 1}
    assert not [text for text in asked if "deliveries" in text]


@pytest.mark.parametrize("state", ["pending", "claimed", "handing"])
def test_one_whose_copies_still_move_is_counted_each_time(store: Store, state: str) -> None:
    moving = {"accepted": 2, state: 1}
    edition(store, 1, "done", **moving)
    history.note(store, NOW)
    assert kept(store) == set()
    (told,) = history.history(store, NOW).editions
    assert dict(told.copies) == {"accepted": 2, state: 1}


def test_a_copy_in_doubt_may_be_answered_late_so_its_edition_waits_two_weeks(store: Store) -> None:
    edition(store, 1, accepted=2, uncertain=1)
    old = edition(store, 3, accepted=2, uncertain=1)
    history.note(store, NOW)
    assert kept(store) == {old}


def test_that_counts_from_the_doubt_and_not_from_the_closing_of_an_edition_that_went_late(store: Store) -> None:
    old = edition(store, 3, accepted=2, uncertain=1)
    with store.write() as connection:
        connection.execute(schema.deliveries.update().values(changed_at=NOW - timedelta(days=13)))
    history.note(store, NOW)
    assert kept(store) == set()
    history.note(store, NOW + timedelta(days=2))
    assert kept(store) == {old}


def resolved(connection: sa.Connection, ids: list[int], _: str) -> None:
    copy_decisions.resolve(connection, ids, arrived=True, at=NOW)


def answered_late(connection: sa.Connection, ids: list[int], worker: str) -> None:
    outcomes = [
        Outcome(id=each, claim=0, state=DeliveryState.ACCEPTED, answer="250 ok", next_try_at=None) for each in ids
    ]
    deliveries.settle_all(connection, outcomes, worker=worker, at=NOW)


@pytest.mark.parametrize("how", [resolved, answered_late])
def test_a_copy_that_moves_after_all_is_counted_anew(
    store: Store, how: Callable[[sa.Connection, list[int], str], None]
) -> None:
    edition(store, 3, accepted=2, uncertain=1)
    in_doubt = schema.deliveries.c.state == DeliveryState.UNCERTAIN
    with store.write() as connection:
        connection.execute(schema.deliveries.update().where(in_doubt).values(worker="host-1-a"))
    history.note(store, NOW)
    with store.write() as connection:
        ids = list(connection.execute(sa.select(schema.deliveries.c.id).where(in_doubt)).scalars())
        how(connection, ids, "host-1-a")
    (told,) = history.history(store, NOW).editions
    assert dict(told.copies) == {"accepted": 3}


def test_what_a_restored_store_finds_taken_is_counted_anew(store: Store) -> None:
    name = edition(store, 3, accepted=2, uncertain=1)
    history.note(store, NOW)
    assert doubted_mail.copies_taken(store, name, [3], [], at=NOW) == 1
    (told,) = history.history(store, NOW).editions
    assert dict(told.copies) == {"accepted": 3}


def test_all_editions_together_are_what_each_of_them_is(store: Store) -> None:
    edition(store, 3, accepted=4)
    edition(store, 2, state="delivering", accepted=1, pending=2)
    edition(store, 1, state="skipped")
    history.note(store, NOW)
    with store.read() as connection:
        sums = edition_sums.of_all(connection)
    assert {name: dict(each) for name, each in sums.items()} == {
        "weekly/2026-11-02": {"accepted": 4},
        "weekly/2026-11-09": {"accepted": 1, "pending": 2},
    }


def retried(store: Store, name: str, number: int) -> None:
    """A rejected copy is offered again by the operator."""
    with store.write() as connection:
        its = schema.deliveries.c.id == number
        rejected = (DeliveryState.REJECTED,)
        mail_moves.move(connection, schema.deliveries, its, leaving=rejected, to=DeliveryState.PENDING)


def numbers(store: Store) -> list[int]:
    with store.read() as connection:
        return list(connection.execute(sa.select(schema.deliveries.c.id)).scalars())


def test_a_copy_that_moves_while_sums_are_kept_is_no_sum_for_good(store: Store) -> None:
    name = edition(store, 2, rejected=1)
    (number,) = numbers(store)
    with store.read() as connection:
        at_rest = edition_sums.to_be_kept(connection, now=NOW, limit=5)
    retried(store, name, number)
    with store.write() as connection:
        for each in at_rest:
            edition_sums.keep(connection, each, now=NOW)
    assert at_rest == [name]
    assert kept(store) == set()


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("operator_first", [False, True])
def test_whoever_is_first_of_who_keeps_a_sum_and_who_moves_a_copy_no_kept_sum_is_stale(
    store: Store, store_url: str, operator_first: bool
) -> None:
    name = edition(store, 2, rejected=1)
    (number,) = numbers(store)

    def anew() -> None:
        with store.write() as connection:
            connection.execute(schema.edition_sums.delete())
            connection.execute(schema.copy_acts.delete())
            connection.execute(schema.deliveries.update().values(state=DeliveryState.REJECTED.value))

    def keeps() -> Act:
        anew()

        def act(its: Store) -> None:
            with its.write() as connection:
                edition_sums.keep(connection, name, now=NOW)

        return act

    def moves() -> Act:
        return lambda its: retried(its, name, number)

    one, other = (moves, keeps) if operator_first else (keeps, moves)
    with crossing(store, store_url) as at_once:
        places = 0
        for _ in at_once.places(one, other):
            places += 1
            with store.read() as connection:
                told = edition_sums.tallies(connection, [name])[name]
                assert dict(told) == edition_sums.count(connection, name)
    assert places > 1


def test_the_newest_half_year_is_told_the_oldest_first(store: Store) -> None:
    for weeks in range(1, 41):
        edition(store, weeks, accepted=1)
    told = history.history(store, NOW).editions
    assert len(told) == history.EDITIONS == 26
    assert [each.ends for each in told] == [NOW - WEEK * weeks for weeks in range(26, 0, -1)]


def test_the_share_that_came_back_is_of_what_a_relay_has_answered(store: Store) -> None:
    name, silent = edition(store, 2, accepted=9, rejected=1), edition(store, 1, expired=3)
    with store.write() as connection:
        connection.execute(schema.bounce_counts.insert().values(edition_id=name, hard=2))
    told = {each.id: each for each in history.history(store, NOW).editions}
    assert (told[name].bounce_share, told[silent].bounce_share) == (0.2, None)


# -- readers -----------------------------------------------------------------------------------------------


def test_readers_are_counted_once_a_day_and_the_next_look_writes_nothing(store: Store) -> None:
    subscriber(store, 1, (NOW - WEEK, "confirmed"))
    subscriber(store, 2, (NOW - WEEK, "confirmed"), (NOW, "ended"))
    history.note(store, NOW)
    with transactions_that_write(store) as tally:
        history.note(store, NOW + timedelta(hours=3))
        assert tally.since() == 0
    assert history.history(store, NOW).readers[-1].states == {"confirmed": 1, "ended": 1}
    history.note(store, NOW + timedelta(days=1))
    assert [each.day for each in history.history(store, NOW + timedelta(days=1)).readers][-1] == date(2026, 11, 24)


def test_a_store_that_has_never_counted_knows_the_year_before_by_its_changes(store: Store) -> None:
    subscriber(store, 1, (NOW - WEEK * 10, "unconfirmed"), (NOW - WEEK * 9, "confirmed"))
    subscriber(store, 2, (NOW - WEEK * 60, "confirmed"), (NOW - WEEK * 5, "paused"), (NOW - WEEK * 4, "confirmed"))
    subscriber(store, 3, (NOW - WEEK * 8, "confirmed"), (NOW - WEEK * 2, "ended"))
    history.note(store, NOW)
    told = {(NOW.date() - each.day).days // 7: each.confirmed for each in history.history(store, NOW).readers}
    expected = {52: 1, 10: 1, 9: 2, 8: 3, 5: 2, 4: 3, 3: 3, 2: 2, 1: 2, 0: 2}
    assert {weeks: told[weeks] for weeks in expected} == expected


def test_a_week_whose_last_days_were_not_counted_is_told_by_one_that_was(store: Store) -> None:
    with store.write() as connection:
        for days, readers in ((20, 5), (16, 6), (9, 7)):
            day = NOW.date() - timedelta(days=days)
            row = reader_counts.ReaderCount(digest="weekly", state="confirmed", readers=readers)
            reader_counts.keep(connection, day, [row])
    assert [each.confirmed for each in history.history(store, NOW).readers] == [6, 7]


def test_a_year_is_told_and_three_are_kept(store: Store) -> None:
    row = reader_counts.ReaderCount(digest="weekly", state="confirmed", readers=1)
    with store.write() as connection:
        for days in range(0, 1200, 5):
            reader_counts.keep(connection, NOW.date() - timedelta(days=1200 - days), [row])
    with store.read() as connection:
        oldest = connection.execute(sa.select(sa.func.min(schema.reader_counts.c.day))).scalar_one()
    assert date.fromisoformat(oldest) >= NOW.date() - timedelta(days=5) - reader_counts.KEPT
    assert len(history.history(store, NOW).readers) <= history.WEEKS + 1


def test_nothing_that_is_kept_for_the_history_tells_of_anybody(store: Store) -> None:
    subscriber(store, 1, (NOW, "confirmed"))
    edition(store, 2, accepted=1)
    history.note(store, NOW)
    with store.read() as connection:
        rows = [*connection.execute(schema.edition_sums.select()), *connection.execute(schema.reader_counts.select())]
    assert rows
    assert "@" not in repr(rows)


# -- polls -------------------------------------------------------------------------------------------------


def test_polls_are_told_with_how_long_they_took_and_one_that_failed_again_and_again_without(store: Store) -> None:
    with store.write() as connection:
        for number in range(60):
            at = NOW + timedelta(hours=number)
            row = {"deed": "poll", "started_at": at, "ended_at": at + timedelta(seconds=4), "ok": True, "summary": ""}
            again = {"ok": False, "times": 7} if number == 59 else {}
            connection.execute(schema.records.insert().values(**{**row, "counts": {}, **again}))
    told = history.history(store, NOW).polls
    assert len(told) == history.POLLS
    assert (told[0].seconds, told[0].worked) == (4.0, True)
    assert (told[-1].seconds, told[-1].worked) == (None, False)
