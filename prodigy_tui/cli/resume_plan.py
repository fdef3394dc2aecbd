"""What `resume` does: the plan as lines for people and as a document, only asked for or about to happen."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.cli.inputs import Inputs
from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.lines.line import Parts
from prodigy_tui.cli.output import Output, Painted
from prodigy_tui.cli.places import driver_of
from prodigy_tui.cli.resuming import NOTHING_MORE, Asked, Share, counts_of, share_lines, shares_of
from prodigy_tui.events.schema import KnownEvent, SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.wording import plural

if TYPE_CHECKING:
    from prodigy_tui.engine.decisions.edits import Change, Edit
    from prodigy_tui.engine.signals import Decision
    from prodigy_tui.storage import LockOwner, RunFolder

CHANGES = 20
"""With more changes by an edit than this, only their numbers are said."""

_COLOURS = {"keep": "green", "redo": "yellow", "new": "cyan", "drop": "red"}


class ResumePlan(Struct, frozen=True, kw_only=True):
    """What becomes of a run that is taken up."""

    run_id: str
    file: str
    """The workflow with which it goes on."""
    shares: tuple[Share, ...]
    notes: tuple[str, ...] = ()
    """What was not as the log says, and is put right."""
    edit: "Edit | None" = None
    differs: str = ""
    """What a person should know of the workflow's file."""
    held_by: str = ""
    """Who drives the run now; empty for a run at rest."""


def asked_of(first: "Sequence[SignalReceived | Decision]", edit: "Edit | None") -> Asked:
    """Returns what is asked of a run beyond going on."""
    retried = (one.item_id for one in first if isinstance(one, SignalReceived) and one.signal == "retry")
    kept = edit.kept if edit is not None else {}
    return Asked(requeued=frozenset(item_id for item_id in retried if item_id is not None), kept=kept)


def plan_of(
    before: RunState,
    after: RunState,
    asked: Asked = NOTHING_MORE,
    *,
    notes: Sequence[str] = (),
    edit: "Edit | None" = None,
    differs: str = "",
) -> ResumePlan:
    """Returns the plan, given the states before and after recovery."""
    return ResumePlan(
        run_id=before.run_id,
        file=after.file,
        shares=shares_of(before, after, asked),
        notes=tuple(notes),
        edit=edit,
        differs=differs,
    )


def foreseen_plan(
    invocation: Invocation,
    folder: "RunFolder",
    first: "Sequence[SignalReceived]",
    file: Path | None,
    inputs: Inputs,
) -> ResumePlan:
    """Returns the plan of a run that is not taken up; nothing is touched, and no lock taken.

    That of a live run is what would be if its process ended now.

    Raises:
        RunHeld: another process drives the run, and has not recorded anything yet.
        NotResumable: it cannot go on, or not with the workflow in `file`.
        RepositoryMoved: its repository is not where it was.
    """
    from prodigy_tui.cli.editing import difference, edited_or_none
    from prodigy_tui.cli.moved import repository_of
    from prodigy_tui.cli.places import is_live, read_state
    from prodigy_tui.engine.decisions.edits import edit_of
    from prodigy_tui.engine.edited import replacement_of
    from prodigy_tui.engine.recorded import recorded_workflow
    from prodigy_tui.engine.recovering.foresee import foresee
    from prodigy_tui.events.source import read_events
    from prodigy_tui.storage import RunHeld, RunLock
    from prodigy_tui.workflow.load import Given

    live, state = is_live(folder), read_state(folder)
    if live and state.started_at is None:
        raise RunHeld(folder.run_id, RunLock.owner(folder.lock))
    repository = repository_of(invocation, state)
    edited = edited_or_none(invocation, state, file, inputs)
    edit, more = None, list[KnownEvent]()
    workflow, _ = recorded_workflow(state, Given(complete=False), landing_only=True)
    if edited is not None:
        edit = edit_of(workflow, edited.workflow, state)
        more.append(replacement_of(state, edited, edit))
    foreseen = foresee(
        tuple(read_events(folder.events)), repository, folder, edited.workflow if edited is not None else workflow, more
    )
    differs = "" if file is not None else difference(state)
    notes = foreseen.notes if live else (*_left_behind(folder), *foreseen.notes)
    plan = plan_of(foreseen.before, foreseen.after, asked_of(first, edit), notes=notes, edit=edit, differs=differs)
    return replace(plan, held_by=driver_of(folder)) if live else plan


