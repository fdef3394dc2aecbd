"""Texts with references: what is found, what is left, what fails (language 8.2, 8.3, 8.7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.interpolate import InterpolationError, parse_text, render, resolve, unavailable
from prodigy_tui.workflow.references import Mode
from prodigy_tui.workflow.variables import Scope, Value, agent_aliases, item_value

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


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("${item.path}", "src/a.py"),
        ("${ item.path }", "src/a.py"),
        ("${item.tags[0]} ${item.tags.1} ${item.tags[-1]}", "x y y"),
        ("${item.deep['k 1'][1]}", "2.5"),
        ('${item.deep["k 1"]}', "1, 2.5"),
        ("${item.tags}", "x, y"),
        ("${item.n}", "3.0"),
        ("${map.results[*].item_id}", "a, b"),
        ("${map.results}", '[{"item_id":"a"},{"item_id":"b"}]'),
        ("${map.results[0]}", '{"item_id":"a"}'),
        ("${item.deep[*][0]}", "1"),
        ("${build} ${build.stdout} ${build.exit_code}", "ok ok 0"),
        ("${my-name}", "dash"),
        ("$PORT and $item_id", "8080 and a-1"),
        ("$1 ${1} $2", "first first $2"),
        ("${HOME} $HOME", "/home/me /home/me"),
        ("$${x} \\${x} $$x \\$x", "${x} ${x} $x $x"),
        ("5 $ and $ 5, 100$", "5 $ and $ 5, 100$"),
        ("${#x} ${V%.*} ${x:0:3} ${x:+y} ${{ x }}", "${#x} ${V%.*} ${x:0:3} ${x:+y} ${{ x }}"),
        ("${missing:-a}${empty:-b}${nothing:-c}${item.no|default:d}", "abcd"),
        ("${missing:-${item.no:-${PORT}}}", "8080"),
        ("${missing:-{}}", "{}"),
        ("${missing:-}|", "|"),
        ("${empty}|${nothing}|", "||"),
        ("${env.X:-none}", "none"),
        ("$item.path", '{"path":"src/a.py","tags":["x","y"],"deep":{"k 1":[1,2.5]},"n":3.0}.path'),
    ],
)
def test_plain_text(written: str, plain: str) -> None:
    assert text(written) == plain


@pytest.mark.parametrize(
    "written",
    [
        *("$X", "$1", "$?", "$@", "$(x)", "$((1+1))", "`x`", "${undeclared}", "${undeclared:-d}", "${undeclared%.*}"),
        *("${1}", "${#x}", "${a[0]}", "${a[@]}", "${a[*]}", "${x:0:3}", "${x:+y}", "\\${x}", "\\$x", "$$"),
        *("${other-name}", "${!x}", "${x^^}", "${x//a/b}", "${ARR[1]:-x}", "${undeclared:upper}"),
    ],
)
def test_shell_text_leaves_what_is_the_shells_own(written: str) -> None:
    assert text(written, "shell") == written


@pytest.mark.parametrize(
    ("written", "given_to_shell"),
    [
        ("${build}", "'ok'"),
        ("${my-name}", "'dash'"),
        ("${PORT}", "8080"),
        ("build=1; a ${build} ${item_id}", "build=1; a ${build} 'a-1'"),
        ("a $${x}", "a ${x}"),
        ("a ${X:-${item_id}}", "a ${X:-'a-1'}"),
        ("a ${X:-${Y:-${PORT}}}", "a ${X:-${Y:-8080}}"),
        ("a ${item.no:-x ${item_id}}", "a x 'a-1'"),
    ],
)
def test_shell_text(written: str, given_to_shell: str) -> None:
    assert text(written, "shell") == given_to_shell


@pytest.mark.parametrize(
    ("written", "mode", "code"),
    [
        ("${item.no}", "plain", "PT301"),
        ("${item.no}", "shell", "PT301"),
        ("${later}", "plain", "PT301"),
        ("${later}", "shell", "PT301"),
        ("${undeclared}", "plain", "PT301"),
        ("${un.known}", "plain", "PT301"),
        ("${un.known}", "shell", "PT301"),
        ("${map.succesful}", "plain", "PT301"),
        ("${map.succesful:-0}", "plain", "PT301"),
        ("${item.path:nope}", "plain", "PT304"),
        ("${build:nope}", "shell", "PT304"),
        ("${item.path:raw:upper}", "plain", "PT304"),
        ("${item.path:head}", "plain", "PT304"),
        ("${item.no:?give it a name}", "plain", "PT301"),
        ("${cmd:date}", "plain", "PT199"),
        ("${uuid}", "shell", "PT199"),
    ],
)
def test_failures(written: str, mode: Mode, code: str) -> None:
    assert code_of(written, mode) == code


def test_messages_name_the_variable_and_what_is_near() -> None:
    with pytest.raises(InterpolationError, match=r"'item\.pth' has no value here; did you mean 'item\.path'\?"):
        text("${item.pth}")
    with pytest.raises(InterpolationError, match=r"unknown variable 'biuld'; did you mean 'build'\?"):
        text("${biuld}")
    with pytest.raises(InterpolationError, match=r"did you mean 'map\.successful'\?"):
        text("${map.succesful}")
    with pytest.raises(InterpolationError, match="'empty': must be set to 8080"):
        text("${empty:?must be set to ${PORT}}")


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
    ],
)
def test_problems_of_the_form(written: str, mode: Mode, codes: list[str]) -> None:
    assert [problem.code for problem in parse_text(written, mode).problems] == codes


def test_references_include_those_in_defaults() -> None:
    template = parse_text("a ${b:-x ${c|default:${d}}} $e", "plain")

    assert [str(reference.path) for reference in template.references] == ["b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("${file:a.txt}", "'${file:…}'"),
        ("${cmd:git log --format=%h | head}", "'${cmd:…}'"),
        ("${json:a.b:from:x}", "'${json:…}'"),
        ("${date:%Y-%m-%d}", "'${date:…}'"),
        ("${uuid}", "'${uuid}'"),
        ("${git.branch}", "'git.*'"),
        ("${param.x}", "'param.*'"),
        ("${step.files_added:*.md:json}", "'step.files_added'"),
        ("${workflow.commits}", "'workflow.commits'"),
    ],
)
def test_what_is_not_built_yet_is_named(written: str, why: str) -> None:
    (reference,) = parse_text(written, "plain").references

    assert (unavailable(reference) or "").startswith(why)


@pytest.mark.parametrize("written", ["${env:HOME}", "${step.name}", "${workflow.name}", "${date:-x}", "${json:lines}"])
def test_what_is_built_is_not_named(written: str) -> None:
    (reference,) = parse_text(written, "plain").references

    assert unavailable(reference) is None


def test_a_declared_name_stands_before_a_computed_reference() -> None:
    scope = Scope(names=[{"uuid": Value("mine"), "git": Value({"branch": "b"})}], declared={"uuid", "git"})

    assert render(parse_text("${uuid} ${git.branch}", "plain"), scope) == "mine b"


def test_one_whole_reference_keeps_the_type() -> None:
    assert resolve(parse_text("${item.tags}", "plain"), SCOPE) == Value(["x", "y"])
    assert resolve(parse_text("${PORT}", "plain"), SCOPE) == Value("8080", trusted=True)
    assert resolve(parse_text("p ${PORT}", "plain"), SCOPE).trusted
    assert not resolve(parse_text("p ${PORT} ${item_id}", "plain"), SCOPE).trusted


def test_large_values_of_prompts_are_moved() -> None:
    scope = Scope(names=[{"big": Value("x" * 70_000), "small": Value("y")}])
    kept: list[str] = []

    shown = render(parse_text("${big} ${small}", "plain"), scope, keep=lambda value: kept.append(value) or "/tmp/f")

    assert shown == "/tmp/f y"
    assert [len(value) for value in kept] == [70_000]


def test_name_too_long_for_the_environment_cannot_be_left_to_the_shell() -> None:
    scope = Scope(names=[{"big": Value("x" * 140_000)}])

    with pytest.raises(InterpolationError, match=r"\$big' is too long"):
        render(parse_text('echo "$big"', "shell"), scope)
    assert len(render(parse_text('echo "${big}"', "shell"), scope)) > 140_000


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


def test_hostile_nesting_is_read_in_no_time() -> None:
    for written in ("${a:-" * 20_000, "${a:-" * 3_000 + "}" * 3_000, "${a:f(" * 20_000, "${" * 50_000, "{" * 100_000):
        parse_text(written, "plain")
        parse_text(written, "shell")
