"""The escaping of data for each position in shell text (language 9.2), as plain functions."""

import re
from collections.abc import Sequence
from typing import Final

_DOUBLE = re.compile(r'[\\"$`]')
_HEREDOC = re.compile(r"[\\$`]")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")


def quote_word(text: str) -> str:
    """State U: one word, always in single quotes, so that the form never depends on the content."""
    return "'" + text.replace("'", "'\\''") + "'"


def quote_words(words: Sequence[str]) -> str:
    """State U: one word each; no words, no text."""
    return " ".join(quote_word(word) for word in words)


def escape_double(text: str) -> str:
    """State D, inside double quotes."""
    return _DOUBLE.sub(r"\\\g<0>", text)


def escape_single(text: str) -> str:
    """State S, inside single quotes."""
    return text.replace("'", "'\\''")


def escape_heredoc(text: str) -> str:
    """State H, in a here-document whose delimiter is not quoted."""
    return _HEREDOC.sub(r"\\\g<0>", text)


def escape_backticks(text: str) -> str:
    """What the escaping inside backticks is wrapped in, because the shell reads that text twice."""
    return _HEREDOC.sub(r"\\\g<0>", text)


def keep_newlines(quoted: str, *, inside: bool) -> str:
    """Protects single-quoted text in `$(…)` inside a here-document: bash joins lines there whatever their quoting.

    Closing and opening the quotes changes nothing for the shell and parts the backslash from the newline. `inside`
    means that the quotes around the text are the author's.
    """
    parted = quoted.replace("\\\n", "\\''\n")
    return f"''{parted}''" if inside else parted


def escape_comment(text: str) -> str:
    """State C: a comment stays one line."""
    return text.replace("\n", " ")


def is_decimal(text: str) -> bool:
    """State A takes nothing but a whole decimal number; leading zeros would make it octal."""
    return _NUMBER.fullmatch(text) is not None
