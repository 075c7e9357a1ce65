"""Commands in processes of their own, forked from one that has imported all that they need, which takes 1.5 s.

What an interpreter decides when it begins (its encoding, its hash seed, its time zone) such a process can't be given.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

from solacefeed.cli import main

HOUSE = Path(__file__).parents[2]
#: What is asked for in one piece: words, folder and environment.
_LARGEST = 1 << 20
#: Variables that an interpreter reads but once.
_READ_ONCE = ("PYTHON", "LC_", "LANG", "TZ")


def can_be_given(environ: Mapping[str, str]) -> bool:
    return not any(name.startswith(_READ_ONCE) for name in environ)


def run(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What ``solacefeed WORDS`` says in *folder*."""
    wire = _warm()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        asked = json.dumps({"words": words, "folder": str(folder), "environ": dict(environ)})
        socket.send_fds(wire, [asked.encode()], [out.fileno(), err.fileno()])
        code = int(wire.recv(64))
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())


@cache
def _warm() -> socket.socket:
    """The wire to the one that forks; it ends when this process does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=HOUSE, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    ours.settimeout(300)
    atexit.register(_end, ours, process)
    return ours


def _end(wire: socket.socket, process: subprocess.Popen[bytes]) -> None:
    wire.close()
    process.wait()


def serve(wire: socket.socket) -> None:
    while True:
        asked, files, _flags, _address = socket.recv_fds(wire, _LARGEST, 2)
        if not asked:
            return
        number = os.fork()
        if number == 0:
            wire.close()
            _become(json.loads(asked), *files)
        for file in files:
            os.close(file)
        wire.send(str(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])).encode())


def _become(asked: dict[str, object], out: int, err: int) -> NoReturn:
    """Runs the command as an interpreter of its own would, and ends."""
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.chdir(str(asked["folder"]))
    os.environ.clear()
    os.environ.update(asked["environ"])  # type: ignore[call-overload]  # JSON keeps texts texts
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8")
    code = 1
    try:
        main(asked["words"])  # type: ignore[arg-type]
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
