"""The webhook and the heartbeat: each alarm is posted until it is taken, in its order, and nothing waits for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from solacefeed.deeds.upkeep.webhook import Webhook, beat, post_all
from solacefeed.errors import WebhookError
from solacefeed.http_client.client import HttpClient
from solacefeed.store import alarms
from tests.deeds.alarm_world import Watch, a_trouble
from tests.deeds.world import World
from tests.support.fakes import Killed
from tests.support.receiver import Call, Receiver

HELD = a_trouble("held", words="5 removals held back", ends_by="`solacefeed posts removals list`")
SWORDFISH = "swordfish"
#: The path at which the tests post.
SECRET = "/hooks/1f0c"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def watch(world: World) -> Watch:
    return Watch(world, operators=(), is_posted=True)


def a_client(timeout: float = 5) -> HttpClient:
    return HttpClient(agent="solacefeed/1 (+https://example.org)", timeout=timeout, max_bytes=1000)


def posted(
    watch: Watch, receiver: Receiver, *, secret: str | None = SWORDFISH, path: str = "/hooks/1f0c", timeout: float = 5
) -> int:
    hook = Webhook(url=f"{receiver.origin}{path}", secret=secret, site="Officers", site_url="https://feeds.example.org")
    store, clock = watch.world.store, watch.world.clock
    return post_all(store, clock, hook, lambda: a_client(timeout), lambda: False)


def states(watch: Watch) -> list[str | None]:
    return [each.post for each in watch.messages()]


# -- what is posted ---------------------------------------------------------------------------------------


def test_an_alarm_is_posted_as_json_with_a_line_that_chat_rooms_show(watch: Watch, receiver: Receiver) -> None:
    watch.look(HELD)
    assert posted(watch, receiver) == 1
    (call,) = receiver.calls
    assert (call.method, call.path, call.headers["content-type"]) == ("POST", "/hooks/1f0c", "application/json")
    assert call.json == {
        "version": 1,
        "id": "alarm-1",
        "site": "Officers",
        "site_url": "https://feeds.example.org",
        "state": "firing",
        "key": "held",
        "words": "5 removals held back",
        "ends_by": "`solacefeed posts removals list`",
        "since": "2026-11-23T08:00:00Z",
        "at": "2026-11-23T08:00:00Z",
        "text": "[Officers] 5 removals held back; `solacefeed posts removals list`",
    }
    assert states(watch) == ["accepted"]


def test_what_is_over_is_posted_too(watch: Watch, receiver: Receiver) -> None:
    watch.look(HELD)
    watch.look()
    assert posted(watch, receiver) == 2
    assert [(call.json["state"], call.json["text"]) for call in receiver.calls][1] == (
        "resolved",
        "[Officers] over: 5 removals held back",
    )
    assert posted(watch, receiver) == 0


def is_signed(call: Call, key: bytes) -> bool:
    """By another hand, as https://www.standardwebhooks.com says it."""
    stamp, number = call.headers["webhook-timestamp"], call.headers["webhook-id"]
    meant = hmac.new(key, b".".join([number.encode(), stamp.encode(), call.body]), hashlib.sha256).digest()
    version, _, signature = call.headers["webhook-signature"].partition(",")
    return version == "v1" and base64.b64decode(signature) == meant


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (SWORDFISH, b"swordfish"),
        (f"whsec_{base64.b64encode(b'a key of bytes').decode()}", b"a key of bytes"),
        ("whsec_is not base64", b"whsec_is not base64"),
    ],
)
def test_it_is_signed_as_the_standard_has_it(watch: Watch, receiver: Receiver, secret: str, key: bytes) -> None:
    watch.look(HELD)
    posted(watch, receiver, secret=secret)
    (call,) = receiver.calls
    assert is_signed(call, key)
    assert not is_signed(call, b"another")
    assert int(call.headers["webhook-timestamp"]) == int(watch.world.clock.now.timestamp())


def test_without_a_secret_it_bears_no_signature(watch: Watch, receiver: Receiver) -> None:
    watch.look(HELD)
    posted(watch, receiver, secret=None)
    assert "webhook-signature" not in receiver.calls[0].headers


# -- when it is not taken ---------------------------------------------------------------------------------


def test_what_is_not_taken_is_posted_again_later_and_nothing_overtakes_it(watch: Watch, receiver: Receiver) -> None:
    watch.look(HELD)
    receiver.status = 503
    with pytest.raises(WebhookError, match=r"^the webhook answered 503; is its address right\?$"):
        posted(watch, receiver)
    watch.look()
    assert (posted(watch, receiver), len(receiver.calls)) == (0, 1)
    watch.world.clock.forward(minutes=1)
    receiver.status = 200
    assert posted(watch, receiver) == 2
    assert [call.json["state"] for call in receiver.calls] == ["firing", "firing", "resolved"]
    assert receiver.calls[0].json["id"] == receiver.calls[1].json["id"]


@pytest.mark.more
def test_it_is_asked_more_and_more_seldom_and_given_up_after_two_days(watch: Watch, receiver: Receiver) -> None:
    watch.look(HELD)
    receiver.status = 500
    begun, asked = watch.world.clock.now, list[timedelta]()
    while states(watch) == ["waiting"]:
        before = len(receiver.calls)
        try:
            posted(watch, receiver)
        except WebhookError:
            asked.append(watch.world.clock.now - begun)
        assert len(receiver.calls) - before <= 1
        watch.world.clock.forward(minutes=1)
    assert [each.total_seconds() / 60 for each in asked[:7]] == [0, 1, 6, 21, 51, 111, 171]
    assert states(watch) == ["expired"]
    assert timedelta(days=2) < asked[-1] <= timedelta(days=2, hours=1)


