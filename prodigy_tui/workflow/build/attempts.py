"""The command of a check or a goal: one of `shell`, `claude`, `agent` and `steps` in a mapping of its own."""

from prodigy_tui.workflow.build.commands import agent_command, shell_command
from prodigy_tui.workflow.build.context import AgentDefaults, Context, Notes
from prodigy_tui.workflow.build.groups import StepMaker, make_list
from prodigy_tui.workflow.build.labels import label_of
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.model import AgentCommand, Command, Step
from prodigy_tui.workflow.nodes import Entry, Node


def make_attempt(entry: Entry, fields: Fields, context: Context, notes: Notes, make: StepMaker) -> tuple[Step, ...]:
    """Returns the steps of one key."""
    kind = fields.keys.canonical(entry.key)
    if kind == "steps":
        return make_list(entry.value, context, notes, make)
    return simple_step(entry.value, kind, context, notes)


def simple_step(node: Node, kind: str, context: Context, notes: Notes) -> tuple[Step, ...]:
    """Returns a step that has nothing but a command of this kind."""
    if not notes.count_step(node):
        return ()
    command: Command | None
    match kind:
        case "claude":
            command = agent_command(node, None, context, notes, "claude")
        case "agent":
            command = agent_command(node, None, context, notes, "agent")
        case _:
            command = shell_command(node, context, notes)
    return () if command is None else (bare_step(command, node, notes),)


def bare_step(command: Command, node: Node, notes: Notes) -> Step:
    """Returns a step without fields; an agent's has the defaults of agents."""
    defaults = notes.agent_defaults if isinstance(command, AgentCommand) else AgentDefaults()
    return Step(
        command=command,
        label=label_of(command),
        timeout=defaults.timeout,
        idle_timeout=defaults.idle_timeout,
        no_idle_timeout=defaults.no_idle_timeout,
        late=defaults.late,
        line=node.line,
    )
