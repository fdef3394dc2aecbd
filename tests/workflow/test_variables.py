"""Which value a path finds and what is exported (language 8.4, 8.5, 8.7, 12.5)."""

import pytest

from prodigy_tui.workflow.interpolate import parse_text, render
from prodigy_tui.workflow.item_environment import item_environment
from prodigy_tui.workflow.rendering import compact_json, render_value
from prodigy_tui.workflow.roots import is_trusted
from prodigy_tui.workflow.variables import (
    Layers,
    Scope,
    Value,
    agent_aliases,
    capture_value,
    item_value,
    parse_path,
    positional_values,
    strip_newline,
    whole_path,
)
from tests.support.counting import calls_of
from tests.support.rules import rule


def lookup(scope: Scope, path: str) -> Value | None:
    parsed = whole_path(path)
    assert parsed is not None
    return scope.lookup(parsed)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(Value("a\n"), "a\n", marks=rule("8.7 scalars")),
        pytest.param(Value(3), "3", marks=rule("8.7 scalars")),
        pytest.param(Value(-(10**20)), "-100000000000000000000", marks=rule("8.7 scalars")),
        pytest.param(Value(3.0), "3.0", marks=rule("8.7 scalars")),
        pytest.param(Value(3.5), "3.5", marks=rule("8.7 scalars")),
        pytest.param(Value(0.1 + 0.2), "0.30000000000000004", marks=rule("8.7 scalars")),
        pytest.param(Value(True), "true", marks=rule("8.7 scalars")),
        pytest.param(Value(False), "false", marks=rule("8.7 scalars")),
        pytest.param(Value(None), "", marks=rule("8.7 scalars")),
        pytest.param(Value(["a b", "c"], kind="paths"), "a b c", marks=rule("8.7 path list")),
        pytest.param(Value([], kind="paths"), "", marks=rule("8.7 path list")),
        pytest.param(Value(["a", 1, None, False]), "a, 1, , false", marks=rule("8.7 other list", "B.3 lists")),
        pytest.param(Value([]), "[]", marks=rule("8.7 other list", "B.3 lists")),
        pytest.param(Value(["a", []]), '["a",[]]', marks=rule("8.7 other list")),
        pytest.param(Value([{"b": 1}]), '[{"b":1}]', marks=rule("8.7 other list")),
        pytest.param(Value({"b": 1, "a": "é"}), '{"b":1,"a":"é"}', marks=rule("8.7 object")),
        pytest.param(Value({}), "{}", marks=rule("8.7 object")),
        pytest.param(Value(["a"], kind="json"), '["a"]', marks=rule("8.7 json kind")),
        pytest.param(Value("a", kind="json"), '"a"', marks=rule("8.7 json kind")),
        pytest.param(item_value({"a": [1]}), '{"a":[1]}', marks=rule("8.7 json kind")),
        pytest.param(item_value([1, 2]), "[1,2]", marks=rule("8.7 json kind")),
        pytest.param(item_value("a"), "a", marks=rule("8.7 json kind")),
        pytest.param(capture_value([1, 2], {}, json=True), "[1,2]", marks=rule("8.7 json kind")),
        pytest.param(capture_value([1, 2], {}), "1, 2", marks=rule("8.7 json kind")),
        pytest.param(Value({"x": Value(1, trusted=True)}), '{"x":1}', marks=rule("8.7 object")),
    ],
)
def test_rendering(value: Value, text: str) -> None:
    assert render_value(value) == text


@rule("8.4 first match")
def test_first_layer_with_a_name_wins() -> None:
    scope = Scope(names=[{"a": Value(1)}, {"a": Value(2), "b": Value(3)}], roots={"b": Value(4)})

    assert (lookup(scope, "a"), lookup(scope, "b")) == (Value(1), Value(3))


@rule("8.5 reserved", "8.5 soft")
def test_reserved_roots_cannot_be_hidden_but_soft_ones_can() -> None:
    hidden = {"map": Value("x"), "git": Value("mine"), "item": Value("loop")}
    scope = Scope(names=[hidden], roots={"map": Value({"total": 1}), "git": Value("theirs"), "item": Value("agent")})

    assert lookup(scope, "map.total") == Value(1)
    assert lookup(scope, "git") == Value("mine")
    assert lookup(scope, "item") == Value("loop")


@rule("8.5 captures")
def test_field_of_a_json_capture_wins_over_its_metadata() -> None:
    scope = Scope(names=[{"c": capture_value({"stdout": 1}, {"stdout": "text", "exit_code": 0}, json=True)}])

    assert lookup(scope, "c.stdout") == Value(1)
    assert lookup(scope, "c.exit_code") == Value(0)
    assert lookup(scope, "c.nope") is None


