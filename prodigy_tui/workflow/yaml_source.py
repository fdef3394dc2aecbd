"""YAML text -> raw nodes, by PyYAML's parse events.

Nodes are built here and not by PyYAML's composer, so that the limits of language 19 are checked before anything is
expanded, every scalar keeps its spelling, and the scalars are those of YAML 1.2.
"""

import re

from prodigy_tui.workflow.raw import MAX_ALIASES, MAX_DEPTH, MAX_NODES, Fault, RawNode, UnreadableText, too_big
from prodigy_tui.workflow.scalars import resolve
from prodigy_tui.workflow.yaml_library import UNREADABLE, yaml

_Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
# YAML 1.1 took these three for line ends, YAML 1.2 does not, and PyYAML speaks 1.1. They are read as stand-ins, so
# that they are ordinary characters inside quotes; outside quotes nobody writes them on purpose.
_OLD_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_STAND_INS = "\ue085\ue028\ue029"
# The reader's own work grows with the square of the depth.
_HOPELESS_DEPTH = 1_000
_QUOTES = frozenset({"'", '"'})
_QUOTED = _QUOTES | {"|", ">"}
_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t]+)+")
_HINTS = {
    "mapping values are not allowed in this context": "a text that holds ': ' needs quotes",
    "found character that cannot start any token": "indent with spaces; a text that starts with a tab, '@', '`' or '%' "
    "needs quotes",
}


def read_yaml(text: str) -> tuple[RawNode | None, list[Fault]]:
    """Returns the top node, None for an empty document, and the faults that left broken nodes behind.

    Raises:
        UnreadableText: the text is no YAML (PT101), or holds several documents (PT102).
    """
    unreadable = UNREADABLE.search(text)
    if unreadable:
        code = ord(unreadable.group())
        raise UnreadableText.at("PT101", text, unreadable.start(), f"the character U+{code:04X} is not allowed")
    stray = _OLD_LINE_ENDS.search(text) is not None
    if stray and any(stand_in in text for stand_in in _STAND_INS):
        index = next(m.start() for m in _OLD_LINE_ENDS.finditer(text))
        raise UnreadableText.at("PT101", text, index, f"the character U+{ord(text[index]):04X} is not allowed here")
    composer = _Composer(text, stray=stray)
    try:
        top = composer.compose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = error.problem or "the text is no YAML"
        raise UnreadableText(
            Fault(code="PT101", line=line, column=column, message=_words(error), hint=_HINTS.get(problem, ""))
        ) from error
    except yaml.YAMLError as error:
        raise UnreadableText(Fault(code="PT101", line=1, column=1, message="the text is no YAML")) from error
    if stray:
        composer.refuse_bare_line_ends()
    return top, composer.faults


def _words(error: yaml.MarkedYAMLError) -> str:
    parts = [part.strip() for part in (error.context, error.problem) if part]
    return ": ".join(parts) or "the text is no YAML"


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _extent(event: yaml.Event) -> tuple[int, int]:
    """Returns where the characters of `event` begin and end in the text."""
    start, end = event.start_mark, event.end_mark
    return start.index if start else 0, end.index if end else 0


