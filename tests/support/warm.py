"""Commands in processes of their own, forked from one that has done them before: it has imported and compiled all.

What an interpreter decides when it begins (its encoding, its hash seed, its time zone) such a process can't be given.

    a test --words, folder, files--> the warm one --fork--> a keeper --fork--> the command
           <-------------------- its number, then its exit code -----|
"""

from __future__ import annotations

import atexit
import errno
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import sleep
from typing import Any, NoReturn

from solacefeed.cli import main
from tests.support.compiled import compile_once

HOUSE = Path(__file__).parents[2]
#: What is asked for in one piece: words, folder and environment.
_LARGEST = 1 << 20
#: How long any command may take, in seconds.
_PATIENCE = 300
#: What is asked for often, and all that it loads.
_OFTEN = (["run"], ["run"], ["status"], ["posts", "list"], ["check"], ["preview"])
#: Variables that an interpreter reads but once.
_READ_ONCE = ("PYTHON", "LC_", "LANG", "TZ")


def can_be_given(environ: Mapping[str, str]) -> bool:
    return not any(name.startswith(_READ_ONCE) for name in environ)


def run(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What ``solacefeed WORDS`` says in *folder*."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = Command(words, folder, environ, out=out.fileno(), err=err.fileno()).wait()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())


class Command:
    """``solacefeed WORDS``, begun in *folder*, which writes to the files *out* and *err*."""

    def __init__(self, words: Sequence[str], folder: Path, environ: Mapping[str, str], *, out: int, err: int) -> None:
        asked = json.dumps({"words": words, "folder": str(folder), "environ": dict(environ)})
        self._wire, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._wire.settimeout(_PATIENCE)
        with theirs:
            socket.send_fds(_warm("FAKETIME" in environ), [asked.encode()], [out, err, theirs.fileno()])
        self.number = int(self._wire.recv(64))
        self._code: int | None = None

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        if self._code is None:
            self._code = int(self._wire.recv(64))
            self._wire.close()
        return self._code

    @property
    def runs(self) -> bool:
        if self._code is None:
            self._wire.setblocking(False)
            try:
                self.wait()
            except BlockingIOError:
                self._wire.settimeout(_PATIENCE)
        return self._code is None

    def send(self, number: signal.Signals) -> None:
        if self.runs:
            os.kill(self.number, number)


def clock_apart(seconds: int) -> dict[str, str]:
    """What a command's environment has whose clock is to be so many *seconds* ahead, or behind where it is negative.

    Nothing where the library is not installed that does it (``libfaketime``).
    """
    return {"FAKETIME": f"{seconds:+d}"} if faketime() else {}


@cache
def faketime() -> Path | None:
    """The library that lets a process have a clock of its own, where it is installed."""
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


@cache
def _warm(own_clock: bool) -> socket.socket:
    """The wire to the one that forks, which all workers of a run share; its commands may have a clock of their own."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", os.getpid())
    name = f"\0solacefeed-warm-{run}-{own_clock}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        try:
            listener.bind(name)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return _connected(name)
        listener.listen()
        wire = _connected(name)
        atexit.register(_end, wire, _begun(listener, own_clock))
    return wire


def _connected(name: str) -> socket.socket:
    """Whoever has the name listens in a moment."""
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for _ in range(_PATIENCE):
        with suppress(ConnectionRefusedError):
            wire.connect(name)
            return wire
        sleep(0.1)
    raise AssertionError("nobody listens who could do commands")


def _begun(listener: socket.socket, own_clock: bool) -> subprocess.Popen[bytes]:
    # What waits for so many seconds goes by the machine's clock, which counts on.
    around = {"LD_PRELOAD": str(faketime()), "FAKETIME": "+0", "FAKETIME_NO_CACHE": "1"} if own_clock else {}
    around |= dict.fromkeys(("DONT_FAKE_MONOTONIC", "FAKETIME_DONT_FAKE_MONOTONIC"), "1") if own_clock else {}
    module = "tests.support.own_clock" if own_clock else "tests.support.warm"
    command = [sys.executable, "-m", module, str(listener.fileno())]
    return subprocess.Popen(
        command, cwd=HOUSE, pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL, env=os.environ | around
    )


def _end(wire: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """It goes when the last worker has hung up."""
    wire.close()
    process.wait()


# -- in the warm process ------------------------------------------------------------------------------


def _warm_up() -> None:
    """Does once what is asked for often: modules are loaded when a command calls them, and statements compiled."""
    # Which imports this module, by its name.
    from tests.cli.prompt import PEOPLE, WEEKLY, at, rehearsed

    compile_once()
    with tempfile.TemporaryDirectory() as folder:
        site = rehearsed(Path(folder) / "site", more=WEEKLY + PEOPLE)
        for words in _OFTEN:
            at(site, *words)


def _serve(listener: socket.socket) -> None:
    """Until whoever has called has hung up."""
    signal.signal(signal.SIGCHLD, _bury_keepers)
    wires: list[socket.socket] = []
    while True:
        for one in select.select([listener, *wires], [], [])[0]:
            if one is listener:
                wires.append(listener.accept()[0])
                continue
            asked, files, _flags, _address = socket.recv_fds(one, _LARGEST, 3)
            if not asked:
                wires.remove(one)
                one.close()
                continue
            if os.fork() == 0:
                for each in (listener, *wires):
                    each.close()
                _keep(json.loads(asked), *files)
            for file in files:
                os.close(file)
        if not wires and not select.select([listener], [], [], 0)[0]:
            return


def _bury_keepers(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _keep(asked: dict[str, Any], out: int, err: int, wire: int) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # As at a prompt: where the tests run in the background of a shell, it would be ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    number = os.fork()
    if number == 0:
        os.close(wire)
        _become(asked, out, err)
    os.close(out)
    os.close(err)
    os.write(wire, str(number).encode())
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    os.write(wire, str(code).encode())
    os._exit(0)


def _become(asked: dict[str, Any], out: int, err: int) -> NoReturn:
    """Runs the command as an interpreter of its own would, and ends."""
    for file, usual in ((out, 1), (err, 2)):
        os.dup2(file, usual)
        os.close(file)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    # Which the warm one has looked up for itself.
    tempfile.tempdir = None
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8")
    code = 1
    try:
        main(asked["words"])
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        # What an interpreter does at its end, whatever became of the files.
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def serve_as_told(number: str) -> NoReturn:
    """As the one that forks, who listens by the file of that *number*."""
    _warm_up()
    _serve(socket.socket(fileno=int(number)))
    sys.exit(0)


if __name__ == "__main__":
    serve_as_told(sys.argv[1])
