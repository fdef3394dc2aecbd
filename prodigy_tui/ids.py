"""Typed identifiers and how they are made. Pure: time and randomness are passed in."""

import re
import unicodedata
from datetime import datetime
from typing import NewType

RunId = NewType("RunId", str)
ItemId = NewType("ItemId", str)
Oid = NewType("Oid", str)
"""A git object name, 40 or 64 hexadecimal digits."""

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
_HASH_DIGITS = 8


def short_hash(text: str) -> str:
    """Returns the first 8 hexadecimal digits of the SHA-256 of `text`."""
    import hashlib  # brings OpenSSL with it, and most calls of the program make no name

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]


def plain_safe_id(text: str) -> str:
    """Returns `text` reduced to what a branch, folder or file name may hold (language 13.4), without a hash.

    Two texts may share one result; `safe_id` keeps them apart.
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_text)
    name = re.sub(r"\.{2,}", ".", name)[:40].strip("-.")
    if name.endswith(".lock"):
        name = name[: -len(".lock")] + "-lock"
    return name or "item"


def safe_id(text: str) -> str:
    """Returns the safe id of one text: `plain_safe_id`, and a hash of the text when that changed anything."""
    plain = plain_safe_id(text)
    return plain if plain == text else f"{plain}-{short_hash(text)}"


def make_run_id(workflow: str, now: datetime, random_bits: int) -> RunId:
    """Returns `<workflow>-<yymmdd>-<hhmmss>-<4 base32 characters>`; `random_bits` needs 20 bits, time is UTC."""
    tail = "".join(_BASE32[(random_bits >> shift) & 31] for shift in (15, 10, 5, 0))
    return RunId(f"{plain_safe_id(workflow)}-{now:%y%m%d-%H%M%S}-{tail}")
