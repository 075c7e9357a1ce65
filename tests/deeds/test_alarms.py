"""Alarms: operators are told once of a trouble, and once when it is over; of what passes by itself, with restraint."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.deeds.upkeep.alarm_words import in_a_line
from solacefeed.deeds.upkeep.alarms import IS_GONE, MOST_AN_HOUR, STANDS, AlarmDecision, AlarmRules, decide, try_alarms
from solacefeed.deeds.upkeep.outlook_troubles import told_besides
from solacefeed.deeds.upkeep.status import site_status
from solacefeed.deeds.upkeep.trouble import Trouble
from solacefeed.deeds.upkeep.troubles import judgement
from solacefeed.models.alarms import HINTS, AlarmState, NewAlarm, WatchedTrouble
from solacefeed.models.canaries import CanaryRules
from solacefeed.pace import Limits, Pace
from solacefeed.store import alarms
from tests.deeds.alarm_world import NAME, OPERATOR, Watch, a_trouble
from tests.deeds.world import BLOG, World
from tests.store.rows import everything
from tests.support.builders import LONDON, MONDAY, a_source_post
from tests.support.counting import transactions_that_write
from tests.support.fakes import Act, Killed
from tests.support.generated import examples

EDITION = "weekly/2026-11-23"
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
PAUSED = a_trouble(f"paused:{EDITION}", words=f"{EDITION} is paused, the relay refuses us", cause="refused")
FAILED = a_trouble("failed:poll", words="the last poll did not work: 503", cause="record 7")
FIRING, RESOLVED = "firing", "resolved"


@pytest.fixture
def watch(world: World) -> Watch:
    return Watch(world)


# -- once, and once when it is over -----------------------------------------------------------------------


@pytest.mark.more
def test_a_trouble_is_told_once_however_long_it_stands_and_once_when_it_is_over(watch: Watch) -> None:
    watch.looks(PAUSED, minutes=300)
    assert watch.told() == [(FIRING, PAUSED.key)]
    watch.looks(minutes=60)
    assert watch.told() == [(FIRING, PAUSED.key), (RESOLVED, PAUSED.key)]
    assert watch.subjects() == [
        f"[Alarm] {EDITION} is paused, the relay refuses us",
        f"[Over] {EDITION} is paused, the relay refuses us",
    ]


def test_the_mail_says_since_when_and_what_ends_it(watch: Watch) -> None:
    ends_by = f"mend that, then `solacefeed editions resume {EDITION}`"
    watch.look(replace(PAUSED, ends_by=ends_by))
    said = watch.words()
    for body in (" ".join(said.text.split()), re.sub(r"<[^>]+>", "", said.html)):
        assert "1 trouble to be seen to" in body
        assert "Since 2026-11-23 08:00 UTC. Mend that, then" in body
        assert f"solacefeed editions resume {EDITION}" in body
        assert "docs/operating.md" in body
    assert said.language == "en"


def test_a_look_that_finds_nothing_new_writes_nothing(watch: Watch) -> None:
    watch.look(PAUSED)
    with transactions_that_write(watch.world.store) as written:
        watch.looks(PAUSED, minutes=5)
        watch.looks(replace(PAUSED, words="it stands for five minutes now"), minutes=5)
    assert written.count == 0


def test_all_that_is_told_at_once_is_one_mail_to_each_operator(world: World) -> None:
    watch = Watch(world, operators=(OPERATOR, "second@example.org", OPERATOR))
    told = watch.look(PAUSED, a_trouble("held"), a_trouble("sum:1"))
    assert (told.began, told.letters) == (3, 2)
    assert watch.subjects() == [f"[Alarm] {EDITION} is paused, the relay refuses us (and 2 more)"] * 2
    assert told.line() == "alarms: told of 3 troubles, and of 0 that are over"
    watch.look(PAUSED, a_trouble("held"), a_trouble("left-out"))
    assert watch.told()[3:] == [(FIRING, "left-out"), (RESOLVED, "sum:1")]
    assert watch.subjects()[2:] == ["[Alarm] left-out is wrong"] * 2
    assert "1 trouble to be seen to, and 1 is over" in watch.words().text


def test_what_status_calls_a_hint_is_called_one_wherever_it_is_told(watch: Watch) -> None:
    aside = a_trouble("quarantine", words="4 set aside", ends_by="`solacefeed posts quarantine list` says why")
    told = watch.look(aside)
    assert told.line() == "alarms: told of 1 hint, and of 0 that are over"
    assert watch.subjects() == ["[Hint] 4 set aside"]
    text = watch.words().text
    assert text.startswith("1 hint\n")
    # Nobody can say to know of a hint.
    assert "acknowledge" not in text
    assert in_a_line(watch.messages()[0], "Us") == (
        "[Us] hint: 4 set aside; `solacefeed posts quarantine list` says why"
    )
    watch.look()
    assert "1 hint is over" in watch.words().text


def test_a_trouble_comes_before_a_hint_in_the_mail_about_both(watch: Watch) -> None:
    told = watch.look(a_trouble("quarantine", words="4 set aside"), PAUSED)
    assert told.line() == "alarms: told of 1 trouble and 1 hint, and of 0 that are over"
    assert watch.subjects() == [f"[Alarm] {EDITION} is paused, the relay refuses us (and 1 more)"]
    text = watch.words().text
    assert "1 trouble to be seen to, and 1 hint" in text
    assert text.index("is paused") < text.index("4 set aside")
    watch.look()
    assert "1 trouble and 1 hint are over" in watch.words().text


def test_what_is_told_besides_is_what_is_called_a_hint(world: World) -> None:
    status = site_status(world.store, MONDAY, BLOG, (world.digest,), LONDON)
    status = replace(status, quarantined=1)
    assert {each.key for each in told_besides(status)} == HINTS
    judged = judgement(status)
    assert {each.key for each in judged.hints} >= HINTS
    assert not {each.key for each in judged.troubles} & HINTS


def test_what_the_operator_knows_or_has_decided_is_not_told(watch: Watch) -> None:
    watch.look(PAUSED, left={PAUSED.key})
    watch.look()
    assert watch.told() == []


def test_what_the_operator_came_to_know_is_over_all_the_same(watch: Watch) -> None:
    watch.look(PAUSED)
    watch.looks(minutes=1)
    watch.look()
    assert watch.told() == [(FIRING, PAUSED.key), (RESOLVED, PAUSED.key)]


# -- with restraint ---------------------------------------------------------------------------------------


def test_what_passes_within_minutes_is_never_told(watch: Watch) -> None:
    for _ in range(10):
        watch.looks(FAILED, minutes=10)
        watch.looks(minutes=20)
    assert watch.told() == []


def test_what_passes_by_itself_is_told_when_it_has_stood_for_a_while(watch: Watch) -> None:
    watch.looks(FAILED, minutes=15)
    assert watch.told() == []
    watch.look(FAILED)
    assert watch.told() == [(FIRING, FAILED.key)]


def test_a_letter_that_waits_may_go_yet_and_one_that_was_rejected_does_not(watch: Watch) -> None:
    watch.look(a_trouble("outbox:waiting"), a_trouble("outbox:rejected"))
    assert watch.told() == [(FIRING, "outbox:rejected")]


def test_a_blog_that_is_polled_seldom_is_given_three_polls(world: World) -> None:
    watch = Watch(world, rules=AlarmRules.with_polls(timedelta(hours=1)))
    watch.looks(FAILED, a_trouble("failed:publish"), minutes=180)
    assert watch.told() == [(FIRING, "failed:publish")]
    watch.look(FAILED, a_trouble("failed:publish"))
    assert watch.told()[1:] == [(FIRING, FAILED.key)]


def test_one_that_comes_and_goes_is_one_trouble(watch: Watch) -> None:
    for _ in range(12):
        watch.looks(FAILED, minutes=6)
        watch.looks(minutes=4)
    assert watch.told() == [(FIRING, FAILED.key)]
    watch.looks(minutes=15)
    assert watch.told() == [(FIRING, FAILED.key), (RESOLVED, FAILED.key)]


def test_one_that_fails_in_another_way_each_time_is_told_once_an_hour(watch: Watch) -> None:
    for minute in range(180):
        watch.looks(replace(FAILED, cause=f"record {minute}"), minutes=1)
    assert watch.told() == [(FIRING, FAILED.key)] * 3


@pytest.mark.more
def test_one_that_grows_is_told_again_when_it_has_doubled(watch: Watch) -> None:
    sizes = [10, 11, 19, 20, 39, 40, 79]
    for size in sizes:
        watch.looks(a_trouble(f"rejected:{EDITION}", words=f"{size} were rejected", size=size), minutes=61)
    assert [each.words for each in watch.messages()] == [f"{size} were rejected" for size in (10, 20, 40)]


def test_another_occasion_of_what_somebody_mends_is_told_at_once(watch: Watch) -> None:
    watch.looks(PAUSED, minutes=1)
    watch.looks(replace(PAUSED, cause="a canary"), minutes=2)
    assert watch.told() == [(FIRING, PAUSED.key)] * 2


@pytest.mark.more
def test_a_storm_is_few_mails_and_nothing_of_it_is_lost(watch: Watch) -> None:
    storm = [a_trouble(f"document:{number}") for number in range(40)]
    storm = [replace(each, key=each.key.replace("document", "sync")) for each in storm]
    for minute in range(60):
        watch.looks(*storm[: minute + 1], minutes=1)
    assert len(watch.subjects()) == MOST_AN_HOUR
    assert len(watch.told()) == MOST_AN_HOUR
    watch.looks(*storm, minutes=60)
    assert Counter(watch.told()) == Counter((FIRING, each.key) for each in storm)
    assert len(watch.subjects()) <= 2 * MOST_AN_HOUR
    watch.looks(minutes=60)
    assert {key for state, key in watch.told() if state == RESOLVED} == {each.key for each in storm}


# -- kills ------------------------------------------------------------------------------------------------


def test_a_kill_while_it_is_told_loses_nothing_and_tells_nothing_twice(world: World) -> None:
    watch = Watch(world, operators=(OPERATOR, "second@example.org"), is_posted=True)
    before, calls = everything(world.store), 0

    def dies(*args: object) -> str:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Killed
        return NAME(*args)  # type: ignore[arg-type]

    with pytest.raises(Killed):
        watch.look(PAUSED, name=dies)
    assert everything(world.store) == before
    watch.looks(PAUSED, minutes=3)
    assert (watch.told(), len(watch.subjects())) == ([(FIRING, PAUSED.key)], 2)
    assert [each.post for each in watch.messages()] == ["waiting"]


def test_without_operators_it_is_written_down_for_the_webhook_alone(world: World) -> None:
    watch = Watch(world, operators=(), is_posted=True)
    watch.look(PAUSED)
    (message,) = watch.messages()
    assert (message.letters, message.post, watch.subjects()) == (0, "waiting", [])


def test_only_the_newest_messages_are_kept(watch: Watch) -> None:
    with watch.world.store.write() as connection:
        told = [NewAlarm(key="test", state=AlarmState.TEST, words="", ends_by="", since=MONDAY)] * (alarms.KEPT + 5)
        numbers = alarms.add(connection, told, at=MONDAY, letters=0, is_posted=False)
    assert [each.id for each in watch.messages()] == numbers[5:]


# -- a law ------------------------------------------------------------------------------------------------

KEYS = ("failed:poll", "paused:weekly/1", "rejected:weekly/1", "disk:feeds", "silent:poll")
SPELLS = st.lists(
    st.tuples(st.frozensets(st.sampled_from(KEYS)), st.integers(1, 90), st.integers(1, 3)), min_size=1, max_size=12
)


def minutes_of(spells: list[tuple[frozenset[str], int, int]]) -> list[tuple[frozenset[str], int]]:
    return [(keys, size) for keys, minutes, size in spells for _ in range(minutes)]


def after(known: dict[str, WatchedTrouble], decision: AlarmDecision) -> dict[str, WatchedTrouble]:
    kept = {key: row for key, row in known.items() if key not in decision.forgotten}
    return kept | {row.key: row for row in decision.watched}


@settings(max_examples=examples(50))
@given(SPELLS)
def test_whatever_stands_is_told_and_whatever_is_told_ends(spells: list[tuple[frozenset[str], int, int]]) -> None:
    check_what_is_told(spells)


@pytest.mark.slow
@settings(max_examples=300)
@given(SPELLS)
def test_in_many_more_spells_too(spells: list[tuple[frozenset[str], int, int]]) -> None:
    check_what_is_told(spells)


def check_what_is_told(spells: list[tuple[frozenset[str], int, int]]) -> None:
    known: dict[str, WatchedTrouble] = {}
    told: dict[str, list[str]] = defaultdict(list)
    tellings: list[int] = []
    steps = minutes_of(spells)
    for minute, (keys, size) in enumerate(steps + [(frozenset[str](), 1)] * 200):
        if minute >= len(steps) and not known:
            break
        now = MONDAY + timedelta(minutes=minute)
        lately = sum(minute - each < 60 for each in tellings)
        troubles = [Trouble(key=key, words=key, ends_by="", size=size) for key in sorted(keys)]
        decision = decide(known, troubles, left=(), now=now, told_lately=lately, rules=AlarmRules())
        known = after(known, decision)
        tellings += [minute] if decision.told else []
        for each in decision.told:
            told[each.key].append(each.state)
    assert known == {}
    assert all(sum(start <= each < start + 60 for each in tellings) <= MOST_AN_HOUR for start in tellings)
    for key, states in told.items():
        assert (states[0], states[-1]) == (FIRING, RESOLVED), key
        assert all(pair != (RESOLVED, RESOLVED) for pair in pairwise(states))
    # What stood through for long enough is told, whatever else there was.
    enough = (STANDS + timedelta(hours=1)).seconds // 60
    longest = {key: _longest([key in keys for keys, _ in steps]) for key in KEYS}
    assert {key for key, minutes in longest.items() if minutes > enough} <= set(told)


def _longest(stands: list[bool]) -> int:
    best = run = 0
    for each in stands:
        run = run + 1 if each else 0
        best = max(best, run)
    return best


def test_the_times_are_such_that_a_flap_is_one_trouble() -> None:
    assert timedelta() < IS_GONE < STANDS


# -- quiet when merely busy -------------------------------------------------------------------------------


def hours_of_looks(watch: Watch, hours: int, deliver: bool = True) -> None:
    """Two an hour: what stands at two of them has stood for longer than anything may."""
    for _ in range(hours * 2):
        if deliver:
            watch.world.deliver()
        watch.look_at_it()
        watch.world.clock.forward(minutes=30)


def ready(world: World, readers: int = 12) -> Watch:
    world.join_at_once({f"reader{number:02}": None for number in range(readers)})
    world.appear(POST)
    world.prepare()
    return Watch(world)


@pytest.mark.more
def test_an_edition_that_goes_well_is_no_alarm(world: World) -> None:
    watch = ready(world)
    hours_of_looks(watch, 3)
    assert (len(world.got()), watch.told()) == (12, [])


@pytest.mark.more
def test_a_canary_that_waits_is_none(world: World) -> None:
    world.canary = CanaryRules(share=0.2, above=10)
    watch = ready(world)
    watch.world.deliver()
    for _ in range(4):
        watch.look_at_it()
        world.clock.forward(minutes=10)
    assert watch.told() == []


@pytest.mark.more
def test_a_paced_edition_that_takes_all_day_is_none(world: World) -> None:
    world.pace = Pace(limits=Limits(per_hour=1))
    watch = ready(world)
    hours_of_looks(watch, 9)
    assert (4 < len(world.got()) < 12, watch.told()) == (True, [])


@pytest.mark.more
def test_one_that_stops_going_is_told(world: World) -> None:
    world.pace = Pace(limits=Limits(per_hour=2))
    watch = ready(world)
    hours_of_looks(watch, 4)
    hours_of_looks(watch, 4, deliver=False)
    # The letter that tells it waits too.
    assert watch.told() == [(FIRING, f"waiting:{EDITION}"), (FIRING, "outbox:waiting")]


def test_a_first_crawl_is_none(sqlite_store_world: World) -> None:
    watch = Watch(sqlite_store_world)
    sqlite_store_world.clock.forward(hours=30)
    watch.look_at_it()
    assert (watch.judged().troubles, watch.told()) == ((), [])


@pytest.fixture
def sqlite_store_world(world: World) -> World:
    """A site whose first crawl is under way while an edition would be due."""
    return World(world.store, crawled=False)


# -- what was due and was not done ---------------------------------------------------------------------------


@pytest.mark.more
def test_an_edition_that_is_due_and_not_made_is_told_until_it_is(world: World) -> None:
    world.join("ann")
    world.had_an_edition()
    world.appear(POST)
    watch = Watch(world)
    watch.look_at_it()
    assert watch.told() == []
    world.clock.forward(minutes=61)
    watch.look_at_it()
    assert watch.told() == [(FIRING, f"not-done:{EDITION}")]
    assert watch.messages()[0].words == f"{EDITION} closed on 2026-11-23 07:00 UTC, and is not made"
    world.prepare()
    world.deliver()
    watch.look_at_it()
    assert watch.told()[1:] == [(RESOLVED, f"not-done:{EDITION}")]


@pytest.mark.more
def test_a_relay_that_refuses_us_is_told_again_when_it_does_so_after_it_was_mended(world: World) -> None:
    watch = ready(world)
    world.deliver(Act.REFUSE_US)
    watch.look_at_it()
    assert watch.told() == [(FIRING, f"paused:{EDITION}")]
    world.deliver()
    assert world.got() == ["op"]
    world.resume()
    world.deliver(Act.REFUSE_US)
    watch.look_at_it()
    watch.look_at_it()
    assert watch.told() == [(FIRING, f"paused:{EDITION}")] * 2
    world.resume()
    watch.world.deliver()
    watch.look_at_it()
    assert watch.told()[2:] == [(RESOLVED, f"paused:{EDITION}")]


def test_a_pause_of_the_operators_own_is_not_told(world: World) -> None:
    from solacefeed.deeds.editions.decisions import pause

    watch = ready(world)
    pause(world.store, EDITION)
    watch.look_at_it()
    assert watch.told() == []


@pytest.mark.more
def test_some_addresses_are_always_gone(world: World) -> None:
    watch = ready(world, readers=100)
    world.deliver(Act.REJECT, Act.ACCEPT, Act.REJECT)
    watch.look_at_it()
    assert [each.key for each in watch.judged().troubles] == [f"rejected:{EDITION}"]
    assert watch.told() == []


@pytest.mark.more
def test_too_many_of_them_are_told(world: World) -> None:
    watch = ready(world, readers=100)
    world.deliver(Act.REJECT, Act.ACCEPT, Act.REJECT, Act.ACCEPT, Act.REJECT)
    watch.look_at_it()
    assert watch.told() == [(FIRING, f"rejected:{EDITION}")]


# -- in words -----------------------------------------------------------------------------------------------


def test_a_long_subject_is_cut_where_a_list_would_cut_it(watch: Watch) -> None:
    watch.look(a_trouble("held", words="much " * 60), a_trouble("left-out"))
    (subject,) = watch.subjects()
    assert len(subject) <= 110
    assert subject.endswith("much… (and 1 more)")


def test_a_test_says_that_nothing_is_wrong(watch: Watch) -> None:
    message = try_alarms(watch.world.store, watch.ways, at=MONDAY)
    assert watch.subjects() == ["[Test] A test: alarms arrive here"]
    assert "Nothing is wrong" in watch.words().text
    assert in_a_line(message, "Officers") == "[Officers] a test: alarms arrive here"


# -- a clock that leapt ---------------------------------------------------------------------------------------


def test_what_was_told_by_a_clock_that_ran_ahead_keeps_nothing_from_being_told(world: World) -> None:
    watch = Watch(world)
    world.clock.forward(days=400)
    for number in range(MOST_AN_HOUR):
        watch.look(a_trouble(f"held:{number}"))
        world.clock.forward(minutes=1)
    world.clock.now -= timedelta(days=401)
    watch.look(a_trouble("paused:weekly"))
    assert (FIRING, "paused:weekly") in watch.told()


def test_nor_does_what_began_or_went_by_it_stand_or_rest_for_a_year(world: World) -> None:
    watch, poll = Watch(world), a_trouble("failed:poll")
    world.clock.forward(days=400)
    watch.look(poll)
    world.clock.now -= timedelta(days=400)
    watch.looks(poll, minutes=int(STANDS.total_seconds() // 60) * 3)
    assert watch.told() == [(FIRING, "failed:poll")]
    world.clock.forward(days=400)
    watch.look()
    world.clock.now -= timedelta(days=400)
    watch.looks(minutes=int(IS_GONE.total_seconds() // 60) + 2)
    assert watch.told() == [(FIRING, "failed:poll"), (RESOLVED, "failed:poll")]


def test_nor_is_another_reason_kept_back(world: World) -> None:
    watch = Watch(world)
    world.clock.forward(days=400)
    watch.looks(a_trouble("failed:poll", cause="one"), minutes=50)
    assert len(watch.told()) == 1
    world.clock.now -= timedelta(days=400)
    watch.looks(a_trouble("failed:poll", cause="another"), minutes=90)
    assert len(watch.told()) == 2
