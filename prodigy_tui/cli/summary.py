"""What is said of a run when it has come to rest: the summary document, its text, and what one may do next."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from prodigy_tui.cli.lines.line import status_word
from prodigy_tui.cli.names import Names
from prodigy_tui.cli.output import Output, Painted
from prodigy_tui.cli.resuming import nothing_left
from prodigy_tui.clock import SystemClock
from prodigy_tui.events.advice import landing_advice, reduce_command, retry_command
from prodigy_tui.events.endings import COMMITTING, landed_all_the_same, left_uncommitted, missed_by_reduce, shortfalls
from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.spending import tokens_of
from prodigy_tui.events.state import RunState
from prodigy_tui.report.outcomes import outcomes
from prodigy_tui.storage import RunFolder
from prodigy_tui.wording import amount_of, plural, span

QUEUE_NAMED = 5
"""Branches that are named at most."""

_INDENT = 10
"""Where the second line of what is told begins."""

LANDING_WORDS = {"landed": "landed", "unmerged": "unmerged", "refused": "refused", "conflict": "refused"}


def run_status(state: RunState, *, live: bool) -> str:
    """Returns the status as it is seen from outside: a run without end that nobody drives was interrupted."""
    return state.status if live or state.ended_at is not None else "interrupted"


def item_counts(state: RunState) -> dict[str, int]:
    """Returns the counts of the summary; the first seven after `total` partition the items."""
    return asdict(outcomes(state))


def caller_of(state: RunState) -> dict[str, str] | None:
    """Returns the step that has called the run; None where a person has started it."""
    caller = state.caller
    return None if caller is None else {"run_id": caller.run_id, "phase": caller.phase, "path": caller.path}


def merge_result(state: RunState) -> dict[str, str | None]:
    """Returns what became of the landing; a run that another has called lands nothing, it hands over."""
    if state.landing is None:
        return {"status": "nothing" if state.tip == state.base else "unmerged", "target": state.target, "commit": None}
    word = LANDING_WORDS.get(state.landing.status, "nothing")
    return {
        "status": "handed_over" if word == "landed" and state.caller is not None else word,
        "target": state.landing.target,
        "commit": state.landing.commit or None,
    }


def summary_document(state: RunState, *, live: bool = False) -> Mapping[str, Any]:
    """Returns the fields of the summary document."""
    return {
        "run_id": state.run_id,
        "status": run_status(state, live=live),
        "workflow": state.workflow,
        "caller": caller_of(state),
        "phases": {
            name: {"status": phase.status, "message": phase.message, "duration_s": _phase_seconds(state, name)}
            for name, phase in sorted(state.phases.items(), key=lambda entry: entry[1].started_at)
        },
        "items": item_counts(state),
        "duration_s": duration_s(state, live=live),
        "usage": {
            "input_tokens": state.usage.input_tokens,
            "output_tokens": state.usage.output_tokens,
            "usd": state.usage.usd,
        },
        "merge": merge_result(state),
        "dlq": len(state.dead_letters),
        "problems": [
            {"code": warned.code, "message": warned.message, "item_id": warned.item_id}
            for warned in reversed(list(state.warnings))
        ],
        "shortfalls": shortfalls(state),
        "message": state.message,
        "next": next_commands(state, live=live),
    }


def duration_s(state: RunState, *, live: bool = False) -> float:
    """Returns the seconds from the start to the end; without one up to now of a live run, else to the last event."""
    end = state.ended_at or (SystemClock().now() if live else state.last_at)
    if state.started_at is None or end is None:
        return 0.0
    return round(max(0.0, (end - state.started_at).total_seconds()), 3)  # a clock may have been set back


def _phase_seconds(state: RunState, name: str) -> float | None:
    phase = state.phases[name]
    return round((phase.ended_at - phase.started_at).total_seconds(), 3) if phase.ended_at is not None else None


def next_commands(state: RunState, *, live: bool = False) -> list[str]:
    """Returns the commands that make sense now."""
    if live:
        return []
    if state.caller is not None:  # it goes on with the run that has called it, and not by itself
        return [f"prodigy-tui dlq list {state.run_id}"] if state.dead_letters else []
    commands: list[str] = []
    advice = landing_advice(state)
    if advice is not None:
        commands += advice.commands
    elif nothing_left(state) is None:
        if state.gates:
            commands.append(f"prodigy-tui gates {state.run_id}")
        commands.append(f"prodigy-tui resume {state.run_id}{_larger_budget(state)}")
    if state.dead_letters:
        commands.append(f"prodigy-tui dlq list {state.run_id}")
    if any(entry.eligible for entry in dead_items(state)):
        commands.append(retry_command(state))
    elif lacking := reduce_command(state):
        commands.append(lacking)
    if merge_result(state)["status"] == "unmerged" and state.status in ("succeeded", "failed"):
        commands.append(f"prodigy-tui merge {state.run_id}")
    return commands


def _larger_budget(state: RunState) -> str:
    """Returns the option without which a run that has used up its budget would only stop again."""
    limits, end = state.spending, state.ended_at
    if state.code != "PT630" or end is None:
        return ""
    if limits.time_s is not None and limits.time_used_s(end) >= limits.time_s:
        return f" --time-limit {2 * limits.time_s:g}s"
    by_money = (state.usage.usd or 0.0) / limits.usd if limits.usd else 0.0
    by_tokens = tokens_of(state.usage) / limits.tokens if limits.tokens else 0.0
    if limits.usd is not None and (limits.tokens is None or by_money >= by_tokens):
        return f" --budget-usd {2 * limits.usd:g}"
    return f" --budget-tokens {2 * limits.tokens}" if limits.tokens is not None else ""


def dead_items(state: RunState) -> list[ItemState]:
    """Returns the items in the dead letter queue, oldest entry first."""
    entries = sorted(state.dead_letters.items(), key=lambda entry: entry[1])
    return [state.items[item_id] for item_id, _ in entries]


def print_summary(output: Output, state: RunState, *, live: bool = False, folder: RunFolder | None = None) -> None:
    """Prints the summary as text; `folder` is that of the run, where it is at hand."""
    message = f": {state.message}" if state.message else ""
    ending = f" {'for' if live else 'after'} {span(duration_s(state, live=live))}{message}"
    output.paragraph(Painted(state.run_id, bold=True), " ", _verdict(state, live=live), ending, indent=2)
    if state.caller is not None:
        output.line(f"  caller  {state.caller.run_id}, {state.caller.phase}, step {state.caller.path}")
    if state.counts.total:
        counts = item_counts(state)
        shown = [f"{number} {word}" for word, number in list(item_counts(state).items())[1:7] if number]
        output.line(f"  items   {counts['total']}: {', '.join(shown)}")
    for call in sorted(state.calls.values(), key=lambda call: call.number):
        dead = f", {plural(call.dead, 'dead letter')}" if call.dead else ""
        output.line(f"  called  {call.run_id} ({call.workflow}): ", status_word(call.status), dead)
    names = Names.of(state)
    for entry in dead_items(state):
        why = entry.failure.message if entry.failure is not None else ""
        output.paragraph("  ", Painted("dead", "red"), f"    {names(entry.item.id)}: {why}", indent=_INDENT)
    _print_left(output, state, folder)
    if state.usage.input_tokens or state.usage.output_tokens:
        cost = ", cost unknown" if state.usage.usd is None else f", {state.usage.usd:.2f} USD"
        limits = amount_of(state.spending.usd, state.spending.tokens or 0)
        budget = f" (budget {limits})" if limits else ""
        used = f"{state.usage.input_tokens:,} tokens in, {state.usage.output_tokens:,} out{cost}{budget}"
        known = f"{tokens_of(state.usage):,} in all, as far as the agents say"
        output.paragraph(f"  usage   {used}; {known}", indent=_INDENT)
    _print_queue(output, state, names)
    _print_merge(output, state)
    if state.warning_count:
        warnings = plural(state.warning_count, "warning")
        output.line(f"  note    {warnings}; 'prodigy-tui events {state.run_id} --type warning_raised' shows them")
    for command in next_commands(state, live=live):
        output.line(f"  next    {command}")


def _verdict(state: RunState, *, live: bool) -> Painted:
    """Returns how the run stands in a word, or in a few where that word would say less than the truth."""
    if not live and state.landing is not None and landed_all_the_same(state):
        return Painted(f"landed on {state.landing.target}", "yellow")
    return status_word(run_status(state, live=live))


def _print_left(output: Output, state: RunState, folder: RunFolder | None) -> None:
    """Says what the result lacks although nothing has failed."""
    if left := left_uncommitted(state):
        where = f" in {folder.artifacts / 'items'}" if folder is not None else ""
        kept = f": what they left is kept as patches{where}, for 'git apply'; to land it next time, {COMMITTING}"
        output.paragraph("  ", Painted("left", "yellow"), f"    {left}{kept}", indent=_INDENT)
    if missed := missed_by_reduce(state):
        again = f"what it made lacks that; '{reduce_command(state)}' runs it again"
        output.paragraph("  ", Painted("lacks", "yellow"), f"   {missed}: {again}", indent=_INDENT)


def _print_queue(output: Output, state: RunState, names: Names) -> None:
    """Says what is being merged or verified, and who waits for that, since when."""
    verification = state.verification
    if verification is not None:
        what = [names(item_id) for item_id in verification.item_ids[:QUEUE_NAMED]]
        more = len(verification.item_ids) - len(what)
        who = ", ".join(what) + (f" and {more} more" if more else "")
        who = who or ("the result of the run" if verification.landing else "the run branch alone")
        output.line(f"  verify  {who}, since {_clock(verification.since)}")
    waiting = state.counts.merging - len(state.merges)
    if not waiting:
        return
    first = state.items[next(iter(state.merge_queue))]
    since = f", the first since {_clock(first.history[-1].ended_at)}" if first.history else ""
    held = "; they are merged when the run is resumed" if state.merges_held else ""
    output.line(f"  queue   {plural(waiting, 'branch waits', 'branches wait')} to be merged{since}{held}")


def _clock(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"


def _print_merge(output: Output, state: RunState) -> None:
    result = merge_result(state)
    if result["status"] == "nothing":
        output.line("  merge   nothing to land")
        return
    landing = state.landing
    detail = f": {landing.message}" if landing is not None and landing.message else ""
    at = f" at {result['commit'][:9]}" if result["commit"] else f", kept on {state.run_branch}"
    told = (status_word(result["status"] or ""), f" ({result['target']}{at}){detail}")
    output.paragraph("  merge   ", *told, indent=_INDENT)
    advice = landing_advice(state)
    if advice is not None:
        output.line(f"  how     {advice.text}")
    if landing is not None and landing.undo:
        output.line(f"  undo    {landing.undo}")
