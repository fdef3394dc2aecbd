"""What a failure says that there is not: a module, a fixture, a command, a file. The best hint at a common cause."""

from typing import Final

import regex

from prodigy_tui.events.values import Failure

_LOOKED_AT: Final = 4_000
"""Characters of the end of an output among which it is looked for; and as many of a message."""
_LONGEST: Final = 80

# The first that fits counts; what it names is the group. No pattern has anything to go back over.
_SAYINGS: Final = tuple(
    (what, regex.compile(pattern))
    for what, pattern in (
        ("fixture", r"fixture '([^'\n]{1,200})' not found"),
        ("module", r"No module named '?([\w.]{1,200})'?"),
        ("module", r"[Cc]annot find (?:module|package) ['\"]([^'\"\n]{1,200})['\"]"),
        ("package", r"no required module provides package ([^\s;:]{1,200})"),
        ("name", r"cannot import name '([^'\n]{1,200})'"),
        ("name", r"name '([^'\n]{1,200})' is not defined"),
        ("attribute", r"has no attribute '([^'\n]{1,200})'"),
        ("key", r"KeyError: '([^'\n]{1,200})'"),
        ("command", r"(?m)(?:^|: )([\w.+/-]{1,100}): (?:command )?not found$"),
        ("command", r"executable file not found[^\n]{0,40}: \"?([\w.+/-]{1,100})"),
        ("file", r"No such file or directory: '([^'\n]{1,200})'"),
        ("file", r"(?m)([^\s:'\"]{1,200})'?: No such file or directory"),
        ("host", r"[Cc]ould not resolve host:? ([\w.-]{1,200})"),
        ("access to", r"(?m)([^\s:'\"]{1,200})'?: Permission denied"),
        ("conflict in", r"merge conflict in ([^\s,]{1,200})"),
        ("commit", r"(?i)\b(?:no|without a|missing) (commit)s?\b"),
    )
)


def missing_thing(failure: Failure | None) -> str:
    """Returns the thing, with the word for what it is; empty where the failure names none."""
    if failure is None:
        return ""
    for text in (failure.message[:_LOOKED_AT], failure.tail[-_LOOKED_AT:]):
        for what, saying in _SAYINGS:
            found = saying.search(text)
            if found is not None:
                return f"{what} {found[1][:_LONGEST]}"
    return ""
