"""The run's private ref: where it stands is the truth about what the run has made."""

from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.errors import ExitCode, ProdigyError
from prodigy_tui.git.refs import move_ref, read_ref
from prodigy_tui.ids import Oid


class TipMoved(ProdigyError):
    """Somebody else moved the run's private ref."""

    exit_code = ExitCode.FAILED

    def __init__(self, ref: str) -> None:
        super().__init__(f"{ref} was moved by another program", hint="leave refs below prodigy/ alone, then resume")
        self.ref = ref

    def __reduce__(self) -> tuple[type["TipMoved"], tuple[str]]:
        return type(self), (self.ref,)


def place_tip(run: RunContext, commit: Oid) -> None:
    """Brings the ref to a commit, wherever it stands. Blocking.

    Raises:
        TipMoved: somebody else moved it in this moment.
    """
    known = Oid(run.state.tip)
    if known != commit and move_ref(run.repository, run.tip_ref, commit, known):
        return
    before = read_ref(run.repository, run.tip_ref)
    if before != commit and not move_ref(run.repository, run.tip_ref, commit, before):
        raise TipMoved(run.tip_ref)
