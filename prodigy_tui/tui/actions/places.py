"""Screens, and going to what needs a person."""

from collections.abc import Callable
from typing import Final

from prodigy_tui.tui.actions.action import Action
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.asked import oldest_question


def problem(direction: int) -> Callable[[Desk], None]:
    """Returns what goes to the next item that needs a look, or the previous one, round and round."""

    def go(desk: Desk) -> None:
        problems = desk.model.rows.problems()
        if not problems:
            desk.say("nothing has failed, and nobody is silent")
            return
        here = problems.index(desk.current_item) if desk.current_item in problems else (-1 if direction > 0 else 0)
        desk.show_item(problems[(here + direction) % len(problems)])

    return go


def next_for_me(desk: Desk) -> None:
    asked = oldest_question(desk.model.state)
    if asked is not None and not desk.model.past:
        desk.open_question(asked)
    else:
        problem(1)(desk)


def nothing_for_me(desk: Desk) -> str:
    """Returns why there is nothing to go to; who is at work may be silent, and is not asked about here."""
    state = desk.model.state
    counts = state.counts
    waits = state.gates or counts.failed or counts.retrying or counts.dead or counts.running
    return "" if waits else "nothing has failed, and nobody is silent"


ACTIONS: Final[tuple[Action, ...]] = (
    Action(id="screen.fleet", caption="Screen: Fleet", keys=("1",), run=lambda desk: desk.go_to("fleet")),
    Action(
        id="screen.log",
        caption="Screen: Log of the selected agent",
        hint="log",
        keys=("2", "l"),
        run=lambda desk: desk.go_to("log"),
    ),
    Action(
        id="screen.merges", caption="Screen: Merges", hint="merges", keys=("3",), run=lambda desk: desk.go_to("merges")
    ),
    Action(
        id="screen.dlq",
        caption="Screen: Dead letter queue",
        hint="dead letters",
        keys=("4",),
        run=lambda desk: desk.go_to("dlq"),
    ),
    Action(
        id="next-for-me",
        caption="Go to the next thing that needs me",
        hint="next problem",
        keys=(".",),
        why_not=nothing_for_me,
        run=next_for_me,
    ),
    Action(id="problem.next", caption="Go to the next failed agent", keys=("]",), run=problem(1)),
    Action(id="problem.previous", caption="Go to the previous failed agent", keys=("[",), run=problem(-1)),
)
