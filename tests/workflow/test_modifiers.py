"""Modifiers of references (language 8.6)."""

import pytest

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.variables import Scope, Value, item_value
from tests.support.rules import rule

SCOPE = Scope(
    names=[
        {
            "list": Value(["b", "a", "b", 1, None]),
            "words": Value(["a,b", 'c"d', "e"]),
            "paths": Value(["src/a.rs", "src/deep/b.rs", "c.toml", "docs/d.md"], kind="paths"),
            "path": Value("src/deep/file.tar.gz"),
            "text": Value("  One two\nthree\nfour "),
            "object": Value({"k": [1, {"x": None}], "é": True}),
            "empty": Value([]),
            "number": Value(3.5),
            "broken": Value(["a\nb", "c\r", "d"]),
            "breaks": Value("a\u2028b\x0cc\nd\r\ne\n"),
        }
    ],
    roots={"item": item_value({"a": 1})},
)


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        pytest.param("object:json", '{"k":[1,{"x":null}],"é":true}', marks=rule("8.6 json")),
        pytest.param(
            "object:pretty",
            '{\n  "k": [\n    1,\n    {\n      "x": null\n    }\n  ],\n  "é": true\n}',
            marks=rule("8.6 json"),
        ),
        pytest.param("words:json", '["a,b","c\\"d","e"]', marks=rule("8.6 json")),
        pytest.param("paths:lines", "src/a.rs\nsrc/deep/b.rs\nc.toml\ndocs/d.md", marks=rule("8.6 join")),
        pytest.param("list:newline", "b\na\nb\n1\n", marks=rule("8.6 join")),
        pytest.param("words:csv", '"a,b","c""d",e', marks=rule("8.6 join")),
        pytest.param("words:comma", '"a,b","c""d",e', marks=rule("8.6 join")),
        pytest.param("broken:csv", '"a\nb","c\r",d', marks=rule("8.6 join")),
        pytest.param("path:csv", "src/deep/file.tar.gz", marks=rule("8.6 join", "C list modifier")),
        pytest.param("words:space", 'a,b c"d e', marks=rule("8.6 join")),
        pytest.param("words:join(; )", 'a,b; c"d; e', marks=rule("8.6 join")),
        pytest.param("words:join(', ')", 'a,b, c"d, e', marks=rule("8.6 join")),
        pytest.param("words|join:+", 'a,b+c"d+e', marks=rule("8.6 join")),
        pytest.param("path:lines", "src/deep/file.tar.gz", marks=rule("8.6 join")),
        pytest.param("object:lines", '{"k":[1,{"x":null}],"é":true}', marks=rule("8.6 join")),
        pytest.param("paths:*.rs", "src/a.rs src/deep/b.rs", marks=rule("8.6 globs")),
        pytest.param("paths:src/*.rs", "src/a.rs", marks=rule("8.6 globs")),
        pytest.param("paths:src/**/*.rs,*.toml:lines", "src/a.rs\nsrc/deep/b.rs\nc.toml", marks=rule("8.6 globs")),
        pytest.param("paths:*.{md,toml}", "c.toml docs/d.md", marks=rule("8.6 globs")),
        pytest.param("paths:glob(*.md)", "docs/d.md", marks=rule("8.6 globs")),
        pytest.param("paths|pattern:**/*.rs", "src/a.rs src/deep/b.rs", marks=rule("8.6 globs")),
        pytest.param("paths|pattern:*.rs:json", '["src/a.rs","src/deep/b.rs"]', marks=rule("8.6 globs")),
        pytest.param("paths:[cd]*", "c.toml docs/d.md", marks=rule("8.6 globs")),
        pytest.param("path:*.gz", "src/deep/file.tar.gz", marks=rule("8.6 globs")),
        pytest.param("path:*.md", "[]", marks=rule("8.6 globs")),
        pytest.param("list:length", "5", marks=rule("8.6 length")),
        pytest.param("path:len", "20", marks=rule("8.6 length")),
        pytest.param("object:count", "2", marks=rule("8.6 length")),
        pytest.param("list|length:100", "5", marks=rule("8.6 pipe")),
        pytest.param("number:length", "3", marks=rule("8.6 length")),
        pytest.param("list:first", "b", marks=rule("8.6 lists")),
        pytest.param("list:last", "", marks=rule("8.6 lists")),
        pytest.param("empty:first", "", marks=rule("8.6 lists")),
        pytest.param("path:first", "src/deep/file.tar.gz", marks=rule("8.6 lists")),
        pytest.param("list:sort:json", '[1,"a","b","b",null]', marks=rule("8.6 lists")),
        pytest.param("list:unique:json", '["b","a",1,null]', marks=rule("8.6 lists")),
        pytest.param("list:reverse:json", '[null,1,"b","a","b"]', marks=rule("8.6 lists")),
        pytest.param("paths:reverse", "docs/d.md c.toml src/deep/b.rs src/a.rs", marks=rule("8.6 lists")),
        pytest.param("text:upper:trim", "ONE TWO\nTHREE\nFOUR", marks=rule("8.6 text")),
        pytest.param("text:lower", "  one two\nthree\nfour ", marks=rule("8.6 text")),
        pytest.param("text:trim:slug", "One-two-three-four", marks=rule("8.6 text")),
        pytest.param("text:trim:indent(2)", "One two\n  three\n  four", marks=rule("8.6 text")),
        pytest.param("text:head(2)", "  One two\nthree", marks=rule("8.6 text")),
        pytest.param("text:tail(1)", "four ", marks=rule("8.6 text")),
        pytest.param("text:head(0)", "", marks=rule("8.6 text")),
        pytest.param("breaks:head(1)", "a\u2028b\x0cc", marks=rule("8.6 text")),
        pytest.param("breaks:tail(2)", "d\r\ne", marks=rule("8.6 text")),
        pytest.param("list:upper", "B, A, B, 1, ", marks=rule("8.6 text")),
        pytest.param("path|upper|basename", "FILE.TAR.GZ", marks=rule("8.6 pipe", "8.6 order")),
        pytest.param("paths|join: + :json", '"src/a.rs + src/deep/b.rs + c.toml + docs/d.md"', marks=rule("8.6 pipe")),
        pytest.param("path:basename", "file.tar.gz", marks=rule("8.6 paths")),
        pytest.param("path|dirname", "src/deep", marks=rule("8.6 paths")),
        pytest.param("path:stem", "file.tar", marks=rule("8.6 paths")),
        pytest.param("path:ext", "gz", marks=rule("8.6 paths")),
        pytest.param("paths:basename", "a.rs b.rs c.toml d.md", marks=rule("8.6 paths")),
        pytest.param("paths:dirname:unique", "src src/deep . docs", marks=rule("8.6 paths")),
        pytest.param("paths:ext:unique:sort", "md rs toml", marks=rule("8.6 paths")),
        pytest.param("path:raw", "src/deep/file.tar.gz", marks=rule("8.6 raw, quote, sh")),
        pytest.param("empty:first:-none", "none", marks=rule("8.6 order")),
        pytest.param("paths:*.py:first|default:none", "none", marks=rule("8.6 order")),
        pytest.param("text|basename:-x", "  One two\nthree\nfour ", marks=rule("8.6 order")),
    ],
)
def test_rows(reference: str, text: str) -> None:
    assert render(parse_text("${" + reference + "}", "plain"), SCOPE) == text


