"""Where the retries of a run at rest begin: at the run's branch, which may lack what the target has got since."""

from pathlib import Path

from prodigy_tui.events.state import RunState
from prodigy_tui.ids import Oid
from prodigy_tui.wording import plural


def behind_target(state: RunState) -> str:
    """Returns that retries begin without what the target has got since the run began; empty where they do not.

    What has landed goes on from the target as it is then. Where git cannot say how things stand, nothing is said:
    taking the run up tells why.
    """
    from prodigy_tui.git.reading import commit_count
    from prodigy_tui.git.refs import look_up
    from prodigy_tui.git.repo import NotARepository, Repository
    from prodigy_tui.git.run import GitFailed

    if state.landing is not None and state.landing.status == "landed":
        return ""
    tip = Oid(state.tip or state.base)
    try:
        repository = Repository.open(Path(state.repository))
        target = look_up(repository, state.target)
        missing = commit_count(repository.top, tip, target.at) if target.at is not None and target.at != tip else 0
    except (NotARepository, GitFailed, OSError):
        return ""
    if not missing:
        return ""
    otherwise = f"a new run starts from {target.name}"
    if tip != state.base:
        otherwise += f", and so do they once 'prodigy-tui merge {state.run_id}' has landed what is done"
    return (
        f"{target.name} has moved on by {plural(missing, 'commit')} since the run began: retries start from the run's"
        f" branch at {tip[:9]}, without that; {otherwise}"
    )
