"""Lists as each tool exports them: what their columns are taken for, and what each row says of its person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from solacefeed.deeds.people.importing.columns import Field, columns_of
from solacefeed.deeds.people.importing.moments import moment
from solacefeed.deeds.people.importing.statuses import There, of_the_file
from solacefeed.deeds.people.importing.understanding import (
    ImportRow,
    ImportTerms,
    RefusedRow,
    understanding,
)
from solacefeed.errors import UsageError
from tests.support.builders import MONDAY

TERMS = ImportTerms(source="people.csv")
CLAIMED = ImportTerms(source="people.csv", claim="they are members")


def row_of(headings: str, cells: str, terms: ImportTerms = TERMS) -> ImportRow | RefusedRow:
    """What a row says that has these cells, between bars, under these headings."""
    return understanding(columns_of(headings.split(",")), terms, MONDAY)(cells.split("|"))


def taken(headings: str, cells: str, terms: ImportTerms = TERMS) -> ImportRow:
    row = row_of(headings, cells, terms)
    assert isinstance(row, ImportRow), row
    return row


def refused(headings: str, cells: str, terms: ImportTerms = TERMS) -> RefusedRow:
    row = row_of(headings, cells, terms)
    assert isinstance(row, RefusedRow), row
    return row


MAILCHIMP = (
    "Email Address,First Name,Last Name,Address,State,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
    "LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON,CLEAN_TIME,"
    "LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at"
MAILPOET = (
    "Email,First name,Last name,Subscription IP,Subscription time,Confirmation time,Confirmation IP,List status,"
    "Global status,List"
)
GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers"
)
SUBSTACK = "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at"


def a_mailchimp_row(**cells: str) -> str:
    said: dict[str, Any] = {"Email Address": "ann@example.org", "LEID": "1", "EUID": "2", **cells}
    return "|".join(said.get(heading, "") for heading in MAILCHIMP.split(","))


@pytest.mark.parametrize(
    ("headings", "tool"),
    [
        (MAILCHIMP, "Mailchimp"),
        (LISTMONK, "listmonk"),
        (MAILPOET, "MailPoet"),
        (GHOST, "Ghost"),
        (SUBSTACK, "Substack"),
        ("Email,Name,Start date,Subscription source (free)", "Substack"),
        ("address,digest,state,basis", "solacefeed"),
        ("E-Mail,Vorname", "a list"),
    ],
)
def test_the_tool_is_known_by_its_headings(headings: str, tool: str) -> None:
    assert columns_of(headings.split(",")).tool == tool


def test_columns_are_told_with_what_they_are_taken_for() -> None:
    columns = columns_of(["\ufeffE-MAIL", "first_name", "Shoe size", "Interests"], categories="interests")
    assert columns.taken_for() == [
        ("E-MAIL", Field.ADDRESS),
        ("first_name", Field.FIRST_NAME),
        ("Shoe size", None),
        ("Interests", Field.CATEGORIES),
    ]


@pytest.mark.parametrize(
    ("first", "categories", "words"),
    [
        (["Name", "Town"], None, "no column is called Email or alike: there are Name, Town"),
        (["Email", "Name"], "Tags", "no column is called Tags: there are Email, Name"),
        (["ann@example.org"], "Tags", "the list has no headings, and so no column Tags"),
    ],
)
def test_what_a_list_lacks_is_told_with_what_it_has(first: list[str], categories: str | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        columns_of(first, categories=categories)


def test_a_plain_list_has_one_address_a_row() -> None:
    columns = columns_of(["7", "ann@example.org"])
    row = understanding(columns, CLAIMED, MONDAY)(["7", " Ann@example.org "])
    assert isinstance(row, ImportRow)
    assert (row.email, row.canonical, row.name) == ("Ann@example.org", "ann@example.org", None)


# -- names and addresses --------------------------------------------------------------------------------


def test_a_name_is_whole_or_of_two_columns_and_always_one_line() -> None:
    assert taken("Email,First name,Last name", "a@example.org|Ann | Lee", CLAIMED).name == "Ann Lee"
    assert taken("Email,Name,First name", "a@example.org|A. Lee|Ann", CLAIMED).name == "A. Lee"
    assert taken("Email,Name", "a@example.org|Ann\x00\r\n\x1b[2J Lee", CLAIMED).name == "Ann [2J Lee"
    assert taken("Email,Name", "a@example.org|'=Ann", CLAIMED).name == "=Ann"
    assert taken("Email,Name", "a@example.org", CLAIMED).name is None


@pytest.mark.parametrize(
    "address", ["ann@", "Ann <a@example.org>", "a@example.org, b@example.org", '"a b"@example.org', ""]
)
def test_what_is_no_single_address_is_refused_with_the_cause(address: str) -> None:
    assert refused("Email,Name", f"{address}|Ann").why.startswith("no address: ")


def test_a_quotation_mark_that_is_missing_swallows_nobody_in_silence() -> None:
    row = refused("Email,Name", "a@example.org|Ann\nb@example.org,Bob", CLAIMED)
    assert row.why == "a cell runs over lines and holds another address: is a quotation mark missing?"


# -- who is in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headings", "cells", "there"),
    [
        (MAILCHIMP, a_mailchimp_row(UNSUB_TIME="2024-01-01 10:00:00"), There.UNSUBSCRIBED),
        (MAILCHIMP, a_mailchimp_row(CLEAN_TIME="2024-01-01 10:00:00"), There.BOUNCED),
        (LISTMONK, "1|a@example.org|Ann|{}|disabled|2024-01-01|", There.UNSUBSCRIBED),
        (LISTMONK, "1|a@example.org|Ann|{}|blocklisted|2024-01-01|", There.BLOCKED),
        (MAILPOET, "a@example.org|||||||subscribed|unsubscribed|News", There.UNSUBSCRIBED),
        (MAILPOET, "a@example.org|||||||unconfirmed|unconfirmed|News", There.UNCONFIRMED),
        (MAILPOET, "a@example.org||||||||bounced|", There.BOUNCED),
        (GHOST, "1|a@example.org|Ann||false|false||2024-01-01|||", There.UNSUBSCRIBED),
        (GHOST, "1|a@example.org|Ann||true|false||2024-01-01|2024-02-01||", There.UNSUBSCRIBED),
        (SUBSTACK, "a@example.org|true|||true|2024-01-01|", There.UNSUBSCRIBED),
        ("Email,Status", "a@example.org|Spam complaint", There.COMPLAINED),
        ("Email,Unsubscribed", "a@example.org|3 May 2024", There.UNSUBSCRIBED),
    ],
)
def test_who_is_not_in_with_their_tool_is_refused_by_how_they_stand_there(
    headings: str, cells: str, there: There
) -> None:
    row = refused(headings, cells, CLAIMED)
    assert (row.there, row.canonical is not None) == (there, True)
    assert row.why.startswith(there.name.lower())


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        (MAILCHIMP, a_mailchimp_row(State="CA")),
        (LISTMONK, "1|a@example.org|Ann|{}|enabled|2024-01-01|"),
        (MAILPOET, "a@example.org|||||||Subscribed|Subscribed|News"),
        (GHOST, "1|a@example.org|Ann||true|false||2024-01-01|||"),
        # The subscription is the paid one: who has none gets mail all the same.
        (SUBSTACK, "a@example.org|false|||false|2024-01-01|"),
    ],
)
def test_who_is_in_is_taken(headings: str, cells: str) -> None:
    assert taken(headings, cells, CLAIMED).email.endswith("@example.org")


def test_a_status_that_nobody_knows_is_no_yes() -> None:
    assert refused("Email,Status", "a@example.org|perhaps", CLAIMED).why == "its status is not known: perhaps"
    assert refused("Email,Status", "a@example.org|", CLAIMED).why == "its status is empty"


@pytest.mark.parametrize(
    ("tool", "name", "there"),
    [
        ("Mailchimp", "unsubscribed_members_export_1.csv", There.UNSUBSCRIBED),
        ("Mailchimp", "cleaned_members_export_1.csv", There.BOUNCED),
        ("Mailchimp", "nonsubscribed_members_export_1.csv", There.UNCONFIRMED),
        ("Mailchimp", "subscribed_members_export_1.csv", None),
        ("a list", "unsubscribed.csv", None),
    ],
)
def test_mailchimp_says_by_the_files_name_how_all_of_it_stand(tool: str, name: str, there: There | None) -> None:
    assert of_the_file(tool, name) == there


# -- consent --------------------------------------------------------------------------------------------

AT = datetime(2024, 3, 16, 14, 40, 47, tzinfo=UTC)
SAID = "2024-03-16 14:40:47"


@pytest.mark.parametrize(
    ("headings", "cells", "evidence"),
    [
        (
            MAILCHIMP,
            a_mailchimp_row(OPTIN_TIME=SAID, OPTIN_IP="192.0.2.7"),
            f"OPTIN_TIME {SAID}, OPTIN_IP 192.0.2.7",
        ),
        (
            MAILCHIMP,
            a_mailchimp_row(CONFIRM_TIME=SAID, CONFIRM_IP="192.0.2.7"),
            f"CONFIRM_TIME {SAID}, CONFIRM_IP 192.0.2.7",
        ),
        (
            MAILPOET,
            f"a@example.org|||192.0.2.7|{SAID}|||subscribed|subscribed|News",
            f"Subscription IP 192.0.2.7, Subscription time {SAID}",
        ),
        ("Email,Consent date", f"a@example.org|{SAID}", f"Consent date {SAID}"),
    ],
)
def test_a_consent_is_shown_by_an_opt_in_or_by_an_act_from_a_network(headings: str, cells: str, evidence: str) -> None:
    consent = taken(headings, cells).consent
    assert (consent.at, consent.evidence, consent.claimed, consent.source) == (AT, evidence, False, "people.csv")


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        # Of whom an editor has entered there, Mailchimp notes a confirmation, from nowhere.
        (MAILCHIMP, a_mailchimp_row(CONFIRM_TIME=SAID)),
        (LISTMONK, f"1|a@example.org|Ann|{{}}|enabled|{SAID}|{SAID}"),
        (MAILPOET, f"a@example.org||||{SAID}|{SAID}||subscribed|subscribed|News"),
        (GHOST, f"1|a@example.org|Ann||true|false||{SAID}|||"),
        (SUBSTACK, f"a@example.org|false|||false|{SAID}|"),
    ],
)
def test_when_somebody_was_entered_shows_no_consent_and_is_the_time_of_a_claimed_one(headings: str, cells: str) -> None:
    assert refused(headings, cells).why.startswith("nothing in it shows that they agreed")
    consent = taken(headings, cells, CLAIMED).consent
    assert (consent.at, consent.evidence, consent.claimed) == (AT, "they are members", True)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("2030-01-01", "the day on which they agreed is yet to come; --dates says"),
        ("3/4/2025", "when they agreed can't be read; --dates says"),
        ("31/31/2025", "when they agreed can't be read; --dates says"),
        ("", "nothing in it shows that they agreed; --claimed says"),
        ("0001-01-01T00:00:00", "the day on which they agreed is before 1995, as programs write an empty one"),
        ("1753-01-01", "the day on which they agreed is before 1995"),
        ("1900-01-01 00:00:00", "the day on which they agreed is before 1995"),
        ("1970-01-01T00:00:00Z", "the day on which they agreed is before 1995"),
        ("1/1/1970", "the day on which they agreed is before 1995"),
    ],
)
def test_a_consent_of_the_future_of_no_day_or_of_none_shows_nothing_and_each_is_told(said: str, why: str) -> None:
    assert refused("Email,Consent date", f"a@example.org|{said}").why.startswith(why)


@pytest.mark.parametrize(
    ("text", "day_first", "found"),
    [
        ("2024-03-16T14:40:47.000Z", None, AT),
        ("2024-03-16T15:40:47+01:00", None, AT),
        ("2024-03-16 14:40:47", None, AT),
        ("2024-03-16", None, datetime(2024, 3, 16, tzinfo=UTC)),
        ("16/03/2024 14:40:47", None, AT),
        ("3/16/2024 2:40:47 PM", None, AT),
        ("16.03.2024", None, datetime(2024, 3, 16, tzinfo=UTC)),
        ("03/04/2024", None, None),
        ("03/04/2024", True, datetime(2024, 4, 3, tzinfo=UTC)),
        ("03/04/2024", False, datetime(2024, 3, 4, tzinfo=UTC)),
        ("31/02/2024", None, None),
        ("0000-00-00 00:00:00", None, None),
        ("0001-01-01T00:00:00+23:59", None, None),
        ("soon", None, None),
        ("", None, None),
    ],
)
def test_a_date_is_read_where_it_can_be_read_in_one_way(
    text: str, day_first: bool | None, found: datetime | None
) -> None:
    assert moment(text, day_first=day_first) == found
