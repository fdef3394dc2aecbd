"""Whether a run has landed: asked of git and of the record, never of one of them alone.

Ancestry tells it of a merge. A squash or a rebase leaves other commits on the target: there the record says what was
landed and as what, and git whether the target still holds that.
"""

from prodigy_tui.engine.phases import tip_of_branch
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.git.objects import has_commit
from prodigy_tui.git.refs import is_ancestor, read_ref
from prodigy_tui.ids import Oid


def landed_at(run: RunContext, target: str, tip: Oid) -> Oid | None:
    """Returns where the branch `target` stands if it holds all that the run has made up to `tip`. Blocking."""
    at = read_ref(run.repository, f"refs/heads/{target}")
    if at is None:
        return None
    landed = run.state.landed
    if landed is not None and (landed.target, landed.source) == (target, tip) and landed.commit:
        commit = Oid(landed.commit)
        if has_commit(run.repository, commit) and is_ancestor(run.repository, commit, at):
            return at
    return at if has_commit(run.repository, tip) and is_ancestor(run.repository, tip, at) else None


def start_of_run_branch(run: RunContext, target: str) -> Oid:
    """Returns where a run branch that has to be made (again) starts: at the tip, or where that has landed meanwhile.

    Blocking.
    """
    state = run.state
    at = landed_at(run, target, Oid(state.tip))
    if at is not None and read_ref(run.repository, f"refs/heads/{state.run_branch}") in (None, state.tip):
        return at
    tip = tip_of_branch(run)
    return landed_at(run, target, tip) or tip
