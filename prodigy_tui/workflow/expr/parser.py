"""Tokens -> syntax tree, by recursive descent along the grammar of language 10.1."""

from typing import Final

import msgspec
from msgspec.structs import replace

from prodigy_tui.workflow.expr.functions import FUNCTIONS, LEGACY, SPECIAL, SYNONYMS, TEXT_FUNCTIONS, all_names
from prodigy_tui.workflow.expr.lexer import Token, tokenize
from prodigy_tui.workflow.expr.syntax import (
    And,
    Boolean,
    Call,
    Compare,
    Expression,
    ExpressionError,
    Listing,
    Mention,
    Node,
    Not,
    Null,
    Number,
    Operator,
    Or,
    Path,
    Substitution,
    Text,
)
from prodigy_tui.workflow.interpolate import parse_text
from prodigy_tui.workflow.paths import ParsedPath
from prodigy_tui.workflow.patterns import PatternError, compile_pattern
from prodigy_tui.workflow.references import Reference, TextProblem
from prodigy_tui.workflow.suggest import did_you_mean
from prodigy_tui.workflow.text_walk import MAX_NESTED_DEFAULTS, walk_references

MAX_BYTES: Final = 8 * 1024
MAX_DEPTH: Final = 64

_SIGN_OPERATORS: Final[dict[str, Operator]] = {
    "==": "==",
    "=": "==",
    "!=": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "=~": "matches",
}
_WORD_OPERATORS: Final[dict[str, Operator]] = {
    "in": "in",
    "contains": "contains",
    "starts_with": "starts_with",
    "ends_with": "ends_with",
    "matches": "matches",
}
_LITERALS: Final[dict[str, Node]] = {"true": Boolean(True), "false": Boolean(False), "null": Null()}
_RESERVED: Final = frozenset({"and", "or", "not", "in"})


