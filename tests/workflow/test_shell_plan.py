"""What is kept of the scan of a shell text, and that it changes nothing."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodigy_tui.workflow.shell import Datum, Piece, ShellTextError, Trusted, insert
from prodigy_tui.workflow.shell_cursor import MARK, Cursor
from prodigy_tui.workflow.shell_plan import plan_for
from prodigy_tui.workflow.shell_scan import scan
from tests.support.counting import calls_of

VALUES = ("", "a b", "1", "-1", "it's", '"', "$x", "`id`", "$(id)", "\\", "x\\\n", "E", "x\nE\n", "x[$(id)]", "é")
SHELL = st.sampled_from(
    [
        *("echo ", "sh -c ", "eval ", "let ", "read ", "test -v ", "printf -v ", "declare -i x=", "export ", "case "),
        *(" in ", " esac", "[[ ", " ]]", " -eq ", "'", '"', "$(", ")", "(", "`", "${x:-", "}", "{", "$((", "))", "$'"),
        *("<<E\n", "<<'E'\n", "<<-E\n", "\nE\n", "E", "\n", ";", " ", "#", "\\", "$x", "$", "x=", "[", "]", "|", "<("),
    ]
)
VALUE = st.sampled_from(VALUES)
DATUM = st.builds(
    Datum,
    text=VALUE,
    words=st.none() | st.none() | st.none() | st.tuples(VALUE, VALUE),
    label=st.sampled_from(["one", "two"]),
    second_shell=st.booleans(),
    expansion=st.sampled_from([False, False, False, True]),
)


def scanned(pieces: Sequence[Piece]) -> str:
    """What a scan of this very text makes of it."""
    texts = [MARK if isinstance(p, Datum) else p.text if isinstance(p, Trusted) else p for p in pieces]
    inserted = [len("".join(texts[:at])) for at, piece in enumerate(pieces) if isinstance(piece, Trusted)]
    cursor = Cursor("".join(texts), [piece for piece in pieces if isinstance(piece, Datum)], inserted)
    scan(cursor)
    return cursor.edited(0, len(cursor.text))


def said(make: Callable[[Sequence[Piece]], str], pieces: Sequence[Piece]) -> str | tuple[str, str]:
    try:
        return make(pieces)
    except ShellTextError as error:
        return error.code, error.message


@given(st.lists(SHELL | DATUM | st.builds(Trusted, VALUE), max_size=14))
@example(["x=$((", Datum(text="1"), "))"])
@example(["x=$((", Datum(text="id"), "))"])
@example(["echo $x", Trusted("y"), Datum(text="z")])
@example(["cat <<E\n", Datum(text="a\nE\n"), "\nE\n"])
@example(["echo `look ", Datum(text="$'"), "`"])
def test_a_text_comes_out_as_a_scan_with_its_values_says(pieces):
    assert said(insert, pieces) == said(scanned, pieces)
    assert said(insert, pieces) == said(scanned, pieces)


@pytest.mark.parametrize("form", ["echo {} >one", 'x="$(look "{}")"', "grep 'a {} b' *.txt", "[[ $a == {} ]]"])
def test_the_text_of_a_step_is_scanned_once_for_all_items(form):
    start, end = f"# of this test alone\n{form}".split("{}")
    counts = [calls_of(scan, partial(insert, [start, Datum(text=value), end])) for value in VALUES]

    assert counts == [1] + [0] * (len(VALUES) - 1)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(["x=$((", Datum(text="1"), "))"], id="arithmetic"),
        pytest.param(["read ", Datum(text="x")], id="the name of a variable"),
        pytest.param(["cat <<E\n", Datum(text="x"), "\nE\n"], id="a here-document"),
        pytest.param(["cat <<'E'\n", Datum(text="x"), "\nE\n"], id="a quoted here-document"),
        pytest.param(["echo `a ", Datum(text="x"), "`"], id="backticks"),
        pytest.param(["echo ", Datum(text="a b", words=("a", "b"))], id="a list"),
        pytest.param(['echo "', Datum(text="${KEY}", expansion=True), '"'], id="a secret"),
        pytest.param(["echo $'", Datum(text="x"), "'"], id="what cannot be quoted"),
        pytest.param([" " * 10_000, Datum(text="x")], id="a long text"),
    ],
)
def test_nothing_is_kept_where_the_value_has_a_say(pieces):
    data = [piece for piece in pieces if isinstance(piece, Datum)]
    text = "".join(MARK if isinstance(piece, Datum) else piece for piece in pieces)

    assert plan_for(text, data, ()) is None
