"""What readers get from outside: the published documents and our pages, as any client asks for them; and the blog."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from solacefeed.deeds.upkeep.doctor.examinations import SiteFinding, note, ok, trouble, unknown
from solacefeed.deeds.upkeep.doctor.relay import certificate_findings
from solacefeed.errors import NotPublic, RequestError
from solacefeed.http_client.answer import Answer
from solacefeed.http_client.client import HttpClient
from solacefeed.words import listing

#: So far apart two clocks may be, before that shows in what goes by the time, and before it is wrong.
_APART = timedelta(minutes=2)
_FAR_APART = timedelta(hours=1)

#: Of the answer of ``/healthz`` (``web.health``).
_TOLD = "x-client-told"

#: Smaller documents are not worth packing.
_WORTH_PACKING = 2048

_TYPES_ARE_IN = "see deploy/ for what a web server has to say of each kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDocument:
    """What should be had from outside."""

    #: Below the base address.
    path: str
    #: Its media type, without parameters.
    kind: str
    #: As it stands in the folder.
    content: bytes


def document_findings(
    client: HttpClient, base_url: str, documents: Sequence[PublishedDocument]
) -> Iterator[SiteFinding]:
    """Whether *documents* are served below *base_url*, of the right types, and for readers who ask often."""
    if not documents:
        yield unknown("nothing is published yet", "`solacefeed run`")
        return
    served = []
    for document in documents:
        try:
            found = list(_of_one(client, base_url, document))
        except NotPublic as error:
            yield unknown(f"{error}; how it is from outside can't be seen from here", "look from another machine")
            return
        except RequestError as error:
            # The others are not there either.
            yield trouble(
                str(error), "let a web server serve [feeds] dir at [site] base_url; see docs/operating.md, Serve"
            )
            return
        yield from found
        if not found:
            served.append(document.path)
    if served:
        yield ok(f"{base_url} serves {listing(served)} with the right types, and says what has not changed")


def _of_one(client: HttpClient, base_url: str, document: PublishedDocument) -> Iterator[SiteFinding]:
    url = f"{base_url}/{document.path}"
    answer = client.get(url, accept="*/*")
    if answer.status != 200:
        yield trouble(f"{url} answers {answer.status}", "let the web server serve [feeds] dir at [site] base_url")
        return
    if answer.content_type != document.kind:
        is_a = answer.content_type or "of no type"
        yield trouble(f"{url} is {is_a}, and should be {document.kind}: some readers refuse it", _TYPES_ARE_IN)
    if answer.body != document.content:
        yield note(
            f"{url} is another version than the one in [feeds] dir",
            "is that the folder which is served? A cache before it may be some minutes behind",
        )
    yield from _of_thrift(client, url, answer)


def _of_thrift(client: HttpClient, url: str, answer: Answer) -> Iterator[SiteFinding]:
    """Whether readers who come again get little: nothing where nothing changed, and else it is packed."""
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    if not etag and not modified:
        yield note(f"{url} has neither ETag nor Last-Modified: every reader fetches all of it each time", _TYPES_ARE_IN)
    elif client.get(url, accept="*/*", etag=etag, modified_since=modified).status != 304:
        yield note(f"{url} is sent whole to who has it already (no 304)", _TYPES_ARE_IN)
    if len(answer.body) > _WORTH_PACKING and "content-encoding" not in answer.headers:
        yield note(f"{url} is not packed (gzip): it is {len(answer.body)} bytes for everyone", _TYPES_ARE_IN)


def page_findings(client: HttpClient, base_url: str) -> Iterator[SiteFinding]:
    """Whether our own pages are reached at *base_url*: links in every mail lead there."""
    url = f"{base_url}/healthz"
    to_do = "run the daemon or `solacefeed web`, and let the web server pass [web] base_url on to it"
    try:
        answer = client.get(url, accept="text/plain")
    except NotPublic as error:
        yield unknown(f"{error}; how it is from outside can't be seen from here", "look from another machine")
        return
    except RequestError as error:
        yield trouble(str(error), to_do)
        return
    if (answer.status, answer.body) != (200, b"ok\n"):
        yield trouble(f"{url} answers {answer.status}, and not as our pages do", to_do)
    elif not base_url.startswith("https:"):
        yield note(f"{base_url} is not https: Gmail and Yahoo offer no one-click there", "serve it by https")
    else:
        yield ok(f"our pages answer at {base_url}")
        # We speak no TLS ourselves, so some web server passed that on.
        if answer.headers.get(_TOLD) == "no":
            yield note(
                f"whoever asks at {base_url} looks like the web server before our pages: all visitors share its limits "
                "of forms",
                "let it send X-Forwarded-For, as deploy/ has it, and [web] trusted_proxies name its address",
            )


def certificate_of(url: str, ask: Callable[[str], datetime | None], now: datetime) -> Iterator[SiteFinding]:
    """How long the certificate at *url* holds, where it can be looked at at all."""
    yield from certificate_findings(f"the certificate of {url}", ask(url), now)


def source_findings(
    client: HttpClient, url: str, kind: str | None, why_no_better: tuple[str, ...]
) -> Iterator[SiteFinding]:
    """Whether the blog at *url* answers, and by which *kind* of source it is read, as far as that is known."""
    try:
        answer = client.get(url, accept="*/*")
    except RequestError as error:
        yield trouble(str(error), "is [source] url right, and the blog up?")
        return
    if answer.status >= 400:
        yield trouble(f"{url} answers {answer.status}", "is [source] url right, and are we let in there?")
        return
    yield ok(f"{url} answers, and {f'is read by {kind}' if kind else 'the first poll finds out how it is read'}")
    if why_no_better:
        yield note(f"no better kind of source than {kind}: {'; '.join(why_no_better)}", "see docs/sources.md")


def clock_findings(whose: str, told: datetime | None, now: datetime) -> Iterator[SiteFinding]:
    """How far our clock is from that of a server, which has *told* what time it is."""
    if told is None:
        yield unknown(f"{whose} does not say what time it is")
        return
    apart = abs(told - now)
    said = f"this machine's clock and that of {whose} are {_span(apart)} apart"
    if apart >= _FAR_APART:
        yield trouble(said, "set this machine's clock by NTP; see docs/operating.md, A clock that was wrong")
    elif apart >= _APART:
        yield note(said, "set this machine's clock by NTP")
    else:
        yield ok(said)


def _span(apart: timedelta) -> str:
    seconds = int(apart.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
