"""What happened that a person should not miss: alike facts are one line with a count, until it has been read.

Fed once a frame with the events that came. Messages that vanish by themselves are kept here as well.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from prodigy_tui.events import schema as ev
from prodigy_tui.events.schema import Envelope
from prodigy_tui.events.state import RunState
from prodigy_tui.tui.model.line import Role
from prodigy_tui.tui.model.text import agent_name, safe
from prodigy_tui.wording import plural

Kind: TypeAlias = Literal["waits", "landing", "dead", "limited", "held", "stops", "ended", "warned", "said"]
URGENT: Final[frozenset[Kind]] = frozenset({"waits", "landing", "held", "stops", "ended"})
"""What is worth to be told outside of the terminal."""
_MOST: Final = 200
_NAMES: Final = 3
_ROLES: Final[dict[Kind, Role]] = {
    "waits": "warning",
    "landing": "warning",
    "dead": "error",
    "limited": "warning",
    "held": "error",
    "stops": "error",
    "ended": "strong",
    "warned": "warning",
    "said": "muted",
}


class Notice(Struct, frozen=True, kw_only=True):
    """Alike facts."""

    kind: Kind
    first_at: datetime
    last_at: datetime
    text: str
    """What the last of them was."""
    count: int = 1
    about: tuple[str, ...] = ()
    """Short names of the first agents it was about."""
    item_id: str | None = None
    """The item of the last of them, to go to."""
    read: bool = False

    @property
    def role(self) -> Role:
        return "muted" if self.read else _ROLES[self.kind]

    @property
    def told(self) -> str:
        """Returns all of them in one sentence."""
        if self.count == 1:
            return f"{self.about[0]} {self.text}" if self.about else self.text
        match self.kind:
            case "waits":
                return f"{plural(self.count, 'question')} {'wait' if self.count > 1 else 'waits'} for you{self._names}"
            case "dead":
                return f"{plural(self.count, 'agent')} failed for good{self._names}: {self.text}"
            case "limited" | "warned" | "said" | "held" | "stops" | "landing" | "ended":
                return f"{self.text} (×{self.count})"

    @property
    def _names(self) -> str:
        if not self.about:
            return ""
        more = self.count - len(self.about)
        return f" ({', '.join(self.about)}{f' and {more} more' if more > 0 else ''})"


class _Retries(Struct, eq=False):
    """Items that went back to work together."""

    ended: int = 0
    failed: int = 0


class Notices:
    """All notices of one run, the latest first."""

    def __init__(self) -> None:
        self._all: OrderedDict[tuple[str, ...], Notice] = OrderedDict()
        self._read = 0
        self._seq = 0
        self._watched: dict[str, _Retries] = {}
        """Items that a person has given back to work, and that have not ended again."""
        self._retries: list[tuple[str, bool]] = []

    def watch(self, items: Iterable[str]) -> None:
        """Says, when the last of these items has ended, how that went."""
        together = _Retries()
        self._watched.update(dict.fromkeys(items, together))

    def retries_told(self) -> list[tuple[str, bool]]:
        """Returns, once, how watched items have ended, and whether badly."""
        told, self._retries = self._retries, []
        return told

    def _look_at_watched(self, event: object, at: datetime, state: RunState) -> None:
        item = state.items.get(getattr(event, "item_id", None) or "")
        if item is None or item.item.id not in self._watched:
            return
        together, why = self._watched[item.item.id], ""
        match event:
            case ev.ItemDeadLettered(failure=failure):
                together.failed += 1
                why = f": {safe(failure.message, 240)}"
            case ev.MergeFinished(status="merged"):
                pass
            case _:
                return
        del self._watched[item.item.id]
        together.ended += 1
        if together in self._watched.values():
            return
        failed = together.failed > 0
        if together.ended > 1:
            several = plural(together.ended, "item")
            told = f"{together.failed} of {several} failed again" if failed else f"all {several} went well this time"
        else:
            name = f"{agent_name(item.position)} {safe(item.item.label or item.item.id, 60)}"
            told = f"{name} failed again{why}" if failed else f"{name} went well this time"
        self._retries.append((told, failed))
        self.say(told, at)

    def take(self, envelopes: Iterable[Envelope], state: RunState) -> list[Notice]:
        """Takes events in, each once however often it comes; returns the notices that are new, or have become more."""
        changed: dict[tuple[str, ...], Notice] = {}
        # Of messages, which are most of all events, none is a notice: they are left out in a third of the time.
        for envelope in [one for one in envelopes if type(one.event) is not ev.AgentMessage]:
            if envelope.seq <= self._seq:
                continue
            self._seq = envelope.seq
            if self._watched:
                self._look_at_watched(envelope.event, envelope.at, state)
            found = _KINDS.get(type(envelope.event))
            told = _tell(envelope.event) if found is not None else None
            if found is None or told is None:
                continue
            item_id = getattr(envelope.event, "item_id", None)
            item = state.items.get(item_id or "")
            about = agent_name(item.position) if item is not None else ""
            key, notice = self._add(found, told, envelope.at, about, item_id)
            changed[key] = notice
        return list(changed.values())

    def say(self, text: str, at: datetime) -> None:
        """Keeps a message that vanishes from the screen."""
        self._add("said", text, at, "", None)

    def _add(
        self, kind: Kind, text: str, at: datetime, about: str, item_id: str | None
    ) -> tuple[tuple[str, ...], Notice]:
        text = safe(text, 300)
        # Questions and failures are one line together; anything else only with what says the same.
        key = (kind, str(self._read)) if kind in ("waits", "dead") else (kind, str(self._read), text)
        before = self._all.pop(key, None)
        if before is None:
            notice = Notice(
                kind=kind, first_at=at, last_at=at, text=text, about=(about,) if about else (), item_id=item_id
            )
        else:
            names = before.about if not about or about in before.about else (*before.about, about)
            notice = replace(
                before, last_at=at, text=text, count=before.count + 1, about=names[:_NAMES], item_id=item_id
            )
        self._all[key] = notice
        while len(self._all) > _MOST:
            self._all.popitem(last=False)
        return key, notice

    def newest_first(self) -> list[Notice]:
        """Returns all of them."""
        return list(reversed(self._all.values()))

    @property
    def unread(self) -> int:
        """How many have not been read; what was only said on the screen does not count."""
        return sum(not notice.read and notice.kind != "said" for notice in self._all.values())

    def mark_read(self) -> None:
        """A person has read them; what is alike from now on is a line of its own."""
        self._read += 1
        self._all = OrderedDict((key, replace(notice, read=True)) for key, notice in self._all.items())

    def clear(self) -> None:
        """Another run is shown."""
        self._all.clear()
        self._watched.clear()
        self._seq = 0


_KINDS: Final[dict[type, Kind]] = {
    ev.GateOpened: "waits",
    ev.ItemDeadLettered: "dead",
    ev.ProviderLimited: "limited",
    ev.DiskRefused: "held",
    ev.StopDecided: "stops",
    ev.RunFinished: "ended",
    ev.WarningRaised: "warned",
    ev.LandingFinished: "landing",
}


def _tell(event: object) -> str | None:
    match event:
        case ev.GateOpened(question=question):
            return f"waits for you: {question}"
        case ev.ItemDeadLettered(failure=failure):
            return failure.message
        case ev.ProviderLimited(provider=provider, message=message):
            return f"{provider} is at its limit{f': {message}' if message else ''}"
        case ev.DiskRefused(message=message):
            return f"the run holds still: {message}"
        case ev.StopDecided(message=message):
            return f"the run stops: {message}"
        case ev.RunFinished(landed=target, message=message) if target:
            return f"landed on {target}: {message}"
        case ev.RunFinished(status=status, message=message):
            return f"the run {status}{f': {message}' if message else ''}"
        case ev.WarningRaised(message=message):
            return f"warning: {message}"
        case ev.LandingFinished(status=status, target=target, message=message):
            return f"landed on {target}" if status == "landed" else f"landing {status}: {message}"
        case _:
            return None
