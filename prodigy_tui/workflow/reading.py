"""Nodes -> the values of language 3. What does not fit is reported and comes back as None."""

from collections.abc import Callable, Collection

from prodigy_tui.workflow.literals import (
    as_word,
    is_late,
    is_one,
    parse_boolean,
    parse_duration,
    parse_integer,
    parse_number,
    parse_ratio,
    parse_score,
    parse_size,
)
from prodigy_tui.workflow.nodes import BrokenNode, ListNode, MapNode, Node, ScalarNode, kind_of
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.scalars import to_number
from prodigy_tui.workflow.suggest import did_you_mean

NOT_YET = "is part of the language, but not available in this version"


def name_of(node: Node) -> str:
    """Returns the last part of a node's path in quotes, to name it in a message."""
    if node.path.endswith('"]'):
        # A key that is no simple word: steps["a b"].
        name = node.path.rpartition('["')[2].removesuffix('"]')
        return f"'{name}'"
    return f"'{node.path.rpartition('.')[2]}'" if node.path else "the document"


def wrong_type(node: Node, wanted: str, report: Report, hint: str = "") -> None:
    """Reports PT105, unless the node has been reported before."""
    if not isinstance(node, BrokenNode):
        report.add("PT105", node, f"{name_of(node)} must be {wanted}, not {kind_of(node)}", hint)


def read_scalar(node: Node, wanted: str, report: Report) -> ScalarNode | None:
    """Returns the node if it is a scalar with a value."""
    if isinstance(node, ScalarNode) and node.value is not None:
        return node
    wrong_type(node, wanted, report)
    return None


def read_text(node: Node, report: Report) -> str | None:
    """Returns the source spelling of any scalar."""
    scalar = read_scalar(node, "text", report)
    return scalar.text if scalar else None


def read_boolean(node: Node, report: Report) -> bool | None:
    """Returns a boolean, written as one or as text."""
    scalar = _early_scalar(node, "true or false", report)
    if scalar is None:
        return None
    value = parse_boolean(scalar.text)
    if value is None:
        report.add("PT105", node, f"{name_of(node)} must be true or false, not {quoted(scalar.text)}")
    return value


def read_integer(node: Node, report: Report, *, minimum: int | None = None, maximum: int | None = None) -> int | None:
    """Returns a whole number within the limits (PT113)."""
    scalar = _early_scalar(node, "a whole number", report)
    if scalar is None:
        return None
    value = parse_integer(scalar.text)
    if value is None:
        report.add("PT105", node, f"{name_of(node)} must be a whole number, not {quoted(scalar.text)}")
        return None
    return value if _is_within(value, minimum, maximum, scalar, report) else None


def read_number(
    node: Node, report: Report, *, minimum: float | None = None, maximum: float | None = None
) -> int | float | None:
    """Returns a number within the limits (PT113)."""
    scalar = _early_scalar(node, "a number", report)
    if scalar is None:
        return None
    try:
        value = parse_number(scalar.text)
    except ValueError:
        report.add("PT105", node, f"{name_of(node)} must be a number, not {quoted(scalar.text)}")
        return None
    return value if _is_within(value, minimum, maximum, scalar, report) else None


def read_ratio(node: Node, report: Report) -> float | None:
    """Returns a part of a whole, 0 to 1 (PT112; PT117 for the integer 1)."""
    return _read_part(node, parse_ratio, "100 %", report)


def read_score(node: Node, report: Report) -> float | None:
    """Returns points, 0 to 100 (PT112; PT117 for the integer 1)."""
    return _read_part(node, parse_score, "1 point", report)


def read_size(node: Node, report: Report) -> int | None:
    """Returns a number of bytes (PT105)."""
    scalar = _early_scalar(node, "a size", report)
    if scalar is None:
        return None
    try:
        return parse_size(scalar.text)
    except ValueError as error:
        report.add("PT105", node, f"{name_of(node)} cannot be {quoted(scalar.text)}: {error}")
        return None


