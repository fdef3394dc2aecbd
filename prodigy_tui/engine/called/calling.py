"""What the step that calls hands to the run that it calls: parameters, environment, worktree, folder, budget."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from msgspec.structs import replace as revised

from prodigy_tui.engine.called.caller import Calling
from prodigy_tui.engine.called.callers_budget import CallersBudget
from prodigy_tui.engine.context import Frame
from prodigy_tui.engine.kinds.inner import Inner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.variables.called import called_environment
from prodigy_tui.engine.variables.parameters import secrets_of
from prodigy_tui.engine.variables.run_names import RunNames
from prodigy_tui.engine.worktrees.worktree_paths import working_directory
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Caller
from prodigy_tui.git.inspect import head
from prodigy_tui.ids import RunId
from prodigy_tui.workflow.model import MergePhase, Workflow
from prodigy_tui.workflow.model.calls import WorkflowCall
from prodigy_tui.workflow.values import Value, plain


async def calling_of(
    workflow: Workflow,
    call: WorkflowCall,
    given: Mapping[str, Value],
    inner: Inner,
    run_id: RunId,
    recorded: RunState | None,
) -> Calling:
    """Returns what a called run has from its caller; what is `recorded` of its parameters holds.

    Raises:
        WorkflowRejected: secrets or files of variables are missing.
        InterpolationError, PathEscapes, FolderNotThere: its folder cannot be.
    """
    run, context = inner.run, inner.context
    called = _without_own_ends(workflow)
    handed = _recorded_values(given, recorded)
    secrets_of(called.parameters, handed, run.masker)
    names = RunNames(id=run_id, branch=_branch(inner), worktree=context.worktree)
    around = inner.commands.variables(inner.view, context)
    if inner.frame.cleared:
        around = around.cleared()
    begun, environment = await called_environment(called, handed, around, run, names)
    step = Caller(run_id=run.run_id, phase=context.phase, path=inner.view.path)
    return Calling(
        step=step,
        workflow=called,
        worktree=context.worktree,
        branch=names.branch,
        start=await in_thread(lambda: head(context.worktree)),
        watched=run.calling.watched if run.calling is not None else run.workflow.merge.target or run.state.target,
        made=context.ledger.made,
        handed=handed,
        begun=begun,
        environment=environment,
        frames=await _frames(call, inner),
        budget=CallersBudget(run.budget, step),
    )


def _without_own_ends(workflow: Workflow) -> Workflow:
    """Returns a workflow without what holds only for one that is started: its caller has that (language 15.5)."""
    phase = workflow.map
    if phase is not None and phase.worktree == workflow.worktree:
        phase = revised(phase, **{"worktree": None})
    late = {name: value for name, value in workflow.late.items() if name != "timeout"}
    return revised(
        workflow,
        **{
            "map": phase,
            "merge": MergePhase(),
            "worktree": None,
            "uncommitted": "patch",
            "budget": None,
            "notify": (),
            "timeout": None,
            "late": late,
        },
    )


def _recorded_values(given: Mapping[str, Value], recorded: RunState | None) -> dict[str, Value]:
    """Returns the parameters as the run was begun with them; a value that is another now counts as data."""
    if recorded is None:
        return dict(given)
    known = recorded.settings.parameters
    return {
        name: value if name not in known or known[name] == plain(value) else Value(known[name])
        for name, value in given.items()
    }


def _branch(inner: Inner) -> str:
    """Returns the branch of the worktree in which the step works."""
    run, worktree = inner.run, inner.context.worktree
    if worktree == run.run_worktree:
        return run.run_branch
    made = run.state.worktrees.get(str(worktree))
    return made.branch if made is not None else run.run_branch


async def _frames(call: WorkflowCall, inner: Inner) -> tuple[Frame, ...]:
    """Returns what every step of the called run takes over: the folder, wherever its worktree is, and the silence."""
    run, context, folder = inner.run, inner.context, inner.frame.folder
    if call.working_dir is not None:
        path = await inner.commands.fill(call.working_dir, inner.view, context)
        folder = working_directory(context.worktree, path, run.environ.get("HOME", "~"), run.allowed_outside)
    if folder is None and inner.frame.idle is None:
        return ()
    where = None if folder is None else await in_thread(partial(_relative, folder, context.worktree))
    return (Frame(folder=where, env={}, idle=inner.frame.idle),)


def _relative(folder: Path, worktree: Path) -> Path:
    """Returns a folder of the worktree so that it means the same in another one. Blocking."""
    root = worktree.resolve()
    return folder.relative_to(root) if folder.is_relative_to(root) else folder
