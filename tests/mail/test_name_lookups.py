"""What the name system says, asked of a name server of our own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from solacefeed.dns_client.lookup import Lookup, MailExchanger
from solacefeed.dns_client.sender_policies import dmarc_policy, organisational_domain, spf_policy
from solacefeed.errors import ResolverError
from tests.support.name_server import NameServer, txt

RECORDS = {
    ("example.org", "TXT"): [txt("v=spf1 include:spf.example.net mx -all"), txt("anything else")],
    ("example.org", "MX"): ["20 second.example.org.", "10 first.example.org."],
    ("first.example.org", "A"): ["192.0.2.1"],
    ("second.example.org", "A"): ["192.0.2.2"],
    ("second.example.org", "AAAA"): ["2001:db8::2"],
    ("news.example.org", "A"): ["192.0.2.3"],
    ("spf.example.net", "TXT"): [txt("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:1::/48 ~all")],
    ("_dmarc.example.org", "TXT"): [txt("v=DMARC1; p=quarantine; sp=reject; adkim=s; rua=mailto:dmarc@example.org")],
    ("long.example.org", "TXT"): [txt("v=DKIM1; k=rsa; p=" + "A" * 900)],
}


def test_records_are_told_in_one_order_and_each_in_one_piece() -> None:
    with NameServer(RECORDS) as server:
        lookup = Lookup(server.address)
        assert lookup.texts("example.org") == ("anything else", "v=spf1 include:spf.example.net mx -all")
        assert lookup.mail_exchangers("example.org") == (
            MailExchanger(preference=10, host="first.example.org"),
            MailExchanger(preference=20, host="second.example.org"),
        )
        assert lookup.addresses("192.0.2.9") == ("192.0.2.9",)
        assert lookup.addresses("second.example.org.") == ("192.0.2.2", "2001:db8::2")


def test_a_record_that_is_too_long_for_a_datagram_is_asked_for_by_tcp() -> None:
    with NameServer(RECORDS) as server:
        assert Lookup(server.address).texts("long.example.org") == ("v=DKIM1; k=rsa; p=" + "A" * 900,)
        assert server.asked == ["TXT long.example.org"] * 2


def test_what_is_not_there_is_empty_and_what_nobody_answers_is_told() -> None:
    with NameServer(RECORDS) as server:
        server.silent.add("silent.example.org")
        server.failing.add("failing.example.org")
        lookup = Lookup(server.address, patience=0.2)
        assert lookup.texts("nobody.example.com") == ()
        assert lookup.mail_exchangers("first.example.org") == ()
        with pytest.raises(ResolverError, match=r"TXT of silent.example.org: no resolver answered in time"):
            lookup.texts("silent.example.org")
        with pytest.raises(ResolverError, match=r"A of failing.example.org: every resolver failed"):
            lookup.addresses("failing.example.org")


def test_a_name_server_that_refuses_one_kind_of_address_has_answered() -> None:
    """As dnsmasq does of a name that it has one kind of alone."""
    with NameServer(RECORDS) as server:
        server.refused.add("AAAA first.example.org")
        assert Lookup(server.address).addresses("first.example.org") == ("192.0.2.1",)
        server.refused.add("A first.example.org")
        with pytest.raises(ResolverError, match=r"A of first\.example\.org"):
            Lookup(server.address).addresses("first.example.org")


def test_where_nobody_listens_that_is_told_and_nothing_is_guessed() -> None:
    with NameServer({}) as server:
        address = server.address
    lookup = Lookup(address, patience=0.3)
    for ask in (lookup.texts, lookup.mail_exchangers, lookup.addresses):
        with pytest.raises(ResolverError):
            ask("example.org")
    with pytest.raises(ResolverError):
        spf_policy("example.org", lookup)
    with pytest.raises(ResolverError):
        dmarc_policy("example.org", lookup)


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "[::1", ""])
def test_what_is_no_address_of_a_resolver_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is no address of a resolver"):
        Lookup(address or "-")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("192.0.2.53", "192.0.2.53 port 53"),
        ("192.0.2.53:5353", "192.0.2.53 port 5353"),
        ("2001:db8::53", "2001:db8::53 port 53"),
        ("[2001:db8::53]:5353", "2001:db8::53 port 5353"),
    ],
)
def test_a_resolver_is_named_by_its_address_and_perhaps_its_port(address: str, told: str) -> None:
    assert Lookup(address).name == told


def test_an_spf_record_is_read_with_all_that_it_includes() -> None:
    with NameServer(RECORDS) as server:
        found = spf_policy("example.org", Lookup(server.address))
    assert (found.record, found.fault, found.lookups, found.others) == (
        "v=spf1 include:spf.example.net mx -all",
        None,
        2,
        "fail",
    )
    assert found.includes == {"spf.example.net"}
    assert [found.lets(each) for each in ("198.51.100.9", "192.0.2.2", "2001:db8:1::9", "203.0.113.1")] == [
        True,
        True,
        True,
        False,
    ]


def test_an_spf_record_that_asks_too_much_is_at_fault() -> None:
    many = {(f"s{number}.example.org", "TXT"): [txt("v=spf1 ip4:192.0.2.1 -all")] for number in range(11)}
    asking = txt("v=spf1 " + " ".join(f"include:s{number}.example.org" for number in range(11)) + " -all")
    with NameServer({**many, ("example.org", "TXT"): [asking]}) as server:
        found = spf_policy("example.org", Lookup(server.address))
    assert found.fault is not None
    assert "11/10" in found.fault
    assert found.lookups == 11


def test_a_record_that_was_mended_is_seen_at_once() -> None:
    with NameServer({("example.org", "TXT"): [txt("v=spf1 -all")]}) as server:
        assert spf_policy("example.org", Lookup(server.address)).record == "v=spf1 -all"
        server.records["example.org", "TXT"] = [txt("v=spf1 mx -all")]
        assert spf_policy("example.org", Lookup(server.address)).record == "v=spf1 mx -all"


def test_an_include_that_nobody_answers_for_is_no_mistake_of_the_record() -> None:
    with NameServer(RECORDS) as server:
        server.failing.add("spf.example.net")
        with pytest.raises(ResolverError, match=r"spf\.example\.net: every resolver failed"):
            spf_policy("example.org", Lookup(server.address))


def test_a_policy_that_is_found_needs_no_answer_to_what_nothing_hangs_on() -> None:
    with NameServer(RECORDS) as server:
        server.refused.add("CNAME _dmarc.example.org")
        assert dmarc_policy("example.org", Lookup(server.address)).policy == "quarantine"
        assert "CNAME _dmarc.example.org" in server.asked


def test_a_dmarc_record_says_what_is_done_and_how_close_domains_must_be() -> None:
    with NameServer(RECORDS) as server:
        own = dmarc_policy("example.org", Lookup(server.address))
        below = dmarc_policy("news.example.org", Lookup(server.address))
        none = dmarc_policy("example.com", Lookup(server.address))
    assert (own.policy, own.location, own.strict_dkim, own.strict_spf) == ("quarantine", "example.org", True, False)
    assert own.reports == ("dmarc@example.org",)
    # The one above it speaks for it, by sp=.
    assert (below.policy, below.location) == ("reject", "example.org")
    assert (none.record, none.policy) == (None, None)
    assert none.fault


def test_a_registered_domain_is_known_by_the_list_of_public_suffixes() -> None:
    assert organisational_domain("news.mail.example.org") == "example.org"
    assert organisational_domain("www.example.co.uk") == "example.co.uk"


AT_ONCE = """
import sys
from threading import Barrier, Thread

from solacefeed.dns_client.lookup import Lookup
from solacefeed.dns_client.sender_policies import dmarc_policy, organisational_domain, spf_policy
from solacefeed.errors import SolacefeedError

sys.setswitchinterval(1e-6)
nobody, together, told = Lookup("127.0.0.1:1"), Barrier(3), []


def ask(question):
    together.wait()
    try:
        question()
    except SolacefeedError:
        pass
    told.append(question)


questions = [
    lambda: organisational_domain("news.example.org"),
    lambda: spf_policy("example.org", nobody),
    lambda: dmarc_policy("example.org", nobody),
]
threads = [Thread(target=ask, args=(each,)) for each in questions]
for each in threads:
    each.start()
for each in threads:
    each.join()
sys.exit(len(told) < len(questions))
"""


def test_several_that_ask_at_once_for_the_first_time_are_all_answered() -> None:
    subprocess.run([sys.executable, "-c", AT_ONCE], check=True, timeout=120)  # our own words
