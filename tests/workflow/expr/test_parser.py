"""Expressions as syntax (language 10.1, 10.2): what is accepted, what is refused where, and the way back to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodigy_tui.workflow.expr import ExpressionError, parse_expression, print_expression
from prodigy_tui.workflow.expr.functions import FUNCTIONS
from prodigy_tui.workflow.expr.syntax import (
    And,
    Boolean,
    Call,
    Compare,
    Listing,
    Node,
    Not,
    Null,
    Number,
    Or,
    Path,
    Substitution,
    Text,
)
from prodigy_tui.workflow.paths import EACH, ParsedPath


def path(root: str, *parts: str | int) -> Path:
    return Path(ParsedPath(root, parts))


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("a", path("a")),
        ("${a}", path("a")),
        ("$.a.b", path("a", "b")),
        ("@.a", path("a")),
        ("a-b == 1", Compare("==", path("a-b"), Number(1))),
        ("a = -1.5e2", Compare("==", path("a"), Number(-150.0))),
        ("a =~ 'x'", Compare("matches", path("a"), Text("x"))),
        ("a MATCHES '\\.rs$'", Compare("matches", path("a"), Text("\\.rs$"))),
        ("a == 'it\\'s \\u00e9\\n\\q'", Compare("==", path("a"), Text("it's é\n\\q"))),
        ("TRUE && False || null", Or((And((Boolean(True), Boolean(False))), Null()))),
        ("a and b or not c", Or((And((path("a"), path("b"))), Not(path("c"))))),
        ("! a == 'b'", Compare("==", Not(path("a")), Text("b"))),
        ("not a == 'b'", Not(Compare("==", path("a"), Text("b")))),
        ("!!a", Not(Not(path("a")))),
        ("a || b || c", Or((path("a"), path("b"), path("c")))),
        ("a || (b || c)", Or((path("a"), Or((path("b"), path("c")))))),
        ("a not in [1, 'x']", Compare("not in", path("a"), Listing((Number(1), Text("x"))))),
        ("a in b", Compare("in", path("a"), path("b"))),
        ("a == ${b}", Compare("==", path("a"), path("b"))),
        ("a == item.b", Compare("==", path("a"), path("item", "b"))),
        ("${a == 1 && b}", And((Compare("==", path("a"), Number(1)), path("b")))),
        ("${a:*.rs}", Substitution("${a:*.rs}")),
        ("${a:-x} == 1", Compare("==", Substitution("${a:-x}"), Number(1))),
        ("is_null(a.b)", Call("is_null", (path("a", "b"),))),
        ("a.b.contains('x')", Call("contains", (path("a", "b"), Text("x")))),
        (
            "sum(items[*].score) > 3",
            Compare(">", Call("sum", (Path(ParsedPath("items", (EACH, "score"))),)), Number(3)),
        ),
        ("matches > 3", Compare(">", path("matches"), Number(3))),
        ("matches(a, 'x')", Compare("matches", path("a"), Text("x"))),
        ("a in['x']", Compare("in", path("a"), Listing((Text("x"),)))),
        ("[]", Listing(())),
        ("exists(a.b)", Call("exists", (path("a", "b"),))),
        ("a['exists']", path("a", "exists")),
    ],
)
def test_accepted(text: str, root: Node) -> None:
    expression = parse_expression(text)

    assert expression.root == root
    assert expression.problems == ()
    assert parse_expression(print_expression(expression)).root == root


@pytest.mark.parametrize(
    ("text", "code", "root"),
    [
        ("severity == high", "PT404", Compare("==", path("severity"), Text("high"))),
        ("contains(path, src)", "PT404", Call("contains", (path("path"), Text("src")))),
        ("path.starts_with(src)", "PT404", Call("starts_with", (path("path"), Text("src")))),
        ("a in [core, 1]", "PT404", Compare("in", path("a"), Listing((Text("core"), Number(1))))),
        ("a contains x", "PT404", Compare("contains", path("a"), Text("x"))),
        ("length(x, 3)", "PT901", Compare("==", Call("length", (path("x"),)), Number(3))),
        ("item.file.startsWith('x')", "PT901", Call("starts_with", (path("item", "file"), Text("x")))),
        ("a.toLowerCase() == 'x'", "PT901", Compare("==", Call("lower", (path("a"),)), Text("x"))),
        ("${a.exists}", "PT901", Call("exists", (path("a"),))),
        ("a.b.exists", "PT901", Call("exists", (path("a", "b"),))),
    ],
)
def test_accepted_with_a_warning(text: str, code: str, root: Node) -> None:
    expression = parse_expression(text)

    assert expression.root == root
    assert [problem.code for problem in expression.problems] == [code]


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("", "PT401", 0),
        ("a ==", "PT401", 4),
        ("a == 1 == 2", "PT401", 7),
        ("a b", "PT401", 2),
        ("(a", "PT401", 2),
        ("a)", "PT401", 1),
        ("[1, ", "PT401", 4),
        ("'a", "PT401", 0),
        ("a # b", "PT401", 2),
        ("$name", "PT401", 0),
        ("5abc", "PT401", 0),
        ("a == and", "PT401", 5),
        ("a && ", "PT401", 5),
        ("a[0](1)", "PT401", 0),
        ("nope(a)", "PT402", 0),
        ("a && lenght(b) > 1", "PT402", 5),
        ("is_null()", "PT402", 0),
        ("default(a)", "PT402", 0),
        ("exists('a')", "PT402", 0),
        ("a matches '('", "PT403", 10),
        ("a matches 5", "PT403", 10),
        ("x" * 9000, "PT408", 0),
        ("(" * 65 + "a" + ")" * 65, "PT408", 64),
        ("!" * 100 + "a", "PT408", 101),
        ("a matches '" + "x" * 5000 + "'", "PT408", 10),
        ("a > 1e999", "PT401", 4),
    ],
)
def test_refused_at_the_character(text: str, code: str, offset: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)

    assert (caught.value.code, caught.value.offset) == (code, offset)


def test_unknown_function_has_a_hint() -> None:
    with pytest.raises(ExpressionError, match=r"did you mean 'length'\?"):
        parse_expression("lenght(a)")


def test_mentions_are_the_paths_with_their_places() -> None:
    mentions = parse_expression("a.b == ${c:-1} && exists(d) && e == word").mentions

    assert [(str(mention.path), mention.offset) for mention in mentions] == [("a.b", 0), ("c", 7), ("d", 25), ("e", 31)]


NAMES = st.sampled_from(["a", "b-c", "item", "in_", "contains", "matches", "exists", "x1"])
PARTS = st.sampled_from(["k", "exists", "x y", "it's", "0", 0, -1, EACH])
PATHS = st.builds(lambda name, parts: Path(ParsedPath(name, tuple(parts))), NAMES, st.lists(PARTS, max_size=3))
LEAVES = (
    PATHS
    | st.builds(Text, st.text(max_size=6))
    | st.builds(Number, st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False))
    | st.sampled_from([Boolean(True), Boolean(False), Null(), Substitution("${a:*.rs}"), Substitution("${b:-}}")])
)
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "starts_with", "ends_with"])


def nodes(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    one = st.sampled_from(sorted(name for name, function in FUNCTIONS.items() if function.least == 1))
    return (
        st.builds(Or, several)
        | st.builds(And, several)
        | st.builds(Not, children)
        | st.builds(Compare, OPERATORS, children, children)
        | st.builds(lambda left: Compare("matches", left, Text("x+")), children)
        | st.builds(Listing, st.lists(children, max_size=3).map(tuple))
        | st.builds(lambda name, argument: Call(name, (argument,)), one, children)
        | st.builds(lambda left, right: Call("contains", (left, right)), children, children)
        | st.builds(lambda place: Call("exists", (place,)), PATHS)
    )


TREES = st.recursive(LEAVES, nodes, max_leaves=12)


@given(TREES)
def test_printed_trees_are_read_back(root: Node) -> None:
    expected = Substitution("${b:-}") if root == Substitution("${b:-}}") else root
    if "${b:-}}" in print_expression(root):
        return
    assert parse_expression(print_expression(root)).root == expected


@given(st.text(alphabet="ab.$@[]*'\"\\ =!<>&|()0123-,{}:orandti", max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        assert 0 <= error.offset <= len(text)
    else:
        assert parse_expression(print_expression(expression)).root == expression.root
