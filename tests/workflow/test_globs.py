"""Globs (language 3.4)."""

import pytest

from prodigy_tui.workflow.globs import GlobError, compile_glob, split_globs


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
        ("a[", ["a["], ["a"]),
        ("a\\*", ["a*"], ["ab"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_matching(pattern: str, yes: list[str], no: list[str]) -> None:
    matches = compile_glob(pattern)

    assert [path for path in yes if not matches(path)] == []
    assert [path for path in no if matches(path)] == []


def test_malformed() -> None:
    with pytest.raises(GlobError):
        compile_glob("a{b")
    with pytest.raises(GlobError):
        compile_glob("[z-a]")


def test_lists_of_globs() -> None:
    assert split_globs("*.py, src/*.{a,b},c") == ("*.py", "src/*.{a,b}", "c")
