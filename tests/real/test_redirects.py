"""The rules for nginx, Caddy and Apache, asked of nginx, Caddy and Apache themselves, each where it is installed."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from solacefeed.publish.redirects import Server
from tests.publish.addresses import LEADING, STAYING, written
from tests.publish.documents import NAMING

pytestmark = pytest.mark.real

NGINX = """\
daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}
http {{ access_log off; {http}
  server {{ listen 127.0.0.1:{port}; {server}
    location / {{ return 204; }} }} }}
"""
CADDY = """\
{{
\tadmin off
\tauto_https off
}}
http://127.0.0.1:{port} {{
{rules}
\trespond 204
}}
"""
APACHE = """\
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
ErrorLog {folder}/errors
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule rewrite_module {modules}/mod_rewrite.so
DocumentRoot {folder}
{rules}
RewriteRule "^" "-" [R=204,L]
"""


def prepared(server: Server, binary: Path, folder: Path, port: int) -> list[str]:
    """The command that serves the rules at *port*, until it is ended."""
    config, text = folder / "config", written(server)
    if server == "nginx":
        http, _, block = text.partition("# And in")
        config.write_text(NGINX.format(folder=folder, port=port, http=http, server=f"# And in{block}"))
        return [str(binary), "-p", str(folder), "-c", str(config)]
    if server == "caddy":
        config.write_text(CADDY.format(port=port, rules=text))
        return [str(binary), "run", "--adapter", "caddyfile", "--config", str(config)]
    modules = binary.parent.parent / "lib" / "apache2" / "modules"
    config.write_text(APACHE.format(folder=folder, port=port, rules=text, modules=modules))
    return [str(binary), "-D", "FOREGROUND", "-f", str(config)]


@contextmanager
def running(command: list[str], port: int, environ: Mapping[str, str] | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environ)
    deadline = time.monotonic() + 20
    try:
        while True:
            assert process.poll() is None, process.stderr and process.stderr.read().decode()
            assert time.monotonic() < deadline
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except ConnectionRefusedError:
                continue
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)


def asked(port: int, address: str) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", address)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location")
    finally:
        connection.close()


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert isinstance(port, int)
        return port


@pytest.mark.parametrize(("server", "program"), [("nginx", "nginx"), ("caddy", "caddy"), ("apache", "apache2")])
def test_a_server_leads_on_what_is_ours_and_nothing_else(
    server: Server, program: str, free_port: int, tmp_path: Path
) -> None:
    binary = shutil.which(program)
    if binary is None:
        pytest.skip(f"{program} is not installed")
    with running(prepared(server, Path(binary), tmp_path, free_port), free_port):
        assert {address: asked(free_port, address) for address in LEADING} == {
            address: (301, f"{NAMING.site.base_url}/{place}") for address, place in LEADING.items()
        }
        assert {asked(free_port, address) for address in STAYING} == {(204, None)}