def read_word(node: Node, words: Collection[str], report: Report, hint: str = "") -> str | None:
    """Returns one of `words`; case, CamelCase and kebab-case do not matter (PT109)."""
    scalar = read_scalar(node, "a word", report)
    if scalar is None:
        return None
    word = as_word(scalar.text)
    # `MapReduce` is `mapreduce` in another case, not `map_reduce`.
    for spelling in (word, scalar.text.strip().lower()):
        if spelling in words:
            return spelling
    hint = hint or did_you_mean(word, words) or f"use {', '.join(words)}"
    report.add("PT109", node, f"{name_of(node)} cannot be {quoted(scalar.text)}", hint)
    return None


def read_duration(node: Node, report: Report, *, zero: bool = False, milliseconds: bool = False) -> float | None:
    """Returns the seconds of a time; None for `none` and for what was reported. Zero is PT113 unless allowed."""
    if isinstance(node, MapNode):
        seconds = _seconds_and_nanos(node, report)
    else:
        scalar = _early_scalar(node, "a duration", report)
        if scalar is None:
            return None
        try:
            seconds = parse_duration(f"{scalar.text.strip()}ms" if milliseconds else scalar.text)
        except ValueError as error:
            report.add("PT111", node, f"{name_of(node)} cannot be {quoted(scalar.text)}: {error}")
            return None
    if seconds == 0 and not zero:
        report.add("PT113", node, f"{name_of(node)} must be above 0", "write 'none' for no limit")
        return None
    return seconds


def read_texts(node: Node, report: Report) -> tuple[ScalarNode, ...]:
    """Returns the scalars of a list of texts, or of one text."""
    if isinstance(node, ListNode):
        items = (read_scalar(item, "text", report) for item in node.items)
        return tuple(item for item in items if item is not None)
    scalar = read_scalar(node, "text or a list of texts", report)
    return (scalar,) if scalar else ()


def _seconds_and_nanos(node: MapNode, report: Report) -> float | None:
    """Reads `{secs: 1, nanos: 500000000}`."""
    total = 0.0
    for entry in node.entries:
        unit = {"secs": 1.0, "nanos": 1e-9}.get(entry.key)
        if unit is None:
            hint = did_you_mean(entry.key, ("secs", "nanos"))
            report.add("PT110", entry, f"unknown key {quoted(entry.key)}", hint or "a duration has 'secs' and 'nanos'")
            return None
        scalar = read_scalar(entry.value, "a number", report)
        if scalar is None:
            return None
        number = to_number(scalar.text)
        if number is None or not 0 <= number <= 10**18:
            report.add("PT111", entry.value, f"{name_of(entry.value)} cannot be {quoted(scalar.text)}")
            return None
        total += number * unit
    try:
        return parse_duration(repr(total))
    except ValueError as error:
        report.add("PT111", node, f"{name_of(node)} is no duration: {error}")
        return None


def _early_scalar(node: Node, wanted: str, report: Report) -> ScalarNode | None:
    """Returns a scalar whose value is known now; `Fields` has taken those that may come later."""
    scalar = read_scalar(node, wanted, report)
    if scalar is not None and is_late(scalar.text):
        message = f"{name_of(node)} must be {wanted}; its value has to be known before the run"
        report.add("PT105", node, message, "write the value itself")
        return None
    return scalar


def _is_within(value: float, minimum: float | None, maximum: float | None, scalar: ScalarNode, report: Report) -> bool:
    if minimum is not None and value < minimum:
        report.add("PT113", scalar, f"{name_of(scalar)} must be at least {minimum:g}, not {quoted(scalar.text)}")
        return False
    if maximum is not None and value > maximum:
        report.add("PT113", scalar, f"{name_of(scalar)} must be at most {maximum:g}, not {quoted(scalar.text)}")
        return False
    return True


def _read_part(node: Node, parse: Callable[[str], float], one: str, report: Report) -> float | None:
    scalar = _early_scalar(node, "a part such as 0.8 or 80%", report)
    if scalar is None:
        return None
    try:
        value = parse(scalar.text)
    except ValueError as error:
        report.add("PT112", node, f"{name_of(node)} cannot be {quoted(scalar.text)}: {error}")
        return None
    if is_one(scalar.text):
        report.add("PT117", node, f"{name_of(node)} is {one} when it is written 1", "write 100%, 1% or 1.0")
    return value
