"""Texts at load: code, place, words and hint of every problem that a reference can have (language 8.3 to 8.6)."""

# ruff: noqa: E501 - the lines are the product

import pytest

from prodigy_tui.workflow.build.context import Context, Declared, TextUse
from prodigy_tui.workflow.check_texts import check_text
from prodigy_tui.workflow.model import Phase
from prodigy_tui.workflow.nodes import ScalarNode
from prodigy_tui.workflow.problems import Report
from prodigy_tui.workflow.references import Mode
from prodigy_tui.workflow.visible import Visible, visible_names
from tests.support.rules import rule


def node(text: str) -> ScalarNode:
    return ScalarNode(file="w.yml", line=1, column=1, path="x", text=text, value=text, quoted=False, raw=text)


def declared(**kinds: str) -> list[Declared]:
    phase: Phase = "steps"
    return [
        Declared(node=node("t"), name=name, kind=kind, phase=phase)  # type: ignore[arg-type] # the kinds below
        for kind, names in kinds.items()
        for name in names.split()
    ]


NAMES = declared(
    capture="build", id="lint", output="report", parameter="target KEY", var="colour", dynamic="VERSION", env="MODE"
)
ENV = {
    "PORT": node("80"),
    "AUTH": node("Bearer ${TOKEN}"),
    "AUTH2": node("${AUTH}"),
    "STAMP": node("v${VERSION}"),
    "NOW": node("${date:%F}"),
}
VISIBLE: Visible = visible_names("steps", NAMES, ENV, {"TOKEN", "KEY"})


def lines(text: str, mode: Mode, *, phase: Phase = "steps", handler: bool = False, **use: bool) -> list[str]:
    report = Report("w.yml")
    context = Context(phase=phase, handler=handler)
    visible = VISIBLE if phase == "steps" else visible_names(phase, NAMES, ENV)
    check_text(TextUse(node=node(text), mode=mode, context=context, **use), visible, report)
    return [str(problem).removeprefix("w.yml:1:").replace(" at x", "", 1) for problem in report.problems()]


