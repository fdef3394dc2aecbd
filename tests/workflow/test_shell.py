"""Where data stands in shell text, and what it becomes there (language 9)."""

import pytest

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render, resolve
from prodigy_tui.workflow.shell import Datum, Piece, Trusted, assigned_names, insert, inspect
from prodigy_tui.workflow.variables import Scope, Value, item_value
from tests.support.rules import rule

TEXT = 'it\'s "$5" & more'


def shell(text: str, **item: object) -> str:
    scope = Scope(
        names=[{"files": Value(["a b", "c"], kind="paths"), "none": Value([])}],
        roots={
            "item": item_value({"t": TEXT, "n": 7, "objects": [{"a": 1}], **item}),
            "step": Value({"name": Value(["a b", "c"], kind="paths")}),
            "run": Value({"id": "run1", "branch": "$(x)", "worktree": ""}, trusted=True),
        },
    )
    return render(parse_text(text, "shell"), scope)


def code_of(text: str, **item: object) -> str:
    with pytest.raises(InterpolationError) as caught:
        shell(text, **item)
    return caught.value.code


@pytest.mark.parametrize(
    ("written", "given"),
    [
        pytest.param("echo ${item.t}", "echo 'it'\\''s \"$5\" & more'", marks=rule("9.3 unquoted")),
        pytest.param('echo "T: ${item.t}"', 'echo "T: it\'s \\"\\$5\\" & more"', marks=rule("9.3 double")),
        pytest.param("echo 'T: ${item.t}'", "echo 'T: it'\\''s \"$5\" & more'", marks=rule("9.3 single")),
        pytest.param("x=$(look ${item.t})", "x=$(look 'it'\\''s \"$5\" & more')", marks=rule("9.3 substitution")),
        pytest.param(
            'x="$(look "${item.t}")"', 'x="$(look "it\'s \\"\\$5\\" & more")"', marks=rule("9.3 quoted substitution")
        ),
        pytest.param("x=`look ${item.t}`", "x=`look 'it'\\\\''s \"\\$5\" & more'`", marks=rule("9.3 backticks")),
        pytest.param(
            "cat <<EOF\n${item.t}\nEOF", 'cat <<EOF\nit\'s "\\$5" & more\nEOF', marks=rule("9.3 here-document")
        ),
        pytest.param(
            "cat <<'EOF'\n${item.t}\nEOF",
            "cat <<'EOF'\nit's \"$5\" & more\nEOF",
            marks=rule("9.3 quoted here-document"),
        ),
        pytest.param("lint ${step.name}", "lint 'a b' 'c'", marks=rule("9.3 list")),
        pytest.param("f=${step.name}", "f='a b c'", marks=rule("9.3 assigned list")),
        pytest.param("lint --files=${step.name}", "lint --files='a b c'", marks=rule("9.3 list in a word")),
        pytest.param('echo "${step.name}"', 'echo "a b c"', marks=rule("9.3 quoted list")),
        pytest.param("for f in ${step.name:*.md}; do", "for f in ; do", marks=rule("9.3 empty list")),
        pytest.param("rm -- out/${item.t}.log", "rm -- out/'it'\\''s \"$5\" & more'.log", marks=rule("9.3 path")),
        pytest.param("test ${item.n} -gt 3", "test '7' -gt 3", marks=rule("9.3 number")),
        pytest.param(
            "awk '{print $1}' ${HOME}/x \"${arr[0]}\" ${#v} $?",
            "awk '{print $1}' ${HOME}/x \"${arr[0]}\" ${#v} $?",
            marks=rule("9.3 untouched"),
        ),
    ],
)
def test_rows_of_the_examples(written: str, given: str) -> None:
    assert shell(written) == given


@rule("9.3 json", "9.2 JSON kind")
def test_whole_item_is_one_word_of_json() -> None:
    scope = Scope(roots={"item": item_value({"n": "it's"})})

    assert render(parse_text("printf %s '${item}'", "shell"), scope) == "printf %s '{\"n\":\"it'\\''s\"}'"


