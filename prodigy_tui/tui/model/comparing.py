"""A comparison of two moments as lines."""

from datetime import tzinfo

from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.compare import Comparison, Counted, Turned
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.text import agent_name, amount, clip_name, clock, fit, span
from prodigy_tui.wording import plural

_NAME = 28


def comparison_head(comparison: Comparison, zone: tzinfo | None) -> list[Line]:
    """Returns the two moments, and what passed between them."""
    before, after = comparison.before, comparison.after
    usd = comparison.usd
    spent = f" · +${usd:,.2f}" if usd is not None else ""
    tokens = f" · +{amount(comparison.tokens)} tokens" if comparison.tokens else ""
    return [
        (
            (f"{clock(before.at, zone)} ", "strong"),
            (f"event {before.seq:,}", "muted"),
            ("  →  ", "accent"),
            (f"{clock(after.at, zone)} ", "strong"),
            (f"event {after.seq:,}", "muted"),
        ),
        (
            (f"+{span(comparison.seconds)}", "accent"),
            (f" · {plural(comparison.events, 'event')}{spent}{tokens} · {comparison.merged:+d} merged", "text"),
        ),
        BLANK,
    ]


def comparison_lines(comparison: Comparison) -> list[Line]:
    """Returns counts by state, and the items that are in another state."""
    lines: list[Line] = [(("state           before   after  change", "muted"),)]
    lines += [_counted(counted) for counted in comparison.counts]
    lines.append(BLANK)
    if not comparison.turned:
        return [*lines, (("no agent has changed its state", "muted"),)]
    number = len(comparison.turned)
    lines.append(((f"{plural(number, 'agent')} changed state", "strong"),))
    return [*lines, *(_turned(turned) for turned in comparison.turned)]


def _counted(counted: Counted) -> Line:
    change = counted.after - counted.before
    look = counted.look
    return (
        (f"{look.glyph} {fit(look.word, 13)}", look.role),
        (f"{counted.before:>7,} {counted.after:>7,}", "text"),
        (f" {change:>+7,}" if change else "       =", "strong" if change else "muted"),
    )


def _turned(turned: Turned) -> Line:
    before, after = turned.before, turned.after
    tries = f"  {plural(turned.attempts, 'attempt')}" if turned.attempts > 1 else ""
    return (
        (f"{agent_name(turned.item.position)} ", "text"),
        (fit(clip_name(item_name(turned.item), _NAME), _NAME + 1), "strong"),
        (fit(before.word if before is not None else "not there", 14), before.role if before is not None else "muted"),
        ("→ ", "muted"),
        (f"{after.glyph} {after.word}", after.role),
        (tries, "muted"),
    )
