"""The list of runs: how each reads, in what order they stand, and what a filter may ask of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal, TypeAlias

from prodigy_tui.tui.model.filtering import FieldKind, Filter, Grammar
from prodigy_tui.tui.model.line import BLANK, Line, Role, Span
from prodigy_tui.tui.model.looks import DONE, FAILED, LEFT_OUT, RUNNING, STALLED, WAITING
from prodigy_tui.tui.model.recorded import RunSummary
from prodigy_tui.tui.model.text import amount, clip_name, fit, safe, span, stopwatch
from prodigy_tui.wording import plural

SortName: TypeAlias = Literal["newest", "oldest", "name", "state", "cost", "time", "failures"]

SORTS: Final[Mapping[SortName, str]] = {
    "newest": "those at work first, then by their start",
    "oldest": "the first run first",
    "name": "by label or workflow",
    "state": "those that need a person first",
    "cost": "the dearest first",
    "time": "the longest first",
    "failures": "those with most dead letters first",
}

_FIELDS: Final[Mapping[str, FieldKind]] = {
    "state": "word",
    "workflow": "text",
    "label": "text",
    "run": "text",
    "outcome": "word",
    "items": "number",
    "done": "number",
    "failed": "number",
    "dead": "number",
    "cost": "number",
    "tokens": "number",
    "age": "time",
    "took": "time",
    "waits": "number",
}
GRAMMAR: Final = Grammar(fields=_FIELDS)

_LOOKS: Final[Mapping[str, tuple[str, Role]]] = {
    "running": (RUNNING.glyph, "success"),
    "waiting": (WAITING.glyph, "warning"),
    "paused": (STALLED.glyph, "warning"),
    "succeeded": (DONE.glyph, "success"),
    "failed": (FAILED.glyph, "error"),
    "damaged": (FAILED.glyph, "error"),
    "stopped": (LEFT_OUT.glyph, "warning"),
    "interrupted": (STALLED.glyph, "warning"),
    "cancelled": (LEFT_OUT.glyph, "muted"),
}
_URGENCY: Final = ("waiting", "paused", "running", "damaged", "failed", "interrupted", "stopped", "cancelled")
_OUTCOMES: Final[Mapping[str, tuple[str, Role]]] = {
    "landed": ("landed", "success"),
    "handed_over": ("handed over", "muted"),
    "unmerged": ("unmerged", "warning"),
    "refused": ("not landed", "error"),
    "nothing": ("no changes", "muted"),
    "": ("", "muted"),
}
_HEADINGS: Final[dict[str, str]] = {
    "state": "  state",
    "mark": "",
    "name": "run",
    "items": "items",
    "cost": "cost",
    "took": "took",
    "age": "age",
    "outcome": "outcome",
}
_NARROW: Final = 66
"""Cells below which only state, name, items and age have room."""
_BROAD: Final = 92
"""Cells from which on the outcome has a column."""
_BAR_CELLS: Final = 8
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def look_of(status: str) -> tuple[str, Role]:
    """Returns glyph and role of a run's status."""
    return _LOOKS.get(status, ("?", "warning"))


@dataclass(frozen=True, slots=True)
class RunSubject:
    """A run as a filter sees it."""

    run: RunSummary
    now: datetime

    @property
    def text(self) -> str:
        run = self.run
        return " ".join((run.run_id, run.workflow, run.label, run.status, run.outcome, run.message))

    @property
    def name(self) -> str:
        return self.run.name

    def value(self, name: str) -> object:
        run = self.run
        values: dict[str, object] = {
            "state": run.status,
            "workflow": run.workflow,
            "label": run.label,
            "run": run.run_id,
            "outcome": run.outcome,
            "items": run.total,
            "done": run.succeeded,
            "failed": run.failed,
            "dead": run.dead,
            "cost": run.usd,
            "tokens": run.tokens,
            "age": age_s(run, self.now),
            "took": run.took_s,
            "waits": len(run.waits),
        }
        return values.get(name)

    def document(self) -> Mapping[str, object]:
        return {name: self.value(name) for name in _FIELDS}


def age_s(run: RunSummary, now: datetime) -> float | None:
    """Returns the seconds since the run ended or, while it goes on, since it began."""
    at = run.ended_at or run.started_at
    return (now - at).total_seconds() if at is not None else None


def arranged(runs: Sequence[RunSummary], wanted: Filter, sort: SortName, now: datetime) -> tuple[RunSummary, ...]:
    """Returns the runs that the filter admits, in order; equal ones stand newest first.

    Raises:
        FilterWrong: a pattern of the filter takes too long.
    """
    admitted = [run for run in runs if not wanted or wanted.admits(RunSubject(run, now))]
    return tuple(sorted(admitted, key=_KEYS[sort]))


def _begun(run: RunSummary) -> float:
    return run.started_at.timestamp() if run.started_at is not None else 0.0


def _urgency(run: RunSummary) -> int:
    return _URGENCY.index(run.status) if run.status in _URGENCY else len(_URGENCY)


_KEYS: Final[Mapping[SortName, Callable[[RunSummary], tuple[object, ...]]]] = {
    "newest": lambda run: (not run.live, -_begun(run)),
    "oldest": lambda run: (_begun(run),),
    "name": lambda run: (run.name.casefold(), -_begun(run)),
    "state": lambda run: (not run.waits, _urgency(run), -_begun(run)),
    "cost": lambda run: (-(run.usd or 0.0), -_begun(run)),
    "time": lambda run: (-run.took_s, -_begun(run)),
    "failures": lambda run: (-run.dead, -run.failed, -_begun(run)),
}


