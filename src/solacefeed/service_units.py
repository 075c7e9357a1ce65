"""What systemd is given: units for daemon, pages and timer, the user and the folders; deploy/ has the same bytes.

Nothing here is written anywhere. The units name what a service of ours needs, and shut off all else
(``systemd-analyze security``); each line that an operator may have to change says why it is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from solacefeed.errors import UsageError

_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
#: What neither systemd nor a shell reads as anything but a path.
_PATH = re.compile(r"/[\w.+@/-]*", re.ASCII)
#: For ``[backup] dir``: another disk may be mounted there.
BACKUPS: Final = "/var/backups/solacefeed"
#: What a unit hides from the rest of the machine, and from what it hides.
_HOMES: Final = ("/home", "/root", "/run/user")
_PRIVATE: Final = ("/tmp", "/var/tmp")  # noqa: S108  # their names alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the site stands, and who does its deeds; raises ``UsageError`` for what can't be in a unit."""

    user: str = "solacefeed"
    #: Of the config, and with it of all that is written.
    folder: str = "/srv/solacefeed"
    program: str = "/opt/solacefeed/.venv/bin/solacefeed"

    def __post_init__(self) -> None:
        if not _USER.fullmatch(self.user) or self.user == "root":
            raise UsageError(
                f"--user {self.user}: name a user of its own, of small letters, digits, - and _; root needs no service"
            )
        for option, path in (("--dir", self.folder), ("--program", self.program)):
            if not _PATH.fullmatch(path) or ".." in path.split("/"):
                raise UsageError(f"{option} {path}: must be a path from the root, of letters, digits and . _ + @ -")
            if _is_below(path, _PRIVATE):
                raise UsageError(f"{option} {path}: a service has a /tmp of its own; name a place that lasts")
        if PurePosixPath(self.folder) == PurePosixPath("/"):
            raise UsageError(f"--dir {self.folder}: name a folder of its own")

    @property
    def home(self) -> str:
        """What a unit is shown of the homes: nothing, unless it stands in one."""
        return "read-only" if any(_is_below(path, _HOMES) for path in (self.folder, self.program)) else "yes"


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(PurePosixPath(path).is_relative_to(folder) for folder in folders)


def daemon_unit(at: Layout) -> str:
    return f"""\
# systemd: the daemon as a user of its own. `solacefeed install-service --print` writes it for your paths; what you
# change stands better in a drop-in (systemctl edit solacefeed).
[Unit]
Description=solacefeed: feeds and email digests
Documentation=file:{at.folder}/config.toml
After=network-online.target
Wants=network-online.target
# Of a service that is begun anew again and again nobody shall have to lift a limit.
StartLimitIntervalSec=0

[Service]
# It says when it serves, and while its looks go on; without that sign for so long, it is begun anew.
Type=notify
WatchdogSec=5min
{_who(at, "daemon")}
# Config and templates are read again: systemctl reload solacefeed
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=10
# It needs half a minute at most for the copies in hand; what is left then goes on with the next one.
TimeoutStopSec=40
{_shut_off(at)}
[Install]
WantedBy=multi-user.target
"""


def web_unit(at: Layout) -> str:
    return f"""\
# systemd: our pages and the documents as a service of their own, for a site whose deeds cron or a timer does, or whose
# pages shall go on while the daemon is restarted (then its ExecStart ends in `daemon --no-pages`).
# `solacefeed install-service --print` writes it for your paths.
[Unit]
Description=solacefeed: pages and feeds over HTTP
Documentation=file:{at.folder}/config.toml
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
{_who(at, "web")}
Restart=always
RestartSec=2
# SIGTERM ends it after the answers that are under way.
TimeoutStopSec=20
# A connection is a file.
LimitNOFILE=4096
{_shut_off(at)}
[Install]
WantedBy=multi-user.target
"""


def run_unit(at: Layout) -> str:
    return f"""\
# systemd: all deeds once, for solacefeed-run.timer: for who would rather have a timer than the daemon.
# `solacefeed install-service --print --timer` writes it for your paths.
[Unit]
Description=solacefeed: all deeds that are due
Documentation=file:{at.folder}/config.toml
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
{_who(at, "run")}
# A first poll of a large blog, and a large edition at its pace, take long.
TimeoutStartSec=infinity
# It ends after the copies in hand.
TimeoutStopSec=40
{_shut_off(at)}"""


