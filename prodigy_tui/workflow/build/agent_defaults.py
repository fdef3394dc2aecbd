"""`agent_defaults`: what every agent step has unless it says otherwise (language 2.3)."""

from prodigy_tui.workflow.build.commands import check_provider, read_options
from prodigy_tui.workflow.build.context import AgentDefaults, Context, Notes
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import document
from prodigy_tui.workflow.nodes import MapNode, Node
from prodigy_tui.workflow.reading import wrong_type


def read_agent_defaults(node: Node, context: Context, notes: Notes) -> AgentDefaults:
    """Returns the defaults of agent steps."""
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return AgentDefaults()
    fields = Fields(node, document.AGENT_DEFAULTS, notes.report)
    provider_node, options = fields.node_of("provider"), fields.node_of("options")
    provider = fields.text("provider") or "claude"
    if provider_node is not None:
        check_provider(provider, provider_node, notes)
    idle_timeout = fields.duration("idle_timeout")
    timeout = fields.timeout()
    late = notes.late(fields, context)
    return AgentDefaults(
        provider=provider,
        model=notes.text(fields.scalar("model"), "plain", context),
        options={} if options is None else read_options(options, provider, notes),
        timeout=timeout,
        idle_timeout=idle_timeout,
        no_idle_timeout="idle_timeout" in fields and "idle_timeout" not in late and idle_timeout is None,
        late=late,
    )
