"""Lines of widgets in their frames. Checked with Textual 8.2.8, which asks for a dozen styles for each line it frames.

That is 60 µs a line, as much as making its text, and 170 µs a widget of which no line is drawn anew. Here the edges
are taken from the first line that Textual frames, and put around the others. A line that has only moved, or is drawn
again as it was, stays the strip that it is, with what is known of it: where it is cut, and its bytes for the terminal.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual._styles_cache import StylesCache
from textual.color import Color
from textual.content import Content
from textual.css.styles import RenderStyles, StylesBase
from textual.geometry import Region, Size, Spacing
from textual.strip import Strip
from textual.style import Style as TitleStyle
from textual.widget import Widget

from prodigy_tui.tui.strips import Drawn, Framed

_Title: TypeAlias = tuple[Content, Color, Color, TitleStyle] | None
_KEPT: Final = 96
"""Lines of a widget that are kept in their frame: more than most terminals have."""


class EdgesOnce(StylesCache):
    """Frames lines, and looks up how only when the styles differ."""

    def __init__(self) -> None:
        super().__init__()
        self._edges: _Edges | None = None
        """`None` where they are not known yet, or Textual does more to lines than to frame them."""
        self._is_plain = False
        self._edges_for: tuple[object, ...] = ()
        self._ends: dict[int, tuple[_Title, Strip]] = {}
        """The lines above and below the others, each with the title that is in it."""
        self._above = 0
        """Lines above the first one of the content."""
        self._looked_up = False
        """Whether it is known that the edges are those for the lines that are drawn now."""

    def render_widget(self, widget: Widget, crop: Region) -> list[Strip]:
        if not self._dirty_lines and crop.column_span == (0, self._width) and self._shows_as_framed(widget):
            lines = [line for y in crop.line_range if (line := self._cache.get(y)) is not None]
            if len(lines) == crop.height:
                return lines
        self._looked_up = False
        return super().render_widget(widget, crop)

    def _shows_as_framed(self, widget: Widget) -> bool:
        return (
            widget.outer_size.width == self._width and not widget.get_line_filters() and not widget.hover_style.link_id
        )

    def render_line(  # noqa: PLR0913, PLR0917  # Textual's signature
        self,
        styles: StylesBase,
        y: int,
        size: Size,
        content_size: Size,
        padding: Spacing,
        base_background: Color,
        background: Color,
        render_content_line: Callable[[int], Strip],
        border_title: _Title,
        border_subtitle: _Title,
        opacity: float,
        ansi_theme: Any,
        native_ansi: bool,
    ) -> Strip:
        if not self._looked_up:
            self._looked_up, self._above = True, styles.gutter.top
            edges_for = (_version(styles), base_background, background, opacity, size, content_size)
            if edges_for != self._edges_for:
                self._edges, self._edges_for, self._is_plain = None, edges_for, opacity == 1.0 and _only_frames(styles)
                self._ends.clear()
        above = self._above
        is_content = above <= y < above + content_size.height
        if is_content and self._edges is not None:
            return self._edges.around(render_content_line(y - above))
        title = border_title if y == 0 else border_subtitle
        if not is_content and self._is_plain and (drawn := self._ends.get(y)) is not None and _same(drawn[0], title):
            return drawn[1]
        line = super().render_line(
            styles, y, size, content_size, padding, base_background, background, render_content_line,
            border_title, border_subtitle, opacity, ansi_theme, native_ansi,
        )  # fmt: skip
        line = Framed(line, size.width)
        if is_content and self._is_plain:
            blank = self.get_inner_outer(base_background, background)[0].rich_style
            self._edges = _Edges(line, styles, padding, content_size.width, blank)
        elif not is_content:
            self._ends[y] = title, line
        return line


class _Edges:
    """What a line has around it, and the lines that had it lately."""

    def __init__(self, line: Strip, styles: StylesBase, padding: Spacing, width: int, blank: Style) -> None:
        segments = list(line)
        _, (right, _), _, (left, _) = styles.border
        self._before = segments[: bool(left) + bool(padding.left)]
        self._behind = segments[len(segments) - bool(right) - bool(padding.right) :]
        self._width, self._blank = width, blank
        self._whole = line.cell_length
        # By their content, and that is looked up by C: its styles are asked for their hashes one by one.
        self._framed = lru_cache(maxsize=_KEPT)(self._frame)

    def around(self, content: Strip) -> Strip:
        """Returns a line in its frame."""
        if isinstance(content, Drawn):
            if content.edges is not self or content.framed is None:
                content.edges, content.framed = self, self._frame(tuple(content), content.cell_length)
            return content.framed
        return self._framed(tuple(content), content.cell_length)

    def _frame(self, content: tuple[Segment, ...], cells: int) -> Framed:
        if cells < self._width:
            content = (*content, Segment(" " * (self._width - cells), self._blank))
        elif cells > self._width:
            content = tuple(Strip(content).crop(0, self._width))
        return Framed([*self._before, *content, *self._behind], self._whole)


def _same(title: _Title, other: _Title) -> bool:
    """Whether two titles are drawn alike; `Content` with the same words in other colours calls itself equal."""
    if title is None or other is None:
        return title is other
    return title[0] is other[0] and title[1:] == other[1:]


def _version(styles: StylesBase) -> object:
    """Returns what differs as soon as any style does."""
    return styles._cache_key if isinstance(styles, RenderStyles) else styles


def _only_frames(styles: StylesBase) -> bool:
    """Whether lines get edges, and are else left as they are."""
    hatched = styles.has_rule("hatch") and styles.hatch != "none"
    outlined = any(kind for kind, _ in styles.outline)
    return not hatched and not outlined and not styles.tint.a and styles.text_opacity == 1.0
