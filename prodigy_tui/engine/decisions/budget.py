"""What a run may spend (language 17): pure functions of the limits, the state and the time.

    a step may start  ⇔  spent + set aside for others + set aside for it  ≤  limit      in money and in tokens

What is set aside is what nine of ten executions of the same step have stayed below; before enough are known the
workflow's estimate, else a tenth of the limit. What an execution has used counts as spent at once. When everything that
is under way waits for the budget and nothing can start, the run stops, or asks a person to raise the limit.
"""

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.events.schema import BudgetRaised, BudgetSet, GateOpened, StopDecided
from prodigy_tui.events.spending import Spending, tokens_of
from prodigy_tui.events.state import RunState
from prodigy_tui.events.values import Failure, PhaseName, RunSettings, Usage
from prodigy_tui.workflow.literals import parse_duration
from prodigy_tui.workflow.model import Budget, Spent

CODE: Final = "PT630"
EXIT_CODE: Final = 4
QUESTION_OPEN: Final = 3
KNOWN: Final = 5
"""Fewer finished executions of a step say nothing about the next."""
SHARE: Final = 0.1
"""Of the limit, for a step of which nothing is known."""
QUANTILE: Final = 0.9
ROUNDING: Final = 1e-9
"""US dollars that sums of fractions may be wrong by."""

RAISE, STOP = "raise", "stop"
"""The answers to the question about a budget."""

UNLIMITED: Final = Spent()

STOPPABLE: Final[frozenset[PhaseName]] = frozenset({"steps", "setup", "reduce"})
"""Phases whose steps the scheduler ends while they wait; steps of others are refused when the run stops."""

Decision: TypeAlias = StopDecided | GateOpened | BudgetRaised


class Amount(Struct, frozen=True, kw_only=True):
    """Money and tokens."""

    usd: float = 0.0
    tokens: int = 0


class Caps(Struct, frozen=True, kw_only=True):
    """The limits that hold now; None: there is none."""

    usd: float | None = None
    tokens: int | None = None
    time_s: float | None = None
    per_item: Spent = UNLIMITED
    estimate: Spent = UNLIMITED
    pauses: bool = False
    """A person is asked instead of a stop."""

    @property
    def meter(self) -> bool:
        """Tells whether agent steps have to ask before they start."""
        return self.usd is not None or self.tokens is not None


def first_caps(budget: Budget | None, settings: RunSettings) -> Caps:
    """Returns the limits that the run started with: the operator's in the place of the workflow's."""
    said = budget or Budget()
    return Caps(
        usd=settings.budget_usd if settings.budget_usd is not None else said.usd,
        tokens=settings.budget_tokens if settings.budget_tokens is not None else said.tokens,
        time_s=settings.time_limit_s if settings.time_limit_s is not None else said.time,
        per_item=said.per_item,
        estimate=said.estimate,
        pauses=said.on_exceed == "pause",
    )


def limits_of(budget: Budget | None, settings: RunSettings) -> BudgetSet | None:
    """Returns the event that tells people of the limits at the start, if there are any."""
    caps = first_caps(budget, settings)
    if not caps.meter and caps.time_s is None:
        return None
    return BudgetSet(usd=caps.usd, tokens=caps.tokens, time_s=caps.time_s)


def caps_of(budget: Budget | None, state: RunState) -> Caps:
    """Returns the limits that hold now, raised ones included."""
    first, raised = first_caps(budget, state.settings), state.spending
    return Caps(
        usd=raised.usd if raised.usd is not None else first.usd,
        tokens=raised.tokens if raised.tokens is not None else first.tokens,
        time_s=raised.time_s if raised.time_s is not None else first.time_s,
        per_item=first.per_item,
        estimate=first.estimate,
        pauses=first.pauses,
    )


def step_name(phase: PhaseName, path: str) -> str:
    """Returns which step of the workflow a path means, whatever the item, the round or the iteration."""
    return f"{phase} {re.sub(r'(?<=[a-z])[0-9]+', '', path)}"


# ------------------------------------------------------------------------------------------------ before a step starts


def expected(caps: Caps, spending: Spending, step: str) -> Amount:
    """Returns what is set aside for the next execution of a step."""
    sample = spending.samples.get(step, ())
    usd = _expected([usage.usd for usage in sample if usage.usd is not None], caps.estimate.usd, caps.usd)
    tokens = _expected([tokens_of(usage) for usage in sample], caps.estimate.tokens, caps.tokens)
    return Amount(usd=usd, tokens=math.ceil(tokens))


def _expected(sample: Sequence[float], estimate: float | None, cap: float | None) -> float:
    if cap is None:
        return 0.0
    if len(sample) >= KNOWN:
        return sorted(sample)[math.ceil(QUANTILE * len(sample)) - 1]
    return estimate if estimate is not None else SHARE * cap