@rule("8.5 item")
def test_scalar_item_is_found_as_value_and_item() -> None:
    scope = Scope(roots={"item": item_value("a")})

    assert [lookup(scope, path) for path in ("item.value", "item.item")] == [Value("a"), Value("a")]
    assert lookup(Scope(roots={"item": item_value({"x": 1})}), "item.value") is None


@rule("8.2 each")
def test_each_drops_what_is_missing_and_keeps_null() -> None:
    scope = Scope(roots={"item": item_value({"l": [{"a": 1}, {}, {"a": None}, 5], "o": {"x": {"a": 7}}})})

    assert lookup(scope, "item.l[*].a") == Value([1, None])
    assert lookup(scope, "item.o[*].a") == Value([7])
    assert lookup(scope, "item.l[0][*][*]") is not None
    assert lookup(scope, "item.l[3][*]") is None


@rule("8.5 trusted")
def test_fields_keep_their_own_class() -> None:
    scope = Scope(roots={"workflow": Value({"name": "w", "data": Value("d")}, trusted=True)})

    found = [lookup(scope, path) for path in ("workflow.name", "workflow.data", "workflow[*]")]

    assert [value is not None and value.trusted for value in found] == [True, False, False]


@rule("8.2 path", "8.2 index", "8.2 quoted key")
@pytest.mark.parametrize("path", ["a", "a.b-c", "a[0][-1]", "a[*].b", "a['x y']", "a['it\\'s']", "a.0"])
def test_paths_are_spelt_as_they_are_read(path: str) -> None:
    parsed = whole_path(path)

    assert str(parsed) == path


@rule("8.2 path")
@pytest.mark.parametrize("text", ["", ".a", "-a", "a.", "a[", "a[x]", "a b"])
def test_what_is_no_path(text: str) -> None:
    assert whole_path(text) is None


@rule("8.2 path")
def test_longest_path_is_taken() -> None:
    parsed = parse_path("x.y-z:json", 0)

    assert parsed is not None
    assert parsed[1] == len("x.y-z")


@rule("8.3 exported")
def test_exported_names() -> None:
    scope = Scope(
        names=[
            {"a": Value([1, 2]), "not-valid": Value(1), "big": Value("x" * 131_072)},
            {"nul": Value("\0"), "a": Value(0)},
        ],
        roots={
            "item_id": Value("i"),
            "ARG_1": Value("p"),
            "map": Value({}),
            "item": item_value({"b": 1}),
            "ünï": Value(1),
        },
    )

    assert scope.exported() == {"a": "1, 2", "item_id": "i", "ARG_1": "p", "item": '{"b":1}'}
    assert scope.unexported == {"big", "nul"}


def test_longest_exported_value_still_fits_a_process() -> None:
    scope = Scope(
        names=[{"name": Value("x" * (131_072 - len("name=") - 1)), "nam3": Value("x" * (131_072 - len("nam3=")))}]
    )

    assert scope.exported().keys() == {"name"}


@rule("12.5 item fields")
def test_item_as_environment() -> None:
    item = {
        "path": "a",
        "n": {"x": 1, "deep": {"y": [1], "z": {"k": None}}},
        "N.X": 2,
        "no": None,
        "e": {},
        "bad": "\0",
    }

    environment = item_environment(item)

    assert environment.variables == {
        "PRODIGY_ITEM": compact_json(item),
        "PRODIGY_ITEM_PATH": "a",
        "PRODIGY_ITEM_N_X": "1",
        "PRODIGY_ITEM_N_DEEP_Y": "[1]",
        "PRODIGY_ITEM_N_DEEP_Z": '{"k":null}',
        "PRODIGY_ITEM_NO": "",
        "PRODIGY_ITEM_E": "{}",
    }
    assert environment.left_out == ("N.X", "bad")


@rule("12.5 item", "12.5 item fields", "12.5 scalar item")
def test_limits_of_the_item_environment() -> None:
    many = item_environment({f"f{number}": "x" for number in range(250)})
    large = item_environment({"a": "x" * 40_000, "b": "y" * 140_000})

    assert len(many.variables) == 201
    assert len(many.left_out) == 50
    assert large == type(large)(variables={}, left_out=("item", "a", "b"))
    assert item_environment("v").variables == {"PRODIGY_ITEM": '"v"', "PRODIGY_ITEM_VALUE": "v"}
    assert item_environment([1]).variables == {"PRODIGY_ITEM": "[1]"}


LAYERS = (
    *("loops", "step_env", "captures", "ids", "template", "inner", "outer", "parameters", "variables", "profile"),
    *("env", "positional", "built-in", "environment"),
)


