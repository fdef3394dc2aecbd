"""One line below the title for whoever is new: where the keys are told. Gone for good once they were looked up."""

from collections.abc import Callable

from prodigy_tui.tui.actions.registry import BY_ID
from prodigy_tui.tui.desk import Desk
from prodigy_tui.tui.model.line import Line, join
from prodigy_tui.tui.widgets.surface import Bar


class HintBar(Bar):
    """Shown as long as nobody has asked for the keys of a place."""

    def __init__(self, desk: Callable[[], Desk]) -> None:
        super().__init__(id="hint")
        self._desk = desk

    @property
    def wanted(self) -> bool:
        """Whether it is to be shown."""
        return not self._desk().personal.kept.help_used

    def lines(self, width: int) -> list[Line]:  # noqa: ARG002  # what does not fit is cut
        keymap = self._desk().keymap
        told = (("help", "keys of this place"), ("palette", "every command"), ("settings", "settings"))
        known = ((keymap.first(BY_ID[name]), words) for name, words in told)
        pieces: list[Line] = [((f"{key} ", "key"), (words, "text")) for key, words in known if key]
        return [((" New here?  ", "accent"), *join(pieces, gap="  ·  "))]
