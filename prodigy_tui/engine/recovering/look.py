"""What recovery decides by: the state of the run, its log, and the repository as it is now. Looking changes nothing."""

from collections.abc import Collection, Sequence
from pathlib import Path

from msgspec import Struct, field

from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.state import RunState
from prodigy_tui.git.objects import broken_commits, has_commit
from prodigy_tui.git.refs import is_seen_to_contain, read_ref
from prodigy_tui.git.repo import Repository
from prodigy_tui.ids import Oid
from prodigy_tui.workflow.model import Workflow


class Look(Struct, frozen=True, kw_only=True):
    """One look at a run at rest; all methods block, and none raises because something is missing."""

    state: RunState
    history: Sequence[Envelope]
    """The whole log."""
    repository: Repository
    worktrees: Path
    """The folder of the run's worktrees."""
    workflow: Workflow | None = None
    """The workflow with which the run goes on; None: only its landing is of interest."""
    _contained: dict[tuple[str, str], bool] = field(default_factory=dict)
    _broken: dict[frozenset[str], frozenset[Oid]] = field(default_factory=dict)
    """What git has said of commits, which stay what they are: to tell it walks all of the run's history."""

    @property
    def tip_ref(self) -> str:
        return f"refs/prodigy/{self.state.run_id}/tip"

    @property
    def has_own_worktree(self) -> bool:
        """Whether the run has a worktree of its own by the log; a called run works in that of its caller."""
        return self.state.caller is None and bool(self.state.run_worktree)

    @property
    def branch_ref(self) -> str:
        """The ref of the run branch."""
        return f"refs/heads/{self.state.run_branch}"

    def ref(self, name: str) -> Oid | None:
        """Returns where a full ref stands; the commit may be missing."""
        return read_ref(self.repository, name)

    def has(self, commit: str) -> bool:
        """Tells whether a commit can be read."""
        return has_commit(self.repository, commit)

    def contains(self, commit: str, ancestor: str) -> bool:
        """Tells whether `commit` contains `ancestor`; where one is missing it does not."""
        if not (commit and ancestor):
            return False
        asked = (commit, ancestor)
        if asked not in self._contained:
            self._contained[asked] = is_seen_to_contain(self.repository, Oid(commit), Oid(ancestor))
        return self._contained[asked]

    def broken(self, commits: Collection[str], half: str = "") -> frozenset[Oid]:
        """Returns those of some commits of the run of which something is missing; `half`: as of `broken_commits`."""
        asked = frozenset(commits)
        if asked not in self._broken:
            self._broken[asked] = broken_commits(self.repository, asked, self.state.base, half)
        return self._broken[asked]
