"""A name means one thing in the house, and what prose names is there."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from solacefeed.store.schema import metadata
from tests.house.test_floors import HOUSE, modules

#: What stands behind the dot in the name of a file.
ENDINGS = {"atom", "html", "ics", "json", "rss", "toml", "txt", "xml"}


def test_no_two_classes_that_others_may_use_have_one_name() -> None:
    homes = defaultdict(list)
    for path, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(path)
    assert len(homes) > 200
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_each_dotted_name_of_ours_in_prose_is_there() -> None:
    """A comment that points somewhere points at what is there; code that moved has left it behind otherwise."""
    there = {*names_there(), *columns()}
    ours = {name.partition(".")[0] for name in there}
    named = [
        (f"{path}:{line} {name}", name)
        for path in modules()
        for line, name in dotted_names((HOUSE / path).read_text(encoding="utf-8"))
        if name.partition(".")[0] in ours and name.rpartition(".")[2] not in ENDINGS
    ]
    assert len(named) > 30
    assert [where for where, name in named if name not in there] == []


def dotted_names(code: str) -> Iterator[tuple[int, str]]:
    """Each ``room.name``, with its line; between such quotes it can stand in docstrings and comments alone."""
    for found in re.finditer(r"``([a-z_]\w*(?:\.\w+)+)(?:\([^`]*\))?``", code):
        yield code.count("\n", 0, found.start()) + 1, found[1]


def names_there() -> Iterator[str]:
    """Every module, and whatever a module or a class of one defines, from its room on; and so of a neighbour's."""
    for path, tree in modules().items():
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in (module, *(f"{module}.{defined}" for defined in defined_in(tree))):
            yield name
            # As neighbours name one another: ``database.Store`` in the store's rooms.
            yield name.removeprefix(module.rpartition(".")[0]).removeprefix(".")


def defined_in(scope: ast.Module | ast.ClassDef) -> Iterator[str]:
    for node in scope.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
            yield from (f"{node.name}.{name}" for name in defined_in(node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.target)
        elif isinstance(node, ast.Assign):
            yield from map(ast.unparse, node.targets)


def columns() -> Iterator[str]:
    return (f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns)
