"""What all surfaces share: roles become colours of the present theme, lines become strips of exactly their width."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.theme import Theme
from textual.widget import Widget

from prodigy_tui.tui.model.line import Line, Role, Span, cells, shorten, span_at
from prodigy_tui.tui.model.text import width_of
from prodigy_tui.tui.strips import Drawn
from prodigy_tui.tui.themes import STYLE_OF

_COLOURS: dict[Role, str] = {
    "text": "foreground",
    "strong": "foreground",
    "muted": "muted",
    "primary": "primary",
    "accent": "accent",
    "success": "success",
    "warning": "warning",
    "error": "error",
    "added": "success",
    "removed": "error",
    "key": "primary",
    "badge": "background",
    "added-word": "success",
    "removed-word": "error",
}
_TITLE_STYLES: dict[Role, str] = {
    "muted": "$muted",
    "strong": "bold $foreground",
    "primary": "$primary",
    "accent": "$accent",
    "success": "$success",
    "warning": "$warning",
    "error": "$error",
    "key": "bold $primary",
}
_KEPT: Final = 96
"""Strips of a surface that are kept: more than most terminals have lines."""
_BOLD: frozenset[Role] = frozenset({"strong", "key", "badge"})


def colours_of(theme: Theme) -> dict[str, str]:
    """Returns the colours that text and its backgrounds have in a theme."""
    foreground, background = theme.foreground or "#ffffff", theme.background or "#000000"
    named = {
        "foreground": foreground,
        "background": background,
        "surface": theme.surface or background,
        "panel": theme.panel or background,
        "primary": theme.primary,
        "secondary": theme.secondary or theme.primary,
        "accent": theme.accent or theme.primary,
        "success": theme.success or theme.primary,
        "warning": theme.warning or theme.primary,
        "error": theme.error or theme.primary,
    }
    return {"muted": foreground, "cursor": named["panel"], **named, **theme.variables}


def _shows_on_spaces(style: Style) -> bool:
    """Whether spaces in a style look different from any others."""
    return bool(style.bgcolor or style.reverse or style.underline or style.strike)


def _terms_of_rich(colour: str) -> str:
    """Returns a colour as Rich names it: Textual's names of the terminal's own colours have a prefix."""
    return colour.removeprefix("ansi_")


class Paint:
    """The styles of one theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        known = {name: _terms_of_rich(colour) for name, colour in colours_of(theme).items()}
        self._styles = {
            role: Style(color=known[name], bold=True if role in _BOLD else None) for role, name in _COLOURS.items()
        }
        self._styles["badge"] += Style(bgcolor=known["primary"])
        for changed in ("added-word", "removed-word"):
            self._styles[changed] += Style(reverse=True)
        for role in self._styles:
            self._styles[role] += Style.parse(theme.variables.get(f"{STYLE_OF}{role}", ""))
        self.cursor = Style(bgcolor=known["cursor"]) + Style.parse(theme.variables.get(f"{STYLE_OF}cursor", ""))
        self.resting_cursor = Style(bgcolor=known["panel"]) if not self.cursor.reverse else Style(bold=True)
        """A cursor that keys do not move now: something else has the focus."""
        self.bar = Style(bgcolor=known.get("line", known["cursor"]))
        """A scrollbar that a surface draws itself."""
        self.ground = Style(color=known["foreground"], bgcolor=known["background"])

        self._plain = frozenset(role for role, style in self._styles.items() if not _shows_on_spaces(style))
        self._on: dict[Style, dict[Role, Style]] = {}
        """The styles on a background."""
        self._made = lru_cache(maxsize=_KEPT)(self._make)

    def __getitem__(self, role: Role) -> Style:
        return self._styles[role]

    def _merged(self, line: Line) -> list[Span]:
        """Returns a line in fewer pieces, each of which costs more to draw than its characters: spaces join others."""
        pieces: list[Span] = []
        for text, role in line:
            before = pieces[-1][1] if pieces else None
            if before is not None and (
                role == before or (text.isspace() and role in self._plain and before in self._plain)
            ):
                pieces[-1] = (pieces[-1][0] + text, before)
            else:
                pieces.append((text, role))
        return pieces

    def strip(self, line: Line, width: int, ground: Style, *behind: Segment) -> Strip:
        """Returns a line as exactly `width` cells on a background, and what stands behind it.

        A line that reads as one drawn lately is that one's strip: most lines of a list that scrolls by one were in view
        before, and making one takes 40 µs.
        """
        return self._made(line, width, ground, behind)

    def _make(self, line: Line, width: int, ground: Style, behind: tuple[Segment, ...]) -> Strip:
        styles = self._on.get(ground)
        if styles is None:
            styles = self._on[ground] = {role: ground + style for role, style in self._styles.items()}
        used = cells(line)
        if used > width:
            line = shorten(line, width)
            used = cells(line)
        segments = [Segment(text, styles[role]) for text, role in self._merged(line)]
        if used < width:
            segments.append(Segment(" " * (width - used), ground))
        segments += behind
        return Drawn(segments, max(used, width) + sum([width_of(segment.text) for segment in behind]))


