"""What is needed to answer each kind of question: the sample, its cost and a forecast, the limits, the last words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.schema import GateOpened
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.looks import ITEM_LOOKS
from prodigy_tui.tui.model.overview import elapsed_s, left_s
from prodigy_tui.tui.model.text import agent_name, amount, clip, fit, safe, span
from prodigy_tui.wording import plural

_FILES_NAMED: Final = 12
_SAMPLE_NAMED: Final = 20
_LAST_WORDS: Final = 6
_DETAIL_LINES: Final = 40


def gate_facts(gate: GateOpened, state: RunState, now: datetime) -> list[Line]:
    """Returns what one should know of a question besides what it says itself."""
    item = state.items.get(gate.item_id) if gate.item_id is not None else None
    match gate.kind:
        case "suspect" if item is not None:
            return _suspect(item)  # the detail names the same files
        case "canary":
            return [*_detail(gate), *_sample(state), *_so_far(state, now)]
        case "budget":
            return [*_so_far(state, now), *_limits(state, now), BLANK, *_detail(gate)]
        case _:
            words = _last_words(item) if item is not None else []
            return [*_detail(gate), *words, *(_of_item(item) if item is not None else [])]


def _detail(gate: GateOpened) -> list[Line]:
    return [((safe(line), "text"),) for line in gate.detail.splitlines()[:_DETAIL_LINES]]


def _suspect(item: ItemState) -> list[Line]:
    """Returns why it is one, which files it has changed, what its agent said last, and what it cost."""
    why = safe(item.failure.message) if item.failure is not None else ""
    lines: list[Line] = [((why, "warning"),)]
    if item.failure is not None:
        lines += [(("│ ", "muted"), (safe(text), "warning")) for text in item.failure.tail.splitlines()[:_FILES_NAMED]]
    lines.append(((f"{plural(item.commits, 'commit')}, {plural(len(item.files), 'file')}", "text"),))
    lines += [((f"  {safe(path)}", "text"),) for path in item.files[:_FILES_NAMED]]
    more = len(item.files) - _FILES_NAMED
    if more > 0:
        lines.append(((f"  and {more} more", "muted"),))
    return [*lines, *_last_words(item), *_of_item(item)]


def _last_words(item: ItemState) -> list[Line]:
    said = [line for line in item.output.splitlines() if line.strip()][-_LAST_WORDS:]
    if not said:
        return []
    return [BLANK, (("its agent said last", "strong"),), *((("│ ", "muted"), (safe(line), "text")) for line in said)]


def _of_item(item: ItemState) -> list[Line]:
    parts = [f"try {item.attempt}"] if item.attempt else []
    tokens = item.usage.input_tokens + item.usage.output_tokens
    if tokens:
        parts.append(f"{amount(tokens)} tokens")
    if item.usage.usd is not None:
        parts.append(f"${item.usage.usd:,.2f} so far")
    return [BLANK, ((" · ".join(parts), "muted"),)] if parts else []


def _sample(state: RunState) -> list[Line]:
    """Returns the items of the sample and how each went."""
    count = state.canary.count if state.canary is not None else 0
    items = [state.items[item_id] for item_id in state.order[:count]]
    if not items:
        return []
    lines: list[Line] = [BLANK, (("the sample", "strong"),)]
    for item in items[:_SAMPLE_NAMED]:
        look = ITEM_LOOKS[item.status]
        why = item.failure.message if item.failure is not None and item.status != "success" else ""
        changed = plural(len(item.files), "file") if item.files else "nothing changed"
        lines.append(
            (
                (f" {look.glyph} ", look.role),
                (fit(agent_name(item.position), 6), "muted"),
                (fit(item_name(item), 28), "text"),
                (f" {clip(safe(why), 200) or changed}", "muted"),
            )
        )
    more = len(items) - _SAMPLE_NAMED
    return [*lines, ((f"   and {more} more", "muted"),)] if more > 0 else lines


def _so_far(state: RunState, now: datetime) -> list[Line]:
    """Returns what it has cost, and what it will at this pace."""
    done, left = state.counts.finished, state.counts.unfinished
    usage = state.usage
    tokens = usage.input_tokens + usage.output_tokens
    lines: list[Line] = [BLANK, _row("so far", _amounts(usage.usd, tokens, elapsed_s(state, now)))]
    if done and left:
        usd = usage.usd / done * left if usage.usd is not None else None
        rest = left_s(state, now)
        words = _amounts(usd, round(tokens / done * left), rest)
        lines.append(_row("forecast", f"about {words} more for {plural(left, 'item')}, at this pace"))
    return lines


def _limits(state: RunState, now: datetime) -> list[Line]:
    """Returns the limits as far as the record knows them, how much of each is used, and who waits for them."""
    spending, settings, usage = state.spending, state.settings, state.usage
    lines: list[Line] = []
    usd = spending.usd if spending.usd is not None else settings.budget_usd
    if usd is not None:
        lines.append(_row("limit", f"${usage.usd or 0.0:,.2f} of ${usd:,.2f}{_share(usage.usd or 0.0, usd)}"))
    most = spending.tokens if spending.tokens is not None else settings.budget_tokens
    if most is not None:
        used = usage.input_tokens + usage.output_tokens
        lines.append(_row("limit", f"{amount(used)} of {amount(most)} tokens{_share(used, most)}"))
    time_s = spending.time_s if spending.time_s is not None else settings.time_limit_s
    if time_s is not None:
        lines.append(_row("limit", f"{span(elapsed_s(state, now) - state.idle_s)} of {span(time_s)}"))
    waiting = list(spending.waiting.values())
    if waiting:
        lines.append(_row("waiting", f"{plural(len(waiting), 'step')}: {_names(one.step for one in waiting)}"))
    return lines


def _row(name: str, value: str) -> Line:
    return ((fit(name, 10), "muted"), (value, "text"))


def _share(used: float, limit: float) -> str:
    return f" ({used / limit:.0%})" if limit > 0 else ""


def _names(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    return safe(", ".join(found[:3]), 120) + (" and more" if len(found) > 3 else "")


def _amounts(usd: float | None, tokens: int, seconds: float | None) -> str:
    parts = [f"${usd:,.2f}"] if usd is not None else []
    if tokens:
        parts.append(f"{amount(tokens)} tokens")
    if seconds is not None:
        parts.append(span(seconds))
    return " · ".join(parts) or "nothing known"
