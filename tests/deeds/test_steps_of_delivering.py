"""What delivering costs, counted in steps: commits for copies, threads for connections, copies composed ahead."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from threading import get_ident

import pytest
import sqlalchemy as sa

from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.errors import Unaddressable
from solacefeed.models.deliveries import Delivery, Message
from solacefeed.models.editions import Edition, Variant
from solacefeed.store.database import Store
from tests.deeds.world import World
from tests.mail.fake_relay import Relay
from tests.support.builders import a_source_post

POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))


@dataclass
class Watched(World):
    """One that notes who composes each copy."""

    composed_by: list[int] = field(default_factory=list)
    #: What composing the third reader's copy comes to.
    fault: Exception | None = None

    def _compose(self, edition: Edition, variant: Variant, copy: Delivery) -> Message:
        self.composed_by.append(get_ident())
        if copy.email == "reader2@example.org" and self.fault:
            raise self.fault
        return super()._compose(edition, variant, copy)


def watched(store: Store, *, readers: int, connections: int) -> Watched:
    world = Watched(store, connections=connections)
    world.join_at_once({f"reader{number}": None for number in range(readers)})
    world.appear(POST)
    world.prepare()
    return world


def over(relay: Relay) -> partial[SmtpTransport]:
    return partial(SmtpTransport, host="127.0.0.1", port=relay.port, tls="none")


def test_twenty_connections_share_commits_and_one_thread(sqlite_store: Store) -> None:
    world = watched(sqlite_store, readers=200, connections=20)
    commits: list[bool] = []

    def committed(connection: sa.Connection) -> None:
        commits.append(bool(connection.get_execution_options().get("writes")))

    sa.event.listen(sqlite_store.engine, "commit", committed)
    with Relay() as relay:
        world.transports = over(relay)
        assert world.deliver().accepted == 200
    assert len(relay.taken) == 200
    # Two of its own for each copy would be 400.
    assert sum(commits) <= 200 / 5
    assert len(set(world.composed_by)) == 1


def test_no_copy_is_composed_before_a_connection_is_free_for_it(sqlite_store: Store) -> None:
    world = watched(sqlite_store, readers=30, connections=1)
    ahead: list[int] = []
    world.relay.at_mark = lambda: ahead.append(len(world.composed_by) - world.relay.tried)
    assert world.deliver().accepted == 30
    assert set(ahead) == {0}
    assert len(world.composed_by) == 30


def test_a_bug_in_composing_what_goes_behind_a_dot_costs_that_dot_nothing(sqlite_store: Store) -> None:
    world = watched(sqlite_store, readers=4, connections=1)
    world.fault = ValueError("a bug")
    with Relay() as relay:
        world.transports = over(relay)
        with pytest.raises(ValueError, match="a bug"):
            world.deliver()
    assert world.states() == {"reader0": "accepted", "reader1": "accepted", "reader2": "pending", "reader3": "pending"}
    assert {copy.doubts for copy in world.copies().values()} == {0}
    assert len(relay.taken) == 2


def test_what_can_not_be_addressed_is_rejected_though_it_was_to_go_behind_a_dot(sqlite_store: Store) -> None:
    world = watched(sqlite_store, readers=4, connections=1)
    world.fault = Unaddressable("reader2: this address can't stand in a mail")
    with Relay() as relay:
        world.transports = over(relay)
        assert world.deliver().rejected == 1
    assert world.states()["reader2"] == "rejected"
    assert "can't stand in a mail" in (world.copies()["reader2"].answer or "")
    assert len(relay.taken) == 3
    assert relay.connections == 1
