"""Which value a path finds and what is exported (language 8.4, 8.5, 8.7, 12.5)."""

import pytest

from prodigy_tui.workflow.item_environment import item_environment
from prodigy_tui.workflow.rendering import compact_json, render_value
from prodigy_tui.workflow.variables import Scope, Value, capture_value, item_value, parse_path, whole_path


def lookup(scope: Scope, path: str) -> Value | None:
    parsed = whole_path(path)
    assert parsed is not None
    return scope.lookup(parsed)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value("a\n"), "a\n"),
        (Value(3), "3"),
        (Value(3.0), "3.0"),
        (Value(3.5), "3.5"),
        (Value(True), "true"),
        (Value(None), ""),
        (Value(["a b", "c"], kind="paths"), "a b c"),
        (Value([], kind="paths"), ""),
        (Value(["a", 1, None, False]), "a, 1, , false"),
        (Value([]), "[]"),
        (Value(["a", []]), '["a",[]]'),
        (Value({"b": 1, "a": "é"}), '{"b":1,"a":"é"}'),
        (Value(["a"], kind="json"), '["a"]'),
        (Value("a", kind="json"), '"a"'),
        (Value({"x": Value(1, trusted=True)}), '{"x":1}'),
    ],
)
def test_rendering(value: Value, text: str) -> None:
    assert render_value(value) == text


def test_first_layer_with_a_name_wins() -> None:
    scope = Scope(names=[{"a": Value(1)}, {"a": Value(2), "b": Value(3)}], roots={"b": Value(4)})

    assert (lookup(scope, "a"), lookup(scope, "b")) == (Value(1), Value(3))


def test_reserved_roots_cannot_be_hidden_but_soft_ones_can() -> None:
    hidden = {"map": Value("x"), "git": Value("mine"), "item": Value("loop")}
    scope = Scope(names=[hidden], roots={"map": Value({"total": 1}), "git": Value("theirs"), "item": Value("agent")})

    assert lookup(scope, "map.total") == Value(1)
    assert lookup(scope, "git") == Value("mine")
    assert lookup(scope, "item") == Value("loop")


def test_field_of_a_json_capture_wins_over_its_metadata() -> None:
    scope = Scope(names=[{"c": capture_value({"stdout": 1}, {"stdout": "text", "exit_code": 0}, json=True)}])

    assert lookup(scope, "c.stdout") == Value(1)
    assert lookup(scope, "c.exit_code") == Value(0)
    assert lookup(scope, "c.nope") is None


def test_scalar_item_is_found_as_value_and_item() -> None:
    scope = Scope(roots={"item": item_value("a")})

    assert [lookup(scope, path) for path in ("item.value", "item.item")] == [Value("a"), Value("a")]
    assert lookup(Scope(roots={"item": item_value({"x": 1})}), "item.value") is None


def test_each_drops_what_is_missing_and_keeps_null() -> None:
    scope = Scope(roots={"item": item_value({"l": [{"a": 1}, {}, {"a": None}, 5], "o": {"x": {"a": 7}}})})

    assert lookup(scope, "item.l[*].a") == Value([1, None])
    assert lookup(scope, "item.o[*].a") == Value([7])
    assert lookup(scope, "item.l[0][*][*]") is not None
    assert lookup(scope, "item.l[3][*]") is None


def test_fields_keep_their_own_class() -> None:
    scope = Scope(roots={"workflow": Value({"name": "w", "data": Value("d")}, trusted=True)})

    found = [lookup(scope, path) for path in ("workflow.name", "workflow.data", "workflow[*]")]

    assert [value is not None and value.trusted for value in found] == [True, False, False]


@pytest.mark.parametrize("path", ["a", "a.b-c", "a[0][-1]", "a[*].b", "a['x y']", "a['it\\'s']", "a.0"])
def test_paths_are_spelt_as_they_are_read(path: str) -> None:
    parsed = whole_path(path)

    assert str(parsed) == path


@pytest.mark.parametrize("text", ["", ".a", "-a", "a.", "a[", "a[x]", "a b"])
def test_what_is_no_path(text: str) -> None:
    assert whole_path(text) is None


def test_longest_path_is_taken() -> None:
    parsed = parse_path("x.y-z:json", 0)

    assert parsed is not None
    assert parsed[1] == len("x.y-z")


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


def test_limits_of_the_item_environment() -> None:
    many = item_environment({f"f{number}": "x" for number in range(250)})
    large = item_environment({"a": "x" * 40_000, "b": "y" * 140_000})

    assert len(many.variables) == 201
    assert len(many.left_out) == 50
    assert large == type(large)(variables={}, left_out=("item", "a", "b"))
    assert item_environment("v").variables == {"PRODIGY_ITEM": '"v"', "PRODIGY_ITEM_VALUE": "v"}
    assert item_environment([1]).variables == {"PRODIGY_ITEM": "[1]"}
