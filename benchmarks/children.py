"""Programs that are measured or needed for it: each has an end, whatever becomes of it, and none has our output."""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[1]


class Failed(Exception):
    """A program did not do what it was begun for: what it said."""


class Child:
    """*command* in a process of its own, whose standard input and output are pipes to us."""

    def __init__(self, command: Sequence[str | Path], *, environ: Mapping[str, str] | None = None) -> None:
        self.name = Path(command[0]).name
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed at its end
        self._process = subprocess.Popen(  # noqa: S603  # our own words
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})},
            start_new_session=True,
        )
        self._heard = b""

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def tell(self, line: str) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()

    def line(self, *, within: float) -> str:
        """Its next line; raises ``Failed`` where none comes *within* so many seconds."""
        until = monotonic() + within
        while b"\n" not in self._heard:
            if not self._hear(until - monotonic()):
                raise Failed(f"{self.name} said nothing in time: {self._complaint()}")
        line, _, self._heard = self._heard.partition(b"\n")
        return line.decode()

    def _hear(self, seconds: float) -> bool:
        assert self._process.stdout
        pipe = self._process.stdout.fileno()
        if seconds <= 0 or not select.select([pipe], [], [], seconds)[0]:
            return False
        more = os.read(pipe, 1 << 16)
        self._heard += more
        return bool(more)

    def finish(self, *, within: float) -> str:
        """All that it says until its end; raises ``Failed`` where that is a bad one, or does not come."""
        until = monotonic() + within
        while self._hear(until - monotonic()):
            """It goes on."""
        try:
            code = self._process.wait(max(until - monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self.end()
            raise Failed(f"{self.name} did not end within {within:.0f} s") from None
        if code:
            raise Failed(f"{self.name} ended with {code}: {self._complaint()}")
        return self._heard.decode()

    def _complaint(self) -> str:
        self._said.seek(0)
        return self._said.read().decode(errors="replace")[-2000:]

    def end(self) -> None:
        """It and what it began are ended, if they have not done so themselves."""
        if self.runs:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._said.close()


@contextmanager
def child(command: Sequence[str | Path], *, environ: Mapping[str, str] | None = None) -> Iterator[Child]:
    """Ended with the context at the latest."""
    begun = Child(command, environ=environ)
    try:
        yield begun
    finally:
        begun.end()


def python(module: str, *words: object) -> list[str | Path]:
    """The command for a program of ours."""
    return [sys.executable, "-m", f"benchmarks.{module}", *map(str, words)]


def peak_mb() -> float:
    """The most memory that this process had; its rusage would count what its parent had before it."""
    try:
        (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(line.split()[1]) / 1024


def processor_of_children() -> float:
    """Seconds of all that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
