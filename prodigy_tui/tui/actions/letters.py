"""The dead letter queue."""

from typing import Final

from prodigy_tui.events.advice import reduce_command
from prodigy_tui.tui.actions.action import Action, performs
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.model.verbs import retry_command


def no_letters(desk: Desk) -> str:
    return "" if desk.model.state.dead_letters else "nothing has failed for good"


def reduce_whole(desk: Desk) -> str:
    return "" if reduce_command(desk.model.state) else "reduce lacks no item that was done"


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        id="dlq.filter",
        only=("dlq",),
        caption="Dead letters: filter",
        hint="filter",
        keys=("/",),
        scope="dlq",
        run=performs("filter"),
    ),
    Action(
        id="dlq.mark",
        only=("dlq",),
        caption="Dead letters: mark the item, or all of the pattern",
        hint="mark",
        keys=("space",),
        scope="dlq",
        run=performs("mark"),
    ),
    Action(
        id="dlq.mark-all",
        only=("dlq",),
        caption="Dead letters: mark all that are listed, or none",
        hint="all",
        keys=("*",),
        scope="dlq",
        run=performs("mark-all"),
    ),
    Action(
        id="dlq.retry-pattern",
        only=("dlq",),
        caption="Dead letters: retry all of this pattern…",
        hint="retry pattern",
        keys=("R",),
        scope="dlq",
        steers=True,
        command=lambda desk: "" if no_letters(desk) else retry_command(desk.model.state),
        why_not=no_letters,
        run=performs("retry-pattern"),
    ),
    Action(
        id="dlq.discard",
        only=("dlq",),
        caption="Dead letters: discard what is marked, or selected…",
        hint="discard",
        keys=("D",),
        scope="dlq",
        steers=True,
        why_not=no_letters,
        run=performs("discard"),
    ),
    Action(
        id="dlq.worktree",
        only=("dlq",),
        caption="Dead letters: copy where the failed attempt's files lie",
        hint="worktree",
        keys=("w",),
        scope="dlq",
        why_not=no_letters,
        run=performs("worktree"),
    ),
    Action(
        id="dlq.reduce",
        caption="Dead letters: run reduce again, which lacks items done later",
        steers=True,
        command=lambda desk: safe(reduce_command(desk.model.state)),
        taken_up="to run reduce again",
        why_not=reduce_whole,
        run=lambda desk: desk.reduce_again(),
    ),
    Action(
        id="dlq.split",
        only=("dlq",),
        caption="Dead letters: split this pattern by a ~regular expression~…",
        scope="dlq",
        why_not=no_letters,
        run=performs("split"),
    ),
    Action(
        id="dlq.join",
        only=("dlq",),
        caption="Dead letters: join this pattern with another…",
        scope="dlq",
        why_not=no_letters,
        run=performs("join"),
    ),
    Action(
        id="dlq.ungroup",
        only=("dlq",),
        caption="Dead letters: group this pattern as it was",
        scope="dlq",
        why_not=no_letters,
        run=performs("ungroup"),
    ),
)
