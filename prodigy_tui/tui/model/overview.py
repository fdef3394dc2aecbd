"""The run at a glance: where it is, how far, what it costs, and the one reason why it is not faster."""

from datetime import datetime

from msgspec import Struct

from prodigy_tui.events.advice import landing_advice
from prodigy_tui.events.endings import landed_all_the_same, left_out, shortfalls
from prodigy_tui.events.evolve_sessions import SEQUENCES
from prodigy_tui.events.spending import tokens_of
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.asked import oldest_question
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import Line, Role, cells
from prodigy_tui.tui.model.looks import DEAD, DONE, FAILED, LEFT_OUT, MERGING, QUEUED, RUNNING, WAITING, Look
from prodigy_tui.tui.model.reasons import behind, why_queued
from prodigy_tui.tui.model.text import amount, safe, span
from prodigy_tui.wording import plural

_SURE_AFTER = 3
"""Finished items before the time left is worth saying."""

_OVER: dict[str, tuple[str, Role]] = {
    "succeeded": ("SUCCEEDED", "success"),
    "failed": ("FAILED", "error"),
    "stopped": ("STOPPED", "warning"),
    "interrupted": ("INTERRUPTED", "warning"),
    "cancelled": ("CANCELLED", "warning"),
    "waiting": ("WAITS FOR YOU", "warning"),
}


class Progress(Struct, frozen=True, kw_only=True):
    """How far the run is, in items or, without items, in steps."""

    done: int
    total: int
    phase: str

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else 0.0

    @property
    def percent(self) -> str:
        """The share in words; all of it only when nothing is left."""
        whole = round(self.share * 100)
        return f"{min(whole, 99) if self.done < self.total else whole}%"


def is_over(state: RunState) -> bool:
    """Whether nothing runs any more."""
    return state.ended_at is not None


def progress(state: RunState) -> Progress:
    """Returns how far the run is."""
    phase: str = "" if _went_back(state) else state.phase or ""
    if state.counts.total:
        return Progress(done=state.counts.finished, total=state.counts.total, phase=phase)
    steps = [outline for outline in state.outline if outline.phase != "map"]
    total = sum(len(outline.steps) for outline in steps)
    phase += _pass_of(state)
    ended = sum(
        1
        for outline in steps
        for path, record in (state.phases[outline.phase].steps.items() if outline.phase in state.phases else ())
        if path.isdigit() and record.ended_at is not None
    )
    return Progress(done=min(ended, total), total=total, phase=phase)


def _went_back(state: RunState) -> bool:
    """Whether the run has ended in a phase before the last, after a retry: that one says nothing of where it is."""
    sequence = SEQUENCES[state.kind]
    if not is_over(state) or state.phase not in sequence:
        return False
    return any(name in state.phases for name in sequence[sequence.index(state.phase) + 1 :])


def _pass_of(state: RunState) -> str:
    """Returns which pass over the steps this is, where there may be several."""
    known = state.phases.get("steps")
    passing = known.passing if known is not None else None
    if passing is None:
        return ""
    value = f" of value {passing.argument + 1}" if passing.argument is not None else ""
    return f", pass {passing.iteration}/{passing.iterations}{value}"


def elapsed_s(state: RunState, now: datetime) -> float:
    """Returns the seconds from the start of the run to its end or to now."""
    if state.started_at is None:
        return 0.0
    return ((state.ended_at or now) - state.started_at).total_seconds()


def left_s(state: RunState, now: datetime) -> float | None:
    """Returns the seconds that the map will still take at its pace so far, when that can be said.

    The time in which all waited for a person or a provider is no part of the pace.
    """
    phase = state.phases.get("map")
    finished, unfinished = state.counts.finished, state.counts.unfinished
    if phase is None or phase.ended_at is not None or finished < _SURE_AFTER or not unfinished:
        return None
    rests = state.status in ("paused", "waiting") or state.waits_for_provider
    until = (state.last_at or now) if rests else now
    worked = (until - phase.started_at).total_seconds() - (state.idle_s - phase.idle_before_s)
    return max(0.0, worked) / finished * unfinished


def badge(state: RunState, *, past: bool) -> tuple[str, Role]:
    """Returns the word for what the run is doing, and its role."""
    if past:
        return "◀◀ REPLAY", "accent"
    if landed_all_the_same(state):
        return f"LANDED · {left_out(state)} left out", "warning"
    if is_over(state):
        return _OVER.get(state.status, (state.status.upper(), "warning"))
    if state.status == "waiting":
        return "! WAITS FOR YOU", "warning"
    if state.stop is not None:
        return "■ STOPPING", "warning"
    if state.disk is not None:
        return "! DISK", "error"
    if state.paused:
        return "‖ PAUSED", "warning"
    return "● LIVE", "success"


def tallies(state: RunState) -> tuple[tuple[Look, int], ...]:
    """Returns the number of items in each state, in the order of the list; none of those that are empty."""
    counts = state.counts
    every = (
        (WAITING, len(state.gates)),
        (FAILED, counts.failed + counts.retrying),
        (DEAD, counts.dead),
        (RUNNING, counts.running),
        (MERGING, counts.merging),
        (QUEUED, counts.pending),
        (DONE, counts.success),
        (LEFT_OUT, counts.skipped + counts.cancelled),
    )
    return tuple((look, number) for look, number in every if number)


def cost(state: RunState) -> str:
    """Returns what the agents cost so far, and may; empty while the first is not known."""
    limit = f" of ${state.spending.usd:,.2f}" if state.spending.usd is not None else ""
    return f"${state.usage.usd:,.2f}{limit}" if state.usage.usd is not None else ""


