"""What a worktree holds besides the tracked files: `worktree` of a workflow at work (language 13.10).

Agents get theirs before every attempt, from the run's worktree and then the user's checkout. The run's own worktree
gets what the top level says, once, from the checkout. What was put there is noted: it is nobody's work, so it is
neither a leftover nor committed.
"""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from prodigy_tui.engine.context import Context
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.steps.step_outcome import OK, StepOutcome
from prodigy_tui.engine.steps.step_runner import StepRunner
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktrees.filling import Filling, SourceMissing
from prodigy_tui.engine.worktrees.whole_file import write_whole
from prodigy_tui.engine.worktrees.worktree_paths import PathEscapes
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.git.inspect import ignored_files, is_tracked, other_files, uncommitted_files, untracked_files
from prodigy_tui.git.run import shown
from prodigy_tui.ids import Oid
from prodigy_tui.storage.paths import make_folder
from prodigy_tui.storage.trouble import StateFolderUnusable, disk
from prodigy_tui.workflow.globs import compile_globs
from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.model import WorktreeRules
from prodigy_tui.workflow.variables import Scope

SETUP: Final = "worktree/"
"""How the paths of the steps of `worktree.setup` begin."""

_OF_ITEM: Final = re.compile(rb"\b(item\w*|worker|ITEM|PRODIGY_ITEM\w*|PRODIGY_WORK\w*|FILE|FILE_PATH)\b")
NO_RULES: Final = WorktreeRules()
CANNOT_FILL = (SourceMissing, PathEscapes, InterpolationError)
"""What keeps a worktree from getting what it should hold: the attempt fails."""


class CannotFill(ProdigyError):
    """The run's worktree cannot get what the workflow wants in it."""

    exit_code = ExitCode.FAILED


class WorktreeContents:
    """Fills the worktrees of one run's agents."""

    def __init__(self, run: RunContext, steps: StepRunner) -> None:
        self._run = run
        self._steps = steps
        self._included: list[tuple[Path, str]] | None = None
        self._set_up: dict[Path, frozenset[str]] = {}
        """Worktrees whose setup need not run again, with what it made."""

    @cached_property
    def rules(self) -> WorktreeRules:
        phase = self._run.workflow.map
        return phase.worktree or NO_RULES if phase is not None else NO_RULES

    def sparse(self, scope: Callable[[], Scope]) -> tuple[str, ...] | None:
        """Returns the folders of a sparse checkout, None for all.

        Raises:
            InterpolationError: one has no value.
            PathEscapes: one lies elsewhere.
        """
        if not self.rules.sparse:
            return None
        return tuple(sparse_folder(render(parse_text(text, "plain"), scope())) for text in self.rules.sparse)

    def make(self, path: Path, branch: str, base: Oid, *, again: bool, sparse: Sequence[str] | None) -> None:
        """Brings an agent's worktree to its base, or makes it. Blocking."""
        rules, worktrees = self.rules, self._run.worktrees
        if not again or rules.mode == "fresh":
            self._set_up.pop(path, None)
            worktrees.add(path, branch, base, sparse=sparse)
            return
        keep = _keeps(rules) if rules.keep else None
        if not worktrees.reset(path, branch, base, keep=keep, sparse=sparse):
            self._set_up.pop(path, None)

    def fill(self, worktree: Path) -> frozenset[str]:
        """Copies and links what the rules name into an agent's worktree, and returns what was put there. Blocking.

        Raises:
            SourceMissing, PathEscapes: a rule cannot be followed.
        """
        rules = self.rules
        if not (rules.copies or rules.links or rules.include):
            return frozenset()
        sources = (self._run.run_worktree, self._run.repository.top)
        if self._included is None:
            self._included = included(sources, rules)
        filling = Filling(worktree=worktree, sources=sources, is_tracked=_tracked_in(worktree, rules))
        put(filling, rules, self._included, must_be_there=True)
        return frozenset(filling.made)

    async def set_up(self, context: Context) -> StepOutcome:
        """Runs `worktree.setup` where it has to run."""
        rules, worktree = self.rules, context.worktree
        if not rules.setup:
            return OK
        known = self._set_up.pop(worktree, None)
        if known is not None and await in_thread(lambda: all((worktree / one).exists() for one in known)):
            self._set_up[worktree] = known
            return OK
        before = await in_thread(lambda: frozenset(other_files(worktree)))
        outcome = await run_setup(self._steps, rules, context)
        if outcome.goes_on and rules.keep and not _OF_ITEM.search(msgspec.json.encode(rules.setup)):
            kept = await in_thread(lambda: _all_kept(worktree, before, rules))
            if kept is not None:
                self._set_up[worktree] = kept
        return outcome


async def run_setup(steps: StepRunner, rules: WorktreeRules, context: Context) -> StepOutcome:
    """Runs the steps of `worktree.setup`; the files that they make are nobody's work."""
    outcome = await steps.run_steps(rules.setup, context, prefix=SETUP)
    made = await in_thread(lambda: frozenset(untracked_files(context.worktree)))
    context.ledger.made |= made
    context.ledger.step, context.last = None, None
    return outcome


def included(sources: Sequence[Path], rules: WorktreeRules) -> list[tuple[Path, str]]:
    """Returns the ignored files that `include` names, each with the root where it lies. Blocking."""
    if not rules.include:
        return []
    matches = compile_globs(rules.include)
    wanted = _or_a_folder_above(lambda path: matches(shown(path)))
    return [(root, file) for root in sources if root.is_dir() for file in ignored_files(root) if wanted(file)]


