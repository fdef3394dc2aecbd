"""The literals of language 3 by their spelling: text in, value out; `ValueError` or None when it is none."""

import re

from prodigy_tui.workflow.scalars import to_number

MAX_DURATION_S = 366 * 86_400.0
_UNITS = {
    "ns": 1e-9,
    **dict.fromkeys(("us", "µs", "μs"), 1e-6),
    "ms": 1e-3,
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}
_PART = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?)([a-zµμ]+) *")
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_REFERENCES = re.compile(r"\s*(?:\$\{(?:[^{}]|\{[^{}]*\})*+\}|\$[A-Za-z0-9_]+)+\s*")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OCTAL = re.compile(r"(?:0o)?[0-7]{1,5}")
_LONGEST_LATE = 4096
_DURATION_FORM = "a duration is written like 90, 30s or 1h30m"


def parse_duration(text: str) -> float | None:
    """Returns seconds; None for `none`, which is no limit.

    Raises:
        ValueError: it is no duration, or not between 0 and 366 days.
    """
    text = text.strip()
    if text == "none":
        return None
    number = to_number(text)
    seconds = _sum_of_parts(text) if number is None else float(min(number, MAX_DURATION_S * 2))
    if seconds < 0:
        raise ValueError("a duration cannot be negative")
    if seconds > MAX_DURATION_S:
        raise ValueError("a duration is at most 366 days")
    return seconds


def _sum_of_parts(text: str) -> float:
    """Adds up `1m30s`; the units get strictly smaller."""
    at, seconds, last = 0, 0.0, float("inf")
    while at < len(text) or not text:
        part = _PART.match(text, at)
        unit = _UNITS.get(part.group(2)) if part else None
        if part is None or unit is None:
            raise ValueError(_DURATION_FORM)
        if unit >= last:
            raise ValueError("the units of a duration get smaller from left to right, each at most once")
        seconds += float(part.group(1)) * unit
        at, last = part.end(), unit
    return seconds


def parse_boolean(text: str) -> bool | None:
    """Returns the boolean that `text` spells in any case, or None."""
    return _BOOLEANS.get(text.strip().lower())


def parse_integer(text: str) -> int | None:
    """Returns the whole number that `text` spells, or None."""
    number = to_number(text.strip())
    if isinstance(number, float):
        return int(number) if number.is_integer() else None
    return number


def parse_file_mode(text: str) -> int | None:
    """Returns the file mode that `text` spells in octal, or None."""
    text = text.strip()
    if not _OCTAL.fullmatch(text):
        return None
    mode = int(text.removeprefix("0o"), 8)
    return mode if mode <= 0o7777 else None


def as_word(text: str) -> str:
    """Returns an enumeration's word in snake_case (`PerAgent`, `per-agent` and `PER_AGENT` are `per_agent`)."""
    return _CAMEL.sub("_", text.strip()).replace("-", "_").lower()


def is_late(text: str) -> bool:
    """Tells whether `text` is made of references only, so that its value is known when its context starts."""
    return len(text) <= _LONGEST_LATE and _REFERENCES.fullmatch(text) is not None


def path_fault(path: str) -> str:
    """Returns why a path leaves the worktree or enters `.git` as far as its spelling tells, or an empty text."""
    if path.startswith("/"):
        return "an absolute path leaves the worktree"
    parts = path.split("/")
    if ".." in parts:
        return "'..' leaves the worktree"
    if any(part.lower() == ".git" for part in parts):
        return "'.git' is never written"
    return ""
