"""The one line that says what took most of the time, and what one could do about it."""

from collections.abc import Sequence
from typing import assert_never

from prodigy_tui.report.figures import Bottleneck, Cause, Parallel, TimeShare
from prodigy_tui.report.model import ItemReport, StepTimes
from prodigy_tui.report.words import duration, percent
from prodigy_tui.wording import plural


def bottleneck(
    shares: Sequence[TimeShare], *, parallel: Parallel, steps: Sequence[StepTimes], items: Sequence[ItemReport]
) -> Bottleneck | None:
    """Returns the cause with the largest share of the time; None where no time has passed."""
    if not shares:
        return None
    largest = shares[0]
    text = _text(largest.cause, percent(largest.share), parallel, steps, items)
    return Bottleneck(cause=largest.cause, share=largest.share, text=text)


def _text(  # one line a cause
    cause: Cause, part: str, parallel: Parallel, steps: Sequence[StepTimes], items: Sequence[ItemReport]
) -> str:
    match cause:
        case "agents":
            slots = "the only slot was" if parallel.slots == 1 else f"the {parallel.slots} slots were"
            return f"{part}: {slots} taken and items waited; more at once (-j) or {_faster('map', steps)} would help"
        case "tail":
            return f"{part}: the last agents worked and no item was left to start{_longest(items)}"
        case "start":
            return f"{part}: slots were free although items waited: starting up, a canary or delays of retries"
        case "provider":
            return f"{part}: agents waited for their provider's limit; fewer at once, or another provider, would help"
        case "budget":
            return (
                f"{part}: steps waited for room in the budget; a larger one (--budget-usd, --budget-tokens) would help"
            )
        case "breaker":
            return f"{part}: the circuit breaker was open after failures in a row; look at what failed"
        case "retry":
            return f"{part}: nothing but the delays of retries was left; a shorter backoff would help"
        case "merging":
            return f"{part}: agents were done and branches waited to be merged one after another"
        case "verify":
            return f"{part}: verification ran alone; larger batches or {_faster('verify', steps)} would help"
        case "resolve":
            return f"{part}: conflicts between branches were worked on; items that touch the same files cost that"
        case "person":
            return f"{part}: nothing went on before a person had answered"
        case "paused":
            return f"{part}: the run was paused"
        case "disk":
            return f"{part}: the disk had no room"
        case "setup" | "steps" | "reduce" | "merge":
            return f"{part}: {cause} ran, one step after another; {_faster(cause, steps)} would help"
        case "landing":
            return f"{part}: the run landed"
        case "other":
            return f"{part}: the run started up, loaded items, tidied or was between its phases"
        case _:
            assert_never(cause)


def _faster(where: str, steps: Sequence[StepTimes]) -> str:
    """Names the step that took most of the time there."""
    verifying = where == "verify"
    there = [
        step
        for step in steps
        if (step.path.startswith("verify/") if verifying else step.phase == where and "/" not in step.path)
    ]
    whole = sum(step.times.total_s for step in there)
    if not whole:
        return "faster steps"
    slowest = max(there, key=lambda step: step.times.total_s)
    return f"a faster step '{slowest.label}' ({percent(slowest.times.total_s / whole)} of the steps' time)"


def _longest(items: Sequence[ItemReport]) -> str:
    if not items:
        return ""
    longest = max(items, key=lambda item: item.work_s)
    name, took = longest.label or longest.item_id, duration(longest.work_s)
    return f"; the longest of {plural(len(items), 'item')}, '{name}', took {took}: smaller items would help"
