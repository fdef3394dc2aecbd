"""Fields that have no effect on a step's kind (PT210; language 5.3)."""

from collections.abc import Mapping
from typing import Final

from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.problems import Report, quoted

_SHELL: Final = ("interpreter", "stdin")
_AGENT: Final = ("provider", "model", "agent_options")
_LIMITS: Final = ("timeout", "idle_timeout")
_PROCESS: Final = ("clear_env", "working_dir", "capture_streams")
"""What steers a process, for kinds that start none."""
_SINGLE: Final = {
    "shell": _AGENT,
    "agent": _SHELL,
    "write_file": (*_SHELL, *_AGENT, *_LIMITS, *_PROCESS),
    "analyze": (*_SHELL, *_AGENT, *_LIMITS, *_PROCESS, "retry", "on_failure", "paths"),
    "approve": (*_SHELL, *_AGENT, *_LIMITS, *_PROCESS, "paths"),
    "wait": (*_SHELL, *_AGENT, "idle_timeout"),
    "validate": (*_SHELL, *_AGENT, *_LIMITS, "capture_streams"),
}
_COMPOSITE: Final = (*_SHELL, *_AGENT)
IDLE: Final[Mapping[str, frozenset[str]]] = {
    **{kind: frozenset({*names, "with", *keys.FOREACH_OPTIONS}) for kind, names in _SINGLE.items()},
    "foreach": frozenset({*_COMPOSITE, "with"}),
    "goal_seek": frozenset({*_COMPOSITE, "with", *keys.FOREACH_OPTIONS}),
    "use": frozenset({*_COMPOSITE, *keys.FOREACH_OPTIONS}),
    "workflow": frozenset({*_COMPOSITE, *keys.FOREACH_OPTIONS}),
}
"""By kind of step."""


def report_idle_fields(kind: str, fields: Fields, report: Report) -> None:
    """Reports the fields of a step of this kind that have no effect."""
    for name in IDLE[kind].intersection(fields.names()):
        if entry := fields.entry(name):
            report.add("PT210", entry, f"{quoted(entry.key)} has no effect on a step of kind '{kind}'")