@rule(
    "9.2 U list", "9.2 U list inside", "9.2 assignment", "9.2 redirection target", "9.2 lists rendered", "9.2 JSON kind"
)
@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("a ${files}", "a 'a b' 'c'"),
        ("a ${files};b", "a 'a b' 'c';b"),
        ("$(a ${files})", "$(a 'a b' 'c')"),
        ("arr=(${files})", "arr=('a b' 'c')"),
        ("a ${none} b", "a  b"),
        ("a x${none}", "a x'[]'"),
        ("a ${files}x", "a 'a b c'x"),
        ("a ${files}${files}", "a 'a b c''a b c'"),
        ("export F=${files}", "export F='a b c'"),
        ("a >${files}", "a >'a b c'"),
        ("a 2> ${files}", "a 2> 'a b c'"),
        ("a <<< ${files}", "a <<< 'a b c'"),
        ("a &>${files} ${files}", "a &>'a b c' 'a b' 'c'"),
        ("a ${item.objects}", "a '[{\"a\":1}]'"),
        ("a '${files}'", "a 'a b c'"),
        ("a <(b ${files})", "a <(b 'a b' 'c')"),
        ("a ${files}\\\n b", "a 'a b' 'c'\\\n b"),
        ("a \\\n${files}", "a \\\n'a b' 'c'"),
        ("local F=${files}", "local F='a b c'"),
        ("declare -r F=${files}", "declare -r F='a b c'"),
        ("readonly F=${files}", "readonly F='a b c'"),
        ("typeset F+=${files}", "typeset F+='a b c'"),
        ("F[1]=${files}", "F[1]='a b c'"),
        ("a >>${files}", "a >>'a b c'"),
        ("a < ${files}", "a < 'a b c'"),
        ("a >|${files} ${none}", "a >|'a b c' "),
        ("a > ${none}", "a > '[]'"),
        ("cat <<E\n${files}\nE", "cat <<E\na b c\nE"),
        ("a {x,${files}}", "a {x,'a b c'}"),
        ("(a ${files})", "(a 'a b' 'c')"),
        ("a ${item.e}", "a ''"),
    ],
)
def test_lists_are_several_words_only_where_they_are_whole_words(written: str, given: str) -> None:
    assert shell(written, e="") == given


@rule(
    "9.2 U",
    "9.2 D",
    "9.2 S",
    "9.2 H",
    "9.2 Q",
    "9.2 C",
    "9.2 A",
    "9.2 P",
    "9.2 substitution",
    "9.2 backticks",
    "9.2 content",
)
@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("a # ${item.t}\nb ${item.n}", "a # x y\nb '7'"),
        ("a b#${item.n}", "a b#'7'"),
        ("a $((1 + ${item.n}))", "a $((1 + 7))"),
        ("a $((5-${item.m}))", "a $((5- -3))"),
        ("a ${v:${item.m}}", "a ${v: -3}"),
        ("a $(($A${item.n}))", "a $((${A}7))"),
        ("function f { echo ${item.n}; }", "function f { echo '7'; }"),
        ("coproc w { a ${item.n}; }", "coproc w { a '7'; }"),
        ("declare -i x; x=${item.n}", "declare -i x; x='7'"),
        ("unset 'a[${item.n}]'", "unset 'a[7]'"),
        ("read -p ${item.sub} x", "read -p 'a[b]' x"),
        ("cat <<E\n`a ${item.t}`\nE", "cat <<E\n`a 'x\ny'`\nE"),
        ("if ((x == ${item.n})); then :; fi", "if ((x == 7)); then :; fi"),
        ("for ((i=0; i<${item.n}; i++)); do :; done", "for ((i=0; i<7; i++)); do :; done"),
        ("a[${item.n}]=1", "a[7]=1"),
        ("echo ${v[${item.n}]}", "echo ${v[7]}"),
        ("echo ${v:${item.n}:2}", "echo ${v:7:2}"),
        ("let x=${item.n}", "let x='7'"),
        ("echo ${V:-${item.n}}", "echo ${V:-'7'}"),
        ('echo ${V:-"${item.n}"}', 'echo ${V:-"7"}'),
        ("case $x in ${item.n}) echo ${item.n};; esac", "case $x in '7') echo '7';; esac"),
        ("$(case x in a) b ${item.n};; esac) ${item.n}", "$(case x in a) b '7';; esac) '7'"),
        ('echo "$(case x in (a) b;; esac) ${item.n}"', 'echo "$(case x in (a) b;; esac) 7"'),
        ("[[ $x == ${item.n} ]]", "[[ $x == '7' ]]"),
        ("echo \\${x} $$${item.n}", "echo \\${x} $$'7'"),
        ("echo $${x} ${item.n}", "echo ${x} '7'"),
        ("echo `echo \\`echo ${item.n}\\``", "echo `echo \\`echo '7'\\``"),
        ("cat <<A <<'B' ${item.n}\n${item.n}\nA\n$X ${item.n}\nB\nx ${item.n}", None),
        ("cat <<-E\n\t${item.n}\n\tE\nx ${item.n}", "cat <<-E\n\t7\n\tE\nx '7'"),
        ("x=$(cat <<E\n${item.n}\nE\n) ${item.n}", "x=$(cat <<E\n7\nE\n) '7'"),
        ("echo $'a' ${item.n}", "echo $'a' '7'"),
        ('echo "a \'b ${item.n}"', 'echo "a \'b 7"'),
        ("f() { echo ${item.n}; }", "f() { echo '7'; }"),
        ("ls @(a|b) # ${item.n}", "ls @(a|b) # 7"),
    ],
)
def test_positions(written: str, given: str | None) -> None:
    expected = given or "cat <<A <<'B' '7'\n7\nA\n$X 7\nB\nx '7'"

    assert shell(written, t="x\ny", m=-3, sub="a[b]") == expected


