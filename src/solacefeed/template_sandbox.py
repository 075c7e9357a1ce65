"""What a template of the operator's may do: show what its view has, and nothing else.

It was perhaps copied from somewhere. So it reaches no attribute but a view's own, calls no method that changes or that
could fill the memory, switches no escaping off, and ends: whatever loops and macros it has, it takes so many steps and
no more. ``templating`` says where such a template is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace
from jinja2.visitor import NodeTransformer

#: Turns of loops and calls in one rendering; an index of a thousand feeds takes about ten thousand.
MOST_STEPS = 200_000
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
    environment: Sandbox

    def render(self, *args: Any, **kwargs: Any) -> str:
        """As Jinja does it, in so many steps as its environment has."""
        before = _STEPS.set(iter(range(self.environment.most_steps)))
        try:
            return super().render(*args, **kwargs)
        finally:
            _STEPS.reset(before)


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for templates that are not ours."""

    template_class = _Bounded
    most_steps = MOST_STEPS
    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # It makes up as much text as one asks for; and safe is understood where a template is read.
        del self.globals["lipsum"], self.filters["safe"]
        self.filters[_COUNTED] = _counted
        self._shown: dict[type, frozenset[str]] = {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        # What templates ask for most, and what need not be asked about each time.
        if attribute in self._shown_of(type(obj)):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

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
            return attr in self._shown_of(type(obj))
        return isinstance(obj, _OF_JINJA) or type(obj).__module__ == "jinja2.environment"

    def _shown_of(self, kind: type) -> frozenset[str]:
        if kind not in self._shown:
            self._shown[kind] = _fields_of(kind)
        return self._shown[kind]

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
        read = _Reading(name, filename).visit(template)
        assert isinstance(read, nodes.Template)
        return read


class _Reading(NodeTransformer):
    """A template as it is compiled: its loops are counted, and nothing in it switches escaping off."""

    def __init__(self, name: str | None, filename: str | None) -> None:
        self._where = (name, filename)

    def visit_For(self, loop: nodes.For) -> nodes.For:  # noqa: N802  # jinja2's own word
        read = self.generic_visit(loop)
        assert isinstance(read, nodes.For)
        read.iter = nodes.Filter(read.iter, _COUNTED, [], [], None, None, lineno=loop.lineno)
        return read

    def visit_Filter(self, used: nodes.Filter) -> nodes.Node:  # noqa: N802
        if used.name != "safe":
            return self.generic_visit(used)
        if not isinstance(used.node, nodes.Const):
            raise self._refused("safe may stand behind a text in quotes alone", used)
        return nodes.MarkSafe(used.node, lineno=used.lineno)

    def visit_ScopedEvalContextModifier(self, block: nodes.ScopedEvalContextModifier) -> nodes.Node:  # noqa: N802
        raise self._refused("autoescape can't be changed", block)

    def _refused(self, problem: str, node: nodes.Node) -> TemplateSyntaxError:
        return TemplateSyntaxError(f"{problem}, since all that readers see is escaped", node.lineno, *self._where)


def _fields_of(kind: type) -> frozenset[str]:
    """What a view of this *kind* shows: its fields and properties; nothing of what is no view."""
    if not is_dataclass(kind):
        return frozenset()
    properties = {name for each in kind.__mro__ for name, what in vars(each).items() if isinstance(what, property)}
    return frozenset({each.name for each in fields(kind)} | {name for name in properties if not name.startswith("_")})


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        _step()
        yield value


def _step() -> None:
    if next(_STEPS.get(), None) is None:
        raise SecurityError("so many turns of loops and calls that it might never end")


def _is_small(number: Any) -> bool:
    return isinstance(number, int | float) and abs(number) <= MOST_POWER


def _repeated(left: Any, right: Any) -> int:
    """How long what is repeated comes out; 0 where numbers are multiplied."""
    for what, times in ((left, right), (right, left)):
        if isinstance(what, str | tuple | list) and isinstance(times, int):
            return len(what) * times
    return 0
