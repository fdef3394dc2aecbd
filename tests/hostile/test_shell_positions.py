"""Every hostile value in positions of shell text, in real shells: it arrives as itself, or the step is refused.

In every test run each value stands in a sixth of the positions, and each position takes a sixth of the values;
with `-m soak` every value stands everywhere.
"""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.interpolate import InterpolationError
from tests.hostile.corpus import CORPUS, SHORT
from tests.hostile.positions import (
    END,
    POSITIONS,
    SCRIPTS_OF_LONG_VALUES,
    SECOND_SHELL,
    SHELLS,
    Shell,
    rendered,
    run,
    show,
)
from tests.support.examples import examples
from tests.support.rules import rule

LONG = sorted(set(CORPUS) - set(SHORT))

SHARES = [
    *(pytest.param(name, slice(at % 6, None, 6), id=name) for at, name in enumerate(SHORT)),
    *(pytest.param(name, slice(None), id=f"{name}, everywhere", marks=pytest.mark.soak) for name in SHORT),
]
"""Each value, and which of the positions it is put in."""


@rule("9.1 data stays literal", "9.2 U", "9.2 D", "9.2 S", "9.2 H", "9.2 Q", "9.2 C", "9.2 P", "9.2 backticks")
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("name", "share"), SHARES)
def test_value_arrives_as_itself_in_every_position(name: str, share: slice, shell: Shell, tmp_path: Path) -> None:
    written, shown = show(dict(list(POSITIONS.items())[share]), SHORT[name], shell, tmp_path / "folder")

    assert written == shown


@rule("9.1 data stays literal")
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", LONG)
def test_value_longer_than_any_command_line_arrives_as_itself(name: str, shell: Shell, tmp_path: Path) -> None:
    positions = {position: POSITIONS[position] for position in SCRIPTS_OF_LONG_VALUES}
    written, shown = show(positions, CORPUS[name], shell, tmp_path / "folder")

    assert written == shown


@rule("9.4 sh")
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("name", "share"), SHARES)
def test_value_for_a_second_shell_arrives_as_itself(name: str, share: slice, shell: Shell, tmp_path: Path) -> None:
    written, shown = show(dict(list(SECOND_SHELL.items())[share]), SHORT[name], shell, tmp_path / "folder")

    assert written == shown


@rule("9.1 data stays literal", "9.2 redirection target")
@pytest.mark.parametrize("shell", SHELLS)
def test_redirection_writes_to_the_file_of_that_name(shell: Shell, tmp_path: Path) -> None:
    names = [value for value in SHORT.values() if _is_file_name(value)]
    folder = tmp_path / "folder"
    folder.mkdir()

    run(shell, [rendered('printf . > ${item.v}; printf . >> "${item.v}"', name) for name in names], folder)

    assert {file.name for file in folder.iterdir()} == set(names)
    assert all(file.read_bytes() == b".." for file in folder.iterdir())


ARITHMETIC = {
    "$(( ))": ("show $((${item.v}))", False),
    "$(( )) in D": ('show "$((0 + ${item.v}))"', False),
    "$(( )) in H": ('show "$(cat <<E\n$((${item.v}))\nE\n)"', False),
    "behind a minus": ("show $((0-${item.v}))", False),
    "(( ))": ("((w = ${item.v})); show $w", True),
    "$[ ]": ("show $[${item.v}]", True),
    "index": ("w[${item.v}]=x; show ${!w[@]}", True),
    "index of an expansion": ("w=(x); show ${w[${item.v}]-x}", True),
    "offset": ("w=0123456789; show ${w:${item.v}:1}", True),
    "let": ("let w=${item.v}; show $w", True),
    "declare -i": ("declare -i w=${item.v}; show $w", True),
    "builtin let": ("builtin let w=${item.v}; show $w", True),
    "[[ -eq ]]": ("[[ ${item.v} -eq 7 ]]", True),
    "[[ -v ]]": ("[[ -v w[${item.v}] ]]", True),
    "for (( ))": ("for ((w=${item.v}; w<0; w++)); do :; done; show $w", True),
    "[[ behind for (( ))": ("for ((w=0; w<1; w++)) do [[ ${item.v} -eq 1 ]]; done", True),
    "[[ behind function": ("function f { [[ ${item.v} -eq 1 ]]; }; f", True),
    "[[ behind function ()": ("function f() { [[ ${item.v} -eq 1 ]]; }; f", True),
    "[[ behind [[ ]] then": ("if [[ x ]] then [[ ${item.v} -eq 1 ]]; fi", True),
    "[[ behind } do": ("while { false; } do [[ ${item.v} -eq 1 ]]; done", True),
    "[[ behind coproc": ("coproc [[ ${item.v} -eq 1 ]]", True),
    "[[ behind coproc NAME": ("coproc w { [[ ${item.v} -eq 1 ]]; }", True),
    "[[ behind time -p": ("time -p [[ ${item.v} -eq 1 ]]", True),
    "[[ in a case": ("case x in (x) [[ ${item.v} -eq 1 ]];; esac", True),
    "[[ with !": ("[[ ! ${item.v} -eq 1 ]]", True),
    "[[ with ( )": ("[[ ( ${item.v} -eq 1 ) ]]", True),
    "[[ over lines": ("[[ ${item.v} \\\n -eq 1 ]]", True),
    "(( behind for (( ))": ("for ((w=0; w<1; w++)) do ((${item.v})); done", True),
    "(( behind do": ("while ((${item.v})) do break; done", True),
    "(( behind &&": ("true && ((${item.v}))", True),
    "(( behind then": ("if true; then ((${item.v})); fi", True),
    "quoted let": ("'let' w=${item.v}", True),
    "escaped declare": ("\\declare -i w=${item.v}", True),
    "let behind command": ("command -p let w=${item.v}", True),
    "integer of before": ("declare -i w; w=${item.v}", True),
    "integer of before, in quotes": ('f() { local -ri w; w+="${item.v}"; }; f', True),
    "let behind nothing": ("$(true) let w=${item.v}", True),
    "let behind an empty variable": ("$EMPTY_ let w=${item.v}", True),
    "let behind empty backticks": ("`true` declare -i w=${item.v}", True),
    "subscript in quotes": ("unset 'w[${item.v}]'", True),
    "subscript of read": ('read -r "w[${item.v}]"', True),
    "subscript of printf": ('printf -v "w[${item.v}]" x', True),
    "subscript of declare": ('declare "w[${item.v}]=1"', True),
}