def committed(state: RunState) -> Amount:
    """Returns what is spent or set aside. Work without a told cost is taken to have cost what was set aside for it."""
    held = list(state.spending.held.values())
    return Amount(
        usd=(state.usage.usd or 0.0) + state.spending.assumed_usd + sum(one.open_usd for one in held),
        tokens=tokens_of(state.usage) + sum(one.open_tokens for one in held),
    )


def shortage(caps: Caps, state: RunState, wanted: Amount) -> str:
    """Returns why a step that is expected to cost so much may not start; empty when it may.

    Where nothing is left, not even what is expected to cost nothing may.
    """
    now = committed(state)
    if caps.usd is not None and (now.usd + wanted.usd > caps.usd + ROUNDING or now.usd >= caps.usd):
        return f"budget: {now.usd:.2f} of {caps.usd:.2f} USD reserved"
    if caps.tokens is not None and (now.tokens + wanted.tokens > caps.tokens or now.tokens >= caps.tokens):
        return f"budget: {now.tokens} of {caps.tokens} tokens reserved"
    return ""


# ----------------------------------------------------------------------------------------------------- while it runs


def spent_item(per_item: Spent, used: Usage, *, before: bool = False) -> Failure | None:
    """Returns why an attempt has to end: it has used more than an item may, or `before` a step, all that it may."""
    usd, tokens = used.usd or 0.0, tokens_of(used)
    if per_item.usd is not None and (usd > per_item.usd + ROUNDING or (before and usd >= per_item.usd)):
        return _spent(f"{usd:.2f} of {per_item.usd:.2f} USD")
    if per_item.tokens is not None and (tokens > per_item.tokens or (before and tokens >= per_item.tokens)):
        return _spent(f"{tokens} of {per_item.tokens} tokens")
    return None


def _spent(what: str) -> Failure:
    return Failure(kind="budget", code=CODE, message=f"the item has used {what}")


# ------------------------------------------------------------------------------------------------- what becomes of it


def time_is_up(caps: Caps, state: RunState, now: datetime) -> bool:
    """Tells whether no new work may begin."""
    return caps.time_s is not None and state.spending.time_used_s(now) >= caps.time_s


def time_ends(caps: Caps, state: RunState, now: datetime) -> datetime | None:
    """Returns when that will be so; None when never, or already."""
    if caps.time_s is None or time_is_up(caps, state, now):
        return None
    return now + timedelta(seconds=caps.time_s - state.spending.time_used_s(now))


def is_starved(caps: Caps, state: RunState) -> bool:
    """Tells whether all that is under way waits for the budget, and none of it can start."""
    spending = state.spending
    return (
        len(spending.waiting) > 0
        and _all_wait(state)
        and all(shortage(caps, state, expected(caps, spending, one.step)) for one in spending.waiting.values())
    )


def _all_wait(state: RunState) -> bool:
    """Nothing is at work that could end well, or set something free."""
    spending = state.spending
    if len(spending.held):
        return False
    if state.phase == "map":
        items = {one.item_id for one in spending.waiting.values() if one.item_id is not None}
        return len(items) >= state.counts.running
    return len(spending.waiting) > 0 and not _has_step_at_work(state)


def _has_step_at_work(state: RunState) -> bool:
    """Tells whether a step of the phase does something beside those that wait: in a loop whose rounds run at once."""
    phase = state.phases.get(state.phase or "")
    if phase is None:
        return False
    waiting = [one.path for one in state.spending.waiting.values()]
    running = [path for path, record in phase.steps.items() if record.status == "running"]
    return any(
        not any(f"{other}/".startswith(f"{path}/") for other in waiting)
        and not any(other.startswith(f"{path}/") for other in running)
        for path in running
    )


def decision(budget: Budget | None, state: RunState, now: datetime, *, starved: bool = False) -> Decision | None:
    """Returns what is to be recorded about the budget now, if anything.

    Args:
        budget: What the workflow says, settled.
        state: The run.
        now: The time.
        starved: Whether nothing else can be done; only then a budget of money or tokens is at its end.
    """
    if state.stop is not None:
        return None
    caps, asked = caps_of(budget, state), state.spending.asked
    if asked in state.gates:
        # Agents at work may still end well, and where there is a person the answer may come.
        return _unattended(state) if starved and not state.attended and _all_wait(state) else None
    answer = state.answers.get(asked)
    if answer is not None:
        if answer.answer == RAISE:
            return raised(first_caps(budget, state.settings), caps, state, now, answer.note, answer.by)
        return StopDecided(code=CODE, message=f"{answer.by} said stop at the budget", exit_code=EXIT_CODE)
    reached = _reached(caps, state, now, starved=starved)
    if not reached:
        return None
    if caps.pauses:
        return _question(state, reached)
    return StopDecided(code=CODE, message=reached, exit_code=EXIT_CODE)


