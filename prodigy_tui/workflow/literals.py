"""The literals of language 3 by their spelling: text in, value out; `ValueError` or None when it is none."""

import re

from prodigy_tui.workflow.references import parse_reference
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
_PART = re.compile(r"([0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,4})?)([a-zµμ]+) *")
_SIZE = re.compile(r"([0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,2})?) *([A-Za-z]+)")
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_MOST_BYTES = 2**63 - 1
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_SHORT_REFERENCE = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+)")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OCTAL = re.compile(r"(?:0o)?[0-7]{1,5}")
_LONGEST_LATE = 4096
_DURATION_FORM = "a duration is written like 90, 30s or 1h30m"
_RATIO_FORM = "a ratio is written like 80%, 0.8 or 80"
_SCORE_FORM = "a score is written like 80%, 80 or 0.8"
_SIZE_FORM = "a size is written like 4096, 64KiB or 1.5GB"


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


def parse_number(text: str) -> int | float:
    """Returns the number that `text` spells.

    Raises:
        ValueError: it is none.
    """
    number = to_number(text.strip())
    if number is None:
        raise ValueError("a number is needed")
    return number


def parse_ratio(text: str) -> float:
    """Returns a part of a whole, 0 to 1 (language 3.3): `80%` and `80` are 0.8, and so is `0.8`; `1` is all of it.

    Raises:
        ValueError: it is no number, or not between 0 and 100 %.
    """
    value, percent = _amount(text, _RATIO_FORM)
    return _within(float(value) / 100 if percent or value > 1 else float(value), 1.0)


def parse_score(text: str) -> float:
    """Returns points, 0 to 100 (language 3.3): `80%` and `80` are 80, and so is `0.8`; the integer `1` is one point.

    Raises:
        ValueError: it is no number, or not between 0 and 100.
    """
    value, percent = _amount(text, _SCORE_FORM)
    is_fraction = isinstance(value, float) and value <= 1 and not percent
    return _within(_hundredfold(value) if is_fraction else float(value), 100.0)


def score_of_data(data: object) -> float:
    """Returns the score that a value of JSON data is: its type stands for the spelling.

    Raises:
        ValueError: it is no number and no text that spells a score, or not between 0 and 100.
    """
    if isinstance(data, str):
        return parse_score(data)
    if isinstance(data, int | float) and not isinstance(data, bool):
        return parse_score(repr(data))
    raise ValueError(_SCORE_FORM)


def is_one(text: str) -> bool:
    """Tells whether `text` is the integer 1, which is one point as a score and everything as a ratio (PT117)."""
    number = to_number(text.strip())
    return isinstance(number, int) and number == 1


def parse_size(text: str) -> int:
    """Returns a number of bytes: an integer, or a number with `B`, `kB`, `MB`, `GB`, `KiB`, `MiB` or `GiB`.

    Raises:
        ValueError: it is no size.
    """
    text = text.strip()
    size = parse_integer(text)
    if size is None:
        found = _SIZE.fullmatch(text)
        if found is None or found[2] not in _BYTES:
            raise ValueError(_SIZE_FORM)
        from fractions import Fraction  # exact: 1.1 kB are 1100 bytes; few files have such a size

        size = int(Fraction(found[1]) * _BYTES[found[2]])
    if size < 0:
        raise ValueError("a size cannot be negative")
    if size > _MOST_BYTES:
        raise ValueError("a size is less than 2^63 bytes")
    return size


def _amount(text: str, form: str) -> tuple[int | float, bool]:
    """Returns the number that stands there and whether a percent sign is behind it."""
    text = text.strip()
    number = to_number(text.removesuffix("%"))
    if number is None:
        raise ValueError(form)
    # What is too large for a float is too large for every ratio.
    return min(number, _TOO_MUCH), text.endswith("%")


_TOO_MUCH = 10**9


def _hundredfold(value: float) -> float:
    """Multiplies as it is written: 0.29 is 29 points, not 28.999999999999996."""
    from fractions import Fraction

    return float(Fraction(repr(value)) * 100)


def _within(value: float, most: float) -> float:
    if value < 0:
        raise ValueError("it cannot be negative")
    if value > most:
        raise ValueError("it cannot be more than 100 %" if most == 1 else "it cannot be more than 100")
    return value


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
    text = text.strip()
    if not text.startswith("$") or len(text) > _LONGEST_LATE:
        return False
    position = 0
    while position < len(text):
        short = _SHORT_REFERENCE.match(text, position)
        found = parse_reference(text, position) if text.startswith("${", position) else None
        if short is None and found is None:
            return False
        position = found[1] if found else short.end() if short else 0
    return True


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
