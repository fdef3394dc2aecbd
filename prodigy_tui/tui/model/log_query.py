"""What is looked for in a log: words as they stand, `~pattern~`, either with a leading `!` for the lines without it."""

import re
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from prodigy_tui.errors import ProdigyError
from prodigy_tui.storage.lines import LINE_LIMIT
from prodigy_tui.tui.model.text import safe

_PATIENCE_S: Final = 0.0005
"""How long a pattern may look at one line for the places to mark."""
_PATIENCE_PER_SIGN_S: Final = 5e-8
"""How much longer it may at a long one."""
_LONGEST: Final = 200
_SPANS: Final = 200
"""Places in one line that are marked."""


class QueryWrong(ProdigyError):
    """What was typed cannot be looked for."""


class TooSlow(ProdigyError):
    """A pattern takes too long over a line."""


class Query(Struct, frozen=True, kw_only=True):
    """What lines are looked for."""

    text: str
    """As it was typed."""
    word: str = ""
    """Looked for as it stands; without upper case in whatever case."""
    pattern: Any = None
    """A pattern of the package `regex`, instead of a word."""
    in_pages: Any = None
    """What finds each line of many once that the pattern is in; `None` where they are to be looked at one by one."""
    inverted: bool = False

    @property
    def minds_case(self) -> bool:
        """Whether upper and lower case differ."""
        return self.word != self.word.lower()

    def places(self, text: str) -> list[tuple[int, int]]:
        """Returns where it stands in a shown line, for marking.

        Raises:
            TooSlow: the pattern takes too long.
        """
        if self.inverted:
            return []
        if self.pattern is None:
            found = re.finditer(re.escape(self.word), text, 0 if self.minds_case else re.IGNORECASE)
        else:
            found = self.pattern.finditer(text, timeout=_PATIENCE_S + len(text) * _PATIENCE_PER_SIGN_S)
        try:
            spans = [one.span() for one in islice(found, _SPANS)]
        except TimeoutError:
            raise self.too_slow() from None
        return [(start, end) for start, end in spans if start < end]

    def too_slow(self) -> TooSlow:
        """Returns what is said of a pattern that takes too long."""
        return TooSlow(f"~{self.pattern.pattern}~ takes too long; make the pattern simpler")


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
    import regex  # not before there is a pattern: loading it takes 2 % of a start

    from prodigy_tui.tui.model.log_pattern import for_pages, minds_case

    try:
        compiled = regex.compile(pattern, 0 if minds_case(pattern) else regex.IGNORECASE)
        return Query(text=text, pattern=compiled, in_pages=for_pages(pattern), inverted=inverted)
    except (regex.error, RecursionError, OverflowError) as error:
        raise QueryWrong(f"~{pattern}~ is no pattern: {error}") from None


def shown(text: str) -> str:
    """Returns a line of a log as it is shown, to the end that is ever read of it."""
    return safe(text, LINE_LIMIT + 1)
