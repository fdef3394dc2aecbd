"""PyYAML, and the characters that YAML does not allow."""

import re
from typing import Final

__all__ = ["UNREADABLE", "yaml"]

UNREADABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What is not allowed. The same said by what is allowed takes Python 4 ms to compile, as much as all patterns of ours
together; that is how PyYAML says it."""


def _spare_the_opposite() -> None:
    """Has PyYAML find the pattern compiled that it is about to ask for: this one, which finds the same."""
    allowed = "\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
    known = getattr(re, "_cache", None)
    if isinstance(known, dict):
        known.setdefault((str, f"[^{allowed}]", 0), UNREADABLE)


_spare_the_opposite()
import yaml  # noqa: E402 - it is prepared for first
