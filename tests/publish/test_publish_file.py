"""Bytes become files whole or not at all, only when they changed, and only below their folder."""

from __future__ import annotations

import gzip
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solacefeed.errors import PublishError
from solacefeed.files import (
    DRAFTS,
    LARGE,
    OFTEN,
    SELDOM,
    File,
    Staging,
    clear_drafts,
    packing,
    publish_file,
    remove_file,
    stands,
)


def everything_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_file_is_made_with_its_folders_and_readable_by_the_web_server(tmp_path: Path) -> None:
    assert publish_file(tmp_path / "feeds", "category/housing.atom", b"one")
    file = tmp_path / "feeds/category/housing.atom"
    assert file.read_bytes() == b"one"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert everything_below(tmp_path / "feeds") == ["category", "category/housing.atom"]


def test_an_unchanged_file_keeps_its_time_and_its_place_on_disk(tmp_path: Path) -> None:
    publish_file(tmp_path, "all.atom", b"one")
    os.utime(tmp_path / "all.atom", (1, 1))
    before = (tmp_path / "all.atom").stat()
    assert not publish_file(tmp_path, "all.atom", b"one")
    after = (tmp_path / "all.atom").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def published(folder: Path, *wanted: File, at: datetime | None = None) -> list[str]:
    with Staging(folder) as staging:
        for file in wanted:
            staging.add(file)
        return staging.publish({file.path: at for file in wanted} if at else None)


def test_an_unchanged_file_that_has_lost_its_time_gets_it_back(tmp_path: Path) -> None:
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    wanted = File(path="all.atom", content=b"one", packing=OFTEN)
    published(tmp_path, wanted, at=at)
    for name in ("all.atom", "all.atom.gz"):
        os.utime(tmp_path / name, (1, 1))
    assert published(tmp_path, wanted, at=at) == ["all.atom"]
    assert stands(tmp_path, "all.atom", 3, at)
    assert (tmp_path / "all.atom.gz").stat().st_mtime == at.timestamp()
    assert published(tmp_path, wanted, at=at) == []


def test_nothing_takes_its_name_before_everything_is_made(tmp_path: Path) -> None:
    with Staging(tmp_path) as staging:
        for number in range(30):
            staging.add(File(path=f"{number}.atom", content=b"one", packing=OFTEN))
        assert not any(tmp_path.glob("*.atom*"))
        assert len(staging.publish()) == 30
    assert len(everything_below(tmp_path)) == 90


def test_what_was_added_and_not_published_leaves_nothing(tmp_path: Path) -> None:
    with Staging(tmp_path) as staging:
        for number in range(30):
            staging.add(File(path=f"{number}.atom", content=b"one", packing=OFTEN))
        assert any((tmp_path / DRAFTS).iterdir())
    assert everything_below(tmp_path) == []


def test_the_level_of_packing_depends_on_kind_and_size_alone() -> None:
    assert [packing(size, often=True) for size in (0, LARGE - 1, LARGE)] == [OFTEN, OFTEN, SELDOM]
    assert [packing(size, often=False) for size in (0, LARGE - 1, LARGE)] == [SELDOM] * 3


def test_a_file_packs_to_the_same_bytes_whatever_is_packed_beside_it(tmp_path: Path) -> None:
    files = [File(path=f"{n}.atom", content=b"Housing. " * 1000 * n, packing=OFTEN) for n in range(20)]
    published(tmp_path / "together", *files)
    for file in reversed(files):
        published(tmp_path / "alone", file)
    together, alone = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("together", "alone")
    )
    assert together == alone
    assert len(together) == 60


def test_what_a_dead_process_packed_beside_a_file_that_stayed_is_packed_anew(tmp_path: Path) -> None:
    one, two = (File(path="all.atom", content=content, packing=OFTEN) for content in (b"one", b"two"))
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    published(tmp_path, one, at=at)
    # It died when the packed form had its name, and the blog took its change back before the next publish.
    published(tmp_path / "elsewhere", two, at=at + timedelta(seconds=1))
    os.replace(tmp_path / "elsewhere/all.atom.gz", tmp_path / "all.atom.gz")
    published(tmp_path, one, at=at)
    assert gzip.decompress((tmp_path / "all.atom.gz").read_bytes()) == b"one"


