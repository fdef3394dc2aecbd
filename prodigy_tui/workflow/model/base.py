"""What every part of a workflow is made of."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from prodigy_tui.workflow.late import Late

Phase: TypeAlias = Literal["steps", "setup", "map", "reduce", "merge"]
Condition: TypeAlias = str | bool


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """Frozen, closed, by keyword. Its values have been checked by the builders that make it."""

    late: Mapping[str, Late] = {}
    """Fields whose value is known only when their context starts (language 3.1); until then they hold their default."""
