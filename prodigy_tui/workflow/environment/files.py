"""Files of variables in their three formats (language 12.2). Whoever calls reads the bytes."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Literal, TypeAlias

from prodigy_tui.workflow.environment.dotenv import FileFault, parse_dotenv
from prodigy_tui.workflow.nodes import BrokenNode, ListNode, MapNode, Node, ScalarNode
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.source import read_source

FileFormat: TypeAlias = Literal["dotenv", "json", "yaml"]

_BY_SUFFIX: Mapping[str, FileFormat] = {".json": "json", ".yml": "yaml", ".yaml": "yaml"}


def format_of(path: str) -> FileFormat:
    """Returns the format that the name of a file promises."""
    return _BY_SUFFIX.get(PurePath(path).suffix.lower(), "dotenv")


def parse_env_file(
    data: bytes, path: str, given: FileFormat | None
) -> tuple[dict[str, str | None], tuple[FileFault, ...]]:
    """Returns the variables of a file and what is wrong with it; a variable that is None is removed."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return {}, (FileFault(line=data[: error.start].count(b"\n") + 1, message="it is not UTF-8"),)
    kind = given or format_of(path)
    if kind == "dotenv":
        values, faults = parse_dotenv(text)
        return dict(values), faults
    return _parse_mapping(text, path, kind)


def _parse_mapping(text: str, path: str, kind: FileFormat) -> tuple[dict[str, str | None], tuple[FileFault, ...]]:
    """Reads YAML or JSON with the reader of workflows, so that spellings such as `1.10` stay as they are."""
    if not text.strip():
        return {}, ()
    report = Report(path)
    top = read_source(text, f".{kind}", report)
    faults = [FileFault(line=problem.line, message=problem.message) for problem in report.problems()]
    if top is None or isinstance(top, BrokenNode) or (isinstance(top, ScalarNode) and top.value is None):
        return {}, tuple(faults)
    if not isinstance(top, MapNode):
        return {}, (*faults, FileFault(line=top.line, message="it must be a mapping from variables to texts"))
    values: dict[str, str | None] = {}
    for entry in top.entries:
        fault = name_fault(entry.key) or _value_fault(entry.key, entry.value)
        if fault:
            faults.append(FileFault(line=entry.line, message=fault))
        elif isinstance(entry.value, ScalarNode):
            values[entry.key] = None if entry.value.value is None else entry.value.text
    return values, tuple(faults)


def name_fault(name: str) -> str:
    """Returns why a text cannot be the name of a variable, else nothing."""
    if not name or "=" in name or "\0" in name:
        return f"{quoted(name)} cannot be the name of a variable"
    return ""


def _value_fault(name: str, node: Node) -> str:
    if isinstance(node, ListNode | MapNode):
        return f"{quoted(name)} must be text"
    return f"the value of {quoted(name)} holds a NUL" if isinstance(node, ScalarNode) and "\0" in node.text else ""
