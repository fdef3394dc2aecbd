"""What becomes of a step's output: `capture` and its fields, `output_file` and `outputs` (language 11)."""

from typing import Any, cast

from prodigy_tui.workflow.build.context import Context, Notes
from prodigy_tui.workflow.build.names import read_capture_name, read_output_name
from prodigy_tui.workflow.build.patterns import read_glob
from prodigy_tui.workflow.fields import Fields
from prodigy_tui.workflow.keys import steps as keys
from prodigy_tui.workflow.literals import as_word, path_fault
from prodigy_tui.workflow.model import Capture, OutputSpec
from prodigy_tui.workflow.model.results import CaptureFormat, Stream
from prodigy_tui.workflow.nodes import Entry, MapNode, Node, ScalarNode, is_null, to_data
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.reading import read_boolean, read_scalar, read_texts, wrong_type
from prodigy_tui.workflow.suggest import did_you_mean

_CAPTURE = frozenset({"capture", "capture_output", "capture_format", "capture_streams", "capture_default"})
_SET_ANYWAY = ("shell.output", "claude.output", "last.output")
_TEXT_STREAMS: tuple[Stream, ...] = ("stdout", "stderr")


def build_capture(fields: Fields, context: Context, notes: Notes) -> Capture:
    """Returns what `capture`, `capture_output`, `_format`, `_streams` and `_default` say."""
    if not fields.has_any(_CAPTURE):
        return Capture()
    name_node = _capture_node(fields, notes)
    default = fields.node_of("capture_default")
    streams = fields.node_of("capture_streams")
    format_ = fields.word("capture_format") or "string"
    name: str | None = None
    if isinstance(name_node, ScalarNode):
        if name_node.value is True:
            name = "CAPTURED_OUTPUT"
        elif name_node.text in _SET_ANYWAY:
            hint = "leave the capture out"
            notes.report.add("PT901", name_node, f"{quoted(name_node.text)} is set after every step anyway", hint)
        else:
            name = read_capture_name(name_node, context, notes)
    return Capture(
        name=name,
        format=cast(CaptureFormat, "string" if format_ == "text" else format_),
        streams=None if streams is None else _streams(streams, notes.report),
        has_default=default is not None,
        default=None if default is None else to_data(default),
    )


def read_output_file(fields: Fields, context: Context, notes: Notes) -> str | None:
    """Returns the file that gets the output (PT801 when it cannot be in the worktree)."""
    node = fields.scalar("output_file")
    text = notes.text(node, "plain", context)
    if text is not None and node is not None and (fault := path_fault(text)):
        notes.report.add("PT801", node, f"{quoted(text)} cannot be written: {fault}")
    return text


def build_outputs(node: Node, context: Context, notes: Notes) -> tuple[OutputSpec, ...]:
    """Returns the outputs that a step declares: names, or names with what they are."""
    if isinstance(node, MapNode):
        given = [entry for entry in node.entries if not entry.key.startswith("x-")]
        outputs = [_output(entry, context, notes) for entry in given]
        return tuple(output for output in outputs if output is not None)
    found: dict[str, OutputSpec] = {}
    for scalar in read_texts(node, notes.report):
        name = read_output_name(scalar, context, notes)
        if name in found:
            notes.report.add("PT205", scalar, f"the output {quoted(scalar.text)} is declared twice")
        elif name is not None:
            found[name] = OutputSpec(name=name)
    return tuple(found.values())


def _output(entry: Entry, context: Context, notes: Notes) -> OutputSpec | None:
    name = read_output_name(entry, context, notes)
    pattern, required, late = None, True, {}
    if isinstance(entry.value, MapNode):
        fields = Fields(entry.value, keys.OUTPUT, notes.report)
        pattern_node = fields.scalar("file_pattern")
        pattern, required = notes.text(pattern_node, "plain", context), fields.flag("required", default=True)
        if pattern_node is not None and "$" not in pattern_node.text:
            read_glob(pattern_node, notes.report)
        late = notes.late(fields, context)
    elif not is_null(entry.value):
        wrong_type(entry.value, "a mapping with 'file_pattern'", notes.report)
    return None if name is None else OutputSpec(name=name, pattern=pattern, required=required, late=late)


def _capture_node(fields: Fields, notes: Notes) -> ScalarNode | None:
    """Returns the name in `capture` or `capture_output`; both are PT116 unless they agree."""
    plain = fields.scalar("capture")
    node = fields.node_of("capture_output")
    output = None if node is None else read_scalar(node, "a name or a boolean", notes.report)
    if plain is None or output is None:
        found = plain or output
        return None if found is output and output is not None and output.value is False else found
    if plain.text != output.text and (entry := fields.entry("capture_output")):
        notes.report.add("PT116", entry, "'capture' and 'capture_output' name different captures; one must go")
    return plain


def _streams(node: Node, report: Report) -> tuple[Stream, ...]:
    """Returns the streams that form the text; the other words are about what is always there."""
    if isinstance(node, MapNode):
        chosen: dict[Any, bool | None] = {"stdout": True}
        for entry in node.entries:
            if entry.key.startswith("x-") or not _is_stream(entry, as_word(entry.key), "PT110", report):
                continue
            if not is_null(entry.value):
                chosen[as_word(entry.key)] = read_boolean(entry.value, report)
        return tuple(stream for stream in _TEXT_STREAMS if chosen.get(stream))
    words: set[str] = set()
    for scalar in read_texts(node, report):
        for part in scalar.text.split(","):
            word = as_word(part)
            if word == "both":
                words.update(_TEXT_STREAMS)
            elif _is_stream(scalar, word, "PT109", report):
                words.add(word)
    return tuple(stream for stream in _TEXT_STREAMS if stream in words)


def _is_stream(place: ScalarNode | Entry, word: str, code: str, report: Report) -> bool:
    if word in keys.STREAMS:
        return True
    known = keys.STREAMS if code == "PT110" else (*keys.STREAMS, "both")
    hint = did_you_mean(word, known) or f"use {', '.join(known)}"
    message = f"unknown key {quoted(word)}" if code == "PT110" else f"'capture_streams' cannot be {quoted(word)}"
    report.add(code, place, message, hint)
    return False
