"""The repository of a run that is taken up, also where that has moved: it is known by the run's commits and refs."""

from pathlib import Path
from typing import TYPE_CHECKING

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.events.state import RunState

if TYPE_CHECKING:
    from prodigy_tui.git.repo import Repository
    from prodigy_tui.storage import RunFolder


class RepositoryMoved(ProdigyError):
    """The repository of the run is not where it was."""

    exit_code = ExitCode.ENVIRONMENT


def repository_of(invocation: Invocation, state: RunState) -> "Repository":
    """Returns the repository in which a run goes on: where it was, else the one of this call, if that is it.

    Raises:
        RepositoryMoved: neither is the run's.
        GitMissing, GitTooOld: git cannot serve.
    """
    from prodigy_tui.git.repo import NotARepository, Repository

    recorded = Path(state.repository)
    try:
        found: Repository | None = Repository.open(recorded)
    except NotARepository:
        found = None
    if found is not None and _is_of(found, state):
        return found
    try:
        here: Repository | None = Repository.open(invocation.repo)
    except NotARepository:
        here = None
    if here is not None and _is_of(here, state):
        invocation.output.say(f"the repository of {state.run_id} was at {recorded}; it is at {here.top} now")
        return here
    if found is not None:
        return found  # what is missing there is told in its place
    hint = f"if it has moved: prodigy-tui resume {state.run_id} --repo DIR"
    raise RepositoryMoved(f"the repository of run {state.run_id} is not at {recorded} any more", hint=hint)


def _is_of(repository: "Repository", state: RunState) -> bool:
    from prodigy_tui.git.objects import has_commit

    return has_commit(repository, state.base)


def runs_by_refs(invocation: Invocation) -> "tuple[RunFolder, ...]":
    """Returns the runs that have left refs in this repository and are recorded for another place, newest first."""
    from prodigy_tui.git.run import run_git

    repository = invocation.repository()
    listing = ("for-each-ref", "--format=%(refname)", "refs/prodigy/", "refs/heads/prodigy/")
    refs = run_git(f"--git-dir={repository.common_dir}", *listing, cwd=repository.common_dir, ok=None).text.split()
    ids = {ref.removeprefix("refs/heads/").removeprefix("refs/").split("/")[1] for ref in refs}
    here = {folder.path for folder in invocation.repository_folder().runs()}
    return tuple(run for run in invocation.state_home().runs() if run.run_id in ids and run.path not in here)
