"""No log says whose link was followed, or whose address was written: neither ours nor the server's, whatever fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from starlette.responses import PlainTextResponse, Response

from solacefeed.store.database import Store
from solacefeed.store.schema import subscribers
from solacefeed.templating import templates
from solacefeed.web.application import application
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.server import serving
from tests.web.conftest import NOW, Client, a_front

TOKEN = "d2Vla2x5OjE.a-secret-token"
ADDRESS = "ann@example.org"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def failing(store: Store) -> Iterator[Client]:
    def add_twice(_asked: PageRequest) -> Response:
        row = {"email": ADDRESS, "canonical": ADDRESS, "created_at": NOW}
        with store.write() as connection:
            connection.execute(sa.insert(subscribers), [row, row])
        return PlainTextResponse("")

    def repeats(asked: PageRequest) -> Response:
        raise ValueError(f"{asked.path('token')} of {asked.field('email')}")

    def breaks_off(asked: PageRequest) -> Response:
        try:
            return repeats(asked)
        except ValueError:
            raise RuntimeError(asked.field("email")) from None

    pages = Pages(front=a_front(), environment=templates(None))
    routes = [
        page(f"/{handler.__name__}/{{token}}", handler, methods=("GET", "POST"))
        for handler in (add_twice, repeats, breaks_off)
    ]
    with serving(application(pages, routes), "127.0.0.1:0") as port:
        yield Client(port=port)


def test_nothing_that_fails_tells_a_log_of_whom(
    failing: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for page_name in ("add_twice", "repeats", "breaks_off", "unknown"):
        for method, body in (("GET", None), ("POST", "email=ann%40example.org"), ("PUT", None)):
            answer = failing.ask(method, f"/{page_name}/{TOKEN}?email={ADDRESS}", body, FORM)
            assert answer.status in {500, 404, 405}
            assert ADDRESS not in answer.body
            assert TOKEN not in answer.body
    failing.raw(b"GET /repeats/%s HTTP/9.9\r\nX: %s\r\n\r\n" % (TOKEN.encode(), ADDRESS.encode()))
    out, err = capfd.readouterr()
    logged = "".join(f"{record.getMessage()}{record.exc_text or ''}{record.args}" for record in caplog.records)
    for said in (logged, caplog.text, out, err):
        assert TOKEN not in said
        assert "ann" not in said.lower().replace("annot", "")
    # And yet it says what is to be mended, and where.
    assert "IntegrityError" in logged
    assert "ValueError" in logged
    assert __file__ in logged
