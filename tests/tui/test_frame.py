from collections.abc import Callable

import pytest

from prodigy_tui.tui.frame import CALM_FPS, FPS, LOG_FPS, FrameClock


class Loop:
    """Timers that go off when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        self.painted: list[float] = []
        self.work = 0
        self.moving = False
        self.congested = False
        self.paint_s = self.draw_s = 0.0
        self.clock = FrameClock(
            lambda delay, call: self.waiting.append((self.now + delay, call)),
            monotonic=lambda: self.now,
            fold=self.fold,
            paint=self.paint,
            keep_going=lambda: self.moving,
            congested=lambda: self.congested,
            drawn=lambda: self.draw_s,
        )

    def fold(self) -> bool:
        self.work = max(0, self.work - 1)
        return self.work > 0

    def paint(self) -> None:
        self.painted.append(self.now)
        self.now += self.paint_s

    def turn(self) -> None:
        due, call = self.waiting.pop(0)
        self.now = max(self.now, due)
        call()


def test_a_clean_picture_has_no_timer() -> None:
    loop = Loop()
    loop.clock.arm()
    loop.turn()

    assert loop.waiting == []
    assert not loop.clock.armed
    assert len(loop.painted) == 1


def test_arming_twice_is_arming_once() -> None:
    loop = Loop()
    loop.clock.arm()
    loop.clock.arm()

    assert len(loop.waiting) == 1


def test_after_a_rest_the_frame_comes_at_once_and_then_at_the_rate() -> None:
    loop = Loop()
    loop.clock.arm()
    loop.turn()
    loop.clock.arm()
    loop.turn()

    assert loop.painted[0] - 100 < 0.01
    assert abs(loop.painted[1] - loop.painted[0] - 1 / FPS) < 0.01


def test_much_work_is_folded_every_turn_and_painted_once_a_frame() -> None:
    loop = Loop()
    loop.work = 100
    loop.clock.arm()
    turns = 0
    while loop.waiting:
        loop.turn()
        turns += 1

    assert turns == 100
    assert len(loop.painted) <= 100 * 0.001 * FPS + 2


def test_strain_halves_the_rate_and_rest_wins_it_back() -> None:
    loop = Loop()
    loop.congested = True
    for _ in range(3):
        loop.clock.arm()
        loop.turn()
    strained = loop.clock.rate
    loop.congested = False
    for _ in range(30):
        loop.clock.arm()
        loop.turn()

    assert strained <= FPS / 2
    assert loop.clock.rate == FPS


@pytest.mark.parametrize(("paint_s", "draw_s"), [(0.016, 0.0), (0.0, 0.016), (0.006, 0.010)])
def test_slow_painting_is_done_less_often_so_that_it_takes_little_of_the_time(paint_s: float, draw_s: float) -> None:
    loop = Loop()
    loop.paint_s, loop.draw_s = paint_s / 2, draw_s / 2
    loop.clock.arm()
    loop.turn()
    assert loop.clock.rate == pytest.approx(0.06 / 0.008)
    assert loop.clock.rate < FPS

    loop.paint_s, loop.draw_s = paint_s, draw_s
    loop.clock.limit(LOG_FPS)
    loop.clock.arm()
    loop.turn()
    assert loop.clock.rate == pytest.approx(0.12 / 0.016), "a log that runs by may take more"


def test_however_slow_painting_is_the_picture_moves() -> None:
    loop = Loop()
    loop.draw_s = 2.0
    loop.clock.arm()
    loop.turn()

    assert loop.clock.rate == CALM_FPS


def test_a_moving_picture_keeps_itself_going_until_stopped() -> None:
    loop = Loop()
    loop.moving = True
    loop.clock.arm()
    for _ in range(3):
        loop.turn()
    assert loop.clock.armed

    loop.clock.stop()
    loop.turn()

    assert loop.waiting == []
