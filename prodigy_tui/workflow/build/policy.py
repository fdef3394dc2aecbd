"""The error policy, under `error_policy`, at the top level or among the keys of `map` (language 13.7)."""

from collections.abc import Sequence

from prodigy_tui.workflow import keys
from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.handlers import make_steps
from prodigy_tui.workflow.build.steps import build_step
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.literals import as_word
from prodigy_tui.workflow.model import ErrorPolicy
from prodigy_tui.workflow.nodes import MapNode, Node, ScalarNode, is_null
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, wrong_type
from prodigy_tui.workflow.suggest import did_you_mean

_REACTIONS = ("dlq", "retry", "skip", "stop")


def build_policy(places: Sequence[Fields], context: Context, notes: Notes) -> ErrorPolicy:
    """Returns the policy; `places` are the mappings whose keys may hold it."""
    sources = list(places)
    for place in places:
        node = place.node_of("error_policy")
        if isinstance(node, MapNode):
            sources.insert(0, Fields(node, keys.ERROR_POLICY, notes.report))
        elif node is not None:
            wrong_type(node, "a mapping", notes.report)
    chosen: dict[str, Fields] = {}
    for name in keys.ERROR_POLICY.ready:
        _choose(name, sources, chosen, notes)
    policy = ErrorPolicy()
    if "on_item_failure" in chosen:
        node = chosen["on_item_failure"].node_of("on_item_failure")
        policy = policy if node is None else _reaction(node, context, notes)
    going_on = chosen.get("continue_on_failure")
    failures = chosen.get("max_failures")
    return policy.model_copy(
        update={
            "continue_on_failure": going_on.flag("continue_on_failure", default=True) if going_on else True,
            "max_failures": failures.integer("max_failures", minimum=1) if failures else None,
        }
    )


def _choose(name: str, sources: Sequence[Fields], chosen: dict[str, Fields], notes: Notes) -> None:
    """Picks the place of one field; a second place is the same thing given twice (PT116, at the later one)."""
    given = [
        (entry.line, entry.column, source) for source in sources if (entry := source.entry(name)) and name in source
    ]
    given.sort(key=lambda place: place[:2])
    if not given:
        return
    chosen[name] = given[0][2]
    for _, _, source in given[1:]:
        if entry := source.entry(name):
            notes.report.add("PT116", entry, f"'{name}' is given in two places; one must go")


def _reaction(node: Node, context: Context, notes: Notes) -> ErrorPolicy:
    """Reads `on_item_failure`: a word, or the steps of a handler."""
    if isinstance(node, ScalarNode) and not is_null(node):
        text = node.text.strip()
        word = as_word(text)
        if word in _REACTIONS:
            return ErrorPolicy.model_validate({"on_item_failure": word})
        if not text.startswith("custom:") and " " not in text and "/" not in text:
            hint = did_you_mean(word, _REACTIONS) or f"use {', '.join(_REACTIONS)}, or a step such as {{shell: {text}}}"
            notes.report.add("PT109", node, f"'on_item_failure' cannot be {quoted(node.text)}", hint)
            return ErrorPolicy()
        if text.startswith("custom:"):
            hint = f"write a step such as {{claude: /{text.removeprefix('custom:').strip()}}}"
            notes.report.add("PT109", node, f"'on_item_failure' cannot be {quoted(node.text)}", hint)
            return ErrorPolicy()
    elif isinstance(node, ScalarNode):
        read_scalar(node, "a word or steps", notes.report)
        return ErrorPolicy()
    steps = make_steps(node, context.inside_handler(), notes, build_step)
    return ErrorPolicy(on_item_failure="steps", handler=steps) if steps else ErrorPolicy()
