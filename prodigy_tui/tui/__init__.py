"""The terminal interface: a picture of a run's state, live or in the past, and the questions a person answers there."""

from typing import Final

from prodigy_tui.spared import leave_out

SPARED: Final = (
    "textual.command", "textual.canvas", "rich.table", "rich.markup", "platformdirs",
    "textual.css._help_text", "difflib", "pickle",
)  # fmt: skip
"""What Textual 8.2.8 loads with an app for its command palette, for lines between the cells of layouts, to show colours
and to find where downloads belong. The palette brings the widgets for text, lists and trees: all of them are a fifth of
what an empty app loads. The last three are for style sheets that are wrong, and for texts that can be clicked at."""

_MARKUP: Final = "textual.markup"
"""What reads markup. A title asks for it again and again, and then has no use for it."""

leave_out((*SPARED, _MARKUP))
