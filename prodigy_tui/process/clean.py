"""Tells quickly that there is nothing to hide in a text, which is so for nearly all that is ever printed. Pure.

Everything is searched for at once, by the regular expressions of pydantic's core: they compare many characters in one
step, and take 0.2 to 0.4 ns for each. Python has nothing like it: its search for one word takes 0.8, and there are ten
words or more; one pattern of all of them takes 5. What these expressions cannot do (look behind, replace as Python's
do) is not asked of them: where they find something, and where they cannot tell, the patterns of `mask` decide.
"""

from collections.abc import Callable, Iterable
from typing import Final

from prodigy_tui.spared import give_back, leave_out

_TYPES: Final = ("pydantic_core.core_schema",)
"""Names for type checkers, which take two thirds of the time that the rest takes to load."""
leave_out(_TYPES)
from pydantic_core import SchemaError, SchemaValidator  # noqa: E402 - what it loads along is left out first

give_back(_TYPES)

_MOST: Final = 200_000
"""Characters of all texts together: more of them take longer to prepare for than they save."""
_COMPARED: Final = 500


def clean_check(patterns: Iterable[str], texts: Iterable[str]) -> Callable[[str], bool] | None:
    """Returns what tells whether it is certain that nothing of all this is in a text.

    Args:
        patterns: Regular expressions that mean the same everywhere: letters, classes of them, numbers of repetitions.
        texts: What is searched for as it stands.

    Returns:
        None if there is too much to search for.
    """
    # What has a half of a pair in it is only in texts that have one as well, of which nothing is said here.
    wanted = _shortest([text for text in texts if _is_unicode(text)])
    if sum(map(len, wanted)) > _MOST:
        return None
    try:
        finds = _search("|".join([*patterns, *map(_literal, wanted)]))
    except SchemaError:  # it would need too much memory
        return None
    readable = _search("^")  # a text with half a pair in it is refused, whatever is searched for
    return lambda text: not finds(text) and (text.isascii() or readable(text))


def _search(pattern: str) -> Callable[[str], bool]:
    return SchemaValidator({"type": "str", "pattern": pattern, "strict": True}).isinstance_python


def _literal(text: str) -> str:
    return "".join(sign if sign.isascii() and sign.isalnum() else f"\\x{{{ord(sign):x}}}" for sign in text)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shortest(texts: list[str]) -> list[str]:
    """Leaves out what has another one of the texts in it: a key of fifty lines would be there in each spelling."""
    if len(texts) > _COMPARED:
        return texts
    found: list[str] = []
    for text in sorted(texts, key=len):
        if not any(shorter in text for shorter in found):
            found.append(text)
    return found
