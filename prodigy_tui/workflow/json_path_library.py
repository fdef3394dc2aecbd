"""jsonpath-ng as `json_path` uses it: compiled once, checked for depth, and followed with a budget of steps.

The library has no limits of its own: `$..*..*` on deep data, unions on top of unions, a regex in `sub` or `'x' * 1e9`
would run or grow without end. So every node is made to count what it does, and regexes and arithmetic are bounded.
"""

import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, cast

import regex
from jsonpath_ng import jsonpath
from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.arithmetic import Operation
from jsonpath_ng.ext.parser import parse
from jsonpath_ng.ext.string import DefintionInvalid, Sub

from prodigy_tui.workflow.item_errors import ItemsError
from prodigy_tui.workflow.json_data import gc_paused
from prodigy_tui.workflow.patterns import MATCH_SECONDS, PatternError, compile_pattern

MAX_STEPS: Final = 15_000_000
"""Enough for a filter over a million elements."""
_STEPS_FOR_A_MATCH: Final = 2
_MAX_TREE_DEPTH: Final = 128
_MAX_TEXT: Final = 1024 * 1024

_DEFINITE: Final = frozenset(
    {"Root", "This", "Child", "Fields", "Index", "Len", "Keys", "Path", "SortedThis", "Sub", "Split", "Str"}
)
_REFUSALS = (
    JSONPathError,
    DefintionInvalid,
    re.error,
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)
_left: ContextVar[list[int]] = ContextVar("steps left in the search of one json_path")


class _OutOfSteps(Exception):
    """The search has used up its budget."""


def compile_path(text: str) -> tuple[Callable[[Any], list[Any]], bool]:
    """Returns how a path is followed, inside `bounded_search`, and whether it is definite.

    Raises:
        ItemsError: PT407, or PT408 when it is too deep.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = parse(text)
    except RecursionError as error:
        raise _too_deep(text) from error
    except _REFUSALS as error:
        raise ItemsError("PT407", f"'{_shown(text)}' is not a JSONPath: {_reason(error)}") from error
    for node in _nodes(compiled, text):
        _bound(node)
    return lambda data: [match.value for match in compiled.find(data)], _is_definite(compiled)


@contextmanager
def bounded_search(text: str) -> Iterator[None]:
    """Gives the searches inside one budget together, and says what is wrong with one in the words of the language.

    Raises:
        ItemsError: PT408 when the budget is used up, PT407 when the path does not suit the data.
    """
    token = _left.set([MAX_STEPS])
    try:
        with gc_paused():
            yield
    except _OutOfSteps as error:
        raise ItemsError("PT408", f"json_path '{_shown(text)}' takes too many steps in this input") from error
    except RecursionError as error:
        raise _too_deep(text) from error
    except TimeoutError as error:
        message = f"a regex in json_path '{_shown(text)}' took more than {MATCH_SECONDS:g} s for one match"
        raise ItemsError("PT408", message) from error
    except _REFUSALS as error:
        message = f"json_path '{_shown(text)}' cannot be followed in this input: {_reason(error)}"
        raise ItemsError("PT407", message) from error
    finally:
        _left.reset(token)


def _nodes(top: Any, text: str) -> Iterator[Any]:
    """Yields every node of a compiled path.

    Raises:
        ItemsError: PT408, the tree is deeper than its search should recurse.
    """
    waiting = [(top, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _MAX_TREE_DEPTH:
            raise _too_deep(text)
        if isinstance(node, jsonpath.JSONPath):
            yield node
            waiting.extend((child, depth + 1) for child in vars(node).values())
        elif isinstance(node, list | tuple):
            waiting.extend((child, depth) for child in node)


def _bound(node: Any) -> None:
    """Makes one node count its steps; what it can do at one go is bounded too."""
    node.find = _counted(node.find)
    if isinstance(node, Operation):
        node.op = _bounded(node.op)
    elif isinstance(node, Sub):
        node.regex = cast("re.Pattern[str]", _TimedRegex(node.expr))


def _counted(find: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def counted(datum: Any) -> list[Any]:
        found = find(datum)
        if not isinstance(found, list):
            found = [found]  # some nodes of the library return a bare match
        left = _left.get()
        left[0] -= 1 + _STEPS_FOR_A_MATCH * len(found)
        if left[0] < 0:
            raise _OutOfSteps
        return found

    return counted


def _bounded(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Arithmetic on finite numbers, and texts joined by `+`; for anything else there is no result."""

    @wraps(operate)
    def bounded(left: Any, right: Any) -> Any:
        if isinstance(left, str) and isinstance(right, str) and len(left) + len(right) <= _MAX_TEXT:
            return operate(left, right)
        if not (_is_number(left) and _is_number(right)):
            raise TypeError
        result = operate(left, right)
        if not math.isfinite(result) or abs(result) > 2**63:
            raise TypeError
        return result

    return bounded


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


class _TimedRegex:
    """The regex of `sub(/…/, …)`, which may take a second for one text."""

    def __init__(self, expression: str) -> None:
        try:
            compile_pattern(expression)
        except PatternError as error:
            raise ItemsError("PT408" if error.too_long else "PT407", f"in a json_path: {error}") from error
        self._compiled = regex.compile(expression, regex.VERSION0)

    def sub(self, replacement: str, text: str) -> str:
        result: str = self._compiled.sub(replacement, text, timeout=MATCH_SECONDS)
        return result


def _is_definite(node: Any) -> bool:
    if isinstance(node, jsonpath.Child):
        return _is_definite(node.left) and _is_definite(node.right)
    if type(node).__name__ not in _DEFINITE:
        return False
    fields = getattr(node, "fields", ("one",))
    indices = getattr(node, "indices", (0,))
    return len(fields) == 1 and len(indices) == 1


def _too_deep(text: str) -> ItemsError:
    return ItemsError("PT408", f"the json_path '{_shown(text)}' is nested too deeply")


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__
