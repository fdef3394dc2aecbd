"""The dead letter queue as one self-contained document, and as a table for spreadsheets."""

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from prodigy_tui.cli.letters.entries import Entry, Queue, clusters, stream_of
from prodigy_tui.cli.output import harmless
from prodigy_tui.errors import ProdigyError
from prodigy_tui.events.item_state import AttemptRecord, ItemState
from prodigy_tui.storage import OutputReader

OUTPUT_KEPT: Final = 64 * 1024
"""Bytes of an attempt's output that go along: the last ones."""
PATCH_KEPT: Final = 256 * 1024
"""Bytes of a patch that goes along; a larger one is named only."""

_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")

COLUMNS: Final = (
    *("run_id", "item_id", "label", "kind", "step", "exit_code", "code", "message", "attempts", "eligible"),
    *("fingerprint", "at", "first_started_at", "branch", "head", "log", "patch", "tail", "item"),
)


class FileUnwritable(ProdigyError):
    """The file that was asked for cannot be written."""


def as_document(queue: Queue, chosen: Sequence[Entry]) -> dict[str, Any]:
    """Returns entries with all that is needed to look at them elsewhere."""
    state = queue.state
    return {
        "run": {
            "run_id": state.run_id,
            "workflow": state.workflow,
            "label": state.label,
            "repository": state.repository,
            "target": state.target,
            "base": state.base,
            "started_at": state.started_at.isoformat() if state.started_at else None,
        },
        "exported_at": queue.now.isoformat(),
        "clusters": clusters(queue, chosen),
        "entries": [_whole(queue, entry) for entry in chosen],
    }


def _whole(queue: Queue, entry: Entry) -> dict[str, Any]:
    document = queue.document(entry)
    for attempt, record in zip(document["attempts"], entry.item.history, strict=True):
        attempt.update(_contents(queue, entry.item, record))
    return document


def _contents(queue: Queue, item: ItemState, record: AttemptRecord) -> dict[str, Any]:
    """Returns what the files of an attempt hold."""
    reader = OutputReader(queue.folder.stream(stream_of(item, record)))
    size = reader.size()
    return {
        "output": reader.read(max(0, size - OUTPUT_KEPT), size),
        "output_bytes": size,
        "changes": _patch(queue.folder.artifact(record.leftover)) if record.leftover else None,
    }


def _patch(file: Path) -> str | None:
    try:
        with file.open("rb") as patch:
            content = patch.read(PATCH_KEPT + 1)
    except OSError:
        return None
    return content.decode("utf-8", "replace") if len(content) <= PATCH_KEPT else None


def as_csv(queue: Queue, chosen: Sequence[Entry]) -> str:
    """Returns a table with one row an entry; every line end is a line feed."""
    lines = io.StringIO()
    writer = csv.writer(lines, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in chosen:
        row = _row(queue, entry)
        writer.writerow([_cell(row[column]) for column in COLUMNS])
    return lines.getvalue()


def _row(queue: Queue, entry: Entry) -> Mapping[str, Any]:
    document = queue.document(entry)
    attempts = document["attempts"]
    last: Mapping[str, Any] = attempts[-1] if attempts else {}
    return {
        **document,
        "run_id": queue.state.run_id,
        "attempts": len(attempts),
        "first_started_at": attempts[0]["started_at"] if attempts else None,
        **{name: last.get(name) for name in ("branch", "head", "log", "patch", "tail")},
        "item": json.dumps(document["item"], ensure_ascii=False),
    }


def _cell(value: Any) -> str | int:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return value
        case _:
            text = "\n".join(harmless(line) for line in str(value).split("\n"))
            return f"'{text}" if text.lstrip(" \n").startswith(_FORMULA) else text


def write_file(file: Path, text: str) -> None:
    """Writes a file anew, for its owner alone: output and patches may be nobody else's business.

    Raises:
        FileUnwritable: it cannot be written.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as target:
            target.write(text)
    except OSError as error:
        raise FileUnwritable(f"{str(file)!r} cannot be written: {error.strerror}") from error
