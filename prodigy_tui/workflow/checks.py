"""What can be said about references and expressions before anything runs (language 18).

The builders note every text and every expression; here they are read with the run's own parsers, so that the run never
refuses for its text what passed here.
"""

from prodigy_tui.workflow.build.context import Notes
from prodigy_tui.workflow.check_expressions import check_expression
from prodigy_tui.workflow.check_texts import check_text
from prodigy_tui.workflow.model import Phase
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.visible import Visible, visible_names


def check(notes: Notes) -> None:
    """Reports every problem of the texts, expressions and names that were noted."""
    seen: dict[Phase, Visible] = {}
    for context in (*(text.context for text in notes.texts), *(use.context for use in notes.expressions)):
        if context.phase not in seen:
            seen[context.phase] = visible_names(context.phase, notes.declared, notes.env, notes.secrets)
    for text in notes.texts:
        check_text(text, seen[text.context.phase], notes.report)
    for expression in notes.expressions:
        check_expression(expression, seen[expression.context.phase], notes.report)
    _check_hidden_names(notes)


def _check_hidden_names(notes: Notes) -> None:
    for declared in notes.declared:
        if declared.kind in ("capture", "id", "parameter") and declared.name in notes.env:
            message = f"the {declared.kind} {quoted(declared.name)} hides the variable of that name in 'env'"
            notes.report.add("PT310", declared.node, message, "use another name")
