"""What a command costs before it does anything, beside the import of the libraries that it can't do without.

python -m benchmarks.bench_startup [times]

CPU of whole processes, user and system, the least of several in turn; a site of the sample blog, which this process
serves, on which a run has nothing left to do.

    --version, --help                   beside  import click
    status, subscribers add, run, ...   beside  import sqlalchemy, click, pydantic
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from solacefeed.sample.blog import Blog
from solacefeed.sample.server import serve

HERE = Path(__file__).parent.parent
COMMAND = Path(sys.executable).with_name("solacefeed")
LIGHT, HEAVY = "import click", "import sqlalchemy, click, pydantic"
ASKED = {
    "--version": LIGHT,
    "--help": LIGHT,
    "status": HEAVY,
    "subscribers list": HEAVY,
    "subscribers add reader@example.org": HEAVY,
    "prepare": HEAVY,
    "deliver": HEAVY,
    "run": HEAVY,
}


def cpu(command: list[str], folder: Path) -> float:
    """Seconds of one process that did not fail."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, capture_output=True)  # noqa: S603  # our own command
    assert done.returncode == 0, done.stderr.decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def a_site() -> Iterator[Path]:
    """A folder with a site on which a run has nothing left to do."""
    # As on an operator's machine: what was compiled once is kept.
    for name in ("SOLACEFEED_STORE_URL", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    blog = Blog.shipped()
    with tempfile.TemporaryDirectory() as name, serve(blog) as origin:
        folder, blog.url = Path(name), origin
        config = (HERE / "config.toml").read_text(encoding="utf-8")
        (folder / "config.toml").write_text(config.replace('url = "sample:"', f'url = "{origin}"'), encoding="utf-8")
        for _ in range(2):
            cpu([str(COMMAND), "run"], folder)
        yield folder


def commands() -> dict[str, list[str]]:
    """Ours, by their words, and what they are beside."""
    ours = {words: [str(COMMAND), *words.split()] for words in ASKED}
    return ours | {code: [sys.executable, "-c", code] for code in (LIGHT, HEAVY)}


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with a_site() as folder:
        taken: dict[str, list[float]] = {words: [] for words in commands()}
        for _ in range(times):
            for words, command in commands().items():
                taken[words].append(cpu(command, folder))
    least = {words: min(each) for words, each in taken.items()}
    for words, beside in ASKED.items():
        ratio = least[words] / least[beside]
        print(f"{words:36} {least[words] * 1000:5.0f} ms, {ratio:4.2f} of {beside!r} ({least[beside] * 1000:.0f} ms)")


if __name__ == "__main__":
    main()
