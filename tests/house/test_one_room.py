"""What has one room in the house is done there alone, read from the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.test_floors import imported, modules, nodes


def test_what_an_answer_means_that_cant_be_believed_is_said_in_one_room() -> None:
    wrong = [
        f"{path}:{call.lineno} makes a {_name(call.func)}; let sources/answers.py"
        for path, call in _calls("sources/")
        if _name(call.func) in {"Refused", "NotTheApi"} and path != "sources/answers.py"
    ]
    assert wrong == []


def test_what_has_no_answer_becomes_a_sources_error_in_one_room() -> None:
    """The HTTP client's own error is no source's; see ``sources.answers.asked``."""
    wrong = [
        f"{path}:{call.lineno} asks the HTTP client itself; let answers.asked()"
        for path, call in _calls("sources/")
        if _name(call.func) in {"get", "post"} and _is_client(call.func) and path != "sources/answers.py"
    ]
    assert wrong == []


def test_addresses_are_taken_apart_and_joined_in_one_room() -> None:
    """urllib's parser raises on what anybody may write; see ``addresses``."""
    theirs = {"urlsplit", "urlparse", "urljoin", "urldefrag", "urlunsplit", "urlunparse", "SplitResult", "ParseResult"}
    wrong = [
        f"{path} imports {name}; let addresses.py"
        for path, tree in modules().items()
        for name in imported(tree)
        if name == "urllib.parse" or name.removeprefix("urllib.parse.") in theirs
        if path != "addresses.py"
    ]
    assert wrong == []


def test_days_and_months_are_named_in_one_room() -> None:
    """``strftime`` writes "04 January", and in whatever language the process's locale is; see ``words``."""
    wrong = [
        f"{path}:{node.lineno} writes {ast.unparse(node)}; let words.py"
        for path, tree in modules().items()
        for node in nodes(tree)
        if isinstance(node, ast.expr) and re.search("%[-_0^#]?[aAbBhcx]", _format_of_time(node))
    ]
    assert wrong == []


def _format_of_time(node: ast.expr) -> str:
    if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
        return ast.unparse(node.format_spec)
    return (
        " ".join(map(ast.unparse, node.args)) if isinstance(node, ast.Call) and _name(node.func) == "strftime" else ""
    )


def _is_client(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and ast.unparse(function.value).endswith("client")


def test_what_a_feeds_key_says_of_it_is_read_and_written_in_one_room() -> None:
    """``models.feeds`` knows how a kind and a key go together; whoever splits or joins one elsewhere knows it again."""
    firsts = tuple(f"{kind}/" for kind in ("category", "author", "combined"))
    wrong = [
        f"{path}:{line} writes {text!r}; let FeedKind do it"
        for path, tree in modules().items()
        if path != "models/feeds.py"
        for line, text in _texts(tree)
        if text.startswith(firsts)
    ]
    assert wrong == []


def test_copies_and_letters_are_changed_in_one_room() -> None:
    """See ``store.mail_moves``; what is by a worker's own claim, and statements of any table's, are known by name."""
    mail = {"deliveries", "outbox", "schema.deliveries", "schema.outbox"}
    wrong = [
        f"{path}:{call.lineno} changes mail by itself; let mail_moves.move() or change()"
        for path, call in _calls("store/")
        if not path.startswith(("store/migrations/", "store/mail_moves.py"))
        if _updated(call) in mail or (_updated(call) == "table" and path in _OF_MAIL - _BY_CLAIM)
    ]
    assert wrong == []


#: Rooms whose ``table`` may be one of mail.
_OF_MAIL = {"store/mail_states.py", "store/doubted_mail.py", "store/mail_groups.py", "store/held_editions.py"}
_BY_CLAIM = {"store/mail_states.py"}


def _updated(call: ast.Call) -> str | None:
    """The table whose rows are changed by it, as it is named there."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "update" and not call.args:
        return ast.unparse(call.func.value)
    if _name(call.func) in {"update", "update_all"} and call.args:
        return ast.unparse(call.args[1 if _name(call.func) == "update_all" else 0])
    return None


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text in the code with its line; of one with values in it, its beginning."""
    later = {id(part) for node in nodes(tree) if isinstance(node, ast.JoinedStr) for part in node.values[1:]}
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in later:
            yield node.lineno, node.value


def _calls(folder: str) -> list[tuple[str, ast.Call]]:
    return [
        (path, node)
        for path, tree in modules().items()
        if path.startswith(folder)
        for node in nodes(tree)
        if isinstance(node, ast.Call)
    ]


def _name(function: ast.expr) -> str:
    """``Refused`` for ``Refused`` and for ``errors.Refused``."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_lists_are_cut_for_statements_in_one_place() -> None:
    """A database takes so many values in one statement; see ``store.database.among``."""
    wrong = [
        f"{path}:{call.lineno} asks for a list in one statement; let among() cut it"
        for path, tree in modules().items()
        for function in nodes(tree)
        if isinstance(function, ast.FunctionDef) and (path, function.name) != ("store/database.py", "among")
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and _name(call.func) in {"in_", "not_in", "notin_"}
        if not all(_is_short(argument, function) for argument in call.args)
    ]
    assert wrong == []


def test_rows_are_written_one_by_one_and_never_as_one_statement() -> None:
    """``insert().values([...])`` has a parameter for each column of each row; ``execute(insert(), rows)`` has not."""
    wrong = [f"{path}:{call.lineno}" for path, call in _calls("store/") if _name(call.func) == "values" and call.args]
    assert wrong == []


def _is_short(argument: ast.expr, function: ast.FunctionDef) -> bool:
    """Whether that is no list that grows: a tuple as it stands, a CONSTANT or a part of one, or another query."""
    if isinstance(argument, ast.Tuple):
        return True
    if isinstance(argument, ast.Subscript):
        return isinstance(argument.value, ast.Name) and argument.value.id.isupper()
    if isinstance(argument, ast.Name):
        return argument.id.isupper() or any(_is_query(made) for made in _bound_to(argument.id, function))
    return _is_query(argument)


def _bound_to(name: str, function: ast.FunctionDef) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
    ]


def _is_query(value: ast.expr) -> bool:
    """``sa.select(...)``, whatever is called on it."""
    while isinstance(value, ast.Call):
        if _name(value.func) in {"select", "scalar_subquery"}:
            return True
        value = value.func.value if isinstance(value.func, ast.Attribute) else value.func
    return False


def test_what_the_store_holds_is_taken_for_a_state_in_one_place() -> None:
    """A newer release may have written another; see ``store.database.as_known``."""
    states = {
        node.name
        for tree in modules().values()
        for node in nodes(tree)
        if isinstance(node, ast.ClassDef) and any(_name(base) in {"StrEnum", "IntEnum"} for base in node.bases)
    }
    wrong = [
        f"{path}:{call.lineno} makes a {_name(call.func)}; let as_known()"
        for path, call in _calls("store/")
        if _name(call.func) in states
    ]
    assert wrong == []
