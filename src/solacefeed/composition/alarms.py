"""Who is told of troubles, and how, as a config wants it: operators by mail, a webhook, and a heartbeat that stops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from solacefeed.composition.base import Base
from solacefeed.composition.bounces import Bounces
from solacefeed.composition.mail import Mail
from solacefeed.composition.unkept_alarms import UnkeptAlarms
from solacefeed.composition.upkeep import Upkeep
from solacefeed.config.tables import MonitoringConfig
from solacefeed.deeds.execution import beside
from solacefeed.deeds.upkeep.alarms import AlarmRules, AlarmsTold, AlarmTried, AlarmWays, is_of, tell
from solacefeed.deeds.upkeep.outlook_troubles import told_besides
from solacefeed.deeds.upkeep.troubles import Judgement
from solacefeed.errors import Busy, StoreError, WebhookError
from solacefeed.models.alarms import AlarmMessage, NewAlarm
from solacefeed.store import alarms, subscribers
from solacefeed.store.database import Store
from solacefeed.store.file_hints import why_full
from solacefeed.store.locks import only_one
from solacefeed.traces import nameless

if TYPE_CHECKING:
    from solacefeed.deeds.upkeep.webhook import Webhook
    from solacefeed.digest.personal_letters import Writer
    from solacefeed.http_client.client import HttpClient

#: Seconds for one question to a webhook, or to the heartbeat's address; and for all of them after one look.
_PATIENCE = 10.0
_ALL = 60.0

#: No answer to these need be large.
_MOST_BYTES = 1_000_000

#: After a look at troubles, which of a very large store takes a while, so many times as long nobody looks again.
_RESTS = 5

#: How often certificates and records are looked at.
_EXAMINED_EVERY = timedelta(days=1)

#: Kinds of trouble with which a run is not good: a deed does not work, mail goes nowhere, or nobody can be told.
NOT_WORKING = frozenset(
    {
        "failed",
        "home",
        "killed",
        "silent",
        "clock",
        "waits",
        "not-done",
        "waiting",
        "outbox:waiting",
        "paused",
        "stranded",
        "disk",
        "read-only",
    }
)

#: It would never be fetched again.
_ITS_OWN = "failed:heartbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What the last look has seen, until it was told outside."""

    judged: Judgement
    #: Keys of the troubles of which somebody was told.
    told: frozenset[str]


def _never() -> bool:
    """Nobody stops it."""
    return False


def _nothing() -> None:
    """What was once configured and is no more does not fail any more."""


