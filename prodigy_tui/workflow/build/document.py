"""The whole file: which kind of workflow it is, its phases and what stands at the top (language 2.2, 2.3)."""

from pathlib import PurePath
from typing import Literal, cast

from prodigy_tui.workflow import keys
from prodigy_tui.workflow.build.commands import check_provider, read_options
from prodigy_tui.workflow.build.context import AgentDefaults, Context, Notes
from prodigy_tui.workflow.build.map_phase import build_map
from prodigy_tui.workflow.build.names import build_env
from prodigy_tui.workflow.build.policy import build_policy
from prodigy_tui.workflow.build.steps import build_steps
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import Keys
from prodigy_tui.workflow.model import MergePhase, PhaseSteps, Workflow
from prodigy_tui.workflow.nodes import BrokenNode, ListNode, MapNode, Node, ScalarNode, is_null, kind_of
from prodigy_tui.workflow.problems import NOT_AVAILABLE
from prodigy_tui.workflow.reading import NOT_YET, read_texts, read_word, wrong_type

_STRATEGIES = ("merge", "squash", "rebase")
_RUN_IF = ("any_success", "all_success", "always")
_MODES = ("plain", "standard", "mapreduce")
_OTHER_SOURCES = frozenset({"extends", "template", "sub_workflows", "workflows"})


def build_document(top: Node, name: str, notes: Notes) -> Workflow | None:
    """Returns the workflow as far as it could be made; `name` is that of the file."""
    stem = PurePath(name).stem or name
    context = Context(phase="steps")
    match top:
        case ListNode():
            steps = build_steps(top, context, notes, empty="warning")
            return Workflow(name=stem, kind="plain", steps=PhaseSteps(steps=steps))
        case MapNode():
            if _is_mapreduce(top, notes):
                return _build_mapreduce(top, stem, notes)
            return _build_plain(top, stem, context, notes)
        case BrokenNode():
            return None
        case ScalarNode():
            hint = "write a list of steps, or a mapping"
            notes.report.add("PT102", top, f"a workflow cannot be {kind_of(top)}", hint)
            return None


def _is_mapreduce(top: MapNode, notes: Notes) -> bool:
    mode_node = top.get("mode")
    mode: str | None = None
    if mode_node is not None and not is_null(mode_node):
        mode = read_word(mode_node, _MODES, notes.report)
    if "map" not in top:
        return mode == "mapreduce"
    if mode in ("plain", "standard") and (entry := top.entry("mode")):
        notes.report.add("PT103", entry, f"'mode: {mode}' and 'map' cannot stand together; one must go")
    return True


def _build_plain(top: MapNode, stem: str, context: Context, notes: Notes) -> Workflow | None:
    fields = Fields(top, keys.PLAIN, notes.report)
    common = _common(fields, stem, context, notes)
    node = fields.node_of("steps")
    steps = PhaseSteps()
    if node is not None:
        steps = PhaseSteps(steps=build_steps(node, context, notes, empty="warning"))
    elif fields.later.isdisjoint(_OTHER_SOURCES):
        fields.require("steps", "a workflow")
    return common.model_copy(update={"kind": "plain", "steps": steps, "merge": _merge(fields, notes)})


def _build_mapreduce(top: MapNode, stem: str, notes: Notes) -> Workflow | None:
    fields = Fields(top, keys.MAPREDUCE, notes.report)
    in_map = Context(phase="map")
    common = _common(fields, stem, Context(phase="setup"), notes)
    setup = _phase(fields, "setup", keys.SETUP, notes)
    node = fields.require("map", "a mapreduce workflow")
    phase, map_fields = (None, None) if node is None else build_map(node, in_map, notes)
    policy = build_policy([fields] if map_fields is None else [fields, map_fields], in_map, notes)
    reduce = _phase(fields, "reduce", keys.REDUCE, notes)
    return common.model_copy(
        update={
            "kind": "mapreduce",
            "setup": setup,
            "map": phase,
            "reduce": reduce,
            "merge": _merge(fields, notes),
            "error_policy": policy,
        }
    )


