"""The published JSON Schemas, and the check of every document that the program prints while tests run.

`docs/reference/schemas/<kind>.schema.json` describes `prodigy-tui/<kind>/1`. What the program prints in this process is
looked at in `Project.call`; what it prints in processes of its own is looked at where Python hands it over
(`checked_processes`, installed for all tests).
"""

import functools
import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
_MARK = '"schema":'
_OURS = "prodigy-tui/"
_DECODER = json.JSONDecoder()
_Documents = TypeVar("_Documents", bound=Iterable[Any])


def documents_in(printed: str) -> Iterator[dict[str, Any]]:
    """Yields the documents of the program in what it printed: each begins a line, alone or behind other lines."""
    at = printed.find("{") if _MARK in printed else -1
    while at >= 0:
        end = at + 1
        if at == 0 or printed[at - 1] == "\n":
            try:
                found, end = _DECODER.raw_decode(printed, at)
            except ValueError:
                found = None
            if _is_ours(found):
                yield found
        at = printed.find("{", end)


def check_printed(printed: str | bytes | None) -> None:
    """Fails unless every document in `printed` is as its published schema says."""
    text = printed.decode("utf-8", "replace") if isinstance(printed, bytes) else printed or ""
    check_documents(documents_in(text))


def check_documents(found: _Documents) -> _Documents:
    """Fails unless every document of the program among those that were found is as its published schema says."""
    for document in found:
        if _is_ours(document):
            _check(document)
    return found


def _is_ours(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("schema", "")).startswith(_OURS)


def _check(document: dict[str, Any]) -> None:
    kind = document["schema"].removeprefix(_OURS).rpartition("/")[0]
    problems = [f"{error.json_path}: {error.message}" for error in _validator(kind).iter_errors(document)]
    assert not problems, f"a {kind!r} document is not what {_file(kind)} says:\n" + "\n".join(problems[:10])


@functools.cache
def _validator(kind: str) -> Draft202012Validator:
    file = _file(kind)
    assert file.is_file(), f"documents of kind {kind!r} have no schema: write {file}, list it in docs/reference/json.md"
    return Draft202012Validator(json.loads(file.read_text("utf-8")))


def _file(kind: str) -> Path:
    return FOLDER / f"{kind}.schema.json"


@contextmanager
def checked_processes() -> Iterator[None]:
    """Has what every process of the program prints checked where it is handed over: by `communicate` and `run`."""
    original = subprocess.Popen.communicate

    @functools.wraps(original)
    def communicate(process: "subprocess.Popen[Any]", *arguments: Any, **named: Any) -> tuple[Any, Any]:
        out, err = original(process, *arguments, **named)
        if "prodigy_tui" in process.args or any(str(word).endswith("/prodigy-tui") for word in _words(process)):
            check_printed(out)
        return out, err

    subprocess.Popen.communicate = communicate  # type: ignore[method-assign]
    try:
        yield
    finally:
        subprocess.Popen.communicate = original  # type: ignore[method-assign]


def _words(process: "subprocess.Popen[Any]") -> list[Any]:
    return [process.args] if isinstance(process.args, str | bytes | Path) else list(process.args)