def runs_heading(width: int) -> Line:
    """Returns the line above the runs."""
    return ((_columns(width, **_HEADINGS), "muted"),)


def run_line(run: RunSummary, width: int, now: datetime, *, marked: bool = False) -> Line:
    """Returns a run as one line."""
    glyph, role = look_of(run.status)
    took = span(_took(run, now)) if run.started_at is not None else ""
    since = age_s(run, now)
    outcome, outcome_role = _outcome(run)
    front = f"{'▪' if marked else ' '}{glyph} {fit(run.status, 12)}"
    rest = _columns(
        width,
        state="",
        mark="!" if run.waits else "",
        name=safe(run.name, 200),
        items=_items(run),
        cost=f"${run.usd:,.2f}" if run.usd is not None else "",
        took=took,
        age=span(since) if since is not None else "",
        outcome="",
    )
    spans: list[Span] = [
        (front, "badge" if marked else role),
        (rest[15:17], "warning" if run.waits else "text"),
        (rest[17:], "text"),
    ]
    if width >= _BROAD:
        spans[-1] = (rest[17 : len(rest) - 13] if outcome else rest[17:], "text")
        if outcome:
            spans.append((fit(outcome, 13), outcome_role))
    return tuple(spans)


def _took(run: RunSummary, now: datetime) -> float:
    live = run.live and run.ended_at is None and run.started_at is not None
    return (now - run.started_at).total_seconds() if live and run.started_at is not None else run.took_s


def _items(run: RunSummary) -> str:
    if not run.total:
        return ""
    dead = f" †{run.dead}" if run.dead else ""
    if run.live:
        return f"{progress_bar(run.finished / run.total)}{run.finished}/{run.total}{dead}"
    return f"{run.succeeded}/{run.total}{dead}"


def progress_bar(share: float, width: int = _BAR_CELLS) -> str:
    """Returns a bar that is filled as far as `share` says."""
    full, rest = divmod(int(min(max(share, 0.0), 1.0) * width * 8), 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width) + "▏"


def _outcome(run: RunSummary) -> tuple[str, Role]:
    if run.live:
        return (run.phase, "muted")
    return _OUTCOMES.get(run.outcome, (run.outcome, "muted"))


def _columns(  # noqa: PLR0913 - one a column
    width: int, *, state: str, mark: str, name: str, items: str, cost: str, took: str, age: str, outcome: str
) -> str:
    """Returns the columns that the width has room for, as text of exactly that width; the names take what is left."""
    front = f"{fit(state, 15)}{fit(mark, 2)}"
    if width < _NARROW:
        back = f" {fit(items, 12, right=True)}{fit(age, 6, right=True)} "
    else:
        figures = f"{fit(cost, 8, right=True)}{fit(took, 6, right=True)}{fit(age, 7, right=True)}"
        back = f" {fit(items, 22, right=True)} {figures} "
    if width >= _BROAD:
        back += f" {fit(outcome, 13)}"
    room = max(4, width - 17 - len(back))
    return fit(f"{front}{fit(clip_name(name, room), room)}{back}", width)


def run_facts(run: RunSummary, now: datetime, zone: tzinfo | None) -> list[Line]:
    """Returns what is known of a run without opening it."""
    glyph, role = look_of(run.status)
    going = " · at work now" if run.live else ""
    lines: list[Line] = [
        ((safe(run.name), "strong"),),
        ((safe(run.run_id), "muted"),),
        ((f"{glyph} {run.status}", role), (going, "success"), (f"  {safe(run.message)}", "text")),
        BLANK,
    ]
    named: list[tuple[str, str]] = [("workflow", run.workflow if run.label else ""), ("called by", run.caller)]
    if run.started_at is not None:
        began = f"{run.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        named.append(("started", f"{began}, {span((now - run.started_at).total_seconds())} ago"))
        named.append(("took", stopwatch(_took(run, now))))
    if run.total:
        counts = ((run.succeeded, "succeeded"), (run.failed, "failed"), (run.running, "at work"))
        told = ", ".join(f"{number} {word}" for number, word in counts if number)
        named.append(("items", f"{run.total}{': ' if told else ''}{told}"))
    if run.dead:
        named.append(("dead", plural(run.dead, "dead letter")))
    if run.usd is not None:
        named.append(("cost", f"${run.usd:,.2f}"))
    if run.tokens:
        named.append(("tokens", amount(run.tokens)))
    word, outcome_role = _OUTCOMES.get(run.outcome, (run.outcome, "muted"))
    lines += [((f"{name:10}", "muted"), (safe(text), "text")) for name, text in named if text]
    if word:
        where = f" · {safe(run.target)}{' at ' + run.commit[:9] if run.commit else ''}" if run.target else ""
        lines.append((("outcome   ", "muted"), (word, outcome_role), (where, "text")))
    if run.waits:
        lines += [BLANK, (("waits for you", "warning"),)]
        lines += [(("! ", "warning"), (safe(wait.text, 300), "text")) for wait in run.waits]
    if run.commands:
        lines += [BLANK, (("next", "muted"),), *(((safe(command), "key"),) for command in run.commands)]
    return lines