def parse_expression(text: str) -> Expression:
    """Returns the syntax tree of an expression.

    Raises:
        ExpressionError: PT401 for syntax, PT402 for functions, PT403 for regexes, PT408 for size and nesting.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ExpressionError("PT408", "the expression is longer than 8 KiB", 0)
    parser = _Parser(tokenize(text))
    root = parser.parse()
    return Expression(text=text, root=root, mentions=tuple(parser.mentions), problems=tuple(parser.problems))


class _Argument(msgspec.Struct, frozen=True, kw_only=True):
    """A value with its offset, and the number of mentions before it."""

    node: Node
    offset: int
    mentioned: int


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.mentions: list[Mention] = []
        self.problems: list[TextProblem] = []
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def parse(self) -> Node:
        root = self._or()
        if self._token.kind != "end":
            self._fail(f"unexpected '{self._token.text}'")
        return root

    # The grammar, loosest first.

    def _or(self) -> Node:
        self._enter(self._token)
        operands = [self._and()]
        while self._take_sign("||") or self._take_word("or"):
            operands.append(self._and())
        self._depth -= 1
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _and(self) -> Node:
        operands = [self._not()]
        while self._take_sign("&&") or self._take_word("and"):
            operands.append(self._not())
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def _not(self) -> Node:
        count = 0
        while self._token.keyword == "not":
            self._enter(self._advance())
            count += 1
        return self._negated(self._comparison(), count)

    def _comparison(self) -> Node:
        left = self._unary()
        operator = self._take_operator()
        if operator is None:
            return left
        word = self._bare_word() if operator not in ("in", "not in") else None
        start, mentioned = self._token.offset, len(self.mentions)
        right = self._unary() if word is None else word
        if operator == "matches":
            self._check_pattern(_Argument(node=right, offset=start, mentioned=mentioned))
        return Compare(operator, left, right)

    def _unary(self) -> Node:
        count = 0
        while self._token.kind == "sign" and self._token.text == "!":
            self._enter(self._advance())
            count += 1
        return self._negated(self._primary(), count)

    def _negated(self, node: Node, count: int) -> Node:
        self._depth -= count
        for _ in range(count):
            node = Not(node)
        return node

    def _enter(self, token: Token) -> None:
        """Goes one level deeper."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError("PT408", f"the expression is nested deeper than {MAX_DEPTH}", token.offset)

    def _primary(self) -> Node:
        token = self._advance()
        match token.kind:
            case "number":
                return Number(token.number)
            case "text":
                return Text(token.text)
            case "reference" if token.reference is not None:
                return self._reference(token, token.reference)
            case "path" if token.path is not None:
                return self._path_or_call(token, token.path)
            case _:
                pass
        match token.text:
            case "(" | "${":
                inner = self._or()
                self._expect(")" if token.text == "(" else "}")
                return inner
            case "[":
                return Listing(tuple(element.node for element in self._arguments("]", bare_words=True)))
            case _:
                what = "the expression ends" if token.kind == "end" else f"unexpected '{token.text}'"
                raise ExpressionError("PT401", f"{what} where a value is expected", token.offset)

    def _reference(self, token: Token, reference: Reference) -> Node:
        path = reference.path
        if not reference.is_bare:
            self._mention_all(token, reference)
            return Substitution(reference.source)
        return self._path(token, path, reference.source[2:-1].strip())

    def _mention_all(self, token: Token, reference: Reference) -> None:
        """Notes a reference and those inside its default."""
        for placed in walk_references(replace(parse_text("", "plain"), parts=(reference,))):
            if placed.too_deep:
                message = f"defaults are nested deeper than {MAX_NESTED_DEFAULTS} levels"
                raise ExpressionError("PT408", message, token.offset)
            inner = placed.reference
            self.mentions.append(Mention(path=inner.path, offset=token.offset, reference=inner))

    def _path(self, token: Token, path: ParsedPath, spelling: str) -> Node:
        if path.parts and spelling.endswith(".exists"):
            path = ParsedPath(path.root, path.parts[:-1])
            self._warn("PT901", f"'{path}.exists' is an old spelling; write 'exists({path})'", token)
            self.mentions.append(Mention(path=path, offset=token.offset))
            return Call("exists", (Path(path),))
        self.mentions.append(Mention(path=path, offset=token.offset))
        return Path(path)

    def _path_or_call(self, token: Token, path: ParsedPath) -> Node:
        if token.keyword in _RESERVED:
            raise ExpressionError("PT401", f"'{token.text}' stands where a value is expected", token.offset)
        if self._take_sign("("):
            return self._call(token, path)
        if token.keyword in _LITERALS:
            return _LITERALS[token.keyword]
        return self._path(token, path, token.text)

    def _call(self, token: Token, path: ParsedPath) -> Node:
        subject: list[Node] = []
        name = path.root
        if path.parts:
            last = path.parts[-1]
            if not isinstance(last, str) or not token.text.endswith("." + last):
                raise ExpressionError("PT401", f"'{token.text}' cannot be called", token.offset)
            owner = ParsedPath(path.root, path.parts[:-1])
            self.mentions.append(Mention(path=owner, offset=token.offset))
            subject, name = [Path(owner)], last
        name = self._function_name(token, name)
        is_text = name in TEXT_FUNCTIONS
        given = self._arguments(")", bare_words=is_text, first=1 - len(subject), most=1 if subject else None)
        arguments = [*subject, *(argument.node for argument in given)]
        if name == "length" and len(arguments) == 2:
            self._warn("PT901", "'length(x, n)' is an old spelling; write 'length(x) == n'", token)
            return Compare("==", Call("length", (arguments[0],)), arguments[1])
        self._check_count(token, name, len(arguments))
        if name == "exists" and not isinstance(arguments[0], Path | Substitution):
            raise ExpressionError("PT402", "'exists' takes a path", token.offset)
        if name == "matches":
            self._check_pattern(given[-1])
            return Compare("matches", arguments[0], arguments[1])
        return Call(name, tuple(arguments))

    def _function_name(self, token: Token, written: str) -> str:
        name = written if written in LEGACY else written.lower()
        if name in LEGACY:
            self._warn("PT901", f"'{written}' is an old spelling; write '{LEGACY[name]}'", token)
            return LEGACY[name]
        name = SYNONYMS.get(name, name)
        if name not in FUNCTIONS and name not in SPECIAL:
            hint = did_you_mean(written, all_names())
            raise ExpressionError("PT402", f"unknown function '{written}'{'; ' + hint if hint else ''}", token.offset)
        return name

    def _arguments(self, close: str, *, bare_words: bool, first: int = 0, most: int | None = None) -> list["_Argument"]:
        """Returns the values up to `close`; from the one with index `first` on, a bare word is text."""
        values: list[_Argument] = []
        if self._take_sign(close):
            return values
        while True:
            offset, mentioned = self._token.offset, len(self.mentions)
            word = self._bare_word(",", close) if bare_words and len(values) >= first else None
            node = self._or() if word is None else word
            values.append(_Argument(node=node, offset=offset, mentioned=mentioned))
            if len(values) == most:
                self._expect(close)
                return values
            if self._take_sign(close):
                return values
            self._expect(",")

    def _check_count(self, token: Token, name: str, count: int) -> None:
        function = FUNCTIONS.get(name)
        least, most = (function.least, function.most) if function else SPECIAL[name]
        if count < least or (most is not None and count > most):
            wanted = f"{least}" if least == most else f"at least {least}"
            raise ExpressionError("PT402", f"'{name}' takes {wanted} argument(s), got {count}", token.offset)

    def _check_pattern(self, argument: "_Argument") -> None:
        node, offset = argument.node, argument.offset
        if isinstance(node, Text):
            try:
                compile_pattern(node.value)
            except PatternError as error:
                code = "PT408" if error.too_long else "PT403"
                raise ExpressionError(code, str(error), offset) from error
        elif not isinstance(node, Path | Substitution):
            raise ExpressionError("PT403", "a regex must be a string", offset)
        else:
            own = self.mentions[argument.mentioned :]
            self.mentions[argument.mentioned :] = [replace(mention, as_regex=True) for mention in own]

    # Tokens.

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _advance(self) -> Token:
        token = self._token
        if token.kind != "end":
            self._next += 1
        return token

    def _take_sign(self, sign: str) -> bool:
        if self._token.kind == "sign" and self._token.text == sign:
            self._next += 1
            return True
        return False

    def _take_word(self, word: str) -> bool:
        if self._token.keyword == word:
            self._next += 1
            return True
        return False

    def _take_operator(self) -> Operator | None:
        token = self._token
        if token.kind == "sign" and token.text in _SIGN_OPERATORS:
            self._next += 1
            return _SIGN_OPERATORS[token.text]
        if token.keyword in _WORD_OPERATORS:
            self._next += 1
            return _WORD_OPERATORS[token.keyword]
        if token.keyword == "not" and self._tokens[self._next + 1].keyword == "in":
            self._next += 2
            return "not in"
        return None

    def _bare_word(self, *closing: str) -> Text | None:
        """Takes one word that is text where it stands (language 10.2); `closing`: what must follow it."""
        token = self._token
        if not token.keyword or token.keyword in _LITERALS or token.keyword in _RESERVED:
            return None
        following = self._tokens[self._next + 1]
        is_sign = following.kind == "sign"
        if (is_sign and following.text == "(") or (closing and not (is_sign and following.text in closing)):
            return None
        self._next += 1
        self._warn(
            "PT404", f"'{token.text}' is taken as text; quote it, or write '${{{token.text}}}' for a field", token
        )
        return Text(token.text)

    def _expect(self, sign: str) -> None:
        if not self._take_sign(sign):
            self._fail(f"'{sign}' is missing")

    def _fail(self, message: str) -> None:
        found = "at the end" if self._token.kind == "end" else f"before '{self._token.text}'"
        text = message if message.startswith("unexpected") else f"{message} {found}"
        raise ExpressionError("PT401", text, self._token.offset)

    def _warn(self, code: str, message: str, token: Token) -> None:
        self.problems.append(TextProblem(code=code, message=message, offset=token.offset))