@rule("9.2 name")
@pytest.mark.parametrize(
    ("written", "given"),
    [
        ('"$A${item.n}"', '"${A}7"'),
        ("cat <<E\n$A${item.n}\nE", "cat <<E\n${A}7\nE"),
        ('"$A${run.id}${item.n}"', '"${A}run17"'),
        ('"$A ${item.n}"', '"$A 7"'),
        ('"\\$A${item.n}"', '"\\$A7"'),
        ('"${A}${item.n}"', '"${A}7"'),
        ("$A${item.n}", "$A'7'"),
        ('"$1${item.n}"', '"$17"'),
        ('"$A${run.worktree}${item.n}"', '"${A}7"'),
        ('"$A_b${item.n}$C${run.id}"', '"${A_b}7$Crun1"'),
    ],
)
def test_data_never_becomes_part_of_a_name(written: str, given: str) -> None:
    assert shell(written) == given


@rule("9.2 PT306", "9.2 backticks in D", "9.2 ansi", "9.2 P", "C pattern")
@pytest.mark.parametrize(
    "written",
    [
        'x="`a ${item.t}`"',
        "a $'x ${item.t}'",
        "a $((${item.t}))",
        "a[${item.t}]=1",
        'a["${item.t}"]=1',
        'a "${X:-${item.t}}"',
        "cat <<E\n${X:-${item.t}}\nE",
        "a ${X#${item.t}}",
        'a "${X%"${item.t}"}"',
        "a ${X/${item.t}/b}",
        "cat <<${item.t}\nx",
        "cat <<'${item.t}'\nx",
        "[[ ${item.t} -eq 1 ]]",
        '[[ 1 -lt "${item.t}" ]]',
        "[[ -v ${item.t} ]]",
        "let x=${item.t}",
        "declare -i x=${item.t}",
        "a $[${item.t}]",
        "unset ${item.subscript}",
        "read ${item.subscript}",
        "printf -v ${item.subscript} x",
        "a ${v:${item.t}}",
    ],
)
def test_data_where_it_cannot_be_quoted_is_refused(written: str) -> None:
    assert code_of(written, subscript="a[$(id)]") == "PT306"


@rule("9.2 A")
@pytest.mark.parametrize("number", ["08", "1e3", "0x1", "a", "", "1 + 1", "x[$(id)]", "--1"])
def test_arithmetic_takes_only_decimal_numbers(number: str) -> None:
    assert code_of("echo $((${item.v}))", v=number) == "PT306"


@rule("9.2 trusted first")
@pytest.mark.parametrize("trusted", ["\\", "$"])
def test_trusted_text_cannot_take_the_escaping_away(trusted: str) -> None:
    for before, after in (("", ""), ('"', '"')):
        pieces: list[Piece] = [before, Trusted(trusted), Datum(text="$(id)", label="item.t"), after]
        with pytest.raises(Exception, match="cannot be quoted directly behind"):
            insert(pieces)


