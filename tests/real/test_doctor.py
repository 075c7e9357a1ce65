"""doctor before the first mail: the real Postfix, nginx with the shipped settings, and dnsmasq for a name server."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.real.conftest import Postfix
from tests.real.conftest import free_port as a_free_port
from tests.real.readable import let_all_read
from tests.real.test_redirects import running
from tests.real.test_serving import AROUND, settings
from tests.support.site import Site

MAIL = """
[[digests]]
name = "weekly"
title = "The weekly digest"
closes = "mon 07:00"
[mail]
transport = "smtp"
from = "Example Officers <digest@example.org>"
reply_to = "editor@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
return_path = "bounces@example.org"
host = "localhost"
port = {port}
tls = "starttls"
ca_file = "{ca_file}"
[bounces]
maildir = "{maildir}"
"""
DKIM = """
[dkim]
domain = "example.org"
rsa_key_file = "var/dkim/solacefeed-rsa.pem"
ed25519_key_file = "var/dkim/solacefeed-ed25519.pem"
"""


def strings(text: str) -> str:
    """A TXT record's data, as dnsmasq takes it."""
    return ",".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))


def names(folder: Path, texts: dict[str, str], *, mx: bool = True) -> tuple[list[str], int]:
    """dnsmasq, which knows *texts* and nothing of the Internet."""
    program, port = shutil.which("dnsmasq"), a_free_port()
    if program is None:
        pytest.skip("dnsmasq is not installed")
    lines = [
        *("no-resolv", "no-hosts", "no-daemon", "bind-interfaces", "user=root", "listen-address=127.0.0.1"),
        *(f"port={port}", f"pid-file={folder}/dnsmasq.pid", "local=/org/", "host-record=localhost,127.0.0.1"),
        *(f"txt-record={name},{strings(text)}" for name, text in texts.items()),
        *(["mx-host=example.org,mail.example.org,10", "host-record=mail.example.org,192.0.2.25"] if mx else []),
    ]
    (folder / "dnsmasq.conf").write_text("\n".join(lines) + "\n")
    return [program, f"--conf-file={folder}/dnsmasq.conf"], port


def nginx(folder: Path, port: int) -> list[str]:
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("nginx is not installed")
    # It gives up root, and serves as somebody else.
    let_all_read(folder)
    (folder / "feeds.conf").write_text(settings(folder, port))
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]


@pytest.fixture
def site(postfix: Postfix, tmp_path: Path) -> Iterator[Site]:
    """A site that has published, served by nginx; its mail is to go over Postfix."""
    port, maildir = a_free_port(), postfix.folder / "postfix" / "mail" / "bounces"
    more = MAIL.format(port=postfix.port, ca_file=postfix.ca_file, maildir=maildir)
    begun = Site.begun(tmp_path, source="sample:", more=more)
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace("https://feeds.example.org", f"http://127.0.0.1:{port}"))
    begun.told("dkim", "keygen", "--domain", "example.org")
    config.write_text(config.read_text() + DKIM)
    begun.told("poll")
    begun.told("publish")
    with running(nginx(tmp_path, port), port):
        yield begun


def found(site: Site, resolver: int) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    done = site.do("doctor", "--json", "--resolver", f"127.0.0.1:{resolver}")
    assert done.stderr == ""
    return done.returncode, {each["name"]: each["findings"] for each in json.loads(done.stdout)["examinations"]}


def levels(findings: Sequence[dict[str, Any]]) -> set[str]:
    return {each["level"] for each in findings}


def test_a_site_that_is_set_up_as_the_book_says_has_nothing_to_mend(site: Site, tmp_path: Path) -> None:
    records = {each["name"]: each["text"] for each in site.data("dkim", "record")}
    records |= {
        "example.org": "v=spf1 ip4:192.0.2.0/24 -all",
        "_dmarc.example.org": "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org",
    }
    command, port = names(tmp_path, records)
    with running(command, port):
        code, told = found(site, port)
    assert code == 0, [each for findings in told.values() for each in findings if each["level"] != "ok"]
    for name in ("database", "files", "feeds", "relay", "resolver", "dkim", "dmarc", "mx"):
        assert levels(told[name]) == {"ok"}, told[name]
    assert any("TLSv1.3" in each["words"] for each in told["relay"])
    assert any("what has a + in it" in each["words"] for each in told["relay"])


def test_a_site_whose_records_were_never_published_is_told_of_each(site: Site, tmp_path: Path) -> None:
    command, port = names(tmp_path, {}, mx=False)
    with running(command, port):
        code, told = found(site, port)
    assert code == 1
    for name in ("spf", "dkim", "dmarc", "mx"):
        assert "trouble" in levels(told[name]), told[name]
    assert levels(told["relay"]) == {"ok"}


def test_a_certificate_by_an_authority_that_nobody_knows_is_trouble(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=other"]
    subprocess.run([*make, "-keyout", str(tmp_path / "other.key"), "-out", str(other)], check=True, capture_output=True)
    config = tmp_path / "config.toml"
    lines = config.read_text().splitlines()
    config.write_text("\n".join(f'ca_file = "{other}"' if each.startswith("ca_file") else each for each in lines))
    _, told = found(site, 1)
    assert levels(told["relay"]) == {"trouble"}
    assert "certificate" in told["relay"][0]["words"].lower()
