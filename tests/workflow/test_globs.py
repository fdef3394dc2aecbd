"""Globs (language 3.4)."""

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.globs import GlobError, compile_glob, split_globs
from tests.support.rules import rule


@rule("3.4 glob", "3.4 glob base name", "3.4 glob zero folders", "8.6 globs")
@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("*.py", ["a.py", "src/a.py", ".py"], ["a.pyc", "a.py/b"]),
        ("src/*.py", ["src/a.py"], ["src/x/a.py", "a.py", "x/src/a.py"]),
        ("src/**/*.py", ["src/a.py", "src/x/y/a.py"], ["a.py", "srcx/a.py"]),
        ("**/a.py", ["a.py", "x/y/a.py"], ["ba.py"]),
        ("src/**", ["src/a", "src/x/y"], ["src", "a"]),
        ("a?c", ["abc", "x/abc"], ["ac", "a/c"]),
        ("x/a?c", ["x/abc"], ["x/a/c"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "Ax"]),
        ("[!a]x", ["bx"], ["ax"]),
        ("x/[!a]", ["x/b"], ["x//", "x/a"]),
        ("[]]x", ["]x"], ["ax"]),
        ("*.{py,md}", ["a.py", "a.md"], ["a.rs"]),
        ("{a,b/{c,d}}/*", ["a/x", "b/c/x", "b/d/x"], ["b/x"]),
        ("src/**.py", ["src/a.py", "src/x/a.py"], ["src/a.md", "a.py"]),
        ("a/**/b/*c*d/**/e", ["a/b/cd/e", "a/x/b/1c2d/y/z/e"], ["a/b/c/d/e", "a/bcd/e"]),
        ("*a*b", ["ab", "xaxbxb"], ["ba", "aba"]),
        ("[a/]x/y", ["ax/y"], ["/x/y"]),
        ("a\\*", ["a*"], ["ab"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_matching(pattern: str, yes: list[str], no: list[str]) -> None:
    matches = compile_glob(pattern)

    assert [path for path in yes if not matches(path)] == []
    assert [path for path in no if matches(path)] == []


@rule("3.4 glob malformed")
@pytest.mark.parametrize("pattern", ["a{b", "[z-a]", "a[", "", "{" * 3, "x{1..5000}", "a" * 5000])
def test_malformed(pattern: str) -> None:
    with pytest.raises(GlobError):
        compile_glob(pattern)


def slowly(pattern: str, path: str) -> bool:
    """The rules of a glob without braces and brackets, one after the other."""

    @cache
    def fits(at: int, place: int) -> bool:
        if at == len(pattern):
            return place == len(path)
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            starts = [place, *(number + 1 for number in range(place, len(path)) if path[number] == "/")]
            return any(fits(at + 3, start) for start in starts)
        if pattern.startswith("**", at):
            return any(fits(at + 2, start) for start in range(place, len(path) + 1))
        if pattern[at] == "*":
            end = path.find("/", place)
            return any(fits(at + 1, start) for start in range(place, (len(path) if end < 0 else end) + 1))
        if place == len(path):
            return False
        return (path[place] != "/" if pattern[at] == "?" else path[place] == pattern[at]) and fits(at + 1, place + 1)

    return fits(0, 0)


@rule("3.4 glob")
@given(
    st.lists(st.sampled_from(["*", "**", "**/", "/", "?", "a", "b", "/a"]), min_size=1, max_size=9),
    st.text(alphabet="ab/", max_size=12),
)
def test_a_glob_matches_what_its_rules_say(parts: list[str], path: str) -> None:
    pattern = re.sub(r"\*{3,}", "**", "".join(parts))
    subject = path if "/" in pattern else path.rsplit("/", 1)[-1]

    assert compile_glob(pattern)(path) == slowly(pattern, subject)


@rule("3.4 glob hostile")
@pytest.mark.parametrize("pattern", ["*a" * 60 + "b", "**a" * 60 + "b", "**/*a" * 60 + "/b", "x/" + "*?" * 200])
def test_hostile_globs_are_matched_in_no_time(pattern: str) -> None:
    matches = compile_glob(pattern)

    assert not matches("a" * 2000 + "/c")
    assert not matches("x" + "/a" * 1000)


def test_lists_of_globs() -> None:
    assert split_globs("*.py, src/*.{a,b},c") == ("*.py", "src/*.{a,b}", "c")
