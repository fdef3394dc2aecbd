"""Where the picture's events come from: a live run's bus, or the timeline of a past one. Who draws cannot tell which.

A feed is advanced on the interface's loop, once a frame, and returns what has changed since.
"""

from prodigy_tui.tui.feed.base import LOOK_BACK, Change, Feed
from prodigy_tui.tui.feed.empty import EmptyFeed
from prodigy_tui.tui.feed.live import LiveFeed
from prodigy_tui.tui.feed.replay import SPEEDS, Place, ReplayFeed, replay_of

__all__ = ["LOOK_BACK", "SPEEDS", "Change", "EmptyFeed", "Feed", "LiveFeed", "Place", "ReplayFeed", "replay_of"]
