"""How long agents may take: `map.agent_timeout` and `map.timeout_config` (language 13.6)."""

import re
from typing import Any

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import Key, Keys, phases
from prodigy_tui.workflow.keys.forms import Duration
from prodigy_tui.workflow.literals import as_word
from prodigy_tui.workflow.model import AgentTimeouts, CommandTimeout
from prodigy_tui.workflow.nodes import MapNode, Node, ScalarNode
from prodigy_tui.workflow.reading import wrong_type

_KINDS = {
    **{kind: () for kind in ("claude", "agent", "shell", "write_file", "foreach", "approve", "wait", "use")},
    **{kind: () for kind in ("workflow", "goal_seek", "validate")},
    "shell": ("test",),
    "claude": ("command",),
}
"""Kinds of steps and their legacy names."""
_NUMBERED = re.compile(r"([a-z_]+)_([0-9]{1,6})")


def read_timeouts(fields: Fields, context: Context, notes: Notes) -> AgentTimeouts:
    """Returns the limits of the agents of a map, from both places."""
    limits = AgentTimeouts(agent_timeout=fields.duration("agent_timeout"))
    if (early := fields.late.pop("agent_timeout", None)) is not None:
        notes.text(early.node, "plain", context)
        limits = replace(limits, **{"late": {"agent_timeout": early.late}})
    node = fields.node_of("timeout_config")
    if node is None:
        return limits
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return limits
    inner = Fields(node, phases.TIMEOUT_CONFIG, notes.report)
    given = inner.duration("agent_timeout_secs")
    _refuse_second(fields, inner)
    commands = _command_timeouts(inner.node_of("command_timeouts"), context, notes)
    grace = inner.duration("cleanup_grace_period_secs")
    late = notes.late(inner, context, agent_timeout_secs="agent_timeout", cleanup_grace_period_secs="grace")
    values: dict[str, Any] = {
        "agent_timeout": limits.agent_timeout if given is None else given,
        "policy": _policy(inner, bool(commands)),
        "commands": commands,
        "action": _action(inner),
        "late": {**limits.late, **late},
    }
    return AgentTimeouts(**values) if grace is None else AgentTimeouts(**values, grace=grace)


def _refuse_second(fields: Fields, inner: Fields) -> None:
    """Reports the later of `agent_timeout` and `timeout_config.agent_timeout_secs`."""
    entries = [entry for entry in (fields.entry("agent_timeout"), inner.entry("agent_timeout_secs")) if entry]
    if len(entries) == 2 and "agent_timeout" in fields and "agent_timeout_secs" in inner:
        second = max(entries, key=lambda entry: (entry.line, entry.column))
        message = "'agent_timeout' and 'timeout_config.agent_timeout_secs' are the same; one must go"
        fields.report.add("PT116", second, message)


def _policy(fields: Fields, has_commands: bool) -> str:
    given = fields.word("timeout_policy")
    if given == "per_agent" and has_commands and (entry := fields.entry("command_timeouts")):
        message = "'command_timeouts' has no effect with 'timeout_policy: per_agent'"
        fields.report.add("PT602", entry, message, "write 'timeout_policy: hybrid'")
    return given or ("hybrid" if has_commands else "per_agent")


def _action(fields: Fields) -> str | None:
    node = fields.node_of("timeout_action")
    if isinstance(node, ScalarNode) and as_word(node.text) == phases.GRACEFUL:
        fields.report.add("PT901", node, f"'{phases.GRACEFUL}' is a legacy spelling", "write 'dlq'")
        return "dlq"
    return fields.word("timeout_action")


def _command_timeouts(node: Node | None, context: Context, notes: Notes) -> tuple[CommandTimeout, ...]:
    if node is None:
        return ()
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping from kinds of steps to durations", notes.report)
        return ()
    fields = Fields(node, _table_for(node), notes.report)
    found = []
    for name in fields.names():
        limit, late = fields.duration(name), fields.late.get(name)
        numbered = None if name in _KINDS else _NUMBERED.fullmatch(name)
        found.append(
            CommandTimeout(
                kind=numbered[1] if numbered else name,
                number=int(numbered[2]) if numbered else None,
                timeout=limit,
                late={} if late is None else {"timeout": late.late},
            )
        )
    notes.late(fields, context)
    return tuple(found)


def _table_for(node: MapNode) -> Keys:
    """Returns the table of the kinds and of the numbered kinds that stand in `node`."""
    keys = [_key(kind, legacy) for kind, legacy in _KINDS.items()]
    current = {legacy: kind for kind, names in _KINDS.items() for legacy in names}
    numbered: dict[str, list[str]] = {}
    for entry in node.entries:
        match = None if entry.key in _KINDS else _NUMBERED.fullmatch(entry.key)
        kind = current.get(match[1], match[1]) if match else ""
        if match and kind in _KINDS:
            spellings = numbered.setdefault(f"{kind}_{int(match[2])}", [])
            spellings.append(entry.key)
    for name, spellings in numbered.items():
        keys.append(_key(name, tuple(spelling for spelling in spellings if spelling != name)))
    return Keys(name="command_timeouts", keys=tuple(keys))


def _key(name: str, legacy: tuple[str, ...]) -> Key:
    return Key(name, Duration(), "Limit of each step of that kind, or of one.", legacy=legacy)
