"""The text of an input -> data (language 13.3): JSON, JSON lines, YAML, CSV, lines, and how the format is found."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from prodigy_tui.workflow.item_errors import ItemsError, ItemsWarning
from prodigy_tui.workflow.json_data import JsonError, load_json
from prodigy_tui.workflow.nodes import to_data
from prodigy_tui.workflow.problems import Report
from prodigy_tui.workflow.source import read_source
from prodigy_tui.workflow.suggest import did_you_mean

Format = Literal["json", "jsonl", "yaml", "csv", "tsv", "lines", "auto"]

MAX_INPUT_BYTES: Final = 256 * 1024 * 1024

_SUFFIXES: Final[dict[str, Format]] = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "lines",
    ".list": "lines",
}
_FORMATS: Final[dict[str, Format]] = {
    **{suffix.removeprefix("."): format_ for suffix, format_ in _SUFFIXES.items()},
    "lines": "lines",
    "auto": "auto",
}
_GLOB_SIGNS = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputData:
    """What an input holds, before `json_path`; a list is a list of items."""

    data: Any
    warnings: tuple[ItemsWarning, ...] = ()


def format_for(name: str, given: str = "auto") -> Format:
    """Returns the format of an input by its `format`, else by the extension of its file name.

    Raises:
        ItemsError: PT109, `given` is no format.
    """
    chosen = _FORMATS.get(given.lower())
    if chosen is None:
        hint = did_you_mean(given.lower(), _FORMATS)
        raise ItemsError("PT109", f"unknown input format '{given}'{'; ' + hint if hint else ''}")
    return _SUFFIXES.get(_suffix(name), "auto") if chosen == "auto" else chosen


def read_items(text: str, format: Format, *, name: str = "") -> InputData:  # noqa: A002 - the word of the language
    """Returns the data of one input.

    Args:
        text: The whole input, without a byte order mark.
        format: By `format_for`.
        name: The file it came from, for messages; empty for a command's output.

    Raises:
        ItemsError: PT503 with line and column, or PT506 when it is too large.
    """
    if len(text) > MAX_INPUT_BYTES:
        raise ItemsError("PT506", f"{name or 'the input'} is larger than 256 MiB")
    where = name or "the input"
    match format:
        case "json":
            return _read_json(text, where, is_file=_suffix(name) == ".json")
        case "jsonl":
            return InputData(data=_json_lines(text, where))
        case "yaml":
            return InputData(data=_read_yaml(text, where))
        case "csv" | "tsv":
            return InputData(data=_read_table(text, "\t" if format == "tsv" else ",", where))
        case "lines":
            return InputData(data=_lines(text))
        case "auto":
            return InputData(data=_guess(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class InputMeaning:
    """What an `input` that is only a text means."""

    kind: Literal["file", "glob", "shell"]
    text: str


def classify_input(
    text: str,
    *,
    is_file: Callable[[str], bool],
    is_executable: Callable[[str], bool],
    files: Callable[[], Iterable[str]] = tuple,
) -> InputMeaning:
    """Returns what an `input` text means by what exists now (language 13.3, "other text").

    Args:
        text: The text after interpolation.
        is_file: Tells whether a path is an existing file of the run worktree.
        is_executable: Tells whether that file may be executed.
        files: Yields the paths that PT501 looks for near misses among.

    Raises:
        ItemsError: PT501 or PT502.
    """
    path = text.strip()
    has_space = any(character.isspace() for character in path)
    known_suffix = _suffix(path) in _SUFFIXES
    if path and is_file(path):
        if is_executable(path) and not known_suffix:
            raise ItemsError("PT502", f"'{path}' is an executable file; write 'shell: {path}' or 'file: {path}'")
        return InputMeaning(kind="file", text=path)
    if not has_space and _GLOB_SIGNS & set(path):
        return InputMeaning(kind="glob", text=path)
    if not has_space and ("/" in path or known_suffix):
        hint = did_you_mean(path, files())
        message = f"no such file '{path}'; a setup step should have made it"
        raise ItemsError("PT501", f"{message}; {hint}" if hint else message)
    return InputMeaning(kind="shell", text=text)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _read_json(text: str, where: str, *, is_file: bool) -> InputData:
    try:
        return InputData(data=load_json(text))
    except JsonError as error:
        if is_file and not text.lstrip().startswith(("{", "[")):
            warning = ItemsWarning("PT504", f"{where} is no JSON and was read as lines")
            return InputData(data=_lines(text), warnings=(warning,))
        raise ItemsError("PT503", f"{where}, {error}") from error


def _json_lines(text: str, where: str) -> list[Any]:
    items = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            items.append(load_json(line))
        except JsonError as error:
            raise ItemsError("PT503", f"{where}, line {number}, column {error.column}: {error.message}") from error
    return items


def _read_yaml(text: str, where: str) -> Any:
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n")):
        return []
    report = Report(where)
    node = read_source(text, ".yaml", report)
    problems = report.problems()
    if problems:
        first = problems[0]
        raise ItemsError("PT503", f"{where}, line {first.line}, column {first.column}: {first.message}")
    return None if node is None else to_data(node)


def _read_table(text: str, separator: str, where: str) -> list[dict[str, str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    items = []
    try:
        header = next(rows, [])
        if len(set(header)) != len(header):
            raise ItemsError("PT503", f"{where}, line 1, column 1: a column name stands twice in the header")
        for row in rows:
            if len(row) > len(header):
                message = f"{len(row)} fields in a row, but {len(header)} columns in the header"
                raise ItemsError("PT503", f"{where}, line {rows.line_num}, column 1: {message}")
            if row:
                items.append(dict(zip(header, row, strict=False)))
    except csv.Error as error:
        raise ItemsError("PT503", f"{where}, line {rows.line_num}, column 1: {error}") from error
    return items


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.split("\n") if line.strip()]


def _guess(text: str) -> Any:
    try:
        return load_json(text)
    except JsonError:
        lines = _lines(text)
    if not all(line.lstrip().startswith(("{", "[")) for line in lines):
        return lines
    try:
        return [load_json(line) for line in lines]
    except JsonError:
        return lines