class Alarms:
    def __init__(self, base: Base, upkeep: Upkeep, mail: Mail, bounces: Bounces) -> None:
        self._base = base
        self._upkeep = upkeep
        self._mail = mail
        self._bounces = bounces
        self._seen: _Seen | None = None
        #: Until when nobody looks again, by ``time.monotonic``.
        self._rests_until = 0.0
        self._unkept = UnkeptAlarms()

    @property
    def operators(self) -> tuple[str, ...]:
        """Who is told by mail; a site without a digest hands over none."""
        return self._base.config.mail.operators if self._base.config.digests else ()

    @property
    def _watch(self) -> MonitoringConfig:
        return self._base.config.monitoring

    # -- within the house ------------------------------------------------------------------------

    def look(self, store: Store) -> tuple[AlarmsTold, tuple[str, ...]]:
        """Writes down what is to be told now that a look has ended: what that was, and what did not work of it."""
        told = [AlarmsTold()]
        if not self._base.tells_somebody or monotonic() < self._rests_until:
            return told[0], ()
        self._seen = None
        begun = monotonic()
        failed: list[StoreError] = []
        work = partial(self._tell_or_note, store, told, failed)
        amiss = beside(store, self._base.clock, "alarms", work)
        self._remember(store, failed)
        if self._unkept.stands is None:
            self._rests_until = monotonic() + _RESTS * (monotonic() - begun)
        return told[-1], (amiss,) if amiss else ()

    def _tell_or_note(self, store: Store, told: list[AlarmsTold], failed: list[StoreError]) -> None:
        try:
            told.append(self._tell(store))
        except StoreError as error:
            failed.append(error)
            raise

    def _remember(self, store: Store, failed: Sequence[StoreError]) -> None:
        """What can't be written down is told outside all the same."""
        unkept = ", ".join(sorted(store.unkept))
        if isinstance(next(iter(failed), None), Busy):
            return
        if failed:
            file = store.file
            lasts = store.why_gone() is not None or (file is not None and why_full(file.parent) is not None)
            self._unkept.see(nameless(str(failed[0])), at=self._base.clock(), passes=not lasts)
        elif unkept:
            why = f"what became of {unkept} could not be written down"
            self._unkept.see(why, at=self._base.clock(), passes=True)
        else:
            self._unkept.see_none()

    def _tell(self, store: Store) -> AlarmsTold:
        with only_one(store, "alarms"):
            stands = self._upkeep.status(store)
            judged = self._upkeep.judgement(stands)
            troubles = (*judged.troubles, *judged.acknowledged, *told_besides(stands))
            named = [replace(each, words=nameless(each.words, partial(_number, store))) for each in troubles]
            known = {each.key for each in judged.acknowledged}
            done = tell(
                store,
                named,
                self._ways(store),
                left=known | {each.key for each in troubles if each.is_quiet},
                at=self._base.clock(),
                rules=AlarmRules.with_polls(self._base.config.daemon.poll_every),
            )
            with store.read() as connection:
                watched = alarms.watched(connection)
        self._seen = _Seen(judged=judged, told=frozenset(key for key, each in watched.items() if each.told_at))
        return done

    def _ways(self, store: Store) -> AlarmWays:
        return AlarmWays(
            operators=self.operators,
            is_posted=self._is_posted,
            name=self._mail.name_letter,
            writer=partial(self._writer, store),
        )

    @property
    def _is_posted(self) -> bool:
        """A rehearsal tells nobody outside."""
        return self._watch.webhook is not None and not self._base.rehearsed

    def _writer(self, store: Store) -> Writer:
        from solacefeed.digest.personal_letters import Writer
        from solacefeed.templating import templates

        # An operator's words are English, as the commands are.
        site = replace(self._base.site(store), language="en")
        # By our own templates: what is wrong with the operator's is told too.
        return Writer(site=site, postal_address=None, environment=templates(None, self._base.brand), language="en")

    # -- outside ---------------------------------------------------------------------------------

    def reach_out(self, store: Store, stop: Callable[[], bool] = _never) -> tuple[str, ...]:
        """Posts what is to be posted, fetches the heartbeat's address, and looks at what is looked at once a day.

        It takes a minute or two at most, and waits for nothing of the look; returns what did not work, a line each. A
        rehearsal asks nobody.
        """
        if self._base.rehearsed or not self._base.tells_somebody:
            return ()
        amiss = self._tell_unkept(stop)
        if self._unkept.stands is not None:
            # What follows would be written down.
            return amiss
        ends = monotonic() + _ALL
        steps = {
            "webhook": self._posting(store, lambda: stop() or monotonic() > ends),
            "heartbeat": self._beating(stop),
            "examine": partial(self._examine, store) if self._watch.examine else None,
        }
        # What is not tried now has not worked either.
        wanted = {name: step for name, step in steps.items() if step is not None}
        told = [beside(store, self._base.clock, name, step) for name, step in wanted.items() if not stop()]
        return (*amiss, *filter(None, told))

    def _tell_unkept(self, stop: Callable[[], bool]) -> tuple[str, ...]:
        """Tells outside what no store keeps, and returns what did not work of that."""
        steps: list[Callable[[], object]] = []
        webhook, told = self.webhook(), self._unkept.next()
        if told is not None and webhook is not None:
            steps.append(partial(self._post_unkept, webhook, told, stop))
        if self._unkept.is_pressing and self._watch.heartbeat_fail is not None:
            steps.append(partial(self._beat, self._watch.heartbeat_fail, stop))
        amiss = []
        for step in steps:
            try:
                step()
            except WebhookError as error:
                amiss.append(str(error))
        return tuple(amiss)

    def _post_unkept(self, webhook: Webhook, told: NewAlarm, stop: Callable[[], bool]) -> None:
        from solacefeed.deeds.upkeep.webhook import post_unkept

        with self._client(stop) as client:
            post_unkept(client, webhook, told, at=self._base.clock())
        self._unkept.note_posted(told)

    def webhook(self) -> Webhook | None:
        from solacefeed.deeds.upkeep.webhook import Webhook

        watch, site = self._watch, self._base.config.site
        if watch.webhook is None:
            return None
        secret = watch.webhook_secret.get_secret_value() if watch.webhook_secret else None
        return Webhook(url=watch.webhook, secret=secret, site=site.organisation, site_url=site.base_url)

    def _posting(self, store: Store, stop: Callable[[], bool]) -> Callable[[], object] | None:
        """What posts all that is due; ``None`` where nothing is."""
        webhook = self.webhook()
        if webhook is None:
            return _nothing
        with store.read() as connection:
            if not alarms.due_posts(connection, at=self._base.clock(), limit=1):
                return None
        from solacefeed.deeds.upkeep.webhook import post_all

        return partial(post_all, store, self._base.clock, webhook, partial(self._client, stop), stop)

    def _beating(self, stop: Callable[[], bool]) -> Callable[[], object] | None:
        """What tells whether the run was good, once for each; ``None`` where nobody is to be told."""
        seen, self._seen = self._seen, None
        if self._watch.heartbeat is None:
            return _nothing
        if seen is None:
            return None
        against = self._against(seen.judged)
        failed = self._watch.heartbeat_fail if against & seen.told else None
        url = failed if against else self._watch.heartbeat
        return partial(self._beat, url, stop) if url is not None else None

    def _beat(self, url: str, stop: Callable[[], bool]) -> None:
        from solacefeed.deeds.upkeep.webhook import beat

        with self._client(stop) as client:
            beat(client, url)

    def _against(self, judged: Judgement) -> frozenset[str]:
        """The keys of the troubles for which a run is not good."""
        every = self._watch.heartbeat_while == "well"
        return frozenset(
            each.key
            for each in judged.troubles
            if each.key != _ITS_OWN and (every or (is_of(each.key, NOT_WORKING) and not each.is_quiet))
        )

    def _client(self, stop: Callable[[], bool]) -> HttpClient:
        from solacefeed.http_client.budget import Budget
        from solacefeed.http_client.client import HttpClient

        budget = Budget(seconds=_ALL, requests=3, what="an alarm", goes_on="it is tried again", stop=stop)
        return HttpClient(agent=self._base.agent, timeout=_PATIENCE, max_bytes=_MOST_BYTES, budget=budget)

    def _examine(self, store: Store) -> None:
        from solacefeed.composition.doctor import Doctor
        from solacefeed.deeds.upkeep.daily_checks import look
        from solacefeed.dns_client.lookup import Lookup

        # Of the config's file no daily look asks.
        doctor = Doctor(
            self._base, self._bounces, self._upkeep, store, lookup=Lookup(), config=self._base.folder / "config.toml"
        )
        look(store, self._base.clock, doctor.daily(), every=_EXAMINED_EVERY)

    # -- a test ----------------------------------------------------------------------------------

    def try_out(self, store: Store, stop: Callable[[], bool]) -> list[AlarmTried]:
        """Sends a test by each way, and tells what became of it; *stop* ends it after what is in hand.

        Where another process delivers at this moment, mails wait for it. A rehearsal posts nothing.
        """
        from solacefeed.deeds.upkeep.alarms import tried_mails, try_alarms

        now = self._base.clock()
        message = try_alarms(store, self._ways(store), at=now)
        posted = [self._post_one(store, message, stop)] if message.post else []
        if message.letters:
            with suppress(Busy):
                self._mail.hand_over_letters(store, stop, stop)
        return [*tried_mails(store, self.operators, message), *posted]

    def _post_one(self, store: Store, message: AlarmMessage, stop: Callable[[], bool]) -> AlarmTried:
        from solacefeed.deeds.upkeep.webhook import post_and_settle

        webhook = self.webhook()
        assert webhook is not None
        with self._client(stop) as client:
            fault = post_and_settle(store, self._base.clock, webhook, client, message)
        return AlarmTried(to="the webhook", state="waiting" if fault else "accepted", answer=fault, went_well=not fault)

    def list(self, store: Store, limit: int) -> list[AlarmMessage]:
        with store.read() as connection:
            return alarms.listing(connection, limit=limit)


def _number(store: Store, address: str) -> str | None:
    """What is said in the place of a subscriber's address."""
    with store.read() as connection:
        known = subscribers.find(connection, address)
    return f"subscriber {known.id}" if known else None
