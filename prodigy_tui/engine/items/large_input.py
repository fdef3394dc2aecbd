"""A long list in a JSON file: its items are selected one by one, and the file is never in memory as a whole."""

from functools import partial
from pathlib import Path
from typing import Final

from prodigy_tui.process import Masker
from prodigy_tui.workflow.item_reading import MAX_INPUT_BYTES
from prodigy_tui.workflow.item_stream import NotStreamed, stream_elements
from prodigy_tui.workflow.items import ItemsError, Selection, parse_json_path, select_streamed
from prodigy_tui.workflow.model import MapPhase
from prodigy_tui.workflow.variables import Scope

STREAMED_FROM: Final = 4 * 1024 * 1024
"""Bytes; what is smaller is as well read at once."""
_PIECE: Final = 1024 * 1024


def selected_from(file: Path, phase: MapPhase, scope: Scope, masker: Masker) -> Selection | None:
    """Returns the items of a map out of a JSON file, without any secret.

    `None` where the file has to be read as a whole, among that wherever something is wrong with it or with an item:
    what it is can be said best by those who know all of the input.
    """
    path = parse_json_path(phase.json_path or "")
    keys = () if path is None else path.keys
    if keys is None or not STREAMED_FROM <= file.stat().st_size <= MAX_INPUT_BYTES:
        return None
    with file.open("rb") as opened:
        items = stream_elements(iter(partial(opened.read, _PIECE), b""), keys)
        try:
            return select_streamed(phase, map(masker.data, items) if masker.knows_secrets else items, scope)
        except (NotStreamed, ItemsError):
            return None
