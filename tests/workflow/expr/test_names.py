"""What the names in expressions are (language 10.2): paths of the item in filters, variables elsewhere."""

import pytest

from prodigy_tui.workflow.expr import EvaluationError, compile_filter, evaluate, parse_expression, truthy
from prodigy_tui.workflow.items import select
from prodigy_tui.workflow.model import ItemInput, MapPhase
from prodigy_tui.workflow.variables import Scope, Value, item_value
from tests.support.rules import rule

ITEM = {
    "path": "src/a.py",
    "score": 7,
    "owner": "core",
    "env": "field",
    "item": {"x": 1},
    "tags": ["a", {"b": 2}],
    "n": None,
    "value": "v",
    "file": "src/b.rs",
    "a b": 1,
}
SCOPE = Scope(
    names=[{"branch": Value("main"), "word": Value("w")}],
    roots={
        "env": Value({"MODE": "x", "RE": "^src"}, trusted=True),
        "workflow": Value({"name": "w"}, trusted=True),
        "run": Value({"id": "r1"}, trusted=True),
        "vars": Value({"least": 5}, trusted=True),
        "param": Value({"re": "py$"}, trusted=True),
        "setup": Value({"found": "core"}),
    },
    environment={"branch": "main", "HOME_": "/h"},
)

FILTERS = [
    pytest.param("score == 7 && item.score == 7 && ${score} == 7 && ${item.score} == 7", marks=rule("10.2 item path")),
    pytest.param("$.score == 7 && @.score == 7", marks=rule("10.2 item path", "10.1 path")),
    pytest.param("tags[0] == 'a' && tags[-1].b == 2 && sum(tags[*].b) == 2 && tags.0 == 'a'",
                 marks=rule("10.2 item path", "10.1 path")),
    pytest.param("item.item.x == 1 && item['a b'] == 1 && length(item) == 10", marks=rule("10.2 item path")),
    pytest.param("${path:basename} == 'a.py' && ${file:basename} == 'b.rs' && file == 'src/b.rs'",
                 marks=rule("10.2 item path")),
    pytest.param("item.env == 'field' && env.MODE == 'x' && env != 'field'", marks=rule("10.2 variable roots")),
    pytest.param("workflow.name == 'w' && run.id == 'r1' && score > vars.least && setup.found == item.owner",
                 marks=rule("10.2 variable roots")),
    pytest.param("path matches ${env.RE} && path matches ${param.re}", marks=rule("10.2 variable roots", "10.3 PT403")),
    pytest.param("exists(env.MODE) && !exists(env.NOPE) && is_null(run.nope)", marks=rule("10.2 variable roots")),
    pytest.param("severity == null && is_null(severity) && !exists(severity) && exists(n)", marks=rule("10.2 missing")),
    pytest.param("${severity:-${owner}} == 'core' && ${severity:-x${score}} == 'x7'",
                 marks=rule("10.2 defaults in filters")),
    pytest.param("${severity:-${env.MODE}} == 'x' && ${severity:-${branch}} == null",
                 marks=rule("10.2 defaults in filters")),
    pytest.param("item.score >= 5 and not (path matches '\\.gen\\.') and owner in ['core', 'infra']",
                 marks=rule("B.3 filter")),
    pytest.param("score == 7 && score in [1, 7] && length(tags) == 2 && is_null(n)", marks=rule("B.3 filter")),
    pytest.param("contains(path, 'src') && path contains 'src' && path CONTAINS 'src'", marks=rule("B.3 filter")),
    pytest.param("item.path.startsWith('src') && length(tags, 2)", marks=rule("B.3 filter")),
    pytest.param("owner == core && contains(path, src)", marks=rule("B.3 filter", "10.2 PT404")),
]  # fmt: skip


@pytest.mark.parametrize("text", FILTERS)
def test_filters(text: str) -> None:
    assert compile_filter(parse_expression(text), SCOPE)(ITEM) is True


@rule("10.2 scalar item")
@pytest.mark.parametrize(
    "text",
    [
        "item == 'a.py'",
        "value == 'a.py'",
        "item.value == 'a.py'",
        "item.item == 'a.py'",
        "item matches 'py$'",
        "exists(item) && exists(value) && !exists(a)",
        "!a",
    ],
)
def test_filters_of_scalar_items(text: str) -> None:
    assert compile_filter(parse_expression(text), Scope())("a.py")


@rule("10.2 no step variables")
@pytest.mark.parametrize("text", ["branch == 'main'", "${branch}", "HOME_", "word"])
def test_filters_do_not_see_the_variables_of_the_step(text: str) -> None:
    assert not compile_filter(parse_expression(text), SCOPE)({})


@rule("10.3 PT403")
@pytest.mark.parametrize("pattern", ["${owner}", "item.owner", "${setup.found}", "${severity:-${owner}}"])
def test_regexes_are_no_data_in_filters(pattern: str) -> None:
    with pytest.raises(EvaluationError, match="PT403"):
        compile_filter(parse_expression(f"path matches {pattern}"), SCOPE)(ITEM)


@rule("10.2 variables", "10.2 missing", "10.2 environment")
@pytest.mark.parametrize(
    "text",
    [
        "branch == 'main' && item.score == 7 && ${item.tags[1].b} == 2",
        "nope == null && item.nope.x == null && !nope && !exists(nope)",
        "HOME_ == '/h' && exists(HOME_) && ${HOME_:basename} == 'h' && env.MODE == 'x'",
        "'/home' matches ${HOME_}",
    ],
)
def test_conditions(text: str) -> None:
    scope = Scope(
        names=[{"branch": Value("main")}],
        roots={"item": item_value(ITEM), "env": Value({"MODE": "x"}, trusted=True)},
        environment={"HOME_": "/h"},
    )

    assert truthy(evaluate(parse_expression(text), scope))


@rule("10.2 declared hides environment")
def test_declared_names_do_not_fall_back_to_the_environment() -> None:
    scope = Scope(environment={"result": "x"}, declared={"result"})

    assert evaluate(parse_expression("result"), scope) is None


@rule("10.2 computed")
def test_computed_values_are_operands() -> None:
    scope = Scope(names=[{"report": Value('{"a": {"b": 3}}')}])

    assert evaluate(parse_expression("${json:a.b:from:report} == 3"), scope)
    assert evaluate(parse_expression("${json:a.nope:from:report} == null"), scope)
    with pytest.raises(EvaluationError, match="PT403"):
        evaluate(parse_expression("'3' matches ${json:a.b:from:report}"), scope)


@rule("10.2 PT405")
def test_paths_that_no_item_has_are_reported_at_selection() -> None:
    items = [{"score": 1}, {"score": 2, "owner": "a"}]
    text = "score > 0 && owner != 'b' && severty != 'x' && env.NOPE == null && ${last.x:-${nope}} != 1"

    selection = select(MapPhase(input=ItemInput(kind="list"), filter=text), items, SCOPE)

    assert [(warning.code, warning.message) for warning in selection.warnings] == [
        ("PT405", "filter: no item has 'severty'"),
        ("PT405", "filter: no item has 'last.x'"),
        ("PT405", "filter: no item has 'nope'"),
    ]
