"""What the interface may cost, in counts that hold on any machine; how long it takes is measured by a benchmark."""

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual._styles_cache import StylesCache
from textual.message_pump import MessagePump
from textual.screen import Screen

from prodigy_tui.events.evolve import fold
from prodigy_tui.storage import OutputWriter
from prodigy_tui.tui.feed.base import LOOK_BACK, Change
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.output import OutputLog
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.stories import LONGEST
from prodigy_tui.tui.widgets.logview import LogView
from prodigy_tui.tui.widgets.surface import Painted
from tests.benchmarks.interface.crowd import at_work, beginning
from tests.benchmarks.interface.log_scenes import stream_of, write
from tests.support.make import START
from tests.tui.scene import live, settle

AGENTS = 60
BATCHES, EVENTS = 4, 500


async def test_what_two_thousand_events_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    before = tuple(beginning(AGENTS))
    later = tuple(at_work(AGENTS, BATCHES * EVENTS, first=len(before) + 1))
    async with live(before, size=(160, 48)) as scene:
        app, rows = scene.app, scene.fleet.rows
        posted, refreshed, frames, layouts = Counter[str](), Counter[tuple[int, str]](), 0, 0
        painting = False
        post, refresh, show = MessagePump.post_message, Painted.refresh, app.frames._paint
        lay_out = Screen._refresh_layout

        def note_post(pump: MessagePump, message: object) -> bool:
            posted[type(message).__name__] += 1
            return post(pump, message)

        def note_refresh(surface: Painted, *regions: object, **options: object) -> Painted:
            if painting:  # what a tick of the ages draws in between is another frame's
                refreshed[frames, surface.id or type(surface).__name__] += 1
            return refresh(surface, *regions, **options)

        def note_layout(screen: Screen[object], *arguments: Any, **options: Any) -> None:
            nonlocal layouts
            layouts += 1
            lay_out(screen, *arguments, **options)

        def note_frame() -> None:
            nonlocal frames, painting
            frames, painting = frames + 1, True
            show()
            painting = False

        monkeypatch.setattr(MessagePump, "post_message", note_post)
        monkeypatch.setattr(Painted, "refresh", note_refresh)
        monkeypatch.setattr(app.frames, "_paint", note_frame)
        monkeypatch.setattr(Screen, "_refresh_layout", note_layout)
        drawn = rows.lines_drawn
        for first in range(0, len(later), EVENTS):
            at_rest = refreshed.total()
            for envelope in later[first : first + EVENTS]:
                scene.bus.publish(envelope)
            assert refreshed.total() == at_rest
            assert posted.total() == 0
            await settle(scene.pilot)
            posted.clear()
        monkeypatch.undo()

        assert app.model.folded == len(before) + len(later)
        assert 1 <= frames <= BATCHES + 1
        assert layouts == 0, "pages become longer and shorter, but nothing comes or goes"
        assert max(refreshed.values()) == 1
        assert rows.lines_drawn - drawn <= frames * rows.size.height

        await scene.press("down", "down", "2", "1")
        assert len(scene.fleet.query(LogView)) == 1
        assert len(app.model._newest) == LOOK_BACK
        assert all(len(app.model.stories.of(item)) <= LONGEST for item in app.model.state.order)


async def test_what_going_to_the_next_log_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines, first = 1_000, 50
    for number in (first, first + 1):
        write(tmp_path, stream_of(number), lines, start=number * lines)
    async with live(tuple(beginning(AGENTS)), size=(160, 48), outputs=tmp_path) as scene:
        fleet, did = scene.fleet, Counter[str]()
        monkeypatch.setattr(fleet.log_view, "_monotonic", lambda: 0.0)  # no slice ends because the machine is busy
        fleet.show_item(f"item-{first}")
        await settle(scene.pilot)

        def counted(owner: type, name: str, of: str) -> None:
            call = getattr(owner, name)

            def count(*given: Any, **named: Any) -> Any:
                did[of] += 1
                return call(*given, **named)

            counting.setattr(owner, name, count)

        def made() -> int:
            return sum(pane.paint._made.cache_info().misses for pane in (fleet.rows, fleet.log_view, fleet.story))

        before = made()
        with pytest.MonkeyPatch.context() as counting:
            counted(StylesCache, "render_line", "lines framed by Textual")
            counted(LogPicture, "rows", "lines of the log looked at")
            counted(OutputLog, "refresh", "reads of what came")
            counted(Screen, "_refresh_layout", "layouts")
            fleet.show_item(f"item-{first + 1}")
            await settle(scene.pilot)

        assert fleet.log_view.picture.source.count == lines
        shown = fleet.log_view.size.height
        assert did["lines of the log looked at"] == shown
        assert did["reads of what came"] == 1
        assert did["layouts"] == 0
        assert did["lines framed by Textual"] <= 8, "frames with other titles, and what the edges are taken from"
        assert shown <= made() - before <= shown + 20, "of the list two cursors and what scrolls into view; the facts"


def test_a_message_has_no_line_of_the_list_looked_at() -> None:
    before = list(beginning(2))
    step, message = at_work(1, 2, first=len(before) + 1)
    model, now = RunModel(past=False), START + timedelta(minutes=1)
    model.apply(Change.after(before, state := fold(before)), now)

    began = model.apply(Change.after([step], state := fold([step], start=state)), now)
    said = model.apply(Change.after([message], fold([message], start=state)), now)

    assert (began.items, began.told) == (frozenset({"item-1"}), frozenset({"item-1"}))
    assert (said.items, said.told) == (frozenset({"item-1"}), frozenset())


def test_what_a_log_appends_is_read_once_and_in_few_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pread = os.pread
    asked: list[int] = []

    def note_read(descriptor: int, length: int, offset: int) -> bytes:
        data = pread(descriptor, length, offset)
        asked.append(len(data))
        return data

    monkeypatch.setattr(os, "pread", note_read)
    log = OutputLog(tmp_path, "items/one/1")
    with OutputWriter(tmp_path / "items/one/1") as writer:
        for number in range(100):
            writer.write("a line that an agent has printed\n" * 200, START + timedelta(seconds=number))
            log.refresh(None)
        written = writer.offset

    assert log.count == 20_000
    assert written <= sum(asked) <= 1.1 * written, "the index of times comes on top"
    assert len(asked) <= 10 * 100
