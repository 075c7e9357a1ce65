"""How many requests a second a feed's document is served with: by solacefeed, by nginx and by WordPress, in one run.

python -m benchmarks.bench_serve [seconds a turn] [turns]

A site of the sample blog is published; its feed of all posts is asked for at 8 connections that stay open, packed with
gzip (200), and by who has it (304). The load is wrk's, one thread of it; nginx serves the same folder by
deploy/nginx.conf, with one worker; WordPress is the kit's, and asked for its own feed. They take turns, and each
figure is the median of its turns. Where one of them, or wrk, is not installed, that is said.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent.parent
KIT = HERE.resolve().parent / "shared" / "kit" / "wordpress"
COMMAND = Path(sys.executable).with_name("solacefeed")
CONNECTIONS = 8
NGINX = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit; events {{}}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; keepalive_requests 10000000; include {folder}/feeds.conf; }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who serves the feed."""

    name: str
    url: str


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """A server, from when it listens at *port* to the end of the context."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, f"{command[0]} ended before it served"
                assert time.monotonic() < deadline, f"{command[0]} does not listen"
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def solacefeed(folder: Path) -> Iterator[Peer]:
    """Its site, published, and served."""
    port = free_port()
    config = (HERE / "config.toml").read_text(encoding="utf-8")
    # Pages are served by the real clock alone.
    config = re.sub(r"(?m)^as_of = .*\n", "", config)
    web = f'[web]\nbase_url = "http://127.0.0.1:{port}"\nlisten = "127.0.0.1:{port}"\n'
    (folder / "config.toml").write_text(re.sub(r"(?m)^\[web\]\n", lambda _: web, config), encoding="utf-8")
    for deed in ("poll", "publish"):
        subprocess.run([COMMAND, deed, "-q"], cwd=folder, check=True)  # noqa: S603  # our own command
    with running([str(COMMAND), "web", "-q"], port, folder):
        yield Peer(name="solacefeed", url=f"http://127.0.0.1:{port}/all.atom")


@contextmanager
def nginx(folder: Path, program: str) -> Iterator[Peer]:
    port, own = free_port(), folder / "nginx"
    own.mkdir()
    # It gives up root, and serves as somebody else.
    for each in (folder, own, folder / "feeds"):
        each.chmod(0o755)
    shipped = (HERE / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    shipped = shipped.replace("/srv/solacefeed/feeds", str(folder / "feeds")).replace("    listen [::]:80;\n", "")
    (own / "feeds.conf").write_text(shipped.replace("listen 80;", f"listen 127.0.0.1:{port};"), encoding="utf-8")
    (own / "nginx.conf").write_text(NGINX.format(folder=own), encoding="utf-8")
    with running([program, "-p", str(own), "-c", str(own / "nginx.conf")], port, folder):
        yield Peer(name="nginx", url=f"http://127.0.0.1:{port}/all.atom")


@contextmanager
def wordpress() -> Iterator[Peer]:
    port, folder = free_port(), tempfile.mkdtemp(prefix="solacefeed-bench-wordpress-")
    # The kit removes its folder whole at the end, and wants to have made it.
    os.rmdir(folder)
    environ = os.environ | {"KIT_DIR": folder, "WP_PORT": str(port)}

    def kit(script: str, *words: str) -> None:
        done = subprocess.run([KIT / script, *words], env=environ, capture_output=True)  # noqa: S603  # the kit's own
        assert script == "down" or done.returncode == 0, done.stderr.decode()

    try:
        kit("up")
        kit("seed")
        yield Peer(name="WordPress", url=f"http://127.0.0.1:{port}/?feed=atom")
    finally:
        kit("down", "--wipe")


def tag_of(url: str) -> str:
    """The entity tag of the packed document."""
    host, _, path = url.removeprefix("http://").partition("/")
    wire = http.client.HTTPConnection(host, timeout=60)
    wire.request("GET", f"/{path}", headers={"Accept-Encoding": "gzip"})
    answer = wire.getresponse()
    answer.read()
    assert answer.status == 200, f"{url}: {answer.status}"
    return answer.getheader("ETag") or '"none"'


def rate(program: str, url: str, seconds: float, tag: str | None) -> float:
    """Requests a second, of answers that were as they should be."""
    headers = ["-H", "Accept-Encoding: gzip", *(["-H", f"If-None-Match: {tag}"] if tag else [])]
    load = [program, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "30s", *headers, url]
    done = subprocess.run(load, capture_output=True, text=True, check=True)  # noqa: S603  # wrk
    assert "Non-2xx or 3xx" not in done.stdout, done.stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def serving(folder: Path, stack: ExitStack) -> tuple[list[Peer], list[str]]:
    """Ours first, then those that are here; and who is not, and why."""
    peers, missing = [stack.enter_context(solacefeed(folder))], list[str]()
    if (program := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")) is not None:
        peers.append(stack.enter_context(nginx(folder, program)))
    else:
        missing.append("nginx")
    if KIT.is_dir() and os.geteuid() == 0:
        try:
            peers.append(stack.enter_context(wordpress()))
        except AssertionError as error:
            missing.append(f"WordPress, which can't be started ({error})")
    else:
        missing.append("WordPress, whose kit is not here or wants root")
    return peers, missing


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    wrk = shutil.which("wrk")
    if wrk is None:
        print("serve: nothing measured: wrk, which makes the load, is not installed")
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        peers, missing = serving(Path(name), stack)
        for words in missing:
            print(f"serve: no peer of this run: {words}")
        for words, asks in (("200 gzip", False), ("304", True)):
            tags = {peer.name: tag_of(peer.url) if asks else None for peer in peers}
            taken: dict[str, list[float]] = {peer.name: [] for peer in peers}
            for _ in range(turns):
                for peer in peers:
                    taken[peer.name].append(rate(wrk, peer.url, seconds, tags[peer.name]))
            medians = {each: statistics.median(rates) for each, rates in taken.items()}
            ours = medians["solacefeed"]
            beside = "".join(
                f", {ours / theirs:.2f} times {each} ({theirs:,.0f})"
                for each, theirs in medians.items()
                if each != "solacefeed"
            )
            print(f"serve: {words:8} {ours:10,.0f} requests/s at {CONNECTIONS} connections by wrk{beside}")


if __name__ == "__main__":
    main()
