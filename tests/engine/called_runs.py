"""What tests of called runs look at: the states, folders and remains of runs that another has called."""

from prodigy_tui.events.evolve import fold
from prodigy_tui.events.source import read_events
from tests.support.engine import processes_of


def called(ran, number=1):
    """The state of a run that another has called."""
    return fold(read_events(folder_of(ran, number).events))


def folder_of(ran, number=1):
    return type(ran.folder)(ran.folder.path.parent / f"{ran.state.run_id}.{number}")


def nothing_left_of(ran, number=1):
    """Whether nothing of a called run is left in git, and no process."""
    name = f"{ran.state.run_id}.{number}"
    refs = ran.repo.git("for-each-ref", f"refs/heads/prodigy/{name}", f"refs/prodigy/{name}")
    listed = ran.repo.git("worktree", "list", "--porcelain")
    return refs == "" and f"/{name}/" not in listed and processes_of(name) == []
