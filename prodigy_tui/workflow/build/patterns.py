"""Globs and regexes of a workflow: malformed ones are reported, good ones come back (language 3.4)."""

import re
from collections.abc import Iterable
from typing import Final

from prodigy_tui.workflow.build.context import Notes
from prodigy_tui.workflow.globs import GlobError, compile_glob
from prodigy_tui.workflow.nodes import Node, ScalarNode
from prodigy_tui.workflow.patterns import PatternError, compile_pattern
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.reading import read_texts

_LOOKS_LIKE_REFERENCE: Final = re.compile(r"(?<!\\)\$\{")


def read_glob(scalar: ScalarNode, report: Report, offset: int = 0) -> str | None:
    """Returns the glob that `scalar` holds from `offset` on (PT114)."""
    pattern = scalar.text[offset:]
    try:
        compile_glob(pattern)
    except GlobError as error:
        report.add("PT114", scalar, str(error))
        return None
    report_left(scalar, "a glob", report, offset)
    return pattern


def report_left(scalar: ScalarNode, what: str, report: Report, offset: int = 0) -> None:
    """Reports what looks like a reference in a field that is not interpolated (PT303; language 8.1)."""
    if found := _LOOKS_LIKE_REFERENCE.search(scalar.text, offset):
        shown = quoted(scalar.text[found.start() : found.start() + 20])
        message = f"{shown} looks like a reference and is left as text: {what} is not interpolated"
        report.add_at("PT303", scalar.position(found.start()), scalar.path, message, file=scalar.file)


def read_globs(node: Node | None, notes: Notes) -> tuple[str, ...]:
    """Returns the globs of a list, or of one text."""
    scalars = () if node is None else read_texts(node, notes.report)
    return known(read_glob(scalar, notes.report) for scalar in scalars)


def known(patterns: Iterable[str | None]) -> tuple[str, ...]:
    """Returns the patterns that could be read."""
    return tuple(pattern for pattern in patterns if pattern is not None)


def read_regex(scalar: ScalarNode | None, report: Report) -> str | None:
    """Returns a regex (PT114; PT408 when it is too long)."""
    if scalar is None:
        return None
    try:
        compile_pattern(scalar.text)
    except PatternError as error:
        report.add("PT408" if error.too_long else "PT114", scalar, str(error))
        return None
    report_left(scalar, "a regex", report)
    return scalar.text
