"""Which files may be changed (language 13.9). Pure."""

from collections.abc import Iterable

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.globs import compile_globs
from prodigy_tui.workflow.model import AllowedPaths

NAMED = 5
"""Files that a message names at most."""


def outside(files: Iterable[str], rule: AllowedPaths) -> tuple[str, ...]:
    """Returns the files that a rule does not allow: those that no glob names, and those that one excludes."""
    allowed, excluded = compile_globs(rule.allow), compile_globs(rule.exclude)
    return tuple(file for file in files if excluded(file) or not allowed(file))


def violation(files: tuple[str, ...]) -> Failure:
    """Returns the failure for changed files that lie outside."""
    return Failure(kind="validation", code="PT613", message=f"changed outside of 'paths': {listed(files)}", exit_code=0)


def listed(files: tuple[str, ...]) -> str:
    """Returns some file names on one line."""
    more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
    return one_line(", ".join(files[:NAMED])) + more
