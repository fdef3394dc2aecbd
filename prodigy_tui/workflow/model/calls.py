"""Calls of other workflows: the step `workflow` and the entries of `sub_workflows` (language 15.5)."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from prodigy_tui.workflow.late import Late
from prodigy_tui.workflow.model.base import Model


class WorkflowCall(Model):
    """One call. Texts in `values` and `inputs` may hold references."""

    source: str
    """A name under `workflows`, or a path."""
    name: str | None = None
    values: Mapping[str, Any] = Field(default_factory=dict)
    """`with`."""
    inputs: Mapping[str, Any] = Field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    working_dir: str | None = None
    timeout: float | None = None
    continue_on_error: bool = False
    parallel: bool = False
    """Of `sub_workflows` only: it runs beside its neighbours that say so too."""
    late: Mapping[str, Late] = Field(default_factory=dict)
    line: int = 0