def test_what_was_packed_otherwise_before_stays_while_its_file_does(tmp_path: Path) -> None:
    published(tmp_path, File(path="2012-05.atom", content=b"Housing. " * 1000, packing=OFTEN))
    before = (tmp_path / "2012-05.atom.gz").read_bytes()
    again = File(path="2012-05.atom", content=b"Housing. " * 1000, packing=SELDOM)
    assert published(tmp_path, again) == []
    assert (tmp_path / "2012-05.atom.gz").read_bytes() == before


def test_who_reads_a_file_while_it_changes_reads_the_old_one_to_its_end(tmp_path: Path) -> None:
    publish_file(tmp_path, "all.atom", b"old " * 10_000)
    with open(tmp_path / "all.atom", "rb") as reader:
        reader.read(10)
        assert publish_file(tmp_path, "all.atom", b"new")
        assert len(reader.read()) == 40_000 - 10
    assert (tmp_path / "all.atom").read_bytes() == b"new"


def test_a_failure_leaves_the_old_file_and_nothing_half_made(tmp_path: Path) -> None:
    (tmp_path / "all.atom").mkdir()
    with pytest.raises(PublishError, match="can't be written: Is a directory; the old file stays"):
        publish_file(tmp_path, "all.atom", b"new")
    assert everything_below(tmp_path) == ["all.atom"]


def test_a_file_in_the_place_of_a_folder_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "category").write_bytes(b"")
    with pytest.raises(PublishError, match="can't be written: "):
        publish_file(tmp_path, "category/housing.atom", b"new")


@pytest.mark.parametrize(
    "path",
    ["../outside", "category/../../outside", "/etc/hostname", "", ".", "category/..", "leaving/outside"],
)
def test_a_path_that_leads_out_of_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "leaving").symlink_to(tmp_path)
    (tmp_path / "outside").write_bytes(b"not ours")
    with pytest.raises(PublishError):
        publish_file(folder, path, b"new")
    with pytest.raises(PublishError):
        remove_file(folder, path)
    assert (tmp_path / "outside").read_bytes() == b"not ours"
    assert everything_below(folder) == ["leaving"]


def test_a_folder_reached_by_a_link_is_as_good_as_any(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "feeds").symlink_to(tmp_path / "disk")
    publish_file(tmp_path / "feeds", "all.atom", b"one")
    assert (tmp_path / "disk/all.atom").read_bytes() == b"one"


def test_a_file_is_removed_once_and_twice_is_as_good(tmp_path: Path) -> None:
    publish_file(tmp_path, "all.atom", b"one")
    remove_file(tmp_path, "all.atom")
    remove_file(tmp_path, "all.atom")
    assert everything_below(tmp_path) == []


def test_a_link_in_the_place_of_the_drafts_is_not_followed_and_said(tmp_path: Path) -> None:
    theirs, feeds = tmp_path / "theirs", tmp_path / "feeds"
    theirs.mkdir()
    feeds.mkdir()
    (theirs / "precious").write_bytes(b"not ours")
    (feeds / DRAFTS).symlink_to(theirs)
    with pytest.raises(PublishError, match="is a link, which is not followed; remove it"):
        publish_file(feeds, "all.atom", b"one")
    with pytest.raises(PublishError, match="is a link, which is not followed; remove it"):
        clear_drafts(feeds)
    assert everything_below(theirs) == ["precious"]
    assert everything_below(feeds) == [DRAFTS]


def test_a_document_goes_after_its_packed_forms_so_that_a_removal_cut_off_leaves_none_without_it(
    tmp_path: Path,
) -> None:
    published(tmp_path, File(path="all.atom", content=b"one", packing=OFTEN))
    (tmp_path / "all.atom.br").unlink()
    # Nothing can be unlinked that is a folder: here the removal ends.
    (tmp_path / "all.atom.br").mkdir()
    with pytest.raises(PublishError, match="can't be removed"):
        remove_file(tmp_path, "all.atom")
    assert everything_below(tmp_path) == ["all.atom", "all.atom.br"]
