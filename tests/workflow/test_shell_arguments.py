"""The law of language 9, shown with real shells: a hostile value arrives as exactly itself in every position."""

import subprocess
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.variables import Scope, Value
from tests.hostile.positions import END, POSITIONS, SHELLS, Shell, rendered, run, show
from tests.support.examples import examples
from tests.support.rules import rule

PIECES = st.sampled_from(
    [
        *"'\"\\`$;&|<>(){}[]*?~#! \t\n\r%=-",
        "$(echo pwned)",
        "`echo pwned`",
        "${IFS}",
        "$HOME",
        "-rf",
        "\x1b[2J",
        "\u202e",
        "\u200f",
        "\x81\x85\x88",
        "é日本🎉",
        "\\\n",
        "))",
        "]]",
        ";;",
        "{a,b}",
        "\\'",
        '\\"',
        "STOP",
        "ST",
        "\nSTOP",
        " # ",
        "word",
        "7",
        "\udce9",
    ]
)
HOSTILE = st.lists(PIECES, min_size=0, max_size=6).map("".join)


@rule("9.1 data stays literal")
@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
@examples(12)
@given(value=HOSTILE)
def test_value_arrives_as_itself_in_every_position(
    shell: Shell, tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:
    written, shown = show(POSITIONS, value, shell, tmp_path_factory.mktemp("any") / "folder")

    assert written == shown


@rule("9.2 U list")
@examples(10)
@given(values=st.lists(HOSTILE, max_size=4), form=st.sampled_from(["show ${f}", "show $(:) ${f}", "(show ${f})"]))
def test_list_arrives_as_its_elements(tmp_path_factory: pytest.TempPathFactory, values: list[str], form: str) -> None:
    scope = Scope(names=[{"f": Value(values, kind="paths")}], roots={})

    for shell in SHELLS:
        written = run(shell, [render(parse_text(form, "shell"), scope)], tmp_path_factory.mktemp("list"))
        assert written == [*values, END]


@rule("9.1 data stays literal")
@examples(20)
@given(value=HOSTILE, tail=st.text(alphabet="'\"\\`$(){}<;&|# \nE", max_size=8))
def test_text_around_a_value_never_lets_it_run(value: str, tail: str) -> None:
    """Whatever the author's text is: it is refused, or the commands inside the value do not run."""
    attack = "$(echo PWNED >&2)`echo PWNED >&2`'$(echo PWNED >&2)'\"$(echo PWNED >&2)\";echo PWNED >&2;" + value
    try:
        text = rendered(f"true {tail} ${{item.v}}", attack)
    except InterpolationError:
        return

    for shell in ("sh", "bash"):
        with TemporaryDirectory() as folder:
            done = subprocess.run(
                [shell, "-c", text.encode("utf-8", "surrogateescape")],
                capture_output=True,
                check=False,
                cwd=folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            )
        assert b"PWNED" not in done.stderr.split(b"\n"), (shell, text)


_WORDS = """
[[ ]] (( )) -eq -lt 1 let declare -i -x -n typeset local export readonly read -r -p unset printf -v test [ ] {
} ( ) function f() coproc time ! if then else fi while do done for y in case esac ;; a) ; && || | & y= y+=
b[0]= b=( " ' $(( ${y:- ${y: ${b[ $( ` true builtin command exec env # <<< > == =~ < mapfile select $y @( $[
{a, ${item.v} "${item.v}" '${item.v}' y=${item.v} "y[${item.v}]"
"""
WORDS = st.sampled_from([*_WORDS.split(), "\n", "\\\n"])


@rule("9.1 data stays literal", "9.2 A")
@examples(25)
@given(words=st.lists(WORDS, max_size=8))
@example(words=["for", "((z=0;z<1;z++))", "do", "[["])
@example(words=["declare", "-i", "y", ";", "y=${item.v}", "true"])
@example(words=["true", "$[", "\n"])
def test_subscript_in_a_value_is_never_evaluated(words: list[str]) -> None:
    """Bash evaluates `a[$(…)]` wherever it expects a number or the name of a variable, whatever the quoting."""
    try:
        text = rendered(" ".join([*words, "${item.v}"]), "a[$(echo PWNED >&2)]")
    except InterpolationError:
        return

    with TemporaryDirectory() as folder:
        done = subprocess.run(
            ["bash", "-c", text],
            capture_output=True,
            check=False,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin"},
            timeout=10,
        )
    assert b"PWNED" not in done.stderr.split(b"\n"), text
