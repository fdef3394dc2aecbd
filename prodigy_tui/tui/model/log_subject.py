"""Whose log is shown, and what the frame around it says."""

from collections.abc import Iterable
from heapq import nlargest

from msgspec import Struct

from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.cells import item_name
from prodigy_tui.tui.model.line import Line, Span
from prodigy_tui.tui.model.log_picture import LogPicture
from prodigy_tui.tui.model.log_source import EPOCH
from prodigy_tui.tui.model.output import stem_of
from prodigy_tui.tui.model.rows import Row
from prodigy_tui.tui.model.text import agent_name, clip, safe
from prodigy_tui.wording import plural

_LONGEST_QUERY = 24


class Subject(Struct, frozen=True, kw_only=True):
    """One row's log, or those of several as one."""

    row: Row | None = None
    attempt: int = 0
    """Which attempt at the item; 0: the last, whichever that is by now."""
    stream: str = ""
    """The output that it is, where that belongs to no row."""
    merged: tuple[str, ...] | None = None
    """The items whose logs are merged; empty: all that are at work, as they come."""

    def title(self, state: RunState) -> str:
        """Returns what the log is called."""
        if self.merged is not None:
            return "merged log · " + (plural(len(self.merged), "agent") if self.merged else "agents at work")
        if self.stream:
            return self.stream.rpartition("/")[2]
        row = self.row
        if row is None:
            return "no output"
        if row.kind == "gate":
            return "question"
        item = state.items.get(row.id) if row.kind == "item" else None
        if item is None:
            return safe(row.id.partition("/")[0])
        name = f"{agent_name(item.position)} {item_name(item)}"
        attempt = self.attempt or item.attempt
        tries = f"try {attempt} of {item.attempt}" if self.attempt and attempt != item.attempt else f"try {attempt}"
        return f"{name} · {tries}" if item.attempt > 1 else name

    def file_name(self, picture: LogPicture, state: RunState) -> str:
        """Returns what a file with it may be called."""
        if self.merged is not None:
            return "merged.log"
        item = state.items.get(self.row.id) if self.row is not None and self.row.kind == "item" else None
        name = f"{agent_name(item.position)}-{self.attempt or item.attempt}" if item is not None else self.title(state)
        what = "-found" if picture.filtered else ""
        return "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in name) + f"{what}.log"


def at_work(state: RunState) -> tuple[str, ...]:
    """Returns the items whose agents are at work, by their place in the run."""
    busy = [item_id for item_id in state.slots.values() if item_id in state.items]
    return tuple(sorted(busy, key=lambda item_id: state.items[item_id].position))


def lately_at_work(state: RunState, most: int) -> tuple[str, ...]:
    """Returns the items of which something was heard last, by their place in the run; looks at all of them."""
    begun = [item for item in state.items.values() if item.attempt and item.last_at is not None]
    latest = nlargest(most, begun, key=lambda item: (item.last_at or EPOCH, item.position))
    return tuple(item.item.id for item in sorted(latest, key=lambda item: item.position))


def logs_of(items: Iterable[str], state: RunState) -> list[tuple[str, str]]:
    """Returns the names and streams of the logs of some items."""
    found = []
    for item_id in items:
        stem = stem_of(Row("item", item_id), state)
        if stem.startswith("items/"):
            found.append((agent_name(state.items[item_id].position), stem))
    return found


def stem_of_subject(subject: Subject, state: RunState) -> str:
    """Returns the stream of a log that is one row's."""
    return subject.stream or stem_of(subject.row, state, subject.attempt)


def standing(picture: LogPicture, *, following: bool, unseen: int, cursor: int, wrap: bool) -> Line:
    """Returns what the lower edge of the frame says: how much there is, what is looked for, whether it moves."""
    source, search = picture.source, picture.search
    known = source.count - source.first
    if not known:
        return ()
    spans: list[Span] = []
    if search is not None:
        if search.problem:
            return ((safe(search.problem), "error"),)
        sought = search.query.text if search.query is not None else "standard error"
        found = len(search.hits)
        place = search.place_of(cursor) if not following and found else found
        around = {None: "all lines", 0: "matches only"}.get(search.context, f"±{search.context}")
        spans += [
            (f"/{clip(safe(sought), _LONGEST_QUERY)} ", "primary"),
            (f"{place:,}/{found:,}{'…' if search.more else ''}", "strong" if found else "error"),
            (f" · {around} · ", "muted"),
        ]
    spans.append((plural(known, "line"), "muted" if following else "warning"))
    if wrap:
        spans.append((" · wrap", "muted"))
    if following:
        spans.append((" · follows ●", "muted"))
    else:
        spans.append((f" · held ○ · f follows{f' · +{unseen:,} new' if unseen else ''}", "warning"))
    return tuple(spans)
