"""The house as docs/architecture.md draws it, read from the imports: who stands on whom, where each library lives."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import solacefeed

HOUSE = Path(solacefeed.__file__).parent

#: From the ground up: a room imports from itself and from the floors below.
FLOORS = (
    {
        *("models", "errors", "ports", "words", "catalogue", "stable", "addresses", "event_kinds", "site", "config"),
        *("email_addresses", "person_names", "mail_lines", "pace"),
        *("brand", "palette", "colours"),
    },
    {"text", "events", "posts", "views", "publish", "digest", "tokens", "traces", "readership"},
    {
        *("http_client", "dns_client", "sources", "sample", "store", "delivery", "files", "scratch", "heap", "websub"),
        *("spreadsheets", "logs", "log_stream", "access_logs"),
        *("templating", "template_files", "template_sandbox"),
    },
    {"deeds"},
    {"app", "composition", "cli", "daemon", "service_units", "signals", "tryout", "web", "__main__"},
)
#: Words of the ground floor that import one another.
GROUND = {
    "models": {"addresses"},
    "ports": {"models"},
    "config": {"models", "errors", "words", "addresses", "email_addresses", "brand", "palette", "colours", "pace"},
    "pace": {"email_addresses", "stable"},
    "brand": {"addresses", "palette", "mail_lines", "stable"},
    "palette": {"colours"},
    "catalogue": {"errors"},
    "words": {"catalogue"},
}
#: Neighbours that a room may look at.
DOORS_BETWEEN = {
    "digest": {"views"},
    "posts": {"text"},
    "logs": {"log_stream"},
    "publish": {"views", "text"},
    "sources": {"http_client"},
    # A copy of a store in which a journal is played back.
    "store": {"scratch"},
    "templating": {"template_files", "template_sandbox"},
    "websub": {"http_client"},
    # The doors: the command line opens them all, the daemon does what the app composes, and that serves the web.
    "composition": {"web"},
    "app": {"composition"},
    "daemon": {"app", "composition", "signals"},
    "tryout": {"app", "web"},
    "cli": {"app", "composition", "daemon", "service_units", "signals", "tryout", "web"},
    "__main__": {"cli"},
}

#: The wings of deeds/, and the modules beside them, in the order in which they stand on one another.
WINGS = (
    {"chunks", "clock", "execution", "halving", "held_back", "resting"},
    {"people", "events"},
    {"mailing", "posts", "publishing"},
    {"editions"},
    {"delivering"},
    {"upkeep", "tryout"},
)

#: Where each library is used; elsewhere its names stand in annotations alone, as those of values that are lent.
HOMES = {
    "alembic": {"store/migrations"},
    "apscheduler": {"daemon/schedule.py"},
    "babel": {"catalogue.py", "words.py"},
    "brotli": {"files.py"},
    "checkdmarc": {"dns_client/sender_policies.py"},
    "click": {"cli"},
    "crawleruseragents": {"readership/user_agents.py"},
    "cryptography": {"delivery/signing.py"},
    "css_inline": {"digest/rendering.py"},
    "dns": {"dns_client/lookup.py"},
    "email_validator": {"email_addresses.py"},
    "flufl": {"delivery/bounces.py"},
    "greenlet": {"delivery/event_loop.py"},
    "feedgen": {"publish/atom.py", "publish/rss.py"},
    "feedparser": {"sources/feed_xml.py"},
    "httpx": {"http_client"},
    "icalendar": {"publish/ics.py", "sources/calendars_values.py", "sources/calendars_zones.py"},
    "itsdangerous": {"tokens.py"},
    "jinja2": {"templating.py", "template_sandbox.py"},
    "markupsafe": {"templating.py"},
    "limits": {"web/limits.py"},
    "lxml": {"publish/atom.py", "publish/fragments.py", "publish/markup.py", "publish/rss.py", "text/tree.py"},
    "nh3": {"text/clean.py"},
    "procrastinate": {"daemon/queue.py"},
    "prometheus_client": {"web/metrics.py"},
    "pydantic": {"config"},
    "pydantic_core": {"config"},
    "python_calamine": {"spreadsheets/workbooks.py"},
    "pysqlite3": {"store/database.py"},
    "rich": {"cli"},
    "sqlalchemy": {"store"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    # Of the standard library, what touches the world in its own way.
    "csv": {"spreadsheets/csv_files.py", "spreadsheets/writing.py"},
    "imaplib": {"delivery/imap_mailbox.py"},
    "fcntl": {"store/locks.py", "delivery/mailboxes.py", "scratch.py"},
    "smtplib": {"delivery/smtp.py", "delivery/smtp_session.py"},
    "sqlite3": {"store/database.py"},
    "tomllib": {"config"},
}

#: What thought has no use for: files, the network, clocks, chance, threads.
WORLDLY = {
    "asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "ssl", "subprocess",
    "tempfile", "threading", "time",
}  # fmt: skip
WORLDLY_CALLS = {"now", "utcnow", "today", "open", "read_text", "read_bytes", "write_text", "write_bytes", "print"}


def paths() -> list[str]:
    """Where every module stands below the package; whoever collects tests reads none."""
    return [path.relative_to(HOUSE).as_posix() for path in sorted(HOUSE.rglob("*.py"))]


@cache
def modules() -> dict[str, ast.Module]:
    """Every module's tree, by its path below the package."""
    return {path: ast.parse((HOUSE / path).read_text(encoding="utf-8")) for path in paths()}


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """All that is in it, walked through once for all who ask."""
    return tuple(ast.walk(tree))


