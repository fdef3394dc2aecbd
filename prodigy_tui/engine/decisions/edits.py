"""What an edited workflow changes of a run that is taken up (cli 8.2): what is kept, done again and new. Pure.

A phase's steps stay done up to the first one that is written otherwise: what comes after it may build upon it. Items
that are done stay as they are, whatever becomes of the template. What has shaped them cannot be changed any more.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from prodigy_tui.engine.decisions.narrowing import narrowed
from prodigy_tui.engine.decisions.settled import LATER
from prodigy_tui.engine.recorded import NotResumable
from prodigy_tui.events.evolve_sessions import SEQUENCES
from prodigy_tui.events.phase_state import PhaseState
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import PhaseName
from prodigy_tui.workflow.items import ItemsError, select
from prodigy_tui.workflow.model import MapPhase, Step, Workflow
from prodigy_tui.workflow.model.base import Model
from prodigy_tui.workflow.variables import Scope

Word: TypeAlias = Literal["keep", "redo", "new", "drop"]

OF_LOADING = (
    *("input", "json_path", "spread", "id_field", "filter", "distinct", "sort_by", "offset"),
    *("max_items", "min_items"),
)
"""Fields of a map that have done their work once the items are there."""

_POSITIONS = frozenset({"line", "column", "place"})
"""Where something is written; it means the same elsewhere."""

NAMED = 3
"""Items that a refusal names at most."""


class CannotEdit(NotResumable):
    """The run cannot go on with this workflow."""


class Change(Struct, frozen=True, kw_only=True):
    """What becomes of a step, or of a part of the workflow, by the edit."""

    phase: PhaseName | None
    what: str
    """The label of the step, or the key."""
    word: Word
    why: str = ""


class Edit(Struct, frozen=True, kw_only=True):
    """An edited workflow beside the recorded one."""

    changes: tuple[Change, ...]
    kept: Mapping[PhaseName, int]
    """Phase → how many of its steps stay done, where others do not or are new."""
    unsettled: tuple[str, ...] = ()
    max_parallel: int | None = None


def edit_of(old: Workflow, new: Workflow, state: RunState) -> Edit:
    """Returns what the edit changes.

    Raises:
        CannotEdit: the run has gone too far for it.
    """
    if new.kind != old.kind:
        words = {"plain": "plain steps", "mapreduce": "a map"}
        raise CannotEdit(
            f"run {state.run_id}: its workflow has {words[old.kind]}, the edited one {words[new.kind]}",
            hint="start the edited one with 'prodigy-tui run'",
        )
    changes: list[Change] = []
    kept: dict[PhaseName, int] = {}
    for phase in (*SEQUENCES[new.kind], "merge"):
        if phase == "map":
            changes += _map_changes(old, new, state)
            continue
        same = _same_steps(old, new, phase)
        told = tuple(_phase_changes(old, new, phase, state.phases.get(phase), same))
        changes += told
        if phase in state.phases and _goes_on(old, new, phase, state.phases[phase], same):
            _require_open(phase, same, state)
            kept[phase] = same
    changes += _other_changes(old, new)
    return Edit(
        changes=tuple(changes),
        kept=kept,
        unsettled=_unsettled(old, new, state),
        max_parallel=_max_parallel(old, new),
    )


# --------------------------------------------------------------------------------------------------------------- steps


def _steps(workflow: Workflow, phase: PhaseName) -> tuple[Step, ...]:
    match phase:
        case "steps":
            return workflow.steps.steps
        case "setup":
            return workflow.setup.steps
        case "reduce":
            return workflow.reduce.steps
        case "merge":
            return workflow.merge.steps
        case "map":
            return workflow.map.agent_template if workflow.map is not None else ()


def _same_steps(old: Workflow, new: Workflow, phase: PhaseName) -> int:
    """Returns how many steps from the first on are the same."""
    before, after = _written(old, _steps(old, phase)), _written(new, _steps(new, phase))
    if phase == SEQUENCES[new.kind][0] and _written(old, old.sub_workflows) != _written(new, new.sub_workflows):
        return 0
    pairs = enumerate(zip(before, after, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(before), len(after)))


def _written(workflow: Workflow, models: Collection[Any]) -> list[Any]:
    """Returns models as data that says what they mean, the workflows that they call included."""
    called = {name: _plain(msgspec.to_builtins(one)) for name, one in workflow.called.items()}
    return [_with_called(_plain(msgspec.to_builtins(model)), called, ()) for model in models]


def _plain(data: Any) -> Any:
    match data:
        case dict():
            return {name: _plain(value) for name, value in data.items() if name not in _POSITIONS}
        case list() | tuple():
            return [_plain(value) for value in data]
        case _:
            return data


def _with_called(data: Any, called: Mapping[str, Any], above: tuple[str, ...]) -> Any:
    match data:
        case {"target": str(target), **rest} if target in called and target not in above:
            return {**rest, "target": _with_called(called[target], called, (*above, target))}
        case dict():
            return {name: _with_called(value, called, above) for name, value in data.items()}
        case list():
            return [_with_called(value, called, above) for value in data]
        case _:
            return data


def _phase_changes(
    old: Workflow, new: Workflow, phase: PhaseName, known: PhaseState | None, same: int
) -> Iterator[Change]:
    before, after = _steps(old, phase), _steps(new, phase)
    if same == len(before) == len(after):
        return
    done = _done(known)
    for index, step in enumerate(after):
        if index < same:
            yield Change(phase=phase, what=step.label, word="keep", why="done" if index < done else "not begun")
        elif index < min(done, len(before)):
            why = "it is written otherwise" if index == same else "a step before it is written otherwise"
            yield Change(phase=phase, what=step.label, word="redo", why=why)
        else:
            yield Change(phase=phase, what=step.label, word="new")
    for step in before[len(after) :]:
        yield Change(phase=phase, what=step.label, word="drop", why="it is not there any more")


def _done(known: PhaseState | None) -> int:
    """Returns how many steps from the first on have ended well."""
    if known is None:
        return 0
    ended = {
        path for path, record in known.steps.items() if record.status in ("ok", "recovered", "tolerated", "skipped")
    }
    return next(n for n in range(len(ended) + 1) if str(n) not in ended)


def _goes_on(old: Workflow, new: Workflow, phase: PhaseName, known: PhaseState, same: int) -> bool:
    """Tells whether a phase that has begun has something else to do now."""
    before, after = _steps(old, phase), _steps(new, phase)
    if same < len(before) or same < len(after):
        return same < _done(known) or known.status in ("ok", "skipped", "failed")
    otherwise = _written(old, (old.reduce,)) != _written(new, (new.reduce,))
    return phase == "reduce" and known.status == "skipped" and otherwise


def _require_open(phase: PhaseName, same: int, state: RunState) -> None:
    if phase == "setup" and state.items_loaded:
        raise CannotEdit(
            f"run {state.run_id}: its items came out of setup, so step {same + 1} of setup cannot be changed any more",
            hint="leave setup as it was, or start a new run",
        )


# ----------------------------------------------------------------------------------------------------------------- map


def _map_changes(old: Workflow, new: Workflow, state: RunState) -> Iterator[Change]:
    before, after = old.map, new.map
    assert before is not None and after is not None, "both have a map"
    if state.items_loaded:
        _require_same_items(before, after, state)
    same = _same_steps(old, new, "map")
    steps, known = after.agent_template, before.agent_template
    if same < len(steps) or same < len(known):
        done = state.counts.finished
        stays = f"{done} items that are done stay as they are" if done else ""
        yield Change(phase="map", what="agent_template", word="new", why=stays)
        for index, step in enumerate(steps):
            yield Change(phase="map", what=step.label, word="keep" if index < same else "new")
        for step in known[len(steps) :]:
            yield Change(phase="map", what=step.label, word="drop", why="it is not there any more")
    for name in before.__struct_fields__:
        if name not in (*OF_LOADING, "agent_template", "late") and _differs(before, after, name):
            yield Change(phase="map", what=name, word="new")
    if before.late != after.late and state.items_loaded:
        _require_settled(_late(before, ""), _late(after, ""), "map", state)


def _require_same_items(before: MapPhase, after: MapPhase, state: RunState) -> None:
    changed = [name for name in OF_LOADING if _differs(before, after, name)]
    if not changed:
        return
    known, wanted = set(state.order), _ids(after, state)
    where = f"'map.{changed[0]}'"
    if wanted is None:
        raise CannotEdit(
            f"run {state.run_id}: its {len(known)} items are chosen, so {where} cannot be changed any more",
            hint="leave it as it was, or start a new run",
        )
    if wanted != known:
        parts = [
            f"{word} {', '.join(map(repr, sorted(ids)[:NAMED]))}{' and others' if len(ids) > NAMED else ''}"
            for word, ids in (("without", known - wanted), ("with", wanted - known))
            if ids
        ]
        raise CannotEdit(
            f"run {state.run_id}: {where} would give other items, {' and '.join(parts)}",
            hint="leave the items as they were, or start a new run",
        )


def _ids(phase: MapPhase, state: RunState) -> set[str] | None:
    """Returns the ids of the items that a map would have now, if its text alone tells."""
    if phase.input.kind != "list" or phase.late:
        return None
    try:
        wanted = narrowed(phase, state.settings)
        selection = select(wanted, list(phase.input.items), Scope(names=[], roots={}, environment={}))
    except (ItemsError, ValueError):
        return None
    return {item.id for item in selection.items}


def _differs(before: MapPhase, after: MapPhase, name: str) -> bool:
    one, other = (_plain(msgspec.to_builtins(getattr(each, name))) for each in (before, after))
    return bool(one != other or before.late.get(name) != after.late.get(name))


# --------------------------------------------------------------------------------------------------------- late values


def _late(model: Any, path: str) -> dict[str, str]:
    """Returns path → text of every value of a map or policy that is known only when the map starts."""
    found: dict[str, str] = {}
    if isinstance(model, tuple):
        for number, element in enumerate(model):
            found |= _late(element, f"{path}{number}.")
    elif isinstance(model, Model):
        found |= {f"{path}{name}": late.text for name, late in model.late.items() if name not in LATER}
        for name in model.__struct_fields__:
            if name not in (*LATER, "late") and name not in model.late:
                found |= _late(getattr(model, name), f"{path}{name}.")
    return found


def _require_settled(old: Mapping[str, str], new: Mapping[str, str], root: str, state: RunState) -> None:
    for path, text in new.items():
        if old.get(path) != text:
            raise CannotEdit(
                f"run {state.run_id}: '{root}.{path}: {text}' takes its value when the map starts, which it has",
                hint="write the value itself",
            )


def _unsettled(old: Workflow, new: Workflow, state: RunState) -> tuple[str, ...]:
    """Returns the paths of settled values that the edited workflow says itself."""
    if not state.items_loaded:
        return ()
    before, after = _late(old.error_policy, ""), _late(new.error_policy, "")
    _require_settled(before, after, "error_policy", state)
    late = {f"map.{path}" for path in _late(new.map, "")} | {f"error_policy.{path}" for path in after}
    return tuple(sorted(path for path in state.settled if path not in late))


def _max_parallel(old: Workflow, new: Workflow) -> int | None:
    if old.map is None or new.map is None or "max_parallel" in new.map.late:
        return None
    return new.map.max_parallel if new.map.max_parallel != old.map.max_parallel else None


def _other_changes(old: Workflow, new: Workflow) -> Iterator[Change]:
    """Yields the other parts that are written otherwise; they hold from here on."""
    phases = {"steps", "setup", "map", "reduce", "called", "names", "kind", "late", "sub_workflows"}
    for name in (one for one in new.__struct_fields__ if one not in phases):
        one, other = getattr(old, name), getattr(new, name)
        if _plain(msgspec.to_builtins(one)) != _plain(msgspec.to_builtins(other)):
            yield Change(phase=None, what=name, word="new", why="holds from here on")
