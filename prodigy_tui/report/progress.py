"""How far a run was over time, in a bounded number of points however many events it has."""

from prodigy_tui.report.model import Progress

_MOST = 2000


class Curve:
    """Moments at which something changed. When there are too many, every other one goes, and from then on half as many
    are taken in; the first and the last always stay."""

    def __init__(self) -> None:
        self._points = [Progress(at_s=0.0, succeeded=0, failed=0, running=0, tokens=0, usd=None)]
        self._newest = self._points[0]
        self._stride = 1
        self._passed = 0

    def add(self, point: Progress) -> None:
        """Takes in a moment."""
        self._newest = point
        self._passed += 1
        if self._passed < self._stride:
            return
        self._passed = 0
        self._points.append(point)
        if len(self._points) > _MOST:
            self._points = self._points[::2]
            self._stride *= 2

    def points(self, end_s: float) -> tuple[Progress, ...]:
        """Returns what is kept, up to the present."""
        newest = self._newest
        last = Progress(
            at_s=end_s,
            succeeded=newest.succeeded,
            failed=newest.failed,
            running=newest.running,
            tokens=newest.tokens,
            usd=newest.usd,
        )
        kept = self._points if self._points[-1] is newest else [*self._points, newest]
        return (*kept, last)
