"""What of a run's state is compared with the one that a golden log came to when it was recorded."""

from pathlib import Path
from typing import Any

from prodigy_tui.events.state import RunState

FOLDER = Path(__file__).parent


def logs() -> list[Path]:
    """Returns every golden log."""
    return sorted(FOLDER.glob("*/*.jsonl"))


def facts(state: RunState) -> dict[str, Any]:
    """Returns what people would notice if it were another."""
    return {
        "run_id": state.run_id,
        "last_seq": state.last_seq,
        "status": state.status,
        "exit_code": state.exit_code,
        "message": state.message,
        "sessions": state.sessions,
        "tip": state.tip,
        "merged": state.merged,
        "phases": {name: phase.status for name, phase in sorted(state.phases.items())},
        "items": {
            entry.item.label or item_id: [entry.status, entry.attempt, entry.merged, entry.commits, list(entry.files)]
            for item_id, entry in sorted(state.items.items())
        },
        "dead_letters": len(state.dead_letters),
        "landing": state.landing.status if state.landing is not None else None,
        "tokens": [state.usage.input_tokens, state.usage.output_tokens],
        "warnings": [warned.message for warned in state.warnings],
    }
