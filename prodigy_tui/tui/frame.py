"""The frame clock: armed by dirt, at rest otherwise, slower when painting or the terminal cannot keep up.

Folding goes on every loop turn while events wait; painting happens at most once a frame. Nothing here knows what is
folded or painted, and the timers are Textual's, so that an error in either surfaces as any error of the app.
"""

from collections.abc import Callable
from typing import Final, Protocol

FPS: Final = 15.0
LOG_FPS: Final = 30.0
"""For the log that has the focus, while its end is followed."""
CALM_FPS: Final = 4.0
"""For eyes that want less motion, and when nobody looks."""
_SLOWEST: Final = 4.0
_PAINT_SHARE: Final = 0.06
"""How much of the time painting may take: 4 ms at 15 frames a second. Where it takes longer, nobody misses the frames
that are left out: what a thousand agents do cannot be read 15 times a second, and what a key does is drawn at once."""
_LOG_PAINT_SHARE: Final = 0.12
"""How much it may while a log runs by, where each frame left out is a jerk."""
_SOON_S: Final = 0.001


class Timers(Protocol):
    """Calls a function after a while, on the interface's loop."""

    def __call__(self, delay_s: float, callback: Callable[[], None], /) -> object: ...


class FrameClock:
    """Runs `fold` and then `paint` while there is something to do, and nothing while there is not.

    `fold` returns whether more waits to be folded; `keep_going` says whether the picture moves by itself (replay).
    `paint` says what is dirty, and the drawing itself comes later: `drawn` returns the seconds that the longest one
    took since it was asked last.
    """

    def __init__(
        self,
        timers: Timers,
        *,
        monotonic: Callable[[], float],
        fold: Callable[[], bool],
        paint: Callable[[], None],
        keep_going: Callable[[], bool],
        congested: Callable[[], bool],
        drawn: Callable[[], float],
        fps: float = FPS,
    ) -> None:
        self._timers = timers
        self._monotonic = monotonic
        self._fold = fold
        self._paint = paint
        self._keep_going = keep_going
        self._congested = congested
        self._drawn = drawn
        self._fps = fps
        self._rate = fps
        self._painted_at = float("-inf")
        self._armed = False
        self._stopped = False

    @property
    def armed(self) -> bool:
        """Whether a turn is due."""
        return self._armed

    @property
    def rate(self) -> float:
        """Frames a second, at present."""
        return self._rate

    def limit(self, fps: float) -> None:
        """Paints at most so many frames a second from now on."""
        if fps != self._fps:
            self._fps = self._rate = fps

    def arm(self) -> None:
        """Asks for a frame: at once after a rest, else when it is due."""
        if self._armed or self._stopped:
            return
        self._armed = True
        wait = self._painted_at + 1 / self._rate - self._monotonic()
        self._timers(max(wait, _SOON_S), self._turn)

    def stop(self) -> None:
        """Ends all turns."""
        self._stopped = True

    def _turn(self) -> None:
        self._armed = False
        if self._stopped:
            return
        more = self._fold()
        now = self._monotonic()
        if now - self._painted_at >= 1 / self._rate or not more:
            self._paint()
            self._painted_at = now
            self._adapt(self._monotonic() - now + self._drawn())
        if more:
            self._armed = True
            self._timers(_SOON_S, self._turn)
        elif self._keep_going():
            self.arm()

    def _adapt(self, painting_s: float) -> None:
        """Lowers the rate under strain at once, and wins it back slowly."""
        if self._congested():
            bearable = self._rate / 2
        else:
            share = _LOG_PAINT_SHARE if self._fps > FPS else _PAINT_SHARE
            bearable = min(self._rate * 1.1, share / painting_s if painting_s > 0 else self._fps)
        self._rate = max(min(_SLOWEST, self._fps), min(self._fps, bearable))
