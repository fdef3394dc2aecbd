"""Globs of the language (3.4): `*` and `?` stay within a path segment, `**` does not, `{a,b}` and `[a-z]` choose."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_MOST_BRACES = 64
_CLASS = re.compile(r"\[([!^]?)(\]?[^\]]*)\]")


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
    try:
        regex = re.compile(_translate(pattern), re.DOTALL)
    except re.error as error:
        raise GlobError(f"'{pattern}' is not a glob: {error}") from error
    if "/" in pattern:
        return lambda path: regex.fullmatch(path) is not None
    return lambda path: regex.fullmatch(path.rsplit("/", 1)[-1]) is not None


def split_globs(text: str) -> tuple[str, ...]:
    """Returns the globs of a list separated by commas; commas inside braces separate nothing."""
    globs, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == "," and depth <= 0:
            globs.append(text[start:position].strip())
            start = position + 1
    return tuple(glob for glob in (*globs, text[start:].strip()) if glob)


def _translate(pattern: str) -> str:
    out: list[str] = []
    depth = braces = position = 0
    while position < len(pattern):
        character = pattern[position]
        width = 1
        if character == "*":
            stars = len(pattern) - position - len(pattern[position:].lstrip("*"))
            segment_start = position == 0 or pattern[position - 1] in "/{,"
            if stars > 1 and segment_start and pattern[position + stars : position + stars + 1] == "/":
                out.append("(?:[^/]*/)*")
                width = stars + 1
            else:
                out.append(".*" if stars > 1 else "[^/]*")
                width = stars
        elif character == "?":
            out.append("[^/]")
        elif character == "[" and (found := _CLASS.match(pattern, position)):
            out.append(_character_class(found))
            width = len(found[0])
        elif character == "\\" and position + 1 < len(pattern):
            out.append(re.escape(pattern[position + 1]))
            width = 2
        elif character == "{":
            depth, braces = depth + 1, braces + 1
            out.append("(?:")
        elif character == "}" and depth:
            depth -= 1
            out.append(")")
        elif character == "," and depth:
            out.append("|")
        else:
            out.append(re.escape(character))
        position += width
    if depth or braces > _MOST_BRACES:
        raise GlobError(f"'{pattern}' has {'an open brace' if depth else 'too many braces'}")
    return "".join(out)


def _character_class(found: re.Match[str]) -> str:
    body = (
        found[2].replace("\\", "\\\\").replace("[", "\\[").replace("&", "\\&").replace("~", "\\~").replace("|", "\\|")
    )
    body = "\\" + body if body.startswith(("^", "]")) else body
    return f"(?!/)[{'^' if found[1] else ''}{body}]"
