"""How the plan of a run is shown: as text for people, as one JSON document."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prodigy_tui.cli.plan import SHOWN_IDS, DryRun, Passes, PlannedItems, Sample, as_data
from prodigy_tui.wording import plural, span

if TYPE_CHECKING:
    from prodigy_tui.engine.planning.plan import PlannedHandler, PlannedPhase, PlannedStep
    from prodigy_tui.engine.planning.plan_merging import PlannedMerging, PlannedRules
    from prodigy_tui.events.values import Item


def plan_document(plan: DryRun, *, every_id: bool) -> dict[str, Any]:
    """Returns the JSON form (cli 8.10)."""
    calls = plan.agent_calls
    return {
        "kind": plan.workflow.kind,
        "name": plan.workflow.name,
        "label": plan.label,
        "parameters": dict(plan.parameters),
        "passes": as_data(plan.passes),
        "phases": [as_data(phase) for phase in plan.phases],
        "items": None if plan.items is None else _items_data(plan.items, every_id=every_id),
        "samples": [_sample_data(sample) for sample in plan.samples],
        "merge": {**plan.merge, **as_data(plan.merging)},
        "warnings": [dict(warning) for warning in plan.warnings],
        "agent_calls": {
            "without_retries": None if calls is None else calls[0],
            "with_all_retries": None if calls is None else calls[1],
            "per_item": list(plan.calls.per_item),
        },
    }


def plan_lines(plan: DryRun, *, every_id: bool) -> Iterator[str]:
    """Yields the lines for people."""
    label = f" ({plan.label})" if plan.label else ""
    yield f"{plan.workflow.name}{label}: a {plan.workflow.kind} workflow; nothing has been started"
    if plan.parameters:
        yield "parameters"
        yield from _parameters(plan.parameters)
    yield from _passes(plan.passes)
    for phase in plan.phases:
        yield from _phase(phase)
    if plan.items is not None:
        yield from _items(plan.items, every_id=every_id)
    for sample in plan.samples:
        yield from _sample(sample, plan)
    yield from _merging(plan.merging, _landing(plan.merge))
    yield _calls(plan)
    if plan.warnings:
        yield "warnings"
        yield from (f"  {_warning(warning)}" for warning in plan.warnings)


def _parameters(values: Mapping[str, Any]) -> Iterator[str]:
    from prodigy_tui.workflow.rendering import render_data

    width = max(map(len, values))
    for name, value in values.items():
        yield f"  {name:{width}}  {_first(render_data(value))}"


def _passes(passes: Passes) -> Iterator[str]:
    more = f"at most {passes.iterations}, the next one while one commits" if passes.iterations not in (None, 1) else ""
    if not passes.arguments:
        if more:
            yield f"passes: {more}"
        return
    if passes.iterations is None:
        yield "values"
    else:
        each = f"for each {more}" if more else "one pass for each"
        yield f"passes: {plural(len(passes.arguments), 'value')}, {each}"
    for number, value in enumerate(passes.arguments, 1):
        yield f"  {number}. {_first(value)}"


def _phase(phase: "PlannedPhase") -> Iterator[str]:
    notes = []
    if phase.max_parallel is not None:
        auto = phase.max_parallel == "auto"
        notes.append("as many at once as goes well" if auto else f"at most {phase.max_parallel} at once")
    if phase.attempts is not None and phase.attempts > 1:
        notes.append(f"{phase.attempts} attempts an item")
    if phase.on_item_failure not in (None, "dlq"):
        notes.append(f"on_item_failure {phase.on_item_failure}")
    if phase.timeout is not None:
        notes.append(f"timeout {_time(phase.timeout)}")
    if phase.run_if is not None:
        notes.append(f"if {phase.run_if.replace('_', ' ')}")
    yield phase.phase + (f": {', '.join(notes)}" if notes else "")
    for number, step in enumerate(phase.steps, 1):
        yield from _step(step, f"{number}.", "  ")


def _step(step: "PlannedStep", number: str, indent: str) -> Iterator[str]:
    kind = f"{step.kind} {step.provider}" if step.provider else step.kind
    notes = [kind]
    if step.when is not None:
        notes.append(f"when {step.when}" if isinstance(step.when, str) else f"when {str(step.when).lower()}")
    if step.retry is not None:
        notes.append(f"retry: {step.retry.attempts} attempts, {step.retry.backoff}")
    if step.timeout is not None:
        notes.append(f"timeout {_time(step.timeout)}")
    yield f"{indent}{number} {step.label} ({', '.join(notes)})"
    for place, inner in enumerate(step.steps, 1):
        yield from _step(inner, f"{place}.", f"{indent}   ")
    for handler in step.handlers:
        yield f"{indent}   {_handler(handler)}"
        for place, inner in enumerate(handler.steps, 1):
            yield from _step(inner, f"{place}.", f"{indent}     ")


def _handler(handler: "PlannedHandler") -> str:
    if handler.strategy == "tolerate":
        return f"on {handler.on}: goes on"
    if handler.on == "check":
        return f"check, up to {handler.rounds} rounds:" if handler.rounds > 1 else "check:"
    rounds = f", {handler.rounds} rounds" if handler.rounds > 1 else ""
    return f"on {handler.on}: {handler.strategy}{rounds}" if handler.strategy else f"on {handler.on}:"


def _items(items: PlannedItems, *, every_id: bool) -> Iterator[str]:
    if items.problem is not None:
        yield f"items: the map would fail: {items.problem}"
        return
    if items.stages is None:
        yield f"items: not known yet: {items.unknown}"
        return
    stages = ", ".join(f"{name} {number}" for name, number in items.stages.items())
    narrowed = any(number != len(items.items) for number in items.stages.values())
    yield f"items: {plural(len(items.items), 'item')}{f' ({stages})' if narrowed else ''}"
    shown = items.items if every_id else items.items[:SHOWN_IDS]
    for item in shown:
        yield f"  {_name(item)}"
    if len(shown) < len(items.items):
        yield f"  … and {len(items.items) - len(shown)} more; -v shows all"


def _name(item: "Item") -> str:
    return item.id if item.label in ("", item.id) else f"{item.id}  {item.label}"


def _sample(sample: Sample, plan: DryRun) -> Iterator[str]:
    if sample.item is not None:
        yield f"item {sample.item.label or sample.item.id}"
    else:
        yield "first steps" if plan.items is None else "first steps of any item"
    for number, step in enumerate(sample.steps, 1):
        yield f"  {number}. {step.label} ({step.kind})"
        if step.problem is not None:
            yield f"     fails: {step.problem}"
        for line in (step.text or "").splitlines():
            yield f"     | {line}".rstrip()


def _merging(merging: "PlannedMerging", landing: str) -> Iterator[str]:
    if merging.policies:
        yield "policies for files"
        width = max(len(one.path) for one in merging.policies)
        for one in merging.policies:
            yield f"  {one.path:{width}}  {one.policy}{f': {_first(one.command)}' if one.command else ''}"
    if merging.agents is not None:
        yield "merges of agents: to the run's own branch, one after the other"
        yield from _rules(merging.agents)
    yield landing
    yield from _rules(merging.landing)


_CONFLICTS = {
    "fail": "for you: the run stops there",
    "dlq": "for you: the item goes to the dead letter queue",
    "agent": "for an agent first",
}


def _rules(rules: "PlannedRules") -> Iterator[str]:
    conflict, verify = rules.conflict, rules.verify
    if conflict.step is None:
        yield f"  a conflict is {_CONFLICTS[conflict.action]}"
    else:
        tries = f", {plural(conflict.attempts, 'attempt')}" if conflict.attempts else ""
        limit = f", timeout {_time(conflict.timeout)}" if conflict.timeout is not None else ""
        yield f"  a conflict is {_CONFLICTS[conflict.action]}{tries}{limit}"
        yield from _step(conflict.step, "-", "    ")
    if verify is None:
        return
    batch = "as many at once as goes well" if verify.batch == "auto" else f"{verify.batch} at once"
    limit = f", timeout {_time(verify.timeout)}" if verify.timeout is not None else ""
    yield f"  verified: {batch}, {plural(verify.flaky_retries, 'retry', 'retries')}{limit}"
    for number, step in enumerate(verify.steps, 1):
        yield from _step(step, f"{number}.", "    ")
    if verify.fix is not None:
        yield "  and if that fails"
        yield from _step(verify.fix, "-", "    ")


def _first(text: str) -> str:
    first, *rest = text.strip().splitlines() or [""]
    return f"{first}{' …' if rest else ''}"


def _landing(merge: Mapping[str, Any]) -> str:
    if not merge["land"]:
        return "landing: not wanted by the workflow"
    target = merge["target"] or "the branch that is checked out"
    asked = {"ask": "after a yes", "yes": "without a question", "no": "only by 'prodigy-tui merge'"}[merge["ask"]]
    message = f", message {merge['message']!r}" if merge["message"] else ""
    return f"landing: on {target}, strategy {merge['strategy']}, {asked}{message}"


def _calls(plan: DryRun) -> str:
    calls = plan.agent_calls
    if calls is not None:
        least, most = calls
        return f"agent calls: {least} without retries, {most} with all of them"
    own, each = plan.calls.besides, plan.calls.per_item
    besides = f", besides {own[0]} and {own[1]}" if any(own) else ""
    return f"agent calls: {each[0]} an item without retries, {each[1]} with all of them{besides}"


def _warning(warning: Mapping[str, Any]) -> str:
    place = f"{warning['file']}:{warning['line']}:{warning['column']}: " if warning.get("file") else ""
    hint = f"; {warning['hint']}" if warning.get("hint") else ""
    code = f"{warning['code']}: " if warning["code"] else ""
    return f"{place}{code}{warning['message']}{hint}"


def _time(seconds: float | str) -> str:
    return seconds if isinstance(seconds, str) else span(seconds)


def _items_data(items: PlannedItems, *, every_id: bool) -> dict[str, Any]:
    shown = items.items if every_id else items.items[:SHOWN_IDS]
    return {
        "stages": None if items.stages is None else dict(items.stages),
        "total": items.total,
        "ids": [item.id for item in shown],
        "unknown": items.unknown,
        "problem": items.problem,
    }


def _sample_data(sample: Sample) -> dict[str, Any]:
    return {
        "item_id": sample.item.id if sample.item is not None else None,
        "label": sample.item.label if sample.item is not None else None,
        "steps": [as_data(step) for step in sample.steps],
    }
