"""A name means one thing in the house, and what prose names is there."""

from __future__ import annotations

import ast
from collections import defaultdict

from tests.house.test_floors import modules


def test_no_two_classes_that_others_may_use_have_one_name() -> None:
    homes = defaultdict(list)
    for path, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(path)
    assert len(homes) > 200
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}
