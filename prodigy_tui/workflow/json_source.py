"""JSON text -> raw nodes. A JSON parser accepts or refuses; the walk behind it only finds the places.

YAML readers refuse some valid JSON (tabs as indentation, surrogate pairs), so they are not asked.
"""

import json
import re
from typing import Literal, NoReturn

from prodigy_tui.workflow.raw import MAX_DEPTH, MAX_NODES, Fault, RawNode, UnreadableText, too_big
from prodigy_tui.workflow.scalars import resolve

_SPACE = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"[^\s,\]}:]+")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
# An unfinished string is taken up to the end, else every quote in it would be tried again.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_NO_JSON = re.compile(r'"(?:[^"\\]|\\.)*+"|NaN|-?Infinity', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(text: str) -> tuple[RawNode, list[Fault]]:
    """Returns the top node, and the faults that left broken nodes behind.

    Raises:
        UnreadableText: the text is no JSON (PT101), or deeper than any reader should go (PT106).
    """
    _check_depth(text)
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        raise UnreadableText.at("PT101", text, error.pos, message) from error
    except _NotJson as error:
        index = next((m.start() for m in _NO_JSON.finditer(text) if not m.group().startswith('"')), 0)
        raise UnreadableText.at("PT101", text, index, f"'{error.word}' is no JSON") from error
    walk = _Walk(text)
    return walk.read(), walk.faults


class _NotJson(Exception):
    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def _refuse(word: str) -> NoReturn:
    raise _NotJson(word)


def _check_depth(text: str) -> None:
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        if depth > MAX_DEPTH:
            raise UnreadableText.at("PT106", text, found.start(), f"nested deeper than {MAX_DEPTH} levels")


class _Walk:
    """Goes once over text that is known to be JSON."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._nodes = 0
        self.faults: list[Fault] = []

    def read(self) -> RawNode:
        self._skip_space()
        character = self._text[self._at]
        start = self._at
        match character:
            case "{":
                node = self._node("map")
                self._children(node, "}")
            case "[":
                node = self._node("list")
                self._children(node, "]")
            case '"':
                node = self._node("scalar", quoted=True)
                string = _STRING.match(self._text, start)
                self._at = string.end() if string else len(self._text)
                node.value = node.text = json.loads(self._text[start : self._at])
                if _SURROGATE.search(node.text):
                    raise UnreadableText.at("PT101", self._text, start, "half of a surrogate pair stands alone")
            case _:
                node = self._node("scalar")
                word = _WORD.match(self._text, start)
                node.text = word.group() if word else ""
                node.value = resolve(node.text)
                self._at = start + len(node.text)
        node.raw = self._text[start : self._at] if node.kind == "scalar" else ""
        node.close()
        return self._checked(node)

    def _children(self, node: RawNode, closing: str) -> None:
        self._at += 1
        self._skip_space()
        while self._text[self._at] != closing:
            if self._text[self._at] in ",:":
                self._at += 1
            else:
                node.children.append(self.read())
            self._skip_space()
        self._at += 1

    def _node(self, kind: Literal["scalar", "list", "map"], *, quoted: bool = False) -> RawNode:
        return RawNode(kind=kind, line=self._line, column=self._at - self._line_start + 1, quoted=quoted)

    def _checked(self, node: RawNode) -> RawNode:
        self._nodes += 1
        message = ""
        if self._nodes == MAX_NODES + 1:
            message = f"more than {MAX_NODES} nodes"
        elif too_big(node.text):
            message = "a text is longer than 256 KiB"
        if message:
            self.faults.append(Fault(code="PT106", line=node.line, column=node.column, message=message))
        if message or self._nodes > MAX_NODES:
            return RawNode(kind="broken", line=node.line, column=node.column)
        return node

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self._at)
        end = space.end() if space else self._at
        newlines = self._text.count("\n", self._at, end)
        if newlines:
            self._line += newlines
            self._line_start = self._text.rfind("\n", self._at, end) + 1
        self._at = end
