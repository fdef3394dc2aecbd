"""Draws our glyphs as ASCII: applied to every line of every widget, frames and scrollbars too, after all else."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from prodigy_tui.tui.model.glyphs import in_ascii


class InAscii(LineFilter):
    """Off until it is enabled.

    Args:
        everything: whether the terminal takes ASCII only, so that what agents write must be changed too.
    """

    def __init__(self, *, everything: bool) -> None:
        super().__init__(enabled=False)
        self._everything = everything

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  # Textual's signature
        return [
            segment
            if segment.text.isascii()
            else Segment(in_ascii(segment.text, everything=self._everything), segment.style, segment.control)
            for segment in segments
        ]