@rule("9.2 A", "9.2 PT306")
@pytest.mark.parametrize("where", ARITHMETIC)
def test_arithmetic_takes_no_value_but_a_number(where: str) -> None:
    for value in CORPUS.values():
        if re.fullmatch("-?(0|[1-9][0-9]*)", value):
            continue
        with pytest.raises(InterpolationError) as caught:
            rendered(ARITHMETIC[where][0], value)
        assert caught.value.code == ("PT308" if "\0" in value else "PT306"), value


@rule("9.2 A", "9.2 PT306")
@pytest.mark.parametrize(
    "text",
    [
        "declare -x ${item.v}",
        "typeset -u ${item.v}",
        "declare -n w=${item.v}",
        "read -r ${item.v}",
        "read -d x -r ${item.v}",
        "unset -v ${item.v}",
        "mapfile -t ${item.v}",
        "printf -v ${item.v} x",
        "test -v ${item.v}",
        "[ -R ${item.v} ]",
        "export ${item.v}",
        "builtin read '${item.v}'",
    ],
)
def test_name_of_a_variable_takes_no_subscript(text: str) -> None:
    with pytest.raises(InterpolationError, match="PT306"):
        rendered(text, CORPUS["subscript with a command"])
    assert rendered(text, "name")


@rule("9.2 A")
@pytest.mark.parametrize("where", ["$(( ))", "$(( )) in D", "$(( )) in H", "(( ))", "$[ ]", "index", "offset", "let"])
def test_numbers_arrive_in_arithmetic(where: str, tmp_path: Path) -> None:
    text, is_bash = ARITHMETIC[where]
    for shell in ("bash",) if is_bash else SHELLS:
        assert run(shell, [rendered(text, 7)], tmp_path) == ["7", END]


@rule("9.2 A")
@pytest.mark.parametrize("shell", SHELLS)
def test_negative_numbers_keep_their_sign(shell: Shell, tmp_path: Path) -> None:
    texts = {"show $((5-${item.v}))": "8", "show $((${item.v}-${item.v}))": "0", "w=9; show $((w-${item.v}))": "12"}
    if shell == "bash":
        texts |= {"w=0123456789; show ${w:${item.v}}": "789", "w=(a b c); show ${w[${item.v}]}": "a"}
        texts |= {"w=9; ((w=w-${item.v})); show $w": "12", "w=(a b c); w[${item.v}]=z; show ${w[0]}": "z"}
    for text, shown in texts.items():
        assert run(shell, [rendered(text, -3)], tmp_path) == [shown, END], text


PIECES = st.sampled_from(sorted({value for value in SHORT.values() if len(value) < 40 and "\0" not in value}))
# Bash itself loses a \x01 before a \x7f in some here-documents inside `$(…)`, whoever wrote it.
ANY_TEXT = st.lists(PIECES | st.text(max_size=6), max_size=4).map(
    lambda parts: re.sub("[\0\x01\x7f]", "", "".join(parts))
)


@rule("9.1 data stays literal")
@examples(15)
@given(value=ANY_TEXT, names=st.lists(st.sampled_from(sorted(POSITIONS)), min_size=1, max_size=12))
@pytest.mark.parametrize("shell", SHELLS)
def test_any_text_arrives_as_itself_in_any_positions(
    shell: Shell, tmp_path_factory: pytest.TempPathFactory, value: str, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any", numbered=True) / "folder"
    written, shown = show({name: POSITIONS[name] for name in names}, value, shell, folder)

    assert written == shown


def _is_file_name(value: str) -> bool:
    return value not in ("", ".", "..") and not set("/\0") & set(value) and len(value.encode("utf-8", "replace")) < 256
