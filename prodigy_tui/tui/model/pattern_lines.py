"""What is said of a pattern of failures: a line in the list, and below it what is known and what helps most likely."""

from datetime import datetime, tzinfo
from typing import Final

import regex

from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.keynames import key
from prodigy_tui.tui.model.line import BLANK, Line
from prodigy_tui.tui.model.patterns import EVERYTHING, Pattern, Patterns
from prodigy_tui.tui.model.text import agent_name, clip, clock, fit, safe, span
from prodigy_tui.wording import plural

_BARS: Final = "▁▂▃▄▅▆▇█"
_SAYS_NOTHING: Final = regex.compile(r" failed with exit code <n>$")
"""What is said of a step whose exit code is all that is known."""
_PIECES: Final = 5
CONFLICT: Final = "merge"
"""The kind of failures for which git could not merge what an agent has committed."""
CONFLICT_KEYS: Final = "merge: policies or conflict"
_CODE: Final = regex.compile(r"\bPT(?:\d{3}\b|<n>):? *")
_SEEN_FROM: Final = 52
"""Cells from which on a line says also when the last one came."""


def pattern_title(pattern: Pattern, longest: int = 200) -> str:
    """Returns what a pattern is called: step, exit code or kind, and what its messages have in common."""
    found = pattern.print
    reason = f"exit {found.exit_code}" if found.exit_code is not None else found.kind
    message = safe(found.message, longest)
    message = _CODE.sub("", message).strip() or message
    if _SAYS_NOTHING.search(message) is not None:
        thing = main_thing(pattern)
        message = safe(thing[0], longest) if thing is not None else ""
    where = " ".join(part for part in (safe(found.step, 40), "" if reason in message else reason) if part)
    return " · ".join(part for part in (where, message) if part) or "no reason is known"


def _title(pattern: Pattern, patterns: Patterns) -> str:
    words = safe(patterns.words(pattern.id), 60)
    return f"~{words}~ {pattern_title(pattern)}" if words else pattern_title(pattern)


def main_thing(pattern: Pattern) -> tuple[str, int] | None:
    """Returns what most of them lack, and how many; `None` where it is a matter of single ones."""
    if not pattern.missing:
        return None
    thing, number = max(pattern.missing.items(), key=lambda one: (one[1], one[0]))
    return (thing, number) if number > 1 or len(pattern) == 1 else None