@rule("9.2 PT307")
@pytest.mark.parametrize(
    "written",
    [
        "cat <<E\n${item.v}\nE",
        "cat <<'E'\nx\n${item.v}\nE",
        "cat <<-E\n\t${item.v}\n\tE",
        "cat <<E\n${item.v}\nE\necho ${item.v}",
        "x=$(cat <<E\n${item.v})\nE\n)",
        "x=$(cat <<E\n${item.v} y)\nE\n)",
        "cat <<ab\na\\\n${item.b}\nab",
    ],
)
def test_value_that_equals_the_delimiter_is_refused(written: str) -> None:
    assert code_of(written, v="a\nE", b="b") == "PT307"


def test_line_that_dash_would_damage_is_refused() -> None:
    assert code_of("cat <<EOF\n${item.v}\nEOF", v="Eötvös") == "PT307"
    assert shell("cat <<EOF\n${item.w}Eö\nEOF", w="y").endswith("\nyEö\nEOF")
    assert shell("cat <<EOF\nEö\n${item.v}\nEOF", v="x").endswith("\nEö\nx\nEOF")


def test_delimiter_inside_a_longer_line_is_no_delimiter() -> None:
    assert shell("cat <<E\n${item.v}\nE", v="aE\nE b") == "cat <<E\naE\nE b\nE"


@rule("9.2 PT308")
@pytest.mark.parametrize("written", ["a ${item.v}", "a ${item.v:raw}", '"${item.v}"'])
def test_nul_is_refused(written: str) -> None:
    assert code_of(written, v="a\0b") == "PT308"


@rule("9.2 PT309")
@pytest.mark.parametrize(
    "written",
    [
        "a ) ${item.n}",
        "a ${X!y} ${item.n}",
        "a $'\\'' ${item.n}",
        "x=$(cat <<E) \n${item.n}\nE",
        "x=$(cat <<E\n${item.n}",
        "a \"${X:-'}'}\" ${item.n}",
        "cat <<$X\n${item.n}",
        "a `b ${item.n}",
        "x=$((a) | b ${item.n})",
    ],
)
def test_text_that_cannot_be_scanned_up_to_data_is_refused(written: str) -> None:
    assert code_of(written) == "PT309"


def test_what_stands_behind_the_last_datum_is_not_looked_at() -> None:
    assert shell("a ${item.n} 'b") == "a '7' 'b"


@rule("9.1 trusted as is")
def test_trusted_values_are_put_in_as_they_are() -> None:
    assert shell("git push origin ${run.branch}") == "git push origin $(x)"


@rule("9.4 raw", "9.4 quote", "9.4 sh")
def test_overrides() -> None:
    assert shell("a ${item.t:raw}") == f"a {TEXT}"
    assert shell("a ${run.branch:quote}") == "a '$(x)'"
    assert shell('ssh h "rm ${item.n:sh}"') == "ssh h \"rm '7'\""
    assert shell("ssh h rm ${files:sh}") == "ssh h rm ''\\''a b'\\'' '\\''c'\\'''"


@rule("9.4 PT311")
@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("eval ${item.t}", 1),
        ('bash -c "x ${item.t}"', 1),
        ("sudo sh -ec 'x ${item.t}'", 1),
        ("bash -c 'x \"$1\"' _ ${item.t}", 0),
        ("ssh host rm ${item.t}", 1),
        ("find . | xargs sh -c '${item.t}'", 1),
        ('su -c "${item.t}"', 1),
        ("trap 'rm ${item.t}' EXIT", 1),
        ("echo ssh ${item.t}", 0),
        ("ssh host; echo ${item.t}", 0),
        ("x=`eval ${item.t}`", 1),
        ("bash -o pipefail -lc '${item.t}'", 1),
        ("/bin/sh -c ${item.t}", 1),
        ("env A=1 ssh host ${item.t}", 1),
        ("sudo -u x ssh host ${item.t}", 1),
        ("timeout 5 ssh ${item.t} ls", 1),
        ("find . -exec sh -c 'a ${item.t}' x \\;", 1),
        ('su x -c "a ${item.t}"', 1),
        ('x=$(ssh host "a ${item.t}")', 1),
        ("echo eval; echo ${item.t}", 0),
        ("sh -c 'a \"$1\"' sh ${item.t}", 0),
        ("sh script ${item.t}", 0),
        ("ssh host true > ${item.t}", 0),
    ],
)
def test_data_that_reaches_a_second_shell_is_found(written: str, found: int) -> None:
    before, _, after = written.partition("${item.t}")

    assert len(inspect([before, Datum(text="0"), after]).second_shell) == found
    assert not inspect([before, Datum(text="0", second_shell=True), after]).second_shell


