"""The steps of a template where it is used (language 15.4), and templates that nobody uses."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.compose.merge import find_entry
from prodigy_tui.workflow.compose.parameters import handed_over, read_parameters
from prodigy_tui.workflow.compose.templates import definition
from prodigy_tui.workflow.model import Step, UseCommand
from prodigy_tui.workflow.nodes import Entry, MapNode, Node, ScalarNode, is_null, leaves
from prodigy_tui.workflow.reading import wrong_type

BuildSteps: TypeAlias = Callable[[Node, Context, Notes], tuple[Step, ...]]


def build_use(
    name: ScalarNode, values: Node | None, where: Node | Entry, context: Context, notes: Notes, build_steps: BuildSteps
) -> UseCommand:
    """Returns the use of the template `name`: its steps as they are in this context, checked with its parameters.

    Args:
        name: The value of `use`.
        values: The step's `with`.
        where: The step, for parameters that are missing.
        context: Where the step stands.
        notes: Gets the texts of `with` and of the template's steps.
        build_steps: Makes the steps of a list.
    """
    if values is not None:
        if not isinstance(values, MapNode):
            wrong_type(values, "a mapping from parameters to values", notes.report)
        for leaf in leaves(values):
            notes.text(leaf if leaf.value is not None else None, "plain", context)
    if notes.library is None:
        return UseCommand(template=name.text, values=handed_over((), [values]))
    with notes.library.use(name, values, where) as used:
        if used is None or used.steps is None:
            return UseCommand(template=name.text)
        inner = context.inside_template(spec.name for spec in used.parameters)
        return UseCommand(
            template=name.text,
            values=handed_over(used.parameters, [values]),
            parameters=used.parameters,
            steps=build_steps(used.steps, inner, notes),
        )


def check_templates(tree: MapNode, notes: Notes, build_steps: BuildSteps) -> None:
    """Checks the form of every template of a file, used or not; what its texts can see depends on where it is used."""
    section = find_entry(tree, "templates")
    if section is None:
        return
    if not isinstance(section.value, MapNode):
        wrong_type(section.value, "a mapping from names to templates", notes.report)
        return
    aside = replace(notes, texts=[], expressions=[], declared=[], env={}, secrets=set(), steps=0)
    for entry in section.value.entries:
        is_used = notes.library is not None and notes.library.is_used(entry)
        if is_used or is_null(entry.value) or entry.key.startswith("x-"):
            continue
        made = definition(entry, notes.report)
        parameters = find_entry(made, "parameters") if made else None
        steps = find_entry(made, "steps") if made else None
        specs = read_parameters(parameters.value if parameters else None, notes.report)
        if steps is not None:
            context = Context(phase="steps").inside_template(spec.name for spec in specs)
            build_steps(steps.value, context, aside)
