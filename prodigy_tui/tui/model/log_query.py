"""What is looked for in a log: words as they stand, `~pattern~`, either with a leading `!` for the lines without it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import regex

from prodigy_tui.errors import ProdigyError
from prodigy_tui.storage.lines import LINE_LIMIT
from prodigy_tui.tui.model.text import safe, safe_lines

PATIENCE_S: Final = 0.008
"""How long a pattern may look at one line."""
_LONGEST: Final = 200
_ESCAPED: Final = regex.compile(r"\\.")
_SPANS: Final = 200
"""Places in one line that are marked."""


class QueryWrong(ProdigyError):
    """What was typed cannot be looked for."""


class TooSlow(ProdigyError):
    """A pattern takes too long over a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What lines are looked for."""

    text: str
    """As it was typed."""
    word: str = ""
    """Looked for as it stands; without upper case in whatever case."""
    pattern: Any = None
    """A pattern of the package `regex`, instead of a word."""
    inverted: bool = False

    @property
    def minds_case(self) -> bool:
        """Whether upper and lower case differ."""
        return self.word != self.word.lower()

    def matching(self, texts: list[str]) -> list[int]:
        """Returns which of some shown lines it is, by their place in the list.

        Raises:
            TooSlow: the pattern takes too long.
        """
        if self.pattern is not None:
            found = self._searched(texts)
        elif self.minds_case:
            word = self.word
            found = [number for number, text in enumerate(texts) if word in text]
        else:
            # All at once: a block in one case costs as much as a line.
            word, folded = self.word.casefold(), "\n".join(texts).casefold()
            lines = folded.split("\n") if word in folded else ()
            found = [number for number, text in enumerate(lines) if word in text]
        if not self.inverted:
            return found
        without = set(found)
        return [number for number in range(len(texts)) if number not in without]

    def places(self, text: str) -> list[tuple[int, int]]:
        """Returns where it stands in a shown line, for marking."""
        if self.inverted:
            return []
        if self.pattern is not None:
            return self._guarded(lambda: [found.span() for found in self.pattern.finditer(text, timeout=PATIENCE_S)])
        flags = 0 if self.minds_case else regex.IGNORECASE
        return [found.span() for found in regex.finditer(regex.escape(self.word), text, flags)][:_SPANS]

    def _searched(self, texts: list[str]) -> list[int]:
        search: Callable[..., Any] = self.pattern.search
        found = []
        for number, text in enumerate(texts):
            try:
                there = search(text, timeout=PATIENCE_S)
            except TimeoutError:
                there = self._again(text)
            if there is not None:
                found.append(number)
        return found

    def _again(self, text: str) -> object:
        """Looks at a line once more: the machine may have been busy with something else."""
        try:
            return self.pattern.search(text, timeout=4 * PATIENCE_S)
        except TimeoutError:
            raise TooSlow(f"~{self.pattern.pattern}~ takes too long; make the pattern simpler") from None

    @staticmethod
    def _guarded(look: Callable[[], list[tuple[int, int]]]) -> list[tuple[int, int]]:
        try:
            return [(start, end) for start, end in look() if start < end][:_SPANS]
        except TimeoutError:
            return []


def parse_query(text: str) -> Query | None:
    """Returns what is looked for; `None` where nothing is.

    Raises:
        QueryWrong: it is no pattern.
    """
    inverted = text.startswith("!")
    word = text[1:] if inverted else text
    if len(word) > _LONGEST:
        raise QueryWrong(f"that is longer than {_LONGEST} characters")
    if not word.startswith("~"):
        return Query(text=text, word=word, inverted=inverted) if word.strip() else None
    pattern = word[1:].removesuffix("~") if len(word) > 1 else ""
    if not pattern:
        return None
    try:
        plain = _ESCAPED.sub("", pattern)
        flags = 0 if plain != plain.lower() else regex.IGNORECASE
        return Query(text=text, pattern=regex.compile(pattern, flags), inverted=inverted)
    except (regex.error, RecursionError, OverflowError) as error:
        raise QueryWrong(f"~{pattern}~ is no pattern: {error}") from None


def shown(text: str) -> str:
    """Returns a line of a log as it is shown, to the end that is ever read of it."""
    return safe(text, LINE_LIMIT + 1)


def all_shown(texts: list[str]) -> list[str]:
    """Returns lines of a log as they are shown."""
    return safe_lines(texts, LINE_LIMIT + 1)
