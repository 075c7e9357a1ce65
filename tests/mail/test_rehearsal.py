"""Mail that goes nowhere but into a folder."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.delivery.rehearsal import Rehearsal, forget
from solacefeed.errors import Deferred
from solacefeed.models.deliveries import Message

A_COPY = Message(
    sender="bounces@example.org",
    recipient="alice@example.org",
    content=b"Subject: Hello\r\n\r\n.\r\nA few words.\r\n",
    message_id="<weekly-2026-11-23.17@example.org>",
)
ITS_FILE = "weekly-2026-11-23/alice@example.org.eml"


LETTERS = "link-20261123T080000-1"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def go() -> bool:
    return True


def test_a_copy_is_one_file_named_by_its_edition_and_recipient(tmp_path: Path) -> None:
    with Rehearsal(tmp_path / "var" / "mail") as rehearsal:
        assert rehearsal.hand_over(A_COPY, go) == f"written as {ITS_FILE}"
    assert files(tmp_path / "var" / "mail") == [ITS_FILE]
    assert (tmp_path / "var" / "mail" / ITS_FILE).read_bytes() == A_COPY.content


def test_the_same_copy_again_is_the_same_file(tmp_path: Path) -> None:
    with Rehearsal(tmp_path) as rehearsal:
        first, second = rehearsal.hand_over(A_COPY, go), rehearsal.hand_over(A_COPY, go)
    assert first == second
    assert files(tmp_path) == [ITS_FILE]


def test_the_mark_comes_when_all_is_written_and_nothing_is_there(tmp_path: Path) -> None:
    def mark() -> bool:
        (draft,) = (tmp_path / "weekly-2026-11-23").iterdir()
        assert draft.name.startswith(".")
        assert draft.read_bytes() == A_COPY.content
        return True

    with Rehearsal(tmp_path) as rehearsal:
        rehearsal.hand_over(A_COPY, mark)


def test_a_copy_that_must_no_longer_go_leaves_nothing(tmp_path: Path) -> None:
    with Rehearsal(tmp_path) as rehearsal, pytest.raises(Deferred, match="must no longer go"):
        rehearsal.hand_over(A_COPY, lambda: False)
    assert files(tmp_path) == []


def test_a_copy_whose_mark_could_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    def disk_full() -> bool:
        raise OSError("the disk is full")

    with Rehearsal(tmp_path) as rehearsal, pytest.raises(OSError, match=r"^the disk is full$"):
        rehearsal.hand_over(A_COPY, disk_full)
    assert files(tmp_path) == []


def test_a_folder_that_can_not_be_written_defers(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file in the way")
    with Rehearsal(tmp_path / "mail") as rehearsal, pytest.raises(Deferred, match="can't be written") as deferred:
        rehearsal.hand_over(A_COPY, lambda: pytest.fail("asked for the mark"))
    assert deferred.value.connection_lost
    assert "@" not in str(deferred.value)


def test_a_name_that_is_taken_by_a_folder_defers_and_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / ITS_FILE).mkdir(parents=True)
    with Rehearsal(tmp_path) as rehearsal, pytest.raises(Deferred, match="can't be written"):
        rehearsal.hand_over(A_COPY, go)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("message_id", "recipient", "file"),
    [
        ("<weekly-2026-11-23.1@x>", "../../etc/passwd@x", "weekly-2026-11-23/%2E.%2F..%2Fetc%2Fpasswd@x.eml"),
        ("<weekly-2026-11-23.1@x>", ".@x", "weekly-2026-11-23/%2E@x.eml"),
        ("<...1@x>", "a+b@x", "%2E./a+b@x.eml"),
        ("<a/b.1@x>", "zoë@x", "a%2Fb/zo%C3%AB@x.eml"),
    ],
)
def test_an_address_is_data_and_never_a_path(tmp_path: Path, message_id: str, recipient: str, file: str) -> None:
    with Rehearsal(tmp_path / "mail") as rehearsal:
        rehearsal.hand_over(replace(A_COPY, message_id=message_id, recipient=recipient), go)
    assert files(tmp_path) == [f"mail/{file}"]


@given(st.lists(st.text(min_size=1, max_size=300), unique=True, min_size=2, max_size=5))
def test_no_two_recipients_share_a_file(tmp_path_factory: pytest.TempPathFactory, recipients: list[str]) -> None:
    folder = tmp_path_factory.mktemp("mail")
    with Rehearsal(folder) as rehearsal:
        for recipient in recipients:
            rehearsal.hand_over(replace(A_COPY, recipient=recipient), go)
    written = list((folder / "weekly-2026-11-23").iterdir())
    assert len(written) == len(recipients)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_but_the_operator_can_read_a_copy(tmp_path: Path) -> None:
    with Rehearsal(tmp_path / "var" / "mail") as rehearsal:
        rehearsal.hand_over(A_COPY, go)
    copy = tmp_path / "var" / "mail" / ITS_FILE
    assert (mode(copy), mode(copy.parent), mode(copy.parent.parent)) == (0o600, 0o700, 0o700)


def test_what_stood_open_is_closed_by_the_next_copy(tmp_path: Path) -> None:
    edition = tmp_path / "weekly-2026-11-23"
    edition.mkdir(mode=0o755)
    for name in ("alice@example.org.eml", ".alice@example.org.eml.part"):
        (edition / name).write_bytes(b"as an earlier release left it")
        (edition / name).chmod(0o644)
    with Rehearsal(tmp_path) as rehearsal:
        rehearsal.hand_over(A_COPY, go)
    assert (mode(edition), mode(tmp_path / ITS_FILE)) == (0o700, 0o600)
    assert files(tmp_path) == [ITS_FILE]


def test_a_link_in_the_place_of_a_folder_or_a_draft_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_bytes(b"theirs")
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "weekly-2026-11-23").symlink_to(elsewhere)
    with Rehearsal(tmp_path / "mail") as rehearsal, pytest.raises(Deferred, match="is a link, which is not followed"):
        rehearsal.hand_over(A_COPY, go)
    (tmp_path / "mail" / "weekly-2026-11-23").unlink()
    (tmp_path / "mail" / "weekly-2026-11-23").mkdir()
    (tmp_path / "mail" / "weekly-2026-11-23" / ".alice@example.org.eml.part").symlink_to(elsewhere / "precious")
    with Rehearsal(tmp_path / "mail") as rehearsal:
        rehearsal.hand_over(A_COPY, go)
    assert files(elsewhere) == ["precious"]
    assert (elsewhere / "precious").read_bytes() == b"theirs"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("weekly-2026-11-23/j%C3%B6rg@example.org", "To: jörg@example.org"),
        ("weekly-2026-11-23/J%C3%96RG@Example.org", "To: JÖRG@Example.org"),
        ("weekly-2026-11-23/bob@example.org", 'To: "JÖRG@example.org" <bob@example.org>'),
        (
            "weekly-2026-11-23/.bob@example.org.eml.part",
            "To: =?utf-8?q?J=C3=B6rg=40example=2Eorg?=\r\n <bob@example.org>",
        ),
        (f"{LETTERS}/bob@example.org", "To: bob@example.org\r\n\r\nIt was jo\u0308rg@example.org."),
    ],
)
def test_a_mail_goes_with_whom_it_went_to_or_whom_it_names(tmp_path: Path, name: str, content: str) -> None:
    others = ["weekly-2026-11-23/bjorg@example.org.eml", f"{LETTERS}/xj%C3%B6rg@example.org.eml"]
    for each in (name if name.endswith(".part") else f"{name}.eml", *others):
        path = tmp_path / each
        path.parent.mkdir(parents=True, exist_ok=True)
        words = content if each.startswith(name) else f"To: {unquote(path.stem)}\r\n\r\nxjörg@example.org.uk"
        path.write_text(words, encoding="utf-8", newline="")
    assert forget(tmp_path, ["Jörg@example.org"]) == 1
    assert files(tmp_path) == sorted(others)
