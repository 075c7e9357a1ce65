"""The config of a simulated site, written of its rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from tests.simulation.blog import HOME
from tests.simulation.rules import CadenceRule, DigestRule, Rules

#: Where the feeds are served.
FEEDS = "https://feeds.example.org"
_HEAD = f"""\
[source]
url = "{HOME}"
[site]
base_url = "{FEEDS}"
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
return_path = "bounces@example.org"
[bounces]
maildir = "bounces"
[web]
base_url = "https://news.example.org"
welcome = false
[delivery]
connections = 1
[[events]]
id = "summit-2027"
name = "Chief Officers' Summit"
place = "Harrogate"
starts = 2027-04-13
ends = 2027-04-15
"""


def written(rules: Rules) -> str:
    """The whole file."""
    follow = f"[tags]\nfollow = {_list(rules.follow)}\n" if rules.follow else ""
    feeds = f"[feeds]\nentries = {rules.entries}\n"
    return _HEAD + feeds + follow + "".join(map(_digest, rules.digests))


def _digest(rule: DigestRule) -> str:
    lines = [
        "[[digests]]",
        f'name = "{rule.name}"',
        f'title = "The {rule.name} digest"',
        f"closes = {rule.first.toml()}",
        f'max_late = "{_minutes(rule.max_late)}m"',
        f'settle = "{_minutes(rule.settle)}m"',
        f"max_age_days = {rule.max_age.days}",
        f'mail_within = "{rule.mail_within.days}d"',
        f"repeats = {str(rule.repeats).lower()}",
        f'approval = "{rule.approval}"',
        f'corrections = "{"always" if rule.corrections else "never"}"',
        # What would wait for an editor by itself is no part of these stories.
        "hold_over = 0",
        *([f"categories = {_list(rule.categories)}"] if rule.categories is not None else []),
        *(["[digests.marks]", f"leave_out = {_list(rule.leave_out)}"] if rule.leave_out else []),
        *(line for cadence in rule.cadences[1:] for line in _cadence(cadence)),
    ]
    return "\n".join(lines) + "\n"


def _cadence(rule: CadenceRule) -> list[str]:
    at_once = [f'morning = "{rule.closings[0].at:%H:%M}"', f"most_a_day = {rule.most_a_day}"]
    return ["[[digests.cadences]]", f"closes = {rule.toml()}", *(at_once if rule.kind == "at-once" else [])]


def _minutes(span: timedelta) -> int:
    return int(span / timedelta(minutes=1))


def _list(slugs: Iterable[str]) -> str:
    quoted = (f'"{slug}"' for slug in slugs)
    return f"[{', '.join(quoted)}]"
