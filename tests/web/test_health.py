"""``/healthz`` says whether pages can be served, to anybody, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from solacefeed.store.database import Store
from solacefeed.templating import templates
from solacefeed.web import health
from solacefeed.web.application import application
from solacefeed.web.clients import networks
from solacefeed.web.health import Health
from solacefeed.web.pages import Pages
from solacefeed.web.server import serving
from tests.web.conftest import Client, a_front

pytestmark = pytest.mark.both_stores


@pytest.fixture
def watched(store: Store) -> Iterator[Client]:
    """The site on each database."""
    pages = Pages(front=a_front(), environment=templates(None))
    with serving(application(pages, health.routes(Health(store=store))), "127.0.0.1:0") as port:
        yield Client(port=port)


def test_all_is_well_while_the_store_can_be_read(watched: Client) -> None:
    for method, said in (("GET", "ok\n"), ("HEAD", "")):
        answer = watched.ask(method, "/healthz?x=1")
        assert (answer.status, answer.body, answer.headers["cache-control"]) == (200, said, "no-store")
    assert watched.ask("POST", "/healthz").status == 405


def test_it_says_whether_a_web_server_that_is_trusted_has_told_who_asks(store: Store) -> None:
    pages = Pages(front=a_front(), environment=templates(None))
    site = application(pages, health.routes(Health(store=store)), trusted=networks(["127.0.0.0/8"]))
    with serving(site, "127.0.0.1:0") as port:
        client = Client(port=port)
        told, not_told = (
            client.ask("GET", "/healthz", headers=said) for said in ({"X-Forwarded-For": "192.0.2.1"}, {})
        )
        assert (told.headers[health.TOLD.lower()], not_told.headers[health.TOLD.lower()]) == ("yes", "no")


def test_a_store_that_is_broken_is_told_without_a_reason(
    watched: Client, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    broken = sa.exc.OperationalError("SELECT secret", {}, Exception("password of the database"))

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def breaks(*_: object) -> None:
        raise broken

    answer = watched.ask("GET", "/healthz")
    assert (answer.status, answer.body) == (503, "unavailable\n")
    assert "secret" not in caplog.text
    sa.event.remove(store.engine, "before_cursor_execute", breaks)
    assert watched.ask("GET", "/healthz").status == 200
