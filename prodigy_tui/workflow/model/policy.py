"""What failed items mean for the run (language 13.7)."""

from typing import Literal

from prodigy_tui.workflow.model.base import Model
from prodigy_tui.workflow.model.steps import Step


class CircuitBreaker(Model, frozen=True, kw_only=True):
    """`circuit_breaker:`."""

    failure_threshold: int = 5
    success_threshold: int = 3
    timeout: float = 30.0
    half_open_requests: int = 3
    max_opens: int = 5


class ErrorCollection(Model, frozen=True, kw_only=True):
    """`error_collection:`; when failures are reported."""

    mode: Literal["aggregate", "immediate", "batched"] = "aggregate"
    size: int | None = None
    """Of `batched`."""


class ErrorPolicy(Model, frozen=True, kw_only=True):
    """`error_policy:`."""

    on_item_failure: Literal["dlq", "retry", "skip", "stop", "steps"] = "dlq"
    handler: tuple[Step, ...] = ()
    """The steps where `on_item_failure` is `steps`."""
    continue_on_failure: bool = True
    max_failures: int | None = None
    failure_threshold: float | None = None
    """A part of the finished items, 0 to 1."""
    error_collection: ErrorCollection = ErrorCollection()
    on_stop: Literal["drain", "cancel"] = "drain"
    circuit_breaker: CircuitBreaker | None = None
