"""What failures have in common: the fingerprint of cli 8.1. Pure, and linear in the length of a message.

Two failures with one fingerprint most likely have one cause: the same step, kind and exit code, and messages that
differ only in what changes from item to item: paths, numbers, hashes, quoted text.
"""

import hashlib
import json
import re
from typing import Final

import msgspec

from prodigy_tui.events.values import Failure

READ: Final = 4000
"""Characters of a message that count; what differs only behind them is one cause all the same."""

_LENGTH: Final = 8

# One pass from left to right. Nothing backs out of what it has read, so that no message makes it slow.
_PIECES: Final = re.compile(
    r"""
      (?P<quoted> "[^"\n]*+" | `[^`\n]*+` | ‘[^’\n]*+’ | “[^”\n]*+” | «[^»\n]*+» | (?<!\w)'[^'\n]*+'(?!\w) )
    | (?P<word> [^\s"`'‘’“”«»()\[\]{}<>,;:=|]++ )
    """,
    re.VERBOSE,
)
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]++|\d++(?:\.\d++)*+")
_HASH: Final = re.compile(r"(?=[a-f]*+\d)[0-9a-f]{7,64}|(?=(?:\D*+\d){4})[\w-]{16,256}")
"""What git, UUIDs and the request numbers of services look like."""
_FILE: Final = re.compile(r"[\w-]++\.(?:[a-z]{1,3}|[a-z]\d|json|yaml|toml|html|java|lock)")


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """What tells one cause of failures from another."""

    id: str
    """Short, and the same for the same cause in every run and on every machine."""
    step: str
    kind: str
    exit_code: int | None
    message: str
    """The message with `<path>`, `<n>`, `<hash>` and `<text>` where it changes from item to item."""


def fingerprint(failure: Failure | None) -> Fingerprint:
    """Returns the fingerprint of a failure; one that nobody gave a reason for has one as well."""
    step, kind, exit_code, message = "", "", None, ""
    if failure is not None:
        step, kind, exit_code = failure.step, failure.kind, failure.exit_code
        message = normalised(failure.message)
    facts = json.dumps([step, kind, exit_code, message])
    short = hashlib.sha256(facts.encode()).hexdigest()[:_LENGTH]
    return Fingerprint(id=short, step=step, kind=kind, exit_code=exit_code, message=message)


def normalised(message: str) -> str:
    """Returns a message without what changes from item to item."""
    return " ".join(_PIECES.sub(_general, message[:READ]).split())


def _general(found: re.Match[str]) -> str:
    word = found["word"]
    return "<text>" if word is None else _word(word)


def _word(word: str) -> str:
    bare = word.rstrip(".!?")
    end = word[len(bare) :]
    if _HASH.fullmatch(bare) and not bare.isdecimal():
        return f"<hash>{end}"
    if len(bare) > 1 and ("/" in bare or "\\" in bare or _FILE.fullmatch(bare)):
        return f"<path>{end}"
    return _NUMBER.sub("<n>", word)