class Painted(Widget):
    """A widget that draws lines; knows the styles of the present theme and its own background."""

    _paint: Paint | None = None
    _ground: Style | None = None
    _titles: tuple[Line, Line] = ((), ())
    _entitling = False

    @property
    def paint(self) -> Paint:
        """The styles of the theme that was there when the last frame began; asking for it takes 5 µs, three a line."""
        return self._paint if self._paint is not None else self._newest_paint()

    def _newest_paint(self) -> Paint:
        # By its name: Textual makes a dictionary of all themes whenever it is asked for the present one.
        if self._paint is None or self._paint.theme.name != self.app.theme:
            self._paint = Paint(self.app.current_theme)
            self._ground = None
        return self._paint

    def render_lines(self, crop: Region) -> list[Strip]:
        self._newest_paint()
        return super().render_lines(crop)

    @property
    def ground(self) -> Style:
        """The widget's own background."""
        paint = self.paint
        if self._ground is None:
            self._ground = paint.ground + Style(bgcolor=self.background_colors[1].rich_color)
        return self._ground

    def notify_style_update(self) -> None:
        self._ground = None
        super().notify_style_update()

    @property
    def line_width(self) -> int:
        """Cells of a line."""
        return self.size.width

    @property
    def title_line(self) -> Line:
        """What stands in the frame above."""
        return self._titles[0]

    def entitle(self, title: Line, subtitle: Line = ()) -> None:
        """Puts lines into the frame; only what differs is set, because each setting draws the frame anew."""
        (old_title, old_subtitle), self._titles = self._titles, (title, subtitle)
        self._entitling = True
        if title != old_title:
            self.border_title = self._content(title)
        if subtitle != old_subtitle:
            self.border_subtitle = self._content(subtitle)
        self._entitling = False

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> "Painted":
        # Another title changes one line of the frame. Textual draws the whole widget again for it, which was two
        # thirds of all lines drawn while somebody moves along a thousand agents.
        if self._entitling:
            regions = self._frame_rows()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def _frame_rows(self) -> tuple[Region, ...]:
        """Returns the lines of the frame that have titles, seen from the first line within it."""
        edges, (width, height) = self.gutter, self.outer_size
        first, last = Region(-edges.left, -edges.top, width, 1), Region(-edges.left, height - edges.top - 1, width, 1)
        return (*((first,) if edges.top else ()), *((last,) if edges.bottom else ())) or (Region(0, 0, width, height),)

    def _content(self, line: Line) -> Content | None:
        """Returns a line for a frame. Not a `str`: that would be read as markup."""
        if not line:
            return None
        return Content.assemble(*((text, _TITLE_STYLES.get(role, "$foreground")) for text, role in line))

    def refresh_rows(self, ys: Iterable[int]) -> None:
        """Draws some lines of the viewport again: all that a frame draws of a surface is asked for at once.

        With their edges: without them Textual would make a line anew to cut them off.
        """
        left, width = -self.gutter.left, self.outer_size.width
        regions = [Region(left, y, width, 1) for y in ys]
        if regions:
            self.refresh(*regions)

    def draw(self, line: Line) -> Strip:
        """Returns a line in the widget's width."""
        return self.paint.strip(line, self.line_width, self.ground)


class Bar(Painted):
    """A few lines that do not scroll; drawn again only when they differ."""

    _drawn: list[Line] | None = None

    def lines(self, width: int) -> list[Line]:
        """Returns what the bar shows."""
        raise NotImplementedError

    def update(self) -> None:
        """Draws again if anything differs."""
        lines = self.lines(self.size.width)
        if lines != self._drawn:
            self._drawn = lines
            self.refresh()

    def clicked(self, row: int, place: int, line: Line) -> None:
        """Somebody clicked on the piece at `place` of a line."""

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        lines = self._drawn or []
        if offset is None or offset.y >= len(lines):
            return
        place = span_at(lines[offset.y], offset.x)
        if place is not None:
            self.clicked(offset.y, place, lines[offset.y])

    def on_resize(self) -> None:
        self._drawn = None
        self.update()

    def render_line(self, y: int) -> Strip:
        lines = self._drawn if self._drawn is not None else self.lines(self.size.width)
        return self.draw(lines[y] if y < len(lines) else ())


class Scrolled(ScrollView, Painted):
    """Many lines, of which only those in view are ever made."""

    @property
    def line_width(self) -> int:
        """Cells of a line: what the scrollbar leaves."""
        return self.size.width - self.scrollbar_size_vertical

    def set_line_count(self, count: int) -> None:
        """Says how many lines there are to scroll.

        The screen is laid out anew only where a scrollbar comes or goes, and once. Textual would do it for each other
        count, which took 5 ms: what is told of agents at work has another eight times a second.
        """
        size = Size(self.size.width, count)
        if self.styles.auto_dimensions:
            self.virtual_size = size
        elif size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def scroll_top_to(self, line: int) -> None:
        """Puts a line at the top, as far as there are lines; forced, because the scrollbar may still be to come."""
        self.scroll_to(y=line, animate=False, force=True)

    def refresh_row(self, y: int) -> None:
        """Draws one line of the viewport again."""
        self.refresh_rows([y])
