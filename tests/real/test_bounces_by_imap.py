"""Debian's Dovecot, started unprivileged on the loopback, and the mailbox of bounces on it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from solacefeed.delivery.imap_mailbox import ImapMailbox, ImapPlace
from solacefeed.errors import SolacefeedError
from tests.mail.fake_relay import AUTHORITY, TLS
from tests.real.conftest import free_port
from tests.support.bounced_mail import absence, arf, by_hand, dsn

DOVECOT = "/usr/sbin/dovecot"
USER = "nobody"

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
ssl = yes
ssl_cert = <{folder}/localhost.pem
ssl_key = <{folder}/localhost.pem
disable_plaintext_auth = yes
mail_location = maildir:{folder}/Maildir
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {implicit}
    ssl = yes
  }}
}}
"""

PASSWORD = "sword-fish"


@dataclass(frozen=True)
class Dovecot:
    folder: Path
    implicit: int
    starttls: int

    def deliver(self, name: str, content: bytes) -> None:
        draft = self.folder / "Maildir" / "tmp" / name
        draft.write_bytes(content)
        os.chown(draft, *_ids())
        draft.rename(self.folder / "Maildir" / "new" / name)

    def files(self) -> set[str]:
        return {each.name for part in ("new", "cur") for each in (self.folder / "Maildir" / part).iterdir()}


def _ids() -> tuple[int, int]:
    entry = pwd.getpwnam(USER)
    return entry.pw_uid, entry.pw_gid


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    if not Path(DOVECOT).exists():
        pytest.skip("there is no Dovecot here")
    # Not below the test's own folder: sockets stand in it, whose paths are short.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    uid, gid = _ids()
    for part in ("", "run", "state", "Maildir/new", "Maildir/cur", "Maildir/tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    shutil.copy(TLS / "localhost.pem", folder)
    server = Dovecot(folder=folder, implicit=free_port(), starttls=free_port())
    told = CONFIG.format(
        folder=folder,
        user=USER,
        group="nogroup",
        password=PASSWORD,
        implicit=server.implicit,
        starttls=server.starttls,
    )
    (folder / "dovecot.conf").write_text(told)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid)
    process = subprocess.Popen(
        [DOVECOT, "-F", "-c", folder / "dovecot.conf"], user=uid, group=gid, extra_groups=[], cwd=folder
    )
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        shutil.rmtree(folder)


def _wait_for(server: Dovecot, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, (server.folder / "log").read_text()
        try:
            socket.create_connection(("127.0.0.1", server.implicit), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Dovecot did not begin to listen")


def mailbox(server: Dovecot, *, implicit: bool = True, password: str | None = None) -> ImapMailbox:
    return ImapMailbox(
        host="localhost",
        port=server.implicit if implicit else server.starttls,
        tls="implicit" if implicit else "starttls",
        ca_file=AUTHORITY,
        username="bounces@example.org",
        password=password or PASSWORD,
    )


@pytest.mark.parametrize("implicit", [True, False])
def test_a_mailbox_of_dovecot_is_read_on_and_not_changed(dovecot: Dovecot, implicit: bool) -> None:
    mails = [dsn(), arf(), absence(), by_hand("Thank you for łast week.")]
    for number, mail in enumerate(mails):
        dovecot.deliver(f"{number}.host", mail)
    found = list(mailbox(dovecot, implicit=implicit).mails(None))
    assert [each.content.replace(b"\r\n", b"\n") for each, _ in found] == mails
    place = found[-1][1]
    assert list(mailbox(dovecot, implicit=implicit).mails(place)) == []
    dovecot.deliver("9.host", dsn(status="5.1.2"))
    ((read, newest),) = mailbox(dovecot, implicit=implicit).mails(place)
    assert read.content.replace(b"\r\n", b"\n") == dsn(status="5.1.2")
    assert newest == ImapPlace(validity=place.validity, uid=place.uid + 1)
    # Nobody has seen them, says the server to the next program.
    assert all(",S" not in name and ":2,S" not in name for name in dovecot.files())
    assert len(dovecot.files()) == 5


def test_dovecot_refuses_a_wrong_password_and_that_is_said_without_it(dovecot: Dovecot) -> None:
    with pytest.raises(SolacefeedError, match="refuses the login; see") as told:
        list(mailbox(dovecot, password="mackerel").mails(None))
    assert "mackerel" not in str(told.value)
