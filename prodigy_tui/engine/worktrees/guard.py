"""The guard of the user's repository while steps are at work (cli 8.8).

When a step ends, a few stats tell whether the settings and hooks that all working trees share were touched, or HEAD,
index and target of the user's own checkout; when a phase ends, the checkout's status is looked at. What really differs
is told with the steps that were in flight: a change of shared settings or hooks stops the run, everything else is a
warning, or a stop with `--guard stop`. Work that is under way is interrupted, to be resumed when a person has looked.
"""

from collections import deque
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.run_context import RunContext
from prodigy_tui.engine.threads import in_thread
from prodigy_tui.engine.worktrees.paths import listed
from prodigy_tui.events.schema import (
    Envelope,
    LandingFinished,
    LandingStarted,
    PhaseFinished,
    PhaseStarted,
    StepFinished,
    StepInterrupted,
    StepStarted,
    StopDecided,
    WarningRaised,
)
from prodigy_tui.git.run import shown
from prodigy_tui.git.watching import Watched

NAMED = 6
"""Steps that a message names at most."""


class _Look(Struct, frozen=True, kw_only=True):
    """Something to look at closely."""

    what: Literal["shared", "own", "status", "anew"]
    touched: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    """Labels of the steps in flight."""


class Guard:
    """Watches the user's repository for one run.

    Args:
        run: The run.
        target: The branch on which it is to land.
        poke: Has `look` called soon; what the bus tells of cannot be looked at there.
    """

    def __init__(self, run: RunContext, target: str, poke: Callable[[], None]) -> None:
        self._run = run
        self._poke = poke
        self._watched = Watched(repo=run.repository, target=target)
        self._flying: dict[tuple[str | None, str, str], str] = {}
        """Item, phase and path of the steps in flight, with their labels."""
        self._since_status: dict[str, None] = {}
        """Labels of the steps that have ended since the status was looked at."""
        self._landing = False
        self._looks: deque[_Look] = deque()

    async def begin(self) -> Callable[[], None]:
        """Begins to watch; returns what ends it."""
        await in_thread(self._watched.take)
        return self._run.bus.subscribe(self._hear)

    async def look(self) -> None:
        """Looks closely at what was touched since the last time, and records what comes of it."""
        while self._looks:
            await self._look(self._looks.popleft())

    def _hear(self, envelope: Envelope) -> None:
        match envelope.event:
            case StepStarted(item_id=item, phase=phase, path=path, label=label):
                entry = self._run.state.items.get(item) if item is not None else None
                who = f" of {entry.item.label or item}" if entry is not None else ""
                self._flying[item, phase, path] = one_line(f"'{label}'{who}")
            case (
                StepFinished(item_id=item, phase=phase, path=path)
                | StepInterrupted(item_id=item, phase=phase, path=path)
            ):
                self._step_ended((item, phase, path))
            case PhaseStarted(phase="merge") | LandingStarted():
                self._landing = True
            case PhaseFinished(phase=phase) if phase != "merge" and not self._landing:
                steps = (*self._since_status, *self._flying.values())
                if steps:
                    self._ask(_Look(what="status", steps=steps))
                self._since_status.clear()
            case LandingFinished() if self._landing:
                self._ask(_Look(what="anew"))
            case _:
                pass

    def _step_ended(self, step: tuple[str | None, str, str]) -> None:
        steps = tuple(self._flying.values())
        ended = self._flying.pop(step, None)
        if ended is not None:
            self._since_status[ended] = None
        if touched := self._watched.shared_touched():
            self._ask(_Look(what="shared", touched=touched, steps=steps))
        if not self._landing and (touched := self._watched.own_touched()):
            self._ask(_Look(what="own", touched=touched, steps=steps))

    def _ask(self, look: _Look) -> None:
        self._looks.append(look)
        self._poke()

    async def _look(self, look: _Look) -> None:
        if look.what == "anew":
            await in_thread(self._watched.take)
            self._landing = False
            return
        if look.what == "status":
            changed = await in_thread(self._watched.status_changed)
            what = "the status of your checkout"
        else:
            changed = await in_thread(lambda: self._watched.different(look.touched))
            what = "the repository's settings or hooks" if look.what == "shared" else "your checkout"
        if not changed:
            return
        message = f"{what} changed while {_named(look.steps)} in flight: {listed(tuple(map(shown, changed)))}"
        if look.what == "shared" or self._run.state.settings.guard == "stop":
            self._run.journal.record(StopDecided(message=f"{message}; look at it, then resume", running="all"))
        else:
            self._run.journal.record(WarningRaised(message=message))


def _named(steps: tuple[str, ...]) -> str:
    if not steps:
        return "no step was"
    more = f" and {len(steps) - NAMED} more" if len(steps) > NAMED else ""
    verb = "was" if len(steps) == 1 else "were"
    return f"{', '.join(steps[-NAMED:])}{more} {verb}"