def test_a_kill_between_the_post_and_its_row_posts_it_again_under_the_same_id(watch: Watch, receiver: Receiver) -> None:
    watch.look(HELD)
    clock = watch.world.clock

    class Dying:
        """Dies when it is asked what time it is after the post."""

        def __call__(self) -> object:
            if receiver.calls:
                raise Killed
            return clock.now

    hook = Webhook(url=receiver.origin, secret=None, site="Officers", site_url="https://feeds.example.org")
    with pytest.raises(Killed):
        post_all(watch.world.store, Dying(), hook, a_client, lambda: False)  # type: ignore[arg-type]
    assert states(watch) == ["waiting"]
    posted(watch, receiver)
    assert [call.json["id"] for call in receiver.calls] == ["alarm-1", "alarm-1"]
    assert states(watch) == ["accepted"]


def test_one_that_never_answers_is_left_in_its_time_and_its_path_is_told_to_nobody(
    watch: Watch, receiver: Receiver
) -> None:
    watch.look(HELD)
    receiver.silent = True
    with pytest.raises(WebhookError) as told:
        posted(watch, receiver, path="/services/T0/B0/secret?token=secret", timeout=0.2)
    assert str(told.value) == "the webhook: 127.0.0.1: no whole answer within 0.2 s; it will be asked again"
    (message,) = watch.messages()
    assert message.answer == str(told.value)


def test_whoever_ends_waits_for_no_post(watch: Watch, receiver: Receiver) -> None:
    watch.look(HELD)
    hook = Webhook(url=receiver.origin, secret=None, site="Officers", site_url="https://feeds.example.org")
    assert post_all(watch.world.store, watch.world.clock, hook, a_client, lambda: True) == 0
    assert (receiver.calls, states(watch)) == ([], ["waiting"])


# -- the heartbeat ----------------------------------------------------------------------------------------


def test_the_heartbeat_is_one_get(receiver: Receiver) -> None:
    with a_client() as client:
        beat(client, f"{receiver.origin}/ping/8b7c")
    assert [(call.method, call.path) for call in receiver.calls] == [("GET", "/ping/8b7c")]


def test_one_that_says_no_is_told_without_its_path(receiver: Receiver) -> None:
    receiver.status = 404
    with a_client() as client, pytest.raises(WebhookError) as told:
        beat(client, f"{receiver.origin}/ping/8b7c")
    assert str(told.value) == "the heartbeat's address answered 404; is it right?"


# -- what is looked at once a day -------------------------------------------------------------------------


def test_what_nobody_answered_leaves_what_was_found_before(world: World) -> None:
    at = world.clock.now
    with world.store.write() as connection:
        alarms.note_check(connection, "dkim", None, at=at)
        assert alarms.check_troubles(connection) == {}
        alarms.note_check(connection, "dkim", [("there is no record", "publish it")], at=at)
        alarms.note_check(connection, "dkim", None, at=at + timedelta(days=1))
        assert alarms.check_troubles(connection) == {"dkim": (("there is no record", "publish it"),)}
        assert alarms.checked(connection) == {"dkim": at + timedelta(days=1)}
        alarms.note_check(connection, "dkim", [], at=at + timedelta(days=2))
        assert alarms.check_troubles(connection) == {}


# -- what a server says ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "says",
    [
        lambda path: f"HTTP/1.1 {path} no\r\n\r\n".encode(),
        lambda path: f"{path}\r\n".encode(),
        lambda path: f"HTTP/1.1 200 OK\r\nContent-Encoding: {path}\r\nContent-Length: 1\r\n\r\nx".encode(),
        lambda path: f"HTTP/1.1 200 OK\r\nContent-Length: {path}\r\n\r\n".encode(),
    ],
)
def test_the_secret_address_is_not_told_by_what_its_server_says_of_it(
    watch: Watch, receiver: Receiver, says: Callable[[str], bytes]
) -> None:
    watch.look(HELD)
    receiver.says = says
    with pytest.raises(WebhookError) as told:
        posted(watch, receiver)
    with pytest.raises(WebhookError) as heard, a_client() as client:
        beat(client, f"{receiver.origin}{SECRET}")
    for error in (told, heard):
        assert SECRET not in "".join(traceback.format_exception(error.value))
    assert str(told.value) == "the webhook: 127.0.0.1: what it answered can't be read"
    assert SECRET not in str(watch.messages())


# -- a clock that leapt ---------------------------------------------------------------------------------------


def test_what_a_clock_that_ran_ahead_has_put_off_is_posted_when_it_is_right_again(
    watch: Watch, receiver: Receiver
) -> None:
    watch.world.clock.forward(days=400)
    receiver.status = 503
    watch.look(HELD)
    with pytest.raises(WebhookError):
        posted(watch, receiver)
    watch.world.clock.now -= timedelta(days=400)
    receiver.status = 204
    watch.look(HELD, a_trouble("paused:weekly"))
    assert posted(watch, receiver) == 2
