"""Every key that the language declares, mapping by mapping: its names, its form, and what becomes of it."""

from collections.abc import Mapping

from prodigy_tui.workflow.keys import composition, document, environment, failure, phases, steps, validation
from prodigy_tui.workflow.keys.table import Key, Keys, Refusal

__all__ = ["TABLES", "Key", "Keys", "Refusal"]

TABLES: Mapping[str, Keys] = {
    table.name: table
    for room in (document, environment, composition, steps, failure, validation, phases)
    for table in room.TABLES
}
"""Every table by its name."""
