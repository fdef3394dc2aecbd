"""The law of language 9, shown with real shells: a hostile value arrives as exactly itself in every position."""

import subprocess
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render
from prodigy_tui.workflow.variables import Scope, Value, item_value

SHOW = """show() { for _a in "$@"; do printf '%s\\0' "$_a"; done; printf '\\001\\0'; }\n"""
END = "\x01"


# Each text calls `show` once; what it shows is given as a function of the value.
POSITIONS = {
    "U": ("show ${item.v}", "{}"),
    "U inside a word": ("show a${item.v}b", "a{}b"),
    "U in $( )": ('show "$(printf %s. ${item.v})"', "{}."),
    "U in $( $( ) )": ('show "$(printf %s. "$(printf %s. ${item.v})")"', "{}.."),
    "U in ( )": ("(show ${item.v})", "{}"),
    "U in a function": ("f() { show ${item.v}; }; f", "{}"),
    "assignment": ('w=${item.v}; show "$w"', "{}"),
    "D": ('show "a${item.v}b"', "a{}b"),
    "D in $( )": ('show "$(printf %s. "${item.v}")"', "{}."),
    "D behind $NAME": ('Z=1; show "$Z${item.v}"', "1{}"),
    "S": ("show 'a${item.v}b'", "a{}b"),
    "S in $( )": ("show \"$(printf %s. '${item.v}')\"", "{}."),
    "backticks, U": ('w=`printf %s. ${item.v}`; show "$w"', "{}."),
    "backticks, D": ('w=`printf %s. "${item.v}"`; show "$w"', "{}."),
    "backticks, S": ("w=`printf %s. '${item.v}'`; show \"$w\"", "{}."),
    "backticks in backticks": ('w=`printf %s. \\`printf %s. "x"\\` ${item.v}`; show "$w"', "x..{}."),
    "backticks in $( )": ('show "$(printf %s. "$(w=`printf %s. ${item.v}`; printf %s. "$w")")"', "{}..."),
    "H": ('w=$(cat <<STOP\na${item.v}b\nSTOP\n); show "$w"', "a{}b"),
    "H behind $NAME": ('Z=1; w=$(cat <<STOP\n$Z${item.v}b\nSTOP\n); show "$w"', "1{}b"),
    "$( ) in H": ('w=$(cat <<STOP\n$(printf %s. ${item.v})\nSTOP\n); show "$w"', "{}."),
    "$( ) in H, D": ('w=$(cat <<STOP\n$(printf %s. "a${item.v}\nb")\nSTOP\n); show "$w"', "a{}\nb."),
    "$( ) in H, S": ("w=$(cat <<STOP\n$(printf %s. 'a${item.v}\nb')\nSTOP\n); show \"$w\"", "a{}\nb."),
    "$( ) in H, C": ('w=$(cat <<STOP\n$(: # ${item.v}\nprintf x)\nSTOP\n); show "$w"', "x"),
    "Q": ("w=$(cat <<'STOP'\na${item.v}b\nSTOP\n); show \"$w\"", "a{}b"),
    "P": ("show ${UNSET_:-${item.v}}", "{}"),
    "P, quoted inside": ('show ${UNSET_:-"a${item.v}b"}', "a{}b"),
    "C": ("show x # ${item.v}", "x"),
    "case": ("case ${item.v} in ${item.v}) show yes;; *) show no;; esac", "yes"),
    "for": ('for w in ${item.v}; do show "$w"; done', "{}"),
    "behind a case": ("$(case x in x) : ;; esac); show ${item.v}", "{}"),
    "behind a comment": ("# it's\nshow ${item.v}", "{}"),
    "behind a here-document": ("cat >/dev/null <<'STOP'\n'\"`$(\nSTOP\nshow ${item.v}", "{}"),
}

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


def run(shell: str, text: str) -> list[str]:
    done = subprocess.run(
        [shell, "-c", (SHOW + text).encode("utf-8", "surrogateescape")],
        capture_output=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C"},
    )
    assert done.stderr == b"", done.stderr
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]


def rendered(text: str, value: str) -> str:
    return render(parse_text(text, "shell"), Scope(roots={"item": item_value({"v": value})}))


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["sh", "bash"])
@settings(max_examples=40, deadline=None)
@given(value=HOSTILE)
def test_value_arrives_as_itself_in_every_position(shell: str, value: str) -> None:
    texts, expected = [], []
    for text, form in POSITIONS.values():
        try:
            texts.append(rendered(text, value))
        except InterpolationError as error:
            assert error.code == "PT307"
            assert "S" in value
            continue
        expected += [form.replace("{}", value), END]

    assert run(shell, "\n".join(texts)) == expected


@settings(max_examples=30, deadline=None)
@given(values=st.lists(HOSTILE, max_size=4), form=st.sampled_from(["show ${f}", "show $(:) ${f}", "(show ${f})"]))
def test_list_arrives_as_its_elements(values: list[str], form: str) -> None:
    scope = Scope(names=[{"f": Value(values, kind="paths")}], roots={})

    for shell in ("sh", "bash"):
        assert run(shell, render(parse_text(form, "shell"), scope)) == [*values, END]


@settings(max_examples=30, deadline=None)
@given(value=HOSTILE)
def test_value_for_a_second_shell_arrives_as_itself(value: str) -> None:
    text = rendered("sh -c \"printf '%s\\\\0' ${item.v:sh}\"", value)

    assert run("sh", text) == [value]


@settings(max_examples=60, deadline=None)
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
