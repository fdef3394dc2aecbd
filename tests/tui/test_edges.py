"""Lines are framed as Textual frames them, whatever the styles say, and no more often than is needed."""

from rich.segment import Segment
from rich.style import Style
from textual._styles_cache import StylesCache
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip
from textual.visual import RichVisual, Visual
from textual.widget import Widget

from prodigy_tui.tui.scrollbars import QuickBar
from prodigy_tui.tui.terminal import GuardedApp

RED = Style.parse("red on blue")
LOOKS = (
    "border: round red;",
    "border: heavy green; padding: 1 2;",
    "border-left: tall blue; padding: 0 1 0 0;",
    "padding: 1;",
    "border: round red; outline: heavy green;",
    "border: round red; tint: blue 30%;",
    "border: round red; opacity: 60%;",
    "border: round red; text-opacity: 50%;",
    "border: round red; hatch: left green;",
)


class Lines(Widget):
    """Some lines, all of which can be others; the last is too short, the first too long."""

    words = "line"

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(f"{self.words} {y} ", RED), Segment("." * (40 if y == 0 else 3), RED)])


class Framed(GuardedApp[None]):
    CSS = "\n".join(f"#look-{number} {{ height: 6; {look} }}" for number, look in enumerate(LOOKS))

    def compose(self) -> ComposeResult:
        for number in range(len(LOOKS)):
            yield Lines(id=f"look-{number}")


def ours(widget: Widget) -> list[list[Segment]]:
    return [list(strip) for strip in widget.render_lines(widget.outer_size.region)]


def textuals(widget: Widget) -> list[list[Segment]]:
    return [list(strip) for strip in StylesCache().render_widget(widget, widget.outer_size.region)]


async def test_a_frame_is_the_one_that_textual_draws() -> None:
    async with Framed().run_test(size=(30, 60)) as pilot:
        for widget in pilot.app.query(Lines):
            assert ours(widget) == textuals(widget), widget.id
            widget.words = "others"
            widget.border_title = Content("title")
            assert ours(widget) == textuals(widget), widget.id
            widget.border_title = Content.styled("title", "red")  # calls itself equal
            assert ours(widget) == textuals(widget), widget.id
            widget.refresh(Region(0, 1, 30, 1))
            widget.styles.background = "blue"
            assert ours(widget) == textuals(widget), widget.id
            widget.styles.border = ("heavy", "yellow")
            await pilot.pause()
            assert ours(widget) == textuals(widget), widget.id

        await pilot.resize_terminal(24, 60)
        for widget in pilot.app.query(Lines):
            assert ours(widget) == textuals(widget), widget.id


async def test_lines_that_are_drawn_again_as_they_were_stay_the_strips_that_they_are() -> None:
    async with Framed().run_test(size=(30, 60)) as pilot:
        widget = pilot.app.query_one("#look-0", Lines)
        before = widget.render_lines(Region(0, 0, 30, 6))
        widget.refresh()
        after = widget.render_lines(Region(0, 0, 30, 6))

        again = [old is new for old, new in zip(before, after, strict=True)]
        assert again == [True, False, True, True, True, True], "but for the one that the frame was taken from"
        assert after[2].divide([30])[0] is after[2]


async def test_a_scrollbar_looks_as_textuals_does() -> None:
    async with Framed().run_test(size=(30, 60)) as pilot:
        bar = ScrollBar()
        await pilot.app.mount(bar)
        base = bar.visual_style
        for size, height, position in (
            (100, 20, 0),
            (100, 20, 3.125),
            (100, 20, 80),
            (21, 20, 1),
            (20, 20, 0),
            (9**4, 7, 9),
        ):
            quick = QuickBar(virtual_size=size, window_size=height, position=position, style=RED)
            slow = ScrollBarRender(virtual_size=size, window_size=height, position=position, style=RED)
            ours = Visual.to_strips(bar, quick.visualize(), 2, height, base)
            textuals = Visual.to_strips(bar, RichVisual(bar, slow), 2, height, base)

            assert [list(strip) for strip in ours] == [list(strip) for strip in textuals]
            assert isinstance(QuickBar(vertical=False).visualize(), ScrollBarRender)
