"""What an item costs the log: counts, which do not depend on the machine as a time would."""

import os

import pytest

from tests.support.engine import Lab

SYNCS_PER_ITEM = 3
"""Waits for the disk: what must not be done twice is there first. Less where items wait at the same time."""
EVENTS_PER_ITEM = 6
BYTES_PER_EVENT = 280

MAP = """
map:
  input: {items}
  max_parallel: 1
  agent_template: ["echo > {name}-${{item}}.txt; git add -A; git commit -qm done"]
"""


async def test_an_item_waits_for_the_disk_a_few_times_and_writes_little(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    synced, real = [], os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (synced.append(1), real(descriptor)))

    costs = []
    for name, items in (("few", 2), ("many", 7)):
        synced.clear()
        ran = await lab.run(MAP.format(items=list(range(items)), name=name), merge="no")
        log = ran.folder.events
        costs.append((len(synced), ran.state.last_seq, log.stat().st_size))
    syncs, events, size = ((many - few) / 5 for few, many in zip(*costs, strict=True))

    assert syncs <= SYNCS_PER_ITEM
    assert events <= EVENTS_PER_ITEM
    assert size <= EVENTS_PER_ITEM * BYTES_PER_EVENT
