"""The phases of a run: setup, map, reduce, merge (language 13.1, 13.2, 16)."""

from typing import Any, Literal

from prodigy_tui.workflow.model.agents import AgentTimeouts, AutoParallel, Canary, WorktreeRules
from prodigy_tui.workflow.model.base import Model
from prodigy_tui.workflow.model.results import AllowedPaths
from prodigy_tui.workflow.model.steps import Retry, Step


class SetupCapture(Model, frozen=True, kw_only=True):
    """One entry of `setup.capture_outputs` (language 11)."""

    name: str
    step_index: int | None = None
    """The step, counted from 0; also where it was named by its id. None only while it is a late value."""
    step_id: str | None = None
    source: Literal["stdout", "stderr", "both", "combined"] = "stdout"
    max_size: int = 1024 * 1024
    """Bytes; longer text is cut after its last complete line."""
    pattern: str | None = None
    json_path: str | None = None
    multiline: Literal["preserve", "join", "first_line", "last_line", "array"] = "preserve"
    has_default: bool = False
    default: Any = None


class PhaseSteps(Model, frozen=True, kw_only=True):
    """`setup`, `reduce` or the steps of a plain workflow."""

    steps: tuple[Step, ...] = ()
    timeout: float | None = None
    run_if: Literal["any_success", "all_success", "always"] = "any_success"
    """Of `reduce` only."""
    captures: tuple[SetupCapture, ...] = ()
    """Of `setup` only: `capture_outputs`."""


class ItemInput(Model, frozen=True, kw_only=True):
    """Where work items come from (language 13.3)."""

    kind: Literal["list", "file", "glob", "shell", "auto"]
    """`auto`: a text whose meaning is settled when the map starts, by what exists."""
    items: tuple[Any, ...] = ()
    text: str = ""
    """Path or command, with references."""
    globs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    format: str = "auto"
    """Of `file` and `shell`; `auto`: by the extension or the text itself."""
    timeout: float | None = 300.0
    """Of `shell`."""


class SortKey(Model, frozen=True, kw_only=True):
    """One key of `sort_by`."""

    path: str
    descending: bool = False
    nulls_first: bool = False


class MapPhase(Model, frozen=True, kw_only=True):
    """`map:`."""

    input: ItemInput
    json_path: str | None = None
    spread: bool | None = None
    """`None`, not given: as true, with a word about it."""
    id_field: str | None = None
    filter: str | bool | None = None
    distinct: tuple[str, ...] = ()
    sort_by: tuple[SortKey, ...] = ()
    offset: int = 0
    max_items: int | None = None
    min_items: int = 0
    max_parallel: int = 10
    auto_parallel: AutoParallel | None = None
    """`max_parallel: auto`; it stands in for the number."""
    canary: Canary | None = None
    timeout: float | None = None
    """Limit of the phase."""
    timeouts: AgentTimeouts = AgentTimeouts()
    """`agent_timeout` and `timeout_config`."""
    retry: Retry | None = None
    """Per item; `retry_config` of the error policy is the same."""
    paths: AllowedPaths | None = None
    """None: agents may change every file."""
    worktree: WorktreeRules | None = None
    """Its own, else those of the top level."""
    agent_template: tuple[Step, ...] = ()