def sparkline(counts: list[int]) -> str:
    """Returns counts as bars, the tallest for the highest."""
    most = max(counts, default=0)
    return "".join(_BARS[-(-(len(_BARS) - 1) * count // most)] if most else _BARS[0] for count in counts)


def pattern_heading(width: int) -> Line:
    """Returns the line above the list."""
    return ((_columns("   cluster", "n", "share", "trend", "last" if width >= _SEEN_FROM else "", width), "muted"),)


def pattern_line(name: str, patterns: Patterns, now: datetime, width: int) -> Line:
    """Returns the line of a pattern."""
    pattern = patterns.get(name)
    if pattern is None or not pattern.letters:
        return ()
    title = "all of them" if name == EVERYTHING else _title(pattern, patterns)
    share = f"{len(pattern) / max(1, len(patterns.everything)):.0%}"
    seen = span((now - pattern.last_at).total_seconds()) if width >= _SEEN_FROM else ""
    text = _columns(f"   {title}", str(len(pattern)), share, _trend(pattern, patterns, now), seen, width)
    return ((text, "muted" if name == EVERYTHING else "text" if pattern.eligible else "warning"),)


def _trend(pattern: Pattern, patterns: Patterns, now: datetime) -> str:
    """Returns how it came about, from the first dead letter of the run until now."""
    since = patterns.everything.first_at
    until = max(now, patterns.everything.last_at)
    return sparkline(pattern.counts(since, until, _PIECES)) if until > since else sparkline([len(pattern)]) * _PIECES


def _columns(title: str, number: str, share: str, trend: str, seen: str, width: int) -> str:
    last = f"{fit(seen, 7, right=True)}" if width >= _SEEN_FROM else ""
    rest = max(6, width - 4 - 6 - 7 - len(last) - 1)
    return f"{fit(title, rest)}{fit(number, 4, right=True)}{fit(share, 6, right=True)}  {fit(trend, 5)}{last} "


def pattern_facts(name: str | None, patterns: Patterns, zone: tzinfo | None, *, again: str | None = None) -> list[Line]:
    """Returns what is known of a pattern: when, where, what is missing, since when, and who can help."""
    pattern = patterns.get(name)
    if pattern is None or not pattern.letters:
        return []
    hint = _hint(pattern, again)
    if name == EVERYTHING:
        lines = [*hint, _when(pattern, zone)]
    else:
        lines = [
            ((_title(pattern, patterns), "text"),),
            *hint,
            _when(pattern, zone),
            _where(pattern),
            *_since(pattern, patterns),
        ]
    alone = len(pattern) - pattern.eligible
    tally = f"{plural(len(pattern), 'item')} · {pattern.eligible} retryable"
    lines += [BLANK, ((tally, "text"),)]
    if alone:
        lines.append(((f"{alone} {'needs' if alone == 1 else 'need'} a person", "warning"),))
    return lines


def _when(pattern: Pattern, zone: tzinfo | None) -> Line:
    if len(pattern) == 1:
        return ((f"at {clock(pattern.last_at, zone)}", "muted"),)
    return ((f"first {clock(pattern.first_at, zone)} · last {clock(pattern.last_at, zone)}", "muted"),)


def _where(pattern: Pattern) -> Line:
    found = pattern.print
    where = f"in step ‹{safe(found.step, 60)}›" if found.step else f"kind {safe(found.kind, 40)}" if found.kind else ""
    whole = "all " if len(pattern.prints) == 1 and len(pattern) > 1 else ""
    return ((f"{whole}{where}", "muted"),) if where else ()


def _hint(pattern: Pattern, again: str | None) -> list[Line]:
    """Returns the thing that most of them lack, if it is one thing."""
    found = main_thing(pattern)
    if found is None:
        return _out_of_conflict(pattern, again) if pattern.print.kind == CONFLICT else []
    thing, number = found
    lines: list[Line] = [
        (("hint: ", "accent"), (safe(thing, 100), "strong"), (f"  in {number} of {len(pattern)}", "muted"))
    ]
    if pattern.print.kind == CONFLICT:
        lines += _out_of_conflict(pattern, again)
    elif number > 1 and pattern.eligible and again != "":
        retries = f"{key('dlq.retry-pattern')} retries {pattern.eligible}" if again is None else again
        lines.append(((f"      → fix once, {retries}", "text"),))
    return lines


def _out_of_conflict(pattern: Pattern, again: str | None) -> list[Line]:
    """Returns what helps against a conflict: a retry begins with what has been merged meanwhile."""
    lines: list[Line] = []
    if pattern.eligible and again != "":
        begins = "tries again on top of what is merged by now"
        lines.append(((f"      → {again or key('dlq.retry-pattern')} {begins}", "text"),))
    lines.append(((f"      → for good: {CONFLICT_KEYS} in the workflow", "muted"),))
    return lines


def _since(pattern: Pattern, patterns: Patterns) -> list[Line]:
    items = patterns.state.items
    first = items.get(pattern.begun[0][1])
    lines: list[Line] = []
    if first is not None and len(pattern) > 1:
        name = f"{agent_name(first.position)} {item_name(first)}"
        lines.append((("began with ", "muted"), (clip(name, 60), "text")))
    turn = patterns.turn(pattern)
    merged = items.get(turn[0]) if turn is not None else None
    if turn is not None and merged is not None:
        before = turn[1]
        lines.append(
            (
                ("started after merge ", "warning"),
                (agent_name(merged.position), "strong"),
                (f" · {plural(before, 'item')} merged until then without it", "muted"),
            )
        )
    return lines