def put(filling: Filling, rules: WorktreeRules, include: list[tuple[Path, str]], *, must_be_there: bool) -> None:
    """Puts the files of some rules into a worktree.

    Raises:
        SourceMissing, PathEscapes: a rule cannot be followed.
    """
    for path in rules.links:
        if not filling.link(path) and must_be_there:
            raise SourceMissing("link", path)
    for path in rules.copies:
        if not filling.copy(path) and must_be_there:
            raise SourceMissing("copy", path)
    for root, path in include:
        filling.copy_entry(root, path)


def sparse_folder(text: str) -> str:
    """Returns a folder of a sparse checkout.

    Raises:
        PathEscapes: it is no folder of the worktree.
    """
    folder = text.strip("/")
    if not folder or "\n" in folder or "\0" in folder:
        raise PathEscapes(text, "names no folder")
    if any(part in ("..", ".") or part.lower() == ".git" for part in folder.split("/")):
        raise PathEscapes(text, "is no folder of the worktree")
    return folder


def _keeps(rules: WorktreeRules) -> Callable[[str], bool]:
    keep = compile_globs(rules.keep)
    return lambda path: keep(shown(path))


def _or_a_folder_above(matches: Callable[[str], bool]) -> Callable[[str], bool]:
    """Returns a test whether a glob names a path or a folder that it lies in."""
    folders: dict[str, bool] = {"": False}

    def folder_matches(folder: str) -> bool:
        known = folders.get(folder)
        if known is None:
            known = folders[folder] = folder_matches(folder.rpartition("/")[0]) or matches(folder)
        return known

    return lambda path: matches(path) or folder_matches(path.rpartition("/")[0])


def _tracked_in(worktree: Path, rules: WorktreeRules) -> Callable[[str], bool]:
    """A sparse checkout has tracked files that are not there; any other has them all."""
    return (lambda path: is_tracked(worktree, path)) if rules.sparse else (lambda _: False)


def _all_kept(worktree: Path, before: frozenset[str], rules: WorktreeRules) -> frozenset[str] | None:
    """Returns what setup has made if all of it survives a reset: outermost folders and files that are kept."""
    kept = _or_a_folder_above(_keeps(rules))
    made = frozenset(other_files(worktree)) - before
    if not all(map(kept, made)) or not made.isdisjoint(changed := uncommitted_files(worktree)):
        return None
    if any(file not in before for file in changed):
        return None  # a tracked file, which the reset brings back
    return frozenset(made if len(made) <= _LOOKED_AT else sorted(made)[:: len(made) // _LOOKED_AT])


_LOOKED_AT = 100
"""Files of a kept setup whose being there is looked at, spread over all of them."""


# --------------------------------------------------------------------------------------------------- the run's worktree


class _Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the run's worktree when another process takes the run up."""

    made: tuple[bytes, ...] = ()
    """Paths, which need not be text."""
    set_up: bool = False


def make_run_worktree(run: RunContext, base: Oid) -> None:
    """Makes the run's worktree with what the top level wants in it. Blocking.

    Raises:
        CannotFill: a rule cannot be followed.
        GitFailed: the worktree cannot be made.
        StateFolderUnusable: the folder of the run is gone; nothing is made in its place.
    """
    if run.calling is not None:
        raise CannotFill(f"the worktree of the run's caller is not there: {run.run_worktree}")
    with disk(run.folder.path, "find", StateFolderUnusable):
        run.folder.path.stat()
    rules = run.workflow.worktree or NO_RULES
    run.folder.artifact(_FILE).unlink(missing_ok=True)
    sources = (run.repository.top,)
    filling = Filling(worktree=run.run_worktree, sources=sources, is_tracked=_tracked_in(run.run_worktree, rules))
    try:
        sparse: tuple[str, ...] | None = None
        if rules.sparse and not any(_OF_ITEM.search(text.encode()) for text in rules.sparse):
            sparse = tuple(sparse_folder(render(parse_text(text, "plain"), run.scope())) for text in rules.sparse)
        run.worktrees.add(run.run_worktree, run.run_branch, base, sparse=sparse)
        put(filling, rules, included(sources, rules), must_be_there=False)
    except (PathEscapes, InterpolationError) as error:
        raise CannotFill(f"worktree: {error} ({error.code})") from error
    except OSError as error:
        raise CannotFill(f"worktree: a file cannot be put into {run.run_worktree}: {error}") from error
    _note(run, _Noted(made=_encoded(filling.made)))


def is_half_made(run: RunContext) -> bool:
    """Tells whether the run's worktree was about to be filled when the process died; nothing has run in it."""
    return run.workflow.worktree is not None and not run.folder.artifact(_FILE).exists()


def made_in_run(run: RunContext) -> frozenset[str]:
    """Returns what `worktree` put into the run's worktree."""
    if run.calling is not None:
        return run.calling.made
    return frozenset(map(os.fsdecode, _noted(run).made))


async def set_up_run(run: RunContext, steps: StepRunner, context: Context) -> StepOutcome:
    """Runs `worktree.setup` of the top level in the run's worktree, before the first steps there."""
    rules = run.workflow.worktree
    if rules is None or not rules.setup or _noted(run).set_up:
        return OK
    outcome = await run_setup(steps, rules, context)
    if outcome.goes_on:
        noted = _Noted(made=_encoded(context.ledger.made), set_up=True)
        await in_thread(lambda: _note(run, noted))
    return outcome


def _encoded(paths: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(sorted(map(os.fsencode, paths)))


def _noted(run: RunContext) -> _Noted:
    try:
        return msgspec.json.decode(run.folder.artifact(_FILE).read_bytes(), type=_Noted)
    except (OSError, msgspec.DecodeError):
        return _Noted()


def _note(run: RunContext, noted: _Noted) -> None:
    file = run.folder.artifact(_FILE)
    make_folder(file.parent, durable=True)
    write_whole(file, msgspec.json.encode(noted), 0o600, durable=True)


_FILE: Final = "worktree/run.json"
