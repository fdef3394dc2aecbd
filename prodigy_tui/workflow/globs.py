"""Globs of the language (3.4): `*` and `?` stay within a path segment, `**` does not, `{a,b}` and `[a-z]` choose.

A glob becomes one regex that never goes back behind a star: where the text between two stars is found first is also the
best place for it, so every star with that text is an atomic group. Hostile globs are therefore no slower than others.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

_MOST_ALTERNATIVES = 1000
_MOST_CHARACTERS = 4096
_CLASS = re.compile(r"\[([!^]?)(\]?(?:\\.|[^\]\\])*)\]", re.DOTALL)
_RANGE = re.compile(r"(\\.|[^\\])(?:-(\\.|[^\\]))?", re.DOTALL)


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
    """Returns a test for one glob; a pattern without `/` is matched against the base name.

    Raises:
        GlobError: it is malformed.
    """
    import bracex  # few workflows have a glob

    if not pattern:
        raise GlobError("a glob cannot be empty")
    if len(pattern) > _MOST_CHARACTERS:
        raise GlobError(f"a glob has at most {_MOST_CHARACTERS} characters")
    _refuse_malformed(pattern)
    try:
        alternatives = bracex.expand(pattern, keep_escapes=True, limit=_MOST_ALTERNATIVES)
    except (bracex.ExpansionLimitException, RecursionError) as error:
        raise GlobError(f"'{pattern}' has more than {_MOST_ALTERNATIVES} alternatives") from error
    matchers = [re.compile(_to_regex(alternative), re.DOTALL) for alternative in alternatives]
    by_base_name = "/" not in pattern

    def matches(path: str) -> bool:
        subject = path.rsplit("/", 1)[-1] if by_base_name else path
        return any(matcher.fullmatch(subject) for matcher in matchers)

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
    """Refuses what would quietly be taken as text: a brace or bracket that is left open."""
    depth = position = 0
    while position < len(pattern):
        match pattern[position]:
            case "\\":
                position += 1
            case "[":
                found = _CLASS.match(pattern, position)
                if found is None:
                    raise GlobError(f"'{pattern}' has an open bracket")
                _class(found, pattern)
                position = found.end() - 1
            case "{":
                depth += 1
            case "}" if depth:
                depth -= 1
        position += 1
    if depth:
        raise GlobError(f"'{pattern}' has an open brace")


def _to_regex(glob: str) -> str:
    """Returns the regex of a glob without braces.

    A segment star with what follows up to the next star is one atomic group; a `**` with everything up to the next `**`
    is one too, around those. Only the last group of each kind may move, until the end of the path fits.
    """
    groups: list[tuple[str, str]] = [("", "")]
    for kind, text in _tokens(glob):
        if kind == "text":
            star, chunk = groups[-1]
            groups[-1] = (star, chunk + text)
        else:
            groups.append((text, ""))
    units: list[list[tuple[str, str]]] = [[]]
    for group in groups:
        if group[0].startswith("(?s:") and units[-1]:
            units.append([])
        units[-1].append(group)
    last = len(units) - 1
    return "".join(_unit(unit, atomic=number < last) for number, unit in enumerate(units))


def _unit(groups: list[tuple[str, str]], *, atomic: bool) -> str:
    (lead, first), *rest = groups
    parts = [lead, first]
    for number, (star, chunk) in enumerate(rest):
        body = star + chunk
        parts.append(body if not atomic and number == len(rest) - 1 else f"(?>{body})")
    text = "".join(parts)
    return f"(?>{text})" if atomic else text


_STAR = "[^/]*?"
_STARS = "(?s:.*?)"
_FOLDERS = "(?s:(?:.*?/)??)"


def _tokens(glob: str) -> Iterator[tuple[str, str]]:
    """Yields `star` and `text` with their regexes."""
    position = 0
    while position < len(glob):
        character = glob[position]
        if character == "*":
            end = position
            while glob[end : end + 1] == "*":
                end += 1
            if end - position == 1:
                yield "star", _STAR
            elif glob[end : end + 1] == "/" and (position == 0 or glob[position - 1] == "/"):
                yield "star", _FOLDERS
                end += 1
            else:
                yield "star", _STARS
            position = end
        elif character == "?":
            yield "text", "[^/]"
            position += 1
        elif character == "[" and (found := _CLASS.match(glob, position)):
            yield "text", _class(found, glob)
            position = found.end()
        else:
            position += character == "\\" and position + 1 < len(glob)
            yield "text", re.escape(glob[position])
            position += 1


def _class(found: re.Match[str], glob: str) -> str:
    """Returns the regex of `[a-z]`, which never matches a slash."""
    ranges = []
    for low, high in _RANGE.findall(found[2]):
        if high and low[-1] > high[-1]:
            raise GlobError(f"'{glob}' has a range that runs backwards: {low}-{high}")
        ranges.append(re.escape(low[-1]) + (f"-{re.escape(high[-1])}" if high else ""))
    if not ranges:
        raise GlobError(f"'{glob}' has an empty bracket")
    return f"(?!/)[{'^' if found[1] else ''}{''.join(ranges)}]"
