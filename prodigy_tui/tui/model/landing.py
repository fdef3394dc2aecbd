"""What a person must know to say yes or no to a landing."""

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.text import clip, plural, safe

_NAMED = 8
"""Items left out that are named; the rest is a number."""
_SHAPES = {"merge": "merge commit", "squash": "one commit", "rebase": "commit after commit"}
_QUESTION_CELLS = 150
"""Of the question, so that the choices below it always have room; the facts name both branches in full."""


def merge_command(state: RunState) -> str:
    """Returns the command that lands the run later."""
    return f"prodigy-tui merge {state.run_id}"


def landing_question(state: RunState) -> Line:
    """Returns the question of the open gate."""
    return ((clip(safe(state.gate.question), _QUESTION_CELLS), "strong"),) if state.gate is not None else BLANK


def landing_facts(state: RunState) -> list[Line]:
    """Returns what one should know before answering the open gate."""
    gate = state.gate
    if gate is None:
        return [(("nothing waits to be merged", "muted"),)]
    onto = f"  at {gate.onto[:10]}" if gate.onto else ""
    counts = state.counts
    left_out = counts.dead + counts.skipped + counts.cancelled + counts.unfinished
    facts: list[Line] = [
        _fact("from", safe(state.run_branch or gate.source) + (f"  at {state.tip[:10]}" if state.tip else "")),
        _fact("into", safe(gate.target or state.target) + onto),
        (
            ("changes   ", "muted"),
            (f"{plural(gate.commits, 'commit')}, {plural(gate.files, 'file')}  ", "text"),
            (f"+{gate.insertions:,} ", "added"),
            (f"−{gate.deletions:,}", "removed"),
        ),
        _fact("strategy", f"{_SHAPES[gate.strategy]}; your branch moves only if it can take it whole"),
    ]
    if gate.detail:
        facts.append(_fact("conflict", safe(gate.detail)))
    if counts.total:
        facts += [
            BLANK,
            (
                (f"✓ {state.merged} of {plural(counts.total, 'item')} merged", "success"),
                (
                    f", {counts.success - state.merged} without changes" if counts.success > state.merged else "",
                    "muted",
                ),
            ),
        ]
    if left_out:
        facts.append(((f"† {plural(left_out, 'item')} left out", "error"),))
        facts += _left_out(state)
    return facts


def _fact(name: str, value: str) -> Line:
    return ((f"{name:10}", "muted"), (value, "text"))


def _left_out(state: RunState) -> list[Line]:
    """Names the newest dead letters: the other items left out were left out on purpose."""
    newest = sorted(state.dead_letters.items(), key=lambda entry: -entry[1])[:_NAMED]
    lines: list[Line] = []
    for item_id, _ in newest:
        item = state.items[item_id]
        reason = safe(item.failure.message) if item.failure is not None else ""
        lines.append((("  " + item_name(item), "text"), (f"  {reason}", "muted")))
    more = state.counts.dead - len(newest)
    if more > 0:
        lines.append(((f"  and {more} more", "muted"),))
    return lines
