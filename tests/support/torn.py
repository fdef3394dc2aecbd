"""The program with feeds that break, run as a module: what a bug of the interface looks like from outside."""

from prodigy_tui.cli import live
from prodigy_tui.cli.main import main
from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.tui.feed import Change, LiveFeed, ReplayFeed, replay


class TornLiveFeed(LiveFeed):
    """Breaks when a signal has come."""

    def advance(self, budget_s: float) -> Change | None:
        change = super().advance(budget_s)
        if change is not None and any(isinstance(envelope.event, SignalReceived) for envelope in change.envelopes):
            raise RuntimeError("the picture is torn")
        return change


class TornReplayFeed(ReplayFeed):
    """Breaks when it is moved."""

    def advance(self, budget_s: float) -> Change | None:
        if self.cursor > 1:
            raise RuntimeError("the picture is torn")
        return super().advance(budget_s)


if __name__ == "__main__":
    live.LiveFeed = TornLiveFeed  # type: ignore[misc]  # the one seam where the feed is chosen
    replay.ReplayFeed = TornReplayFeed  # type: ignore[misc]  # the same
    main()
