"""The catalogues are held to the code and the templates: nothing is said that no translator sees."""

from __future__ import annotations

import ast

import pytest

from tests.house.test_floors import modules, nodes
from tests.languages import updating

UPDATE = "update the catalogues: make catalogues"
SAYING = {"gettext": 0, "N_": 0, "ngettext": 0, "pgettext": 1}


def test_the_template_has_every_message_and_no_other() -> None:
    assert updating.TEMPLATE.read_text(encoding="utf-8") == updating.template(), UPDATE


@pytest.mark.parametrize("path", updating.shipped(), ids=lambda path: path.name)
def test_a_shipped_catalogue_has_every_message_and_no_other(path: object) -> None:
    (found,) = [each for each in updating.shipped() if each == path]
    assert found.read_text(encoding="utf-8") == updating.updated(found), UPDATE


def test_each_message_stands_where_it_can_be_taken_out() -> None:
    """Python tells what is within an f-string to nobody; and a message in pieces is none."""
    wrong = [
        f"{path}:{call.lineno}"
        for path, tree in modules().items()
        for whole in nodes(tree)
        if isinstance(whole, ast.JoinedStr)
        for call in ast.walk(whole)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SAYING
        if isinstance(call.args[SAYING[call.func.id]], ast.Constant)
    ]
    assert wrong == []
