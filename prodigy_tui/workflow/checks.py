"""What can be said about references and expressions before anything runs (language 18).

The builders note every text and every expression; here they are read with the run's own parsers, so that the run never
refuses for its text what passed here.
"""

from collections.abc import Mapping

from prodigy_tui.workflow.build.context import Notes
from prodigy_tui.workflow.check_expressions import check_expression
from prodigy_tui.workflow.check_texts import check_text
from prodigy_tui.workflow.model import Phase
from prodigy_tui.workflow.nodes import ScalarNode
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.visible import Visible, variable_paths, visible_names


def check(notes: Notes) -> None:
    """Reports every problem of the texts, expressions and names that were noted."""
    seen: dict[Phase, Visible] = {}
    for context in (*(text.context for text in notes.texts), *(use.context for use in notes.expressions)):
        if context.phase not in seen:
            seen[context.phase] = visible_names(context.phase, notes.declared, notes.env)
    for text in notes.texts:
        check_text(text, seen[text.context.phase], notes.report)
    for expression in notes.expressions:
        check_expression(expression, seen[expression.context.phase], notes.report)
    _check_hidden_names(notes)
    _check_cycles(notes)


def _check_hidden_names(notes: Notes) -> None:
    for declared in notes.declared:
        if declared.kind != "env" and declared.name in notes.env:
            message = f"the {declared.kind} {quoted(declared.name)} hides the variable of that name in 'env'"
            notes.report.add("PT310", declared.node, message, "use another name")


def _check_cycles(notes: Notes) -> None:
    """Reports each cycle of variables once, at the variable that comes first in the file (PT313)."""
    needs = {
        name: [
            root
            for root in dict.fromkeys(path.root for path in variable_paths(node))
            if root != name and root in notes.env
        ]
        for name, node in notes.env.items()
    }
    done: set[str] = set()
    for name, node in notes.env.items():
        chain = _cycle_from(name, needs, done)
        if chain:
            notes.report.add("PT313", node, f"the variables form a cycle: {' → '.join(chain)}")


def _others(name: str, node: ScalarNode, env: Mapping[str, ScalarNode]) -> list[str]:
    """Returns the other variables that the value of `name` needs; its own name means the outer value."""
    roots = dict.fromkeys(path.root for path in variable_paths(node))
    return [root for root in roots if root != name and root in env]


def _cycle_from(start: str, needs: Mapping[str, list[str]], done: set[str]) -> list[str]:
    """Returns a cycle that can be reached from `start` and was not met before, or nothing."""
    chain: dict[str, None] = {}
    pending = [iter([start])]
    while pending:
        name = next(pending[-1], None)
        if name is None:
            pending.pop()
            if chain:
                done.add(chain.popitem()[0])
        elif name in chain:
            done.update(chain)
            names = list(chain)
            return [*names[names.index(name) :], name]
        elif name not in done:
            chain[name] = None
            pending.append(iter(needs[name]))
    return []
