"""Globs of the language (3.4): `*` and `?` stay within a path segment, `**` does not, `{a,b}` and `[a-z]` choose.

Matching is wcmatch's; what it would quietly take as text, or refuse, is told as a malformed glob.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import bracex
from wcmatch import glob

_FLAGS = glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX | glob.CASE
_MOST_ALTERNATIVES = 1000
_RANGE = re.compile(r"\[[!^]?\]?[^\]]*?(.)-([^\]])")


class GlobError(Exception):
    """A pattern that is no glob (PT114)."""


def compile_globs(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Returns a test whether a path matches one of `patterns`.

    Raises:
        GlobError: one of them is malformed.
    """
    compiled = [compile_glob(pattern) for pattern in patterns]
    return lambda path: any(matches(path) for matches in compiled)


@lru_cache(maxsize=512)
def compile_glob(pattern: str) -> Callable[[str], bool]:
    """Returns a test for one glob; a pattern without `/` is matched against the base name."""
    _refuse_malformed(pattern)
    try:
        matcher = glob.compile(
            bracex.expand(pattern, keep_escapes=True, limit=_MOST_ALTERNATIVES), flags=_FLAGS, limit=0
        )
    except (bracex.ExpansionLimitException, re.error) as error:
        raise GlobError(f"'{pattern}' is not a glob: {error}") from error

    def matches(path: str) -> bool:
        return bool(matcher.match(path if "/" in pattern else path.rsplit("/", 1)[-1]))

    return matches


def split_globs(text: str) -> tuple[str, ...]:
    """Returns the globs of a list separated by commas; commas inside braces separate nothing."""
    globs, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == "," and depth <= 0:
            globs.append(text[start:position].strip())
            start = position + 1
    return tuple(part for part in (*globs, text[start:].strip()) if part)


def _refuse_malformed(pattern: str) -> None:
    bare = re.sub(r"\\.", "", pattern)
    if bare.count("{") > bare.count("}"):
        raise GlobError(f"'{pattern}' has an open brace")
    for low, high in _RANGE.findall(bare):
        if low > high:
            raise GlobError(f"'{pattern}' has a range that runs backwards: {low}-{high}")
