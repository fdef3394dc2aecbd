"""The text of an input -> data (language 13.3): JSON, JSON lines, YAML, CSV, lines, and how the format is found."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final, Literal

import msgspec

from prodigy_tui.workflow.item_errors import ItemsError, ItemsWarning
from prodigy_tui.workflow.item_yaml import load_yaml
from prodigy_tui.workflow.json_data import JsonError, gc_paused, load_json
from prodigy_tui.workflow.suggest import alternatives, did_you_mean

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
_WORK_ITEMS = "work-items.json"
_CSV_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_STRUCTURE = ("{", "[")


class InputData(msgspec.Struct, frozen=True, kw_only=True):
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
        text: The whole input.
        format: By `format_for`.
        name: The file it came from, for messages; empty for a command's output.

    Raises:
        ItemsError: PT503 with line and column, or PT506 when it is too large.
    """
    where = name or "the input"
    if _is_too_large(text):
        raise too_large(where)
    text = text.removeprefix("\ufeff")
    with gc_paused():
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
                return _guess(text, where)


def too_large(where: str) -> ItemsError:
    """Returns the error for an input that is larger than any input may be."""
    return ItemsError("PT506", f"{where} is larger than {MAX_INPUT_BYTES // 2**20} MiB")


class InputMeaning(msgspec.Struct, frozen=True, kw_only=True):
    """What an `input` that is only a text means."""

    kind: Literal["file", "glob", "shell"]
    text: str


def no_such_file(path: str, files: Iterable[str] = (), new: Iterable[str] = ()) -> ItemsError:
    """Returns the PT501 for a missing input file.

    Args:
        path: What the workflow names.
        files: The files of the run worktree, for near misses.
        new: Those of them that setup made. A new `…work-items.json` is named: other tools would have taken it.
    """
    message = f"no such file '{path}'; a setup step should have made it"
    made = [one for one in new if one.endswith(_WORK_ITEMS)]
    if made:
        return ItemsError("PT501", f"{message}; setup made {alternatives(made[:3])}")
    name = PurePosixPath(path).name
    listed = list(files)
    elsewhere = [one for one in listed if PurePosixPath(one).name == name][:3]
    hint = f"did you mean {alternatives(elsewhere)}?" if elsewhere else did_you_mean(path, listed)
    return ItemsError("PT501", f"{message}; {hint}" if hint else message)


def classify_input(
    text: str,
    *,
    is_file: Callable[[str], bool],
    is_executable: Callable[[str], bool],
    missing: Callable[[str], ItemsError] = no_such_file,
) -> InputMeaning:
    """Returns what an `input` text means by what exists now (language 13.3, "other text").

    Args:
        text: The text after interpolation.
        is_file: Tells whether a path is an existing file of the run worktree.
        is_executable: Tells whether that file may be executed.
        missing: Makes the PT501 for a path that is no file, as `no_such_file` does.

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
        raise missing(path)
    return InputMeaning(kind="shell", text=text)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _read_json(text: str, where: str, *, is_file: bool) -> InputData:
    try:
        return InputData(data=load_json(text))
    except JsonError as error:
        if is_file and not text.lstrip().startswith(_STRUCTURE):
            warning = ItemsWarning("PT504", f"{where} is no JSON and was read as lines")
            return InputData(data=_lines(text), warnings=(warning,))
        raise ItemsError("PT503", f"{where}, {error}") from error


def _json_lines(text: str, where: str) -> list[Any]:
    items = []
    for number, line in enumerate(_split(text), start=1):
        if not line.strip():
            continue
        try:
            items.append(load_json(line))
        except JsonError as error:
            raise ItemsError("PT503", f"{where}, line {number}, column {error.column}: {error.message}") from error
    return items


def _read_yaml(text: str, where: str) -> Any:
    try:
        return load_yaml(text)
    except JsonError as error:
        raise ItemsError("PT503", f"{where}, {error}") from error


def _read_table(text: str, separator: str, where: str) -> list[dict[str, str]]:
    # One field may be as large as an input; how large an item may be is checked later, for every format alike.
    csv.field_size_limit(MAX_INPUT_BYTES)
    rows = csv.reader((line[0] for line in _CSV_LINE.finditer(text)), delimiter=separator, strict=True)
    items: list[dict[str, str]] = []
    header: list[str] | None = None
    line = 1
    try:
        for row in rows:
            first, line = line, rows.line_num + 1
            is_blank = len(row) == 1 and not row[0].strip()
            if not row or (is_blank and (header is None or len(header) > 1)):
                continue
            if header is None:
                header = row
                _check_header(header, where, first)
            elif len(row) != len(header):
                message = f"the row has {len(row)} fields, but the header has {len(header)} columns"
                raise ItemsError("PT503", f"{where}, line {first}, column 1: {message}")
            else:
                items.append(dict(zip(header, row, strict=True)))
    except csv.Error as error:
        raise ItemsError("PT503", f"{where}, line {rows.line_num}, column 1: {error}") from error
    return items


def _check_header(header: list[str], where: str, line: int) -> None:
    twice = next((name for position, name in enumerate(header) if name in header[:position]), None)
    if twice is not None:
        message = f"the column '{twice[:40]}' stands twice in the header"
        raise ItemsError("PT503", f"{where}, line {line}, column 1: {message}")


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in _split(text) if line.strip()]


def _guess(text: str, where: str) -> InputData:
    """One JSON value; else JSON lines, if every line that is not blank is an object or a list; else lines."""
    try:
        return InputData(data=load_json(text))
    except JsonError as error:
        problem = error
    values = _structured_lines(text)
    if values is not None:
        return InputData(data=values)
    warnings: tuple[ItemsWarning, ...] = ()
    if text.lstrip().startswith(_STRUCTURE):
        words = f"{where} begins like JSON, but is none ({problem}), and was read as lines"
        warnings = (ItemsWarning("PT504", f"{words}; with 'format: json' this is an error"),)
    return InputData(data=_lines(text), warnings=warnings)


def _structured_lines(text: str) -> list[Any] | None:
    """Returns the values of JSON lines, None at the first line that is no object or list."""
    values = []
    for line in _split(text):
        if not line.strip():
            continue
        if not line.lstrip().startswith(_STRUCTURE):
            return None
        try:
            values.append(load_json(line))
        except JsonError:
            return None
    return values


def _split(text: str) -> Iterator[str]:
    """Yields the lines, one after the other: a list of them all would hold the text twice."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _is_too_large(text: str) -> bool:
    if len(text) > MAX_INPUT_BYTES:
        return True
    return len(text) * 4 > MAX_INPUT_BYTES and not text.isascii() and len(text.encode()) > MAX_INPUT_BYTES
