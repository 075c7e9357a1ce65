"""What the headers of a test mail show, as it came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solacefeed.deeds.upkeep.doctor.examinations import SiteFinding, note, ok, trouble, unknown
from solacefeed.delivery.authentication_results import AuthenticationResults, ReceivedHeaders
from solacefeed.delivery.signature_check import CheckedSignature

_LET_SIGN = "let the relay sign under your domain, or sign here ([dkim]); see docs/delivery.md"
#: What to do about what did not pass.
_TO_DO = {
    "spf": "mend the SPF record of the domain in Return-Path; see docs/delivery.md",
    "dkim": _LET_SIGN,
    "dmarc": "From wants a signature, or a return path, under its own domain; see docs/delivery.md",
}


def mail_findings(headers: ReceivedHeaders, signatures: Sequence[CheckedSignature]) -> Iterator[SiteFinding]:
    """What the server that took a mail has said of it, and what its signatures are worth."""
    if headers.results is None:
        yield unknown(
            "the mail has no Authentication-Results: no server has said what it thinks of it",
            "save it where it has arrived, with all its headers (show original, view source)",
        )
    else:
        yield from _of_results(headers.results)
    if not headers.has_one_click:
        yield note(
            "the mail has not both List-Unsubscribe and List-Unsubscribe-Post",
            "a letter has none; for a digest, set [web] base_url, and ask the relay whether it takes them out",
        )
    yield from _of_signatures(signatures)


def _of_results(results: AuthenticationResults) -> Iterator[SiteFinding]:
    told = {"spf": results.spf, "dkim": results.dkim, "dmarc": results.dmarc}
    passed = [name for name, result in told.items() if result == "pass"]
    if passed:
        by = f", signed by {', '.join(results.signed_by)}" if results.signed_by else ""
        yield ok(f"{results.server} says: {', '.join(f'{name}=pass' for name in passed)}{by}")
    for name, result in told.items():
        if result is None:
            yield note(f"{results.server} says nothing of {name}")
        elif result != "pass":
            yield trouble(f"{results.server} says: {name}={result}", _TO_DO[name])


def _of_signatures(signatures: Sequence[CheckedSignature]) -> Iterator[SiteFinding]:
    if not signatures:
        yield trouble("the mail bears no DKIM signature", _LET_SIGN)
    for each in signatures:
        if each.is_wrong():
            yield trouble(each.line(), "what lies between here and there changes what is signed; see docs/delivery.md")
        elif each.is_enough():
            yield ok(each.line())
        else:
            yield note(each.line())
    if signatures and not any(each.is_enough() for each in signatures):
        yield trouble(
            "no signature covers what Gmail, Yahoo and Microsoft ask for, under the domain of From", _LET_SIGN
        )
