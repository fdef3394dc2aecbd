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
from tests.support.rules import rule


def path(root: str, *parts: str | int) -> Path:
    return Path(ParsedPath(root, parts))


@pytest.mark.parametrize(
    ("text", "root"),
    [
        pytest.param("a && b", And((path("a"), path("b"))), marks=rule("10.1 and")),
        pytest.param("a AND b && c", And((path("a"), path("b"), path("c"))), marks=rule("10.1 and")),
        pytest.param("(a)", path("a"), marks=rule("10.1 parentheses")),
        pytest.param("((a || b) && c)", And((Or((path("a"), path("b"))), path("c"))), marks=rule("10.1 parentheses")),
        pytest.param("!(a == 1)", Not(Compare("==", path("a"), Number(1))), marks=rule("10.1 bang")),
        pytest.param("not not a", Not(Not(path("a"))), marks=rule("10.1 not")),
        pytest.param("Not a In [1]", Not(Compare("in", path("a"), Listing((Number(1),)))), marks=rule("10.1 words")),
        pytest.param("a nOt iN b", Compare("not in", path("a"), path("b")), marks=rule("10.1 words")),
        pytest.param("True == NULL", Compare("==", Boolean(True), Null()), marks=rule("10.1 words")),
        pytest.param("a Starts_With 'x'", Compare("starts_with", path("a"), Text("x")), marks=rule("10.1 words")),
        pytest.param("a != 1", Compare("!=", path("a"), Number(1)), marks=rule("10.1 operators")),
        pytest.param("a <= 1", Compare("<=", path("a"), Number(1)), marks=rule("10.1 operators")),
        pytest.param("a>=1", Compare(">=", path("a"), Number(1)), marks=rule("10.1 operators")),
        pytest.param("a<1", Compare("<", path("a"), Number(1)), marks=rule("10.1 operators")),
        pytest.param("a>1", Compare(">", path("a"), Number(1)), marks=rule("10.1 operators")),
        pytest.param("a ends_with 'x'", Compare("ends_with", path("a"), Text("x")), marks=rule("10.1 operators")),
        pytest.param("a contains 'x'", Compare("contains", path("a"), Text("x")), marks=rule("10.1 operators")),
        pytest.param("-3", Number(-3), marks=rule("10.1 literals")),
        pytest.param("1E3 == 1000", Compare("==", Number(1000.0), Number(1000)), marks=rule("10.1 literals")),
        pytest.param('"it\'s"', Text("it's"), marks=rule("10.1 strings")),
        pytest.param("'a\nb # && ${x}'", Text("a\nb # && ${x}"), marks=rule("10.1 strings")),
        pytest.param(r"'\n\t\r\\\'\"\u00e9'", Text("\n\t\r\\'\"é"), marks=rule("10.1 escapes")),
        pytest.param(r"'\d\.\u12'", Text(r"\d\.\u12"), marks=rule("10.1 escapes")),
        pytest.param(r"'\ud83c\udf89'", Text("🎉"), marks=rule("10.1 escapes")),
        pytest.param("[1, 'a', [null]]", Listing((Number(1), Text("a"), Listing((Null(),)))), marks=rule("10.1 list")),
        pytest.param("a['x y'][0][-1][*].b", Path(ParsedPath("a", ("x y", 0, -1, EACH, "b"))), marks=rule("10.1 path")),
        pytest.param("a.length()", Call("length", (path("a"),)), marks=rule("10.1 method")),
        pytest.param("a.default(${b})", Call("default", (path("a"), path("b"))), marks=rule("10.1 method")),
        pytest.param("IS_NULL(a)", Call("is_null", (path("a"),)), marks=rule("10.1 call")),
        pytest.param("sum(1, a, 'x')", Call("sum", (Number(1), path("a"), Text("x"))), marks=rule("10.1 call")),
        pytest.param(
            "${a.b|basename} == 'x'",
            Compare("==", Substitution("${a.b|basename}"), Text("x")),
            marks=rule("10.1 reference"),
        ),
        pytest.param("${ a }", path("a"), marks=rule("10.1 wrapped")),
        pytest.param("${ a && (b) }", And((path("a"), path("b"))), marks=rule("10.1 wrapped")),
        pytest.param("a", path("a"), marks=rule("10.1 path")),
        pytest.param("${a}", path("a"), marks=rule("10.1 path")),
        pytest.param("$.a.b", path("a", "b"), marks=rule("10.1 path")),
        pytest.param("@.a", path("a"), marks=rule("10.1 path")),
        pytest.param("a-b == 1", Compare("==", path("a-b"), Number(1)), marks=rule("10.1 path")),
        pytest.param("a = -1.5e2", Compare("==", path("a"), Number(-150.0)), marks=rule("10.1 literals")),
        pytest.param("a =~ 'x'", Compare("matches", path("a"), Text("x")), marks=rule("10.1 operators")),
        pytest.param("a MATCHES '\\.rs$'", Compare("matches", path("a"), Text("\\.rs$")), marks=rule("10.1 words")),
        pytest.param(
            "a == 'it\\'s \\u00e9\\n\\q'", Compare("==", path("a"), Text("it's é\n\\q")), marks=rule("10.1 escapes")
        ),
        pytest.param(
            "TRUE && False || null", Or((And((Boolean(True), Boolean(False))), Null())), marks=rule("10.1 words")
        ),
        pytest.param("a and b or not c", Or((And((path("a"), path("b"))), Not(path("c")))), marks=rule("10.1 or")),
        pytest.param("! a == 'b'", Compare("==", Not(path("a")), Text("b")), marks=rule("10.1 bang")),
        pytest.param("not a == 'b'", Not(Compare("==", path("a"), Text("b"))), marks=rule("10.1 not")),
        pytest.param("!!a", Not(Not(path("a"))), marks=rule("10.1 bang")),
        pytest.param("a || b || c", Or((path("a"), path("b"), path("c"))), marks=rule("10.1 or")),
        pytest.param("a || (b || c)", Or((path("a"), Or((path("b"), path("c"))))), marks=rule("10.1 parentheses")),
        pytest.param(
            "a not in [1, 'x']", Compare("not in", path("a"), Listing((Number(1), Text("x")))), marks=rule("10.1 list")
        ),
        pytest.param("a in b", Compare("in", path("a"), path("b")), marks=rule("10.2 in")),
        pytest.param("a == ${b}", Compare("==", path("a"), path("b")), marks=rule("10.2 PT404")),
        pytest.param("a == item.b", Compare("==", path("a"), path("item", "b")), marks=rule("10.2 PT404")),
        pytest.param(
            "${a == 1 && b}", And((Compare("==", path("a"), Number(1)), path("b"))), marks=rule("10.1 wrapped")
        ),
        pytest.param("${a:*.rs}", Substitution("${a:*.rs}"), marks=rule("10.1 reference")),
        pytest.param("${a:-x} == 1", Compare("==", Substitution("${a:-x}"), Number(1)), marks=rule("10.1 reference")),
        pytest.param("is_null(a.b)", Call("is_null", (path("a", "b"),)), marks=rule("10.1 call")),
        pytest.param("a.b.contains('x')", Call("contains", (path("a", "b"), Text("x"))), marks=rule("10.1 method")),
        (
            "sum(items[*].score) > 3",
            Compare(">", Call("sum", (Path(ParsedPath("items", (EACH, "score"))),)), Number(3)),
        ),
        ("matches > 3", Compare(">", path("matches"), Number(3))),
        pytest.param("matches(a, 'x')", Compare("matches", path("a"), Text("x")), marks=rule("10.1 call")),
        ("a in['x']", Compare("in", path("a"), Listing((Text("x"),)))),
        pytest.param("[]", Listing(()), marks=rule("10.1 list")),
        ("exists(a.b)", Call("exists", (path("a", "b"),))),
        ("a['exists']", path("a", "exists")),
    ],
)
def test_accepted(text: str, root: Node) -> None:
    expression = parse_expression(text)

    assert expression.root == root
    assert expression.problems == ()
    assert parse_expression(print_expression(expression)).root == root


