"""The mail that a recipient gets, read back by another parser than wrote it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, compat32, strict
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from solacefeed.digest.header_lines import mailbox, one_line
from solacefeed.digest.long_words import BREAK
from solacefeed.digest.messages import Envelope, Recipient, Sheet, Sheets, compose, message_id
from solacefeed.errors import Unaddressable
from solacefeed.models.deliveries import Message
from solacefeed.models.editions import Variant
from solacefeed.tokens import for_message

A_VARIANT = Variant(
    edition_id="weekly/2026-11-23",
    selection="*",
    revision=1,
    picks=(),
    event_ids=(),
    subject="A roof first, and 3 more – Weekly digest",
    text="A roof first\nhttps://blog.example.org/a-roof-first\n\nTo @@RECIPIENT@@. Unsubscribe: @@UNSUBSCRIBE@@\n",
    html='<p>A roof first – to @@RECIPIENT@@. <a href="@@UNSUBSCRIBE@@">Unsubscribe</a></p>\n',
)
ALICE = Recipient(
    subscriber_id=17,
    email="alice@example.org",
    name="Alice Liddell",
    token="d2Vla2x5OjE3.c2lnbmF0dXJl",
    message_id="<weekly-2026-11-23.17@example.org>",
    choice="Housing and Education",
    preferences="https://news.example.org/preferences/t0ken",
)
AN_ENVELOPE = Envelope(
    sender="Society of Chief Officers <digest@example.org>",
    reply_to="editors@example.org",
    return_path="bounces@example.org",
    digest_title="Weekly digest",
    list_id="weekly.example.org",
    language="en-GB",
    instant=datetime(2026, 11, 23, 7, tzinfo=UTC),
    unsubscribe_https="https://news.example.org/unsubscribe/",
    unsubscribe_mailto=None,
    help_url="https://news.example.org/find",
    archive_url="https://feeds.example.org/digest/weekly/",
    feedback_id="weekly-2026-11-23:weekly:digest:example-org",
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def raw_headers(message: Message) -> dict[str, str]:
    """The header block as it stands, folds included."""
    block, _, _ = message.content.partition(b"\r\n\r\n")
    return dict(
        line.split(": ", 1) for line in block.decode().replace("\r\n ", "\r\n\t").split("\r\n") if line[0] != "\t"
    )


def parsed(message: Message) -> EmailMessage:
    read = message_from_bytes(message.content, policy=strict)
    assert isinstance(read, EmailMessage)
    return read


def text_and_html(message: Message) -> tuple[str, str]:
    text, html = parsed(message).iter_parts()
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    return text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


def shown_name(message: Message, header: str) -> str:
    """Read by the old parser: the new one puts a space between the encoded words of one name (3.11)."""
    block, _, _ = message.content.partition(b"\r\n\r\n")
    name, _ = parseaddr(message_from_bytes(block, policy=compat32)[header])
    return str(make_header(decode_header(name)))


def assert_fit_for_any_relay(message: Message) -> None:
    content = message.content
    assert content.isascii()
    assert content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    _, _, body = content.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76


def header_lines(message: Message) -> list[str]:
    return message.content.partition(b"\r\n\r\n")[0].decode().split("\r\n")


# -- the whole --------------------------------------------------------------------------------------


def test_a_message_is_the_same_to_the_last_octet_whenever_it_is_composed() -> None:
    assert compose(A_VARIANT, ALICE, AN_ENVELOPE).content.decode() == (
        'To: "Alice Liddell" <alice@example.org>\r\n'
        "Message-ID: <weekly-2026-11-23.17@example.org>\r\n"
        "List-Unsubscribe: <https://news.example.org/unsubscribe/d2Vla2x5OjE3.c2lnbmF0dXJl>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        'From: "Society of Chief Officers" <digest@example.org>\r\n'
        "Reply-To: <editors@example.org>\r\n"
        "Subject: =?utf-8?q?A_roof_first=2C_and_3_more_=E2=80=93_Weekly_digest?=\r\n"
        "Date: Mon, 23 Nov 2026 07:00:00 +0000\r\n"
        'List-Id: "Weekly digest" <weekly.example.org>\r\n'
        "List-Help: <https://news.example.org/find>\r\n"
        "List-Owner: <mailto:editors@example.org>\r\n"
        "List-Archive: <https://feeds.example.org/digest/weekly/>\r\n"
        "Feedback-ID: weekly-2026-11-23:weekly:digest:example-org\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "Content-Language: en-GB\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="=_BOUNDARY"\r\n'
        "\r\n"
        "--=_BOUNDARY\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "A roof first\r\n"
        "https://blog.example.org/a-roof-first\r\n"
        "\r\n"
        "To =\r\n"
        "alice@example.org=\r\n"
        ". Unsubscribe: =\r\n"
        "https://news.example.org/unsubscribe/d2Vla2x5OjE3.c2lnbmF0dXJl=\r\n"
        "\r\n"
        "\r\n"
        "--=_BOUNDARY\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "<p>A roof first =E2=80=93 to =\r\n"
        "alice@example.org=\r\n"
        '. <a href=3D"=\r\n'
        "https://news.example.org/unsubscribe/d2Vla2x5OjE3.c2lnbmF0dXJl=\r\n"
        '">Unsubscribe</a></p>\r\n'
        "\r\n"
        "--=_BOUNDARY--\r\n"
    ).replace("BOUNDARY", "7c207f577da0e16c8a4ceb6e")


def test_the_envelope_has_the_return_path_and_the_message_has_not() -> None:
    message = compose(A_VARIANT, ALICE, AN_ENVELOPE)
    assert (message.sender, message.recipient) == ("bounces@example.org", "alice@example.org")
    assert b"bounces@" not in message.content
    assert message.message_id == ALICE.message_id


def test_a_copy_is_named_under_the_senders_domain_and_only_we_can_tell_whose_it_is() -> None:
    def named(edition: str, subscriber: int, *keys: str) -> str:
        return message_id(edition, for_message(edition, subscriber, keys), "Example Council <digest@example.org>")

    name = named("weekly/2026-11-23", 17, "s3cret")
    assert name == "<weekly-2026-11-23.f772ae41318a3a85@example.org>"
    assert "17" not in name.replace("2026-11-23", "")
    others = [
        named("weekly/2026-11-23", 18, "s3cret"),
        named("weekly/2026-11-30", 17, "s3cret"),
        named("weekly/2026-11-23", 17, "another"),
    ]
    assert len({each.partition(".")[2] for each in (name, *others)}) == 4


@pytest.mark.parametrize(
    ("envelope", "headers"),
    [
        (
            replace(AN_ENVELOPE, help_url=None, archive_url=None, feedback_id=None, reply_to="Ed <a+b%c@example.org>"),
            {"List-Help": "<mailto:a+b%25c@example.org?subject=help>", "List-Owner": "<mailto:a+b%25c@example.org>"},
        ),
        (
            AN_ENVELOPE,
            {
                "List-Help": "<https://news.example.org/find>",
                "List-Owner": "<mailto:editors@example.org>",
                "List-Archive": "<https://feeds.example.org/digest/weekly/>",
                "Feedback-ID": "weekly-2026-11-23:weekly:digest:example-org",
            },
        ),
    ],
)
def test_a_copy_says_where_there_is_help_and_who_keeps_the_list(envelope: Envelope, headers: dict[str, str]) -> None:
    found = raw_headers(compose(A_VARIANT, ALICE, envelope))
    names = ("List-Help", "List-Owner", "List-Archive", "Feedback-ID")
    assert {name: found[name] for name in names if name in found} == headers


@given(ANY_TEXT)
@example("Jörg Müller")
@example("Ceannard, Comhairle nan Eilean Siar – Àrd-oifigear")
@example("日本日本日本日本日本")
@example("é" * 18)
@example("=?utf-8?q?x?=")
def test_a_name_is_written_as_the_standard_library_writes_it_only_sooner(name: str) -> None:
    written = mailbox(name, "a@example.org").removesuffix("<a@example.org>").rstrip()
    if written.startswith("=?"):
        assert written == Header(one_line(name), "utf-8", header_name="Reply-To", maxlinelen=76).encode(linesep="\r\n")


def test_text_comes_before_html_and_both_have_the_recipients_own_links() -> None:
    text, html = text_and_html(compose(A_VARIANT, ALICE, AN_ENVELOPE))
    link = "https://news.example.org/unsubscribe/d2Vla2x5OjE3.c2lnbmF0dXJl"
    assert text.splitlines()[-1] == f"To alice@example.org. Unsubscribe: {link}"
    assert html == f'<p>A roof first – to alice@example.org. <a href="{link}">Unsubscribe</a></p>\n'


def test_what_a_recipient_is_called_stays_text_in_html() -> None:
    _, html = text_and_html(compose(A_VARIANT, replace(ALICE, email="a&b'c@example.org"), AN_ENVELOPE))
    assert "to a&amp;b&#x27;c@example.org." in html


def test_copies_differ_by_their_recipient_alone() -> None:
    bob = replace(ALICE, subscriber_id=18, email="bob@example.org", name="Bob")
    for_alice, for_bob = (compose(A_VARIANT, who, AN_ENVELOPE) for who in (ALICE, bob))
    assert b"bob@" not in for_alice.content
    assert b"alice@" not in for_bob.content


def test_the_copies_of_an_edition_share_a_sheet_a_variant_however_many_there_are() -> None:
    made: list[str] = []

    class Told(Sheets):
        def make(self, variant: Variant, envelope: Envelope) -> Sheet:
            made.append(variant.selection)
            return super().make(variant, envelope)

    sheets = Told()
    variants = [replace(A_VARIANT, selection=str(number)) for number in range(127)]
    for _ in range(4):
        for variant in variants:
            assert compose(variant, ALICE, AN_ENVELOPE, sheets) == compose(variant, ALICE, AN_ENVELOPE)
    assert made == [variant.selection for variant in variants]
    compose(replace(variants[0], revision=2), ALICE, AN_ENVELOPE, sheets)
    compose(variants[0], ALICE, replace(AN_ENVELOPE, digest_title="Another"), sheets)
    assert made[127:] == ["0", "0"]


def test_the_date_is_the_editions_instant_in_utc() -> None:
    in_paris = datetime(2026, 11, 23, 8, tzinfo=timezone(timedelta(hours=1)))
    headers = raw_headers(compose(A_VARIANT, ALICE, replace(AN_ENVELOPE, instant=in_paris)))
    assert headers["Date"] == "Mon, 23 Nov 2026 07:00:00 +0000"


# -- ways to unsubscribe ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "mailbox", "header", "one_click"),
    [
        ("https://n.example.org/u/", None, "<https://n.example.org/u/TOKEN>", True),
        (
            "https://n.example.org/u/",
            "stop+all@example.org",
            "<https://n.example.org/u/TOKEN>, <mailto:stop+all@example.org?subject=unsubscribe%20TOKEN>",
            True,
        ),
        (None, "stop@example.org", "<mailto:stop@example.org?subject=unsubscribe%20TOKEN>", False),
        (None, "a,b>?@example.org", "<mailto:a%2Cb%3E%3F@example.org?subject=unsubscribe%20TOKEN>", False),
        (None, None, "<mailto:editors@example.org?subject=unsubscribe%20TOKEN>", False),
        ("http://localhost:8025/u/", None, "<http://localhost:8025/u/TOKEN>", False),
    ],
)
def test_the_header_to_unsubscribe_stands_on_one_line_as_it_is(
    page: str | None, mailbox: str | None, header: str, one_click: bool
) -> None:
    token = "t" * 200
    envelope = replace(AN_ENVELOPE, unsubscribe_https=page, unsubscribe_mailto=mailbox)
    message = compose(A_VARIANT, replace(ALICE, token=token), envelope)
    headers = raw_headers(message)
    assert headers["List-Unsubscribe"] == header.replace("TOKEN", token)
    assert headers.get("List-Unsubscribe-Post") == ("List-Unsubscribe=One-Click" if one_click else None)
    first = header.replace("TOKEN", token).partition(">")[0][1:]
    assert all(first in part.replace("&amp;", "&") for part in text_and_html(message))


# -- hostile and foreign ------------------------------------------------------------------------------


@given(name=ANY_TEXT, title=ANY_TEXT, subject=ANY_TEXT)
def test_no_name_or_title_begins_a_header_of_its_own(name: str, title: str, subject: str) -> None:
    plain = compose(A_VARIANT, ALICE, AN_ENVELOPE)
    hostile = compose(
        replace(A_VARIANT, subject=subject), replace(ALICE, name=name), replace(AN_ENVELOPE, digest_title=title)
    )
    assert_fit_for_any_relay(hostile)
    assert list(raw_headers(hostile)) == list(raw_headers(plain))
    assert parsed(hostile)["To"].addresses[0].addr_spec == "alice@example.org"
    assert parsed(hostile)["List-Id"].endswith("<weekly.example.org>")


@pytest.mark.parametrize(
    "text",
    [
        "Alice",
        'Alice "the Great" \\ Liddell',
        "Liddell, Alice (Council); Anytown: <a@b>",
        "Müller, Jörg <chef@example.org>",
        "=?utf-8?q?=0D=0ABcc:_all=40example.org?=",
        "Ceannard, Comhairle nan Eilean Siar – Àrd-oifigear",
        "長い名前" * 30,
        "A very long name of many words " * 10 + "indeed",
        "x" * 2000,
        "🏴󠁧󠁢󠁷󠁬󠁳󠁿 Cymru",
    ],
)
def test_a_name_and_a_subject_are_read_as_they_were_written(text: str) -> None:
    message = compose(replace(A_VARIANT, subject=text), replace(ALICE, name=text), AN_ENVELOPE)
    assert_fit_for_any_relay(message)
    read = parsed(message)
    assert read["Subject"] == text
    assert shown_name(message, "To") == text
    (address,) = read["To"].addresses
    assert address.addr_spec == "alice@example.org"


@pytest.mark.parametrize("text", ["a\r\nBcc: all@example.org", "a\nb", "a\x00b", "a\x0bb", "a\u2028b", " a \x85 b "])
def test_a_control_character_in_a_header_becomes_a_space(text: str) -> None:
    message = compose(replace(A_VARIANT, subject=text), replace(ALICE, name=text), AN_ENVELOPE)
    assert "Bcc" not in raw_headers(message)
    assert " ".join(parsed(message)["Subject"].split())[:2] == "a "
    assert "\r" not in str(parsed(message)["To"])


@pytest.mark.parametrize(
    "address",
    [
        "a@b.org\r\nBcc: c@d.org",
        "a b@example.org",
        "a@b@c.org",
        "a,b@c.org",
        "<a@b.org>",
        "nobody",
        "",
        "a@b\u200b.org",
    ],
)
def test_an_address_that_is_more_than_an_address_gets_no_message(address: str) -> None:
    with pytest.raises(Unaddressable, match="subscriber 17") as caught:
        compose(A_VARIANT, replace(ALICE, email=address), AN_ENVELOPE)
    assert "Bcc" not in str(caught.value)


def test_an_address_beyond_ascii_stands_in_its_header_as_it_is() -> None:
    message = compose(A_VARIANT, replace(ALICE, email="zoë@example.org"), AN_ENVELOPE)
    assert raw_headers(message)["To"] == '"Alice Liddell" <zoë@example.org>'
    assert raw_headers(message)["Subject"].isascii()
    assert "zoë@example.org" in text_and_html(message)[0]


#: Rendering leaves no two of these together, so that no content is taken for a placeholder.
CONTENT = ANY_TEXT.filter(lambda text: "@@" not in text)


@given(before=CONTENT, after=CONTENT)
def test_whatever_the_blog_says_arrives_as_it_was_said(before: str, after: str) -> None:
    variant = replace(A_VARIANT, text=f"{before}@@RECIPIENT@@{after}", html=f"{before}@@UNSUBSCRIBE@@{after}")
    message = compose(variant, ALICE, AN_ENVELOPE)
    assert_fit_for_any_relay(message)
    link = "https://news.example.org/unsubscribe/d2Vla2x5OjE3.c2lnbmF0dXJl"
    expected = tuple(
        f"{before}{own}{after}".replace("\r\n", "\n").replace("\r", "\n") for own in ("alice@example.org", link)
    )
    assert text_and_html(message) == expected


@pytest.mark.parametrize("length", range(60, 100))
def test_a_placeholder_after_a_line_of_any_length_makes_no_line_too_long(length: int) -> None:
    line = "é" * (length // 4) + "x" * length
    variant = replace(A_VARIANT, text=f"{line}@@RECIPIENT@@{line}@@UNSUBSCRIBE@@.\n")
    message = compose(variant, ALICE, AN_ENVELOPE)
    assert_fit_for_any_relay(message)
    assert text_and_html(message)[0].startswith(f"{line}alice@example.org{line}https:")


def test_a_reply_goes_to_the_editors_and_an_autoresponder_keeps_still() -> None:
    headers = raw_headers(compose(A_VARIANT, ALICE, AN_ENVELOPE))
    assert headers["Reply-To"] == "<editors@example.org>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert parsed(compose(A_VARIANT, ALICE, AN_ENVELOPE))["Content-Language"] == "en-GB"


def test_a_sender_with_letters_of_its_own_keeps_them() -> None:
    message = compose(A_VARIANT, ALICE, replace(AN_ENVELOPE, sender="Cyngor Môn <digest@example.org>"))
    assert parsed(message)["From"].addresses[0].display_name == "Cyngor Môn"
    assert parsed(message).as_bytes(policy=SMTP)


# Of 77 characters, where the limit is that of a line without an encoded word.
@example(title="😀😀日本日本日本日本éم😀", name="")
@given(
    title=st.lists(
        st.sampled_from(["a", "é", "😀", "م", "日本", "e\u0301", " ", ",", '"', "=?", "word "]), max_size=120
    ).map("".join),
    name=ANY_TEXT,
)
def test_no_encoded_word_and_no_line_of_text_is_longer_than_rfc_2047_lets_it_be(title: str, name: str) -> None:
    variant, recipient = replace(A_VARIANT, subject=title + name), replace(ALICE, name=f"é{title}")
    envelope = replace(AN_ENVELOPE, sender=f"{title}é <digest@example.org>", digest_title=f"ü{title}")
    message = compose(variant, recipient, envelope)
    texts = [line for line in header_lines(message) if "=?" in line]
    assert all(len(line) <= 76 for line in texts), texts
    assert all(len(word) <= 75 for line in texts for word in line.split() if word.startswith("=?")), texts


# -- what a reader chose, and the ways to change it -------------------------------------------------

ASKED = replace(
    A_VARIANT,
    text="A roof first\n\nYou asked for posts on @@CHOICE@@ from the Society of Chief Officers.\n\n"
    "Change what you get: @@PREFERENCES@@\nPause: @@PREFERENCES@@#pause\n",
    html='<p>You asked for posts on <strong dir="auto">@@CHOICE@@</strong>. '
    '<a href="@@PREFERENCES@@">Change</a> <a href="@@PREFERENCES@@#pause">Pause</a></p>\n',
)


def asked(choice: str, preferences: str = ALICE.preferences) -> tuple[str, str]:
    return text_and_html(compose(ASKED, replace(ALICE, choice=choice, preferences=preferences), AN_ENVELOPE))


def test_a_copy_says_what_its_reader_chose_and_leads_to_their_own_page() -> None:
    text, html = asked("Housing and Education")
    page = "https://news.example.org/preferences/t0ken"
    assert "You asked for posts on Housing and Education from the Society of Chief\nOfficers.\n" in text
    assert f"Change what you get: {page}\nPause: {page}#pause\n" in text
    assert '<strong dir="auto">Housing and Education</strong>' in html
    assert f'<a href="{page}">Change</a> <a href="{page}#pause">Pause</a>' in html


def test_a_long_address_widens_no_mail() -> None:
    email = f"{'a' * 64}@{'b' * 60}.example.org"
    _, html = text_and_html(compose(A_VARIANT, replace(ALICE, email=email), AN_ENVELOPE))
    assert email in html.replace(BREAK, "")
    assert email not in html


def test_where_there_is_no_page_a_mail_is_written_which_has_no_parts() -> None:
    text, html = asked("Housing", preferences="mailto:editors@example.org?subject=Change%20it&x")
    assert text.count("mailto:editors@example.org?subject=Change%20it&x\n") == 2
    assert html.count('"mailto:editors@example.org?subject=Change%20it&amp;x"') == 2
    assert "#pause" not in text + html


def test_a_long_choice_is_wrapped_in_the_text_and_can_break_in_the_html() -> None:
    choice = ", ".join(f"Children\u2019s services {number}" for number in range(40)) + f" and {'Llanfair' * 9}"
    message = compose(ASKED, replace(ALICE, choice=choice), AN_ENVELOPE)
    assert_fit_for_any_relay(message)
    text, html = text_and_html(message)
    assert all(len(line) <= 76 for line in text.splitlines())
    assert choice in text.replace("\n", " ")
    assert "Llanfair" * 9 in html.replace(BREAK, "")
    assert "Llanfair" * 9 not in html


@given(ANY_TEXT)
@example("@@RECIPIENT@@ and @@UNSUBSCRIBE@@")
@example("@@CHOICE@@@@PREFERENCES@@#pause")
@example("\r\nBcc: x@example.org\r\n\r\n--=_")
@example('<script>alert(1)</script> & "Co"')
def test_no_choice_breaks_a_copy_or_makes_up_a_token(choice: str) -> None:
    message = compose(ASKED, replace(ALICE, choice=choice), AN_ENVELOPE)
    assert_fit_for_any_relay(message)
    text, html = text_and_html(message)
    assert "@@" not in text + html
    assert "<script" not in html
    assert html.count("<a ") == 2
    assert text.count(ALICE.preferences) == 2
    assert set(raw_headers(message)) == set(raw_headers(compose(ASKED, ALICE, AN_ENVELOPE)))


def test_a_variant_of_an_earlier_release_which_has_no_such_words_is_composed_as_it_was() -> None:
    assert compose(A_VARIANT, replace(ALICE, choice="x", preferences="y"), AN_ENVELOPE) == compose(
        A_VARIANT, ALICE, AN_ENVELOPE
    )
