"""Scrollbars as Textual draws them, without the way through Rich: that takes 40 µs for each of their lines, and every
list that scrolls draws all of them."""

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.css.styles import RulesMap
from textual.scrollbar import ScrollBarRender
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual


class QuickBar(ScrollBarRender):
    """What a scrollbar shows."""

    def visualize(self) -> "Visual | ScrollBarRender":
        """Returns what draws it; of one that lies, as none of ours does, what Textual makes."""
        return _Upright(self) if self.vertical else ScrollBarRender(**vars(self))


class _Upright(Visual):
    """A scrollbar that stands."""

    def __init__(self, bar: QuickBar) -> None:
        self._bar = bar

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:  # noqa: ARG002  # Textual's signature
        bar, base = self._bar, style.rich_style
        colours = bar.style if isinstance(bar.style, RichStyle) else RichStyle.parse(bar.style)
        drawn = bar.render_bar(
            size=height or 1,
            virtual_size=bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            thickness=width,
            back_color=colours.bgcolor or Color.default(),
            bar_color=colours.color or Color.default(),
        )
        pieces = [Segment(text, base + look if look else base) for text, look, _ in drawn.segments]
        lines = {piece: Strip([piece], width) for piece in pieces}  # nearly all are alike
        return [lines[piece] for piece in pieces]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:  # noqa: ARG002  # Textual's signature
        return self._bar.thickness

    def get_height(self, rules: RulesMap, width: int) -> int:  # noqa: ARG002  # Textual's signature
        return self._bar.window_size
