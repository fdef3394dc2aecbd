"""`use`: the steps of a template, as if they stood here; its parameters are visible to them alone (language 15.4)."""

from msgspec.structs import replace

from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.kinds.inner import Inner, said_by
from prodigy_tui.engine.variables.parameters import handed_over, secrets_of
from prodigy_tui.workflow.model import UseCommand


async def use_template(command: UseCommand, inner: Inner) -> Execution:
    """Runs the steps of a template."""
    context, path = inner.context, inner.view.path
    given = await handed_over(command.parameters, command.values, inner, f"the template '{command.template}'")
    used = replace(
        context.inside(inner.frame),
        template=given,
        template_secrets=context.template_secrets | secrets_of(command.parameters, given, inner.run.masker),
    )
    before = used.last
    outcome = await inner.steps.run_steps(command.steps, used, prefix=f"{path}/u.")
    context.take_back(used)
    return said_by(used.last if used.last is not before else None, outcome)
