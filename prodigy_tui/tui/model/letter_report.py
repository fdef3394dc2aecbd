"""A dead letter, or several, as Markdown to be pasted somewhere else: what failed, how often, and where to look."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

import regex

from prodigy_tui.events.item_state import AttemptRecord, ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.letters import failure_tail
from prodigy_tui.tui.model.pattern_lines import pattern_title
from prodigy_tui.tui.model.patterns import EVERYTHING, Pattern
from prodigy_tui.tui.model.text import agent_name, safe, span
from prodigy_tui.wording import plural

_MARKS: Final = regex.compile(r"([\\`*_\[\]<>|#~])")
_TICKS: Final = regex.compile(r"`+")
_NAMED: Final = 200


def item_report(item: ItemState, state: RunState, zone: tzinfo | None) -> str:
    """Returns the story of one item."""
    lines = [
        f"## {_words(item_name(item))} ({agent_name(item.position)})",
        "",
        f"Run `{_code(state.run_id)}` of `{_code(state.workflow)}`: {plural(item.attempt, 'attempt')}, {item.status}.",
    ]
    if item.failure is not None:
        lines += ["", f"**{_words(item.failure.message)}**"]
    lines += ["", *(_attempt(record, zone) for record in item.history)]
    tail = failure_tail(item)
    if tail:
        text = [safe(line) for line in tail]
        fence = "`" * (1 + max(2, *(len(ticks) for line in text for ticks in _TICKS.findall(line)), 2))
        lines += ["", fence, *text, fence]
    named = (("branch", item.branch), ("worktree", item.worktree), ("log", _log_of(item)))
    lines += ["", *(f"- {name}: `{_code(value)}`" for name, value in named if value)]
    return "\n".join(lines).strip() + "\n"


def pattern_report(pattern: Pattern, state: RunState, zone: tzinfo | None) -> str:
    """Returns a pattern and its items, with the story of the newest."""
    title = "All dead letters" if pattern.id == EVERYTHING else pattern_title(pattern)
    lines = [
        f"# {_words(title)}",
        "",
        f"{plural(len(pattern), 'item')} of run `{_code(state.run_id)}`, first {_time(pattern.first_at, zone)}, "
        f"last {_time(pattern.last_at, zone)}; {pattern.eligible} can be retried.",
        "",
        *_names([item_id for _, item_id in reversed(pattern.letters)], state),
        "",
    ]
    newest = state.items.get(pattern.letters[-1][1])
    return "\n".join(lines) + "\n" + (item_report(newest, state, zone) if newest is not None else "")


def _names(item_ids: Sequence[str], state: RunState) -> list[str]:
    found = [item for item_id in item_ids[:_NAMED] if (item := state.items.get(item_id)) is not None]
    lines = [f"- {agent_name(item.position)} {_words(item_name(item))}" for item in found]
    more = len(item_ids) - _NAMED
    return [*lines, f"- and {more:,} more"] if more > 0 else lines


def _attempt(record: AttemptRecord, zone: tzinfo | None) -> str:
    took = span((record.ended_at - record.started_at).total_seconds())
    words = f"{record.attempt}. {_time(record.started_at, zone)}, {took}: {_words(record.outcome)}"
    failure = record.failure
    if failure is None:
        return words
    where = f" in step `{_code(failure.step)}`" if failure.step else ""
    exit_code = f", exit code {failure.exit_code}" if failure.exit_code is not None else ""
    return f"{words}{where}{exit_code}: {_words(failure.message)}"


def _log_of(item: ItemState) -> str:
    return f"items/{item.item.safe_id}/{item.attempt}.log" if item.attempt else ""


def _time(at: datetime, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _words(text: str) -> str:
    """Returns foreign text that Markdown takes for text."""
    return str(_MARKS.sub(r"\\\1", safe(text)))


def _code(text: str) -> str:
    """Returns foreign text that cannot end the code that it stands in."""
    return safe(text).replace("`", "'")
