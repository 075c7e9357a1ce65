"""What the book, the alerts and the dashboard say of the metrics is what the metrics are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from solacefeed.cli.root import root
from solacefeed.deeds.upkeep.edition_status import EditionOutcome
from solacefeed.deeds.upkeep.measures import SiteMeasures
from solacefeed.deeds.upkeep.status import SiteStatus
from solacefeed.deeds.upkeep.troubles import judgement
from solacefeed.models.records import Record
from solacefeed.store.outbox import OutboxStanding
from solacefeed.web.metrics import registry
from solacefeed.web.request_counts import RequestCounts

HOUSE = Path(__file__).resolve().parents[2]
BOOK = (HOUSE / "docs" / "monitoring.md").read_text(encoding="utf-8")
RULES = (HOUSE / "deploy" / "prometheus" / "rules.yml").read_text(encoding="utf-8")
DASHBOARD: Any = json.loads((HOUSE / "deploy" / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
#: Prometheus' own.
NOT_OURS = {"up"}
_NAME = re.compile(r"\b(?:solacefeed|process)_\w+|\bup\b")


def a_site() -> SiteMeasures:
    """One of which there is something of everything."""
    record = Record(id=1, deed="poll", started_at=NOW - timedelta(seconds=3), ended_at=NOW, ok=True, summary="poll")
    outcome = EditionOutcome(id="weekly/1", due_since=NOW, copies={"accepted": 1}, deferred=0, answer=None, ends_at=NOW)
    values: dict[str, Any] = {each.name: {} for each in fields(SiteStatus)}
    values |= {"now": NOW, "source": "x", "clock": "live", "crawled": True, "last_good_poll": NOW, "feeds": 1}
    values |= dict.fromkeys(("pings", "relay_lost", "left_out", "held", "quarantined"), 0)
    values |= {"feeds_changed": NOW, "digests": (), "editions": (outcome,), "posts": {"published": 1}}
    required = {each: values[each] for each in _required()}
    box = OutboxStanding(waits_since=NOW)
    status = replace(SiteStatus(**required), records={"poll": record}, last_good={"poll": NOW}, outbox=box)
    return SiteMeasures(
        status=status,
        judged=judgement(status),
        source_kind="rest",
        patience={"poll": timedelta(hours=6)},
        news={"poll": record},
        editions={("weekly", "done"): 1},
        readers=(),
        unkept=frozenset(),
        hard={},
        bounces={},
        deferred={"": 0},
        quarantined={"entry": 1},
        store_bytes=1,
    )


def _required() -> Iterator[str]:
    from dataclasses import MISSING

    for each in fields(SiteStatus):
        if each.default is MISSING and each.default_factory is MISSING:
            yield each.name


def collected() -> dict[str, Metric]:
    made = registry(a_site, RequestCounts())
    return {metric.name: metric for metric in made.collect()}


def series() -> dict[str, tuple[str, str]]:
    """By its name as Prometheus has it, the help of each metric and its type."""
    suffix = {"counter": "_total", "info": "_info"}
    return {
        name if name.endswith("_total") else f"{name}{suffix.get(each.type, '')}": (each.documentation, each.type)
        for name, each in collected().items()
    }


def rows(chapter: str) -> list[list[str]]:
    text = BOOK.partition(f"\n### {chapter}\n")[2].partition("\n#")[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_book_has_each_metric_with_its_help_and_its_labels() -> None:
    told = {row[0].strip("`"): row[-1].strip("| ") for row in rows("The metrics")}
    ours = {name: says for name, (says, _) in series().items() if name.startswith("solacefeed_")}
    assert told == ours
    others = {name for name in series() if not name.startswith("solacefeed_")}
    assert {each for each in others if f"`{each}`" not in BOOK} == set()


def test_names_follow_the_conventions_of_prometheus() -> None:
    for name, (says, kind) in series().items():
        assert re.fullmatch(r"[a-z_]+", name), name
        assert (kind == "counter") == name.endswith("_total"), name
        assert not re.search(r"_(ms|minutes|hours|days|kb|mb|percent|age)\b", name), name
        assert says[0].isupper() and says.endswith("."), says  # noqa: PT018


def test_what_is_told_is_read_back_by_the_librarys_own_parser() -> None:
    from prometheus_client import generate_latest

    body = generate_latest(registry(a_site, RequestCounts())).decode()
    assert {family.name for family in text_string_to_metric_families(body)} >= {"solacefeed_posts", "solacefeed_feeds"}


def expressions() -> list[str]:
    alerts = re.findall(r"expr: >-\n((?: {10}.*\n)+)", RULES)
    targets = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [" ".join(each.split()) for each in (*alerts, *targets)]


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_asks_for_what_there_is(expression: str) -> None:
    named = set(_NAME.findall(re.sub(r'"[^"]*"', "", expression)))
    assert named
    assert named <= set(series()) | NOT_OURS


def test_the_dashboard_has_panels_that_do_not_overlap_and_one_source_that_is_chosen() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    held: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + across, place["y"] + down) for across in range(place["w"]) for down in range(place["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & held, panel["title"]
        held |= cells
        assert panel["datasource"]["uid"] == "${datasource}"
    assert [each["name"] for each in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]


def test_the_book_has_each_alert_with_its_severity_and_its_command() -> None:
    names = re.findall(r"- alert: (\w+)", RULES)
    severities, commands = re.findall(r"severity: (\w+)", RULES), re.findall(r'command: "(.+)"', RULES)
    told = [(row[0].strip("`"), row[1], row[3].strip("`")) for row in rows("The alerts")]
    assert told == list(zip(names, severities, commands, strict=True))


def test_each_command_of_an_alert_is_one_of_ours_or_the_systems() -> None:
    for command in re.findall(r'command: "(.+)"', RULES):
        program, *words = command.split()
        if program != "solacefeed":
            assert program in ("systemctl", "journalctl")
            continue
        group: click.Command = root
        while isinstance(group, click.Group) and words:
            group = group.commands[words.pop(0)]
        known = {option for each in group.params for option in each.opts}
        assert {word for word in words if word.startswith("-")} <= known, command


def test_the_book_has_each_key_of_what_status_tells_to_programs() -> None:
    chapter = BOOK.partition("\n## `status --json`\n")[2].partition("key of `standing`")[2]
    told = [row.split("`")[1] for row in chapter.splitlines() if row.startswith("| `")]
    assert told == [each.name for each in fields(SiteStatus)]
