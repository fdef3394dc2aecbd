"""What is said before a run is left: what is really the case, and what becomes of it."""

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.asked import oldest_question
from prodigy_tui.tui.model.line import BLANK, Line, Role
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.model.text import safe
from prodigy_tui.tui.model.verbs import merge_command, resume_command
from prodigy_tui.wording import plural


def leaving(state: RunState) -> list[Line]:
    """Returns the lines of the question whether to leave."""
    keep: Line = ((" enter ", "badge"), (" keep watching", "strong"), ("  (esc, w)", "muted"))
    if is_over(state):
        return [(("The run is over.", "strong"),), BLANK, keep, (("l ", "key"), ("leave", "text"))]
    lines: list[Line] = [(_case(state),), BLANK, keep]
    if state.gate is not None:
        words = "decide later: the run stops, and asks again when it is resumed"
        lines.append((("s ", "key"), (words, "text"), ("  (ctrl+c again)", "muted")))
    elif state.stop is None or state.stop.kind not in ("stop", "kill"):
        lines += [
            (("s ", "key"), ("stop gently: nothing new starts, running steps are asked to stop,", "text")),
            (("  everything can be resumed", "muted"), ("  (ctrl+c again)", "muted")),
        ]
    return [*lines, *_without_interface(state)]


def _case(state: RunState) -> tuple[str, Role]:
    running = plural(state.counts.running, "agent")
    if (asked := oldest_question(state)) is not None:
        return f"The question is open: {safe(asked.question)}", "warning"
    if state.stop is not None:
        return (
            f"The run is stopping: {running} still at work." if state.counts.running else "The run is stopping.",
            "strong",
        )
    if state.paused:
        return f"The run is paused: {running} at work.", "strong"
    if state.counts.running:
        return f"{running} at work.", "strong"
    if state.landing_started is not None:
        return "The run is landing.", "strong"
    return f"The run is at work ({state.phase or 'beginning'}).", "strong"


def _without_interface(state: RunState) -> list[Line]:
    if state.gate is None and state.paused and state.stop is None:
        return [
            (("l ", "key"), ("leave: it stays paused in this terminal without the interface;", "text")),
            (("  go on: ", "muted"), (resume_command(state), "key")),
        ]
    if state.gate is None:
        return [(("l ", "key"), ("leave: the run goes on in this terminal without the interface", "text"))]
    return [
        (("l ", "key"), ("end without landing: your branch stays as it is;", "text")),
        (("  land it later with ", "muted"), (merge_command(state), "key")),
    ]
