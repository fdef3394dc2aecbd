"""Makes foreign text safe to draw and fits it into cells; times and amounts in few characters."""

import re
from datetime import datetime, tzinfo
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

_ESCAPES = (
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # OSC, DCS and the like, up to their end
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
INVISIBLE = "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
_CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
"""These three are compiled when there is something to take out: sets so large take a while, 1 % of a start."""
_SUSPECT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
TAB = 4
LONGEST = 4096
"""Characters of one line that are looked at; what follows cannot be seen anyway."""


def safe(text: str, longest: int = LONGEST) -> str:
    """Returns `text` as one line without anything that a terminal would act on.

    Escape sequences, direction marks and joiners go; other control characters become their pictures. Without joiners
    the parts of an emoji stand side by side, each as wide as every terminal thinks it is.
    """
    cut = text[:longest]
    if _SUSPECT.search(cut) is None:
        return cut
    cut = re.sub(_ESCAPES, "", cut)
    cut = re.sub(INVISIBLE, "", cut).rstrip("\r\n").expandtabs(TAB)
    return re.sub(_CONTROL, picture_of, cut)


def picture_of(match: re.Match[str]) -> str:
    """Returns what stands for a control character."""
    code = ord(match[0])
    if code < 0x20:
        return " " if code in (0x0A, 0x0D) else chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return " " if code in (0x2028, 0x2029) else "\ufffd"


def clip(text: str, width: int) -> str:
    """Returns `text` in at most `width` cells, with an ellipsis when something was cut."""
    if width <= 0:
        return ""
    if len(text) * 2 <= width or width_of(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def clip_name(text: str, width: int) -> str:
    """Returns the name of an item in at most `width` cells; of a path the end stays, which tells it from the others."""
    if "/" not in text or cell_len(text) <= width or width <= 1:
        return clip(text, width)
    tail = text[-(width - 1) :]
    while cell_len(tail) > width - 1:
        tail = tail[1:]
    return "…" + tail


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Returns `text` in exactly `width` cells."""
    clipped = clip(text, width)
    blank = " " * max(0, width - width_of(clipped))
    return blank + clipped if right else clipped + blank


def width_of(text: str) -> int:
    """Returns the cells that `text` takes, which is safe: control characters would count as any other."""
    return len(text) if text.isascii() else cell_len(text)


def span(seconds: float) -> str:
    """Returns a duration in at most five characters: `41s`, `12m`, `3h04`, `2d`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 10:
        return f"{minutes}m{rest:02d}"
    if minutes < 60:
        return f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02d}"
    return f"{hours // 24}d{hours % 24:02d}"


def stopwatch(seconds: float) -> str:
    """Returns a duration as `hh:mm:ss`, or `mm:ss` below an hour."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


@lru_cache(maxsize=512)
def clock(at: datetime, zone: tzinfo | None) -> str:
    """Returns the time of day in `zone`, by default the machine's own."""
    return f"{at.astimezone(zone):%H:%M:%S}"


def amount(number: int) -> str:
    """Returns a count in at most five characters: `812`, `61k`, `1.2M`."""
    if number < 1000:
        return str(number)
    if number < 1_000_000:
        thousands = number / 1000
        return f"{thousands:.1f}k" if thousands < 9.95 else f"{thousands:.0f}k"
    return f"{number / 1_000_000:.1f}M"


def agent_name(position: int) -> str:
    """Returns the short name of the item at `position`: `a017`."""
    return f"a{position:03d}"
