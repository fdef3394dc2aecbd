"""A landing that was under way when a process died: the target tells whether it happened.

What would be recorded is only read; a checkout that git was killed in is put right apart from that.
"""

from collections.abc import Iterator

from prodigy_tui.engine.recovering.look import Look
from prodigy_tui.events.schema import KnownEvent, LandingFinished
from prodigy_tui.git.half_landing import take_back
from prodigy_tui.git.landing import undo_command
from prodigy_tui.ids import Oid
from prodigy_tui.wording import first_of


def settled_landing(look: Look) -> Iterator[KnownEvent]:
    """Yields the end of a landing that happened and could not be told."""
    started = look.state.landing_started
    if started is None:
        return
    target = look.ref(f"refs/heads/{started.target}")
    if target is None or not look.contains(target, started.commit):
        return
    yield LandingFinished(
        status="landed",
        target=started.target,
        commit=started.commit,
        undo=undo_command(look.repository, started.target, Oid(started.onto), Oid(started.commit), started.strategy),
        source=started.source,
        strategy=started.strategy,
    )


def taken_back(look: Look) -> Iterator[str]:
    """Puts files of the user's checkout back that git had brought forward when it was killed too; says which."""
    started = look.state.landing_started
    if started is None or not (look.has(started.onto) and look.has(started.commit)):
        return
    files = take_back(look.repository, started.target, Oid(started.onto), Oid(started.commit))
    if files:
        back = f"{first_of(files)} in the checkout of {started.target}"
        yield f"the landing was cut short in its midst; {back} were put back"
