"""What a run may spend, as options: of `run` in the place of the workflow's budget, of `resume` to raise it."""

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
from msgspec import Struct

from prodigy_tui.workflow.literals import parse_duration

if TYPE_CHECKING:
    from prodigy_tui.events.schema import BudgetRaised

P = ParamSpec("P")
R = TypeVar("R")


class Limits(Struct, frozen=True, kw_only=True):
    """What was given; None: nothing."""

    usd: float | None = None
    tokens: int | None = None
    time_s: float | None = None

    def raised(self) -> "BudgetRaised | None":
        """Returns the event of a run that goes on with these limits; None when nothing was given."""
        from prodigy_tui.events.schema import BudgetRaised

        if self == Limits():
            return None
        return BudgetRaised(usd=self.usd, tokens=self.tokens, time_s=self.time_s, by="command line")


def length_of_time(_context: click.Context, _parameter: click.Parameter, text: str | None) -> float | None:
    """Reads a length of time as workflows have it."""
    if text is None:
        return None
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no length of time such as 90m or 2h: {error}") from error
    if not seconds:
        raise click.BadParameter(f"it needs a time above 0 (got {text!r})")
    return seconds


def _amount(_context: click.Context, _parameter: click.Parameter, usd: float | None) -> float | None:
    if usd is not None and not math.isfinite(usd):
        raise click.BadParameter(f"it needs an amount of money (got {usd})")
    return usd


def limit_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command the options of a budget, as `limits`."""

    @click.option(
        "--budget-usd",
        "usd",
        type=click.FloatRange(min=0),
        callback=_amount,
        metavar="X",
        help="What agents may cost in all, in US dollars.",
    )
    @click.option("--budget-tokens", "tokens", type=click.IntRange(min=0), metavar="N", help="The same in tokens.")
    @click.option(
        "--time-limit", "time_s", callback=length_of_time, metavar="D", help="No new work after this time, say 2h."
    )
    @functools.wraps(command)
    def with_limits(*args: Any, **kwargs: Any) -> R:
        limits = Limits(usd=kwargs.pop("usd"), tokens=kwargs.pop("tokens"), time_s=kwargs.pop("time_s"))
        return command(*args, limits=limits, **kwargs)

    return with_limits
