"""A list from elsewhere is taken in once, and brings back nobody who left; looked at first, it changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Actor, Basis, How, Subscription, Suppression, SuppressionReason
from solacefeed.store import address_history, consents, fingerprints, subscribers, suppressions
from solacefeed.store.schema import consents as consents_table
from solacefeed.store.schema import metadata
from solacefeed.store.schema import subscribers as subscribers_table
from solacefeed.store.subscription_changes import history
from tests.deeds.importing import Importer, fates
from tests.deeds.world import World
from tests.support.builders import MONDAY, WEEK, a_digest, a_source_post, category_ids
from tests.support.fakes import Killed

SHOWN = "Email,Name,Opt-in time"


@pytest.fixture
def importer(world: World, tmp_path: Path) -> Importer:
    return Importer(world=world, folder=tmp_path)


def shown(who: str, name: str = "") -> str:
    return f"{who}@example.org,{name},2025-03-16 14:40:47"


def standing(world: World, email: str) -> Subscription | None:
    with world.store.read() as connection:
        person = subscribers.find(connection, email)
        return None if person is None else subscribers.subscription(connection, person.id, world.digest.key)


def counted(world: World) -> dict[str, int]:
    """The rows of every table that an import may write to."""
    tables = ("subscribers", "subscriptions", "subscription_changes", "consents", "suppressions")
    with world.store.read() as connection:
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(metadata.tables[name])).scalar_one()
            for name in tables
        }


@pytest.mark.more
def test_who_is_new_gets_the_next_edition_on_the_consent_that_the_list_shows(importer: Importer) -> None:
    world = importer.world
    result = importer.brought(SHOWN, shown("ann", " Ann \n Lee ".replace("\n", "")), shown("Bob"))
    assert (fates(result), result.shown, result.claimed) == ({"new": 2}, 2, 0)
    there = standing(world, "bob@example.org")
    assert there is not None
    assert (there.state, there.entered_by, there.chosen_by, there.changed_by) == ("confirmed", *[Actor.IMPORT] * 3)
    with world.store.read() as connection:
        (consent,) = consents.of_one(connection, there.subscriber.id)
        (step,) = history(connection, there.subscriber.id, "weekly")
    assert (consent.id, consent.basis, consent.how, consent.claimed) == (
        there.consent_id, Basis.CONSENT, How.IMPORT, False,
    )  # fmt: skip
    assert consent.at == datetime(2025, 3, 16, 14, 40, 47, tzinfo=UTC)
    assert (consent.source, consent.evidence) == ("people.csv", "Opt-in time 2025-03-16 14:40:47")
    assert (step.actor, step.state, step.since, step.reason) == (
        Actor.IMPORT, "confirmed", there.since, "the list people.csv has them",
    )  # fmt: skip
    ann = standing(world, "ann@example.org")
    assert ann is not None
    assert (ann.subscriber.name, ann.subscriber.named_by) == ("Ann Lee", Actor.IMPORT)
    world.appear(a_source_post(published=MONDAY))
    world.clock.now += WEEK
    world.prepare()
    world.deliver()
    assert sorted(mail.recipient for mail in world.relay.mailbox) == ["Bob@example.org", "ann@example.org"]


def test_a_look_counts_the_same_and_writes_nothing(importer: Importer) -> None:
    importer.world.join("carol")
    lines = [SHOWN, shown("ann"), shown("ann"), shown("carol"), "nobody,,", "dora@example.org,,"]
    before = counted(importer.world)
    looked = importer.brought(*lines, acts=False)
    refused = dict(importer.refused)
    assert counted(importer.world) == before
    assert fates(looked) == {"new": 1, "known": 1, "twice": 1, "refused": 2}
    done = importer.brought(*lines)
    assert (fates(done), importer.refused) == (fates(looked), refused)
    assert refused.keys() == {5, 6}
    assert refused[6].startswith("nothing in it shows that they agreed")


def test_nobody_comes_back_who_left_was_suppressed_was_erased_or_has_moved(importer: Importer, tmp_path: Path) -> None:
    world, key = importer.world, FingerprintKey(path=tmp_path / "fingerprint.key")
    world.join("left", "bad", "old")
    world.leave("left")
    with world.store.write() as connection:
        bad = Suppression(
            canonical="bad@example.org", reason=SuppressionReason.HARD, words=None, actor=Actor.OPERATOR, at=MONDAY
        )
        suppressions.add(connection, bad)
        fingerprints.add(connection, key.fingerprint("erased@example.org"), at=MONDAY)
        mover = subscribers.find(connection, "old@example.org")
        assert mover is not None
        address_history.move(connection, mover.id, "new@example.org", at=MONDAY, by=Actor.READER)
    before = counted(world)
    lines = [SHOWN, *map(shown, ("LEFT", "bad", "Erased", "old"))]
    for acts in (False, True):
        result = importer.brought(*lines, key=key, acts=acts)
        assert fates(result) == {"ended": 1, "suppressed": 1, "erased": 1, "moved": 1}
        assert importer.refused.keys() == {2, 3, 4, 5}
    assert counted(world) == before


def test_who_has_it_already_keeps_what_they_chose_and_another_digest_begins_for_whom_is_known(
    importer: Importer,
) -> None:
    world = importer.world
    world.join("ann", categories=("housing",))
    result = importer.brought("Email,Tags,Opt-in time", "ann@example.org,Scotland,2025-01-01", column="Tags")
    there = standing(world, "ann@example.org")
    assert there is not None
    assert (fates(result), there.category_ids, there.entered_by) == ({"known": 1}, category_ids("1"), Actor.OPERATOR)
    world.digest = a_digest(name="daily")
    assert fates(importer.brought(SHOWN, shown("ann", "Another"))) == {"new": 1}
    daily = standing(world, "ann@example.org")
    assert daily is not None
    assert (daily.subscriber, daily.entered_by) == (there.subscriber, Actor.IMPORT)


def test_consent_that_nothing_shows_is_claimed_by_whoever_brings_the_list(importer: Importer) -> None:
    words = "forms of paper, in the office"
    result = importer.brought("Email,Joined", "ann@example.org,2024-05-01", claim=words, basis=Basis.SOFT_OPT_IN)
    assert (fates(result), result.shown, result.claimed) == ({"new": 1}, 0, 1)
    with importer.world.store.read() as connection:
        (row,) = connection.execute(consents_table.select())
    assert (row.claimed, row.evidence, row.basis) == (True, words, "soft-opt-in")
    assert row.at == datetime(2024, 5, 1, tzinfo=UTC)


def test_categories_are_known_by_slug_name_and_label_and_unknown_ones_are_told(importer: Importer) -> None:
    lines = [
        "Email,Tags,Opt-in time",
        'ann@example.org,"""Housing"",""VIP""",2025-01-01',
        'bob@example.org,"the north, HOMELESSNESS",2025-01-01',
        "carol@example.org,VIP,2025-01-01",
        "dora@example.org,,2025-01-01",
    ]
    result = importer.brought(*lines, column="tags")
    assert fates(result) == {"new": 2, "refused": 2}
    assert importer.refused == {
        4: "none of what it names is a category: VIP",
        5: "it names no category; --categories says what those get",
    }
    ann, bob = (standing(importer.world, f"{who}@example.org") for who in ("ann", "bob"))
    assert ann is not None
    assert bob is not None
    assert (ann.category_ids, bob.category_ids) == (("1",), ("2", "3"))
    assert ann.since is not None
    assert ann.since.keys() == {"1"}
    # What is said for those of whom the list says nothing.
    importer.brought(*lines, column="tags", slugs=("scotland",))
    dora = standing(importer.world, "dora@example.org")
    assert dora is not None
    assert dora.category_ids == ("3",)


def test_who_left_by_any_row_of_the_list_is_not_entered_for_another(importer: Importer) -> None:
    lines = [
        "Email,First name,Last name,Subscription time,Subscription IP,Global status,List status,List",
        "ann@example.org,Ann,Lee,2025-01-01 10:00:00,192.0.2.7,subscribed,subscribed,News",
        "bob@example.org,Bob,Fry,2025-01-01 10:00:00,192.0.2.8,subscribed,subscribed,News",
        "ann@example.org,Ann,Lee,2025-01-01 10:00:00,192.0.2.7,subscribed,unsubscribed,Events",
    ]
    assert fates(importer.brought(*lines)) == {"new": 1, "left": 2}
    assert importer.refused == {
        2: "another row of the list says that they have left",
        4: "unsubscribed with MailPoet",
    }
    assert standing(importer.world, "ann@example.org") is None


def test_whom_another_tool_must_not_mail_can_be_suppressed_here(importer: Importer) -> None:
    world = importer.world
    world.join("bad")
    lines = [
        "uuid,email,name,attributes,status,created_at,updated_at",
        "1,bad@example.org,Bad,{},blocklisted,2025-01-01T10:00:00Z,2025-01-01T10:00:00Z",
        "2,off@example.org,Off,{},disabled,2025-01-01T10:00:00Z,2025-01-01T10:00:00Z",
    ]
    assert fates(importer.brought(*lines)) == {"left": 2}
    assert counted(world)["suppressions"] == 0
    for suppressed in (1, 1):
        result = importer.brought(*lines, suppresses=True)
        assert (fates(result), result.suppressed) == ({"left": 2}, suppressed)
    there = standing(world, "bad@example.org")
    assert there is not None
    assert (counted(world)["suppressions"], there.state) == (1, "bounced")


@pytest.mark.more
def test_who_is_never_to_be_mailed_by_the_last_row_of_a_long_list_is_not_entered_by_its_first(
    importer: Importer,
) -> None:
    told = "{}@example.org,{},{},consent,2025-01-01 10:00:00,no"
    others = [told.format(f"reader{number}", "weekly", "confirmed") for number in range(2500)]
    lines = ["address,digest,state,basis,consent at,claimed", told.format("bad", "weekly", "confirmed"), *others]
    lines.append(told.format("bad", "another", "bounced"))
    for acts in (False, True):
        result = importer.brought(*lines, suppresses=True, acts=acts)
        assert (fates(result), result.suppressed) == ({"new": 2500, "suppressed": 1, "left": 1}, 1)
    assert standing(importer.world, "bad@example.org") is None


@pytest.mark.parametrize("name", ["unsubscribed_members_export_60bf.csv", "cleaned_members_export_60bf.csv"])
def test_mailchimps_file_of_those_who_left_enters_nobody(importer: Importer, name: str) -> None:
    lines = ["Email Address,OPTIN_TIME,LEID,EUID", "ann@example.org,2025-01-01 10:00:00,1,2"]
    assert fates(importer.brought(*lines, name=name)) == {"left": 1}
    assert fates(importer.brought(*lines, name="subscribed_members_export_60bf.csv")) == {"new": 1}


def test_a_cadence_that_the_digest_has_not_is_its_first_and_a_language_is_a_tag(importer: Importer) -> None:
    lines = ["Email,Language,Opt-in time", "ann@example.org,cy_GB,2025-01-01", "bob@example.org,Welsh!,2025-01-01"]
    importer.brought(*lines, cadence=CadenceKind.MONTHLY)
    found = [standing(importer.world, f"{who}@example.org") for who in ("ann", "bob")]
    assert [(each.cadence, each.language) for each in found if each] == [(None, "cy-GB"), (None, None)]


def test_a_list_that_was_cut_off_goes_on_where_it_was(importer: Importer) -> None:
    lines, met = [SHOWN, *(shown(f"reader{number}") for number in range(2500))], list[int]()

    def die_after_two(done: int) -> None:
        met.append(done)
        if len(met) == 2:
            raise Killed

    with pytest.raises(Killed):
        importer.brought(*lines, advance=die_after_two)
    assert counted(importer.world) == dict.fromkeys(
        ("subscribers", "subscriptions", "subscription_changes", "consents"), sum(met)
    ) | {"suppressions": 0}
    assert fates(importer.brought(*lines)) == {"new": 2500 - sum(met), "known": sum(met)}
    assert counted(importer.world)["consents"] == 2500
    with importer.world.store.read() as connection:
        unique = connection.execute(sa.select(sa.func.count(subscribers_table.c.id.distinct()))).scalar_one()
    assert unique == 2500
