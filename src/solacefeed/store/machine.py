"""Which machine this is, as far as a store that was cloned with its disk can be known by it.

``/etc/machine-id`` (machine-id(5)) is the same as long as a machine is set up, and another one on a clone that was
given its own. It says nothing where it does not outlive a restart: in a container whose root is made anew at each
start, on a system that lives in memory, and where it is empty. There a machine has no id; what is mounted at that place
from the host's disk counts again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

_ID = re.compile(r"[0-9a-f]{32}")
_WHERE: Final = PurePosixPath("/etc/machine-id")
#: What containers have in their root, which is another one at each start.
_CONTAINERS: Final = (".dockerenv", "run/.containerenv")
#: File systems that end with a container, or with the machine's being on.
_PASSING: Final = frozenset({"overlay", "aufs", "fuse.fuse-overlayfs", "tmpfs", "ramfs", "rootfs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine, and since when it is on."""

    #: Empty where it has none that lasts.
    id: str
    #: Another one each time that a kernel starts, of which containers have their host's; empty where nobody says.
    boot: str = ""


def this_machine(root: Path = Path("/")) -> Machine:
    """What the files below *root* say; whatever of them can't be read says nothing."""
    told = _read(root / "etc/machine-id").strip()
    lasts = _ID.fullmatch(told) is not None and _lasts(root)
    return Machine(id=told if lasts else "", boot=_read(root / "proc/sys/kernel/random/boot_id").strip())


def _lasts(root: Path) -> bool:
    mounts = [line.split() for line in _read(root / "proc/self/mountinfo").splitlines()]
    # proc(5): the mount point is the fifth field, the kind the first one behind a dash; a later one lies upon earlier.
    kinds = {each[4]: each[each.index("-") + 1] for each in mounts if "-" in each[5:-1]}
    above = next((str(path) for path in (_WHERE, *_WHERE.parents) if str(path) in kinds), None)
    if above is None or kinds[above] in _PASSING:
        return False
    return above == str(_WHERE) or not any((root / each).exists() for each in _CONTAINERS)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
