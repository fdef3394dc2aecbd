"""The error policy, under `error_policy`, at the top level or among the keys of `map` (language 13.7)."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from msgspec.structs import replace

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.groups import make_steps
from prodigy_tui.workflow.build.steps import build_step
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import phases
from prodigy_tui.workflow.late import Late
from prodigy_tui.workflow.literals import as_word
from prodigy_tui.workflow.model import CircuitBreaker, ErrorCollection, ErrorPolicy
from prodigy_tui.workflow.nodes import Entry, MapNode, Node, ScalarNode, is_null, wrapped
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, read_word, wrong_type
from prodigy_tui.workflow.suggest import did_you_mean

_REACTIONS = ("dlq", "retry", "skip", "stop")
_COLLECTIONS = ("aggregate", "immediate")
_BATCHED = re.compile(r"\s*batched\s*:\s*(.*?)\s*", re.DOTALL | re.IGNORECASE)


class Policy(NamedTuple):
    """The policy, and what it says about things that others build."""

    policy: ErrorPolicy
    retry: Entry | None
    """`retry_config`, which is the same as `map.retry`."""


def build_policy(places: Sequence[Fields], notes: Notes) -> Policy:
    """Returns the policy; `places` are the mappings whose keys may hold it."""
    sources = list(places)
    for place in places:
        node = place.node_of("error_policy")
        if isinstance(node, MapNode):
            sources.insert(0, Fields(node, phases.ERROR_POLICY, notes.report))
        elif node is not None:
            wrong_type(node, "a mapping", notes.report)
    chosen: dict[str, Fields] = {}
    for key in phases.ERROR_POLICY:
        _choose(key.name, sources, chosen, notes)
    nothing = replace(places[0].node, entries=())
    found = _Chosen(chosen, Fields(nothing, phases.ERROR_POLICY, notes.report))
    # The policy is settled once for the whole map; only the handler has an item.
    phase, agent = Context(phase="setup"), Context(phase="map")
    values: dict[str, Any] = {
        "continue_on_failure": found.of("continue_on_failure").flag("continue_on_failure", default=True),
        "max_failures": found.of("max_failures").integer("max_failures"),
        "failure_threshold": found.of("failure_threshold").ratio("failure_threshold"),
        "on_stop": found.of("on_stop").word("on_stop") or "drain",
        "error_collection": _collection(found.of("error_collection"), phase, notes),
        "circuit_breaker": _breaker(found.of("circuit_breaker").node_of("circuit_breaker"), phase, notes),
        "late": found.late(phase, notes),
    }
    node = found.of("on_item_failure").node_of("on_item_failure")
    policy = ErrorPolicy() if node is None else _reaction(node, agent, notes)
    retry = found.of("retry_config").entry("retry_config") if "retry_config" in chosen else None
    return Policy(replace(policy, **values), retry)


class _Chosen:
    """The place of each field of the policy; a field that stands nowhere is looked for in `nowhere`."""

    def __init__(self, chosen: dict[str, Fields], nowhere: Fields) -> None:
        self._chosen = chosen
        self._nowhere = nowhere

    def of(self, name: str) -> Fields:
        return self._chosen.get(name, self._nowhere)

    def late(self, context: Context, notes: Notes) -> dict[str, Late]:
        """Returns the fields of the policy that are references only."""
        found = {}
        for name, fields in self._chosen.items():
            if (early := fields.late.get(name)) is not None:
                notes.text(early.node, "plain", context)
                found[name] = early.late
        return found


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
            return ErrorPolicy(on_item_failure=cast(Any, word))
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


def _collection(fields: Fields, context: Context, notes: Notes) -> ErrorCollection:
    """Reads `error_collection`: a word, `batched:N`, `{batched: N}` or `{batched: {size: N}}`."""
    node = fields.node_of("error_collection")
    if node is None:
        return ErrorCollection()
    if isinstance(node, ScalarNode):
        batched = _BATCHED.fullmatch(node.text)
        if batched is None:
            hint = f"use {', '.join(_COLLECTIONS)}, or batched:5"
            word = read_word(node, _COLLECTIONS, notes.report, did_you_mean(as_word(node.text), _COLLECTIONS) or hint)
            return ErrorCollection(mode=cast(Any, word or "aggregate"))
        node = wrapped("batched", replace(node, text=batched[1], value=batched[1]))
    if not isinstance(node, MapNode):
        wrong_type(node, "a word or a mapping", notes.report)
        return ErrorCollection()
    outer = Fields(node, phases.ERROR_COLLECTION, notes.report)
    size = outer.require("batched", "'error_collection'")
    if size is None:
        return ErrorCollection()
    inner = Fields(size if isinstance(size, MapNode) else wrapped("size", size), phases.BATCH, notes.report)
    inner.require("size", "'batched'")
    return ErrorCollection(mode="batched", size=inner.integer("size"), late=notes.late(inner, context))


def _breaker(node: Node | None, context: Context, notes: Notes) -> CircuitBreaker | None:
    if node is None:
        return None
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping", notes.report)
        return None
    fields = Fields(node, phases.CIRCUIT_BREAKER, notes.report)
    counts = ("failure_threshold", "success_threshold", "half_open_requests", "max_opens")
    values: dict[str, Any] = {name: count for name in counts if (count := fields.integer(name)) is not None}
    limit = fields.timeout()
    late = notes.late(fields, context)
    open_ = fields.node_of("timeout")
    if isinstance(open_, ScalarNode) and open_.text.strip() == "none":
        notes.report.add("PT113", open_, "'timeout' of a circuit breaker cannot be 'none': it would never close again")
    elif limit is not None:
        values["timeout"] = limit
    return CircuitBreaker(**values, late=late)
