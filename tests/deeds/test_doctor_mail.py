"""What doctor makes of what the name system, and the headers of a test mail, say of our mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from solacefeed.deeds.upkeep.doctor.dns import (
    KNOWN_RELAYS,
    SenderDomains,
    dkim_findings,
    dmarc_findings,
    mailbox_findings,
    spf_findings,
)
from solacefeed.deeds.upkeep.doctor.examinations import FindingLevel, SiteFinding
from solacefeed.deeds.upkeep.doctor.mail import mail_findings
from solacefeed.delivery.authentication_results import AuthenticationResults, ReceivedHeaders
from solacefeed.delivery.signature_check import CheckedSignature, SignatureVerdict
from solacefeed.delivery.signing import SigningKey
from solacefeed.dns_client.lookup import Lookup
from solacefeed.dns_client.sender_policies import DmarcPolicy, SpfPolicy
from tests.support.dkim_keys import signing_keys
from tests.support.name_server import NameServer, txt

OK, NOTE, TROUBLE, UNKNOWN = FindingLevel.OK, FindingLevel.NOTE, FindingLevel.TROUBLE, FindingLevel.UNKNOWN


def levels(findings: Iterable[SiteFinding]) -> list[FindingLevel]:
    return [each.level for each in findings]


def words(findings: Iterable[SiteFinding], level: FindingLevel) -> str:
    """What is said at that level; with what to do, for troubles always say that."""
    said = [each for each in findings if each.level is level]
    assert all(each.to_do for each in said if level is TROUBLE)
    return "\n".join(each.words for each in said)


# -- SPF -------------------------------------------------------------------------------------------

SPF = SpfPolicy(
    record="v=spf1 include:spf.example.net -all",
    fault=None,
    lookups=1,
    warnings=(),
    includes=frozenset({"spf.example.net"}),
    networks=("192.0.2.0/24", "2001:db8::/32"),
    others="fail",
)


def spf(
    policy: SpfPolicy, relay: str = "smtp.example.net", addresses: Sequence[str] = ("192.0.2.9",)
) -> list[SiteFinding]:
    return list(spf_findings("example.org", policy, relay, addresses))


def test_an_spf_record_that_lets_the_relay_send_is_well() -> None:
    assert levels(spf(SPF)) == [OK]
    assert levels(spf(SPF, addresses=["2001:db8::1"])) == [OK]


@pytest.mark.parametrize(
    ("policy", "level", "said"),
    [
        (replace(SPF, record=None, fault="no such record"), TROUBLE, "no such record"),
        (replace(SPF, record=None), TROUBLE, "there is no record"),
        (replace(SPF, fault="11/10 maximum DNS lookups"), TROUBLE, "11/10"),
        (replace(SPF, others="pass"), TROUBLE, "lets everybody send"),
        (replace(SPF, others="neutral"), NOTE, "says nothing of who else sends"),
        (replace(SPF, lookups=9), NOTE, "9 of 10 look-ups"),
        (replace(SPF, warnings=tuple("abcde")), NOTE, "2 warnings more"),
    ],
)
def test_an_spf_record_that_is_not_right_says_so(policy: SpfPolicy, level: FindingLevel, said: str) -> None:
    assert said in words(spf(policy), level)


def test_of_a_relay_whose_senders_nobody_knows_nothing_is_guessed() -> None:
    assert levels(spf(SPF, addresses=["203.0.113.1"])) == [UNKNOWN]
    assert levels(spf(SPF, addresses=[])) == [UNKNOWN]
    everywhere = replace(SPF, networks=("127.0.0.0/8", "::1/128"))
    assert levels(spf(everywhere, "localhost", ["127.0.0.1", "::1"])) == [UNKNOWN]


@pytest.mark.parametrize("relay", KNOWN_RELAYS)
def test_of_a_known_provider_it_is_known_what_must_be_included(relay: str) -> None:
    known = KNOWN_RELAYS[relay]
    included = replace(SPF, includes=frozenset(known.includes[-1:]))
    for name in (relay, f"smtp.{relay}"):
        for each in known.includes:
            assert levels(spf(replace(SPF, includes=frozenset({each})), name, [])) == [OK]
        lacking = spf(SPF, name, [])
        assert levels(lacking) == [TROUBLE if known.keeps_return_path else NOTE]
        assert f"include:{known.includes[0]}" in str(lacking[0].to_do)
    assert levels(spf(included, f"not{relay}", [])) == [UNKNOWN]


# -- DKIM ------------------------------------------------------------------------------------------


def dkim(key: SigningKey, *texts: str) -> list[SiteFinding]:
    with NameServer({(key.record().name, "TXT"): [txt(each) for each in texts]}) as server:
        return list(dkim_findings([key], Lookup(server.address)))


def test_a_record_with_our_own_key_is_well_however_it_is_spaced() -> None:
    for key in signing_keys():
        text = key.record().text
        assert levels(dkim(key, text)) == [OK]
        assert levels(dkim(key, text.replace("; ", ";") + " ; s=email:*; h=sha1:sha256;")) == [OK]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "there is no record"),
        (["{rsa}", "v=DKIM1; p="], "there are 2 records"),
        (["v=DKIM1; p="], "has taken its key back"),
        (["{spoilt}"], "has another key than ours"),
        (["{ed25519}"], "has another key than ours"),
        (["{rsa}; h=sha1"], "does not take SHA-256"),
        (["{rsa}; s=tlsrpt"], "is not for mail"),
        (["our key is coming"], "can't be read"),
    ],
)
def test_a_record_by_which_nobody_can_verify_is_trouble(texts: list[str], said: str) -> None:
    rsa, ed25519 = signing_keys()
    ours = rsa.record().text
    known = {"rsa": ours, "spoilt": f"{ours[:-8]}AAAAAAAA", "ed25519": ed25519.record().text}
    found = dkim(rsa, *(each.format_map(known) for each in texts))
    assert levels(found) == [TROUBLE]
    assert said in words(found, TROUBLE)


def test_a_record_that_is_marked_as_a_test_is_told() -> None:
    rsa, _ = signing_keys()
    assert levels(dkim(rsa, rsa.record().text + "; t=y:s")) == [OK, NOTE]


def test_who_signs_nothing_is_told_who_has_to() -> None:
    assert levels(dkim_findings([], Lookup("127.0.0.1:1"))) == [NOTE]


# -- DMARC -----------------------------------------------------------------------------------------

DMARC = DmarcPolicy(
    record="v=DMARC1; p=reject; rua=mailto:dmarc@example.org",
    location="example.org",
    fault=None,
    warnings=(),
    policy="reject",
    reports=("dmarc@example.org",),
)
DOMAINS = SenderDomains(author="news.example.org", return_path="example.org", signing=("example.org",))


def dmarc(domains: SenderDomains, policy: DmarcPolicy) -> list[SiteFinding]:
    return list(dmarc_findings(domains, policy, lambda domain: ".".join(domain.split(".")[-2:])))


@pytest.mark.parametrize(
    ("domains", "policy", "level", "said"),
    [
        (DOMAINS, DMARC, OK, "borne out by our signatures of example.org, and by the return path"),
        (replace(DOMAINS, return_path="relay.example.net"), DMARC, OK, "by our signatures of example.org"),
        (replace(DOMAINS, signing=()), DMARC, NOTE, "loses that where it is forwarded"),
        (replace(DOMAINS, signing=(), return_path="example.net"), DMARC, NOTE, "a signature of the relay's alone"),
        (replace(DOMAINS, signing=("example.net",)), DMARC, TROUBLE, "does not count for news.example.org"),
        (DOMAINS, replace(DMARC, strict_dkim=True), TROUBLE, "adkim=s"),
        (replace(DOMAINS, signing=()), replace(DMARC, strict_spf=True), NOTE, "aspf=s"),
        (DOMAINS, replace(DMARC, record=None, fault="A DMARC record does not exist."), TROUBLE, "does not exist"),
        (DOMAINS, replace(DMARC, fault="p is missing"), TROUBLE, "p is missing"),
        (DOMAINS, replace(DMARC, reports=()), NOTE, "names nobody for reports"),
    ],
)
def test_dmarc_is_told_with_what_bears_our_mail_out(
    domains: SenderDomains, policy: DmarcPolicy, level: FindingLevel, said: str
) -> None:
    assert said in words(dmarc(domains, policy), level)


# -- where mail to us goes -------------------------------------------------------------------------

ZONE = {
    ("well.example.org", "MX"): ["10 mx.example.org."],
    ("mx.example.org", "A"): ["192.0.2.1"],
    ("half.example.org", "MX"): ["10 mx.example.org.", "20 gone.example.org."],
    ("lost.example.org", "MX"): ["10 gone.example.org."],
    ("null.example.org", "MX"): ["0 ."],
    ("bare.example.org", "A"): ["192.0.2.2"],
}


@pytest.mark.parametrize(
    ("domain", "level"),
    [
        ("well.example.org", OK),
        ("half.example.org", NOTE),
        ("lost.example.org", TROUBLE),
        ("null.example.org", TROUBLE),
        ("bare.example.org", NOTE),
        ("nobody.example.org", TROUBLE),
    ],
)
def test_mail_to_us_has_to_arrive(domain: str, level: FindingLevel) -> None:
    with NameServer(ZONE) as server:
        found = list(mailbox_findings(domain, ["[mail] return_path"], Lookup(server.address)))
    assert levels(found) == [level]
    assert "([mail] return_path)" in found[0].words


# -- a test mail -----------------------------------------------------------------------------------

HEADERS = ReceivedHeaders(
    results=AuthenticationResults(
        server="mx.example.com", spf="pass", dkim="pass", dmarc="pass", signed_by=("example.org",)
    ),
    return_path="bounces@example.org",
    has_one_click=True,
)
SIGNATURE = CheckedSignature(
    domain="example.org",
    selector="solacefeed-rsa",
    algorithm="rsa-sha256",
    verdict=SignatureVerdict.RIGHT,
    reason=None,
    covers=("from", "subject"),
    open_to_more=(),
    lacks=(),
    aligned=True,
    whole_body=True,
)


def test_a_mail_that_passes_everywhere_is_well() -> None:
    assert levels(mail_findings(HEADERS, [SIGNATURE])) == [OK, OK]


def test_what_did_not_pass_is_trouble_and_what_was_not_asked_is_noted() -> None:
    told = AuthenticationResults(server="mx", spf="softfail", dkim="none", dmarc=None, signed_by=())
    found = list(mail_findings(replace(HEADERS, results=told), [SIGNATURE]))
    assert words(found, TROUBLE) == "mx says: spf=softfail\nmx says: dkim=none"
    assert words(found, NOTE) == "mx says nothing of dmarc"


def test_a_mail_that_never_left_and_one_without_a_way_out_are_told() -> None:
    assert UNKNOWN in levels(mail_findings(replace(HEADERS, results=None), [SIGNATURE]))
    assert "List-Unsubscribe" in words(mail_findings(replace(HEADERS, has_one_click=False), [SIGNATURE]), NOTE)


def test_signatures_are_told_by_what_they_are_worth() -> None:
    wrong = replace(SIGNATURE, verdict=SignatureVerdict.WRONG, reason="the body was changed")
    strange = replace(SIGNATURE, domain="relay.example.net", verdict=SignatureVerdict.OTHERS, aligned=False)
    assert levels(mail_findings(HEADERS, [])) == [OK, TROUBLE]
    assert levels(mail_findings(HEADERS, [SIGNATURE, wrong])) == [OK, OK, TROUBLE]
    assert levels(mail_findings(HEADERS, [SIGNATURE, strange])) == [OK, OK, NOTE]
    assert levels(mail_findings(HEADERS, [strange])) == [OK, NOTE, TROUBLE]
