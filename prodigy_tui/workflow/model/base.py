"""What every part of a workflow is made of."""

from collections.abc import Mapping
from typing import Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from prodigy_tui.workflow.late import Late

Phase: TypeAlias = Literal["steps", "setup", "map", "reduce", "merge"]
Condition: TypeAlias = str | bool


class Model(BaseModel):
    """Frozen, closed, by keyword."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    late: Mapping[str, Late] = Field(default_factory=dict)
    """Fields whose value is known only when their context starts (language 3.1); until then they hold their default."""

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Returns itself: nothing in it changes. Pydantic copies every default that is a model."""
        return self
