"""How fast copies are composed and signed, beside a bare ``EmailMessage`` of the same parts in the same run.

python -m benchmarks.bench_compose [copies] [variants]

    compose   a copy with its reader's tokens, name, choice and Message-ID, of one variant after the other
    RSA ...   the same, and signed by these keys (DKIM)

All of it is a second of a processor, not of a clock.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from time import process_time

from solacefeed.delivery.signing import Algorithm, SigningKey, generated, loaded, signed
from solacefeed.digest.messages import Envelope, Recipient, Sheets, compose, message_id
from solacefeed.models.deliveries import Message
from solacefeed.models.editions import Variant
from solacefeed.tokens import for_message, for_preferences, for_unsubscribing

PARAGRAPH = "Housing – and what a council can do about it – begins with those who have none. "
VARIANT = Variant(
    edition_id="weekly/2026-11-23",
    selection="*",
    revision=1,
    picks=(),
    event_ids=(),
    subject="A roof first, and 3 more – Weekly digest",
    text="\n".join([PARAGRAPH] * 60) + "\nYou asked for @@CHOICE@@: @@PREFERENCES@@\n"
    "Pause: @@PREFERENCES@@#pause\nTo @@RECIPIENT@@. Unsubscribe: @@UNSUBSCRIBE@@\n",
    html=f"<p>{PARAGRAPH}</p>\n" * 300 + '<p>@@CHOICE@@ <a href="@@PREFERENCES@@">Change</a> '
    '<a href="@@PREFERENCES@@#pause">Pause</a> To @@RECIPIENT@@. <a href="@@UNSUBSCRIBE@@">Unsubscribe</a></p>\n',
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
VARIANTS = 127
KEYS = ("secret",)
NAMES = ("Alice Liddell", "Jörg Müller", None)


def ours(variant: Variant, number: int, signing: Sequence[SigningKey]) -> Message:
    recipient = Recipient(
        subscriber_id=number,
        email=f"user{number}@example.org",
        name=NAMES[number % len(NAMES)],
        token=for_unsubscribing("weekly", number, KEYS),
        message_id=message_id(VARIANT.edition_id, for_message(VARIANT.edition_id, number, KEYS), ENVELOPE.sender),
        choice="Housing and Education",
        preferences=f"https://news.example.org/preferences/{for_preferences(number, 0, KEYS)}",
    )
    message = compose(variant, recipient, ENVELOPE, SHEETS)
    return replace(message, content=signed(message.content, signing, ENVELOPE.instant)) if signing else message


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
    begin = process_time()
    for number in range(copies):
        work(number)
    return copies / (process_time() - begin)


def figures(copies: int, variants: int = VARIANTS) -> dict[str, float]:
    """Copies in a second of the processor, by what is done."""
    some = [replace(VARIANT, selection=str(each)) for each in range(variants)]
    keys = [loaded(generated(each), each, domain="example.org", selector=each.key_type) for each in Algorithm]

    def composed(signing: Sequence[SigningKey]) -> Callable[[int], Message]:
        return lambda number: ours(some[number % len(some)], number, signing)

    per_second(composed(()), len(some))
    found = {"composed": per_second(composed(()), copies)}
    for words, signing in (("RSA", keys[:1]), ("Ed25519", keys[1:]), ("RSA and Ed25519", keys)):
        found[f"composed, and signed by {words}"] = per_second(composed(signing), max(copies // 10, 20))
    return {**found, "by EmailMessage": per_second(bare, max(copies // 100, 20))}


def main() -> None:
    copies = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    variants = int(sys.argv[2]) if len(sys.argv) > 2 else VARIANTS
    size = len(ours(VARIANT, 1, ()).content) / 1000
    print(f"copies of {size:.0f} kB, {variants} variants, in a second of the processor")
    for name, rate in figures(copies, variants).items():
        print(f"    {name}: {rate:,.0f}")


if __name__ == "__main__":
    main()
