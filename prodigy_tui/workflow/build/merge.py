"""`merge`: how item branches join the run and how the run lands (language 16)."""

from typing import Any, Literal, NamedTuple, cast

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.patterns import read_glob
from prodigy_tui.workflow.build.steps import build_step, build_steps
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import phases, steps
from prodigy_tui.workflow.literals import as_word
from prodigy_tui.workflow.model import Conflict, MergePhase, MergePolicy, MergeRules, Step, Verify
from prodigy_tui.workflow.nodes import ListNode, MapNode, Node, ScalarNode, is_null, wrapped
from prodigy_tui.workflow.reading import read_texts, read_word, wrong_type

_DEFAULT_CONFLICT_TIMEOUT_S = 900.0


def build_merge(node: Node | None, notes: Notes, *, has_agents: bool) -> MergePhase:
    """Returns the phase; `has_agents` tells whether there is a map whose agents merge."""
    context = Context(phase="merge")
    if node is None:
        return MergePhase()
    if isinstance(node, ListNode):
        return MergePhase(steps=build_steps(node, context, notes))
    if not isinstance(node, MapNode):
        wrong_type(node, "a list of steps or a mapping", notes.report)
        return MergePhase()
    fields = Fields(node, phases.MERGE, notes.report)
    own = fields.node_of("steps")
    agents, landing = _rules(fields, context, notes, has_agents=has_agents)
    values: dict[str, Any] = {
        "steps": () if own is None else build_steps(own, context, notes),
        "target": fields.text("target"),
        "strategy": fields.word("strategy") or "merge",
        "message": notes.text(fields.scalar("message"), "plain", context),
        "land": fields.flag("land", default=True),
        "timeout": fields.timeout(),
        "policies": _policies(fields.node_of("policies"), context, notes),
    }
    return MergePhase(**values, agents=agents, landing=landing, late=notes.late(fields, context))


# ------------------------------------------------------------------------------------------- verify and conflict


class _Verify(NamedTuple):
    """A `verify` and the merges that it is for."""

    verify: Verify | None
    at: frozenset[str]


def _rules(fields: Fields, context: Context, notes: Notes, *, has_agents: bool) -> tuple[MergeRules, MergeRules]:
    """Returns what holds for agent merges and for the landing: `agents` replaces its part of the rest."""
    common = _verify(fields.node_of("verify"), context, notes)
    conflict = _conflict(fields, context, notes)
    agents_verify, agents_conflict = common, conflict
    node, entry = fields.node_of("agents"), fields.entry("agents")
    if node is not None and entry is not None and not has_agents:
        message = "'agents' has no effect in a workflow without 'map'"
        notes.report.add("PT602", entry, message)
    if isinstance(node, MapNode):
        inner = Fields(node, phases.AGENT_MERGES, notes.report)
        agents_conflict = _conflict(inner, replace(context, of_item=True), notes) or conflict
        if "verify" in inner:
            agents_verify = _verify(inner.node_of("verify"), context, notes)
            if "agents" not in agents_verify.at and (at := inner.entry("verify")):
                notes.report.add("PT207", at, "'agents.verify' is for agent merges, but its 'at' leaves them out")
    elif node is not None:
        wrong_type(node, "a mapping with 'verify' and 'conflict'", notes.report)
    return (
        MergeRules(
            verify=agents_verify.verify if "agents" in agents_verify.at else None,
            conflict=agents_conflict or Conflict(action="dlq"),
        ),
        MergeRules(
            verify=common.verify if "landing" in common.at else None,
            conflict=conflict or Conflict(action="fail"),
        ),
    )


def _verify(node: Node | None, context: Context, notes: Notes) -> _Verify:
    everywhere = frozenset(phases.MERGES)
    inner = replace(context, ids={})
    if node is None:
        return _Verify(None, everywhere)
    if isinstance(node, ListNode):
        return _Verify(Verify(steps=build_steps(node, inner, notes)), everywhere)
    if not isinstance(node, MapNode):
        wrong_type(node, "a list of steps or a mapping", notes.report)
        return _Verify(None, everywhere)
    fields = Fields(node, phases.VERIFY, notes.report)
    own = fields.require("steps", "'verify'")
    fix = fields.node_of("fix")
    at = _places(fields, notes)
    values: dict[str, Any] = {
        "steps": () if own is None else build_steps(own, inner, notes),
        **_batch(fields, at),
        "timeout": fields.timeout(),
        # It mends what failed, so it can say `error.*`.
        "fix": None if fix is None else _one_step(fix, context.inside_handler(), notes),
    }
    retries = fields.integer("flaky_retries")
    if retries is not None:
        values["flaky_retries"] = retries
    return _Verify(Verify(**values, late=notes.late(fields, context)), at)


