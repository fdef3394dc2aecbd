"""The whole file: which kind of workflow it is, its phases and what stands at the top (language 2.2, 2.3)."""

from pathlib import PurePath
from typing import Any

from msgspec.structs import replace

from prodigy_tui.workflow.build.agent_defaults import read_agent_defaults
from prodigy_tui.workflow.build.context import AgentDefaults, Context, Notes
from prodigy_tui.workflow.build.environment import build_environment
from prodigy_tui.workflow.build.limits import read_budget, read_notify
from prodigy_tui.workflow.build.map_phase import build_map, read_map_retry
from prodigy_tui.workflow.build.merge import build_merge
from prodigy_tui.workflow.build.phase_steps import build_phase
from prodigy_tui.workflow.build.policy import build_policy
from prodigy_tui.workflow.build.retry import read_retry_defaults
from prodigy_tui.workflow.build.steps import build_step, build_steps
from prodigy_tui.workflow.build.worktree import read_worktree
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import document
from prodigy_tui.workflow.model import PhaseSteps, Workflow
from prodigy_tui.workflow.nodes import BrokenNode, ListNode, MapNode, Node, ScalarNode, is_null, kind_of
from prodigy_tui.workflow.reading import read_texts, read_word, wrong_type

_MODES = ("plain", "standard", "mapreduce")
_OTHER_SOURCES = ("extends", "template", "sub_workflows")


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


def _build_plain(top: MapNode, stem: str, context: Context, notes: Notes) -> Workflow:
    fields = Fields(top, document.PLAIN, notes.report)
    common = _common(fields, stem, context, notes)
    node = fields.node_of("steps")
    steps = PhaseSteps()
    if node is not None:
        steps = PhaseSteps(steps=build_steps(node, context, notes, empty="warning"))
    elif not _has_other_source(fields):
        fields.require("steps", "a workflow")
    values: dict[str, Any] = {
        "steps": steps,
        "max_iterations": fields.integer("max_iterations") or 1,
        "worktree": read_worktree(fields.node_of("worktree"), context, notes, sparse=context),
        "merge": build_merge(fields.node_of("merge"), notes, has_agents=False),
        "late": notes.late(fields, context),
    }
    return replace(common, **values)


def _has_other_source(fields: Fields) -> bool:
    """Tells whether the steps come from elsewhere (language 2.2)."""
    main = fields.node_of("workflows")
    named = isinstance(main, MapNode) and not is_null(main.get("main"))
    return named or any(name in fields for name in _OTHER_SOURCES)


def _build_mapreduce(top: MapNode, stem: str, notes: Notes) -> Workflow:
    fields = Fields(top, document.MAPREDUCE, notes.report)
    context, agent = Context(phase="setup"), Context(phase="map")
    common = _common(fields, stem, context, notes)
    late = notes.late(fields, context)
    worktree = read_worktree(fields.node_of("worktree"), context, notes, sparse=agent)
    setup = build_phase(fields.node_of("setup"), "setup", notes)
    node = fields.require("map", "a mapreduce workflow")
    phase, map_fields = (None, None) if node is None else build_map(node, notes)
    policy = build_policy([fields] if map_fields is None else [fields, map_fields], notes)
    if phase is not None and map_fields is not None:
        retry = read_map_retry(map_fields, policy.retry, notes)
        phase = replace(phase, **{"worktree": phase.worktree or worktree, "retry": retry})
    values: dict[str, Any] = {
        "kind": "mapreduce",
        "setup": setup,
        "map": phase,
        "reduce": build_phase(fields.node_of("reduce"), "reduce", notes),
        "merge": build_merge(fields.node_of("merge"), notes, has_agents=True),
        "error_policy": policy.policy,
        "worktree": worktree,
        "late": late,
    }
    return replace(common, **values)


def _common(fields: Fields, stem: str, context: Context, notes: Notes) -> Workflow:
    """Returns a workflow with what both kinds have; `agent_defaults` come first because steps take them."""
    if (defaults := fields.node_of("agent_defaults")) is not None:
        notes.agent_defaults = read_agent_defaults(defaults, context, notes)
    elif notes.surroundings.providers is not None:
        notes.agent_defaults = AgentDefaults()
    if (defaults := fields.node_of("retry_defaults")) is not None:
        notes.retry_defaults = read_retry_defaults(defaults, context, notes, build_step)
    environment = build_environment(fields, replace(context, run_wide=True), notes)
    # It is in the model of the environment.
    fields.late.pop("inherit", None)
    # A notification may come at any time, so it can name whatever some phase can.
    anywhere = Context(phase="merge")
    given: dict[str, Any] = {
        "version": fields.text("version"),
        "author": fields.text("author"),
        "tags": _tags(fields),
        "timeout": fields.timeout(),
        "uncommitted": fields.word("uncommitted") or "patch",
        "budget": read_budget(fields.node_of("budget"), context, notes, has_items=fields.keys.name != "plain"),
        "notify": read_notify(fields.node_of("notify"), anywhere, notes),
    }
    name, description = fields.text("name") or stem, fields.text("description") or ""
    return Workflow(name=name, description=description, kind="plain", environment=environment, **given)


def _tags(fields: Fields) -> tuple[str, ...]:
    node = fields.node_of("tags")
    if node is None:
        return ()
    if not isinstance(node, ListNode):
        wrong_type(node, "a list of texts", fields.report)
        return ()
    return tuple(scalar.text for scalar in read_texts(node, fields.report))