@rule("10.2 PT404", "10.3 legacy length", "10.3 legacy methods")
@pytest.mark.parametrize(
    ("text", "code", "root"),
    [
        ("a in [x, y.z]", "PT404", Compare("in", path("a"), Listing((Text("x"), path("y", "z"))))),
        ("matches(a, src)", "PT404", Compare("matches", path("a"), Text("src"))),
        ("a == contains", "PT404", Compare("==", path("a"), Text("contains"))),
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


@rule("10.1 PT401", "10.1 PT402", "10.1 comparison", "10.1 PT408 expression", "10.1 PT408 nesting", "10.1 PT408 regex")
@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("", "PT401", 0),
        ("a ==", "PT401", 4),
        ("a == 1 == 2", "PT401", 7),
        ("a b", "PT401", 2),
        ("(a", "PT401", 2),
        ("a)", "PT401", 1),
        ("[1, ", "PT401", 3),
        ("'a", "PT401", 0),
        ("a # b", "PT401", 2),
        ("$name", "PT401", 0),
        ("5abc", "PT401", 0),
        ("a == and", "PT401", 5),
        ("a && ", "PT401", 4),
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
        ("!" * 100 + "a", "PT408", 63),
        ("not " * 100 + "a", "PT408", 63 * 4),
        (("!" * 30 + "(") * 60 + "a" + ")" * 60, "PT408", 63),
        ("sum(" * 70 + "1" + ")" * 70, "PT408", 256),
        ("[" * 70 + "]" * 70, "PT408", 64),
        ("${a:-" * 40 + "}" * 40, "PT408", 0),
        ("a == b.c == 1", "PT401", 9),
        ("not", "PT401", 3),
        ("a == not b", "PT401", 5),
        ("a in", "PT401", 4),
        ("a.max(1, 2)", "PT401", 7),
        ("a['contains']('x')", "PT401", 0),
        ("${a} b", "PT401", 5),
        ("${a", "PT401", 3),
        ("a ? b : c", "PT401", 2),
        ("a + b", "PT401", 2),
        ("__import__('os')", "PT402", 0),
        ("a == 'x' && matches(b, '(')", "PT403", 23),
        ("b.matches('(')", "PT403", 10),
        ("length()", "PT402", 0),
        ("length(a, 1, 2)", "PT402", 0),
        ("contains(a)", "PT402", 0),
        ("'x' * 9000", "PT401", 4),
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
    mentions = parse_expression("a.b == ${c:-1} && exists(d) && e == word || ${f:-${g}-${h.i}}").mentions

    assert [(str(mention.path), mention.offset) for mention in mentions] == [
        ("a.b", 0), ("c", 7), ("d", 25), ("e", 31), ("f", 44), ("g", 44), ("h.i", 44),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["a matches ${b}", "matches(a, ${b})", "a.matches(${b})", "a =~ x.b", "a =~ ${b:-${b}}"]
)
def test_mentions_say_what_is_used_as_a_regex(text: str) -> None:
    mentions = parse_expression(text).mentions

    assert [mention.as_regex for mention in mentions] == [str(mention.path) != "a" for mention in mentions]


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


@rule("10.1 round trip")
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