CASES = [
    pytest.param("${map.succesful}", "plain", [
        "1: error PT301: 'map' has no field 'succesful'; did you mean 'map.successful'?",
    ], marks=rule("8.3 fixed fields", "C unknown field")),
    pytest.param("${last.nope:-x}", "plain", [
        "1: error PT301: 'last' has no field 'nope'; it has cost_usd, duration, exit_code, output, outputs, session_id, "
        "status, stderr, stdout, success, tokens",
    ], marks=rule("8.3 fixed fields", "C unknown field")),
    pytest.param("${git.brnch}", "plain", [
        "1: error PT301: 'git' has no field 'brnch'; did you mean 'git.branch'?",
    ], marks=rule("8.3 fixed fields")),
    pytest.param("${git.branch:nope}", "plain", [
        "1: error PT304: '${git.branch:nope}': unknown modifier 'nope'",
    ], marks=rule("8.3 unknown modifier")),
    pytest.param("a ${prev.output}", "plain", ["3: error PT301: unknown variable 'prev.output'"],
                 marks=rule("8.3 unknown root", "B.3 prev")),
    pytest.param("a ${prev.output}", "shell", ["3: error PT301: unknown variable 'prev.output'"],
                 marks=rule("8.3 unknown root")),
    pytest.param("${arr[0]} ${arr[@]} ${arr[*]}", "shell", [], marks=rule("8.3 shell arrays")),
    pytest.param("${biuld}", "plain", [
        "1: warning PT302: 'biuld' is declared nowhere, so it can only come from the environment; did you mean 'build'?",
    ], marks=rule("8.3 undeclared")),
    pytest.param("${biuld} $biuld", "shell", [], marks=rule("8.3 undeclared")),
    pytest.param("${{ x }} ${#x} ${x:+y}", "plain", [
        "1: warning PT303: '${{ x }} ${#x} ${x:+' looks like a reference and is left as text",
        "10: warning PT303: '${#x} ${x:+y}' looks like a reference and is left as text",
        "16: warning PT303: '${x:+y}' looks like a reference and is left as text",
    ], marks=rule("8.3 not a reference")),
    pytest.param("${sum(map.total)}", "plain", [
        "1: warning PT303: '${sum(map.total)}' looks like a reference and is left as text",
    ], marks=rule("B.3 sum")),
    pytest.param("${build:nope}", "shell", ["1: error PT304: '${build:nope}': unknown modifier 'nope'"],
                 marks=rule("8.3 unknown modifier")),
    pytest.param("${build:raw:upper}", "plain", [
        "1: error PT304: '${build:raw:upper}': 'raw' must be the last modifier",
    ], marks=rule("8.6 raw, quote, sh")),
    pytest.param("${build|length:9}", "plain", [
        "1: warning PT303: the argument of modifier 'length' is ignored",
    ], marks=rule("8.6 pipe")),
    pytest.param("${build:[z-a]*}", "plain", [
        "1: error PT114: '${build:[z-a]*}': '[z-a]*' has a range that runs backwards: z-a",
    ], marks=rule("8.6 globs")),
    pytest.param("say $item.path", "plain", [
        "5: error PT301: 'item' has no value here; it has one in the agents of a map",
        "5: warning PT305: '$item.…' is '$item' and text; write '${item.…}'",
    ], marks=rule("8.2 unbraced field")),
    pytest.param("echo $map.total", "shell", [
        "6: warning PT305: '$map.…' is '$map' and text; write '${map.…}'",
    ], marks=rule("8.2 unbraced field")),
    pytest.param("build=1; echo ${build}", "shell", [
        "15: warning PT310: 'build' is assigned here and belongs to the shell, although it is declared too; "
        "use another name",
    ], marks=rule("8.3 assigned")),
    pytest.param("build=1; echo $build", "shell", [], marks=rule("8.3 assigned")),
    pytest.param("${error.message}", "plain", ["1: error PT301: 'error.message' has a value in handlers only"],
                 marks=rule("8.5 error")),
    pytest.param("${handler.output} ${test.output}", "plain", [
        "1: error PT301: 'handler.output' has a value in handlers only",
        "19: error PT301: 'test.output' has a value in handlers only",
    ], marks=rule("8.5 error")),
    pytest.param("${lint.report} ${steps.lint.report} ${lint.outputs.x} ${lint}", "plain", [], marks=rule("8.5 steps")),
    pytest.param("${lint.ouptut}", "plain", [
        "1: error PT301: the result of a step has no field 'ouptut'; did you mean 'output' or 'outputs'?",
    ], marks=rule("8.5 steps")),
    pytest.param("${steps.lnt.output}", "plain", [
        "1: error PT301: no step here has the id 'lnt'; did you mean 'steps.lint'?",
    ], marks=rule("8.5 steps")),
    pytest.param("${param.target} ${param.targt} ${target} ${param}", "plain", [
        "17: error PT301: no parameter has the name 'targt'; did you mean 'param.target'?",
    ], marks=rule("8.5 param and vars")),
    pytest.param("${vars.colour} ${vars.color} ${colour}", "plain", [
        "16: error PT301: 'vars' has nothing under the name 'color'; did you mean 'vars.colour'?",
    ], marks=rule("8.5 param and vars")),
    pytest.param("${TOKEN}", "plain", [
        "1: error PT333: 'TOKEN' is a secret and would be written into text; hand it over in 'env', "
        "or write '${TOKEN:raw}'",
    ], marks=rule("8.3 secret in plain text")),
    pytest.param("${env.TOKEN:upper}", "plain", [
        "1: error PT333: 'TOKEN' is a secret and would be written into text; hand it over in 'env', "
        "or write '${env.TOKEN:raw}'",
    ], marks=rule("8.3 secret in plain text")),
    pytest.param("${AUTH2} ${param.KEY}", "plain", [
        "1: error PT333: 'AUTH2' is a secret and would be written into text; hand it over in 'env', "
        "or write '${AUTH2:raw}'",
        "10: error PT333: 'KEY' is a secret and would be written into text; hand it over in 'env', "
        "or write '${param.KEY:raw}'",
    ], marks=rule("8.3 secret in env")),
    pytest.param("${TOKEN:raw}", "plain", [], marks=rule("8.3 secret in plain text")),
    pytest.param("a ${TOKEN} \"${env.TOKEN}\" $TOKEN", "shell", [], marks=rule("8.3 secret in shell text")),
    pytest.param("a '${TOKEN}'", "shell", [
        "4: error PT333: the secret 'TOKEN' stays literal here; use double quotes",
    ], marks=rule("8.3 secret stays literal")),
    pytest.param("a # ${TOKEN}", "shell", [
        "5: error PT333: the secret 'TOKEN' stays literal here; use double quotes",
    ], marks=rule("8.3 secret stays literal")),
    pytest.param("${TOKEN:upper}", "shell", [
        "1: error PT333: '${TOKEN:upper}': the secret 'TOKEN' is left for the shell, which has no such modifier; "
        "write '${TOKEN}'",
    ], marks=rule("8.3 secret in shell text")),
    pytest.param("${json:a:from:TOKEN}", "plain", [
        "1: error PT333: 'TOKEN' is a secret and would be written into text",
    ], marks=rule("8.3 secret in plain text")),
    pytest.param("${file:../x} ${file:/x} ${file:a/..b}", "plain", [
        "1: error PT801: '../x' leaves the worktree",
        "14: error PT801: '/x' is absolute; 'file:' reads files of the worktree",
    ], marks=rule("8.2 file")),
    pytest.param("${json:a:from:nope}", "plain", [
        "1: warning PT302: 'nope' is declared nowhere, so it can only come from the environment",
    ], marks=rule("8.2 json")),
    pytest.param("${cmd:date} ${uuid} ${date:%F} ${json:a:from:build}", "plain", [], marks=rule("8.2 computed form")),
    pytest.param("echo $'${uuid}'", "shell", [
        "8: error PT306: 'uuid' cannot be quoted inside $'…'; use another quoting",
    ], marks=rule("8.2 computed data")),
    pytest.param("echo $'${PORT} ${target} ${colour} ${env.PORT} ${ARG} ${1}'", "shell", [],
                 marks=rule("8.5 trusted")),
    pytest.param("echo $'${VERSION}' $'${STAMP}' $'${NOW}' $'${env.VERSION}'", "shell", [
        "8: error PT306: 'VERSION' cannot be quoted inside $'…'; use another quoting",
        "22: error PT306: 'STAMP' cannot be quoted inside $'…'; use another quoting",
        "34: error PT306: 'NOW' cannot be quoted inside $'…'; use another quoting",
        "44: error PT306: 'env.VERSION' cannot be quoted inside $'…'; use another quoting",
    ], marks=rule("8.5 dynamic env")),
    pytest.param("a \0", "shell", ["3: error PT308: the shell text holds a NUL character"], marks=rule("8.3 failure")),
    pytest.param("ls ${file:a:raw}", "shell", [
        "4: warning PT312: '${file:a:raw}' puts data into shell text as it is; whatever the value holds is run",
    ], marks=rule("8.2 computed data")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "mode", "expected"), CASES)
