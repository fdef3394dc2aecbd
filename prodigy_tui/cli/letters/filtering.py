"""`--filter EXPR` over entries of the dead letter queue: the language's expressions (language 10) over their fields."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from prodigy_tui.errors import ProdigyError
from prodigy_tui.workflow.expr import EvaluationError, ExpressionError, compile_expression, parse_expression, truthy
from prodigy_tui.workflow.suggest import did_you_mean
from prodigy_tui.workflow.variables import Scope, Value


class FilterUnusable(ProdigyError):
    """A filter cannot be read, or asks for what entries do not have."""


def entry_filter(text: str, fields: Collection[str]) -> Callable[[Mapping[str, Any]], bool]:
    """Returns the test of an entry, which is given as its document; `fields` are those that there are.

    A name that no entry can have is refused: what is chosen by a mistake could be all or nothing.

    Raises:
        FilterUnusable: it is no expression, or has an unknown name.
    """
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        raise FilterUnusable(f"--filter {text!r} cannot be read: {error}") from error
    for mention in expression.mentions:
        root = mention.path.root
        if root not in fields:
            hint = did_you_mean(root, fields) or f"there are {', '.join(fields)}"
            raise FilterUnusable(f"--filter {text!r}: entries have no field {root!r}", hint=hint)
    test = compile_expression(expression)

    def passes(document: Mapping[str, Any]) -> bool:
        values = {name: Value(value) for name, value in document.items()}
        try:
            # As names and as roots: some fields are called as roots of the language are.
            return truthy(test(Scope(names=[values], roots=values)))
        except EvaluationError as error:
            raise FilterUnusable(f"--filter {text!r}: {error}") from error

    return passes
