"""Texts with references: what is found, what is left, what fails (language 8.2, 8.3, 8.7)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render, resolve
from prodigy_tui.workflow.references import Mode
from prodigy_tui.workflow.variables import Scope, Value, agent_aliases, item_value
from tests.support.rules import rule

SCOPE = Scope(
    names=[
        {"build": Value("ok", fields={"stdout": "ok", "exit_code": 0}), "my-name": Value("dash"), "empty": Value("")},
        {"PORT": Value("8080", trusted=True), "ARG_1": Value("first", trusted=True), "nothing": Value(None)},
    ],
    roots={
        "item": item_value({"path": "src/a.py", "tags": ["x", "y"], "deep": {"k 1": [1, 2.5]}, "n": 3.0}),
        "map": Value({"total": 3, "results": Value([{"item_id": "a"}, {"item_id": "b"}], kind="json")}),
        "workflow": Value({"name": "w"}, trusted=True),
        "item_id": Value("a-1"),
    },
    environment={"HOME": "/home/me"},
    declared={"later", "build", "my-name", "empty", "PORT"},
)


def text(written: str, mode: Mode = "plain") -> str:
    return render(parse_text(written, mode), SCOPE)


def code_of(written: str, mode: Mode = "plain") -> str:
    with pytest.raises(InterpolationError) as caught:
        text(written, mode)
    return caught.value.code


PLAIN = [
    pytest.param("${item.path}", "src/a.py", marks=rule("8.2 reference", "8.3 root with value")),
    pytest.param("${ item.path }${\n\titem.path\r\n}", "src/a.pysrc/a.py", marks=rule("8.2 reference")),
    pytest.param("${item.tags[0]} ${item.tags.1} ${item.tags[-1]}", "x y y", marks=rule("8.2 index")),
    pytest.param("${item.deep['k 1'][1]}", "2.5", marks=rule("8.2 quoted key")),
    pytest.param('${item.deep["k 1"]}', "1, 2.5", marks=rule("8.2 quoted key")),
    pytest.param("${item.tags}", "x, y", marks=rule("8.7 other list")),
    pytest.param("${item.n}", "3.0", marks=rule("8.7 scalars")),
    pytest.param("${map.results[*].item_id}", "a, b", marks=rule("8.2 each")),
    pytest.param("${map.results}", '[{"item_id":"a"},{"item_id":"b"}]', marks=rule("8.7 object")),
    pytest.param("${map.results[0]}", '{"item_id":"a"}', marks=rule("8.7 object")),
    pytest.param("${item.deep[*][0]}", "1", marks=rule("8.2 each")),
    pytest.param("${build} ${build.stdout} ${build.exit_code}", "ok ok 0", marks=rule("8.5 captures")),
    pytest.param("${my-name}", "dash", marks=rule("8.2 dashes")),
    pytest.param("$PORT and $item_id", "8080 and a-1", marks=rule("8.2 short", "8.3 plain short")),
    pytest.param("$1 ${1} $2", "first first $2", marks=rule("8.2 short", "8.3 plain positional")),
    pytest.param("${HOME} $HOME", "/home/me /home/me", marks=rule("8.3 process environment", "8.4 environment")),
    pytest.param("$${x} \\${x} $$x \\$x", "${x} ${x} $x $x", marks=rule("8.2 escapes in plain text")),
    pytest.param("5 $ and $ 5, 100$ $- $. $$ $$1", "5 $ and $ 5, 100$ $- $. $$ $first", marks=rule("8.3 plain dollar")),
    pytest.param("${#x} ${V%.*} ${x:0:3} ${x:+y} ${{ x }}", "${#x} ${V%.*} ${x:0:3} ${x:+y} ${{ x }}",
                 marks=rule("8.3 not a reference")),
    pytest.param("${missing:-a}${empty:-b}${nothing:-c}${item.no|default:d}", "abcd", marks=rule("8.2 default")),
    pytest.param("${missing:-${item.no:-${PORT}}}", "8080", marks=rule("8.2 default", "B.3 spellings")),
    pytest.param("${build:-${prev.x}}", "ok", marks=rule("8.2 default")),
    pytest.param("${missing:-{}}${missing:-{a{b}}}", "{}{a{b}}", marks=rule("8.2 balanced default")),
    pytest.param("${missing:-}|", "|", marks=rule("8.2 default")),
    pytest.param("${item.tags|join(-)|upper} ${item.tags:join(-)}", "X-Y x-y", marks=rule("8.6 pipe")),
    pytest.param("${build:?x}", "ok", marks=rule("8.2 demand")),
    pytest.param("${empty}|${nothing}|", "||", marks=rule("8.7 scalars")),
    pytest.param("${env.X:-none}", "none", marks=rule("8.2 default")),
    pytest.param("$item.path", '{"path":"src/a.py","tags":["x","y"],"deep":{"k 1":[1,2.5]},"n":3.0}.path',
                 marks=rule("8.2 unbraced field")),
]  # fmt: skip


@pytest.mark.parametrize(("written", "plain"), PLAIN)
def test_plain_text(written: str, plain: str) -> None:
    assert text(written) == plain


@rule("8.3 shell's own", "8.2 escapes in shell text", "8.3 undeclared", "8.3 shell arrays", "B.3 shell's own")
@pytest.mark.parametrize(
    "written",
    [
        *("$X", "$1", "$?", "$@", "$(x)", "$((1+1))", "`x`", "${undeclared}", "${undeclared:-d}", "${undeclared%.*}"),
        *("${1}", "${#x}", "${a[0]}", "${a[@]}", "${a[*]}", "${x:0:3}", "${x:+y}", "\\${x}", "\\$x", "$$"),
        *("${other-name}", "${!x}", "${x^^}", "${x//a/b}", "${ARR[1]:-x}", "${undeclared:upper}", "$PORT", "$item"),
    ],
)
def test_shell_text_leaves_what_is_the_shells_own(written: str) -> None:
    assert text(written, "shell") == written


@pytest.mark.parametrize(
    ("written", "given_to_shell"),
    [
        pytest.param("${build}", "'ok'", marks=rule("8.3 root with value")),
        pytest.param("${my-name}", "'dash'", marks=rule("8.2 dashes")),
        pytest.param("${PORT}", "8080", marks=rule("8.3 root with value")),
        pytest.param("build=1; a ${build} ${item_id}", "build=1; a ${build} 'a-1'", marks=rule("8.3 assigned")),
        pytest.param("for build in 1 2; do ${build}; done", None, marks=rule("8.3 assigned")),
        pytest.param("read -r x build; ${build}", None, marks=rule("8.3 assigned")),
        pytest.param("local build; ${build}", None, marks=rule("8.3 assigned")),
        pytest.param("export build+=1\n${build}", None, marks=rule("8.3 assigned")),
        pytest.param("declare -x build=1; ${build}", None, marks=rule("8.3 assigned")),
        pytest.param("typeset build; ${build}", None, marks=rule("8.3 assigned")),
        pytest.param("readonly build=2 && ${build}", None, marks=rule("8.3 assigned")),
        pytest.param("a xbuild=1 ${build}", "a xbuild=1 'ok'", marks=rule("8.3 assigned")),
        pytest.param("a $${x}", "a ${x}", marks=rule("8.2 escapes in shell text")),
        pytest.param("a ${X:-${item_id}}", "a ${X:-'a-1'}", marks=rule("8.3 default of the shell")),
        pytest.param("a ${X:-${Y:-${PORT}}}", "a ${X:-${Y:-8080}}", marks=rule("8.3 default of the shell")),
        pytest.param("a ${item.no:-x ${item_id}}", "a x 'a-1'", marks=rule("8.2 default")),
        pytest.param("a '${PORT}'", "a '8080'", marks=rule("8.3 single quotes")),
    ],
)
def test_shell_text(written: str, given_to_shell: str | None) -> None:
    assert text(written, "shell") == (written if given_to_shell is None else given_to_shell)


@pytest.mark.parametrize(
    ("written", "mode", "code"),
    [
        pytest.param("${item.no}", "plain", "PT301", marks=rule("8.3 root without value")),
        pytest.param("${item.no}", "shell", "PT301", marks=rule("8.3 root without value", "B.3 no value")),
        pytest.param("${worker.id}", "shell", "PT301", marks=rule("8.3 root without value")),
        pytest.param("${later}", "plain", "PT301", marks=rule("8.3 root without value", "8.3 not run yet")),
        pytest.param("${later}", "shell", "PT301", marks=rule("8.3 root without value", "8.3 not run yet")),
        pytest.param("${undeclared}", "plain", "PT301", marks=rule("8.3 undeclared")),
        pytest.param("$undeclared", "plain", "PT301", marks=rule("8.3 plain short")),
        pytest.param("${un.known}", "plain", "PT301", marks=rule("8.3 unknown root")),
        pytest.param("${un.known}", "shell", "PT301", marks=rule("8.3 unknown root")),
        pytest.param("${un['k']}", "shell", "PT301", marks=rule("8.3 unknown root")),
        pytest.param("${map.succesful}", "plain", "PT301", marks=rule("8.3 fixed fields")),
        pytest.param("${map.succesful:-0}", "plain", "PT301", marks=rule("C unknown field")),
        pytest.param("${item.path:nope}", "plain", "PT304", marks=rule("8.3 unknown modifier")),
        pytest.param("${build:nope}", "shell", "PT304", marks=rule("8.3 unknown modifier")),
        pytest.param("${item.path:raw:upper}", "plain", "PT304", marks=rule("8.6 raw, quote, sh")),
        pytest.param("${item.path:head}", "plain", "PT304", marks=rule("8.6 text")),
        pytest.param("${item.path:[z-a]*}", "plain", "PT114", marks=rule("8.6 globs")),
        pytest.param("${item.no:?give it a name}", "plain", "PT301", marks=rule("8.2 demand")),
        pytest.param("${empty:?give it a name}", "shell", "PT301", marks=rule("8.2 demand")),
        pytest.param("${2}", "plain", "PT301", marks=rule("8.5 positional")),
    ],
)
def test_failures(written: str, mode: Mode, code: str) -> None:
    assert code_of(written, mode) == code


@rule("8.3 message")
def test_messages_name_the_variable_and_what_is_near() -> None:
    with pytest.raises(InterpolationError, match=r"'item\.pth' has no value here; did you mean 'item\.path'\?"):
        text("${item.pth}")
    with pytest.raises(InterpolationError, match=r"unknown variable 'biuld'; did you mean 'build'\?"):
        text("${biuld}")
    with pytest.raises(InterpolationError, match=r"did you mean 'map\.successful'\?"):
        text("${map.succesful}")
    with pytest.raises(InterpolationError, match="'empty': must be set to 8080"):
        text("${empty:?must be set to ${PORT}}")


@rule("8.1 read once")
def test_inserted_values_are_not_scanned_again() -> None:
    scope = Scope(names=[{"a": Value("${b} $b"), "b": Value("no")}])

    assert render(parse_text("${a}", "plain"), scope) == "${b} $b"


@pytest.mark.parametrize(
    ("written", "mode", "codes"),
    [
        ("${{ x }}", "plain", ["PT303"]),
        ("${{ x }}", "shell", []),
        ("$item.path", "plain", ["PT305"]),
        ("$item.path", "shell", ["PT305"]),
        ("${item.a|length:100}", "plain", ["PT303"]),
        ("${item.a:nope}", "plain", ["PT304"]),
        ("${item.a:json} $build", "plain", []),
        ("$item[0] \\$item.x $$item.x", "plain", []),
    ],
)
def test_problems_of_the_form(written: str, mode: Mode, codes: list[str]) -> None:
    assert [problem.code for problem in parse_text(written, mode).problems] == codes


def test_references_include_those_in_defaults() -> None:
    template = parse_text("a ${b:-x ${c|default:${d}}} $e", "plain")

    assert [str(reference.path) for reference in template.references] == ["b", "c", "d", "e"]


@rule("8.5 soft")
def test_a_declared_name_stands_before_a_soft_root() -> None:
    scope = Scope(names=[{"git": Value({"branch": "b"})}], declared={"git"})

    assert render(parse_text("${git.branch}", "plain"), scope) == "b"


def test_one_whole_reference_keeps_the_type() -> None:
    assert resolve(parse_text("${item.tags}", "plain"), SCOPE) == Value(["x", "y"])
    assert resolve(parse_text("${PORT}", "plain"), SCOPE) == Value("8080", trusted=True)
    assert resolve(parse_text("p ${PORT}", "plain"), SCOPE).trusted
    assert not resolve(parse_text("p ${PORT} ${item_id}", "plain"), SCOPE).trusted
    assert resolve(parse_text("${item.no:-${item.tags}}", "plain"), SCOPE) == Value(["x", "y"])


@rule("8.7 large value")
def test_large_values_of_prompts_are_moved() -> None:
    scope = Scope(names=[{"big": Value("x" * 70_000), "small": Value("y")}])
    kept: list[str] = []

    shown = render(parse_text("${big} ${small}", "plain"), scope, keep=lambda value: kept.append(value) or "/tmp/f")

    assert shown == "/tmp/f y"
    assert [len(value) for value in kept] == [70_000]


@rule("8.3 shell's own")
def test_name_too_long_for_the_environment_cannot_be_left_to_the_shell() -> None:
    scope = Scope(names=[{"big": Value("x" * 140_000)}])

    with pytest.raises(InterpolationError, match=r"\$big' is too long"):
        render(parse_text('echo "$big"', "shell"), scope)
    assert len(render(parse_text('echo "${big}"', "shell"), scope)) > 140_000


@rule("8.5 aliases")
def test_aliases_of_agents() -> None:
    assert agent_aliases("a.py", args_given=False).keys() == {"ARG", "ARGUMENT", "FILE", "FILE_PATH"}
    assert agent_aliases({"path": "p"}, args_given=True) == {"FILE": Value("p"), "FILE_PATH": Value("p")}


@given(st.text(alphabet="${}:-?|.[]'\"\\ *abitem0/()@#$$", max_size=40), st.sampled_from(["plain", "shell"]))
def test_any_text_is_parsed_and_rendered_or_refused(written: str, mode: Mode) -> None:
    template = parse_text(written, mode)
    try:
        render(template, SCOPE)
    except InterpolationError as error:
        assert error.code.startswith("PT")


@given(st.text(alphabet="${}:-ab ", max_size=60))
def test_text_without_references_stays(written: str) -> None:
    template = parse_text(written, "shell")

    if not template.references and "$${" not in written:
        assert render(template, Scope()) == written


@rule("8.2 hostile")
def test_hostile_nesting_is_read_in_no_time() -> None:
    for written in ("${a:-" * 20_000, "${a:-" * 3_000 + "}" * 3_000, "${a:f(" * 20_000, "${" * 50_000, "{" * 100_000):
        parse_text(written, "plain")
        parse_text(written, "shell")


@rule("8.2 hostile")
@pytest.mark.parametrize("word", ["a:", "a|join:", "a:-", "a:f(", "file:", "cmd:", "json:", "date:", "uuid:", "", "a["])
@pytest.mark.parametrize("end", ["}", ")}", ")x}", "%}", "]}"])
def test_hostile_references_are_read_and_refused_in_no_time(word: str, end: str) -> None:
    written = ("${" + word) * 1_500 + end * 1_500
    for mode in ("plain", "shell"):
        template = parse_text(written, mode)
        assert len(template.references) < 40_000
        with suppress(InterpolationError):
            render(template, Scope())
