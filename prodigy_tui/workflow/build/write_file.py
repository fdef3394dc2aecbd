"""`write_file`: where it writes what, and how (language 5.7)."""

from typing import Any, Literal, cast

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.literals import parse_file_mode, path_fault
from prodigy_tui.workflow.model import WriteFileCommand
from prodigy_tui.workflow.nodes import MapNode, Node, ScalarNode, leaves, to_data
from prodigy_tui.workflow.problems import quoted
from prodigy_tui.workflow.reading import read_scalar, wrong_type


def build_write_file(node: Node, context: Context, notes: Notes) -> WriteFileCommand | None:
    """Returns the command that writes a file."""
    report = notes.report
    if not isinstance(node, MapNode):
        wrong_type(node, "a mapping with 'path' and 'content'", report)
        return None
    inner = Fields(node, keys.WRITE_FILE, report)
    path_node = inner.require("path", "'write_file'")
    content_node = inner.require("content", "'write_file'")
    format_ = cast(Literal["text", "json", "yaml"], inner.word("format") or "text")
    append = inner.flag("append")
    if append and format_ != "text" and (entry := inner.entry("append")):
        report.add("PT207", entry, f"'append' works for text only, not with 'format: {format_}'")
    mode = _mode(inner)
    create_dirs = inner.flag("create_dirs")
    late = notes.late(inner, context)
    path = notes.text(read_scalar(path_node, "text", report) if path_node else None, "plain", context)
    if path is not None and path_node is not None and (fault := path_fault(path)):
        report.add("PT801", path_node, f"{quoted(path)} cannot be written: {fault}")
    content = None if content_node is None else _content(content_node, format_, context, notes)
    if path is None or content is None:
        return None
    return WriteFileCommand(
        path=path, content=content, format=format_, mode=mode, create_dirs=create_dirs, append=append, late=late
    )


def _mode(inner: Fields) -> int:
    scalar = inner.scalar("mode")
    if scalar is None:
        return 0o644
    mode = parse_file_mode(scalar.text)
    if mode is None:
        inner.report.add("PT105", scalar, f"'mode' must be octal digits, not {quoted(scalar.text)}", 'write "0644"')
        return 0o644
    return mode


def _content(node: Node, format_: str, context: Context, notes: Notes) -> Any:
    if isinstance(node, ScalarNode):
        return notes.text(node, "plain", context)
    if format_ == "text":
        wrong_type(node, "text", notes.report, "a mapping or list needs 'format: json' or 'format: yaml'")
        return None
    for leaf in leaves(node):
        if isinstance(leaf.value, str):
            notes.text(leaf, "plain", context)
    return to_data(node)