def test_the_problems_of_a_text(text: str, mode: Mode, expected: list[str]) -> None:
    assert lines(text, mode) == expected


@rule("8.3 secret in env")
def test_a_value_of_env_may_hold_a_secret() -> None:
    assert lines("Bearer ${TOKEN}", "plain", is_env=True) == []


@rule("8.5 error")
def test_handlers_know_the_error() -> None:
    assert lines("${error.message} ${test.output} ${handler.output}", "plain", handler=True) == []


@pytest.mark.parametrize(
    ("phase", "text", "found"),
    [
        pytest.param("map", "${item.x} ${item_id} ${item_json} ${worker.id}", [], marks=rule("8.5 item", "8.5 worker")),
        pytest.param("map", "${map.total}", ["PT301"], marks=rule("8.5 map")),
        pytest.param("reduce", "${map.total} ${map.results[*].item_id}", [], marks=rule("8.5 map")),
        pytest.param("reduce", "${item}", ["PT301"], marks=rule("8.5 item")),
        pytest.param("steps", "${item_index}", ["PT301"], marks=rule("8.5 item names")),
        pytest.param("steps", "${worker.id}", ["PT301"], marks=rule("8.5 worker")),
        pytest.param("map", "${ARG} ${FILE_PATH} ${map.key}", ["PT901"] * 3, marks=rule("8.5 aliases")),
        pytest.param("reduce", "${FILE_PATH}", ["PT302"], marks=rule("8.5 aliases")),
        pytest.param("reduce", '${map.results} "Success"', ["PT903"], marks=rule("B.3 success")),
        pytest.param("merge", "${merge.target_branch}", [], marks=rule("8.5 merge")),
        pytest.param("steps", "${merge.target_branch}", ["PT301"], marks=rule("8.5 merge")),
        pytest.param("map", "${setup.nope}", ["PT301"], marks=rule("8.5 setup")),
        pytest.param("steps", "${setup.x:-d}", ["PT301"], marks=rule("8.5 setup")),
    ],
)
def test_where_a_variable_can_have_a_value(phase: Phase, text: str, found: list[str]) -> None:
    assert [line.split()[2].rstrip(":") for line in lines(text, "plain", phase=phase)] == found


@rule("8.5 loop")
def test_a_loop_has_its_own_names() -> None:
    context = Context(phase="steps").inside_loop("file")
    report = Report("w.yml")

    check_text(TextUse(node=node("${file} ${index} ${total}"), mode="plain", context=context), VISIBLE, report)
    check_text(TextUse(node=node("${item}"), mode="plain", context=context.inside_loop("item")), VISIBLE, report)

    assert report.problems() == ()
    assert lines("${index}", "plain") != []


@rule("8.5 loop")
def test_a_loop_variable_is_data() -> None:
    context = Context(phase="steps").inside_loop("PORT")
    report = Report("w.yml")

    check_text(TextUse(node=node("echo $'${PORT}'"), mode="shell", context=context), VISIBLE, report)

    assert [problem.code for problem in report.problems()] == ["PT306"]
