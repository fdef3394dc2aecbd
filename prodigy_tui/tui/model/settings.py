"""The lines of the settings screen: what can be chosen, in which order, and in which words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from prodigy_tui.tui.model.text import span
from prodigy_tui.tui.preferences import Preferences

Value: TypeAlias = str | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One preference."""

    name: str
    """Its field of `Preferences`."""
    caption: str
    about: str
    values: tuple[tuple[Value, str], ...]
    """The values and the words for them."""

    def words(self, value: Value) -> str:
        """Returns the word for a value, also for one that cannot be chosen here."""
        found = next((word for known, word in self.values if known == value), "")
        return found or (span(value) if isinstance(value, float) else str(value))

    def next(self, value: Value, direction: int) -> Value:
        """Returns the value after this one, round and round; from one that is not listed, the next listed one."""
        known = [one for one, _ in self.values]
        if value in known:
            return known[(known.index(value) + direction) % len(known)]
        if isinstance(value, float):
            nearest = min(range(len(known)), key=lambda place: abs(float(known[place]) - value))
            return known[nearest]
        return known[0]


_ON_OFF: Final = ((True, "on"), (False, "off"))


def settings(themes: Sequence[str]) -> tuple[Setting, ...]:
    """Returns all settings, with the themes that there are."""
    return (
        Setting(
            name="theme",
            caption="Theme",
            about="as the terminal: dark, or mono where NO_COLOR is set",
            values=(("", "as the terminal"), *((theme, theme) for theme in themes)),
        ),
        Setting(
            name="glyphs",
            caption="Glyphs",
            about="ASCII for fonts and terminals without ● ✗ ▁",
            values=(("auto", "as the terminal"), ("unicode", "unicode"), ("ascii", "ASCII")),
        ),
        Setting(
            name="density",
            caption="Density",
            about="dense: no activity log, thinner frames",
            values=(("roomy", "roomy"), ("dense", "dense")),
        ),
        Setting(
            name="motion",
            caption="Motion",
            about="reduced: nothing blinks, four frames a second",
            values=(("full", "full"), ("reduced", "reduced")),
        ),
        Setting(
            name="mouse",
            caption="Mouse",
            about="off: the terminal selects text; from the next start on",
            values=_ON_OFF,
        ),
        Setting(
            name="stalled_after_s",
            caption="Stalled after",
            about="silence after which an agent is shown as stalled",
            values=tuple((float(seconds), span(seconds)) for seconds in (30, 60, 120, 300, 600, 1800)),
        ),
        Setting(name="bell", caption="Bell", about="rings when something waits for you", values=_ON_OFF),
        Setting(
            name="notify",
            caption="Notifications",
            about="on the desktop, while the terminal is not in front",
            values=(("unfocused", "when away"), ("never", "never")),
        ),
        Setting(name="blink", caption="Title blinks", about="while something waits for you", values=_ON_OFF),
    )


def value_of(preferences: Preferences, setting: Setting) -> Value:
    """Returns what a preference is."""
    value: Value = getattr(preferences, setting.name)
    return value
