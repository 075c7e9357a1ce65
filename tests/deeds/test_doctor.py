"""What doctor makes of what it is told; how it asks is shown by the command line's tests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from solacefeed.deeds.upkeep.doctor.database import database_findings, lock_findings
from solacefeed.deeds.upkeep.doctor.examinations import Examination, FindingLevel, SiteFinding, examine_all, ok
from solacefeed.deeds.upkeep.doctor.machine import (
    OwnFile,
    disk_findings,
    file_findings,
    folder_findings,
    served_findings,
    zone_findings,
    zone_rules,
)
from solacefeed.deeds.upkeep.doctor.relay import certificate_findings, mailbox_file_findings
from solacefeed.deeds.upkeep.doctor.web import (
    PublishedDocument,
    clock_findings,
    document_findings,
    page_findings,
    source_findings,
)
from solacefeed.delivery import mailboxes
from solacefeed.errors import NotPublic, ResolverError, SolacefeedError
from solacefeed.http_client.answer import Answer
from solacefeed.http_client.client import HttpClient
from solacefeed.store.database import Store
from solacefeed.store.locks import DAEMON, only_one

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)

OK, NOTE, TROUBLE, UNKNOWN = FindingLevel.OK, FindingLevel.NOTE, FindingLevel.TROUBLE, FindingLevel.UNKNOWN


def levels(findings: Iterable[SiteFinding]) -> list[FindingLevel]:
    return [each.level for each in findings]


def words(findings: Iterable[SiteFinding], level: FindingLevel) -> str:
    """What is said at that level; with what to do, for troubles always say that."""
    said = [each for each in findings if each.level is level]
    assert all(each.to_do for each in said if level is TROUBLE)
    return "\n".join(each.words for each in said)


# -- examinations ----------------------------------------------------------------------------------


def examination(name: str, examine: object, *, seconds: float = 30.0) -> Examination:
    return Examination(name=name, part="part", promise=f"the {name}", examine=examine, seconds=seconds)  # type: ignore[arg-type]


def test_one_that_breaks_is_a_finding_of_its_own_and_stops_no_other() -> None:
    def breaks() -> Iterator[SiteFinding]:
        yield ok("this was seen before")
        raise RuntimeError("out of order")

    def unanswered() -> Iterator[SiteFinding]:
        raise ResolverError("nobody answers")

    def forbidden() -> Iterator[SiteFinding]:
        raise PermissionError(13, "Permission denied", "feeds/all.atom")

    told = list(
        examine_all(
            [
                examination("bug", breaks),
                examination("file", forbidden),
                examination("silence", unanswered),
                examination("last", lambda: [ok("all is well")]),
            ]
        )
    )
    assert [each.name for each in told] == ["bug", "file", "silence", "last"]
    bug, file, silence, last = (each.findings for each in told)
    assert levels(bug) == [OK, UNKNOWN]
    assert bug[1].words == "the bug: could not be looked at: a bug of solacefeed: RuntimeError: out of order"
    assert [each.words for each in file] == [
        "the file: could not be looked at: feeds/all.atom: Permission denied",
    ]
    assert [each.words for each in silence] == ["nobody answers"]
    assert levels(last) == [OK]


def test_one_that_never_ends_is_left_and_the_others_are_begun_beside_it() -> None:
    meeting, over = Event(), Event()

    def never() -> list[SiteFinding]:
        meeting.set()
        over.wait()
        return [ok("too late")]

    def met() -> list[SiteFinding]:
        # It is told after the first one, and was begun before that ended.
        assert meeting.wait(5)
        return [ok("met")]

    slow, quick = examine_all([examination("slow", never, seconds=0.05), examination("quick", met)])
    over.set()
    assert [each.words for each in slow.findings] == ["the slow: no answer within 0.05 s"]
    assert levels(slow.findings) == [UNKNOWN]
    assert [each.words for each in quick.findings] == ["met"]


# -- relay, web and clock --------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "level"), [(90, OK), (20, NOTE), (6, TROUBLE), (-1, TROUBLE)])
def test_a_certificate_is_told_of_before_it_ends(days: int, level: FindingLevel) -> None:
    assert levels(certificate_findings("it", NOW + timedelta(days=days), NOW)) == [level]
    assert levels(certificate_findings("it", None, NOW)) == []


@pytest.mark.parametrize(
    ("apart", "level"), [(1, OK), (-90, OK), (121, NOTE), (-3599, NOTE), (3601, TROUBLE), (-(10**7), TROUBLE)]
)
def test_a_clock_that_is_far_from_others_is_told(apart: int, level: FindingLevel) -> None:
    assert levels(clock_findings("a server", NOW + timedelta(seconds=apart), NOW)) == [level]
    assert levels(clock_findings("a server", None, NOW)) == [UNKNOWN]


class PagesClient(HttpClient):
    """Our pages behind a web server, which *tells* who asks or not; ``None`` for a release that does not say."""

    tells: str | None = None

    def get(self, url: str, **_: object) -> Answer:
        headers = {"x-client-told": self.tells} if self.tells else {}
        return Answer(status=200, url=url, headers=headers, body=b"ok\n")


@pytest.mark.parametrize(("tells", "found"), [("yes", [OK]), (None, [OK]), ("no", [OK, NOTE])])
def test_a_web_server_that_does_not_say_who_asks_makes_all_visitors_one(
    tells: str | None, found: list[FindingLevel]
) -> None:
    with PagesClient(agent="us", timeout=1, max_bytes=1) as client:
        client.tells = tells
        said = list(page_findings(client, "https://news.example.org"))
        assert levels(said) == found
        # Without a proxy nobody could say it.
        assert levels(page_findings(client, "http://news.example.org")) == [NOTE]
    assert all("X-Forwarded-For" in str(each.to_do) for each in said if each.level is NOTE)


class InsideClient(HttpClient):
    """Asks from within a network in which the site's name leads to an address of its own."""

    def get(self, url: str, **_: object) -> Answer:
        raise NotPublic(f"{url}: this name leads to 10.0.0.7, which is not a public address")


