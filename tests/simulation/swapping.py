"""Changes a line of a module that is loaded: functions get the code that the changed source has, whoever holds them.

So a process that has everything warm can be forked, and the bug be planted in the fork alone.
"""

from __future__ import annotations

import ast
import functools
import gc
import importlib
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from solacefeed.store.compiled import Compiled


def swap(module_name: str, before: str, after: str) -> None:
    """Makes the module be what the source *after* says, where that of *before* is loaded.

    What has been worked out by functions that keep their answers is forgotten. Raises ``ValueError`` where they differ
    in something else than functions and one constant that no other module has taken over.
    """
    module = importlib.import_module(module_name)
    old, new = (compile(text, module.__file__ or "", "exec", dont_inherit=True) for text in (before, after))
    changed = list(_changed(old, new))
    for code in changed:
        _function(module, code.co_qualname).__code__ = code
    if not changed:
        _set_constant(module, before, after)
    _forget_answers()


def _changed(old: CodeType, new: CodeType) -> Iterator[CodeType]:
    """The functions of *new*, outermost, that are other ones in *old*; those of classes too."""
    pairs = zip(_inside(old), _inside(new), strict=True)
    for one, other in pairs:
        if one == other:
            continue
        # The body of a class is no function: it is not run anew.
        if other.co_flags & 0x2:
            yield other
        else:
            yield from _changed(one, other)


def _inside(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _function(module: ModuleType, name: str) -> FunctionType:
    found: Any = module
    for part in name.split("."):
        found = vars(found)[part]
    while not isinstance(found, FunctionType):
        inner = getattr(found, "__wrapped__", None) or getattr(found, "__func__", None) or getattr(found, "fget", None)
        found = inner or getattr(found, "func", None)
        if found is None:
            raise ValueError(f"{module.__name__}.{name} is no function that can be changed")
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    assert isinstance(found, FunctionType)
    return found


def _set_constant(module: ModuleType, before: str, after: str) -> None:
    """Of a module that has it for itself."""
    differing = [
        (one, other)
        for one, other in zip(ast.parse(before).body, ast.parse(after).body, strict=True)
        if ast.dump(one) != ast.dump(other)
    ]
    if len(differing) != 1 or not isinstance(differing[0][1], ast.Assign):
        raise ValueError(f"{module.__name__}: what differs is neither a function nor one constant")
    statement = differing[0][1]
    exec(compile(ast.Module([statement], []), module.__file__ or "", "exec"), vars(module))  # our own line


def _forget_answers() -> None:
    """What a process has frozen for its forks is told of no more, so it is thawed first."""
    gc.unfreeze()
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper) and (each.__module__ or "").startswith("solacefeed"):
            each.cache_clear()
        elif isinstance(each, Compiled):
            # Words of statements, which are made of what functions say.
            each._words.clear()
