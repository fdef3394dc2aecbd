"""Reads the output of programs that people have described: text, one JSON document, or JSON lines."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec

from prodigy_tui.agents.command_definition import CommandDefinition, ResultPlaces
from prodigy_tui.agents.oneline import one_line
from prodigy_tui.agents.prices import Prices, Tokens
from prodigy_tui.agents.provider import AgentCall, Denied, Message, Said, Started
from prodigy_tui.agents.story import Reader, identifier

LONGEST_TEXT = 8 * 1024 * 1024
"""Of a longer output the end is kept."""
_MATCH_S = 1.0


class CommandReader(Reader):
    """Reads one execution of a described program."""

    has_last_word = False

    def __init__(self, definition: CommandDefinition, call: AgentCall, prices: Prices) -> None:
        super().__init__()
        self._definition = definition
        self._call = call
        self._prices = prices
        self._lines: deque[str] = deque()
        self._length = 0
        self._model = call.model
        self._started = False
        self._documents = 0
        self._numbers: dict[str, float] = {}

    def read(self, line: str) -> Iterator[Message]:
        self._keep(line)
        match self._definition.output:
            case "jsonl":
                yield from self._document(line)
            case "json":
                pass
            case _:
                yield from self._start(self._call.resume or self._call.session_id)
                if line.strip():
                    yield Said(text=line)

    def complain(self, line: str) -> Iterator[Message]:
        yield from self._marks(line)

    def close(self) -> Iterator[Message]:
        definition, text = self._definition, "\n".join(self._lines)
        if definition.output == "json":
            yield from self._document(text)
        elif definition.output == "text":
            self.story.text = text.strip()
        if definition.output != "text" and text.strip() and not self._documents:
            self.story.error = self.story.error or "its output is not JSON"
        yield from self._start(self._call.resume or self._call.session_id)
        for line in self._lines:
            yield from self._marks(line)
        if self._numbers:
            numbers = {name: int(number) for name, number in self._numbers.items() if name != "usd"}
            tokens = Tokens.of_total(
                numbers.get("input_tokens", 0),
                cached=numbers.get("cached_tokens", 0),
                output=numbers.get("output_tokens", 0),
            )
            yield self.story.use(self._prices.used(self._model, tokens, told=self._numbers.get("usd")))

    def _keep(self, line: str) -> None:
        self._lines.append(line)
        self._length += len(line) + 1
        while self._length > LONGEST_TEXT and len(self._lines) > 1:
            self._length -= len(self._lines.popleft()) + 1

    def _start(self, session_id: str | None) -> Iterator[Message]:
        if not self._started and session_id is not None:
            self._started, self.story.session_id = True, session_id
            yield Started(session_id=session_id, model=self._model)

    def _document(self, text: str) -> Iterator[Message]:
        try:
            data = msgspec.json.decode(text.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            return
        self._documents += 1
        places = self._definition.result
        model = find(data, places.model)
        if isinstance(model, str) and model:
            self._model = one_line(model)
        session = find(data, places.session)
        yield from self._start(identifier(session) if isinstance(session, str) else None)
        if places.session is None:
            yield from self._start(self._call.resume or self._call.session_id)
        said = find(data, places.text)
        if isinstance(said, str) and said.strip():
            self.story.text = said
            yield Said(text=said)
        problem = find(data, places.error)
        if problem not in (None, False, "", [], {}):
            self.story.error = problem if isinstance(problem, str) else msgspec.json.encode(problem).decode()
        self._count(data, places)

    def _count(self, data: Any, places: ResultPlaces) -> None:
        for name in ("input_tokens", "cached_tokens", "output_tokens", "usd"):
            number = find(data, getattr(places, name))
            if isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number < float("inf"):
                before = self._numbers.get(name, 0.0) if places.count == "sum" else 0.0
                self._numbers[name] = before + number

    def _marks(self, line: str) -> Iterator[Message]:
        """Looks for what people said shows a failure or a denial."""
        definition, story = self._definition, self.story
        if not story.error and _found(definition.fails_if, line):
            story.error = one_line(line)
        if _found(definition.denied_if, line):
            story.denied.append("a tool")
            yield Denied(tool="a tool", message=one_line(line))
        if _found(definition.limited_if, line):
            story.refused = True


def find(data: Any, path: str | None) -> Any:
    """Returns the value at a path, None where there is none."""
    if path is None:
        return None
    for part in path.split("."):
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def _found(pattern: str | None, line: str) -> bool:
    if pattern is None:
        return False
    import regex  # only a pattern needs it

    try:
        return regex.search(pattern, line, timeout=_MATCH_S) is not None
    except TimeoutError:
        return False
