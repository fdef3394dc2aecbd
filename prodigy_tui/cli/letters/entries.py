"""Entries of the dead letter queue as data: what `--json` prints, `--filter` looks at and `dlq export` writes."""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from msgspec import Struct

from prodigy_tui.events.dead_letters import DeadLetters, fold_dead_letters
from prodigy_tui.events.fingerprint import Fingerprint, fingerprint
from prodigy_tui.events.item_state import AttemptRecord, ItemState
from prodigy_tui.events.state import RunState
from prodigy_tui.storage import RunFolder

FIELDS = (
    *("item_id", "label", "item", "kind", "step", "exit_code", "code", "message", "attempts", "eligible"),
    *("fingerprint", "at", "age_s", "discarded"),
)
"""What an entry has, as `document` gives it."""


class Entry(Struct, frozen=True, kw_only=True):
    """An item that is in the queue, or was discarded from it."""

    item: ItemState
    at: datetime | None
    """When it was put into the queue."""
    fingerprint: Fingerprint

    @property
    def id(self) -> str:
        return self.item.item.id


class Queue(Struct, frozen=True, kw_only=True, dict=True):
    """The dead letter queue of a run, at one look."""

    folder: RunFolder
    state: RunState
    now: datetime

    @cached_property
    def history(self) -> DeadLetters:
        """What has become of all entries so far."""
        from prodigy_tui.events.source import read_events

        return fold_dead_letters(read_events(self.folder.events))

    def entries(self) -> tuple[Entry, ...]:
        """Returns what is in the queue, the oldest first."""
        return tuple(self.entry(item_id) for item_id in _in_order(self.state.dead_letters.items()))

    def discarded(self) -> tuple[Entry, ...]:
        """Returns what was discarded, in the order in which that happened."""
        return tuple(self.entry(item_id) for item_id in _in_order(self.state.discarded.items()))

    def entry(self, item_id: str) -> Entry:
        """Returns any item as an entry, whether or not it is in the queue."""
        item = self.state.items[item_id]
        return Entry(item=item, at=item.ended_at, fingerprint=fingerprint(item.failure))

    def document(self, entry: Entry) -> dict[str, Any]:
        """Returns the fields of an entry, in the order in which people look at them."""
        item, failure = entry.item, entry.item.failure
        out = item.discarded
        return {
            "item_id": item.item.id,
            "label": item.item.label,
            "item": item.item.data,
            "kind": failure.kind if failure else None,
            "step": failure.step if failure else None,
            "exit_code": failure.exit_code if failure else None,
            "code": failure.code if failure else None,
            "message": failure.message if failure else None,
            "attempts": [self.attempt(item, record) for record in item.history],
            "eligible": item.eligible,
            "fingerprint": entry.fingerprint.id,
            "at": entry.at.isoformat() if entry.at else None,
            "age_s": self.age_s(entry),
            "discarded": {"at": out.at.isoformat(), "by": out.by, "reason": out.reason} if out else None,
        }

    def age_s(self, entry: Entry) -> float | None:
        """Returns how long ago an entry was put into the queue."""
        return round((self.now - entry.at).total_seconds(), 3) if entry.at else None

    def attempt(self, item: ItemState, record: AttemptRecord) -> dict[str, Any]:
        """Returns one attempt; its files are named, not looked for."""
        failure = record.failure
        return {
            "attempt": record.attempt,
            "started_at": record.started_at.isoformat(),
            "ended_at": record.ended_at.isoformat(),
            "duration_s": round((record.ended_at - record.started_at).total_seconds(), 3),
            "outcome": record.outcome,
            "kind": failure.kind if failure else None,
            "step": failure.step if failure else None,
            "exit_code": failure.exit_code if failure else None,
            "code": failure.code if failure else None,
            "message": failure.message if failure else None,
            "tail": failure.tail if failure else "",
            "log": f"{self.folder.stream(stream_of(item, record))}.log",
            "branch": record.branch,
            "base": record.base,
            "head": record.head,
            "leftover": record.leftover,
            "patch": str(self.folder.artifact(record.leftover)) if record.leftover else None,
        }


def stream_of(item: ItemState, record: AttemptRecord) -> str:
    """Returns the name of an attempt's output stream."""
    return f"items/{item.item.safe_id}/{record.attempt}"


def clusters(queue: Queue, chosen: Iterable[Entry]) -> list[dict[str, Any]]:
    """Returns the entries that were chosen by their fingerprint, the largest group first."""
    groups: dict[str, list[Entry]] = {}
    for entry in chosen:
        groups.setdefault(entry.fingerprint.id, []).append(entry)
    found = [_cluster(queue, group) for group in groups.values()]
    return sorted(found, key=lambda cluster: (-cluster["count"], cluster["first_at"]))


def _cluster(queue: Queue, group: list[Entry]) -> dict[str, Any]:
    newest, mark = group[-1], group[-1].fingerprint
    known = queue.history.clusters[mark.id]
    failure = newest.item.failure
    return {
        "fingerprint": mark.id,
        "step": mark.step,
        "kind": mark.kind,
        "exit_code": mark.exit_code,
        "pattern": mark.message,
        "count": len(group),
        "seen": known.seen,
        "eligible": sum(entry.item.eligible for entry in group),
        "first_at": known.first_at.isoformat(),
        "last_at": known.last_at.isoformat(),
        "sample": {"item_id": newest.id, "message": failure.message if failure else None},
        "item_ids": [entry.id for entry in group],
    }


def _in_order(placed: Iterable[tuple[str, int]]) -> list[str]:
    return [item_id for item_id, _ in sorted(placed, key=lambda one: one[1])]
