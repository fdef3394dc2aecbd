"""Hides secrets in text: the values that a run knows and the well-known shapes of tokens (language 12.3).

What children print is masked here, once, before anything else sees it; every other way out (events, artifacts, what the
program says) asks the same masker. All spellings of all secrets are one pattern, a tree of their common beginnings, so
that a hundred secrets cost hardly more than one.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from prodigy_tui.process.spellings import SHORTEST, merged_pattern, spellings

MASK = "***"

_HOLD = 4096
"""Characters of an unfinished line that wait for what follows: longer than any token of a known shape in practice."""
_TAIL = 8

# The hint is a plain substring of every match, so that ordinary output pays for a few searches in C and no regex.
# No pattern is anchored on its left: inside JSON a token may follow the `n` of an escaped newline.
_SHAPES: tuple[tuple[str, str, str], ...] = (
    ("gh", "", r"gh[pousr]_[A-Za-z0-9]{20,}"),
    ("github_pat_", "", r"github_pat_[A-Za-z0-9_]{20,}"),
    ("glpat-", "", r"glpat-[A-Za-z0-9_-]{16,}"),
    ("AKIA", "", r"AKIA[A-Z0-9]{16}"),
    ("ASIA", "", r"ASIA[A-Z0-9]{16}"),
    ("eyJ", "", r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}"),
    ("sk-ant-", "", r"sk-ant-[A-Za-z0-9_-]{8,}"),
    ("earer ", "[Bb]earer ", r"[A-Za-z0-9._~+/=-]{16,}"),
)
"""A hint, what stands before the token and stays, the token."""
_TOKENS = tuple((hint, re.compile(f"(?<={before}){token}" if before else token)) for hint, before, token in _SHAPES)
_PRIVATE = re.compile(r"passw|pwd|token|secret|api_?key|credential|private_?key", re.IGNORECASE)

_LONG = 1024
"""Shorter texts are searched as they are: that takes a few microseconds."""
_WORTHWHILE = 256 * 1024
"""Characters of longer ones after which it pays to prepare for more of them: that takes some milliseconds."""
_FEW = 12
"""Spellings that are sooner searched for one by one than by their pattern, which takes ten times as long for one."""


class _Secrets(NamedTuple):
    """What is hidden of the values that a run knows."""

    spellings: frozenset[str]
    pattern: re.Pattern[str]
    shortest: tuple[str, ...]
    """Spellings of which one is in every text that the pattern finds something in."""


class _Check(NamedTuple):
    """What tells quickly that a text is clean."""

    secrets: _Secrets | None
    """Whose check it is."""
    is_clean: Callable[[str], bool] | None


def is_private_name(name: str) -> bool:
    """Tells whether a variable of this name is masked where variables are listed."""
    return _PRIVATE.search(name) is not None


class Masker:
    """Replaces secrets by `***`. One serves a whole run, which tells it its secrets once they are known.

    Args:
        secrets: Values to hide.
        shapes: Whether tokens of known shapes are hidden too; not in what is itself read as a value.
    """

    def __init__(self, secrets: Iterable[str] = (), *, shapes: bool = True) -> None:
        self._shapes = shapes
        self._values: frozenset[str] = frozenset()
        self._secrets: _Secrets | None = None
        self._ends: Mapping[str, tuple[str, ...]] = {}
        self._check: _Check | None = None
        self._searched = 0
        self.hold = _HOLD
        """How many trailing characters of an unfinished text may be the beginning of a secret."""
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Hides these values too, from now on."""
        values = self._values | {secret for secret in secrets if len(secret.strip()) >= SHORTEST}
        if values == self._values:
            return
        known = frozenset(spelling for value in values for spelling in spellings(value))
        ends = {end for text in known for end in _beginnings(text)}
        # Texts may be masked in other threads meanwhile: each attribute is complete before it is seen.
        self.hold = max(_HOLD, *map(len, known))
        self._ends = _by_tail(ends)
        self._secrets = _Secrets(spellings=known, pattern=re.compile(merged_pattern(known)), shortest=_shortest(known))
        self._values = values

    @property
    def knows_secrets(self) -> bool:
        """Whether there is more to hide than tokens of known shapes."""
        return self._secrets is not None

    def text(self, text: str) -> str:
        """Returns `text` without any secret."""
        if self._is_clean(text):
            return text
        for pattern in self._patterns_in(text):
            text = pattern.sub(MASK, text)
        return text

    def bytes(self, data: bytes) -> bytes:
        """Returns the bytes of a text file without any secret; what is not UTF-8 stays as it is."""
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def data(self, value: Any) -> Any:
        """Returns JSON data in which no text, key or value, holds a secret."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {self.data(key): self.data(child) for key, child in value.items()}
            case list() | tuple():
                return type(value)(self.data(child) for child in value)
            case _:
                return value

    def holds_secret(self, text: str) -> bool:
        """Tells whether a known secret, in whatever spelling, is in `text`; shapes of tokens do not count."""
        return self._secrets is not None and self._secrets.pattern.search(text) is not None

    def unfinished(self, text: str) -> int:
        """Returns how many characters at the end of `text`, which ends with a line, begin a secret of several lines."""
        if not self._ends:
            return 0
        found = (end for length in range(_TAIL, 0, -1) for end in self._ends.get(text[-length:], ()))
        return max((len(end) for end in found if text.endswith(end)), default=0)

    def cut_before_secret(self, text: str, at: int) -> int:
        """Returns the last position up to `at` where `text` can be cut without cutting a secret in two.

        A secret that begins the text and reaches over `at` is passed whole: then the position lies behind it.
        """
        if self._is_clean(text):
            return at
        for start, end in sorted(
            match.span() for pattern in self._patterns_in(text) for match in pattern.finditer(text)
        ):
            if start < at < end:
                at = start or end
        return at

    def _is_clean(self, text: str) -> bool:
        """Tells whether it is certain that there is nothing to hide in a text."""
        if len(text) < _LONG:
            return False
        known, check = self._secrets, self._check
        if check is None or check.secrets is not known:
            self._searched += len(text)
            if self._searched < _WORTHWHILE:
                return False
            check = self._check = _Check(known, self._prepared(known))
        return check.is_clean is not None and check.is_clean(text)

    def _prepared(self, known: _Secrets | None) -> Callable[[str], bool] | None:
        from prodigy_tui.process.clean import clean_check  # what prints little does not wait for it

        shapes = (before + token for _, before, token in _SHAPES) if self._shapes else ()
        return clean_check(shapes, known.spellings if known is not None else ())

    def _patterns_in(self, text: str) -> Iterator[re.Pattern[str]]:
        if (known := self._secrets) is not None and (
            len(known.shortest) > _FEW or any(spelling in text for spelling in known.shortest)
        ):
            yield known.pattern
        for hint, pattern in _TOKENS if self._shapes else ():
            if hint in text:
                yield pattern


def _shortest(spellings: Collection[str]) -> tuple[str, ...]:
    """Returns the spellings that have no other one in them; not exactly those where there are too many to be used."""
    found: list[str] = []
    for spelling in sorted(spellings, key=len):
        if len(found) <= _FEW and not any(shorter in spelling for shorter in found):
            found.append(spelling)
    return tuple(found)


def _by_tail(ends: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Returns texts by their last characters, so that only a few have to be compared."""
    found: dict[str, list[str]] = {}
    for end in ends:
        found.setdefault(end[-_TAIL:], []).append(end)
    return {tail: tuple(texts) for tail, texts in found.items()}


def _beginnings(text: str) -> Iterator[str]:
    """Yields the beginnings of a spelling that end with one of its lines."""
    return (text[: found.end()] for found in re.finditer(r"\r\n|\n|\r", text) if found.end() < len(text))