def test_from_within_nothing_is_guessed_of_how_it_is_from_outside() -> None:
    document = PublishedDocument(path="all.atom", kind="application/atom+xml", content=b"")
    with InsideClient(agent="us", timeout=1, max_bytes=1) as client:
        for found in (
            document_findings(client, "https://feeds.example.org", [document]),
            page_findings(client, "https://news.example.org"),
        ):
            assert levels(found) == [UNKNOWN]
        # The blog is read from here, so that is not to be.
        assert levels(source_findings(client, "https://blog.example.org", "rest", ())) == [TROUBLE]


def test_a_mailbox_on_this_machine_can_be_read_or_comes_with_its_first_mail(tmp_path: Path) -> None:
    (tmp_path / "maildir" / "new").mkdir(parents=True)
    (tmp_path / "mbox").touch()
    named = {"maildir": tmp_path / "maildir", "mbox": tmp_path / "mbox", "to come": tmp_path / "to-come"}
    assert levels(mailbox_file_findings(named)) == [OK, OK, NOTE]


def test_what_is_no_mailbox_or_whose_folder_is_not_there_is_trouble_to_the_doctor_as_to_who_reads_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "gone" / "bounces"):
        assert levels(mailbox_file_findings({"[bounces] maildir": path})) == [TROUBLE]
        assert not mailboxes.is_to_come(path)
        with pytest.raises(SolacefeedError):
            list(mailboxes.mails(path, lambda _names: ()) or ())


# -- the machine -----------------------------------------------------------------------------------


