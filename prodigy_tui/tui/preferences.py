"""How a person likes the interface, and what it remembers of them: one value, kept between calls of the program.

`cli` hands in where it is kept. Nothing here knows a widget: whoever looks different asks `Personal.preferences`, and
`Personal.watch` tells when to look again.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from prodigy_tui.tui.model.glance import STALLED_AFTER_S

PRESETS: Final = tuple("123456789")
RECENT: Final = 12
"""So many commands are remembered as used lately."""


class Preferences(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the interface looks and behaves. What a newer program has written besides is left out, not refused."""

    theme: str = ""
    """The name of a theme; empty: one that suits the terminal."""
    glyphs: Literal["auto", "unicode", "ascii"] = "auto"
    """Auto: ASCII where the terminal or its locale has no more."""
    motion: Literal["full", "reduced"] = "full"
    """Reduced: nothing blinks, nothing scrolls smoothly, four frames a second."""
    mouse: bool = True
    """Read when the interface starts; without it the terminal's own selection works."""
    stalled_after_s: Annotated[float, Meta(ge=5, le=86_400)] = STALLED_AFTER_S
    """Seconds of silence after which a running agent counts as stalled."""
    bell: bool = True
    """Whether the terminal rings when something waits for a person."""
    notify: Literal["never", "unfocused"] = "unfocused"
    """When the desktop is notified; never while the terminal has the focus."""
    blink: bool = True
    """Whether the terminal's title blinks while something waits for a person."""
    density: Literal["roomy", "dense"] = "roomy"
    """Dense: no activity log and no frames between panes."""


class Preset(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A layout of the fleet that was saved under a digit."""

    about: str = ""
    panes: tuple[str, ...] = ()
    """What is shown besides, or instead of, the list."""
    columns: tuple[str, ...] = ()
    sort: str = ""
    reverse: bool = False
    group: str = ""
    filter: str = ""
    failures: bool = False


class Kept(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that is kept."""

    preferences: Preferences = Preferences()
    help_used: bool = False
    """Whether the keys of a place have ever been looked up; then nobody points to them any more."""
    recent: tuple[str, ...] = ()
    """Ids of the actions used lately, the last one first."""
    presets: dict[Annotated[str, Meta(pattern="^[1-9]$")], Preset] = {}


class KeptStore(Protocol):
    """Where it is kept."""

    def load(self) -> Kept:
        """Returns what is kept; what cannot be read counts as nothing."""
        ...

    def save(self, change: Callable[[Kept], Kept]) -> str:
        """Changes what is kept, also by other interfaces meanwhile; returns why that cannot be, or nothing."""
        ...


class Personal:
    """What is kept of the person in front of one interface, at work."""

    def __init__(self, store: KeptStore | None = None) -> None:
        self._store = store
        # Where nothing is kept, nobody would ever get rid of what points to the keys.
        self._kept = store.load() if store is not None else Kept(help_used=True)
        self._shown: Preferences | None = None
        self._watchers: list[Callable[[], object]] = []

    @property
    def kept(self) -> Kept:
        """Everything that is kept."""
        return self._kept

    @property
    def preferences(self) -> Preferences:
        """How the interface is to look now; while a choice is only tried, that choice."""
        return self._shown or self._kept.preferences

    def watch(self, changed: Callable[[], object]) -> None:
        """Calls `changed` whenever the preferences differ."""
        self._watchers.append(changed)

    def try_out(self, **values: Any) -> None:
        """Shows how preferences would look, without keeping them; nothing given: those that are kept."""
        shown = replace(self._kept.preferences, **values) if values else None
        self._tell(shown)

    def prefer(self, **values: Any) -> str:
        """Keeps preferences; returns why they will be forgotten at the end, or nothing."""
        return self.keep(lambda kept: replace(kept, preferences=replace(kept.preferences, **values)))

    def used_help(self) -> None:
        """The keys have been looked up."""
        if not self._kept.help_used:
            self.keep(lambda kept: replace(kept, help_used=True))

    def used(self, action: str) -> None:
        """An action was chosen by its name."""
        self.keep(lambda kept: replace(kept, recent=(action, *(old for old in kept.recent if old != action))[:RECENT]))

    def keep(self, change: Callable[[Kept], Kept]) -> str:
        """Changes what is kept; returns why it will be forgotten at the end, or nothing."""
        self._kept = change(self._kept)
        trouble = self._store.save(change) if self._store is not None else "nothing is kept here"
        self._tell(None)
        return trouble

    def _tell(self, shown: Preferences | None) -> None:
        before = self.preferences
        self._shown = shown
        if self.preferences != before:
            for changed in self._watchers:
                changed()
