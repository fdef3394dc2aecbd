r"""The names that a shell text assigns (language 8.3): they belong to the shell, and `${name}` is left to it.

Only what stands where a command begins is an assignment: `make suite=${suite}` and `echo "files=${files}"` are not.
"""

import re
from collections.abc import Iterator

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_ANY = re.compile(r"=|(?:for|select|read|local|export|declare|typeset|readonly)[ \t]")
"""Without one of these nothing is assigned, and so it is in most texts."""
_BEGINNING = re.compile(
    r"^|[;&|(){`]|(?<![^\s;&|(){`])(?:then|do|else|elif|if|while|until|time|coproc|!)(?=[ \t])", re.MULTILINE
)
"""Behind these a command begins."""
_VALUE = r"""(?:[^\s;&|()<>'"`\\]++|\\.|'[^']*'|"(?:[^"\\]|\\.)*"|`[^`]*`|\((?:[^()]|\([^()]*\))*\)){0,100}+"""
"""The word behind `=` with its quotations and substitutions; of a long one only the beginning, to keep this quick."""
_ASSIGNMENT = re.compile(rf"[ \t]*+({_NAME})(?:\[[^]\n]*\])?\+?=(?!=){_VALUE}", re.DOTALL)
_LOOP = re.compile(rf"[ \t]*+(?:for|select)[ \t]+({_NAME})(?=[\s;]|$)")
_DECLARATION = re.compile(r"[ \t]*+(?:read|local|export|declare|typeset|readonly)[ \t]+([^;&|()<>\n]*)")
_DECLARED_NAME = re.compile(rf"({_NAME})(?:\+?=.*)?", re.DOTALL)
_READ_OPTION_WITH_ARGUMENT = frozenset({"-p", "-d", "-n", "-N", "-t", "-u", "-i"})


def assigned_names(text: str) -> frozenset[str]:
    """Returns the plain names that a shell text assigns."""
    joined = text.replace("\\\n", "  ")
    if not _ANY.search(joined):
        return frozenset()
    return frozenset(name for found in _BEGINNING.finditer(joined) for name in _assigned_at(joined, found.end()))


def _assigned_at(text: str, at: int) -> Iterator[str]:
    """Yields what the command at `at` assigns: before its first word, as a loop, or as a declaration."""
    while found := _ASSIGNMENT.match(text, at):
        yield found[1]
        at = found.end()
    if loop := _LOOP.match(text, at):
        yield loop[1]
    declaration = _DECLARATION.match(text, at)
    skip = False
    for word in declaration[1].split() if declaration else ():
        declared = _DECLARED_NAME.fullmatch(word)
        if declared and not skip:
            yield declared[1]
        skip = word in _READ_OPTION_WITH_ARGUMENT
