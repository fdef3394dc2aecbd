"""What every screen is given."""

from collections.abc import Callable
from dataclasses import dataclass

from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.feed import Feed
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.ports import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The run as it is shown, where it comes from, and whom to ask for everything else."""

    model: RunModel
    feed: Feed
    desk: Desk
    world: World
    """What is at hand besides the events."""
    themes: tuple[str, ...]
    """Names of the themes to choose from."""
    health: Callable[[], Line]
    """How well the picture keeps up."""
