"""Items of a large JSON file are selected without the file ever being in memory as a whole."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from prodigy_tui.engine.items import large_input
from prodigy_tui.engine.items.large_input import STREAMED_FROM, selected_from
from prodigy_tui.process import Masker
from prodigy_tui.workflow.items import parse_sort_by, select
from prodigy_tui.workflow.model import ItemInput, MapPhase
from prodigy_tui.workflow.variables import Scope

ROWS: list[Any] = [{"id": f"i{number}", "n": number % 100, "text": "x" * 200} for number in range(4_000)]


def phase(**keys: Any) -> MapPhase:
    return MapPhase(input=ItemInput(kind="file"), **keys)


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_input, "STREAMED_FROM", 1)
    monkeypatch.setattr(large_input, "_PIECE", 16 * 1024)


def test_memory_holds_what_the_filter_keeps(tmp_path: Path):
    file = tmp_path / "in.json"
    file.write_text(json.dumps({"found": {"rows": ROWS}, "total": len(ROWS)}))
    wanted = phase(json_path="$.found.rows[*]", filter="n == 3", sort_by=parse_sort_by("-id"))
    tracemalloc.start()
    try:
        selection = selected_from(file, wanted, Scope(), Masker())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert selection == select(wanted, {"found": {"rows": ROWS}}, Scope())
    assert most < file.stat().st_size / 2


def test_secrets_are_hidden_before_items_get_names(tmp_path: Path):
    file = tmp_path / "in.json"
    file.write_text('[{"id": "correct-horse"}]')

    selection = selected_from(file, phase(), Scope(), Masker(["correct-horse"]))

    assert selection is not None
    assert [(item.id, item.data) for item in selection.items] == [("***", {"id": "***"})]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("[1, 2", {}),
        ("[1, 2]", {"json_path": "$[?(@.a > 1)]"}),
        ("[1, 2]", {"filter": "nothing.like.it > 1 && ("}),
        ("[1, 2]", {"min_items": 3}),
        ('{"a": 1}', {}),
    ],
)
def test_what_is_wrong_is_left_to_those_who_read_everything(tmp_path: Path, text: str, keys: dict[str, Any]):
    file = tmp_path / "in.json"
    file.write_text(text)

    assert selected_from(file, phase(**keys), Scope(), Masker()) is None


def test_a_small_file_is_read_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(large_input, "STREAMED_FROM", STREAMED_FROM)
    file = tmp_path / "in.json"
    file.write_text("[1, 2]")

    assert selected_from(file, phase(), Scope(), Masker()) is None
