"""The review screen: what it shows, every key of it, and that nothing is decided by chance."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec.structs import replace

from prodigy_tui.events.schema import Envelope, GateAnswered, GateOpened, SignalReceived
from prodigy_tui.tui.model.changes import ClashingFile, Fit, Ground
from prodigy_tui.tui.screens.merge import MergeScreen
from prodigy_tui.tui.screens.merges import MergesScreen
from prodigy_tui.tui.screens.prompt import PromptScreen
from prodigy_tui.tui.screens.review import ReviewScreen
from prodigy_tui.tui.screens.sweep import SweepScreen
from tests.support.make import make_envelopes
from tests.tui.changes import Diffs, one_line
from tests.tui.scene import Scene, live, replay, settle, until_gate
from tests.tui.test_questions import at_work, suspected, with_more

TWO_HUNKS = "@@ -1,2 +1,2 @@ def a\n-old one\n+new one\n same\n@@ -40,2 +40,2 @@ def b\n-old two\n+new two\n same\n"
FILES = {
    "src/a.py": TWO_HUNKS,
    "src/b.py": one_line("before", "after"),
    "uv.lock": "@@ -0,0 +1,3 @@\n+locked\n+locked\n+locked\n",
    "logo.png": "binary",
}


SUSPECT = with_more(*suspected(at_work()))
"""A run that waits with one suspect."""


@asynccontextmanager
async def reviewing(
    events: Sequence[Envelope], diffs: Diffs, *, size: tuple[int, int] = (120, 34), steer: bool = True
) -> AsyncIterator[Scene]:
    """Opens the change that waits first."""
    async with live(events, size=size, steer=steer, diffs=diffs) as scene:
        await open_first(scene)
        if isinstance(scene.app.screen, MergeScreen):
            scene.clock.advance_now(1)
            await scene.press("d")
        await read(scene)
        scene.clock.advance_now(1)
        yield scene


async def open_first(scene: Scene) -> None:
    """Opens what needs a person most."""
    await scene.press("3")
    screen = scene.app.screen
    assert isinstance(screen, MergesScreen)
    for _ in range(100):  # until the list is drawn
        if screen.queue.selected is not None:
            break
        await scene.pilot.pause(0.01)
    await scene.press("enter")


async def read(scene: Scene) -> ReviewScreen:
    """Waits until everything is read."""
    await scene.app.workers.wait_for_complete()
    await settle(scene.pilot)
    screen = scene.app.screen
    assert isinstance(screen, ReviewScreen)
    return screen


def shown_file(scene: Scene) -> str:
    screen = scene.app.screen
    assert isinstance(screen, ReviewScreen)
    return screen.reading.key or ""


async def test_it_shows_files_checks_and_the_first_difference_which_has_the_focus() -> None:
    diffs = Diffs(patches=FILES)
    async with reviewing(SUSPECT, diffs) as scene:
        text = scene.text()
        known = ("Review  a000 item-1", "0 of 4 viewed", "+2 −2", "binary", "merges    clean onto run@", "Commits 1")
        keys = ("inject the clock", "changed setup.py", "old one", "hunk 1/2", "a approve", "b send back", "D reject")
        for part in (*known, *keys, "esc later", "Files · tab goes here", "tab files"):
            assert part in text, part
        assert scene.app.screen.focused is scene.app.screen.query_one("#code")
        await scene.press("enter")
        assert scene.control.sent == []


async def test_hunks_files_marks_and_layout_have_keys() -> None:
    diffs = Diffs(patches=FILES)
    async with reviewing(SUSPECT, diffs) as scene:
        await scene.press("]")
        assert "hunk 2/2" in scene.text()
        await scene.press("]")
        await read(scene)
        assert shown_file(scene) == "src/b.py"
        await scene.press("[")
        await read(scene)
        assert (shown_file(scene), "hunk 2/2" in scene.text()) == ("src/a.py", True)
        await scene.press("space")
        await read(scene)
        assert shown_file(scene) == "src/b.py"
        assert "1 of 4 viewed" in scene.text()
        await scene.press("]")
        assert shown_file(scene) == "uv.lock"
        assert "folded, lock file" in scene.text()
        await scene.press("enter")
        await read(scene)
        assert "locked" in scene.text()
        await scene.press("]", "]")
        assert "there are no lines to show" in scene.text()
        await scene.press("tab", "g")
        await read(scene)
        assert shown_file(scene) == "src/a.py", "the list has the focus"
        await scene.press("enter")
        assert scene.app.screen.focused is scene.app.screen.query_one("#code")
        await scene.press("v")
        await read(scene)
        assert "│  1 + new one" in scene.text(), "side by side"
        await scene.press("W")
        await read(scene)
        assert "whitespace ignored" in scene.text()
        assert ("file", "src/a.py", "True") in diffs.asked
        await scene.press("i")
        assert scene.app.screen.has_class("-told")
        await scene.press("escape", "right")
        assert scene.app.screen.query_one("#code").pan > 0  # type: ignore[attr-defined]  # a DiffView
        await scene.press("left", "escape")
        assert not isinstance(scene.app.screen, ReviewScreen)


async def test_type_ahead_decides_nothing() -> None:
    diffs = Diffs()
    async with live(SUSPECT, diffs=diffs) as scene:
        await open_first(scene)
        await scene.press("a", "D", "b")
        await read(scene)
        assert scene.control.sent == []


async def test_a_accepts_what_nothing_speaks_against_after_one_more_look() -> None:
    diffs = Diffs()
    async with reviewing(SUSPECT, diffs) as scene:
        looks = len([one for one in diffs.asked if one[0] == "fit"])
        await scene.press("a")
        await scene.app.workers.wait_for_complete()
        assert len([one for one in diffs.asked if one[0] == "fit"]) == looks + 1
        assert [(one.signal, one.answer) for one in scene.control.sent] == [("answer", "accept")]


async def test_a_conflict_greys_approval_and_c_shows_both_sides() -> None:
    both = "x\n<<<<<<< ours\nfrom the run\n||||||| base\n=======\nfrom the agent\n>>>>>>> theirs\n"
    torn = Fit(onto="1", head="2", files=(ClashingFile(path="src/a.py", text=both), ClashingFile(path="b", why="gone")))
    diffs = Diffs(patches=FILES, fits=torn)
    async with reviewing(SUSPECT, diffs) as scene:
        assert "a: it conflicts with the run branch in 2 files: c shows them" in scene.text()
        await scene.press("a")
        await scene.app.workers.wait_for_complete()
        assert scene.control.sent == []
        await scene.press("c")
        await read(scene)
        for part in ("In conflict", "run       from the run", "agent     from the agent", "clash 1/1"):
            assert part in scene.text(), part
        await scene.press("]")
        assert "both sides cannot be shown: gone" in scene.text()
        await scene.press("escape")
        await read(scene)
        assert "old one" in scene.text()


async def test_a_note_goes_back_and_a_reason_rejects() -> None:
    diffs = Diffs()
    async with reviewing(SUSPECT, diffs) as scene:
        await scene.press("b")
        assert isinstance(scene.app.screen, PromptScreen)
        await scene.press("enter")
        assert isinstance(scene.app.screen, PromptScreen), "without a note there is nothing to send back with"
        await scene.press("escape", "D", *"no", "enter")
        assert [(one.answer, one.note) for one in scene.control.sent] == [("reject", "no")]
    async with reviewing(SUSPECT, diffs) as scene:
        await scene.press("b", *"fix", "enter")
        assert [(one.answer, one.note) for one in scene.control.sent] == [("again", "fix")]


async def test_the_next_one_is_a_key_away_and_all_clean_ones_are_asked_about() -> None:
    diffs = Diffs()
    events = SUSPECT
    sample = GateOpened(
        gate="canary", kind="canary", question="Go on?", options=("approve", "deny"), onto="3" * 40, head="4" * 40
    )
    both = (*events, *make_envelopes(sample, first_seq=len(events) + 1))
    async with reviewing(both, diffs) as scene:
        assert "1 of 2" in scene.text()
        await scene.press(".")
        await read(scene)
        assert "canary: Go on?" in scene.text()
        scene.clock.advance_now(1)
        await scene.press("A")
        assert isinstance(scene.app.screen, SweepScreen)
        await scene.app.workers.wait_for_complete()
        await scene.press("A", "enter")
        assert scene.control.sent == [], "the key that opened it does not answer it"
        scene.clock.advance_now(1)
        await scene.press("A")
        assert [(one.gate, one.answer) for one in scene.control.sent] == [(f"suspect:{at_work()}", "accept")]
        await scene.press("a")
        await scene.app.workers.wait_for_complete()
        assert scene.control.sent[-1].answer == "approve"


async def test_what_is_decided_elsewhere_stays_to_be_read_and_takes_no_answer() -> None:
    diffs = Diffs()
    events = SUSPECT
    async with reviewing(events, diffs) as scene:
        said = GateAnswered(gate=f"suspect:{at_work()}", answer="accept")
        await scene.publish(*make_envelopes(said, first_seq=len(events) + 1))
        assert isinstance(scene.app.screen, ReviewScreen)
        assert "a: it has been decided" in scene.text()
        await scene.press("a")
        assert scene.control.sent == []


async def test_what_is_new_since_the_last_look_is_a_key_away() -> None:
    diffs = Diffs(patches=FILES, newer={"src/b.py": one_line("after", "better")})
    events = until_gate()
    async with reviewing(events, diffs) as scene:
        gate = scene.app.model.state.gate
        assert gate is not None
        said = GateAnswered(gate=gate.gate, answer="later")
        asked = replace(gate, head="5" * 40)
        await scene.publish(*make_envelopes(said, asked, first_seq=len(events) + 1))
        assert "N new since you looked" in scene.text()
        assert "the change is not the one you look at any more" in scene.text()
        await scene.press("N")
        await read(scene)
        assert "better" in scene.text()
        assert "only what is new since you looked" in scene.text()


async def test_the_landing_is_approved_as_the_sheet_says() -> None:
    diffs = Diffs()
    async with live(until_gate(), diffs=diffs) as scene:
        await scene.press("m")
        scene.clock.advance_now(1)
        await scene.press("s", "e", "home", *"One: ", "enter", "d")
        await read(scene)
        scene.clock.advance_now(1)
        await scene.press("a")
        await scene.app.workers.wait_for_complete()
        sent = scene.control.sent
        assert [(one.answer, one.strategy, one.message) for one in sent] == [("approve", "squash", "One:")]


async def test_what_is_in_the_way_is_said_before_the_landing_is_asked_for() -> None:
    diffs = Diffs(
        ground_is=Ground(target_at="1", checkout="/shop", in_the_way="yours\x1b[2J is in the way", paths=("a",))
    )
    async with live(until_gate(), diffs=diffs) as scene:
        await scene.press("m")
        await scene.app.workers.wait_for_complete()
        scene.clock.advance_now(1)
        await scene.press("a")
        await scene.app.workers.wait_for_complete()
        assert "cannot land it now: yours is in the way" in scene.text()
        diffs.ground_is = Ground(target_at="1", checkout="/shop")
        await scene.press("a")
        await scene.app.workers.wait_for_complete()
        assert scene.control.sent == [
            SignalReceived(signal="answer", gate="landing", answer="approve", source="interface")
        ]


async def test_in_the_past_and_beside_another_process_nothing_is_decided() -> None:
    diffs = Diffs()
    async with replay(SUSPECT) as scene:
        await open_first(scene)
        await read(scene)
        scene.clock.advance_now(1)
        assert "a: in the past" in scene.text()
        await scene.press("a", "D")
        assert scene.control.sent == []
    async with reviewing(SUSPECT, diffs, steer=False) as scene:
        assert "a: another process drives this run" in scene.text()


async def test_two_thousand_files_cost_what_is_in_view() -> None:
    diffs = Diffs(patches={f"src/{n}.py": TWO_HUNKS for n in range(2_000)})
    async with reviewing(SUSPECT, diffs, size=(80, 24)) as scene:
        screen = await read(scene)
        read_files = [one for one in diffs.asked if one[0] == "file"]
        assert len(read_files) == 1, "file by file, as somebody looks at them"
        before = (screen.files.lines_drawn, screen.code.lines_drawn)
        await scene.press("down")
        assert screen.files.lines_drawn - before[0] <= 24
        assert screen.code.lines_drawn - before[1] <= 24
