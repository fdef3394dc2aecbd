"""What a workflow or a template asks for (language 15.6)."""

from typing import Any, Literal, TypeAlias

from prodigy_tui.workflow.model.base import Model

ParameterType: TypeAlias = Literal["string", "integer", "number", "boolean", "array", "object", "path", "any"]


class ParameterSpec(Model, frozen=True, kw_only=True):
    """One parameter, whichever way it was written."""

    name: str
    type: ParameterType = "any"
    required: bool = True
    """It must get a value; one with a default has it."""
    has_default: bool = False
    default: Any = None
    description: str = ""
    enum: tuple[Any, ...] | None = None
    min: int | float | None = None
    max: int | float | None = None
    min_length: int | None = None
    """Of a text in characters, of a list or an object in elements."""
    max_length: int | None = None
    pattern: str | None = None
    validation: str | None = None
    """An expression over `value`."""
    secret: bool = False
    file: str = ""
    line: int = 0