def _places(fields: Fields, notes: Notes) -> frozenset[str]:
    node = fields.node_of("at")
    if node is None:
        return frozenset(phases.MERGES)
    if isinstance(node, ListNode) and not node.items:
        notes.report.add("PT105", node, "'at' must name a merge, not nothing", f"use {', '.join(phases.MERGES)}")
    words = {read_word(scalar, phases.MERGES, notes.report) for scalar in read_texts(node, notes.report)}
    found = frozenset(word for word in words if word is not None)
    return found or frozenset(phases.MERGES)


def _batch(fields: Fields, at: frozenset[str]) -> dict[str, Any]:
    node, entry = fields.node_of("batch"), fields.entry("batch")
    if node is not None and entry is not None and "agents" not in at:
        fields.report.add("PT602", entry, "'batch' has no effect where only the landing is verified")
    if isinstance(node, ScalarNode) and as_word(node.text) == "auto":
        return {"auto_batch": True}
    return {"batch": fields.integer("batch") or 1}


def _conflict(fields: Fields, context: Context, notes: Notes) -> Conflict | None:
    node = fields.node_of("conflict")
    if node is None:
        return None
    if not isinstance(node, MapNode):
        word = fields.word("conflict")
        return None if word is None else Conflict(action=cast(Literal["fail", "dlq"], word))
    inner = Fields(node, phases.CONFLICT, notes.report)
    agent = inner.require("agent", "'conflict'")
    # A text is a prompt, whatever it begins with.
    written = wrapped("agent", agent) if isinstance(agent, ScalarNode) else agent
    step = None if written is None else _one_step(written, replace(context, ids={}), notes)
    attempts, limit = inner.integer("attempts"), inner.timeout()
    late = notes.late(inner, context)
    return Conflict(
        action="agent",
        step=step,
        attempts=attempts or 1,
        timeout=limit if "timeout" in inner and "timeout" not in late else _DEFAULT_CONFLICT_TIMEOUT_S,
        late=late,
    )


def _one_step(node: Node, context: Context, notes: Notes) -> Step | None:
    if isinstance(node, ListNode):
        wrong_type(node, "one step", notes.report)
        return None
    return next(iter(build_step(node, context, notes, steps.STEP)), None)


# ------------------------------------------------------------------------------------------------------ policies


def _policies(node: Node | None, context: Context, notes: Notes) -> tuple[MergePolicy, ...]:
    if node is None:
        return ()
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of policies", notes.report)
        return ()
    found = (_policy(item, context, notes) for item in node.items)
    return tuple(policy for policy in found if policy is not None)


def _policy(node: Node, context: Context, notes: Notes) -> MergePolicy | None:
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping with 'path' and 'policy'", notes.report)
        return None
    fields = Fields(node, phases.POLICY, notes.report)
    path = None if fields.require("path", "a policy") is None else fields.scalar("path")
    word = None if fields.require("policy", "a policy") is None else fields.word("policy")
    glob = None if path is None else read_glob(path, notes.report)
    command = notes.text(fields.scalar("command"), "shell", context)
    entry = fields.entry("command")
    if word == "regenerate" and is_null(fields.node_of("command")):
        fields.require("command", "'policy: regenerate'")
    elif word not in (None, "regenerate") and command is not None and entry is not None:
        message = f"'command' has no effect with 'policy: {word}'"
        notes.report.add("PT207", entry, message, "write 'policy: regenerate', or leave it out", severity="warning")
    if glob is None or word is None:
        return None
    kinds = Literal["union", "ours", "theirs", "regenerate", "forbid"]
    return MergePolicy(path=glob, policy=cast(kinds, word), command=command)
