"""Calls of other workflows: the step `workflow` and the entries of `sub_workflows` (language 15.5)."""

from collections.abc import Mapping
from typing import Any

from prodigy_tui.workflow.model.base import Model


class WorkflowCall(Model, frozen=True, kw_only=True):
    """One call. Texts in `values` and `inputs` may hold references."""

    source: str
    """A name under `workflows`, or a path."""
    target: str = ""
    """What `Workflow.called` has it under; empty where the source holds references and is known only later."""
    file: str = ""
    """Where the call stands; paths are relative to it."""
    name: str | None = None
    values: Mapping[str, Any] = {}
    """`with`."""
    inputs: Mapping[str, Any] = {}
    outputs: tuple[str, ...] = ()
    working_dir: str | None = None
    timeout: float | None = None
    continue_on_error: bool = False
    parallel: bool = False
    """Of `sub_workflows` only: it runs beside its neighbours that say so too."""
    line: int = 0
