"""What every screen is given."""

from collections.abc import Callable

from msgspec import Struct

from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.ports import World
from prodigy_tui.tui.viewing import Viewing


class Stage(Struct, frozen=True, kw_only=True):
    """The run as it is shown, where it comes from, and whom to ask for everything else.

    The same stage stays while the interface turns from one run to another.
    """

    model: RunModel
    feed: Viewing
    desk: Desk
    themes: tuple[str, ...]
    """Names of the themes to choose from."""
    health: Callable[[], Line]
    """How well the picture keeps up."""
    wake: Callable[[], None] = lambda: None
    """Asks for a turn of the frame clock: there is something to read on."""

    @property
    def world(self) -> World:
        """What is at hand besides the events that are shown now."""
        return self.feed.world
