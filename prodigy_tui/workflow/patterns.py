"""Regexes of the language (3.4): Python syntax, `search` semantics, and one second for one match."""

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import regex

MAX_BYTES: Final = 4 * 1024
MATCH_SECONDS: Final = 1.0


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
    if len(pattern.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise PatternError("the regex is longer than 4 KiB", too_long=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
            compiled = regex.compile(pattern, regex.VERSION0)
    except (re.error, regex.error, OverflowError, RecursionError) as error:
        raise PatternError(f"'{pattern}' is not a regex: {error}") from error

    def matches(text: str) -> bool:
        try:
            return compiled.search(text, timeout=MATCH_SECONDS) is not None
        except TimeoutError as error:
            raise PatternTimeout(f"the regex '{pattern}' took more than {MATCH_SECONDS:g} s for one match") from error

    return matches
