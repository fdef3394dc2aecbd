"""The values of a run's parameters as they are now: those it was taken up with, and what a person has changed since."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prodigy_tui.errors import ProdigyError
from prodigy_tui.workflow.compose.parameter_values import convert, fault_of
from prodigy_tui.workflow.model import ParameterSpec


class ParameterRefused(ProdigyError):
    """A parameter cannot have another value now."""


def require_changeable(specs: Iterable[ParameterSpec], values: Mapping[str, Any]) -> None:
    """Checks values, read by the types of their parameters already, that are to hold from now on.

    Raises:
        ParameterRefused: one cannot be changed so.
    """
    known = {spec.name: spec for spec in specs}
    for name, value in values.items():
        spec = known.get(name)
        if spec is None:
            raise ParameterRefused(f"the workflow has no parameter {name!r}")
        if spec.secret:
            hint = "stop the run, and give it when you take the run up again"
            raise ParameterRefused(f"parameter {name!r} is secret, which no record may hold", hint=hint)
        fault = convert(spec, value)[1] or fault_of(spec, value)
        if fault:
            raise ParameterRefused(f"parameter {name!r} {fault}")


class CurrentParameters(Mapping[str, Any]):
    """Parameters by name. Belongs to the engine's loop; texts that are filled in later see what was changed."""

    def __init__(self, bound: Mapping[str, Any]) -> None:
        self._values = dict(bound)

    def change(self, values: Mapping[str, Any]) -> None:
        """Takes other values; what has been recorded may be masked, so they are told here as they are."""
        self._values = {**self._values, **values}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
