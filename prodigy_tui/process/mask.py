"""Hides secrets in text: the values that a run knows and the well-known shapes of tokens (language 12.3).

It is applied once, to what children print, before anything is stored or shown.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MASK = "***"

_SHORTEST_SECRET = 4
_SHORTEST_LINE = 8
_HOLD = 4096
"""Characters of an unfinished line that wait for what follows: longer than any token of a known shape in practice."""

# The hint is a plain substring of every match, so that ordinary output pays for a few searches in C and no regex.
# No pattern is anchored on its left: inside JSON a token may follow the `n` of an escaped newline.
_SHAPES: tuple[tuple[str, str], ...] = (
    ("gh", r"gh[pousr]_[A-Za-z0-9]{20,}"),
    ("github_pat_", r"github_pat_[A-Za-z0-9_]{20,}"),
    ("glpat-", r"glpat-[A-Za-z0-9_-]{16,}"),
    ("AKIA", r"AKIA[A-Z0-9]{16}"),
    ("ASIA", r"ASIA[A-Z0-9]{16}"),
    ("eyJ", r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}"),
    ("sk-ant-", r"sk-ant-[A-Za-z0-9_-]{8,}"),
    ("earer ", r"(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{16,}"),
)
_TOKENS = tuple((hint, re.compile(pattern)) for hint, pattern in _SHAPES)


class Masker:
    """Replaces secrets by `***`. Immutable; one serves a whole run."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
        # Longest first: a secret that contains another one must go as a whole.
        ordered = sorted(spellings, key=lambda text: (-len(text), text))
        self._secrets = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self.hold = max([_HOLD, *map(len, ordered)])
        """How many trailing characters of an unfinished text may be the beginning of a secret."""

    def text(self, text: str) -> str:
        """Returns `text` without any secret."""
        for pattern in self._patterns_in(text):
            text = pattern.sub(MASK, text)
        return text

    def cut_before_secret(self, text: str, at: int) -> int:
        """Returns the last position up to `at` where `text` can be cut without cutting a secret in two.

        A secret that begins the text and reaches over `at` is passed whole: then the position lies behind it.
        """
        for start, end in sorted(
            match.span() for pattern in self._patterns_in(text) for match in pattern.finditer(text)
        ):
            if start < at < end:
                at = start or end
        return at

    def _patterns_in(self, text: str) -> Iterator[re.Pattern[str]]:
        if self._secrets is not None:
            yield self._secrets
        for hint, pattern in _TOKENS:
            if hint in text:
                yield pattern


def _spellings(secret: str) -> Iterator[str]:
    """The ways in which a secret appears in output: itself, its lines, in JSON, base64 and URLs."""
    whole = secret.strip()
    for value in {whole, *(line.strip() for line in whole.splitlines() if len(line.strip()) >= _SHORTEST_LINE)}:
        if len(value) < _SHORTEST_SECRET:
            continue
        yield value
        yield json.dumps(value)[1:-1]
        yield json.dumps(value, ensure_ascii=False)[1:-1]
        encoded = value.encode("utf-8", "surrogateescape")
        yield quote(encoded, safe="")
        yield quote_plus(encoded)
        yield base64.b64encode(encoded).decode().rstrip("=")
        yield base64.urlsafe_b64encode(encoded).decode().rstrip("=")
