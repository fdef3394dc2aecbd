"""Workflow text -> a tree of placed nodes, with every problem of the text itself (language 2.1).

`read_source` picks JSON or YAML, brings aliases and `<<` to plain nodes, and reports tags, keys that are no text and
keys that stand twice.
"""

import json
from pathlib import PurePath

from prodigy_tui.workflow.json_source import read_json
from prodigy_tui.workflow.nodes import BrokenNode, Entry, ListNode, MapNode, Node, ScalarNode, key_path, to_data
from prodigy_tui.workflow.problems import Report, quoted
from prodigy_tui.workflow.raw import Fault, RawNode, UnreadableText
from prodigy_tui.workflow.yaml_source import read_yaml

MAX_FILE_BYTES = 1024 * 1024
_CORE = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset({"!", *(_CORE + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))})
_LONGEST_SPELLING = 60


def read_source(text: str, suffix: str, report: Report, file: str | None = None) -> Node | None:
    """Returns the top node of `text`, or None when nothing more can be said about it.

    Args:
        text: The whole file, without a byte order mark.
        suffix: The file's extension with its dot; it decides between JSON and YAML.
        report: Gets PT101, PT102, PT104, PT106 and PT107.
        file: The file as it is shown in problems, unless it is the one that the report is about.
    """
    shown = report.file if file is None else file

    def add(fault: Fault) -> None:
        report.add_at(fault.code, (fault.line, fault.column), "", fault.message, fault.hint, file=shown)

    try:
        if len(text.encode("utf-8")) > MAX_FILE_BYTES:
            add(Fault(code="PT106", line=1, column=1, message="the file is larger than 1 MiB"))
            return None
    except UnicodeEncodeError:
        add(Fault(code="PT100", line=1, column=1, message="the text is not UTF-8"))
        return None
    try:
        top, faults, is_json = _read(text, suffix)
    except UnreadableText as error:
        add(error.fault)
        return None
    for fault in faults:
        add(fault)
    if top is None:
        hint = "write a list of steps, or a mapping"
        add(Fault(code="PT102", line=1, column=1, message="the document is empty", hint=hint))
        return None
    return _Placer(report, shown, merges=not is_json).place(top, "")


def suffix_of(name: str) -> str:
    """Returns the extension of a file name in lower case."""
    return PurePath(name).suffix.lower()


def _read(text: str, suffix: str) -> tuple[RawNode | None, list[Fault], bool]:
    if suffix == ".json":
        return *read_json(text), True
    if suffix not in (".yml", ".yaml") and text.lstrip()[:1] in ("{", "["):
        try:
            return *read_json(text), True
        except UnreadableText:
            pass
    return *read_yaml(text), False


class _Placer:
    """Gives every node its path. Aliases are written out here; the readers have counted them."""

    def __init__(self, report: Report, file: str, *, merges: bool) -> None:
        self._report = report
        self._file = file
        self._merges = merges

    def place(self, raw: RawNode, path: str) -> Node:
        if raw.tag is not None:
            self._refuse_tag(raw, path)
            if raw.tag not in _PLAIN_TAGS:
                return BrokenNode(file=self._file, line=raw.line, column=raw.column, path=path)
        match raw.kind:
            case "scalar":
                return ScalarNode(
                    file=self._file,
                    line=raw.line,
                    column=raw.column,
                    path=path,
                    text=raw.text,
                    value=raw.value,
                    quoted=raw.quoted,
                    raw=raw.raw,
                )
            case "list":
                items = tuple(self.place(child, f"{path}[{index}]") for index, child in enumerate(raw.children))
                return ListNode(file=self._file, line=raw.line, column=raw.column, path=path, items=items)
            case "map":
                entries = tuple(self._entries(raw, path).values())
                return MapNode(file=self._file, line=raw.line, column=raw.column, path=path, entries=entries)
            case "broken":
                return BrokenNode(file=self._file, line=raw.line, column=raw.column, path=path)

    def _entries(self, raw: RawNode, path: str) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        merged: list[tuple[RawNode, RawNode]] = []
        for key, value in zip(raw.children[::2], raw.children[1::2], strict=True):
            if key.kind == "scalar" and key.text == "<<" and not key.quoted and self._merges:
                merged.append((key, value))
                continue
            entry = self._entry(key, value, path)
            if entry is None:
                continue
            if entry.key in entries:
                first = entries[entry.key]
                self._report.add(
                    "PT107", entry, f"key {quoted(entry.key)} is given twice", hint=f"the first is on line {first.line}"
                )
                continue
            entries[entry.key] = entry
        for key, value in merged:
            self._merge(key, value, path, entries)
        return entries

    def _entry(self, key: RawNode, value: RawNode, path: str) -> Entry | None:
        if key.kind == "broken":
            return None
        if key.kind != "scalar":
            place = (key.line, key.column)
            self._report.add_at("PT105", place, path, "a key must be text", file=self._file)
            return None
        here = key_path(path, key.text)
        if key.tag is not None:
            self._refuse_tag(key, here)
        return Entry(
            file=self._file,
            line=key.line,
            column=key.column,
            path=here,
            key=key.text,
            value=self.place(value, here),
        )

    def _merge(self, key: RawNode, value: RawNode, path: str, entries: dict[str, Entry]) -> None:
        """Adds the keys of `<<` that the mapping does not have itself; earlier mappings win over later ones."""
        sources = value.children if value.kind == "list" else [value]
        for source in sources:
            if source.kind == "broken":
                continue
            if source.kind != "map":
                place = (key.line, key.column)
                here = key_path(path, "<<")
                self._report.add_at("PT105", place, here, "'<<' needs a mapping", file=self._file)
                continue
            for name, entry in self._entries(source, path).items():
                entries.setdefault(name, entry)

    def _refuse_tag(self, raw: RawNode, path: str) -> None:
        tag = raw.tag or ""
        shown = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
        self._report.add_at(
            "PT104",
            (raw.line, raw.column),
            path,
            f"the tag {quoted(shown)} is not allowed",
            hint=self._without_tag(raw),
            file=self._file,
        )

    def _without_tag(self, raw: RawNode) -> str:
        """Returns a hint with the plain spelling, where one exists."""
        tag = raw.tag or ""
        if tag == _CORE + "str" and raw.kind == "scalar":
            return f"write {json.dumps(raw.text[:_LONGEST_SPELLING])}"
        if tag in _PLAIN_TAGS:
            return "leave the tag out"
        if tag.startswith(_CORE):
            return ""
        name = tag.lstrip("!")
        if raw.kind == "scalar" and not raw.text:
            return f"write {name}"
        untagged = RawNode(
            kind=raw.kind,
            line=raw.line,
            column=raw.column,
            text=raw.text,
            value=raw.value,
            quoted=raw.quoted,
            children=raw.children,
        )
        content = _flow(to_data(_Placer(Report(""), "", merges=self._merges).place(untagged, "")))
        return (
            f"write {{{name}: {content}}}" if len(content) <= _LONGEST_SPELLING else f"write {name}: with its content"
        )


def _flow(data: object) -> str:
    """Returns `data` as one would write it inside braces."""
    match data:
        case dict():
            return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in data.items()) + "}"
        case list():
            return "[" + ", ".join(_flow(value) for value in data) + "]"
        case str() if data.replace("_", "").replace("-", "").isalnum():
            return data
        case _:
            return json.dumps(data, ensure_ascii=False)
