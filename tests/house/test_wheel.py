"""The wheel has what the product needs and no more, in modules that can be read in one go."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zipfile import ZipFile

from hatchling.builders.wheel import WheelBuilder

from tests.house.test_floors import modules, nodes

HOUSE = Path(__file__).resolve().parents[2]

#: Where the product is entered.
DOORS = {"__main__.py", "cli/__init__.py"}
#: What a library finds by itself, in a folder that it is shown.
FOUND_BY_LIBRARIES = ("store/migrations/env.py", "store/migrations/versions/")

MOST_LINES = 400
#: Tables, which are read by the row.
TABLES = {"config/tables.py", "store/schema.py"}
#: Others that are longer still, to be cut.
STILL_LONG: set[str] = set()

#: What libraries look for under its very name.
CALLED_BY_LIBRARIES = re.compile(r"do_[A-Z]+|revision|down_revision|upgrade|__all__")


def test_a_module_is_short_enough_to_be_read() -> None:
    long = {path for path, lines in lengths().items() if lines > MOST_LINES}
    assert long - TABLES == STILL_LONG


def lengths() -> dict[str, int]:
    return {path: len((HOUSE / "src" / "solacefeed" / path).read_text().splitlines()) for path in modules()}


# -- what is in it -------------------------------------------------------------------------------------


def test_the_wheel_has_the_package_alone_whole_with_its_templates_and_sample(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(HOUSE)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(wheel) as packed:
        files = set(packed.namelist())
    inside = {file.removeprefix("solacefeed/") for file in files if file.startswith("solacefeed/")}
    assert {file.partition("/")[0].partition("-")[0] for file in files} == {"solacefeed"}
    assert {file for file in inside if file.endswith(".py")} == modules().keys()
    templates = {path.relative_to(HOUSE / "templates") for path in (HOUSE / "templates").rglob("*") if path.is_file()}
    assert {Path(file).relative_to("_templates") for file in inside if file.startswith("_templates/")} == templates
    assert {"sample/blog.json", "sample/summit.html"} < inside
    assert not any("__pycache__" in file for file in inside)


def test_every_module_of_the_wheel_is_reached_from_the_doors() -> None:
    left = {path for path in modules() if not path.startswith(FOUND_BY_LIBRARIES)} - reached(DOORS)
    assert left == set(), "only tests use that: let it stand among them"


def reached(doors: set[str]) -> set[str]:
    """The modules that those at the *doors* import, or load by their names, and all that these do."""
    known: set[str] = set()
    waiting = list(doors)
    while waiting:
        path = waiting.pop()
        if path not in known:
            known.add(path)
            waiting += used_by(path)
    return known


@cache
def used_by(path: str) -> tuple[str, ...]:
    """The modules that *path* imports, with the packages they stand in; also those that one of its tables names."""
    names = [*imports(modules()[path]), *named_in_tables(path)]
    parts = [name.split(".") for name in names]
    paths = (".".join(each[:depth]) for each in parts for depth in range(len(each) + 1))
    return tuple({file for each in paths for file in files_of(each) if file in modules()})


def imports(tree: ast.Module) -> Iterator[str]:
    """The dotted names below the package that a module imports: rooms, modules, or what stands in them."""
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "solacefeed":
            yield from (f"{node.module}.{each.name}".partition(".")[2] for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name.partition(".")[2] for each in node.names if each.name.startswith("solacefeed."))


def named_in_tables(path: str) -> Iterator[str]:
    """What ``import_module(f"solacefeed.ROOM.{...}")`` may load: the modules of the room that the module names."""
    text = loaders().get(path, "")
    for room in re.findall(r"import_module\(f'solacefeed\.(\w+)\.", text):
        yield from (f"{room}.{word}" for word in set(re.findall(r"'(\w+)'", text)))


@cache
def loaders() -> dict[str, str]:
    """Each module that loads others by their names, as Python would write it."""
    texts = {path: (HOUSE / "src" / "solacefeed" / path).read_text(encoding="utf-8") for path in modules()}
    return {path: ast.unparse(modules()[path]) for path, text in texts.items() if "import_module(" in text}


# -- what nobody uses ----------------------------------------------------------------------------------


def test_nothing_is_made_for_tests_alone() -> None:
    used = {name for path in modules() for name in uses(path)}
    unused = [
        f"{path}: {name}"
        for path, tree in modules().items()
        if not path.startswith(FOUND_BY_LIBRARIES)
        for name in defined(tree)
        if (path, name) not in used and not CALLED_BY_LIBRARIES.fullmatch(name) and name not in said(path)
    ]
    assert unused == []


def defined(tree: ast.Module) -> Iterator[str]:
    """The functions, classes and constants of a module; what is decorated, its decorator may have taken."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from () if isinstance(node, ast.FunctionDef) and node.decorator_list else (node.name,)
        elif isinstance(node, ast.Assign):
            yield from (each.id for each in node.targets if isinstance(each, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


@cache
def uses(path: str) -> frozenset[tuple[str, str]]:
    """Which names of which modules the module at *path* uses: those it imports, and its own outside their making."""
    tree = modules()[path]
    imported = {each.rpartition(".")[::2] for each in imports(tree)}
    rooms = {name: f"{room}.{name}".lstrip(".") for room, name in imported}
    of_modules = {
        (rooms[node.value.id], node.attr)
        for node in nodes(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in rooms
    }
    aliased = {
        (f"{(node.module or '').partition('.')[2]}.{each.name}".lstrip("."), found.attr)
        for node in nodes(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("solacefeed")
        for each in node.names
        if each.asname
        for found in nodes(tree)
        if isinstance(found, ast.Attribute) and isinstance(found.value, ast.Name) and found.value.id == each.asname
    }
    own = {
        (path, found.id)
        for node in tree.body
        for found in ast.walk(node)
        if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Load) and found.id != getattr(node, "name", None)
    }
    others = {(file, name) for room, name in imported | of_modules | aliased for file in files_of(room)}
    return frozenset(others | own)


def files_of(name: str) -> tuple[str, str]:
    """Where a module of this dotted name may be."""
    path = name.replace(".", "/")
    return f"{path}.py", f"{path}/__init__.py".lstrip("/")


@cache
def said(path: str) -> frozenset[str]:
    """What is called by its name in the module's own room, as the kinds of sources and the commands are."""
    room = path.rpartition("/")[0].partition("/")[0]
    texts = [text for text in loaders().values() if f"import_module(f'solacefeed.{room}." in text]
    return frozenset(word for text in texts for word in re.findall(r"'(\w+)'", text))
