"""The dead letter queue over time: causes and their counts, and what came of retries. A projection of the log, pure.

What it costs to take in an event does not depend on how many items there are: a view may be kept for every frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from msgspec.structs import replace
from rpds import HashTrieMap

from prodigy_tui.events.fingerprint import Fingerprint, fingerprint
from prodigy_tui.events.frozen import Frozen
from prodigy_tui.events.schema import (
    AgentFinished,
    AgentInterrupted,
    AgentStarted,
    Envelope,
    ItemDeadLettered,
    ItemDiscarded,
    ItemRequeued,
    ItemSkipped,
    KnownEvent,
    MergeFinished,
    SignalReceived,
)
from prodigy_tui.events.values import Failure

Tally: TypeAlias = "HashTrieMap[str, int]"
RetryEnd: TypeAlias = Literal["succeeded", "failed", "left_out"]
Progress: TypeAlias = Literal["waiting", "running", "unwanted"]
"""Of an item given back to work; `unwanted`: an agent is at work on it that a person has asked to stop."""


class Letter(Frozen, frozen=True, kw_only=True):
    """An entry of the queue."""

    item_id: str
    cluster: str
    at: datetime
    failure: Failure


class Cluster(Frozen, frozen=True, kw_only=True):
    """Failures with one fingerprint."""

    fingerprint: Fingerprint
    waiting: int
    """Entries of it that are in the queue."""
    seen: int
    """Entries of it so far, those that have left the queue included."""
    first_at: datetime
    last_at: datetime
    sample: str
    """The item of the newest entry."""
    message: str
    """What that one says."""


class DeadLetters(Frozen, frozen=True, kw_only=True):
    """What has become of everything that ever was in the queue."""

    letters: HashTrieMap[str, Letter] = HashTrieMap()
    """Entries that are in the queue, by item."""
    clusters: HashTrieMap[str, Cluster] = HashTrieMap()
    """By the id of their fingerprint; also those of which no entry is left."""
    entered: int = 0
    kinds: Tally = HashTrieMap()
    """How many entries there have been, by kind of failure; likewise the next two."""
    steps: Tally = HashTrieMap()
    hours: HashTrieMap[datetime, int] = HashTrieMap()
    retried: int = 0
    """Entries given back to work."""
    under_way: HashTrieMap[str, Progress] = HashTrieMap()
    """Items of them that have not come to an end."""
    succeeded: int = 0
    failed: int = 0
    """Given back to work, and in the queue again."""
    left_out: int = 0
    """Given back to work, and then skipped or stopped."""
    discarded: int = 0


def evolve_dead_letters(view: DeadLetters, envelope: Envelope) -> DeadLetters:
    """Returns the view after one more event."""
    event = envelope.event
    match event:
        case ItemDeadLettered():
            return _entered(_ended(view, event.item_id, "failed"), envelope, event)
        case ItemRequeued(item_id=item_id) if item_id in view.letters:
            back = _left(view, item_id)
            return replace(back, retried=view.retried + 1, under_way=view.under_way.insert(item_id, "waiting"))
        case ItemDiscarded(item_id=item_id) if item_id in view.letters:
            return replace(_left(view, item_id), discarded=view.discarded + 1)
        case (
            ItemSkipped(item_id=str(item_id))
            | AgentStarted(item_id=str(item_id))
            | AgentInterrupted(item_id=str(item_id))
            | AgentFinished(item_id=str(item_id))
            | MergeFinished(item_id=str(item_id))
            | SignalReceived(item_id=str(item_id))
        ) if item_id in view.under_way:
            return _retry_goes_on(view, item_id, event)
        case _:
            return view


def fold_dead_letters(envelopes: Iterable[Envelope]) -> DeadLetters:
    """Returns the view of a whole log."""
    view = DeadLetters()
    for envelope in envelopes:
        view = evolve_dead_letters(view, envelope)
    return view


def _entered(view: DeadLetters, envelope: Envelope, event: ItemDeadLettered) -> DeadLetters:
    at, failure = envelope.at, event.failure
    found = fingerprint(failure)
    known = view.clusters.get(found.id)
    cluster = Cluster(
        fingerprint=found,
        waiting=1 + (known.waiting if known is not None else 0),
        seen=1 + (known.seen if known is not None else 0),
        first_at=known.first_at if known is not None else at,
        last_at=at,
        sample=event.item_id,
        message=failure.message,
    )
    letter = Letter(item_id=event.item_id, cluster=found.id, at=at, failure=failure)
    return replace(
        view,
        letters=view.letters.insert(event.item_id, letter),
        clusters=view.clusters.insert(found.id, cluster),
        entered=view.entered + 1,
        kinds=_one_more(view.kinds, failure.kind),
        steps=_one_more(view.steps, failure.step),
        hours=view.hours.insert(_hour(at), view.hours.get(_hour(at), 0) + 1),
    )


def _left(view: DeadLetters, item_id: str) -> DeadLetters:
    letter = view.letters[item_id]
    cluster = view.clusters[letter.cluster]
    fewer = replace(cluster, waiting=cluster.waiting - 1)
    return replace(view, letters=view.letters.remove(item_id), clusters=view.clusters.insert(letter.cluster, fewer))


def _retry_goes_on(view: DeadLetters, item_id: str, event: KnownEvent) -> DeadLetters:
    """Returns the view after something has happened to an item that was given back to work."""
    unwanted = view.under_way[item_id] == "unwanted"
    match event:
        case AgentFinished(outcome="success", commits=0) | MergeFinished(status="merged" | "contained"):
            return _ended(view, item_id, "succeeded")
        case ItemSkipped() | AgentFinished(outcome="cancelled"):
            return _ended(view, item_id, "left_out")
        case AgentInterrupted() if unwanted:
            return _ended(view, item_id, "left_out")
        case SignalReceived(signal="stop-item" | "skip") if view.under_way[item_id] == "waiting":
            return _ended(view, item_id, "left_out")
        case SignalReceived(signal="stop-item" | "skip"):
            return replace(view, under_way=view.under_way.insert(item_id, "unwanted"))
        case AgentStarted():
            return replace(view, under_way=view.under_way.insert(item_id, "running"))
        case AgentInterrupted() | AgentFinished():
            return replace(view, under_way=view.under_way.insert(item_id, "waiting"))
        case _:
            return view


def _ended(view: DeadLetters, item_id: str, how: RetryEnd) -> DeadLetters:
    """Notes what came of a retry, if the item was given back to work."""
    if item_id not in view.under_way:
        return view
    return replace(view, under_way=view.under_way.remove(item_id), **{how: getattr(view, how) + 1})


def _one_more(tally: Tally, key: str) -> Tally:
    return tally.insert(key, (tally.get(key) or 0) + 1)


def _hour(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
