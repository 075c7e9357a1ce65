"""What has one room in the house is done there alone, read from the code."""

from __future__ import annotations

import ast

from tests.house.test_floors import modules


def test_what_an_answer_means_that_cant_be_believed_is_said_in_one_room() -> None:
    wrong = [
        f"{path}:{call.lineno} makes a {_name(call.func)}; let sources/answers.py"
        for path, call in _calls("sources/")
        if _name(call.func) in {"Refused", "NotTheApi"} and path != "sources/answers.py"
    ]
    assert wrong == []


def _calls(folder: str) -> list[tuple[str, ast.Call]]:
    return [
        (path, node)
        for path, tree in modules().items()
        if path.startswith(folder)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


def _name(function: ast.expr) -> str:
    """``Refused`` for ``Refused`` and for ``errors.Refused``."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
