"""What a step writes to the file that `PRODIGY_OUTPUT` names: values under names (language 11).

A line is `name=value`; `name<<MARK` begins a value of several lines that ends at the line `MARK`.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from prodigy_tui.workflow.naming import name_fault
from prodigy_tui.workflow.problems import quoted

_BLOCK: Final = re.compile(r"([^=<]*)<<(\S+)")


class StepOutputs(msgspec.Struct, frozen=True, kw_only=True):
    """The values by name, and what could not be read, one line each (PT510)."""

    values: dict[str, str]
    complaints: tuple[str, ...]


def parse_step_outputs(text: str) -> StepOutputs:
    """Returns the values in the text of the file; of two values under one name the last one counts."""
    values: dict[str, str] = {}
    complaints: list[str] = []
    lines = iter(enumerate(text.split("\n"), start=1))
    for number, whole in lines:
        line = whole.removesuffix("\r")
        if not line.strip():
            continue
        block = _BLOCK.fullmatch(line)
        name, equals, value = line.partition("=")
        if block is not None:
            name, mark = block[1], block[2]
            found = _block(lines, mark)
            if found is None:
                complaints.append(f"line {number} of PRODIGY_OUTPUT begins a block that no line {quoted(mark)} ends")
                break
            value = found
        elif not equals:
            complaints.append(f"line {number} of PRODIGY_OUTPUT is not name=value: {quoted(line)}")
            continue
        name = name.strip()
        if fault := name_fault(name):
            complaints.append(f"line {number} of PRODIGY_OUTPUT sets {quoted(name)}: {fault}")
            continue
        values[name] = value
    return StepOutputs(values=values, complaints=tuple(complaints))


def _block(lines: Iterator[tuple[int, str]], mark: str) -> str | None:
    """Returns the lines up to `mark` as they are, None where the text ends before it.

    A mark that a carriage return follows tells that all line ends are such.
    """
    body: list[str] = []
    for _, line in lines:
        if line == mark:
            return "\n".join(body)
        if line == f"{mark}\r":
            return "\n".join(one.removesuffix("\r") for one in body)
        body.append(line)
    return None
