"""An edition over the real Postfix: its own delivery reports come back to the return paths, and suppress."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.cli.prompt import WEEKLY, at, rehearsed, well
from tests.real.conftest import Postfix
from tests.support.site import Site

MAILING = """
[mail]
transport = "smtp"
from = "Chief Officers <digest@example.org>"
reply_to = "editor@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
return_path = "bounces@example.org"
host = "localhost"
port = {port}
ca_file = "{ca_file}"
[bounces]
maildir = "{maildir}"
"""

#: What the kit's Postfix does with mail to each of them, and what comes of it.
READERS = {
    "alice@example.org": None,
    "bob@bounced.example.org": ("hard", "suppressed", "5.1.1"),
    "carol@full.example.org": ("soft", "counted", "5.2.2"),
    "dave@policy.example.org": ("soft", "counted", "5.7.1"),
    # Put off at first, which it tells of; given up after twenty seconds.
    "erin@deferred.example.org": ("soft", "counted", "4.2.2"),
    "frank@nowhere.example": ("hard", "suppressed", "5.4.4"),
    # Refused at once.
    "nobody@example.org": ("hard", "suppressed", "5.1.1"),
}


def a_site(postfix: Postfix, folder: Path) -> Site:
    # A Maildir is there before its first mail, as on a mail server it is made with the mailbox.
    for path in (maildir(postfix), *(maildir(postfix) / part for part in ("new", "cur", "tmp"))):
        path.mkdir(exist_ok=True)
        shutil.chown(path, "nobody")
    people = "".join(f'[[subscribers]]\nemail = "{reader}"\n' for reader in READERS)
    more = MAILING.format(port=postfix.port, ca_file=postfix.ca_file, maildir=maildir(postfix))
    return rehearsed(folder, more=WEEKLY.partition("[mail]")[0] + more + people)


def maildir(postfix: Postfix) -> Path:
    return postfix.folder / "postfix" / "mail" / "bounces"


def wait_until(what: Callable[[], bool], seconds: float = 120) -> None:
    """Other processes do the work: there is nothing to wait on but the clock."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.5)


def test_postfixs_own_reports_suppress_whom_they_are_of_and_nobody_else(postfix: Postfix, tmp_path: Path) -> None:
    site = a_site(postfix, tmp_path / "site")
    assert "6 accepted, 1 rejected" in well(site, "run")
    # A report for each that does not arrive, and of one a delay before it.
    wait_until(lambda: len(postfix.mailbox("bounces")) == 6)
    well(site, "bounces", "read")
    well(site, "run")
    told = {each["canonical"]: (each["kind"], each["outcome"], each["status"]) for each in listed(site)}
    assert told == {reader: found for reader, found in READERS.items() if found}
    suppressed = {each["canonical"] for each in at(site, "suppressions", "list", "--json").data}
    assert suppressed == {reader for reader, found in READERS.items() if found and found[1] == "suppressed"}
    # Read once more, and from a copy of the mailbox, nothing counts twice.
    assert well(site, "bounces", "read") == "bounces: nothing new\n"
    for file in maildir(postfix).glob("*/*"):
        (tmp_path / "again.eml").write_bytes(file.read_bytes())
        assert well(site, "bounces", "read", str(tmp_path / "again.eml")) == "bounces: nothing new\n"
    assert len(listed(site)) == len(told)


def listed(site: Site) -> list[dict[str, str]]:
    found: list[dict[str, str]] = at(site, "bounces", "list", "--json").data
    return found