class _Composer:
    """Builds nodes from events. A subtree that breaks a limit becomes one broken node and reading goes on."""

    def __init__(self, text: str, *, stray: bool) -> None:
        self._original = text
        self._stray = stray
        self._text = text.translate(str.maketrans("\x85\u2028\u2029", _STAND_INS)) if stray else text
        self._quotes: list[tuple[int, int]] = []
        self._open: list[RawNode] = []
        self._anchors: dict[str, RawNode] = {}
        self._skipping = 0
        self._nodes = 0
        self._aliases = 0
        self._full = False
        self._top: RawNode | None = None
        self._documents = 0
        self.faults: list[Fault] = []

    def compose(self) -> RawNode | None:
        reader = _Loader(self._text)
        try:
            for event in iter(reader.get_event, None):
                self._take(event)
        finally:
            reader.dispose()
        return self._top

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():  # most events are
                self._scalar(event)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    hint = "one file holds one workflow"
                    raise UnreadableText.at(
                        "PT102", self._text, _extent(event)[0], "a second document starts here", hint
                    )
            case yaml.CollectionStartEvent():
                self._start(event)
            case yaml.CollectionEndEvent():
                self._end()
            case yaml.AliasEvent():
                self._alias(event)
            case _:
                pass

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        if self._skipping:
            self._skipping += 1
            if self._skipping > _HOPELESS_DEPTH:
                raise UnreadableText(self.faults[0])
            return
        line, column = _place(event)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        node = RawNode(kind="list" if is_list else "map", line=line, column=column, tag=event.tag)
        if len(self._open) >= MAX_DEPTH:
            self._fault(event, f"{'a list' if is_list else 'a mapping'} is nested deeper than {MAX_DEPTH} levels")
            node = self._broken(event)
        elif not self._room_for(1, event):
            node = self._broken(event)
        if event.anchor:
            self._anchors[event.anchor] = node
        if node.kind == "broken":
            self._skipping = 1
            self._place(node)
        else:
            self._open.append(node)

    def _end(self) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        node = self._open.pop()
        node.close()
        self._place(node)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        quoted = event.style in _QUOTED
        start, end = _extent(event)
        if self._stray and event.style in _QUOTES:
            self._quotes.append((start, end))
        if self._skipping:
            return
        text = event.value
        raw = self._original[start:end]
        if self._stray:
            text = text.translate(str.maketrans(_STAND_INS, "\x85\u2028\u2029"))
        line, column = _place(event)
        properties = _PROPERTIES.match(raw) if event.anchor and not event.tag else None
        if properties:
            column += properties.end()
            raw = raw[properties.end() :]
        node = RawNode(
            kind="scalar",
            line=line,
            column=column,
            tag=event.tag,
            text=text,
            value=text if quoted else resolve(text),
            quoted=quoted,
            raw=raw,
        )
        if too_big(text):
            self._fault(event, "a text is longer than 256 KiB")
            node = self._broken(event)
        elif not self._room_for(1, event):
            node = self._broken(event)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._place(node)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if self._skipping:
            return
        name = event.anchor or ""
        node = self._anchors.get(name)
        if node is None:
            raise UnreadableText.at("PT101", self._text, _extent(event)[0], f"no anchor '&{name}' stands before this")
        self._aliases += 1
        if any(node is above for above in self._open):
            self._fault(event, f"the anchor '&{name}' contains itself")
            node = self._broken(event)
        elif self._aliases > MAX_ALIASES:
            if self._aliases == MAX_ALIASES + 1:
                self._fault(event, f"more than {MAX_ALIASES} aliases are used")
            node = self._broken(event)
        elif len(self._open) + node.height > MAX_DEPTH:
            self._fault(event, f"'*{name}' is nested deeper than {MAX_DEPTH} levels")
            node = self._broken(event)
        elif not self._room_for(node.size, event):
            node = self._broken(event)
        self._place(node)

    def _place(self, node: RawNode) -> None:
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._top = node

    def _room_for(self, size: int, event: yaml.Event) -> bool:
        if self._full:
            return False
        self._nodes += size
        if self._nodes > MAX_NODES:
            self._full = True
            self._fault(event, f"more than {MAX_NODES} nodes, aliases written out")
        return not self._full

    def _fault(self, event: yaml.Event, message: str) -> None:
        line, column = _place(event)
        self.faults.append(Fault(code="PT106", line=line, column=column, message=message))

    def _broken(self, event: yaml.Event) -> RawNode:
        line, column = _place(event)
        return RawNode(kind="broken", line=line, column=column)

    def refuse_bare_line_ends(self) -> None:
        """Raises for the first of the old line ends that stands outside quotes."""
        for found in _OLD_LINE_ENDS.finditer(self._original):
            if not any(start < found.start() < end for start, end in self._quotes):
                code = ord(found.group())
                raise UnreadableText.at(
                    "PT101", self._original, found.start(), f"the character U+{code:04X} is not allowed outside quotes"
                )
