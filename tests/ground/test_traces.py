"""In which forms an address is found in other words, and that no other address is taken for it."""

from __future__ import annotations

import base64
import json
import quopri
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.traces import AT_SIGNS, ERASED, HIDING, Traces, nameless

ANN, JORG = "ann@example.org", "jörg+news@bücher.example.org"


def left(words: str, *addresses: str) -> str:
    return Traces(addresses or (ANN,)).out_of(words)


@pytest.mark.parametrize(
    ("address", "spelt"),
    [
        ("jörg@example.org", "JÖRG@EXAMPLE.ORG"),
        ("İnfo@example.org", "i\u0307nfo@example.org"),
        ("i\u0307nfo@example.org", "İNFO@EXAMPLE.ORG"),
        ("straße@example.org", "STRASSE@EXAMPLE.ORG"),
        ("straße@example.org", "STRAẞE@example.org"),
        ("νίκος@example.org", "ΝΊΚΟΣ@EXAMPLE.ORG"),
        ("ΝΊΚΟΣ@example.org", "νίκοσ@example.org"),
        ("ann@xn--bcher-kva.example.org", "ann@BÜCHER.example.org"),
        ("o'neill@example.org", "o&#x27;neill&commat;example&period;org"),
        ("ann@example.org", "&#97;n&#110;&#64;example.org"),
        ("a+b@example.org", "https%3A%2F%2Fexample.com%2F%3Fto%3Da%252Bb%2540example.org"),
    ],
)
def test_a_letter_is_found_in_each_of_its_cases_and_spellings(address: str, spelt: str) -> None:
    assert left(f"to {spelt}, today", address).endswith(f"{ERASED}, today")


@pytest.mark.parametrize(
    "other",
    [
        "joann@example.org",
        "éann@example.org",
        "e\u0301ann@example.org",
        "to-ann@example.org",
        "ann@example.org.uk",
        "ann@example.orgs",
        "%C3%A9ann%40example.org",
        "ann+b@example.org",
        base64.b64encode(b"Write to joann@example.org today.").decode(),
    ],
)
def test_an_address_that_only_ends_or_begins_so_is_anothers(other: str) -> None:
    assert left(other) == other
    assert not Traces((ANN,)).stand_in(other)


@pytest.mark.parametrize("words", [f"{ANN}_", f"{ANN}-", f"{ANN}--", f"...{ANN}", f"And .{ANN}", f"({ANN}__)"])
def test_signs_beside_it_that_no_address_can_have_there_keep_it_from_nobody(words: str) -> None:
    assert left(words) == words.replace(ANN, ERASED)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("no mailbox /g=ann/s=smith/@example.org", "no mailbox (an address)"),
        ("to <ann/smith@example.org>", "to <(an address)>"),
        ("to ann@münchen。de.", "to (an address)."),
        ("https://example.org/to/ann@example.org failed", "https://example.org/to/(an address) failed"),
        ("/var/mail/ann@example.org: full", "/var/mail/(an address): full"),
        # As URLs, quoted-printable, HTML and JSON write it.
        ("https://spf.example/why?s=mfrom&id=ann%40example.org&ip=1", "https://spf.example/(an address)&ip=1"),
        (
            "?u=https%3A%2F%2Fx.example%2F%3Fto%3Da%252Bb%2540example%252eorg",
            "?u=https%3A%2F%2Fx.example%2F(an address)",
        ),
        ("550 <ann=40example.org@relay.example.net>", "550 <(an address)>"),
        ("to ann=40example.org", "to (an address)"),
        ("to ann=40exam=\nple=2Eorg", "to (an address)"),
        ("<p>ann&#64;example.org</p>", "<p>(an address)</p>"),
        ("an&#110;&commat;example&period;org", "(an address)"),
        ("ann&#x40;example&#46;org is full", "(an address) is full"),
        (r'{"to": "ann\u0040example.org"}', '{"to": "(an address)"}'),
        ('"joe smith"@example.org and "a\\"b"@example.org', "(an address) and (an address)"),
        ("<ann@localhost>, user@[192.0.2.1]", "<(an address)>, (an address)"),
        ("SRS0=x=ab=example.org=ann@fwd refused", "(an address) refused"),
        # What only looks so.
        ("size=4096.5 seconds=40.25 x=40", "size=4096.5 seconds=40.25 x=40"),
        ("100%40 of it; see https://example.org/@officers", "100%40 of it; see https://example.org/@officers"),
        ("R&D &#8211; a &amp; b", "R&D &#8211; a &amp; b"),
    ],
)
def test_no_line_of_a_log_has_an_address_whatever_its_mailbox_is_called(words: str, said: str) -> None:
    assert nameless(words) == said


def test_no_line_is_looked_through_for_long() -> None:
    """As many signs as may be tried for each, were runs without a bound: minutes."""
    for words in ("a" * 50_000 + " @", "=40" * 20_000, "&#64;" * 10_000, "%" * 50_000 + "@", '"' * 20_000 + "@"):
        nameless(words)


def test_a_line_of_a_log_says_a_known_one_in_other_words() -> None:
    known = {"ann@example.org": "subscriber 7", "ann/smith@example.org": "subscriber 8"}
    assert nameless("to ann@example.org, ann/smith@example.org", known.get) == "to subscriber 7, subscriber 8"


def test_what_case_alone_never_makes_is_anothers() -> None:
    for words, address in (("strasse@example.org", "straße@example.org"), ("İnfo@example.org", "info@example.org")):
        assert left(words, address) == words


@pytest.mark.parametrize("before", [r"\n", r"\u201e", r"\u003c", "%3C", "=3D", "&lt;", "<", "mailto:", "\n"])
def test_it_is_found_behind_the_end_of_how_another_sign_is_written(before: str) -> None:
    assert left(f"{before}{ANN}") == f"{before}{ERASED}"


def test_of_json_keys_and_words_are_looked_through_and_no_number_is() -> None:
    value = {"to": [f"{ANN} and bob@example.org", 7, None], ANN: True}
    assert Traces((ANN,)).out_of_all(value) == {"to": [f"{ERASED} and bob@example.org", 7, None], ERASED: True}


def test_base64_goes_as_a_whole_also_where_a_line_ends_in_it() -> None:
    for before in range(60):
        coded = base64.encodebytes(f"{'x' * before} {JORG} is who I mean".encode()).decode()
        assert left(f"Hello\n\n{coded}\nGoodbye", JORG) == f"Hello\n\n{ERASED}\n\nGoodbye"


@given(
    st.from_regex(
        r"[a-zäößåéàçñøš0-9]{1,9}([.+_-][a-zäöß0-9]{1,6})?@(bücher|example)\.(org|example\.com)", fullmatch=True
    ),
    st.sampled_from(["plain", "upper", "json", "html", "url", "quopri", "base64"]),
)
def test_whatever_address_and_however_written_the_database_is_asked_for_what_stands_there(
    address: str, way: str
) -> None:
    told = f"I wrote to <{address}> about it, and to nobody else in the world, as you know."
    words = {
        "plain": told,
        "upper": told.upper(),
        "json": json.dumps(told),
        "html": escape(told),
        "url": quote(told),
        "quopri": quopri.encodestring(told.encode()).decode(),
        "base64": base64.encodebytes(told.encode()).decode(),
    }[way]
    traces = Traces((address,))
    assert traces.stand_in(words)
    assert not traces.stand_in(traces.out_of(words))
    lower = words.lower()
    signed = any(each in lower for each in AT_SIGNS)
    written = any(core in lower for core in traces.cores) or any(each in words for each in HIDING)
    assert (signed and written) or any(each in words for each in traces.encoded)
