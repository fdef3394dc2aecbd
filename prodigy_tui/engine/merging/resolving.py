"""Steps that work on a merge: the agent of `conflict` (language 16.4) and the commands of `regenerate` (16.5)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.merging.candidate_worktree import candidate_worktree
from prodigy_tui.engine.merging.policies import Rule, forbidden, under
from prodigy_tui.engine.merging.workbench import WORKTREE, Workbench
from prodigy_tui.engine.phases import WORKTREE_TROUBLE
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.time_limits import time_limit
from prodigy_tui.events.evolve_resolutions import RESOLVE
from prodigy_tui.events.values import Failure
from prodigy_tui.git.conflict_worktree import NotSolved, Unsolved, leave_conflict, solution
from prodigy_tui.git.inspect import tree_changes
from prodigy_tui.git.run import shown
from prodigy_tui.git.settling import Settled
from prodigy_tui.git.worktree_trees import changed_in_worktree, tree_with
from prodigy_tui.ids import Oid
from prodigy_tui.storage.output import OutputWriter
from prodigy_tui.workflow.late import LateError, settle_model
from prodigy_tui.workflow.model import Conflict, ShellCommand, Step

UNSOLVED: Final = "PT644"
REGENERATE_S: Final = 900.0
"""How long a command that makes files anew may take; the language gives no key for it."""


async def solve(bench: Workbench, rules: Conflict, settled: Settled, rule: Rule) -> str | Failure:
    """Lets the agent solve what is left of a conflict, as often as it may, and returns the tree that it has made.

    Raises:
        Interrupted: the run stops.
    """
    try:
        rules = settle_model(rules, bench.run.scope(), without={"step"})
    except LateError as error:
        return Failure(kind="interpolation", code=error.code, message=str(error))
    paths = tuple(clash.path for clash in settled.left)
    failure: Failure | None = None
    for attempt in range(1, rules.attempts + 1):
        async with bench.session("conflict", paths, attempt) as (writer, outcome):
            made = await _attempt(bench, rules, settled, rule, writer)
            outcome.status, outcome.message = ("failed", made.message) if isinstance(made, Failure) else ("ok", "")
        if isinstance(made, str):
            return made
        failure = made
    assert failure is not None, "there is at least one attempt"
    return failure


async def _attempt(
    bench: Workbench, rules: Conflict, settled: Settled, rule: Rule, writer: OutputWriter
) -> str | Failure:
    run, task = bench.run, bench.task
    assert rules.step is not None, "who solves conflicts has a step"
    try:
        async with candidate_worktree(run, WORKTREE, task.onto) as path:
            unsolved = await in_thread(lambda: leave_conflict(path, task.onto, task.head, settled.edits))
            paths = [clash.path for clash in settled.left]
            context = await bench.context(path, task.onto, writer, paths)
            async with time_limit(rules.timeout, run.clock):
                outcome = await bench.steps.run_step(rules.step, context, f"{RESOLVE}0", 0)
            failed = bench.failure_of(outcome)
            if failed is not None:
                return _unsolved(failed.message, failed.tail)
            return await in_thread(lambda: _accepted(unsolved, rule))
    except TimeoutError:
        if rules.timeout is None:
            raise
        return _unsolved(f"timed out after {rules.timeout:g} s")
    except NotSolved as error:
        return _unsolved(str(error))
    except WORKTREE_TROUBLE as error:
        return _unsolved(f"the worktree cannot be used: {error}")


def _accepted(unsolved: Unsolved, rule: Rule) -> str | Failure:
    """Returns the tree of a solution that may count. Blocking.

    Raises:
        NotSolved: there is none.
    """
    tree = solution(unsolved)
    changed = [change.path for change in tree_changes(unsolved.path, unsolved.onto, tree).files]
    refused = under(rule, "forbid", changed)
    return forbidden(refused) if refused else tree


def _unsolved(why: str, tail: str = "") -> Failure:
    return Failure(kind="merge", code=UNSOLVED, message=one_line(f"the conflict was not solved: {why}"), tail=tail)


# ------------------------------------------------------------------------------------------------------- regenerate


async def regenerate(
    bench: Workbench, commit: Oid, commands: Mapping[str, Sequence[str]], is_made: Callable[[str], bool]
) -> str | Failure:
    """Runs commands at a merge and returns its tree with the files that they have made.

    Args:
        bench: Of the merge.
        commit: The merge as it is without them.
        commands: Each with the files for which it runs.
        is_made: Which files count; what else the commands change is dropped.

    Raises:
        Interrupted: the run stops.
    """
    paths = [path for files in commands.values() for path in files]
    async with bench.session("regenerate", paths) as (writer, outcome):
        try:
            made = await _regenerated(bench, commit, commands, is_made, writer)
        except WORKTREE_TROUBLE as error:
            made = _not_made(paths, Failure(kind="worktree", message=f"the worktree cannot be used: {error}"))
        outcome.status, outcome.message = ("failed", made.message) if isinstance(made, Failure) else ("ok", "")
    return made


async def _regenerated(
    bench: Workbench,
    commit: Oid,
    commands: Mapping[str, Sequence[str]],
    is_made: Callable[[str], bool],
    writer: OutputWriter,
) -> str | Failure:
    async with candidate_worktree(bench.run, WORKTREE, commit) as path:
        context = await bench.context(path, commit, writer, ())
        for index, (command, files) in enumerate(commands.items()):
            step = Step(command=ShellCommand(text=command), label=_label(files), timeout=REGENERATE_S)
            outcome = await bench.steps.run_step(step, context, f"{RESOLVE}{index}", index)
            failed = bench.failure_of(outcome)
            if failed is not None:
                return _not_made(files, failed)
        return await in_thread(
            lambda: tree_with(path, commit, [one for one in changed_in_worktree(path, commit) if is_made(one)])
        )


def _label(files: Sequence[str]) -> str:
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return one_line(f"regenerate {shown(files[0])}{more}")


def _not_made(files: Sequence[str], failure: Failure) -> Failure:
    message = one_line(f"cannot {_label(files)}: {failure.message}")
    return Failure(
        kind=failure.kind,
        code="PT640",
        message=message,
        step=failure.step,
        exit_code=failure.exit_code,
        tail=failure.tail,
    )
