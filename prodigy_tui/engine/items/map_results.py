"""What reduce and merge can say about the map: the root `map` (language 8.5)."""

import json
from collections.abc import Mapping
from typing import Any

from prodigy_tui.events.item_state import ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.workflow.variables import Value


def map_roots(state: RunState) -> Mapping[str, Value]:
    """Returns the root `map`, results in item order."""
    counts = state.counts
    results = [_result(state.items[item_id]) for item_id in state.order]
    failures = [result for result in results if result["status"] == "failed"]
    outputs = [result["output"] for result in results if result["success"]]
    return {
        "map": Value(
            {
                "total": counts.total,
                "successful": counts.success,
                "failed": counts.dead,
                "skipped": counts.skipped,
                "success_rate": _percent(counts.success, counts.total),
                "failure_rate": _percent(counts.dead, counts.total),
                "results": Value(results, kind="json"),
                "failures": Value(failures, kind="json"),
                "outputs": Value(outputs, kind="json"),
                "results_json": json.dumps(results, ensure_ascii=False, separators=(",", ":")),
            }
        )
    }


def _percent(part: int, whole: int) -> float:
    return round(100.0 * part / whole, 2) if whole else 0.0


def _result(entry: ItemState) -> dict[str, Any]:
    status = {"dead": "failed", **{name: name for name in ("success", "skipped", "cancelled", "suspect")}}
    started, ended = entry.started_at, entry.ended_at
    usage = entry.usage
    return {
        "item_id": entry.item.id,
        "item": entry.item.data,
        "status": status.get(entry.status, "pending"),
        "success": entry.status == "success",
        "output": entry.output,
        "outputs": dict(entry.captures.items()),
        "commits": entry.commits,
        "files_changed": list(entry.files),
        "attempts": entry.attempt,
        "duration": round((ended - started).total_seconds(), 3) if started and ended else 0.0,
        "cost_usd": usage.usd,
        "tokens": usage.input_tokens + usage.output_tokens,
        "error": entry.failure.message if entry.failure is not None else None,
        "branch": entry.branch,
    }
