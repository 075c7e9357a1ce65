"""What goes out of the house by HTTP: alarms to a webhook, and the heartbeat.

An alarm is posted as it was written down, oldest first, until it is taken or two days are over; while one is not taken,
those behind it wait, so that none overtakes what it is about. It may arrive twice where a process dies: its ``id`` is
the same then. What is signed is signed as https://www.standardwebhooks.com has it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from solacefeed.deeds.upkeep.alarm_words import in_a_line
from solacefeed.deeds.upkeep.alarms import WITHIN
from solacefeed.errors import RequestError, WebhookError
from solacefeed.http_client.client import HttpClient
from solacefeed.models.alarms import AlarmMessage, NewAlarm, PostingState
from solacefeed.ports import Clock
from solacefeed.store import alarms
from solacefeed.store.database import Store

#: Of what is posted: it changes when a field goes or means something else.
VERSION = 1

#: So many are posted at once.
BATCH = 20

#: After each try that was not taken: what it waits for until the next.
_WAITS = (*(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30)), alarms.LONGEST_WAIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where alarms are posted."""

    url: str
    #: By which they are signed; ``None`` for not at all.
    secret: str | None
    #: Of the site: its name, and where its feeds are.
    site: str
    site_url: str


def post_all(
    store: Store, clock: Clock, webhook: Webhook, client: Callable[[], HttpClient], stop: Callable[[], bool]
) -> int:
    """Posts what is due, and writes down what became of it; returns how many were taken.

    Raises ``WebhookError`` where one was not, after that is written down.
    """
    with store.read() as connection:
        found = alarms.due_posts(connection, at=clock(), limit=BATCH)
    taken = 0
    for message in found:
        if stop():
            break
        with client() as asking:
            fault = post_and_settle(store, clock, webhook, asking, message)
        if fault is not None:
            raise WebhookError(fault)
        taken += 1
    return taken


def post_and_settle(
    store: Store, clock: Clock, webhook: Webhook, client: HttpClient, message: AlarmMessage
) -> str | None:
    """Posts one, and writes down what became of it; why it was not taken, or ``None``."""
    fault = _post(client, webhook, f"alarm-{message.id}", as_json(message, webhook), at=clock())
    _settle(store, message, fault, clock())
    return fault


def _settle(store: Store, message: AlarmMessage, fault: str | None, now: datetime) -> None:
    wait = _WAITS[min(message.attempts, len(_WAITS) - 1)]
    with store.write() as connection:
        if fault is None:
            alarms.settle_post(connection, message.id, PostingState.ACCEPTED, answer="taken")
        elif now - message.at > WITHIN:
            alarms.settle_post(connection, message.id, PostingState.EXPIRED, answer=fault)
        else:
            alarms.settle_post(connection, message.id, PostingState.WAITING, answer=fault, next_try_at=now + wait)


def post_unkept(client: HttpClient, webhook: Webhook, told: NewAlarm, *, at: datetime) -> None:
    """Posts what could not be written down; raises ``WebhookError`` where it was not taken."""
    number = f"unkept-{told.since:%Y%m%dT%H%M%SZ}-{told.state}"
    if fault := _post(client, webhook, number, _content(number, told, at, webhook), at=at):
        raise WebhookError(fault)


def _post(client: HttpClient, webhook: Webhook, number: str, said: Mapping[str, object], *, at: datetime) -> str | None:
    content = json.dumps(said, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", **_signature(webhook.secret, number, content, at)}
    try:
        answer = client.call(webhook.url, content, headers)
    except RequestError as error:
        return f"the webhook: {error}"
    return None if answer.status < 300 else f"the webhook answered {answer.status}; is its address right?"


def as_json(message: AlarmMessage, webhook: Webhook) -> dict[str, object]:
    """What is posted of it; instants in UTC, as RFC 3339 has them."""
    return _content(f"alarm-{message.id}", message, message.at, webhook)


def _content(number: str, message: NewAlarm, at: datetime, webhook: Webhook) -> dict[str, object]:
    return {
        "version": VERSION,
        "id": number,
        "site": webhook.site,
        "site_url": webhook.site_url,
        "state": message.state.value,
        "key": message.key,
        "words": message.words,
        "ends_by": message.ends_by,
        "since": _instant(message.since),
        "at": _instant(at),
        "text": in_a_line(message, webhook.site),
    }


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _signature(secret: str | None, number: str, content: bytes, at: datetime) -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    named = {"webhook-id": number, "webhook-timestamp": seconds}
    if secret is None:
        return named
    signed = hmac.digest(_key(secret), f"{number}.{seconds}.".encode() + content, hashlib.sha256)
    return {**named, "webhook-signature": f"v1,{base64.b64encode(signed).decode('ascii')}"}


def _key(secret: str) -> bytes:
    """``whsec_`` and base64, as the standard has it; any other secret is its own bytes."""
    head, separator, tail = secret.partition("whsec_")
    if separator and not head:
        try:
            return base64.b64decode(tail, validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def beat(client: HttpClient, url: str) -> None:
    """Fetches the heartbeat's address; raises ``WebhookError`` where it is not answered, or answers no."""
    try:
        answer = client.call(url)
    except RequestError as error:
        raise WebhookError(f"the heartbeat: {error}") from error
    if not 200 <= answer.status < 300:
        raise WebhookError(f"the heartbeat's address answered {answer.status}; is it right?")