def layered(names: tuple[str, ...], name: str) -> Scope:
    """A scope in which each of these layers has `name`, and its own name as the value."""
    value = {layer: {name: Value(layer)} for layer in names}
    layers = Layers(
        loops=value.get("loops", {}),
        step_env=value.get("step_env", {}),
        captures=value.get("captures", {}),
        ids=value.get("ids", {}),
        template=value.get("template", {}),
        enclosing=(value.get("inner", {}), value.get("outer", {})),
        parameters=value.get("parameters", {}),
        variables=value.get("variables", {}),
        environment=(value.get("profile", {}), value.get("env", {})),
        positional=value.get("positional", {}),
    )
    return Scope(
        names=layers.in_order(),
        roots=value.get("built-in", {}),
        environment={name: "environment"} if "environment" in names else {},
    )


@rule("8.4 first match", "8.4 order", "8.4 environment")
@pytest.mark.parametrize("number", range(len(LAYERS)), ids=LAYERS)
def test_a_layer_hides_every_one_behind_it(number: int) -> None:
    scope = layered(LAYERS[number:], "WORKTREE")

    found = lookup(scope, "WORKTREE") or scope.inherited("WORKTREE")

    assert found is not None
    assert found.data == LAYERS[number]


@rule("8.4 environment")
def test_shell_text_does_not_see_the_process_environment() -> None:
    scope = Scope(environment={"HOME": "/h"})

    assert render(parse_text("a ${HOME}", "shell"), scope) == "a ${HOME}"
    assert render(parse_text("a ${HOME}", "plain"), scope) == "a /h"


@rule("8.5 positional")
def test_positional_values() -> None:
    scope = Scope(names=[positional_values(["x", "y"], current="y")])

    assert render(parse_text("$1 ${2} ${ARG} $ARG_1 $3 $0", "plain"), scope) == "x y y x $3 $0"
    assert positional_values(["x", "y"])["ARG"] == Value("x", trusted=True)
    assert positional_values([]) == {}


@rule("8.5 positional", "8.5 trusted")
def test_a_positional_value_is_trusted_and_exported() -> None:
    scope = Scope(names=[positional_values(["a b"])])

    assert scope.exported() == {"ARG": "a b", "ARG_1": "a b"}
    assert render(parse_text("ls ${ARG} $1", "shell"), scope) == "ls a b $1"


@rule("8.5 aliases", "B.3 aliases")
def test_aliases_are_found_when_nothing_else_has_their_name() -> None:
    scope = Scope(names=[positional_values(["given"]), agent_aliases("a.py", args_given=True)])

    assert render(parse_text("${ARG} ${FILE} ${FILE_PATH}", "plain"), scope) == "given a.py a.py"