@rule("8.3 unknown modifier", "8.6 raw, quote, sh")
@pytest.mark.parametrize(
    "reference",
    [
        "list:nope",
        "list:join",
        "text:head",
        "text:head(x)",
        "text:raw:upper",
        "list:upper(3)",
        "path:a b",
        "list|nope:3",
    ],
)
def test_impossible_modifiers_fail(reference: str) -> None:
    with pytest.raises(InterpolationError) as caught:
        render(parse_text("${" + reference + "}", "plain"), SCOPE)

    assert caught.value.code == "PT304"


@rule("8.7 json kind")
def test_whole_item_is_json_and_its_parts_are_not() -> None:
    assert render(parse_text("${item} ${item.a} ${item:length}", "plain"), SCOPE) == '{"a":1} 1 1'


@rule("C slug, indent, ext")
@pytest.mark.parametrize(
    ("reference", "text"),
    [("name:slug", "Fix-the-bug"), ("name:indent(2)", "Fix\n  the bug!"), ("file:ext", "rs"), ("folder:ext", "")],
)
def test_slug_indent_and_ext(reference: str, text: str) -> None:
    names = {"name": Value("Fix\nthe bug!"), "file": Value("a.b/c.rs"), "folder": Value("a.b/c")}

    assert render(parse_text("${" + reference + "}", "plain"), Scope(names=[names])) == text


@rule("8.6 globs")
@pytest.mark.parametrize("written", ["*.rs", "a?c", "[ab]", "{a,b}", "src/a.rs", "*.rs,*.md"])
def test_a_glob_is_recognised_by_its_signs(written: str) -> None:
    (reference,) = parse_text(f"${{paths:{written}}}", "plain").references

    assert [(modifier.name, modifier.argument) for modifier in reference.modifiers] == [("glob", written)]


@rule("8.6 synonyms")
@pytest.mark.parametrize(
    ("written", "same"),
    [("newline", "lines"), ("comma", "csv"), ("len", "length"), ("count", "length"), ("pattern(*.rs)", "glob(*.rs)")],
)
def test_synonyms(written: str, same: str) -> None:
    one, other = (render(parse_text(f"${{paths:{name}}}", "plain"), SCOPE) for name in (written, same))

    assert one == other