def run_timer(at: Layout) -> str:
    return f"""\
# systemd: when solacefeed-run.service is started. One that is under way still is not started twice.
[Unit]
Description=solacefeed: looks whether a deed is due
Documentation=file:{at.folder}/config.toml

[Timer]
OnCalendar=*:0/15
# Many sites shall not ask at the same second.
RandomizedDelaySec=60
FixedRandomDelay=true
# What was missed while the machine was off is looked for at once.
Persistent=true

[Install]
WantedBy=timers.target
"""


def sysusers(at: Layout) -> str:
    return f"""\
# systemd-sysusers: the user that solacefeed's services run as.
u {at.user} - "solacefeed" {at.folder}
"""


def tmpfiles(at: Layout) -> str:
    return f"""\
# systemd-tmpfiles: the site's folder, which a web server reads the feeds of, that of its secrets, and that of backups.
d {at.folder} 0755 {at.user} {at.user} -
d /etc/solacefeed 0750 root {at.user} -
d {BACKUPS} 0700 {at.user} {at.user} -
"""


def files(at: Layout, *, timer: bool) -> Mapping[str, str]:
    """What is to be written, by its path; with *timer* the deeds are a timer's, and else the daemon's."""
    deeds = {"solacefeed-run.service": run_unit(at), "solacefeed-run.timer": run_timer(at)}
    units = deeds if timer else {"solacefeed.service": daemon_unit(at)}
    return {
        "/etc/sysusers.d/solacefeed.conf": sysusers(at),
        "/etc/tmpfiles.d/solacefeed.conf": tmpfiles(at),
        **{f"/etc/systemd/system/{name}": text for name, text in units.items()},
        "/etc/systemd/system/solacefeed-web.service": web_unit(at),
    }


def script(at: Layout, *, timer: bool) -> str:
    """All that is to be done, for a person to read and for root's shell to do; done twice, it changes nothing."""
    name = "solacefeed-run.timer" if timer else "solacefeed"
    folders = " ".join(sorted({str(PurePosixPath(path).parent) for path in files(at, timer=timer)}))
    written = "".join(f"cat > {path} <<'END'\n{text}END\n\n" for path, text in files(at, timer=timer).items())
    return f"""\
# Read it, and then, as root:  solacefeed install-service --print ... | sh
set -eu

# Not every machine has the folders for what administrators add.
mkdir -p {folders}

{written}systemd-sysusers solacefeed.conf
systemd-tmpfiles --create solacefeed.conf
# Also what init and a first run left there, of whoever did them: a store that the service may not write is none.
chown -R {at.user}: {at.folder}
# Where systemd does not run (sd_booted(3)), as while an image is made, it reads the units when it begins.
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

# Then, once {at.folder}/config.toml stands there (solacefeed init makes one; then run this once more):
#   systemctl enable --now {name}
#   systemctl enable --now solacefeed-web    # {"the pages" if timer else "where the daemon has --no-pages"}
# docs/operating.md says how all of this is undone.
"""


def _who(at: Layout, command: str) -> str:
    return f"""\
User={at.user}
WorkingDirectory={at.folder}
ExecStart={at.program} --config {at.folder}/config.toml {command}
# Secrets, such as SOLACEFEED_SMTP_PASSWORD, SOLACEFEED_SECRET and SOLACEFEED_STORE_URL; the same for each service.
EnvironmentFile=-/etc/solacefeed/environment"""


def _shut_off(at: Layout) -> str:
    return f"""\
# All that it may write, with the folder for backups where there is one. What the config has elsewhere ([backup] dir,
# mailboxes of [bounces] or unsubscribe_files, [site] output) wants a ReadWritePaths of its own.
ReadWritePaths={at.folder}
ReadWritePaths=-{BACKUPS}
ProtectSystem=strict
ProtectHome={at.home}
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
# The blog, the relay, the name system, who reads, PostgreSQL's socket, the journal.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0022
"""
