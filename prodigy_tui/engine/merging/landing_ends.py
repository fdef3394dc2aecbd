"""The ends of a landing that has changed nothing: what is told of them, and where a person can help on."""

from contextlib import suppress
from functools import partial
from typing import assert_never

from msgspec.structs import replace

from prodigy_tui.engine.merging.landing_candidate import Conflicting
from prodigy_tui.engine.merging.merge_variables import target_of
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.events.schema import LandingFinished, PhaseFinished, PhaseStarted
from prodigy_tui.events.values import Failure, LandingStatus
from prodigy_tui.git.candidates import Candidate, Nothing
from prodigy_tui.git.landing import Refused, checkout_of
from prodigy_tui.git.run import GitFailed


class Ends:
    """Makes and records them."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    def fail(self, failure: Failure) -> None:
        """Ends the landing before it has begun; the run has failed."""
        phase = self._run.state.phases.get("merge")
        if phase is None or phase.status != "running":
            self._run.journal.record(PhaseStarted(phase="merge"))
        self._run.journal.record(
            PhaseFinished(phase="merge", status="failed", message=failure.message, failure=failure)
        )
        self._run.journal.record(self.ending("unmerged", failure.message))

    def not_asked_for(self, found: Candidate | Conflicting | Nothing | Refused) -> LandingFinished:
        """Nobody wants the landing now; what would keep it from going well is told all the same."""
        if isinstance(found, Nothing):
            return self.without_landing(found)
        message = "landing was not asked for"
        rules = self._run.workflow.merge
        if isinstance(found, Conflicting) and rules.landing.conflict.action != "agent" and not rules.policies:
            message += f"; {found.message}"
        elif isinstance(found, Refused):
            message += f"; {found.reason}"
        return self.ending("unmerged", message)

    def without_landing(self, found: Conflicting | Nothing | Refused) -> LandingFinished:
        """Returns the end of a landing for which there is no candidate, or one that cannot land."""
        match found:
            case Nothing():
                return self.ending("nothing", "there is nothing to land")
            case Conflicting(paths=paths, message=message):
                return self.ending("conflict", message, paths)
            case Refused(reason=reason, paths=paths):
                return self.ending("refused", reason, paths)
            case _:
                assert_never(found)

    def ending(self, status: LandingStatus, message: str, paths: tuple[str, ...] = ()) -> LandingFinished:
        """Returns the end of a landing that has changed nothing."""
        target, strategy = target_of(self._run), self._run.state.wish.strategy or self._run.workflow.merge.strategy
        return LandingFinished(status=status, target=target, message=message, paths=paths, strategy=strategy)

    async def record(self, ending: LandingFinished) -> None:
        """Records an end that has changed nothing, and where a person can do what is left to do."""
        self._run.journal.record(await in_thread(partial(self.located, ending)))

    def located(self, ending: LandingFinished) -> LandingFinished:
        """Returns an end with the working tree in which a person can help it on. Blocking."""
        if ending.status not in ("conflict", "refused"):
            return ending
        with suppress(GitFailed):
            there = checkout_of(self._run.repository, ending.target)
            return replace(ending, worktree=str(there or ""))
        return ending
