"""What a retry of dead letters comes to before anybody says yes: which go, how, and what it will most likely cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from statistics import fmean
from typing import Final

from prodigy_tui.events.item_state import AttemptRecord, ItemState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import BLANK, Line, Span, shorten
from prodigy_tui.tui.model.text import agent_name, amount, clip, clip_name, fit, safe, span, width_of
from prodigy_tui.wording import plural

_NAMED: Final = 200
_MOST_AT_ONCE: Final = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What past tries have cost, for as many as are to come."""

    tries: int
    """How many it is drawn from."""
    usd: float | None
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPlan:
    """A retry that is being thought over."""

    what: str
    items: tuple[ItemState, ...]
    first: str = ""
    """The item that goes first when only one goes."""
    parallel: int
    """Agents at once now."""
    wanted: int
    """Agents at once from then on."""
    keep_files: bool = False
    forced: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    reduce: bool = False
    has_reduced: bool = False
    """Reduce has run without these items."""
    can_change: bool = False
    """Whether parameters, and reduce, can be told to the run from here."""

    @property
    def going(self) -> tuple[ItemState, ...]:
        """The items that go back to work."""
        return tuple(item for item in self.items if item.eligible or self.forced)

    @property
    def one(self) -> ItemState | None:
        """The item that goes when one goes first."""
        going = self.going
        return next((item for item in going if item.item.id == self.first), going[0] if going else None)

    @property
    def with_files(self) -> int:
        """How many of them have left files to go on from."""
        return sum(any(_left_something(record) for record in item.history) for item in self.going)

    def at_once(self, more: int) -> int:
        """Returns how many agents at once, so many more."""
        return min(_MOST_AT_ONCE, max(1, self.wanted + more))


def estimate(items: Iterable[ItemState], parallel: int) -> Estimate | None:
    """Returns what it will cost if it goes as before; `None` when nothing of them has been tried to its end."""
    usd: list[float] = []
    tokens: list[float] = []
    lengths: list[float] = []
    number = tries = 0
    for item in items:
        number += 1
        tries += len(item.history)
        lengths += [(record.ended_at - record.started_at).total_seconds() for record in item.history]
        if item.attempt:
            tokens.append((item.usage.input_tokens + item.usage.output_tokens) / item.attempt)
            if item.usage.usd is not None:
                usd.append(item.usage.usd / item.attempt)
    if not lengths:
        return None
    return Estimate(
        tries=tries,
        usd=fmean(usd) * number if usd else None,
        tokens=round(fmean(tokens) * number) if tokens else 0,
        seconds=fmean(lengths) * ceil(number / max(1, parallel)),
    )


def choices(plan: RetryPlan) -> list[Line]:
    """Returns what the keys do; what enter does comes first."""
    one, going = plan.one, plan.going
    leave: Line = (("esc ", "key"), ("leaves everything as it is", "text"))
    if one is None:
        return [
            (
                ("none of them is eligible for another try", "warning"),
                ("   f ", "key"),
                ("tries them all the same", "text"),
            ),
            leave,
        ]
    name = f"{agent_name(one.position)} {clip(item_name(one), 40)}"
    if len(going) == 1:
        return [((" enter ", "badge"), (f" tries {name} again", "strong")), leave]
    return [
        ((" enter ", "badge"), (" one item first: ", "strong"), (name, "strong")),
        (
            ("y ", "key"),
            (f"all {len(going)} at once", "text"),
            ("   esc ", "key"),
            ("leaves everything as it is", "text"),
        ),
    ]


def plan_lines(plan: RetryPlan, width: int = 80) -> list[Line]:
    """Returns the plan: how, what it costs, and which items, one on a line of `width` cells."""
    going = plan.going
    lines: list[Line] = [
        _row("agents at once", _parallel(plan), "- +"),
        _row("begins with", _files(plan), "k"),
    ]
    if plan.can_change:
        shown = ", ".join(f"{safe(name, 40)}={safe(value, 60)}" for name, value in plan.parameters.items())
        lines.append(_row("parameters", shown or "as they are", "p"))
        if plan.has_reduced:
            lines.append(_row("reduce", "runs again afterwards" if plan.reduce else "does not run again", "e"))
    lines += _cost(plan)
    stay = len(plan.items) - len(going)
    if stay or plan.forced:
        alone = sum(not item.eligible for item in plan.items)
        words = f"{plural(alone, 'item')} {'goes' if alone == 1 else 'go'} too, although a retry alone will not help"
        lines.append(
            _row("need a look", words if plan.forced else f"{plural(stay, 'item')} that stay where they are", "f")
        )
    lines.append(BLANK)
    longest = max((width_of(item_name(item)) for item in plan.items[:_NAMED]), default=0)
    named = max(8, min(longest, 40, width // 3))
    for item in plan.items[:_NAMED]:
        goes = item.eligible or plan.forced
        line: Line = (
            (" ↻ " if goes else " – ", "accent" if goes else "muted"),
            (fit(agent_name(item.position), 6), "muted"),
            (fit(clip_name(item_name(item), named), named), "text" if goes else "muted"),
            (f"  try {item.attempt + 1}  " if goes else "  stays  ", "muted"),
            (safe(item.failure.message) if item.failure is not None else "", "muted"),
        )
        lines.append(shorten(line, width))
    more = len(plan.items) - _NAMED
    return [*lines, ((f"   and {more:,} more", "muted"),)] if more > 0 else lines


def _row(name: str, value: str, keys: str) -> Line:
    spans: list[Span] = [(fit(name, 16), "muted"), (value, "text")]
    if keys:
        spans += [("   ", "text"), (keys, "key")]
    return tuple(spans)


def _parallel(plan: RetryPlan) -> str:
    return str(plan.wanted) if plan.wanted == plan.parallel else f"{plan.wanted}, now {plan.parallel}"


def _files(plan: RetryPlan) -> str:
    number = plan.with_files
    if not plan.keep_files:
        return "a fresh worktree each"
    if not number:
        return "a fresh worktree: the failed attempts have left no files"
    rest = len(plan.going) - number
    return "the failed attempt's files" + (f", {rest} with a fresh worktree: nothing was left" if rest else "")


def _cost(plan: RetryPlan) -> list[Line]:
    found = estimate(plan.going, plan.wanted)
    if found is None:
        return [_row("takes", "not known: nothing of it has been tried to its end", "")]
    parts = [f"${found.usd:,.2f}"] if found.usd is not None else []
    if found.tokens:
        parts.append(f"{amount(found.tokens)} tokens")
    tries = f", as in {plural(found.tries, 'past try', 'past tries')}"
    lines = [_row("takes", f"about {span(found.seconds)}{tries}", "")]
    if parts:
        lines.append(_row("costs", f"about {' · '.join(parts)}", ""))
    return lines


def _left_something(record: AttemptRecord) -> bool:
    return record.leftover is not None or record.head not in ("", record.base)


def parameter(text: str) -> tuple[str, str] | None:
    """Returns name and value of what was typed as `NAME=VALUE`."""
    name, sign, value = text.partition("=")
    return (name.strip(), value.strip()) if sign and name.strip() else None
