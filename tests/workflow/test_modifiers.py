"""Modifiers of references (language 8.6)."""

import pytest

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.variables import Scope, Value, item_value

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
        }
    ],
    roots={"item": item_value({"a": 1})},
)


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("object:json", '{"k":[1,{"x":null}],"é":true}'),
        ("object:pretty", '{\n  "k": [\n    1,\n    {\n      "x": null\n    }\n  ],\n  "é": true\n}'),
        ("words:json", '["a,b","c\\"d","e"]'),
        ("paths:lines", "src/a.rs\nsrc/deep/b.rs\nc.toml\ndocs/d.md"),
        ("list:newline", "b\na\nb\n1\n"),
        ("words:csv", '"a,b","c""d",e'),
        ("words:comma", '"a,b","c""d",e'),
        ("words:space", 'a,b c"d e'),
        ("words:join(; )", 'a,b; c"d; e'),
        ("words:join(', ')", 'a,b, c"d, e'),
        ("words|join:+", 'a,b+c"d+e'),
        ("path:lines", "src/deep/file.tar.gz"),
        ("object:lines", '{"k":[1,{"x":null}],"é":true}'),
        ("paths:*.rs", "src/a.rs src/deep/b.rs"),
        ("paths:src/*.rs", "src/a.rs"),
        ("paths:src/**/*.rs,*.toml:lines", "src/a.rs\nsrc/deep/b.rs\nc.toml"),
        ("paths:*.{md,toml}", "c.toml docs/d.md"),
        ("paths:glob(*.md)", "docs/d.md"),
        ("paths|pattern:**/*.rs", "src/a.rs src/deep/b.rs"),
        ("paths|pattern:*.rs:json", '["src/a.rs","src/deep/b.rs"]'),
        ("paths:[cd]*", "c.toml docs/d.md"),
        ("path:*.gz", "src/deep/file.tar.gz"),
        ("path:*.md", "[]"),
        ("list:length", "5"),
        ("path:len", "20"),
        ("object:count", "2"),
        ("list|length:100", "5"),
        ("number:length", "3"),
        ("list:first", "b"),
        ("list:last", ""),
        ("empty:first", ""),
        ("path:first", "src/deep/file.tar.gz"),
        ("list:sort:json", '[1,"a","b","b",null]'),
        ("list:unique:json", '["b","a",1,null]'),
        ("list:reverse:json", '[null,1,"b","a","b"]'),
        ("paths:reverse", "docs/d.md c.toml src/deep/b.rs src/a.rs"),
        ("text:upper:trim", "ONE TWO\nTHREE\nFOUR"),
        ("text:lower", "  one two\nthree\nfour "),
        ("text:trim:slug", "One-two-three-four"),
        ("text:trim:indent(2)", "One two\n  three\n  four"),
        ("text:head(2)", "  One two\nthree"),
        ("text:tail(1)", "four "),
        ("text:head(0)", ""),
        ("path:basename", "file.tar.gz"),
        ("path|dirname", "src/deep"),
        ("path:stem", "file.tar"),
        ("path:ext", "gz"),
        ("paths:basename", "a.rs b.rs c.toml d.md"),
        ("paths:dirname:unique", "src src/deep . docs"),
        ("paths:ext:unique:sort", "md rs toml"),
        ("path:raw", "src/deep/file.tar.gz"),
        ("empty:first:-none", "none"),
        ("paths:*.py:first|default:none", "none"),
        ("text|basename:-x", "  One two\nthree\nfour "),
    ],
)
def test_rows(reference: str, text: str) -> None:
    assert render(parse_text("${" + reference + "}", "plain"), SCOPE) == text


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


def test_whole_item_is_json_and_its_parts_are_not() -> None:
    assert render(parse_text("${item} ${item.a} ${item:length}", "plain"), SCOPE) == '{"a":1} 1 1'