def _left_behind(folder: "RunFolder") -> Iterator[str]:
    """Yields what the lock of a run at rest tells of a process that died with it."""
    from prodigy_tui.storage import RunLock

    owner = RunLock.owner(folder.lock)
    if owner is not None:
        yield left_by(owner)


def left_by(owner: "LockOwner") -> str:
    """Returns what is said of a process that has left a run without giving it back."""
    from prodigy_tui.storage.owner import this_boot

    boot = this_boot()
    since = f"{owner.started.astimezone():%Y-%m-%d %H:%M:%S}"
    who = f"process {owner.pid} on {owner.host}, which took the run at {since},"
    if owner.boot and boot and owner.boot != boot:
        return f"{who} ended with its machine"
    if owner.fate(boot) == "reused":
        return f"{who} ended without giving it back; the number belongs to another process now"
    return f"{who} ended without giving it back"


def say_plan(output: Output, plan: ResumePlan) -> None:
    """Says a plan to a person; many items share lines without `-v`."""
    for parts in plan_lines(plan, all_of_it=output.verbosity > 0):
        output.say(*parts)


def print_plan(output: Output, plan: ResumePlan) -> None:
    """Prints a plan that was asked for."""
    for parts in plan_lines(plan, all_of_it=output.verbosity > 0):
        output.line(*parts)


def plan_lines(plan: ResumePlan, *, all_of_it: bool = False) -> Iterator[Parts]:
    """Yields the lines of a plan."""
    if plan.held_by:
        yield (Painted("live ", "cyan"), f"{plan.held_by} drives the run; this is what would be if it ended now")
    if plan.edit is not None:
        yield from _edit_lines(plan.file, plan.edit, all_of_it=all_of_it)
    for note in plan.notes:
        yield (Painted("found ", "yellow"), note)
    if plan.differs:
        yield (Painted("note ", "yellow"), plan.differs)
    yield from share_lines(plan.run_id, plan.shares, all_of_them=all_of_it)


def plan_document(plan: ResumePlan) -> dict[str, Any]:
    """Returns the fields of the document, every item included."""
    return {
        "run_id": plan.run_id,
        "file": plan.file,
        "live": bool(plan.held_by),
        "differs": plan.differs or None,
        "notes": list(plan.notes),
        "counts": counts_of(plan.shares),
        "parts": [
            {"kind": share.kind, "id": share.id, "label": share.what, "verdict": share.verdict, "why": share.why}
            for share in plan.shares
        ],
        "edit": None if plan.edit is None else [_change(change) for change in plan.edit.changes],
    }


def _change(change: "Change") -> dict[str, Any]:
    return {"phase": change.phase, "what": change.what, "word": change.word, "why": change.why}


def _edit_lines(file: str, edit: "Edit", *, all_of_it: bool) -> Iterator[Parts]:
    changes = [change for change in edit.changes if all_of_it or change.word != "keep"]
    kept = sum(1 for change in edit.changes if change.word == "keep")
    counted = f", {plural(kept, 'step')} of changed phases kept" if kept else ""
    if not edit.changes:
        yield (f"{file} means the same as the recorded workflow",)
        return
    yield ("edited ", Painted(file, bold=True), counted)
    shown = changes if all_of_it else changes[:CHANGES]
    for change in shown:
        where = f"{change.phase}: " if change.phase is not None else ""
        why = f"  ({change.why})" if change.why else ""
        yield (Painted(f"  {change.word:8}", _COLOURS[change.word]), f"{where}{change.what}{why}")
    if len(shown) < len(changes):
        yield (f"  and {len(changes) - len(shown)} more changes, which -v shows",)
