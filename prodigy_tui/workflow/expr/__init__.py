"""The expression language of `when`, `filter` and `until` (language 10): parsed once, compiled to closures."""

from prodigy_tui.workflow.expr.compare import truthy
from prodigy_tui.workflow.expr.errors import EvaluationError
from prodigy_tui.workflow.expr.evaluate import compile_expression, compile_filter, evaluate
from prodigy_tui.workflow.expr.parser import parse_expression
from prodigy_tui.workflow.expr.printer import print_expression
from prodigy_tui.workflow.expr.syntax import Expression, ExpressionError

__all__ = [
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "compile_expression",
    "compile_filter",
    "evaluate",
    "parse_expression",
    "print_expression",
    "truthy",
]
