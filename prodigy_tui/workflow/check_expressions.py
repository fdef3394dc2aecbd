"""Expressions at load: syntax at the character, impossible fields, undeclared names (language 10.2)."""

from prodigy_tui.workflow.build.context import ExpressionUse
from prodigy_tui.workflow.check_paths import judge_path, near_names
from prodigy_tui.workflow.expr import ExpressionError, parse_expression
from prodigy_tui.workflow.expr.evaluate import VARIABLE_ROOTS
from prodigy_tui.workflow.expr.syntax import Mention
from prodigy_tui.workflow.problems import NOT_AVAILABLE, Report, quoted
from prodigy_tui.workflow.references import unavailable
from prodigy_tui.workflow.roots import is_root, unavailable_path
from prodigy_tui.workflow.visible import Visible


def check_expression(use: ExpressionUse, visible: Visible, report: Report) -> None:
    """Reports every problem of one expression."""
    node = use.node
    try:
        expression = parse_expression(node.text)
    except ExpressionError as error:
        message = f"{error.message}, at character {error.offset + 1}"
        report.add_at(error.code, node.position(error.offset), node.path, message)
        return
    for problem in expression.problems:
        report.add_at(problem.code, node.position(problem.offset), node.path, problem.message, problem.hint)
    for mention in expression.mentions:
        # The other paths of a filter are paths of the item.
        if use.kind == "condition" or mention.path.root in VARIABLE_ROOTS:
            _check_mention(mention, use, visible, report)


def _check_mention(mention: Mention, use: ExpressionUse, visible: Visible, report: Report) -> None:
    place, where, path = use.node.position(mention.offset), use.node.path, mention.path
    reference, names = mention.reference, visible.names
    missing = unavailable(reference, names) if reference else unavailable_path(path, names)
    if missing:
        report.add_at(NOT_AVAILABLE, place, where, missing)
    elif path.root in names or is_root(path.root):
        # In an expression a value that is missing is null, so only what can never exist is a mistake.
        if finding := judge_path(path, use.context, visible, optional=True):
            report.add_at(finding.code, place, where, finding.message, finding.hint)
    elif not path.root.isdigit():
        message = f"{quoted(path.root)} is declared nowhere, so it can only come from the environment"
        report.add_at("PT302", place, where, message, near_names(path.root, visible))
    if reference and (fault := reference.fault()):
        report.add_at("PT304", place, where, f"{quoted(reference.source)}: {fault}")
