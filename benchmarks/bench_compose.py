"""How fast copies are composed, beside a bare ``EmailMessage`` of the same parts in the same run.

python benchmarks/bench_compose.py [copies]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from time import perf_counter

from solacefeed.digest.messages import Envelope, Recipient, Sheets, compose
from solacefeed.models.deliveries import Message
from solacefeed.models.editions import Variant

PARAGRAPH = "Housing – and what a council can do about it – begins with those who have none. "
VARIANT = Variant(
    edition_id="weekly/2026-11-23",
    selection="*",
    revision=1,
    picks=(),
    event_ids=(),
    subject="A roof first, and 3 more – Weekly digest",
    text="\n".join([PARAGRAPH] * 60) + "\nTo @@RECIPIENT@@. Unsubscribe: @@UNSUBSCRIBE@@\n",
    html=f"<p>{PARAGRAPH}</p>\n" * 300 + '<p>To @@RECIPIENT@@. <a href="@@UNSUBSCRIBE@@">Unsubscribe</a></p>\n',
)
ENVELOPE = Envelope(
    sender="Society of Chief Officers <digest@example.org>",
    reply_to="editors@example.org",
    return_path="bounces@example.org",
    digest_title="Weekly digest",
    list_id="weekly.example.org",
    language="en-GB",
    instant=datetime(2026, 11, 23, 7, tzinfo=UTC),
    unsubscribe_https="https://news.example.org/unsubscribe/",
    unsubscribe_mailto="unsubscribe@example.org",
)
SHEETS = Sheets()


def ours(number: int) -> Message:
    recipient = Recipient(
        subscriber_id=number,
        email=f"user{number}@example.org",
        name="Alice Liddell",
        token=f"d2Vla2x5.{number}",
        message_id=f"<weekly-2026-11-23.{number}@example.org>",
        choice="Housing and Education",
        preferences="https://news.example.org/preferences/t0ken",
    )
    return compose(VARIANT, recipient, ENVELOPE, SHEETS)


def bare(number: int) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["To"] = f"Alice Liddell <user{number}@example.org>"
    message["From"] = ENVELOPE.sender
    message["Subject"] = VARIANT.subject
    message["Message-ID"] = f"<weekly-2026-11-23.{number}@example.org>"
    link = f"https://news.example.org/unsubscribe/d2Vla2x5.{number}"
    for kind, body in (("plain", VARIANT.text), ("html", VARIANT.html)):
        own = body.replace("@@RECIPIENT@@", f"user{number}@example.org").replace("@@UNSUBSCRIBE@@", link)
        add = message.set_content if kind == "plain" else message.add_alternative
        add(own, subtype=kind, cte="quoted-printable")
    return message.as_bytes()


def per_second(work: Callable[[int], object], copies: int) -> float:
    work(0)
    begin = perf_counter()
    for number in range(copies):
        work(number)
    return copies / (perf_counter() - begin)


def main() -> None:
    copies = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    fast, slow = per_second(ours, copies), per_second(bare, max(copies // 100, 20))
    size = len(ours(1).content) / 1000
    print(f"compose: {fast:,.0f} copies/s of {size:.0f} kB; EmailMessage: {slow:,.0f}/s; {fast / slow:.0f} times")


if __name__ == "__main__":
    main()
