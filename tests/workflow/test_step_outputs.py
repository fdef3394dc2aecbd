"""The file of a step's outputs: names, values, blocks, and what is no output."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.step_outputs import parse_step_outputs
from tests.support.rules import rule


@rule("11 PRODIGY_OUTPUT lines")
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("\n\n", {}),
        ("version=1.2\n", {"version": "1.2"}),
        ("a=1\nb=2", {"a": "1", "b": "2"}),
        ("a=\n", {"a": ""}),
        ("a=b=c\n", {"a": "b=c"}),
        ("a= spaced \n", {"a": " spaced "}),
        ("a=1\na=2\n", {"a": "2"}),
        ("a=1\r\nb=2\r\n", {"a": "1", "b": "2"}),
        ("a<<M\r\n1\r\n2\r\nM\r\n", {"a": "1\n2"}),
        ("a<<M\n1\r\n\r2\r\nM\n", {"a": "1\r\n\r2\r"}),
        ("with-dash=1\n", {"with-dash": "1"}),
    ],
)
def test_a_line_is_a_name_and_a_value(text, values):
    assert parse_step_outputs(text).values == values


@rule("11 PRODIGY_OUTPUT blocks")
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a<<END\none\ntwo\nEND\n", {"a": "one\ntwo"}),
        ("a<<END\nEND\nb=1\n", {"a": "", "b": "1"}),
        ("a<<END\nx=1\nEND\n", {"a": "x=1"}),
        ("a<<END\n END\nEND\n", {"a": " END"}),
    ],
)
def test_a_block_ends_before_its_mark(text, values):
    assert parse_step_outputs(text).values == values


@rule("11 PRODIGY_OUTPUT complaints")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hello\n", "line 1 of PRODIGY_OUTPUT is not name=value: 'hello'"),
        ("a=1\n\x1b[2J\n", r"line 2 of PRODIGY_OUTPUT is not name=value: '\x1b[2J'"),
        ("a<<END\nx\n", "line 1 of PRODIGY_OUTPUT begins a block that no line 'END' ends"),
        ("PATH=/evil\n", "line 1 of PRODIGY_OUTPUT sets 'PATH': the name steers other programs"),
        ("GIT_DIR=x\n", "line 1 of PRODIGY_OUTPUT sets 'GIT_DIR': the name steers other programs"),
        ("item=x\n", "line 1 of PRODIGY_OUTPUT sets 'item': the name is reserved"),
        ("1a=x\n", "line 1 of PRODIGY_OUTPUT sets '1a': a name is a letter or '_', then letters, digits, '_' and '-'"),
        ("=x\n", "line 1 of PRODIGY_OUTPUT sets '': a name is a letter or '_', then letters, digits, '_' and '-'"),
    ],
)
def test_everything_else_is_complained_of_and_sets_nothing(text, complaint):
    found = parse_step_outputs(text)

    assert found.complaints == (complaint,)
    assert "PATH" not in found.values


@given(st.text())
def test_any_text_gives_values_and_complaints(text):
    found = parse_step_outputs(text)

    assert all(complaint.isprintable() for complaint in found.complaints)


@given(
    st.dictionaries(st.from_regex(r"[a-z_]{1,8}x", fullmatch=True), st.text(st.characters(exclude_characters="\r\n")))
)
def test_what_is_written_as_lines_is_read_back(values):
    assert parse_step_outputs("".join(f"{name}={value}\n" for name, value in values.items())).values == values
