"""What a template of the operator's may do: show what its view has, and nothing else.

It was perhaps copied from somewhere. So it reaches no attribute but a view's own, calls no method that changes or that
could fill the memory, switches no escaping off, and ends: whatever loops and macros it has, it takes so many steps and
no more. ``templating`` says where such a template is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import is_dataclass
from enum import Enum
from itertools import count
from typing import Any

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace

#: Turns of loops and calls in one rendering; a digest of 200 posts takes about ten thousand.
MOST_STEPS = 1_000_000
#: Of what ``*`` repeats, and of a power.
MOST_SIGNS = 100_000
MOST_POWER = 64

#: Methods of texts that only read; ``format`` is Jinja's own, which reaches no further than a template does.
_OF_TEXTS = frozenset(
    {
        *("capitalize", "casefold", "lower", "swapcase", "title", "upper"),
        *("count", "endswith", "find", "index", "rfind", "startswith"),
        *("isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper"),
        *("lstrip", "removeprefix", "removesuffix", "rstrip", "strip"),
        *("partition", "rpartition", "rsplit", "split", "splitlines"),
        *("format", "join", "replace"),
    }
)
_OF_COLLECTIONS = frozenset({"count", "get", "index", "items", "keys", "values"})
#: Jinja's own, which a template is written with.
_OF_JINJA = (Cycler, Joiner, LoopContext, Macro, Namespace)

_COUNTED = "counted"
_STEPS: ContextVar[Iterator[int]] = ContextVar("steps")


class _Bounded(Template):
    def render(self, *args: Any, **kwargs: Any) -> str:
        """As Jinja does it, in at most ``MOST_STEPS``."""
        before = _STEPS.set(count(1))
        try:
            return super().render(*args, **kwargs)
        finally:
            _STEPS.reset(before)


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for templates that are not ours; without a global that makes text up, and with its own loops."""

    template_class = _Bounded
    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.globals["lipsum"]
        self.filters[_COUNTED] = _counted

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, Enum):
            return attr in ("name", "value")
        if isinstance(obj, str):
            return attr in _OF_TEXTS
        if isinstance(obj, tuple | list | dict):
            return attr in _OF_COLLECTIONS
        if is_dataclass(obj):
            return not callable(value)
        return isinstance(obj, _OF_JINJA) or type(obj).__module__ == "jinja2.environment"

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        _step()
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and not (_is_small(left) and _is_small(right)):
            raise SecurityError(f"a power of more than {MOST_POWER}")
        if operator == "*" and _repeated(left, right) > MOST_SIGNS:
            raise SecurityError(f"a repetition of more than {MOST_SIGNS} signs")
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        for problem, line in _refused(template):
            raise TemplateSyntaxError(problem, line, name, filename)
        for loop in template.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _COUNTED, [], [], None, None, lineno=loop.lineno)
        return template


def _refused(template: nodes.Template) -> Iterator[tuple[str, int]]:
    """What is said of a template that switches escaping off, which all that is content needs."""
    for found in template.find_all(nodes.Filter):
        if found.name == "safe" and not isinstance(found.node, nodes.Const):
            yield "safe may stand behind a text in quotes alone, since what readers see must be escaped", found.lineno
    for modifier in template.find_all(nodes.EvalContextModifier):
        yield "autoescape can't be changed, since what readers see must be escaped", modifier.lineno


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        _step()
        yield value


def _step() -> None:
    if next(_STEPS.get()) > MOST_STEPS:
        raise SecurityError(f"more than {MOST_STEPS} turns of loops and calls: it would not end")


def _is_small(number: Any) -> bool:
    return isinstance(number, int | float) and abs(number) <= MOST_POWER


def _repeated(left: Any, right: Any) -> int:
    """How long what is repeated comes out; 0 where numbers are multiplied."""
    for what, times in ((left, right), (right, left)):
        if isinstance(what, str | tuple | list) and isinstance(times, int):
            return len(what) * times
    return 0
