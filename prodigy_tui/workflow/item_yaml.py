"""YAML text -> data of work items, by PyYAML's parse events: the scalars of language 2.1, the limits of items.

Work items need no places and may be many, so they do not go through the nodes of a workflow's text. What a workflow
refuses is refused here too: tags, keys that stand twice, a second document, an anchor that contains itself.
"""

from collections.abc import Callable
from typing import Any, Final

from prodigy_tui.workflow.json_data import JsonError
from prodigy_tui.workflow.scalars import resolve
from prodigy_tui.workflow.yaml_library import UNREADABLE, yaml

MAX_DEPTH: Final = 200
MAX_REPEATED: Final = 1_000_000
"""Values that aliases may repeat; without aliases the size of the input is limit enough."""

_Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
# PyYAML takes these three for line ends, YAML 1.2 does not; stand-ins are ordinary characters for both.
_OLD_LINE_ENDS = "\x85\u2028\u2029"
_STAND_INS = "\ue085\ue028\ue029"
_TO_STAND_INS = str.maketrans(_OLD_LINE_ENDS, _STAND_INS)
_FROM_STAND_INS = str.maketrans(_STAND_INS, _OLD_LINE_ENDS)
_NOT_ONLY_TEXT = frozenset({"", *"+-.0123456789~nNtTfF"})
"""How plain scalars begin that may be something else than text."""
_QUOTED = frozenset({"'", '"', "|", ">"})
_MERGE: Final = object()
_NOTHING: Final = object()


def load_yaml(text: str) -> Any:
    """Returns the data of one YAML document, an empty list for an empty one.

    Raises:
        JsonError: it is no YAML, or holds what JSON does not; with line and column.
    """
    unreadable = UNREADABLE.search(text)
    if unreadable:
        raise _at(text, unreadable.start(), f"the character U+{ord(unreadable.group()):04X} is not allowed")
    is_old = any(character in text for character in _OLD_LINE_ENDS)
    if is_old:
        clash = next((text.index(character) for character in _STAND_INS if character in text), None)
        if clash is not None:
            raise _at(text, clash, f"the character U+{ord(text[clash]):04X} is not allowed here")
        text = text.translate(_TO_STAND_INS)
    try:
        return _Reader(is_old=is_old).read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = ": ".join(part.strip() for part in (error.context, error.problem) if part) or "the text is no YAML"
        raise JsonError(words, *((mark.line + 1, mark.column + 1) if mark else (1, 1))) from error
    except yaml.YAMLError as error:
        raise JsonError("the text is no YAML") from error


class _Reader:
    """Builds lists and objects from events. An open object keeps its keys and values in a flat list."""

    def __init__(self, *, is_old: bool) -> None:
        self._is_old = is_old
        self._open: list[tuple[yaml.CollectionStartEvent, list[Any]]] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._started = 0
        self._repeated = 0
        self._documents = 0
        self._top: Any = _NOTHING
        self._take: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def read(self, text: str) -> Any:
        take = self._take
        for event in yaml.parse(text, Loader=_Loader):
            handler = take.get(type(event))
            if handler is not None:
                handler(event)
        return [] if self._top is _NOTHING else self._top

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise _fault(event, "a second document starts here")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if event.tag is not None:
            raise _tag(event)
        value: Any = event.value
        self._started += 1
        if self._is_old:
            value = self._with_old_line_ends(event)
        if event.style not in _QUOTED:
            if self._is_key():
                value = _MERGE if value == "<<" else value
            elif value[:1] in _NOT_ONLY_TEXT:
                value = resolve(value)
        if event.anchor:
            self._anchors[event.anchor] = ("<<" if value is _MERGE else value, 1)
        self._place(value, event)

    def _with_old_line_ends(self, event: yaml.ScalarEvent) -> str:
        text: str = event.value
        plain = text.translate(_FROM_STAND_INS)
        if plain != text and event.style not in ("'", '"'):
            stray = next(character for character in plain if character in _OLD_LINE_ENDS)
            raise _fault(event, f"the character U+{ord(stray):04X} is not allowed outside quotes")
        return plain

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            raise _tag(event)
        if len(self._open) >= MAX_DEPTH:
            raise _fault(event, f"nested deeper than {MAX_DEPTH} levels")
        if self._is_key():
            raise _fault(event, "a key must be text")
        self._started += 1
        # What the anchor of an open value holds is not known yet; an alias to it would contain itself.
        if event.anchor:
            self._anchors[event.anchor] = (_NOTHING, self._started)
        self._open.append((event, []))

    def _end(self, _: yaml.Event) -> None:
        event, parts = self._open.pop()
        data: Any = parts if isinstance(event, yaml.SequenceStartEvent) else self._object(event, parts)
        if event.anchor:
            _, before = self._anchors[event.anchor]
            self._anchors[event.anchor] = (data, self._started - before + 1)
        self._place(data, event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        known = self._anchors.get(event.anchor or "")
        if known is None:
            raise _fault(event, f"no anchor '&{event.anchor}' stands before this")
        value, size = known
        if value is _NOTHING:
            raise _fault(event, f"the anchor '&{event.anchor}' contains itself")
        # Counted as started too, so that an alias to a value that holds aliases has its whole size.
        self._repeated += size
        self._started += size
        if self._repeated > MAX_REPEATED:
            raise _fault(event, f"aliases repeat more than {MAX_REPEATED:,} values")
        if self._is_key() and not isinstance(value, str):
            raise _fault(event, "a key must be text")
        self._place(value, event)

    def _is_key(self) -> bool:
        if not self._open:
            return False
        event, parts = self._open[-1]
        return isinstance(event, yaml.MappingStartEvent) and len(parts) % 2 == 0

    def _place(self, value: Any, event: yaml.Event) -> None:
        if not self._open:
            self._top = value
            return
        opened, parts = self._open[-1]
        if isinstance(opened, yaml.MappingStartEvent) and len(parts) % 2 == 0:
            # The event is kept with its key for the place of a key that stands twice.
            parts.append((value, event))
        else:
            parts.append(value)

    def _object(self, start: yaml.Event, parts: list[Any]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[Any] = []
        for (key, event), value in zip(parts[::2], parts[1::2], strict=True):
            if key is _MERGE:
                merged.extend(value if isinstance(value, list) else [value])
            elif key in data:
                raise _fault(event, f"the key '{key[:40]}' is given twice")
            else:
                data[key] = value
        for source in merged:
            if not isinstance(source, dict):
                raise _fault(start, "'<<' needs a mapping")
            for key, value in source.items():
                data.setdefault(key, value)
        return data


def _tag(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> JsonError:
    return _fault(event, f"the tag '{str(event.tag)[:40]}' is not allowed")


def _fault(event: yaml.Event, message: str) -> JsonError:
    mark = event.start_mark
    return JsonError(message, mark.line + 1, mark.column + 1) if mark else JsonError(message)


def _at(text: str, index: int, message: str) -> JsonError:
    return JsonError(message, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))