def _common(fields: Fields, stem: str, context: Context, notes: Notes) -> Workflow:
    """Returns a workflow with what both kinds have; `agent_defaults` come first because steps take them."""
    if (defaults := fields.node_of("agent_defaults")) is not None:
        notes.agent_defaults = _agent_defaults(defaults, notes)
    elif notes.surroundings.providers is not None:
        notes.agent_defaults = AgentDefaults()
    for name in ("version", "author"):
        fields.text(name)
    if (tags := fields.node_of("tags")) is not None:
        if isinstance(tags, ListNode):
            read_texts(tags, notes.report)
        else:
            wrong_type(tags, "a list of texts", notes.report)
    env = fields.node_of("env")
    values = {} if env is None else build_env(env, context, notes)
    if isinstance(env, MapNode):
        notes.env = {e.key: e.value for e in env.entries if e.key in values and isinstance(e.value, ScalarNode)}
    return Workflow(
        name=fields.text("name") or stem, description=fields.text("description") or "", kind="plain", env=values
    )


def _agent_defaults(node: Node, notes: Notes) -> AgentDefaults:
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return AgentDefaults()
    fields = Fields(node, keys.AGENT_DEFAULTS, notes.report)
    provider_node, options = fields.node_of("provider"), fields.node_of("options")
    provider = fields.text("provider") or "claude"
    if provider_node is not None:
        check_provider(provider, provider_node, notes)
    idle_timeout = fields.timeout("idle_timeout")
    return AgentDefaults(
        provider=provider,
        model=fields.text("model"),
        options={} if options is None else read_options(options, provider, notes),
        timeout=fields.timeout(),
        idle_timeout=idle_timeout,
        no_idle_timeout="idle_timeout" in fields and idle_timeout is None,
    )


def _phase(top: Fields, name: Literal["setup", "reduce"], table: Keys, notes: Notes) -> PhaseSteps:
    """Reads `setup` or `reduce`: a list, or a mapping with the steps."""
    node = top.node_of(name)
    context = Context(phase=name)
    if node is None:
        return PhaseSteps()
    if isinstance(node, ListNode):
        return PhaseSteps(steps=build_steps(node, context, notes))
    if not isinstance(node, MapNode):
        wrong_type(node, "a list of steps or a mapping", notes.report)
        return PhaseSteps()
    fields = Fields(node, table, notes.report)
    steps = fields.require("steps", f"'{name}'")
    run_if = cast(Literal["any_success", "all_success", "always"] | None, fields.word("run_if", _RUN_IF))
    return PhaseSteps(
        steps=() if steps is None else build_steps(steps, context, notes),
        timeout=fields.timeout(),
        run_if=run_if or "any_success",
    )


def _merge(top: Fields, notes: Notes) -> MergePhase:
    node = top.node_of("merge")
    context = Context(phase="merge")
    if node is None:
        return MergePhase()
    if isinstance(node, ListNode):
        return MergePhase(steps=build_steps(node, context, notes))
    if not isinstance(node, MapNode):
        wrong_type(node, "a list of steps or a mapping", notes.report)
        return MergePhase()
    fields = Fields(node, keys.MERGE, notes.report)
    steps, strategy = fields.node_of("steps"), fields.node_of("strategy")
    word = None if strategy is None else read_word(strategy, _STRATEGIES, notes.report)
    if strategy is not None and word not in (None, "merge"):
        notes.report.add(NOT_AVAILABLE, strategy, f"'strategy: {word}' {NOT_YET}")
    return MergePhase(
        steps=() if steps is None else build_steps(steps, context, notes),
        target=fields.text("target"),
        message=notes.text(fields.scalar("message"), "plain", context),
        land=fields.flag("land", default=True),
        timeout=fields.timeout(),
    )
