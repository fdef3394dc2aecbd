r"""Files of `KEY=value` lines (language 12.2), read with python-dotenv.

The library finds keys, values, comments and the ends of quoted values. What the language says otherwise is done here:
a quoted value ends with its line if it can, `'…'` is literal, `"…"` knows `\n \t \" \\ \$`, and a line without `=` is
an error. Where the two disagree about the end of a value (`'it\'`), the line is an error too, never another value.
"""

import io
import re
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from dotenv.parser import Binding

_ESCAPES: Final = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "$": "$"}
_NAME: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_QUOTED: Final = re.compile(r"""'((?:\\'|[^'])*)'|"((?:\\"|[^"])*)\"""")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_MOST_LINES: Final = 2_000
"""No value of a variable has more."""


class FileFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one line of a file of variables."""

    line: int
    message: str


def parse_dotenv(text: str) -> tuple[dict[str, str], tuple[FileFault, ...]]:
    """Returns the variables, later ones winning, and the lines that cannot be read."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    values: dict[str, str] = {}
    faults: list[FileFault] = []
    index = 0
    while index < len(lines):
        line, taken = index + 1, 1
        binding = _first(lines[index])
        if binding is not None and binding.error:
            longer = _first("\n".join(lines[index : index + _MOST_LINES]))
            if longer is not None and not longer.error:
                binding, taken = longer, len(longer.original.string.removesuffix("\n").split("\n"))
        index += taken
        if binding is None or (binding.key is None and not binding.error):
            continue
        found = _NAME.match(binding.original.string)
        if found is None:
            faults.append(FileFault(line=line, message="it has no form 'KEY=value'"))
            continue
        written = binding.original.string[found.end() :]
        if fault := _fault(binding, written):
            faults.append(FileFault(line=line, message=fault))
        else:
            values[found[1]] = _value(binding, written)
    return values, tuple(faults)


def _first(text: str) -> "Binding | None":
    from dotenv.parser import parse_stream  # few workflows have such a file, and it brings much with it

    return next(parse_stream(io.StringIO(text)), None)


def _fault(binding: "Binding", written: str) -> str:
    """Returns what is wrong with a value that is `written` so, or an empty text."""
    quoted = _QUOTED.match(written)
    mark = written[:1]
    if binding.error or (quoted is not None and "\\'" in (quoted[1] or "")):
        return f"its value does not end with the closing {mark}" if mark in "\"'" else "it cannot be read"
    if quoted is not None and written[quoted.end() : quoted.end() + 1] == "#":
        return f"its value does not end with the closing {mark}"
    return "it holds a NUL" if "\0" in written else ""


def _value(binding: "Binding", written: str) -> str:
    quoted = _QUOTED.match(written)
    if quoted is None:
        return binding.value or ""
    if quoted[1] is not None:
        return quoted[1]
    return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[0]), quoted[2])