def room(path: str) -> str:
    """``text`` for ``text/clean.py``, ``files`` for ``files.py``."""
    return path.partition("/")[0].removesuffix(".py")


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


@cache
def imported(tree: ast.Module) -> tuple[str, ...]:
    """The dotted names that a module imports, wherever in it."""
    return tuple(_imported(tree))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide where they lead"
            yield from (f"{node.module}.{name.name}" for name in node.names)


@cache
def libraries_of(path: str) -> frozenset[str]:
    """The packages that the module at *path* imports from, ours among them."""
    return frozenset(name.partition(".")[0] for name in imported(modules()[path]))


def rooms_used(tree: ast.Module) -> set[str]:
    """The rooms of ours that a module imports from."""
    inside = (name.split(".") for name in imported(tree))
    return {parts[1] for parts in inside if parts[0] == "solacefeed" and not parts[1].startswith("__")}


def may_use(user: str, used: str) -> bool:
    if user == used or floor(used) < floor(user):
        return True
    return used in DOORS_BETWEEN.get(user, set()) | GROUND.get(user, set())


def test_every_module_stands_in_a_room_of_the_drawing() -> None:
    drawn = {name for rooms in FLOORS for name in rooms}
    assert {room(path) for path in modules()} - {"__init__"} <= drawn


def test_a_module_imports_from_its_own_room_and_from_lower_floors() -> None:
    wrong = [
        f"{path} imports {used}"
        for path, tree in modules().items()
        if room(path) != "__init__"
        for used in sorted(rooms_used(tree))
        if not may_use(room(path), used)
    ]
    assert wrong == []


def wing(name: str) -> str:
    """``posts`` for ``deeds/posts/poll.py`` and ``solacefeed.deeds.posts.poll``, ``clock`` for ``deeds/clock.py``."""
    return name.removesuffix(".py").replace("/", ".").removeprefix("solacefeed.").split(".")[1]


def wings_used(tree: ast.Module) -> set[str]:
    return {wing(name) for name in imported(tree) if name.startswith("solacefeed.deeds.")}


def wing_number(name: str) -> int:
    return next(number for number, wings in enumerate(WINGS) if name in wings)


def test_the_wings_of_the_deeds_stand_on_one_another_without_a_ring() -> None:
    deeds = {path: tree for path, tree in modules().items() if room(path) == "deeds" and path != "deeds/__init__.py"}
    wrong = [
        f"{path} imports {used}"
        for path, tree in deeds.items()
        for used in sorted(wings_used(tree) - {wing(path)})
        if wing_number(used) >= wing_number(wing(path))
    ]
    assert wrong == []
    assert {wing(path) for path in deeds} == set[str]().union(*WINGS)


def test_each_outside_library_has_a_home() -> None:
    outside = (
        {name for path in modules() for name in libraries_of(path)}
        - sys.stdlib_module_names
        - {"solacefeed", "_typeshed"}
    )
    assert outside <= HOMES.keys()


def test_a_library_is_used_at_home_and_only_named_elsewhere() -> None:
    wrong = [
        f"{library} in {path}: {name}"
        for library in sorted(HOMES)
        for path, tree in modules().items()
        if library in libraries_of(path) and not _at_home(path, library)
        for name in sorted(_used_names(tree, library))
    ]
    assert wrong == []


def test_every_home_is_lived_in() -> None:
    users = {library: [path for path in modules() if library in libraries_of(path)] for library in HOMES}
    deserted = [
        f"{library} in {home}"
        for library, homes in HOMES.items()
        for home in sorted(homes)
        if not any(_stands_in(path, home) for path in users[library])
    ]
    assert deserted == []


def test_the_thinking_floor_knows_no_clock_no_file_and_no_network() -> None:
    thought = {path: tree for path, tree in modules().items() if room(path) in FLOORS[1]}
    imports = [
        f"{path} imports {name}"
        for path, tree in thought.items()
        for name in imported(tree)
        if name.partition(".")[0] in WORLDLY
    ]
    calls = [f"{path} calls {name}()" for path, tree in thought.items() for name in _called(tree) & WORLDLY_CALLS]
    assert imports + calls == []


def _at_home(path: str, library: str) -> bool:
    return any(_stands_in(path, home) for home in HOMES[library])


def _stands_in(path: str, home: str) -> bool:
    return path == home or path.startswith(f"{home}/")


def _called(tree: ast.Module) -> set[str]:
    functions = [node.func for node in nodes(tree) if isinstance(node, ast.Call)]
    return {
        function.attr if isinstance(function, ast.Attribute) else function.id
        for function in functions
        if isinstance(function, ast.Attribute | ast.Name)
    }


def _used_names(tree: ast.Module, library: str) -> set[str]:
    """The names of *library* that a module uses for more than to annotate."""
    bound = {name for node in nodes(tree) for name in _bound(node, library)}
    annotating = {id(part) for node in nodes(tree) for part in _annotations(node)}
    named = (node for node in nodes(tree) if isinstance(node, ast.Name) and id(node) not in annotating)
    return {node.id for node in named} & bound


def _bound(node: ast.AST, library: str) -> Iterator[str]:
    """The names that an import statement binds to *library* or to parts of it."""
    if isinstance(node, ast.Import):
        ours = (name for name in node.names if name.name.partition(".")[0] == library)
        yield from (name.asname or name.name.partition(".")[0] for name in ours)
    elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == library:
        yield from (name.asname or name.name for name in node.names)


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    """Every part of the annotations that *node* itself bears."""
    for name in ("annotation", "returns"):
        annotation = getattr(node, name, None)
        if isinstance(annotation, ast.AST):
            yield from ast.walk(annotation)
