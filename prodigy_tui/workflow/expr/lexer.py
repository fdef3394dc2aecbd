"""Expression text -> tokens, each with its offset."""

import re
from typing import Literal

import msgspec

from prodigy_tui.workflow.expr.syntax import ExpressionError
from prodigy_tui.workflow.paths import ParsedPath, parse_path
from prodigy_tui.workflow.references import Reference, parse_reference

TokenKind = Literal["number", "text", "path", "reference", "sign", "end"]

_SPACE = re.compile(r"[ \t\r\n]+")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_])")
_SIGN = re.compile(r"\|\||&&|==|=~|!=|<=|>=|\$\{|[=<>!(){}\[\],]")
_STRING = re.compile(r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\"""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_MOST_DIGITS = 400
_KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One token; `text` is its spelling, the content for a string."""

    kind: TokenKind
    text: str
    offset: int
    end: int = 0
    number: int | float = 0
    path: ParsedPath | None = None
    reference: Reference | None = None
    anchored: bool = False
    """A path written with `$.` or `@.`."""

    @property
    def keyword(self) -> str:
        """The word in lower case when this is a name without parts."""
        return self.text.lower() if self.path is not None and not (self.path.parts or self.anchored) else ""


def tokenize(text: str) -> list[Token]:
    """Returns the tokens of `text`, the last of kind `end`.

    Raises:
        ExpressionError: PT401 at a character that begins no token.
    """
    tokens: list[Token] = []
    position = 0
    while True:
        space = _SPACE.match(text, position)
        position = space.end() if space else position
        if position >= len(text):
            end = tokens[-1].end if tokens else 0
            tokens.append(Token(kind="end", text="", offset=end, end=end))
            return tokens
        tokens.append(_token(text, position))
        position = tokens[-1].end


def _token(text: str, start: int) -> Token:
    if text[start] in "'\"":
        return _string(text, start)
    if number := _NUMBER.match(text, start):
        return _number(number, start)
    if text.startswith("${", start):
        parsed = parse_reference(text, start)
        if parsed is not None:
            reference, end = parsed
            return Token(kind="reference", text=reference.source, offset=start, end=end, reference=reference)
    anchored = text.startswith(("$.", "@."), start)
    begin = start + 2 if anchored else start
    found = None if text[begin : begin + 1].isdigit() else parse_path(text, begin)
    if found is not None:
        path, end = found
        if path.root.lower() in _KEYWORDS and not anchored and text[begin + len(path.root) : end].startswith("["):
            path, end = ParsedPath(path.root), begin + len(path.root)
        return Token(kind="path", text=text[begin:end], offset=start, end=end, path=path, anchored=anchored)
    if sign := _SIGN.match(text, start):
        return Token(kind="sign", text=sign[0], offset=start, end=sign.end())
    raise ExpressionError("PT401", f"unexpected character {text[start]!r}", start)


def _number(found: re.Match[str], start: int) -> Token:
    spelling = found[0]
    if len(spelling) > _MOST_DIGITS:
        raise ExpressionError("PT401", "a number has too many digits", start)
    number = int(spelling) if spelling.lstrip("-").isdigit() else float(spelling)
    if number in (float("inf"), float("-inf")):
        raise ExpressionError("PT401", f"the number {spelling} is too large", start)
    return Token(kind="number", text=spelling, offset=start, end=found.end(), number=number)


def _string(text: str, start: int) -> Token:
    found = _STRING.match(text, start)
    if not found:
        raise ExpressionError("PT401", "a string is not closed", start)
    content = _ESCAPE.sub(_unescape, found[0][1:-1])
    if _SURROGATES.search(content):
        # Two escapes may spell one character, as in JSON.
        content = content.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return Token(kind="text", text=content, offset=start, end=found.end())


def _unescape(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _ESCAPED.get(found[2], found[0])
