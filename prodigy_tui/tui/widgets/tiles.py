"""Tiles of several logs: one surface, drawn anew when any of them has grown."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from prodigy_tui.tui.model.line import Line
from prodigy_tui.tui.model.log_tiles import Tiles
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.widgets.surface import Bar
from prodigy_tui.wording import plural


class TileWall(Bar, can_focus=True):
    """The last lines of up to nine logs, one of which is chosen."""

    def __init__(
        self,
        model: RunModel,
        now: Callable[[], datetime],
        outputs: Callable[[], Path | None],
        *,
        id: str | None = None,  # noqa: A002  # Textual's name
    ) -> None:
        super().__init__(id=id)
        self.tiles = Tiles()
        self._model = model
        self._now = now
        self._outputs = outputs

    def update(self) -> None:
        self.tiles.refresh(self._model.state, self._outputs(), self._now() if self._model.past else None)
        shown = len(self.tiles.tiles)
        self.entitle(((f"Logs · {plural(shown, 'tile')}", "strong"),), (("enter opens · v one log", "muted"),))
        super().update()

    def move(self, by: int) -> None:
        """Chooses another tile."""
        self.tiles.move(by)
        self.update()

    def move_rows(self, by: int) -> None:
        """Chooses a tile below, or above."""
        self.move(by * self.tiles.columns(self.size.width))

    def lines(self, width: int) -> list[Line]:
        return self.tiles.lines(self._model.state, self._now(), width, self.size.height)
