"""`solacefeed install-service --print` says what makes a service of a site, and deploy/ has the same."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from solacefeed.service_units import Layout, files, script
from tests.cli.prompt import typed

DEPLOY = Path(__file__).parents[2] / "deploy"
NAMES = {
    "/etc/sysusers.d/solacefeed.conf": "solacefeed.sysusers.conf",
    "/etc/tmpfiles.d/solacefeed.conf": "solacefeed.tmpfiles.conf",
}
PROGRAM = "/opt/solacefeed/.venv/bin/solacefeed"

systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd's tools are not here")


@pytest.mark.parametrize("timer", [False, True])
def test_what_it_prints_for_the_usual_places_is_what_deploy_has(timer: bool) -> None:
    for path, text in files(Layout(), timer=timer).items():
        assert (DEPLOY / NAMES.get(path, Path(path).name)).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("timer", [False, True])
def test_what_it_prints_is_a_script_that_writes_those_files(timer: bool, tmp_path: Path) -> None:
    said = typed("install-service", "--print", "--program", PROGRAM, *(["--timer"] if timer else []))
    assert (said.code, said.err) == (0, "")
    assert said.out == script(Layout(), timer=timer)
    # Somewhere else than in the machine's own folders, and without the commands that only root may give.
    elsewhere = said.out.replace("/etc/", f"{tmp_path}/").partition("\nsystemd-sysusers ")[0]
    # A small Debian has none of the folders.
    subprocess.run(["sh", "-c", elsewhere], check=True)
    for path, text in files(Layout(), timer=timer).items():
        written = Path(path.replace("/etc", str(tmp_path))).read_text(encoding="utf-8")
        assert written == text.replace("/etc/", f"{tmp_path}/")


def test_what_init_and_a_first_run_left_becomes_the_services_own() -> None:
    said = script(Layout(), timer=False)
    assert f"\nchown -R {Layout().user}: {Layout().folder}\n" in said


@pytest.mark.parametrize("timer", [False, True])
def test_the_docs_undo_whatever_the_script_has_written(timer: bool) -> None:
    docs = (DEPLOY.parent / "docs/operating.md").read_text(encoding="utf-8")
    undone = " ".join(line for line in docs.splitlines() if line.startswith("    sudo rm -f /etc/")).split()
    assert set(files(Layout(), timer=timer)) <= set(undone)


def test_user_folder_and_program_stand_in_each_unit() -> None:
    told = typed(
        "install-service", "--print", "--json", "--user", "news", "--dir", "/home/news/site", "--program", "/usr/bin/sf"
    ).data["files"]
    for path, text in told.items():
        if path.endswith(".service"):
            assert "User=news\n" in text
            assert re.search("^ExecStart=/usr/bin/sf --config /home/news/site/config.toml (daemon|web)$", text, re.M)
            assert "ReadWritePaths=/home/news/site\n" in text
            # A home that is hidden could not be worked in.
            assert "ProtectHome=read-only\n" in text
    assert "u news - " in told["/etc/sysusers.d/solacefeed.conf"]
    assert "d /home/news/site 0755 news news -\n" in told["/etc/tmpfiles.d/solacefeed.conf"]


def test_the_folder_for_backups_that_the_docs_name_may_be_written_and_is_made() -> None:
    docs = (DEPLOY.parent / "docs/recovery.md").read_text(encoding="utf-8")
    (folder,) = set(re.findall(r'^    dir = "(.*)"$', docs, re.M))
    for path, text in {**files(Layout(), timer=False), **files(Layout(), timer=True)}.items():
        if path.endswith(".service"):
            assert f"ReadWritePaths=-{folder}\n" in text
    assert (
        f"d {folder} 0700 solacefeed solacefeed -\n" in files(Layout(), timer=False)["/etc/tmpfiles.d/solacefeed.conf"]
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "install-service writes nothing by itself: say --print"),
        (["--print", "--user", "root"], "--user root: name a user of its own"),
        (["--print", "--user", "a b"], "--user a b: name a user of its own"),
        (["--print", "--dir", "site"], "--dir site: must be a path from the root"),
        (["--print", "--dir", "/srv/a b"], "--dir /srv/a b: must be a path from the root"),
        (["--print", "--dir", "/srv/%h"], "--dir /srv/%h: must be a path from the root"),
        (["--print", "--dir", "/srv/../etc"], "--dir /srv/../etc: must be a path from the root"),
        (["--print", "--dir", "/"], "--dir /: name a folder of its own"),
        (["--print", "--dir", "/tmp/site"], "--dir /tmp/site: a service has a /tmp of its own"),
    ],
)
def test_what_can_not_stand_in_a_unit_is_said_in_a_line(words: list[str], said: str) -> None:
    refused = typed("install-service", *words)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert refused.err.startswith(f"solacefeed: {said}")


@systemd
def test_systemds_own_tools_take_the_units_and_find_them_shut_off(tmp_path: Path) -> None:
    program = tmp_path / "solacefeed"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = {**files(Layout(), timer=False), **files(Layout(), timer=True)}
    there = [tmp_path / Path(path).name for path in units if path.startswith("/etc/systemd")]
    for path, text in units.items():
        (tmp_path / Path(path).name).write_text(text.replace(PROGRAM, str(program)), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, there)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in there:
        if unit.suffix == ".service":
            # 1.2 in systemd 252; what counts how much moves from release to release.
            command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)]
            assert subprocess.run(command, capture_output=True, check=False).returncode == 0
