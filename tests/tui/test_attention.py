import asyncio
from dataclasses import dataclass, field

import pytest
from msgspec import convert
from msgspec.structs import replace
from textual import events
from textual.timer import Timer

from prodigy_tui.events.evolve import fold
from prodigy_tui.tui.abilities import Abilities
from prodigy_tui.tui.attention import BLINK_S
from prodigy_tui.tui.frame import CALM_FPS, FPS
from prodigy_tui.tui.machine import Machine
from prodigy_tui.tui.model.attention import for_the_outer, notify_sequence, title, title_sequence, words
from prodigy_tui.tui.model.notices import Notices
from prodigy_tui.tui.preferences import Kept, Personal, Preferences
from tests.support.make import make_run
from tests.tui.scene import Scene, live, until_gate

TALKS = Machine(terminal=Abilities(title=True, notify="9"))


@dataclass
class Told:
    """What went to the terminal besides the picture."""

    sequences: list[str] = field(default_factory=list)

    def take(self, sequence: str) -> bool:
        self.sequences.append(sequence)
        return True

    def having(self, part: str) -> list[str]:
        return [sequence for sequence in self.sequences if part in sequence]


def listen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Told:
    told = Told()
    monkeypatch.setattr(scene.app, "tell_terminal", told.take)
    return told


def liking(**preferences: object) -> Personal:
    class Store:
        def load(self) -> Kept:
            return Kept(preferences=convert(preferences, Preferences))

        def save(self, change: object) -> str:
            return ""

    return Personal(Store())


def test_the_title_says_first_how_much_waits() -> None:
    state = fold(until_gate())

    assert title(state, 2) == "!2 prodigy - modernise 100%"
    assert title(state, 2, lit=False) == "   prodigy - modernise 100%"
    assert title(fold(make_run()), 0) == "prodigy - modernise is over"


def test_what_is_alike_is_one_sentence() -> None:
    notices, log = Notices(), until_gate()
    again = replace(log[-1], seq=log[-1].seq + 1)
    notices.take(log[-1:], fold(log))

    assert words(notices.take([again], fold(log))).startswith("2 questions wait for you")


@pytest.mark.parametrize("text", ["a\x1b]0;x\x07b", "a\x07b", "a\x9cb", "a\nb", "a;b"])
def test_hostile_words_end_no_sequence(text: str) -> None:
    for number in ("9", "777"):
        sequence = notify_sequence(number, text)
        assert sequence.count("\x1b") == 1
        assert sequence.index("\x07") == len(sequence) - 1
        assert "\x9c" not in sequence
    assert notify_sequence("777", "a;b").count(";") == 3
    assert title_sequence(text).count("\x1b") == 1


def test_tmux_is_asked_to_hand_a_sequence_on() -> None:
    assert for_the_outer("\x1b]9;x\x07") == "\x1bPtmux;\x1b\x1b]9;x\x07\x1b\\"


async def test_a_question_rings_sets_the_title_and_tells_the_desktop_while_nobody_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = make_run(items=4)
    before = len(until_gate()) - 1
    async with live(log[:before], machine=TALKS) as scene:
        told = listen(scene, monkeypatch)
        scene.app.post_message(events.AppBlur())
        await scene.pilot.pause()
        assert scene.app.frames.rate == CALM_FPS

        await scene.publish(log[before])
        assert told.having("\a") and told.having("\x1b]0;!1 prodigy")
        assert not told.having("\x1b]9;")

        scene.app.attention._tell_desktop()
        assert len(told.having("\x1b]9;")) == 1

        scene.app.post_message(events.AppFocus())
        await scene.pilot.pause()
        assert scene.app.frames.rate == FPS


async def test_who_looks_is_not_told_by_the_desktop_and_what_was_before_is_no_news(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with live(until_gate(), machine=TALKS) as scene:
        scene.app.attention._gathered.clear()
        told = listen(scene, monkeypatch)
        scene.app.attention.take(scene.app.steering.notices.newest_first())
        scene.app.attention._tell_desktop()

        assert not told.having("\x1b]9;")


async def test_the_badge_blinks_at_most_twice_a_second_then_rests() -> None:
    assert 1 / (2 * BLINK_S) <= 2
    log = make_run(items=4)
    before = len(until_gate()) - 1
    async with live(log[:before], machine=TALKS) as scene:
        await scene.publish(log[before])
        assert scene.app.attention._blink is not None
        scene.app.attention._turn()
        assert not scene.app.model.lit
        for _ in range(20):
            scene.app.attention._turn()
        assert scene.app.model.lit
        assert scene.app.attention._blink is None


@pytest.mark.parametrize("preferences", [{"motion": "reduced"}, {"blink": False}])
async def test_nothing_blinks_for_who_does_not_want_it(preferences: dict[str, object]) -> None:
    log = make_run(items=4)
    before = len(until_gate()) - 1
    async with live(log[:before], machine=TALKS, personal=liking(**preferences)) as scene:
        await scene.publish(log[before])

        assert scene.app.attention._blink is None
        assert (scene.app.frames.rate == CALM_FPS) == ("motion" in preferences)
        assert (scene.app.animation_level == "none") == ("motion" in preferences)


def armed(scene: Scene) -> list[Timer]:
    """Timers that will do something by themselves."""
    nodes = [scene.app, *scene.app.screen.walk_children(with_self=True)]
    alive = [timer for node in nodes for timer in node._timers if timer._task is not None and not timer._task.done()]
    return [timer for timer in alive if timer._active.is_set()]


async def test_when_nothing_runs_no_timer_is_armed() -> None:
    async with live(make_run(items=4), machine=TALKS) as scene:
        await scene.press("down", "2", "1")
        scene.app.clear_notifications()
        for _ in range(500):
            if not armed(scene):  # the last frame is shown, the last toast is gone
                break
            await asyncio.sleep(0.01)
        for _ in range(10):
            await asyncio.sleep(0.02)
            assert armed(scene) == []
        assert scene.app.settled
