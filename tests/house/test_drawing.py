"""Rooms are called by the words that one would look for, and stand where docs/architecture.md draws them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.test_floors import paths

DOCS = Path(__file__).parents[2] / "docs"

#: What rooms were called before, and no room is to be called again: pictures, where the field has a word.
RETIRED = {
    "agenda", "almanac", "chronicle", "deciding", "keeping", "moving", "oddities", "postroom", "press", "printing",
    "prospect", "saying", "shelf", "standing", "voice", "wishes",
}  # fmt: skip

#: Rooms that every package has, and those of which the folder says enough.
UNDRAWN = {"__init__", "__main__", "env"}


def names() -> list[str]:
    """What each module is called, without its folder; migrations are called by what they did."""
    return [Path(path).stem for path in paths() if not path.startswith("store/migrations/versions/")]


def drawing() -> str:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    return text[text.index("## The house") : text.index("## The way of one post")]


def concepts() -> set[str]:
    """The words of the table in docs/concepts.md, each in one and in several."""
    text = (DOCS / "concepts.md").read_text(encoding="utf-8")
    words = {word.lower() for bold in re.findall(r"\*\*([^*]+)\*\*", text) for word in re.split(r"[ -]", bold)}
    return words | {f"{word}s" for word in words} | {word.removesuffix("y") + "ies" for word in words}


@pytest.mark.parametrize("path", [path for path in paths() if "/" not in path or path.startswith("deeds/")])
def test_the_drawing_has_each_room_at_the_top_and_each_deed(path: str) -> None:
    name = Path(path).stem
    assert name in UNDRAWN or re.search(rf"\b{name}\b", drawing()), f"docs/architecture.md does not draw {path}"


def test_the_drawing_has_every_folder() -> None:
    folders = {folder for path in paths() for folder in Path(path).parts[:-1]} - {"versions"}
    assert [folder for folder in sorted(folders) if f"{folder}/" not in drawing()] == []


def test_every_file_that_the_docs_name_is_there() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_0-9]+)*\.py)`", text))
    # The simulator, which stands among the tests, has a chapter of its own.
    simulator = {path.name for path in (DOCS.parent / "tests" / "simulation").glob("*.py")}
    assert len(named & set(paths())) > 50
    assert sorted(named - set(paths()) - simulator) == []


def test_no_room_has_one_of_the_pictures_for_its_name() -> None:
    assert [name for name in names() if RETIRED & set(name.split("_"))] == []


#: Plain words, and those of the field: RFCs, WordPress, Python, newsletters. All others stand in docs/concepts.md.
PLAIN = {
    # Who gets which post, and why.
    "config", "contents", "counting", "drafting", "picking", "planned", "schedule", "steps",
    "correcting", "eligibility", "explaining", "frozen", "lineage", "why",
    "budget", "pieces",
    # A tryout.
    "heap", "newest", "report", "scratch", "weeks",
    # People who come by themselves.
    "address", "available", "by", "change", "complaining", "confirming", "history", "operator", "personal", "reader",
    "requests", "retention", "saving", "settings",
    # What a site looks like; the concepts have the other words.
    "colours",
    "advertising", "beginning", "boxes", "labels", "link", "plugins", "shortcodes", "telling",
    "copies", "again", "agreement", "resolving", "sending", "policy",
    "covered", "hints", "kinds", "recovering",
    # Visitors' pages.
    "challenge", "data", "following", "forms", "languages", "part", "preference", "subscribing", "typed", "visitors",
    # The desk.
    "acting", "approvals", "matters", "placing", "undoing",
    # What the law gives people.
    "aging", "exporting", "mailbox", "mailboxes", "mails", "may", "own", "privacy", "read",
    "rewriting", "lost", "unkept", "suppressing", "unsubscribe", "unsubscribes",
    # A mail.
    "choice", "long", "sizes", "view",
    "commit", "connection", "giving", "group", "hand", "handover", "in", "pool", "up",
    "compiled", "lock", "rested", "table", "wait",
    "bodies", "dkim", "header", "signature", "signed", "signing",
    "addresses", "alone", "besides", "chunks", "details", "paging", "progress",
    # Who is held to which list, and how they are looked for.
    "filters", "listed", "log", "membership", "person", "search", "show",
    # Who watches.
    "charts", "counts", "deferred", "families", "measures", "metrics", "monitoring", "readiness", "request", "room",
    "sheet", "status", "statusz", "sums", "watchers", "writable", "troubles", "process", "state",
    # What a site stands on.
    "authentication", "certificate", "dns", "doctor", "examinations", "lookup", "machine", "policies", "results",
    "sender", "senders", "soundness",
    # What is told of what bites later.
    "daily", "disk", "letter", "outlook",
    # Which post it is, and feeds as they are met.
    "bounds", "cancelling", "other",
    "appeared", "first", "looks", "mending", "recognition", "unreadable",
    "acknowledgements", "advice", "answer", "answers", "api", "app", "atom", "audience", "authors", "back", "base",
    "batches",
    "application", "clients", "connections", "health", "leaving", "limits", "missing", "negotiation", "routing",
    "security", "signals",
    "alternatives", "announced", "embeds", "facades", "galleries", "linking", "pictures",
    "bisection", "blog", "blurb", "build", "byline", "calendar", "categories", "category", "changes", "characters",
    "check", "checks", "choices", "choose", "clean", "client", "clock", "closings", "com", "complaints", "console",
    "content", "context", "counters",
    "database", "date", "dates", "days", "decision", "decisions", "deeds", "deliver", "deliveries",
    "describing", "dialects", "digests", "directory", "documents", "due", "editions", "elements", "ends", "entries",
    "entry", "env", "errors", "event", "events", "excerpt", "execution", "export", "facts", "feed", "feeds", "fence",
    "file",
    "files", "filing", "finding", "formats", "former", "found", "fragments", "freeze", "gate", "grammar", "guard",
    "halving", "headings", "held",
    "ics", "identity", "init", "instants", "json", "jsonfeed", "known", "lines", "links", "list", "lists",
    "loading", "locks", "loop", "made", "mail", "mailable", "mailing", "marks", "markup", "media", "memo",
    "mentions", "merging", "moves", "named", "names",
    "messages", "months", "noticing", "options", "origin", "outcome", "output", "numeric", "over", "page",
    "pages", "places", "plain",
    "pairing", "parts", "people", "periods", "permanence", "ping", "pings", "plan", "planning", "poll", "ports",
    "posts", "prepare", "preview", "promotion", "promotions", "publish", "publishing", "quarantine", "queries",
    "readers", "reading", "records", "redirects", "refresh", "refusals", "rehearsal", "remake", "removals",
    "bringing", "choosing", "columns", "judging", "moments", "new", "statuses", "subscriptions",
    "bounced", "bounces", "fields", "imap", "path", "received", "return",
    "cells", "csv", "email", "grids", "opening", "workbooks", "writing",
    "renderer", "rendering", "reread", "retries", "residue", "rest", "resting",
    "revisions", "root", "round", "row", "rows", "rss",
    "rules", "savepoints", "schema", "selection", "server", "session", "shown", "sightings", "site", "slugs",
    "smtp", "sources", "stable", "starter", "states", "structure", "subscribe", "subscriber", "subscribers",
    "subscription", "tables", "tagging", "tags", "take", "template", "templating", "text", "times", "tokens", "toml",
    "tree", "tribe",
    "understanding", "unpacking", "upkeep", "urls", "values", "views", "wanted", "web", "websub",
    "with", "wordpress", "words", "xml", "zones",
    # What runs for good, on several machines.
    "delivering", "ending", "job", "jobs", "leading", "queue", "turns", "worker",
    # What runs for good.
    "install", "logs", "stream", "manager", "running", "service", "units",
    # Who follows what is published.
    "access", "agents", "user",
    # How fast mail leaves.
    "pacing",
    # What a store is kept by, and how one is brought back.
    "adopt", "adopted", "backup", "backups", "brought", "copying", "doubted", "home", "relay", "restore", "taken",
    "away", "migrate", "move", "moved", "store", "transfer", "upgrade", "upgrading",
}  # fmt: skip


def test_a_room_is_called_by_a_plain_word_or_by_one_that_the_concepts_explain() -> None:
    known = PLAIN | concepts()
    unknown = {f"{name}: {word}" for name in names() for word in name.split("_") if word and word not in known}
    assert sorted(unknown - {"__init__: init", "__main__: main"}) == []
    assert sorted(PLAIN - {word for name in names() for word in name.split("_")}) == []
