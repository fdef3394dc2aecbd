"""Moving about in time: into the past of a live run and back, to places people name, between marks and bookmarks."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from prodigy_tui.events.schema import SignalReceived
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.feed import LiveFeed, ReplayFeed
from prodigy_tui.tui.model.bookmarks import Bookmark, Bookmarks
from prodigy_tui.tui.model.overview import is_over
from prodigy_tui.tui.model.run import RunModel
from prodigy_tui.tui.model.text import clock, safe
from prodigy_tui.tui.viewing import Viewing

if TYPE_CHECKING:
    from prodigy_tui.tui.model.compare import Comparison, Moment
    from prodigy_tui.tui.model.jump import Jump, Sought


class Turner(Protocol):
    """Turns the interface to another feed."""

    def look_back(self, past: ReplayFeed) -> None: ...
    def back(self) -> bool: ...


class Teller(Protocol):
    """Says what came of it."""

    def say(self, text: str) -> None: ...
    def open_comparison(self, comparison: "Comparison") -> None: ...


class Travel:
    """The traveller of one app."""

    def __init__(self, turner: Turner, teller: Teller, viewing: Viewing, model: RunModel) -> None:
        self._turner = turner
        self._teller = teller
        self._viewing = viewing
        self._model = model
        self._bookmarks = Bookmarks(None)
        self._bookmarks_of: tuple[int, object] | None = None
        self._other: Moment | None = None
        self._searching = 0

    # Into the past and back.

    def no_past(self) -> str:
        """Returns why the past cannot be looked at; empty when it can, or is already."""
        feed = self._viewing.shown
        if isinstance(feed, ReplayFeed):
            return ""
        if not isinstance(feed, LiveFeed):
            return "no run is shown"
        if feed.timeline is None:
            return "the record of this run is not at hand"
        return "" if feed.timeline.last_seq else "nothing has happened yet"

    def look_back(self) -> ReplayFeed | None:
        """Shows the past of the live run, at the present moment; of a past that is shown already, just returns it."""
        feed = self._viewing.shown
        if isinstance(feed, ReplayFeed):
            return feed
        if self.no_past() or not isinstance(feed, LiveFeed) or feed.timeline is None:
            return None
        past = ReplayFeed(feed.timeline, clock=feed.clock)
        past.seek(feed.timeline.last_seq)
        self._other = None
        self._turner.look_back(past)
        return past

    def shift(self, seconds: float) -> None:
        """Goes some time back, or on; from a live run into its past, and from there past its last event back to it."""
        replay = self._viewing.replay
        if replay is None:
            replay = self.look_back() if seconds < 0 else None
            if replay is not None:
                replay.seek_time(min(replay.end, self._now()) + timedelta(seconds=seconds))
            return
        if seconds > 0 and self._viewing.is_rewound and replay.now() + timedelta(seconds=seconds) > replay.end:
            self.to_live()
            return
        replay.skip(seconds)

    def no_live(self) -> str:
        """Returns why there is no way back to a live run; empty when there is."""
        if self._viewing.is_rewound or (self._viewing.live is not None and not self._viewing.at_home):
            return ""
        return "no run is live here"

    def to_live(self) -> None:
        """Goes back to the live run."""
        self._other = None
        self._turner.back()

    def step_out(self) -> bool:
        """One level back: a moment chosen to compare with is dropped, then the past of a live run is left."""
        if self._other is not None:
            self._other = None
            if self._viewing.replay is not None:
                self._viewing.replay.show_anew()
            return True
        if self._viewing.is_rewound:
            self.to_live()
            return True
        return False

    # Places.

    def jump(self, text: str) -> str:
        """Goes to a place in time as people type it; returns what is wrong with it, or nothing."""
        from prodigy_tui.tui.model.jump import HINT, Sought, parse_jump, shared_place
        from prodigy_tui.tui.model.seeking import wrong_with

        if (shared := shared_place(text)) is not None:
            name, text = shared
            run_id = self._model.state.run_id
            if not run_id.startswith(name):
                command = f"prodigy-tui replay {safe(name)} --at '@{safe(text)}'"
                return f"this is run {safe(run_id)}; {command} opens the other"
        if wrong := self.no_past():
            return wrong
        now, start = self._now(), self._model.state.started_at
        replay = self._viewing.replay
        start = replay.start if replay is not None else start
        if start is None:
            return HINT
        place = parse_jump(text, now, start, self._model.zone)
        if isinstance(place, str):
            return place
        newest = replay.timeline.newest if replay is not None else self._model.state
        if isinstance(place, Sought) and (wrong := wrong_with(place, newest)):
            return wrong
        replay = self.look_back()
        if replay is not None:
            self._go(replay, place)
        return ""

    def _go(self, replay: ReplayFeed, place: "Jump") -> None:
        from prodigy_tui.tui.model.jump import Sought
        from prodigy_tui.tui.model.seeking import find

        if not isinstance(place, Sought):
            replay.playing = False
            replay.go(place)
            return
        search = find(place, replay.timeline, replay.cursor, self._model.state, self.bookmarks.all)
        self._searching += 1
        asyncio.get_running_loop().create_task(self._search(replay, search, place, self._searching))

    async def _search(self, replay: ReplayFeed, search: Callable[[], int | None], place: "Sought", number: int) -> None:
        """Looks for it in a thread; whoever moves on meanwhile is not pulled back."""
        cursor = replay.cursor
        found = await asyncio.to_thread(search)
        if number != self._searching or replay.cursor != cursor or self._viewing.replay is not replay:
            return
        if found is None:
            what = f"{place.item} {place.what}".strip()
            self._teller.say(f"no later moment with {safe(what)}" + (" so far" if replay.reading is not None else ""))
        else:
            replay.playing = False
            replay.seek(found)

    def position(self) -> str:
        """Returns the moment that is shown, for others to go to; empty when no run is shown."""
        from prodigy_tui.tui.model.jump import position_text

        state = self._model.state
        replay = self._viewing.replay
        start = replay.start if replay is not None else state.started_at
        if start is None or not state.run_id:
            return ""
        now = self._now()
        if replay is not None:
            rounded = now + timedelta(microseconds=-now.microsecond % 1000)
            if replay.timeline.seq_at(rounded) == replay.cursor:
                now = rounded
        return position_text(state.run_id, now, start, self._model.zone)

    # Marks and bookmarks.

    @property
    def bookmarks(self) -> Bookmarks:
        """Those of the run that is shown."""
        of = (self._model.epoch, self._viewing.world)
        if self._bookmarks_of is None or self._bookmarks_of[0] != of[0] or self._bookmarks_of[1] is not of[1]:
            self._bookmarks_of = of
            self._bookmarks = Bookmarks(self._viewing.world.bookmarks)
        return self._bookmarks

    def to_mark(self, direction: int) -> bool:
        """Goes to the next mark or bookmark, or the previous one; returns whether there is any."""
        replay = self._viewing.replay
        if replay is None:
            return False
        cursor, timeline = replay.cursor, replay.timeline
        if direction > 0:
            mark, bookmark = timeline.mark_after(cursor), self.bookmarks.after(cursor)
        else:
            mark, bookmark = timeline.mark_before(cursor), self.bookmarks.before(cursor)
        seqs = [one.seq for one in (mark, bookmark) if one is not None]
        if not seqs:
            return False
        replay.playing = False
        replay.go(min(seqs) if direction > 0 else max(seqs))
        return True

    def bookmark(self, name: str = "") -> None:
        """Sets a bookmark here, or gives the one that is here a name; without a name the one here is taken away."""
        replay = self._viewing.replay
        if replay is None:
            return
        here = self.bookmarks.at(replay.cursor)
        if here is not None and not name:
            trouble, told = self.bookmarks.drop(here.seq), f"bookmark {safe(here.name)} taken away"
        else:
            name = name or clock(replay.now(), self._model.zone)
            made = Bookmark(seq=replay.cursor, at=replay.now(), name=name)
            trouble, told = self.bookmarks.put(made), f"bookmark {safe(name)}"
        replay.show_anew()
        self._teller.say(f"{told}: {trouble}" if trouble else told)

    # Two moments.

    @property
    def other(self) -> "Moment | None":
        """The moment chosen to compare with."""
        return self._other

    def compare(self) -> None:
        """Chooses this moment to compare with; at another moment, compares the two."""
        replay, here = self._viewing.replay, self._here()
        if replay is None or here is None:
            return
        replay.show_anew()
        if self._other is None:
            self._other = here
            self._teller.say("this moment is kept: go to another one and press c again · esc forgets it")
        elif self._other.seq == here.seq:
            self._other = None
            self._teller.say("nothing to compare with any more")
        else:
            self._compare(self._other, here)

    def compare_with(self, text: str) -> str:
        """Compares this moment with a place in time, or with a bookmark; returns what is wrong with it, or nothing."""
        from prodigy_tui.tui.model.jump import HINT, Sought, parse_jump

        replay, here = self._viewing.replay, self._here()
        if replay is None or here is None:
            return "only in a replay"
        named = next((one for one in self.bookmarks.all if one.name.casefold() == text.strip().casefold()), None)
        place: Jump | str = (
            named.seq if named is not None else parse_jump(text, replay.now(), replay.start, self._model.zone)
        )
        if isinstance(place, Sought | str):
            return place if isinstance(place, str) else f"{HINT}, or the name of a bookmark"
        seq = place if isinstance(place, int) else replay.timeline.seq_at(place)
        if seq > replay.timeline.last_seq and not replay.timeline.whole:
            return "that moment has not been read yet"
        seq = min(max(seq, 1), replay.timeline.last_seq)
        if seq == here.seq:
            return "that is this moment"
        self._compare(self._moment(replay, seq), here)
        return ""

    def _compare(self, before: "Moment", here: "Moment") -> None:
        from prodigy_tui.tui.model.compare import compare

        self._teller.open_comparison(compare(before, here))

    def _here(self) -> "Moment | None":
        replay = self._viewing.replay
        return self._moment(replay, replay.cursor) if replay is not None else None

    def _moment(self, replay: ReplayFeed, seq: int) -> "Moment":
        from prodigy_tui.tui.model.compare import Moment

        state = replay.timeline.state_at(seq)
        at = replay.now() if seq == replay.cursor else (replay.timeline.at(seq) or replay.now())
        return Moment(state=state, at=at, seq=seq)

    # What can be done about the present from the past.

    @property
    def present(self) -> RunState | None:
        """The run as it is now, while its past is shown."""
        return self._viewing.live_state if self._viewing.is_rewound else None

    def send_now(self, signal: SignalReceived) -> None:
        """Hands a signal to the run whose past is shown."""
        live = self._viewing.live
        if self._viewing.is_rewound and live is not None and live.world.control is not None:
            live.world.control.send(signal)

    def no_retry_now(self, item_id: str | None) -> str:
        """Returns why an item cannot be retried now, while the past is shown; empty when it can."""
        present, live = self.present, self._viewing.live
        if present is None or live is None:
            return "only in the past of a live run"
        if live.world.control is None:
            return "another process drives this run"
        item = present.items.get(item_id or "")
        if item is None:
            return "select an agent"
        if is_over(present) and item.status not in ("dead", "skipped", "cancelled"):
            return "the run is over"
        ready = item.status in ("dead", "skipped", "cancelled")
        return "" if ready else f"{safe(item.item.id)} is {item.status} now: only what failed for good can be retried"

    def _now(self) -> datetime:
        return self._viewing.now()