def spent(state: RunState) -> str:
    """Returns what the agents have used so far: tokens, and the price as far as it is known."""
    tokens = tokens_of(state.usage)
    price = cost(state) or ("cost unknown" if tokens else "")
    return " · ".join(part for part in (f"{amount(tokens)} tok" if tokens else "", price) if part)


def bottleneck(
    state: RunState, now: datetime, *, past: bool = False, cramped: bool = False, room: int = 0, top: str = ""
) -> Line:
    """Returns the reason why the run is not faster, or what became of it; empty when nothing waits.

    `past`: nothing can be answered any more. `cramped`: there is no room for the sheet of a landing. `room`: cells that
    the way back after a landing must fit into, 0 for as many as it takes. `top`: the working tree that one is in.
    """
    if is_over(state):
        return ending(state, room, top)
    if (asked := oldest_question(state)) is not None:
        more = f"  and {len(state.gates) - 1} more" if len(state.gates) > 1 else ""
        if past:
            return (("waited for an answer: ", "warning"), (safe(asked.question), "text"), (more, "muted"))
        how = f"{key('merge.open')} opens it"
        if cramped and asked.kind == "landing":
            how = "answered in a larger window"
        return (("waits for you: ", "warning"), (safe(asked.question), "text"), (f"{more}  {how}", "muted"))
    if state.stop is not None:
        held = plural(state.counts.running, "agent")
        return ((f"stopping ({safe(state.stop.message)}): {held} still at work", "warning"),)
    if state.disk is not None:
        return ((f"{safe(state.disk.message)}: nothing new starts before there is room", "error"),)
    if state.paused:
        running = state.counts.running
        working = f"{plural(running, 'agent finishes', 'agents finish')}, " if running else ""
        on = "" if past else f"  {key('run.pause')} lets it go on"
        return ((f"paused: {working}nothing new starts", "warning"), (on, "muted"))
    limits = [(until, name) for name, until in state.limited.items() if until > now]
    if limits:
        until, name = max(limits)
        text = f"{safe(name)} is at its limit: its agents start again in {span((until - now).total_seconds())}"
        return ((text, "warning"),)
    short = next(iter(state.spending.waiting.values()), None)
    if short is not None:
        number = plural(len(state.spending.waiting), "agent waits", "agents wait")
        return ((f"{number} for the {safe(short.message)}", "warning"),)
    return _queues(state, now)


def _queues(state: RunState, now: datetime) -> Line:
    counts = state.counts
    reasons: list[str] = []
    if counts.pending:
        why = why_queued(state, now)
        reasons.append(f"{counts.pending} queued{f': {why}' if why else ''}")
    verification = state.verification
    if verification is not None:
        number = len(verification.item_ids)
        what = (
            plural(number, "branch", "branches")
            if number
            else "what would land"
            if verification.landing
            else "the base"
        )
        reasons.append(f"verifying {what} for {span((now - verification.since).total_seconds())}")
    queued = counts.merging - len(state.merges)
    if queued and counts.merging > 1:
        reasons.append(f"{queued} wait to merge{behind(state)}")
    if counts.retrying and not counts.running and not counts.pending and (due := next_retry(state)) is not None:
        reasons.append(f"{plural(counts.retrying, 'retry', 'retries')} due in {span((due - now).total_seconds())}")
    landing = state.landing
    if not reasons and landing is not None and landing.status == "landed" and not counts.unfinished:
        told = "; worktrees and branches of the agents are being removed"
        return ((f"landed on {safe(landing.target)}", "success"), (told, "muted"))
    return ((" · ".join(reasons), "muted"),) if reasons else ()


def next_retry(state: RunState) -> datetime | None:
    """Returns when the next item that waits to be tried again starts."""
    entry = state.retries.first
    return entry.due if entry is not None else None


def ending(state: RunState, room: int = 0, top: str = "") -> Line:
    """Returns the summary of a run that is over, the weightiest first, since its end may find no room.

    What became of it, what failed, the next command, what the result lacks, the way back. `room` and `top` are as of
    `bottleneck`.
    """
    counts, landing = state.counts, state.landing
    spans: list[tuple[str, Role]] = []

    def tell(*told: tuple[str, Role]) -> None:
        spans.extend([("  ", "muted"), *told] if spans else told)

    of_dead = counts.dead and state.message.endswith("dead letter queue")  # the next line but one says it shorter
    if state.message and not of_dead and (landing is None or landing.message != state.message):
        tell((safe(state.message), "text"))
    if landing is not None and landing.status == "landed":
        tell((f"landed on {safe(landing.target)}", "success"))
    if counts.dead:
        tell((f"{plural(counts.dead, 'dead letter')} → {key('screen.dlq')}", "error"))
    if landing is not None and (advice := landing_advice(state)) is not None:
        tell((f"not landed: {safe(landing.message)}", "error"))
        tell((f"{advice.text}: ", "text"), (safe(advice.commands[0]), "key"))
    elif landing is not None and landing.status == "unmerged":
        tell(("unmerged; land it with ", "warning"), (f"prodigy-tui merge {safe(state.run_id)}", "key"))
    elif state.status in ("interrupted", "stopped", "waiting"):
        tell(("go on with ", "warning"), (f"prodigy-tui resume {safe(state.run_id)}", "key"))
    for short in shortfalls(state):
        tell((short, "warning"))
    if landing is not None and landing.status == "landed" and landing.undo:  # the longest, and it stands elsewhere too
        from prodigy_tui.tui.model.taking_back import undo_words

        left = room - cells(tuple(spans)) - 8 if room else 0
        tell((f"undo: {undo_words(landing.undo, left, top)}", "muted"))
    return tuple(spans)
