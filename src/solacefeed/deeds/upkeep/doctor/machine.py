"""What the machine lends: files for their owner alone, room on the disk, and rules of time."""

from __future__ import annotations

import os
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from stat import S_ISVTX, S_IWOTH

from solacefeed.deeds.upkeep.disk_room import DiskRoom, rooms
from solacefeed.deeds.upkeep.doctor.examinations import SiteFinding, note, ok, trouble, unknown
from solacefeed.words import counted, listing

_MODE = 0o7777
#: Whether a zone's rules of so many years ago still hold, nobody knows.
_OLD_RULES = 2


# -- files --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """A file of ours."""

    #: What it is, for people.
    what: str
    path: Path
    #: Whether its owner alone may read it.
    private: bool = True


def file_findings(files: Iterable[OwnFile]) -> Iterator[SiteFinding]:
    """Whether each of *files* that is there is for who should read it, and ours to write."""
    me, well = os.geteuid(), {True: list[str](), False: list[str]()}
    for each in files:
        try:
            found = each.path.stat()
        except FileNotFoundError:
            continue
        except OSError as error:
            yield trouble(f"{each.what} {each.path} can't be looked at: {error.strerror}", "give it to this user")
            continue
        mode, faults = found.st_mode & _MODE, []
        if each.private and mode & 0o077:
            yield trouble(f"{each.what} {each.path} is open to other users (mode {mode:04o})", f"chmod 600 {each.path}")
            faults.append(each)
        elif mode & S_IWOTH:
            yield trouble(f"everybody may write {each.what} {each.path} (mode {mode:04o})", f"chmod o-w {each.path}")
            faults.append(each)
        if found.st_uid != me:
            yield _of_another(each, found.st_uid, me)
            faults.append(each)
        if not faults:
            well[each.private].append(each.what)
    for is_private, said in ((True, "for their owner alone"), (False, "written by their owner alone")):
        if well[is_private]:
            yield ok(f"{listing(dict.fromkeys(well[is_private]))}: {said}, as they should be")


def _of_another(file: OwnFile, owner: int, me: int) -> SiteFinding:
    said = f"{file.what} {file.path} is of user {owner}, and this one is {me}"
    if me == 0:
        return note(said, "ask doctor as the user of the daemon or cron: root may do what that one can't")
    return trouble(said, f"give it to the user of the daemon or cron: chown {me} {file.path}")


def folder_findings(folders: Mapping[str, Path]) -> Iterator[SiteFinding]:
    """Whether nobody else can put files into *folders*, by what they are."""
    for what, path in folders.items():
        try:
            mode = path.stat().st_mode & _MODE
        except OSError:
            continue
        if mode & S_IWOTH and not mode & S_ISVTX:
            yield trouble(f"everybody may write into {what} {path} (mode {mode:04o})", f"chmod o-w {path}")


def served_findings(folder: Path, documents: Iterable[str]) -> Iterator[SiteFinding]:
    """Whether a web server of another user may read what is published."""
    closed = [path for path in (folder, *(folder / each for each in documents)) if not _is_open(path)]
    if closed:
        more = f" and {counted(len(closed) - 1, 'more file')}" if len(closed) > 1 else ""
        yield note(
            f"{closed[0]}{more} can't be read by a web server of another user",
            f"chmod -R o+rX {folder}, if one serves it",
        )


def _is_open(path: Path) -> bool:
    wanted = 0o005 if path.is_dir() else 0o004
    return path.stat().st_mode & wanted == wanted


# -- room ---------------------------------------------------------------------------------------------


def disk_findings(folders: Mapping[str, Path], *, wanted: int) -> Iterator[SiteFinding]:
    """Whether there is room where *folders* lie; *wanted* bytes are what the store takes to be written anew."""
    return (_of_room(room, wanted) for room in rooms(folders))


def _of_room(room: DiskRoom, wanted: int) -> SiteFinding:
    if not room.takes_files:
        return trouble(room.words, "remove what nobody wants there")
    if room.is_too_little(wanted):
        return trouble(room.words, "make room: where it ends, nothing is kept of what happens")
    if room.is_little:
        return note(room.words, "make room before it ends")
    return ok(room.words)


# -- rules of time ------------------------------------------------------------------------------------


def zone_findings(zone: str, rules: str | None, now: datetime) -> Iterator[SiteFinding]:
    """By which *rules* of time zones closings go: ``2026b``, as ``zone_rules`` finds them."""
    if rules is None:
        yield unknown(f"closings go by {zone}; of which year its rules are is not known")
    elif not rules[:4].isdigit() or now.year - int(rules[:4]) >= _OLD_RULES:
        yield note(f"closings go by {zone}, and its rules are those of {rules}", "upgrade tzdata, of the system too")
    else:
        yield ok(f"closings go by {zone}, and its rules are those of {rules}")


def zone_rules() -> str | None:
    """The release of the time zones that Python goes by: the system's where it has them, else the package's."""
    for folder in map(Path, zoneinfo.TZPATH):
        if not (folder / "Europe").is_dir():
            continue
        return _release_in(folder)
    try:
        # 2026.2 is what IANA calls 2026b.
        year, _, number = version("tzdata").partition(".")
        return f"{year}{chr(ord('a') + int(number.partition('.')[0]) - 1)}"
    except (PackageNotFoundError, ValueError):
        return None


def _release_in(folder: Path) -> str | None:
    for name, beginning in (("tzdata.zi", "# version "), ("+VERSION", "")):
        try:
            with (folder / name).open(encoding="ascii", errors="replace") as opened:
                line = opened.readline(40).strip()
        except OSError:
            continue
        if line.startswith(beginning):
            return line.removeprefix(beginning)
    return None
