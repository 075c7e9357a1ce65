"""The vocabulary of these tests: a blog over real HTTP, and a reader who keeps what it was told, as the store does."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from solacefeed.errors import CutOff
from solacefeed.http_client.budget import Budget
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import Author, BlogInfo, SourceCategory, SourcePost, Stamp
from solacefeed.ports import Batch, Known, Pause
from solacefeed.sources.wordpress import WordPressSource
from tests.support.blog.answers import SampleAnswer
from tests.support.blog.blog import Blog
from tests.support.blog.faults import Spoil
from tests.support.blog.server import Serving

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HOME = "https://blog.example.org"


def a_client(
    *,
    timeout: float = 20,
    max_bytes: int = 4_000_000,
    reach: Mapping[str, str] = {},
    pause: Pause | None = None,
    budget: Budget | None = None,
) -> HttpClient:
    agent = "solacefeed/0 (+mailto:web@example.org)"
    return HttpClient(agent=agent, timeout=timeout, max_bytes=max_bytes, reach=reach, pause=pause, budget=budget)


def a_blog(posts: int = 5) -> Blog:
    """A blog whose posts were written one a day, up to a week ago."""
    blog = Blog(title="Officers &amp; others")
    blog.add_user("jo", "Jo Bloggs")
    blog.add_category("Housing")
    blog.add_category("Health & Wellbeing", parent="Housing")
    for number in range(posts):
        at = datetime(2026, 11, 16, 9, 0, number % 60, tzinfo=UTC)
        blog.add(f"Post {number}", at=at, categories=["Housing"], author="jo", slug=f"post-{number}")
    return blog


@dataclass(slots=True)
class Reader:
    """Commits each batch, as the deed does."""

    serving: Serving
    timeout: float = 20
    max_bytes: int = 4_000_000
    site: BlogInfo | None = None
    categories: tuple[SourceCategory, ...] = ()
    authors: dict[str, Author] = field(default_factory=dict)
    posts: dict[str, SourcePost] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    memory: dict[str, str] = field(default_factory=dict)
    complete: bool = False

    def poll(self, now: datetime = NOW) -> list[Batch]:
        """Polls to the end, and returns the batches."""
        return list(self.steps(now))

    def cut(self, requests: int, now: datetime = NOW) -> bool:
        """Polls until so many questions were asked, and returns whether that cut it off."""
        try:
            list(self.steps(now, Budget(seconds=600, requests=requests)))
        except CutOff:
            return True
        return False

    def steps(self, now: datetime = NOW, budget: Budget | None = None) -> Iterator[Batch]:
        """Polls batch by batch, each committed before it is given."""
        with a_client(timeout=self.timeout, max_bytes=self.max_bytes, reach=self._reach, budget=budget) as client:
            for batch in WordPressSource(client, HOME).changes(self.known, now):
                self._commit(batch)
                yield batch

    def asked_in_a_poll(self, now: datetime = NOW) -> list[str]:
        """Polls, and returns the paths and queries that were asked for."""
        before = len(self.serving.requests)
        self.poll(now)
        return [asked.target for asked in self.serving.requests[before:]]

    @property
    def known(self) -> Known:
        stamps = {
            number: Stamp(
                modified=post.modified or post.published,
                url=post.url,
                author_id=post.author_id,
                category_numbers=post.category_numbers or (),
            )
            for number, post in self.posts.items()
        }
        return Known(
            memory=self.memory,
            posts=stamps,
            categories=self.categories,
            authors=self.authors,
            complete=self.complete,
        )

    @property
    def _reach(self) -> dict[str, str]:
        return {HOME: self.serving.origin, "http://blog.example.org": self.serving.origin}

    def _commit(self, batch: Batch) -> None:
        self.site = batch.site or self.site
        self.categories = self.categories if batch.categories is None else batch.categories
        self.authors |= {author.id: author for author in batch.authors or ()}
        self.posts |= {str(post.number): post for post in batch.posts}
        for post_id in batch.gone:
            del self.posts[post_id]
        self.gone |= batch.gone
        self.memory = self.memory if batch.memory is None else dict(batch.memory)
        self.complete = self.complete or batch.complete


def rows_changed(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Spoil:
    """The same answer, with other rows in its JSON; X-WP-Total stays."""

    def spoil(answer: SampleAnswer) -> SampleAnswer:
        return replace(answer, body=json.dumps(change(json.loads(answer.body))).encode())

    return spoil


def refusal(status: int, code: str) -> Spoil:
    """WordPress's own refusal, in JSON."""
    body = json.dumps({"code": code, "message": "No.", "data": {"status": status}}).encode()
    return lambda answer: replace(
        answer, status=status, headers=(("Content-Type", "application/json; charset=UTF-8"),), body=body
    )


@dataclass(slots=True)
class Script:
    """A server that says what it is told, connection by connection."""

    origin: str
    #: The heads of the requests.
    heard: list[str] = field(default_factory=list)
    connections: int = 0


@contextmanager
def scripted(*connections: Sequence[bytes | Iterator[bytes]], tls: ssl.SSLContext | None = None) -> Iterator[Script]:
    """Serves each connection its answers, one a request, and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        scheme = "https" if tls else "http"
        script = Script(origin=f"{scheme}://127.0.0.1:{listening.getsockname()[1]}")
        thread = Thread(target=_play, args=(listening, script, connections, tls))
        thread.start()
        try:
            yield script
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _play(
    listening: socket.socket,
    script: Script,
    connections: Sequence[Sequence[bytes | Iterator[bytes]]],
    tls: ssl.SSLContext | None,
) -> None:
    for answers in connections:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        script.connections += 1
        with connection, suppress(OSError):
            if tls:
                with tls.wrap_socket(connection, server_side=True) as private:
                    _converse(private, script, answers)
            else:
                _converse(connection, script, answers)


def _converse(connection: socket.socket, script: Script, answers: Sequence[bytes | Iterator[bytes]]) -> None:
    for answer in answers:
        script.heard.append(_head(connection))
        for part in (answer,) if isinstance(answer, bytes) else answer:
            connection.sendall(part)


def _head(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head:
        received = connection.recv(65536)
        if not received:
            raise OSError("hung up")
        head += received
    return head.decode("latin-1")


def an_answer(body: bytes = b"{}", *, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    """An HTTP/1.1 answer with a length."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode("latin-1") + body
