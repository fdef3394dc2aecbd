"""What the interface is pointed at: one feed of several, and the world that goes with it.

Screens see a `Viewing` as their feed and never learn that it has turned to another run. The feed that the interface was
opened on is its home: it is closed with the interface and not before. A live feed that is not shown is advanced all the
same, so that nothing piles up and the way back costs nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.feed import Change, EmptyFeed, Feed, LiveFeed, ReplayFeed
from prodigy_tui.tui.model.beside import Beside, beside_of
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.ports import World

_HIDDEN_SHARE: Final = 0.25
"""Of the time for taking in events: what a live run that is not shown may use."""


def _nothing() -> None:
    pass


class Sight(Struct, frozen=True, kw_only=True, eq=False):
    """A run to look at."""

    feed: Feed
    world: World
    closing: Callable[[], None] = _nothing
    """Ends what feeds the feed; called once, after it is closed."""

    def close(self) -> None:
        self.feed.close()
        self.closing()


class Viewing(Feed):
    """The feed that is shown, whichever it is, and those that go on meanwhile."""

    def __init__(self, feed: Feed, world: World) -> None:
        super().__init__(feed.clock)
        self._home = self._shown = Sight(feed=feed, world=world)
        self._beneath: Sight | None = None
        self._wake: Callable[[], None] | None = None
        self._closed = False
        self._pictured = False
        self._meanwhile: list[Change] = []

    @property
    def shown(self) -> Feed:
        """The feed that is shown."""
        return self._shown.feed

    @property
    def world(self) -> World:
        """What is at hand besides the events that are shown."""
        return self._shown.world

    @property
    def replay(self) -> ReplayFeed | None:
        """The feed that is shown when it can be moved about in."""
        return self._shown.feed if isinstance(self._shown.feed, ReplayFeed) else None

    @property
    def empty(self) -> bool:
        """Whether no run is shown."""
        return isinstance(self._shown.feed, EmptyFeed)

    @property
    def live(self) -> Sight | None:
        """The live run at hand: the one shown, the one whose past is shown, or the one at home."""
        for sight in (self._shown, self._beneath, self._home):
            if sight is not None and isinstance(sight.feed, LiveFeed):
                return sight
        return None

    @property
    def live_state(self) -> RunState | None:
        """The live run at hand as far as it is taken in; the picture may show its past, or another run."""
        live = self.live
        return live.feed.state if live is not None and isinstance(live.feed, LiveFeed) else None

    @property
    def driven_state(self) -> RunState | None:
        """The run that this process drives, which ends or goes on without the interface when that is left."""
        driven = self._home.world.control is not None and isinstance(self._home.feed, LiveFeed)
        return self._home.feed.state if driven and isinstance(self._home.feed, LiveFeed) else None

    @property
    def driven(self) -> World | None:
        """The world of that run."""
        return self._home.world if self.driven_state is not None else None

    @property
    def began_empty(self) -> bool:
        """Whether the interface was opened on no run: every other was chosen on its first screen."""
        return isinstance(self._home.feed, EmptyFeed)

    @property
    def at_home(self) -> bool:
        """Whether that is shown which the interface was opened on."""
        return self._shown is self._home

    @property
    def is_rewound(self) -> bool:
        """Whether the past of a live run is shown, which goes on beneath."""
        return self._beneath is not None

    @property
    def ages(self) -> bool:
        """Whether times go on: a live run is shown or waits behind the picture."""
        state = self.live_state
        return not self.empty and state is not None and not is_over(state)

    def beside(self) -> Beside | None:
        """Returns what is said of the live run at hand while something else is shown."""
        live, state = self.live, self.live_state
        if live is None or state is None or live is self._shown:
            return None
        return beside_of(state, live.feed.now(), same=live is self._beneath)

    def turn_to(self, feed: Feed, world: World, closing: Callable[[], None] = _nothing) -> None:
        """Shows another run; what was shown is closed, unless it is the home."""
        if feed is self._home.feed:
            self._show(self._home, None)
        else:
            self._show(Sight(feed=feed, world=world, closing=closing), None)

    def look_back(self, past: ReplayFeed) -> None:
        """Shows the past of the live run that is shown, which goes on beneath."""
        live = self.live
        if live is None or (live is not self._shown and live is not self._beneath):
            raise ValueError("no live run is shown")
        self._show(Sight(feed=past, world=live.world), live)

    def back(self) -> bool:
        """Goes back: from the past of a live run to that run, from any other to the home; says whether it went."""
        if self._shown is self._home:
            return False
        self._show(self._beneath or self._home, None)
        return True

    def _show(self, sight: Sight, beneath: Sight | None) -> None:
        before = {self._shown, self._beneath, self._home} - {None}
        self._shown, self._beneath = sight, beneath
        for old in before - {sight, beneath, self._home}:
            if old is not None:
                old.close()
        if sight in before:
            sight.feed.redraw()
        elif self._wake is not None:
            sight.feed.open(self._wake)
            if self._pictured:
                sight.feed.pictured()

    def meanwhile(self) -> list[Change]:
        """Returns what has become of the run whose past is shown, each change once."""
        changes, self._meanwhile = self._meanwhile, []
        return changes

    # What a feed is asked.

    @property
    def past(self) -> bool:
        return self._shown.feed.past

    def open(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        for sight in self._held:
            sight.feed.open(wake)

    @property
    def is_pictured(self) -> bool:
        """Whether the first picture is drawn."""
        return self._pictured

    def pictured(self) -> None:
        self._pictured = True
        for sight in self._held:
            sight.feed.pictured()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for sight in self._held:
            sight.close()

    def advance(self, budget_s: float) -> Change | None:
        for hidden in self._hidden:
            change = hidden.advance(budget_s * _HIDDEN_SHARE)
            if change is not None and self._beneath is not None and hidden is self._beneath.feed:
                self._meanwhile.append(change)
        return self._shown.feed.advance(budget_s)

    def redraw(self) -> None:
        self._shown.feed.redraw()

    def now(self) -> datetime:
        return self._shown.feed.now()

    @property
    def backlog(self) -> int:
        return self._shown.feed.backlog + sum(feed.backlog for feed in self._hidden)

    @property
    def moving(self) -> bool:
        return self._shown.feed.moving

    @property
    def settled(self) -> bool:
        return self._shown.feed.settled and all(feed.settled for feed in self._hidden)

    @property
    def _held(self) -> list[Sight]:
        """Every sight that is not closed, each once."""
        return list(dict.fromkeys(sight for sight in (self._shown, self._beneath, self._home) if sight is not None))

    @property
    def _hidden(self) -> list[LiveFeed]:
        return [sight.feed for sight in self._held if sight is not self._shown and isinstance(sight.feed, LiveFeed)]
