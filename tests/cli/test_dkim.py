"""``dkim``: an operator makes keys, publishes their records, and sees what a mail's signatures are worth."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import dkim as another_program
import pytest

from tests.cli.prompt import at, well
from tests.support.site import Site


def add_table(site: Site, said: str) -> None:
    """What ``keygen`` says is written into the config, as the operator does it."""
    table = said[said.index("[dkim]") :]
    with (site.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{table}")


def a_mail(site: Site) -> Path:
    """The whole mail of the edition, as ``preview`` writes it."""
    well(site, "preview", "--edition", "weekly/2026-11-23")
    (path,) = (site.folder / "var" / "preview").glob("*.eml")
    return path


@pytest.fixture
def signing(done: Site) -> Site:
    add_table(done, well(done, "dkim", "keygen"))
    return done


def test_new_keys_are_their_owners_alone_and_never_written_over(done: Site) -> None:
    said = well(done, "dkim", "keygen")
    keys = sorted((done.folder / "var" / "dkim").iterdir())
    assert [path.name for path in keys] == ["solacefeed-ed25519.pem", "solacefeed-rsa.pem"]
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}
    assert "PRIVATE" not in said
    before = [path.read_bytes() for path in keys]
    again = at(done, "dkim", "keygen")
    assert again.code == 2
    assert "is there already: say another name by --selector, such as solacefeed-2" in again.err
    assert [path.read_bytes() for path in keys] == before
    assert "solacefeed-2-rsa._domainkey.example.org" in well(done, "dkim", "keygen", "--selector", "solacefeed-2")


def test_what_keygen_says_belongs_into_the_config_and_record_says_it_again(done: Site) -> None:
    said = well(done, "dkim", "keygen")
    table = tomllib.loads(said[said.index("[dkim]") :])["dkim"]
    assert table == {
        "domain": "example.org",
        "rsa_selector": "solacefeed-rsa",
        "rsa_key_file": "var/dkim/solacefeed-rsa.pem",
        "ed25519_selector": "solacefeed-ed25519",
        "ed25519_key_file": "var/dkim/solacefeed-ed25519.pem",
    }
    add_table(done, said)
    records = well(done, "dkim", "record")
    assert records.strip() in said
    assert len(re.findall(r'"[^"]{1,255}"', records)) == 3
    assert {each["name"] for each in json.loads(well(done, "dkim", "record", "--json"))} == {
        "solacefeed-rsa._domainkey.example.org",
        "solacefeed-ed25519._domainkey.example.org",
    }


def test_a_mail_is_signed_and_another_program_verifies_it_by_the_records(signing: Site) -> None:
    records = {each["name"]: each["text"] for each in json.loads(well(signing, "dkim", "record", "--json"))}
    content = a_mail(signing).read_bytes()
    for index in range(2):
        mail = another_program.DKIM(content)
        assert mail.verify(idx=index, dnsfunc=lambda name, **_: records[name.decode().rstrip(".")].encode())


@pytest.mark.more
def test_each_copy_and_each_letter_that_is_handed_over_is_signed(fresh: Site) -> None:
    add_table(fresh, well(fresh, "dkim", "keygen"))
    well(fresh, "run")
    well(fresh, "editions", "test", "weekly/2026-11-23", "eve@example.org")
    well(fresh, "deliver")
    records = {each["name"]: each["text"] for each in json.loads(well(fresh, "dkim", "record", "--json"))}
    mails = [path.read_bytes() for path in (fresh.folder / "var" / "mail").rglob("*.eml")]
    assert len(mails) == 4
    for content in mails:
        for index in range(2):
            mail = another_program.DKIM(content)
            assert mail.verify(idx=index, dnsfunc=lambda name, **_: records[name.decode().rstrip(".")].encode())


def test_a_copy_names_no_number_of_its_reader_and_leads_to_the_editions(done: Site) -> None:
    mails = [path.read_text() for path in (done.folder / "var" / "mail").rglob("*.eml")]
    assert len(mails) == 3
    for mail in mails:
        assert re.search(r"^Message-ID: <weekly-2026-11-23\.[0-9a-f]{16}@example\.org>$", mail, re.MULTILINE)
        assert "\nList-Archive: <https://feeds.example.org/digest/weekly/>\n" in mail
        assert "\nList-Help: <mailto:digest@example.org?subject=help>\n" in mail
        assert "\nFeedback-ID: weekly-2026-11-23:weekly:digest:example-org\n" in mail


def test_verify_says_that_a_mail_of_ours_is_right_and_that_a_changed_one_is_not(signing: Site) -> None:
    mail = a_mail(signing)
    said = well(signing, "dkim", "verify", str(mail)).splitlines()
    assert [line.partition(";")[0] for line in said] == [
        "dkim: rsa-sha256 by solacefeed-rsa of example.org: right",
        "dkim: ed25519-sha256 by solacefeed-ed25519 of example.org: right",
    ]
    mail.write_bytes(mail.read_bytes().replace(b"Subject: ", b"Subject: Not "))
    changed = at(signing, "dkim", "verify", str(mail))
    assert changed.code == 1
    assert "wrong, a covered field was changed" in changed.out


def test_where_nothing_signs_verify_says_what_to_do(done: Site) -> None:
    said = at(done, "dkim", "verify", str(a_mail(done)))
    assert (said.code, said.out) == (1, "")
    assert "bears no DKIM signature: let the relay sign, or see `solacefeed dkim keygen`" in said.err
    assert "[dkim] names no key" in at(done, "dkim", "record").err


def test_verify_says_what_a_relays_signature_covers(done: Site) -> None:
    mail = a_mail(done)
    relays = (
        b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=relay;\r\n"
        b" h=from:to:subject; bh=eA==; b=eA==\r\n"
    )
    mail.write_bytes(relays + mail.read_bytes())
    said = at(done, "dkim", "verify", str(mail))
    assert said.code == 1
    assert "by relay of example.org: not asked; covers from, to, subject; does not cover list-unsubscribe" in said.out
    assert "no signature is right and covers what Gmail, Yahoo and Microsoft ask for" in said.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"swordfish", r"\[dkim\] rsa_key_file: .*solacefeed-rsa.pem is no private key in PEM"),
        (b"", "is empty"),
    ],
)
def test_a_file_without_a_key_stops_what_would_sign(signing: Site, content: bytes, says: str) -> None:
    (signing.folder / "var" / "dkim" / "solacefeed-rsa.pem").write_bytes(content)
    said = at(signing, "dkim", "record")
    assert said.code == 2
    assert re.search(says, said.err)
    assert "swordfish" not in said.err
    assert at(signing, "check").code == 2


def test_a_key_that_others_may_read_is_refused(signing: Site) -> None:
    (signing.folder / "var" / "dkim" / "solacefeed-rsa.pem").chmod(0o644)
    said = at(signing, "check")
    assert said.code == 2
    assert "is open to other users (mode 644); say: chmod 600" in said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("keygen", "--domain", "example"), "--domain: example: must be a domain as DNS has it"),
        (("keygen", "--selector", "../x"), "--selector: ../x: must be small letters, digits and -"),
        (("verify", "nowhere.eml"), "nowhere.eml can't be read: No such file"),
    ],
)
def test_what_can_not_be_is_refused_with_what_it_must_be(done: Site, arguments: tuple[str, ...], says: str) -> None:
    said = at(done, "dkim", *arguments)
    assert said.code == 2
    assert says in said.err
    assert not (done.folder / "var" / "dkim").exists()