def _reached(caps: Caps, state: RunState, now: datetime, *, starved: bool) -> str:
    if time_is_up(caps, state, now):
        return f"the time limit of {span(caps.time_s or 0.0)} has passed"
    if not starved or not is_starved(caps, state):
        return ""
    one = next(iter(state.spending.waiting.values()))
    wanted = expected(caps, state.spending, one.step)
    usd = bool(shortage(replace(caps, tokens=None), state, wanted))
    needs = f"{wanted.usd:.2f} USD" if usd else f"{wanted.tokens} tokens"
    return f"{shortage(caps, state, wanted)}, the next step needs about {needs}"


def _question(state: RunState, reached: str) -> GateOpened:
    return GateOpened(
        gate=f"budget-{state.last_seq + 1}",
        kind="budget",
        question=f"{reached}. Raise the limit?",
        options=(RAISE, STOP),
        detail=(
            "'raise' allows as much again as at the start; with a note it sets a limit: "
            "'20 usd', '2000000 tokens', '3h', or several of them"
        ),
    )


def _unattended(state: RunState) -> StopDecided:
    gate = state.gates[state.spending.asked]
    return StopDecided(code=CODE, message=f"nobody is there to answer: {gate.question}", exit_code=QUESTION_OPEN)


def raised(first: Caps, caps: Caps, state: RunState, now: datetime, note: str, by: str) -> BudgetRaised:
    """Returns the new limits of an answer: those that its note names, else as much again as at the start.

    A note that says something else changes nothing, so that the question comes again.
    """
    wanted = [expected(caps, state.spending, one.step) for one in state.spending.waiting.values()]
    most = Amount(
        usd=max((one.usd for one in wanted), default=0), tokens=max((one.tokens for one in wanted), default=0)
    )
    usd = caps.usd if shortage(replace(caps, tokens=None), state, most) else None
    tokens = caps.tokens if shortage(replace(caps, usd=None), state, most) else None
    time_s = caps.time_s if time_is_up(caps, state, now) else None
    if note.strip():
        unit = "usd" if usd is not None else "tokens" if tokens is not None else "time"
        return read_note(note, unit, by)
    return BudgetRaised(
        usd=usd + (first.usd or 0.0) if usd is not None else None,
        tokens=tokens + (first.tokens or 0) if tokens is not None else None,
        time_s=time_s + (first.time_s or 0.0) if time_s is not None else None,
        by=by,
    )


def is_limit(note: str) -> bool:
    """Tells whether a note beside the answer names a limit."""
    return read_note(note, "usd", "") != BudgetRaised(by="")


def read_note(note: str, unit: str, by: str) -> BudgetRaised:
    """Returns the limits that a person wrote beside the answer: `20`, `20 usd`, `tokens=2000000, 3h`.

    A number alone is in `unit`. What is not understood changes nothing.
    """
    found: dict[str, float] = {}
    number: str | None = None
    wanted = ""
    for word in re.findall(r"[0-9.]+(?=usd|token)|[0-9.]+(?:[a-z][0-9a-z]*)?|[a-z]+|[$]|[^\s,=:]+", note.lower()):
        if word in _UNITS:
            if number is None:
                wanted = _UNITS[word]
            else:
                found[_UNITS[word]], number = _number(number), None
        elif re.fullmatch(r"[0-9.]+", word):
            if wanted:
                found[wanted], wanted = _number(word), ""
            elif number is not None:
                return BudgetRaised(by=by)
            else:
                number = word
        else:
            seconds = _seconds(word)
            if seconds is None:
                return BudgetRaised(by=by)
            found["time"], wanted = seconds, ""
    if number is not None:
        found[unit] = _number(number)
    tokens, time_s = found.get("tokens"), found.get("time")
    return BudgetRaised(usd=found.get("usd"), tokens=int(tokens) if tokens is not None else None, time_s=time_s, by=by)


_UNITS: Final = {"usd": "usd", "$": "usd", "dollars": "usd", "tokens": "tokens", "token": "tokens", "time": "time"}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _seconds(text: str) -> float | None:
    try:
        return parse_duration(text)
    except ValueError:
        return None


def span(seconds: float) -> str:
    """Returns a length of time: `45s`, `10m`, `2h 30m`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = (f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{rest}s" if rest else "")
    return " ".join(part for part in parts if part) or f"{seconds:g}s"