def test_a_secret_that_others_may_read_is_trouble_and_what_is_not_there_is_passed_over(tmp_path: Path) -> None:
    for name, mode in {"well": 0o600, "open": 0o640, "config": 0o644, "shared": 0o666}.items():
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    private = [OwnFile(what=name, path=tmp_path / name) for name in ("well", "open", "gone")]
    shown = [OwnFile(what=name, path=tmp_path / name, private=False) for name in ("config", "shared")]
    found = list(file_findings([*private, *shown]))
    assert levels(found) == [TROUBLE, TROUBLE, OK, OK]
    assert [each.to_do for each in found[:2]] == [f"chmod 600 {tmp_path / 'open'}", f"chmod o-w {tmp_path / 'shared'}"]
    assert [each.words for each in found[2:]] == [
        "well: for their owner alone, as they should be",
        "config: written by their owner alone, as they should be",
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_is_told_that_another_user_owns_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch(mode=0o600)
    os.chown(tmp_path / "file", 12345, 12345)
    found = list(file_findings([OwnFile(what="the store", path=tmp_path / "file")]))
    assert levels(found) == [NOTE]
    assert "is of user 12345" in found[0].words


def test_a_folder_into_which_everybody_may_write_is_trouble(tmp_path: Path) -> None:
    for name, mode in {"well": 0o755, "open": 0o777, "sticky": 0o1777}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    found = list(folder_findings({each.name: each for each in sorted(tmp_path.iterdir())} | {"gone": tmp_path / "x"}))
    assert levels(found) == [TROUBLE]
    assert str(tmp_path / "open") in found[0].words


def test_documents_that_a_web_server_cant_read_are_noted(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for name, mode in {"well": 0o644, "closed": 0o600}.items():
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    assert list(served_findings(tmp_path, ["well"])) == []
    found = list(served_findings(tmp_path, ["well", "closed"]))
    assert levels(found) == [NOTE]
    tmp_path.chmod(0o700)
    assert "and 1 more file" in next(served_findings(tmp_path, ["closed"])).words


def test_a_disk_is_told_of_once_and_wants_room_for_the_store_to_be_written_anew(tmp_path: Path) -> None:
    folders = {"the store": tmp_path / "not" / "yet", "feeds": tmp_path}
    (found,) = disk_findings(folders, wanted=0)
    assert found.words.startswith("the disk of the store and feeds has ")
    assert levels(disk_findings(folders, wanted=10**18)) == [TROUBLE]


@pytest.mark.parametrize(
    ("rules", "level"), [("2026b", OK), ("2025a", OK), ("2024b", NOTE), ("unknown", NOTE), (None, UNKNOWN)]
)
def test_old_rules_of_time_are_noted(rules: str | None, level: FindingLevel) -> None:
    assert levels(zone_findings("Europe/London", rules, NOW)) == [level]


def test_this_machine_knows_of_which_year_its_rules_are() -> None:
    rules = zone_rules()
    assert rules is not None
    assert rules[:4].isdigit()


# -- the store -------------------------------------------------------------------------------------


def test_a_database_that_may_lose_what_was_committed_is_trouble(store: Store) -> None:
    found = list(database_findings(store))
    if store.file:
        assert levels(found) == [OK]
    else:
        # The tests' server trades safety for speed.
        assert "fsync is off" in words(found, TROUBLE)
        assert levels(found)[-1] == OK


def test_who_is_at_work_is_told(store: Store) -> None:
    assert [each.words for each in lock_findings(store)] == ["nobody is at work: no lock is held"]
    with only_one(store, "deliver"):
        (found,) = lock_findings(store)
    assert found.level is OK
    assert found.words.startswith(f"deliver: process {os.getpid()} on ")
    with only_one(store, DAEMON):
        daemon, deeds = lock_findings(store)
        with only_one(store, "poll"):
            assert [each.words.partition(":")[0] for each in lock_findings(store)] == ["a daemon runs", "poll"]
    assert daemon.words.startswith(f"a daemon runs: process {os.getpid()} on ")
    assert deeds.words == "no deed is under way"
