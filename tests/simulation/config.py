"""The config of a simulated site, written of its rules."""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.blog import HOME
from tests.simulation.rules import CadenceRule, DigestRule, Rules

_HEAD = f"""\
[source]
url = "{HOME}"
[site]
base_url = "https://feeds.example.org"
tag_authority = "example.org,2012"
organisation = "Example Officers"
language = "en-GB"
postal_address = "1 Market Square, Anytown"
[mail]
transport = "smtp"
host = "relay.example.org"
from = "Example Officers <digest@example.org>"
reply_to = "web@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
[[events]]
id = "summit-2027"
name = "Chief Officers' Summit"
place = "Harrogate"
starts = 2027-04-13
ends = 2027-04-15
"""


def written(rules: Rules) -> str:
    """The whole file."""
    return _HEAD + "".join(map(_digest, rules.digests))


def _digest(rule: DigestRule) -> str:
    lines = [
        "[[digests]]",
        f'name = "{rule.name}"',
        f'title = "The {rule.name} digest"',
        f"closes = {rule.first.toml()}",
        f'max_late = "{_hours(rule.max_late)}h"',
    ]
    return "\n".join(lines) + "\n"


def _hours(span: timedelta) -> int:
    return int(span / timedelta(hours=1))


def _cadence(rule: CadenceRule) -> str:
    return f"[[digests.cadences]]\ncloses = {rule.toml()}\n"
