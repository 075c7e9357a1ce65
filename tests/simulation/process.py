"""The program as a simulated site runs it: its own composition, with our clock, blog and relay in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path

from jinja2 import Environment

from solacefeed.app import App
from solacefeed.composition.events import Events
from solacefeed.composition.mail import Mail
from solacefeed.composition.posts import Posts
from solacefeed.config import Config
from solacefeed.deeds.clock import AttestedSource
from solacefeed.ports import Clock as ReadClock
from solacefeed.ports import Pause, Source, Transport
from solacefeed.store.database import Store
from solacefeed.templating import templates
from tests.simulation.blog import Blog
from tests.simulation.clock import Clock
from tests.simulation.relay import Relay


class _Posts(Posts):
    def __init__(self, base: App, events: Events, blog: Blog, clock: Clock) -> None:
        super().__init__(base, events)
        self._blog, self._machine = blog, clock

    @contextmanager
    def source(
        self,
        store: Store,
        *,
        pause: Pause | None = None,  # noqa: ARG002  # nobody waits here
        stop: Callable[[], bool] = lambda: False,  # noqa: ARG002
        newest: int | None = None,  # noqa: ARG002
    ) -> Iterator[Source]:
        yield AttestedSource(self._blog, store, self._machine, lambda: self._machine.true)


class _Mail(Mail):
    def __init__(self, base: App, events: Events, relay: Relay) -> None:
        super().__init__(base, events)
        self._relay = relay

    def transports(self) -> Callable[[], Transport]:
        return lambda: self._relay


class Process(App):
    """The program as it runs until somebody kills it: it lives by the machine's clock, and meets our blog and relay."""

    def __init__(self, config: Config, folder: Path, *, clock: Clock, blog: Blog, relay: Relay) -> None:
        super().__init__(config, as_of=None, folder=folder)
        self._machine, self._blog, self._relay = clock, blog, relay

    @property
    def clock(self) -> ReadClock:
        return self._machine

    @cached_property
    def environment(self) -> Environment:
        """Compiled once for all processes that a story has."""
        return _environment()

    @cached_property
    def posts(self) -> Posts:
        return _Posts(self, self.events, self._blog, self._machine)

    @cached_property
    def mail(self) -> Mail:
        return _Mail(self, self.events, self._relay)


@cache
def _environment() -> Environment:
    return templates()
