"""What a person must know to say yes or no to a landing, and how they want it."""

from dataclasses import dataclass
from typing import Final

from prodigy_tui.events.endings import shortfalls
from prodigy_tui.events.schema import LandingFinished
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import MergeStrategy
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.changes import Ground
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.telling import landing_checks
from prodigy_tui.tui.model.text import clip, safe
from prodigy_tui.wording import plural

_NAMED = 8
"""Items left out that are named; the rest is a number."""
_PATHS = 6
_SHAPES = {"merge": "merge commit", "squash": "one commit", "rebase": "commit after commit"}
_QUESTION_CELLS = 150
"""Of the question, so that the choices below it always have room; the facts name both branches in full."""
STRATEGIES: Final[tuple[MergeStrategy, ...]] = ("merge", "squash", "rebase")


@dataclass(frozen=True, slots=True)
class Terms:
    """How a person wants a landing, where they want it other than the question says."""

    strategy: MergeStrategy | None = None
    message: str | None = None


def landing_question(state: RunState) -> Line:
    """Returns the question of the open gate."""
    return ((clip(safe(state.gate.question), _QUESTION_CELLS), "strong"),) if state.gate is not None else BLANK


def landing_tally(state: RunState) -> Line:
    """Returns how much of the work would land, in one line; empty for a run without items."""
    counts, out = state.counts, _out_line(state)
    if not counts.total:
        return BLANK
    line: Line = ((f"✓ {state.merged} of {plural(counts.total, 'item')} merged", "success"),)
    if counts.success > state.merged:
        without = "commits" if state.uncommitted.without_commit else "changes"
        line = (*line, (f", {counts.success - state.merged} without {without}", "muted"))
    return (*line, ("   ", "text"), *out) if out else line


def _out_line(state: RunState) -> Line:
    """Returns how many items would not land; empty when all would."""
    counts = state.counts
    on_purpose = counts.skipped + counts.cancelled
    left_out = counts.dead + on_purpose + counts.unfinished
    if not left_out:
        return BLANK
    if left_out == on_purpose:
        return ((f"– {plural(left_out, 'item')} left out on purpose", "warning"),)
    return ((f"† {plural(left_out, 'item')} left out", "error"),)


def next_strategy(state: RunState, terms: Terms) -> MergeStrategy:
    """Returns the strategy after the one that holds now."""
    now = terms.strategy or (state.gate.strategy if state.gate is not None else "merge")
    return STRATEGIES[(STRATEGIES.index(now) + 1) % len(STRATEGIES)]


def wanted_message(state: RunState, terms: Terms) -> str:
    """Returns the first line of the message that the landing would have."""
    if terms.message is not None:
        return terms.message
    made = state.candidate.message if state.candidate is not None else ""
    return made.strip().partition("\n")[0]


def landing_facts(state: RunState, ground: Ground | None = None, terms: Terms | None = None) -> list[Line]:
    """Returns what one should know before answering the open gate; `ground`: how things stand where it goes."""
    gate, terms = state.gate, terms or Terms()
    if gate is None:
        return [(("nothing waits to be merged", "muted"),)]
    onto = f"  at {gate.onto[:10]}" if gate.onto else ""
    strategy = terms.strategy or gate.strategy
    message = wanted_message(state, terms)
    kept = "the commits keep their own" if strategy == "rebase" else message
    facts: list[Line] = [
        _fact("from", safe(state.run_branch or gate.source) + (f"  at {state.tip[:10]}" if state.tip else "")),
        _fact("into", safe(gate.target or state.target) + onto),
        (
            ("changes   ", "muted"),
            (f"{plural(gate.commits, 'commit')}, {plural(gate.files, 'file')}  ", "text"),
            (f"+{gate.insertions:,} ", "added"),
            (f"−{gate.deletions:,}", "removed"),
        ),
        _fact("strategy", f"{_SHAPES[strategy]}; your branch moves only if it can take it whole"),
        *([_fact("message", safe(kept))] if kept else []),
    ]
    if gate.detail:
        facts.append(_fact("conflict", safe(gate.detail)))
    if ground is not None:
        facts += [BLANK, *ground_lines(state, ground)]
    facts += [BLANK, (("Verified", "strong"),), *landing_checks(state)]
    return facts + _items(state)


def ground_lines(state: RunState, ground: Ground) -> list[Line]:
    """Returns how things stand where the landing goes."""
    gate = state.gate
    lines: list[Line] = []
    if gate is not None and ground.target_at and ground.target_at != gate.onto:
        moved = f"! {safe(gate.target)} has moved to {ground.target_at[:10]}: "
        lines.append(((moved, "warning"), ("approving checks again, and asks again if anything changed", "text")))
    if not ground.checkout:
        lines.append(_fact("checkout", "the branch is checked out nowhere: no files of yours are touched"))
    elif ground.in_the_way:
        lines.append(((f"✗ {safe(ground.in_the_way)}", "error"),))
    elif ground.uncommitted:
        mine = f"{plural(ground.uncommitted, 'file')} with changes of yours, none in the way"
        lines.append(_fact("checkout", f"{safe(ground.checkout)}: {mine}"))
    else:
        lines.append(_fact("checkout", f"{safe(ground.checkout)}: clean"))
    lines += [(("  " + safe(path), "text"),) for path in ground.paths[:_PATHS]]
    if len(ground.paths) > _PATHS:
        lines.append(((f"  and {len(ground.paths) - _PATHS} more", "muted"),))
    return lines


def landed_lines(landed: LandingFinished) -> list[Line]:
    """Returns what became of a landing that went well, and the way back."""
    lines: list[Line] = [((f"✓ landed on {safe(landed.target)}", "success"), (f"  at {landed.commit[:10]}", "muted"))]
    if landed.undo:
        lines += [(("this takes it back, and loses nothing else:", "muted"),), ((f"  {safe(landed.undo)}", "key"),)]
    return lines


def _items(state: RunState) -> list[Line]:
    out = _out_line(state) if state.counts.dead else BLANK  # without names the line at the top says it all
    short: list[Line] = [((f"! {told}", "warning"),) for told in shortfalls(state)]
    if not out and not short:
        return []
    return [BLANK, *short, *([out] if out else []), *(_left_out(state) if state.counts.dead else [])]


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
