"""Nodes -> the values of language 3. What does not fit is reported and comes back as None."""

from collections.abc import Collection

from prodigy_tui.workflow.literals import as_word, is_late, parse_boolean, parse_duration, parse_integer
from prodigy_tui.workflow.nodes import BrokenNode, ListNode, MapNode, Node, ScalarNode, kind_of
from prodigy_tui.workflow.problems import NOT_AVAILABLE, Report, quoted
from prodigy_tui.workflow.scalars import to_number
from prodigy_tui.workflow.suggest import did_you_mean

NOT_YET = "is part of the language, but not available in this version"


def name_of(node: Node) -> str:
    """Returns the last part of a node's path in quotes, to name it in a message."""
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


def read_integer(node: Node, report: Report, *, minimum: int) -> int | None:
    """Returns a whole number that is not below `minimum` (PT113)."""
    scalar = _early_scalar(node, "a whole number", report)
    if scalar is None:
        return None
    value = parse_integer(scalar.text)
    if value is None:
        report.add("PT105", node, f"{name_of(node)} must be a whole number, not {quoted(scalar.text)}")
        return None
    if value < minimum:
        report.add("PT113", node, f"{name_of(node)} must be at least {minimum}, not {quoted(scalar.text)}")
        return None
    return value


def read_word(node: Node, words: Collection[str], report: Report, hint: str = "") -> str | None:
    """Returns one of `words`; case, CamelCase and kebab-case do not matter (PT109)."""
    scalar = read_scalar(node, "a word", report)
    if scalar is None:
        return None
    word = as_word(scalar.text)
    if word in words:
        return word
    hint = hint or did_you_mean(word, words) or f"use {', '.join(words)}"
    report.add("PT109", node, f"{name_of(node)} cannot be {quoted(scalar.text)}", hint)
    return None


def read_timeout(node: Node, report: Report) -> float | None:
    """Returns the seconds of a limit; None for `none` and for what was reported. Zero is PT113."""
    if isinstance(node, MapNode):
        seconds = _seconds_and_nanos(node, report)
    else:
        scalar = _early_scalar(node, "a duration", report)
        if scalar is None:
            return None
        try:
            seconds = parse_duration(scalar.text)
        except ValueError as error:
            report.add("PT111", node, f"{name_of(node)} cannot be {quoted(scalar.text)}: {error}")
            return None
    if seconds == 0:
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
    """Returns a scalar whose value is known now; one that is made of references comes later (PT199)."""
    scalar = read_scalar(node, wanted, report)
    if scalar is not None and is_late(scalar.text):
        report.add(NOT_AVAILABLE, node, f"a reference as the value of {name_of(node)} {NOT_YET}")
        return None
    return scalar
