"""Whether a run has landed: asked of git and of the record, never of one of them alone.

Ancestry tells it of a merge. A squash or a rebase leaves other commits on the target: there the record says what was
landed and as what, and git whether the target still holds that.
"""

from prodigy_tui.engine.phases import tip_of_branch
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.git.refs import holds, read_ref, read_refs
from prodigy_tui.ids import Oid


def landed_at(run: RunContext, target: str, tip: Oid) -> Oid | None:
    """Returns where the branch `target` stands if it holds all that the run has made up to `tip`. Blocking."""
    ref, landed = f"refs/heads/{target}", run.state.landed
    if landed is not None and (landed.target, landed.source) == (target, tip) and landed.commit:
        at = holds(run.repository, ref, Oid(landed.commit))
        if at is not None:
            return at
    return holds(run.repository, ref, tip)


def start_of_run_branch(run: RunContext, target: str) -> Oid:
    """Returns where a run branch that has to be made (again) starts: at the tip, or where that has landed meanwhile.

    Blocking.
    """
    state = run.state
    ref, branch = f"refs/heads/{target}", f"refs/heads/{state.run_branch}"
    stand = read_refs(run.repository, ref, branch)
    if stand.get(ref) == state.tip and stand.get(branch) in (None, state.tip):
        return Oid(state.tip)  # as at the start of a run
    at = landed_at(run, target, Oid(state.tip))
    if at is not None and read_ref(run.repository, branch) in (None, state.tip):
        return at
    tip = tip_of_branch(run)
    return landed_at(run, target, tip) or tip