ROOTS = Scope(
    roots={
        "item": item_value({"path": "a", "n": [1]}),
        **{"item_json": Value('{"path":"a"}'), "item_id": Value("a-1"), "item_index": Value(0), "item_total": Value(3)},
        "worker": Value({"id": 2, "attempt": 1, "last_error": ""}),
        "map": Value({"total": 3, "success_rate": 66.7, "results": Value([{"success": True}], kind="json")}),
        "setup": Value({"VERSION": Value("1.0")}),
        "steps": Value({"lint": Value("out", fields={"output": "out", "exit_code": 0, "outputs": {"r": "x"}})}),
        **{kind: Value({"output": kind, "exit_code": 1}) for kind in ("last", "shell", "claude", "agent")},
        "step": Value({"name": "lint", "id": "l", "index": 0}),
        "workflow": Value({"name": "w", "id": "r1", "iteration": 1}, trusted=True),
        "run": Value({"id": "r1", "branch": "b", "worktree": "/w", "profile": "", "args": ["x"]}, trusted=True),
        "error": Value({"message": "m", "kind": "exit"}),
        "handler": Value({"output": "h"}),
        "merge": Value({"commits": Value([{"id": "c"}], kind="json")}),
        "param": Value({"p": 1}, trusted=True),
        "vars": Value({"v": {"deep": [1]}}, trusted=True),
        "env": Value({"PORT": "80"}, trusted=True),
        **{name: Value(name, trusted=True) for name in ("PROJECT_ROOT", "WORKTREE", "active_profile")},
        "ITERATION": Value(1, trusted=True),
        "CAPTURED_OUTPUT": Value("got"),
    },
    names=[{"lint": Value("out", fields={"output": "out", "exit_code": 0, "outputs": {"r": "x"}}), "p": Value(1)}],
)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        pytest.param("${item.path} ${item}", 'a {"path":"a","n":[1]}', marks=rule("8.5 item", "B.3 items")),
        pytest.param(
            "${item_json} ${item_id} ${item_index} ${item_total}", '{"path":"a"} a-1 0 3', marks=rule("8.5 item names")
        ),
        pytest.param("${worker.id} ${worker.attempt} ${worker.last_error}.", "2 1 .", marks=rule("8.5 worker")),
        pytest.param("${map.total} ${map.success_rate} ${map.results[0].success}", "3 66.7 true",
                     marks=rule("8.5 map")),
        pytest.param("${map.results}", '[{"success":true}]', marks=rule("8.5 map", "8.7 json kind")),
        pytest.param("${setup.VERSION}", "1.0", marks=rule("8.5 setup")),
        pytest.param("${steps.lint.exit_code} ${lint.outputs.r} ${lint} ${steps.lint}", "0 x out out",
                     marks=rule("8.5 steps")),
        pytest.param("${last.output} ${shell.exit_code} ${claude.output} ${agent.output}", "last 1 claude agent",
                     marks=rule("8.5 last")),
        pytest.param("${step.name} ${step.id} ${step.index}", "lint l 0", marks=rule("8.5 step")),
        pytest.param("${workflow.name} ${workflow.id} ${workflow.iteration}", "w r1 1", marks=rule("8.5 workflow")),
        pytest.param("${run.id} ${run.branch} ${run.worktree} ${run.profile} ${run.args}", "r1 b /w  x",
                     marks=rule("8.5 workflow")),
        pytest.param("${error.message} ${error.kind} ${handler.output}", "m exit h", marks=rule("8.5 error")),
        pytest.param("${merge.commits}", '[{"id":"c"}]', marks=rule("8.5 merge", "8.7 json kind")),
        pytest.param("${param.p} ${p} ${vars.v.deep[0]}", "1 1 1", marks=rule("8.5 param and vars")),
        pytest.param("${env.PORT} ${env:PORT}", "80 80", marks=rule("8.5 env", "8.2 env")),
        pytest.param("${PROJECT_ROOT} ${WORKTREE} ${ITERATION} ${active_profile}",
                     "PROJECT_ROOT WORKTREE 1 active_profile", marks=rule("8.5 built-in names")),
        pytest.param("${CAPTURED_OUTPUT}", "got", marks=rule("8.5 captures")),
    ],
)  # fmt: skip
def test_roots(written: str, text: str) -> None:
    assert render(parse_text(written, "plain"), ROOTS) == text


@rule("8.5 trusted", "8.5 data")
@pytest.mark.parametrize(
    ("path", "trusted"),
    [
        *((name, True) for name in ("workflow.name", "run.id", "param.p", "vars.v", "env.PORT", "WORKTREE")),
        *((name, False) for name in ("item", "item.path", "item_id", "worker.id", "map.total", "setup.VERSION")),
        *((name, False) for name in ("steps.lint", "last.output", "error.message", "merge.commits", "CAPTURED_OUTPUT")),
    ],
)
def test_the_class_at_load_is_the_class_at_run(path: str, trusted: bool) -> None:
    parsed = whole_path(path)
    value = lookup(ROOTS, path)

    assert parsed is not None
    assert value is not None
    assert (value.trusted, is_trusted(parsed)) == (trusted, trusted)


@rule("8.5 data", "8.5 step is data")
@pytest.mark.parametrize(
    "path", ["step.name", "step.index", "step.files_added", "workflow.commits", "git.branch", "validation.score"]
)
def test_what_git_and_checks_say_is_data(path: str) -> None:
    parsed = whole_path(path)

    assert parsed is not None
    assert not is_trusted(parsed)


@rule("8.7 captured newline")
@pytest.mark.parametrize(
    ("text", "captured"),
    [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a\r", "a\r"), ("a", "a"), ("\n", ""), ("", "")],
)
def test_captured_text_loses_one_newline(text: str, captured: str) -> None:
    assert strip_newline(text) == captured


def test_private_names_are_not_exported() -> None:
    scope = Scope(names=[{"a": Value(1), "b": Value(2)}], private={"b"})

    assert scope.exported() == {"a": "1"}


def test_exported_text_is_taken_as_it_is():
    values = {
        "plain": Value("é"),
        "paths": Value(["a", "b"], kind="paths"),
        "n": Value(1),
        "j": Value("x", kind="json"),
    }
    scope = Scope(names=[values])

    assert scope.exported() == {"plain": "é", "paths": "a b", "n": "1", "j": '"x"'}
    assert calls_of(render_value, Scope(names=[{"a": Value("x"), "n": Value(1)}]).exported) == 1
