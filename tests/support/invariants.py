"""What is true of every state of every run."""

from prodigy_tui.events.state import Counts, RunState


def check_invariants(state: RunState) -> None:
    """Fails with the law that a state breaks. Looks at every item, so it is for tests only."""
    entries = [state.items[item_id] for item_id in state.order]
    counted = {name: 0 for name in Counts.__struct_fields__}
    for entry in entries:
        counted[entry.status] += 1
    kept = {name: getattr(state.counts, name) for name in Counts.__struct_fields__}
    assert counted == kept, "counts agree with the items"
    running = {entry.item.id for entry in entries if entry.status == "running"}
    assert set(state.slots.values()) == running, "slots hold exactly the running items"
    assert len(set(state.slots)) == len(running), "no two items share a slot"
    waiting = {entry.item.id for entry in entries if entry.status == "merging"}
    queued = set(state.merge_queue) | ({state.merge.item_id} if state.merge is not None else set())
    assert waiting == queued, "who waits for a merge is in the merge queue"
    assert len(list(state.merge_queue)) == len(set(state.merge_queue)), "nobody is in the merge queue twice"
    failed = [entry.item.id for entry in entries if entry.status == "failed"]
    assert set(state.undecided) == set(failed), "every failure waits for its decision"
    dead = {entry.item.id for entry in entries if entry.status == "dead"}
    assert set(state.dead_letters) == dead, "the dead letter queue holds exactly the dead"
    assert state.merged == sum(entry.merged for entry in entries), "merged items are counted once"
    for entry in entries:
        if entry.status == "pending":
            given_out = entry.position < state.next_position
            assert not given_out or entry.item.id in set(state.requeued), "a waiting item can be found"
        if entry.merged:
            assert entry.status == "success", "what is merged is done"