def test_inspection_goes_on_behind_what_it_finds() -> None:
    datum = Datum(text="0", label="item.t")
    texts = ['x="`a ', " ", '`" ', ' "${X:-', '}"; ssh ', " `ssh ", "` `a $'", "'` ) "]
    pieces: list[Piece] = [piece for text in texts for piece in (text, datum)]

    inspection = inspect([*pieces, " ", datum])

    found = [(number, fault.code) for number, fault in inspection.faults]
    assert found == [(0, "PT306"), (3, "PT306"), (6, "PT306"), (7, "PT309")]
    assert inspection.second_shell == (4, 5)


@rule("9.1 mixed")
def test_text_of_several_values_is_data_if_one_part_is() -> None:
    scope = Scope(roots={"item": item_value({"t": "$(x)"}), "run": Value({"id": "r"}, trusted=True)})

    assert resolve(parse_text("${run.id}-${run.id}", "plain"), scope).trusted
    assert not resolve(parse_text("${run.id}-${item.t}", "plain"), scope).trusted
    assert not resolve(parse_text("${nope_:-a${item.t}}", "plain"), scope).trusted


@rule("B.3 shell text")
@pytest.mark.parametrize(
    "text", ["echo $HOME $1 ${arr[0]} ${arr[@]} ${V:-d} ${V%.*} ${V##*/} ${#V} ${V:0:3} ${V:+y} ${1} $? $$ $((1)) `a`"]
)
def test_what_is_the_shells_is_left(text: str) -> None:
    assert shell(text) == text


def test_long_texts_are_inspected_in_no_time() -> None:
    datum = Datum(text="0")
    for text in ("echo ", "[[ ", "ssh x ", '"$(', "a[", "$((", "`"):
        inspect([text, datum] * 2000)


def test_assignments_of_long_texts_are_found_in_no_time() -> None:
    for text in (";x=(", ';x="', ";x='a", "x=`", "(", "if ", "x=1 ", "$(x=$("):
        assigned_names(text * 20_000)


@rule("8.3 assigned")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x=1; y+=2", {"x", "y"}),
        ("for f in *; do (z=1) & w=2; done", {"f", "z", "w"}),
        ("while IFS= read -r -p q: a b; do :; done", {"IFS", "a", "b"}),
        ("local p q=3; export R; readonly S=1", {"p", "q", "R", "S"}),
        ("lint --x=1 a.b=2 'c=3'", set()),
        ("echo a b", set()),
        ('echo "Summary: files=1, x"', set()),
        ('git commit -q -m "Update: files=1"', set()),
        ("make suite=1 && docker run -e a=2 && env b=3 cmd", set()),
        ("A=1 B='x y' C=$(d e) D=\"p q\" cmd E=2", {"A", "B", "C", "D"}),
        ("a && x=1 || ! y=2 | z=3", {"x", "y", "z"}),
        ("if x=1; then y=2; else z=3; fi", {"x", "y", "z"}),
        ("case $a in b) x=1;; esac; f() { y=2; }", {"x", "y"}),
        ("cmd \\\n  files=1", set()),
        ("if [ $x == y ]; then z== ; fi", set()),
        ("x=(a b) y[1]=2", {"x", "y"}),
        ("echo $(v=1; echo `w=2`)", {"v", "w"}),
        ("echo please export a and read b", set()),
        ("select s in a b; do :; done", {"s"}),
    ],
)
def test_assigned_names(text: str, names: set[str]) -> None:
    assert assigned_names(text) == names


@rule("19 shell text")
def test_a_shell_text_has_at_most_8_mib_with_its_values() -> None:
    most = 8 * 1024 * 1024 - len("echo ''")

    assert len(shell("echo ${item.t}", t="x" * most)) == 8 * 1024 * 1024
    with pytest.raises(InterpolationError, match="8 MiB with its values; use 'stdin'") as caught:
        shell("echo ${item.t}", t="x" * (most + 1))
    assert caught.value.code == "PT803"
