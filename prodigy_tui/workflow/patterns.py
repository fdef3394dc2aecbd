"""Regexes of the language (3.4): Python syntax, `search` semantics, and one second for one match."""

import re
import sys
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from prodigy_tui.workflow.pattern_size import measure

MAX_BYTES: Final = 4 * 1024
MATCH_SECONDS: Final = 1.0
_MOST_PARTS: Final = 200_000
"""`((((a{50}){50}){50}){50})` would take many seconds to prepare."""
_LONGEST_LITERAL: Final = 400
"""The guarded engine prepares the search for a literal in cubic time."""

_QUICK_STEPS = 1_000_000
"""As many steps of a match as take far less than a second."""
_ATOM = r"(?:\\[^0-9]|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[\](){}|*+?])"
_SIMPLE = re.compile(rf"(?:{_ATOM}(?:[*+?]\??)?|\((?:\?:)?|\)(?![*+?{{])|\|)*", re.DOTALL)
"""Quantifiers stand behind single characters and classes only, so the ways to match can be counted."""


class PatternError(Exception):
    """A text that is no regex (PT114, PT403), or one that is too long (PT408)."""

    def __init__(self, message: str, *, too_long: bool = False) -> None:
        super().__init__(message)
        self.too_long = too_long


class PatternTimeout(Exception):
    """One match took more than a second (PT408)."""


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Returns a test whether a text holds a match.

    Raises:
        PatternError: the pattern is malformed or longer than 4 KiB.
    """
    import regex  # few workflows hold a regex

    if len(pattern.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise PatternError("the regex is longer than 4 KiB", too_long=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = re.compile(pattern).search
            size = measure(pattern)
            if size.parts > _MOST_PARTS or (size.literal > _LONGEST_LITERAL and not size.is_straight):
                raise PatternError(f"the regex '{pattern[:40]}…' is too large", too_long=True)
            guarded = regex.compile(pattern, regex.VERSION0).search
    except (re.error, regex.error, OverflowError, RecursionError) as error:
        raise PatternError(f"'{pattern}' is not a regex: {error}") from error
    longest = _longest_quick_text(pattern) if size.literal <= _LONGEST_LITERAL else sys.maxsize

    def matches(text: str) -> bool:
        if len(text) <= longest:
            return search(text) is not None
        try:
            return guarded(text, timeout=MATCH_SECONDS) is not None
        except TimeoutError as error:
            raise PatternTimeout(f"the regex '{pattern}' took more than {MATCH_SECONDS:g} s for one match") from error

    return matches


def first_match(pattern: str, text: str) -> str | None:
    """Returns the first group of the first match, the whole match where there is none; None without a match.

    Raises:
        PatternError: the pattern is malformed or longer than 4 KiB.
        PatternTimeout: the search took more than a second.
    """
    import regex

    if not compile_pattern(pattern)(text):
        return None
    if measure(pattern).literal > _LONGEST_LITERAL:
        straight = re.search(pattern, text)
        return straight and (straight[1] or "" if straight.re.groups else straight[0])
    try:
        found = regex.compile(pattern, regex.VERSION0).search(text, timeout=MATCH_SECONDS)
    except TimeoutError as error:
        raise PatternTimeout(f"the regex '{pattern}' took more than {MATCH_SECONDS:g} s for one match") from error
    if found is None:
        return None
    return found[1] or "" if found.re.groups else found[0]


def _longest_quick_text(pattern: str) -> int:
    """Returns how long a text may be so that a search needs no guard: watching the time is most of a search's cost.

    A search tries every beginning, every length of each repetition and every choice, and each try costs no more than
    the lengths of pattern and text.
    """
    if not _SIMPLE.fullmatch(pattern):
        return -1
    # Signs that are escaped or in a class count too: too many is safe.
    loops = pattern.count("*") + pattern.count("+")
    choices = pattern.count("?") + pattern.count("|")
    length = -1
    for wider in (16, 64, 256, 1024, 4096):
        if (len(pattern) + wider) * (wider + 1) ** (loops + 1) * 2**choices > _QUICK_STEPS:
            break
        length = wider
    return length
